//! What the models leave open is taken from the database; what only a database could decide is
//! decided for tables that are new.
//!
//! Settings that say how something is kept are compared only where the model mentions them. What
//! changes the meaning (`unlogged`, `partition_by`, `inherits`, constraints) always is.

use std::collections::BTreeSet;

use super::super::Postgres;
use super::super::expr::{Scope, form};
use super::forms::type_text;
use super::inherit::{key_types, spelled_bound};
use super::options::{essential, is_storage, is_usual, key_parts, usual_storage};
use crate::schema::{
    Check, Column, ConstraintName, Exclude, ForeignKey, Identity, Index, Options, PrimaryKey,
    Schema, Table, Type, Unique,
};

/// Takes over what the models leave open.
pub(in super::super) fn settle(postgres: &Postgres, current: &Schema, target: &mut Schema) {
    settle_bounds(postgres, current, target);
    for (name, new) in &mut target.enums {
        if let Some(old) = current.enums.get(name) {
            new.standing.clone_from(&old.standing);
        }
    }
    for (name, new) in &mut target.tables {
        let old = current.tables.get(name);
        for column in &mut new.columns {
            settle_column(column, old.and_then(|old| old.column(&column.name)));
        }
        keep(&mut new.options, old.map(|old| &old.options));
        if let Some(old) = old {
            settle_key(postgres, new, old);
            settle_parts(new, old);
        }
        forget(new);
    }
}

fn settle_column(column: &mut Column, old: Option<&Column>) {
    number(column, old);
    if let Some(old) = old {
        column.standing.clone_from(&old.standing);
    }
    keep(&mut column.options, old.map(|old| &old.options));
    let usual = usual_storage(&column.ty);
    if usual.is_some() && column.options.get("storage").map(String::as_str) == usual {
        column.options.remove("storage");
    }
}

/// How the rows are numbered: a concluded identity stands for whatever is there, one said by `auto`
/// for a serial column as well, and the sequence of a serial column has the name that it has.
fn number(column: &mut Column, old: Option<&Column>) {
    let serial = old.and_then(|old| old.options.get("serial"));
    if column.options.contains_key("serial") {
        if let Some(name) = serial {
            column.options.insert("serial".into(), name.clone());
        }
        return;
    }
    let Some(identity) = &mut column.identity else { return };
    let Some(old) = old else {
        identity.stated = true;
        return;
    };
    let integer = |ty: &Type| matches!(ty, Type::Native(ty) if ["smallint", "integer", "bigint"].contains(&ty.as_str()));
    let there = old.identity.is_some() || serial.is_some();
    match (identity.stated, identity.exact) {
        (false, _) if there || integer(&old.ty) => adopt(column, old),
        (true, false) if serial.is_some() => adopt(column, old),
        (true, false) => {
            if let Some(before) = old.identity.as_ref().filter(|it| !it.always) {
                identity.options.clone_from(&before.options);
            }
        }
        _ => identity.stated = true,
    }
}

fn adopt(column: &mut Column, old: &Column) {
    column.identity = old.identity.as_ref().map(|it| Identity { stated: true, ..it.clone() });
    if let Some(name) = old.options.get("serial") {
        column.options.insert("serial".into(), name.clone());
    }
}

/// Settings that the model does not mention are as they are; those said to be as usual are none.
fn keep(options: &mut Options, old: Option<&Options>) {
    for (key, value) in old.into_iter().flatten().filter(|(key, _)| is_storage(key)) {
        options.entry(key.clone()).or_insert_with(|| value.clone());
    }
    options.retain(|key, value| !is_usual(key, value));
}

fn settle_key(postgres: &Postgres, new: &mut Table, old: &Table) {
    if let (Some(key), Some(before)) = (&mut new.primary_key, &old.primary_key) {
        keep(&mut key.options, Some(&before.options));
    }
    if let (Some(said), Some(before)) =
        (new.options.get("partition_by"), old.options.get("partition_by"))
        && same_key(postgres, (said, before), new)
    {
        new.options.insert("partition_by".into(), before.clone());
    }
}

