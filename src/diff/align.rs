//! What the models leave open is taken from the database: the spelling of names where case means
//! nothing, names of constraints that nobody chose, types that are the same in effect, facets that
//! are not to be compared. After this, equality decides.

use std::collections::BTreeMap;

use crate::dialect::Dialect;
use crate::op::Part;
use crate::schema::{
    Check, ColumnIntent, Compare, ConstraintName, Intent, Name, PrimaryKey, Schema, Table,
};
use crate::sql::{Spelling, enumeration};

/// Spells the tables and columns of the target, and what is said about them, as the database does,
/// where only case differs.
pub(super) fn respell(
    target: &mut Schema,
    current: &Schema,
    intent: &mut Intent,
    dialect: &dyn Dialect,
) {
    let spelled = current.tables.keys().filter(|_| dialect.folds_tables());
    let known: BTreeMap<String, &Name> =
        spelled.map(|name| (fold(&name.to_string()), name)).collect();
    let renames: Vec<(Name, Name)> = target
        .tables
        .keys()
        .filter(|name| !current.tables.contains_key(*name))
        .filter_map(|name| Some((name.clone(), (*known.get(&fold(&name.to_string()))?).clone())))
        .collect();
    for (name, spelled) in renames {
        if let Some(mut table) = target.tables.remove(&name) {
            table.name = spelled.clone();
            target.tables.insert(spelled.clone(), table);
        }
        if let Some(said) = intent.tables.remove(&name) {
            intent.tables.insert(spelled.clone(), said);
        }
        let keys = target.tables.values_mut().flat_map(|table| &mut table.foreign_keys);
        keys.filter(|key| key.table == name).for_each(|key| key.table = spelled.clone());
    }
    respell_before(current, intent, &known);
    respell_columns(target, current, intent, dialect.spelling());
}

/// Spells the names before a rename as the database does.
fn respell_before(current: &Schema, intent: &mut Intent, known: &BTreeMap<String, &Name>) {
    for (name, said) in &mut intent.tables {
        if let Some(before) = &mut said.renamed_from
            && let Some(spelled) = known.get(&fold(&before.to_string()))
            && !current.tables.contains_key(before)
        {
            *before = (*spelled).clone();
        }
        let before = said.renamed_from.as_ref().unwrap_or(name);
        let Some(old) = current.tables.get(before).or_else(|| current.tables.get(name)) else {
            continue;
        };
        let olds = said.columns.values_mut().filter_map(|said| said.renamed_from.as_mut());
        for before in olds.filter(|before| old.column(before).is_none()) {
            let same = old.columns.iter().find(|it| it.name.eq_ignore_ascii_case(before));
            *before = same.map_or_else(|| before.clone(), |column| column.name.clone());
        }
    }
}

fn respell_columns(target: &mut Schema, current: &Schema, intent: &mut Intent, spelling: Spelling) {
    let mut renames = Vec::new();
    for (name, table) in &target.tables {
        let before = intent.tables.get(name).and_then(|said| said.renamed_from.as_ref());
        let before = before.and_then(|before| current.tables.get(before));
        let Some(old) = current.tables.get(name).or(before) else { continue };
        for column in table.columns.iter().filter(|column| old.column(&column.name).is_none()) {
            let same = |other: &&crate::schema::Column| {
                other.name.eq_ignore_ascii_case(&column.name) && table.column(&other.name).is_none()
            };
            if let Some(other) = old.columns.iter().find(same) {
                renames.push((name.clone(), column.name.clone(), other.name.clone()));
            }
        }
    }
    for (table, old, new) in renames {
        let columns = intent.tables.get_mut(&table).map(|said| &mut said.columns);
        if let Some((columns, said)) = columns.and_then(|it| it.remove(&old).map(|said| (it, said)))
        {
            columns.insert(new.clone(), said);
        }
        let op =
            crate::op::Op::Alter { table, change: crate::op::Change::RenameColumn { old, new } };
        // The column was found a moment ago, so there is nothing that could fail.
        let _ = op.apply(target, spelling);
    }
}

fn fold(name: &str) -> String {
    name.to_ascii_lowercase()
}

/// Takes over what the target leaves open.
pub(super) fn align(target: &mut Schema, current: &Schema, intent: &Intent, dialect: &dyn Dialect) {
    for (name, new) in &mut target.tables {
        let Some(old) = current.tables.get(name) else { continue };
        columns(new, old, intent, dialect);
        primary_key(new.primary_key.as_mut(), old.primary_key.as_ref());
        same_labels(new, old, dialect);
        names(new, old);
    }
}

