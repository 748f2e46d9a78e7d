//! What cannot be done to a table that is there.

use std::collections::BTreeMap;

use autogen_model::Diagnostic;

use super::Work;
use crate::dialect::said;
use crate::op::{Change, Op};
use crate::schema::{Enum, Name, Options, Schema, Table};
use crate::sql::{Syntax, names};

const BY_HAND: &str = "write it by hand: `autogen revision --empty -m \"..\"`, in this order: a new \
                       table, its rows, the old one dropped, the new one renamed";

/// Complains of changes that need a new table.
pub(super) fn refuse(work: &mut Work) {
    let mut problems = Vec::new();
    let keys = keys(&work.before);
    for op in work.ops() {
        match op {
            Op::DropEnum(it) => problems.extend(used(it, "go")),
            Op::AlterEnum { old, new } if !old.stays_in(new) => {
                problems.extend(used(old, "lose labels or change their order"));
                problems.extend(moved(&work.before, &keys, &old.name));
            }
            _ => {}
        }
        let Op::Alter { table, change } = op else { continue };
        match change {
            Change::Options { old, new } => problems.extend(options(table, old, new)),
            Change::AlterColumn { old, new, .. }
                if (&old.ty, &old.collate) != (&new.ty, &new.collate) =>
            {
                problems.extend(partitioned(&keys, table, &old.name, "cannot change its type"));
            }
            Change::DropColumn { column, .. } => {
                problems.extend(partitioned(&keys, table, &column.name, "cannot go"));
            }
            _ => {}
        }
    }
    work.problems.extend(problems);
}

/// A type that something stands on of which no more is known can neither go nor be made anew.
fn used(it: &Enum, what: &str) -> Option<Diagnostic> {
    if it.standing.used_by.is_empty() {
        return None;
    }
    let users = it.standing.used_by.join("; ");
    let message = format!("enum {} cannot {what} while this stands on it: {users}", it.name);
    Some(Diagnostic::new(message).help(
        "drop it in a revision by hand first, and make it again in one that follows: `autogen \
         revision --empty -m \"..\"`",
    ))
}

fn options(table: &Name, old: &Options, new: &Options) -> Option<Diagnostic> {
    let differs = |key: &str| old.get(key) != new.get(key);
    if differs("partition_by") {
        let what = match (old.get("partition_by"), new.get("partition_by")) {
            (None, Some(key)) => format!("become partitioned by {key}"),
            (Some(key), None) => format!("cease to be partitioned by {key}"),
            (old, new) => {
                let word = |key: Option<&String>| key.cloned().unwrap_or_default();
                format!("be partitioned by {} instead of {}", word(new), word(old))
            }
        };
        let message = format!("table {table} cannot {what} where it stands");
        return Some(Diagnostic::new(message).help(BY_HAND));
    }
    differs("inherits").then(|| {
        Diagnostic::new(format!("table {table} cannot get or lose parents by a comparison"))
            .help("`ALTER TABLE .. INHERIT ..` in a revision by hand: `autogen revision --empty`")
    })
}

/// By table, the columns that tell where a row goes, with the table that is partitioned by each: one
/// of its partitions may be it.
type Keys<'a> = BTreeMap<&'a Name, BTreeMap<String, &'a Name>>;

fn keys(schema: &Schema) -> Keys<'_> {
    let mut keys = Keys::new();
    for table in schema.tables.values() {
        let Some((_, key)) = table.options.get("partition_by").and_then(|it| it.split_once(' '))
        else {
            continue;
        };
        let named: Vec<String> = names(key, Syntax::POSTGRES).collect();
        let mut lineage = vec![table];
        while let Some(above) = { lineage.last() }
            .and_then(|table| schema.tables.get(table.parents().first()?))
            .filter(|above| !lineage.iter().any(|it| it.name == above.name))
        {
            lineage.push(above);
        }
        for holder in lineage {
            let columns = keys.entry(&holder.name).or_default();
            columns.extend(named.iter().map(|column| (column.clone(), &table.name)));
        }
    }
    keys
}

/// The columns that tell where a row goes stay as they are.
fn partitioned(keys: &Keys<'_>, table: &Name, column: &str, what: &str) -> Option<Diagnostic> {
    let by = keys.get(table)?.get(column)?;
    let said = said(table, Some(column));
    Some(Diagnostic::new(format!("{said} {what}: {by} is partitioned by it")).help(BY_HAND))
}

/// Columns that would have to move over to the new form of an enumerated type.
fn moved(schema: &Schema, keys: &Keys<'_>, ty: &Name) -> Vec<Diagnostic> {
    let what = format!("cannot move to the new form of enum {ty}");
    let tables = schema.tables.values();
    let columns = tables.flat_map(|table| table.columns.iter().map(move |it| (&table.name, it)));
    let held = columns.filter(|(_, column)| column.ty.enumeration() == Some(ty));
    held.filter_map(|(table, column)| partitioned(keys, table, &column.name, &what)).collect()
}

/// Whether a table is partitioned.
pub(super) fn is_partitioned(table: &Table) -> bool {
    table.options.contains_key("partition_by")
}
