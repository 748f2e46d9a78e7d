//! What the models leave open is taken from the database.
//!
//! Settings that say how something is kept, and collations, are compared only where the model
//! mentions them.

use super::options::{is_storage, is_usual};
use super::reference::{begins, is_made_for, is_plain, is_tree};
use super::{INHERITED, partition, typed};
use crate::schema::{Column, Identity, Index, Schema, Table};

/// Takes over what the models leave open.
pub(in super::super) fn settle(current: &Schema, target: &mut Schema) {
    for (name, new) in &mut target.tables {
        let old = current.tables.get(name);
        settle_table(new, old);
        if let Some(old) = old {
            settle_indexes(new, old);
        }
        forget(new);
    }
}

fn settle_table(new: &mut Table, old: Option<&Table>) {
    let inherited = new.options.contains_key(INHERITED);
    if let Some(old) = old {
        if let Some(collate) = old.options.get("collate").filter(|_| inherited) {
            new.options.insert("collate".into(), collate.clone());
        }
        keep(new, old);
        // It says where a table begins, and this one began long ago.
        new.options.remove("auto_increment");
    }
    let around = new.options.get("collate").cloned();
    for column in &mut new.columns {
        let before = old.and_then(|old| old.column(&column.name));
        number(column, before);
        if column.options.remove(INHERITED).is_some() {
            let collate = before.and_then(|before| before.collate.clone());
            column.collate = collate.or_else(|| around.clone());
        }
        if let Some(before) = before {
            place(column, before);
        }
        if let Some(old) = old {
            stand(column, old);
        }
    }
}

/// A concluded numbering stands for whatever is there.
fn number(column: &mut Column, old: Option<&Column>) {
    let Some(identity) = &mut column.identity else { return };
    match old {
        Some(old) if !identity.stated && old.identity.is_none() && typed(&old.ty).is_integer() => {
            column.identity = None;
        }
        _ => column.identity = Some(Identity { stated: true, ..Identity::default() }),
    }
}

/// A place that is asked for is a change only where the column stands elsewhere.
fn stand(column: &mut Column, old: &Table) {
    let Some(at) = old.columns.iter().position(|it| it.name == column.name) else { return };
    let before = at.checked_sub(1).and_then(|at| old.columns.get(at)).map(|it| &it.name);
    if column.options.get("after").is_some_and(|after| Some(after) == before) {
        column.options.remove("after");
    }
    if before.is_none() {
        column.options.remove("first");
    }
}

/// A reference system that the model does not mention is as it is.
fn place(column: &mut Column, old: &Column) {
    let place = typed(&column.ty).is_place();
    if let Some(srid) = old.options.get("srid").filter(|_| place) {
        column.options.entry("srid".into()).or_insert_with(|| srid.clone());
    }
}

/// Settings that the model does not mention are as they are.
fn keep(new: &mut Table, old: &Table) {
    for (key, value) in old.options.iter().filter(|(key, _)| is_storage(key)) {
        match new.options.get(key) {
            None => drop(new.options.insert(key.clone(), value.clone())),
            Some(said) if key == "partition_by" && partition::covers(value, said) => {
                new.options.insert(key.clone(), value.clone());
            }
            Some(_) => {}
        }
    }
}

/// What is said to be as usual is none.
fn forget(table: &mut Table) {
    table.options.remove(INHERITED);
    table.options.retain(|key, value| !is_usual(key, value));
}

/// The same but for the name.
fn same(one: &Index, two: &Index) -> bool {
    let name = &one.name;
    *one == Index { name: name.clone(), ..two.clone() }
}

/// An index that a server made by itself for a foreign key is never a difference: the key has the
/// one that is there, and one that nobody needs any more stays.
fn settle_indexes(new: &mut Table, old: &Table) {
    let made: Vec<bool> = new
        .indexes
        .iter()
        .map(|index| new.foreign_keys.iter().any(|key| is_made_for(index, key)))
        .collect();
    let declared: Vec<&Index> =
        new.indexes.iter().zip(&made).filter(|(_, made)| !**made).map(|(index, _)| index).collect();
    let undeclared: Vec<&Index> = old
        .indexes
        .iter()
        .filter(|index| !declared.iter().any(|it| same(it, index) || it.name == index.name))
        .collect();
    let mut replaced: Vec<(usize, Index)> = Vec::new();
    for (at, index) in new.indexes.iter().enumerate().filter(|(at, _)| made[*at]) {
        let columns: Vec<String> = index.parts.iter().map(|part| part.text.clone()).collect();
        let serves = |it: &&&Index| !it.unique && is_tree(it) && begins(&it.parts, &columns, None);
        let named = undeclared.iter().filter(serves).find(|it| it.name == index.name);
        let exact = || undeclared.iter().filter(serves).find(|it| it.parts.len() == columns.len());
        let any = || undeclared.iter().find(serves);
        if let Some(there) = named.or_else(exact).or_else(any) {
            replaced.push((at, (*there).clone()));
        }
    }
    let mut left: Vec<Index> = Vec::new();
    for index in &undeclared {
        let kept = |key| is_made_for(index, key) && stays(new, old, index);
        let taken = replaced.iter().any(|(_, it)| it.name == index.name);
        if !taken && old.foreign_keys.iter().any(kept) {
            left.push((*index).clone());
        }
    }
    for (at, index) in replaced {
        new.indexes[at] = index;
    }
    left.retain(|it| !new.indexes.iter().any(|other| other.name == it.name));
    new.indexes.extend(left);
    let mut known: Vec<Index> = Vec::new();
    for index in std::mem::take(&mut new.indexes) {
        if !(is_plain(&index) && known.contains(&index)) {
            known.push(index);
        }
    }
    new.indexes = known;
}

/// Whether an index of a foreign key stays beside another that begins with its columns: a server
/// that sees the other come takes the first away by itself, so both were there before.
fn stays(new: &Table, old: &Table, index: &Index) -> bool {
    let columns: Vec<String> = index.parts.iter().map(|part| part.text.clone()).collect();
    let keyed = new.foreign_keys.iter().any(|key| key.columns == columns);
    let serves =
        |it: &&Index| it.name != index.name && is_tree(it) && begins(&it.parts, &columns, None);
    let there = |it: &Index| old.indexes.iter().any(|other| same(it, other));
    let key = |table: &Table| {
        table.primary_key.as_ref().is_some_and(|key| begins(&key.columns, &columns, None))
    };
    keyed && (new.indexes.iter().filter(serves).any(there) || (key(new) && key(old)))
}