/// A check is a list of labels in no order.
fn same_labels(new: &mut Table, old: &Table, dialect: &dyn Dialect) {
    let parse = |check: &Check| {
        let (column, mut labels) = enumeration(&check.expr.text, dialect.spelling().syntax)?;
        labels.sort();
        Some((column, labels))
    };
    for check in &mut new.checks {
        let Some(said) = parse(check) else { continue };
        if let Some(twin) = old.checks.iter().find(|twin| parse(twin).as_ref() == Some(&said)) {
            check.expr.clone_from(&twin.expr);
        }
    }
}

fn columns(new: &mut Table, old: &Table, intent: &Intent, dialect: &dyn Dialect) {
    let none = ColumnIntent::default();
    let said = intent.tables.get(&new.name);
    let context = new.clone();
    for column in &mut new.columns {
        let Some(before) = old.column(&column.name) else { continue };
        let said = said.and_then(|said| said.columns.get(&column.name)).unwrap_or(&none);
        let ignores = |facet| said.ignore.contains(&facet);
        // How text is sorted goes with the type that has text.
        let foreign = ignores(Compare::Type) && column.ty != before.ty;
        if ignores(Compare::Type) || dialect.same_type((old, before), (&context, column)) {
            column.ty = before.ty.clone();
        }
        if ignores(Compare::Default) {
            column.default = before.default.clone();
        }
        if ignores(Compare::Null) {
            column.null = before.null;
        }
        if ignores(Compare::Comment) {
            column.comment = before.comment.clone();
        }
        if foreign || ignores(Compare::Collate) {
            column.collate = before.collate.clone();
        }
        // How a conflict is resolved cannot be said in a model, so it is not the model's to change.
        if let Some(kept) = before.options.get("not_null_on_conflict").filter(|_| !column.null) {
            column.options.insert("not_null_on_conflict".into(), kept.clone());
        }
    }
}

fn primary_key(new: Option<&mut PrimaryKey>, old: Option<&PrimaryKey>) {
    let (Some(new), Some(old)) = (new, old) else { return };
    if new.columns == old.columns && new.name.as_ref().is_none_or(|name| !name.given) {
        new.name.clone_from(&old.name);
    }
    if let Some(kept) = old.options.get("on_conflict") {
        new.options.entry("on_conflict".into()).or_insert_with(|| kept.clone());
    }
}

/// Constraints that are equal but for a name nobody chose take the database's name.
fn names(new: &mut Table, old: &Table) {
    let taken: Vec<Part> = super::parts(old).collect();
    let mut free: Vec<(Part, &Part)> = taken.iter().map(|part| (part.nameless(), part)).collect();
    let mut adopt = |part: Part, name: &mut Option<ConstraintName>| {
        let same = |(_, other): &(Part, &Part)| **other == part;
        let bare = part.nameless();
        let place = free.iter().position(same).or_else(|| {
            let open = name.as_ref().is_none_or(|name| !name.given);
            open.then(|| free.iter().position(|(other, _)| *other == bare)).flatten()
        });
        if let Some(place) = place {
            *name = free.remove(place).1.constraint_name().cloned();
        }
    };
    for it in &mut new.uniques {
        keep_conflict(it, old);
        adopt(Part::Unique(it.clone()), &mut it.name);
    }
    for it in &mut new.checks {
        adopt(Part::Check(it.clone()), &mut it.name);
    }
    for it in &mut new.foreign_keys {
        adopt(Part::ForeignKey(it.clone()), &mut it.name);
    }
    for it in &mut new.excludes {
        adopt(Part::Exclude(it.clone()), &mut it.name);
    }
    for it in &mut new.indexes {
        let mut name = Some(it.name.clone());
        adopt(Part::Index(it.clone()), &mut name);
        it.name = name.unwrap_or_else(|| it.name.clone());
    }
}

/// `UNIQUE .. ON CONFLICT ..` cannot be said in a model either.
fn keep_conflict(unique: &mut crate::schema::Unique, old: &Table) {
    let twin = old.uniques.iter().find(|other| other.columns == unique.columns);
    if let Some(kept) = twin.and_then(|twin| twin.options.get("on_conflict")) {
        unique.options.entry("on_conflict".into()).or_insert_with(|| kept.clone());
    }
}