/// A bound that means the same is as it is.
fn settle_bounds(postgres: &Postgres, current: &Schema, target: &mut Schema) {
    let mut same = Vec::new();
    for (name, table) in &target.tables {
        let Some(said) = table.options.get("bound") else { continue };
        let old = current.tables.get(name).and_then(|old| old.options.get("bound"));
        let Some(old) = old.filter(|old| *old != said) else { continue };
        let types = key_types(target, table);
        let forms = |text: &str| {
            spelled_bound(text, &types, |value, ty| {
                let assigned = ty.map(type_text);
                form(value, &Scope { assigned, ..scope(postgres) })
            })
        };
        if forms(old) == forms(said) {
            same.push((name.clone(), old.clone()));
        }
    }
    for (name, bound) in same {
        let options = target.tables.get_mut(&name).map(|table| &mut table.options);
        options.into_iter().for_each(|it| drop(it.insert("bound".into(), bound.clone())));
    }
}

/// What an expression over no columns is read against.
fn scope(postgres: &Postgres) -> Scope {
    let (version, namespace) = (postgres.version, postgres.home.clone().into_owned());
    Scope { version, namespace, ..Scope::default() }
}

/// Whether two partition keys mean the same.
fn same_key(postgres: &Postgres, (one, two): (&str, &str), table: &Table) -> bool {
    if one == two {
        return true;
    }
    let types = table.columns.iter().map(|column| (column.name.clone(), type_text(&column.ty)));
    let scope = Scope { columns: types.collect(), ..scope(postgres) };
    let forms = |text: &str| {
        let (strategy, parts) = key_parts(text)?;
        let parts: Vec<String> = parts.into_iter().map(|part| form(part, &scope)).collect();
        Some((strategy.to_owned(), parts))
    };
    forms(one).is_some_and(|one| Some(one) == forms(two))
}

/// Something that has a name, settings, and the rest by which its twin is known.
trait Twin: Sized + Clone + PartialEq {
    fn name(&self) -> Option<&ConstraintName>;
    fn options(&mut self) -> &mut Options;
    /// The same without name and without settings that a model need not mention.
    fn bare(&self) -> Self;
}

macro_rules! twin {
    ($type:ty) => {
        impl Twin for $type {
            fn name(&self) -> Option<&ConstraintName> {
                self.name.as_ref()
            }
            fn options(&mut self) -> &mut Options {
                &mut self.options
            }
            fn bare(&self) -> Self {
                Self { name: None, options: essential(&self.options), ..self.clone() }
            }
        }
    };
}

twin!(Unique);
twin!(Check);
twin!(ForeignKey);
twin!(Exclude);

impl Twin for Index {
    fn name(&self) -> Option<&ConstraintName> {
        Some(&self.name)
    }
    fn options(&mut self) -> &mut Options {
        &mut self.options
    }
    fn bare(&self) -> Self {
        let name = ConstraintName::convention("");
        Self { name, options: essential(&self.options), ..self.clone() }
    }
}

fn settle_parts(new: &mut Table, old: &Table) {
    twins(&mut new.uniques, &old.uniques);
    twins(&mut new.checks, &old.checks);
    twins(&mut new.foreign_keys, &old.foreign_keys);
    twins(&mut new.excludes, &old.excludes);
    twins(&mut new.indexes, &old.indexes);
}

/// Takes over from each twin how it is kept, and that it is valid: `not_valid` says how a
/// constraint comes, not what it is for ever.
fn twins<T: Twin>(new: &mut [T], old: &[T]) {
    let bare: Vec<T> = old.iter().map(Twin::bare).collect();
    let mut taken = BTreeSet::new();
    for it in new {
        let own = it.bare();
        let free = |at: &usize| !taken.contains(at) && bare[*at] == own;
        let named = |at: &usize| it.name().is_some() && old[*at].name() == it.name();
        let all = || (0..old.len()).filter(free);
        let Some(at) = all().find(named).or_else(|| all().next()) else { continue };
        taken.insert(at);
        let before = old[at].clone().options().clone();
        let options = it.options();
        keep(options, Some(&before));
        if !before.contains_key("not_valid") {
            options.remove("not_valid");
        }
    }
}

/// What is said to be as usual in keys and indexes is none there either.
fn forget(table: &mut Table) {
    let forget = |options: &mut Options| options.retain(|key, value| !is_usual(key, value));
    table.primary_key.iter_mut().for_each(|it: &mut PrimaryKey| forget(&mut it.options));
    table.uniques.iter_mut().for_each(|it| forget(&mut it.options));
    table.excludes.iter_mut().for_each(|it| forget(&mut it.options));
    table.indexes.iter_mut().for_each(|it| forget(&mut it.options));
}
