//! What cannot be done to a table that is there.

use std::collections::BTreeSet;

use autogen_model::Diagnostic;

use super::Work;
use crate::dialect::said;
use crate::op::{Change, Op};
use crate::schema::{Enum, Name, Options, Table};
use crate::sql::{Syntax, names};

const BY_HAND: &str = "write it by hand: `autogen revision --empty -m \"..\"`, in this order: a new \
                       table, its rows, the old one dropped, the new one renamed";

/// Complains of changes that need a new table.
pub(super) fn refuse(work: &mut Work) {
    let mut problems = Vec::new();
    for op in work.ops() {
        match op {
            Op::DropEnum(it) => problems.extend(used(it, "go")),
            Op::AlterEnum { old, new } if !old.stays_in(new) => {
                problems.extend(used(old, "lose labels or change their order"));
            }
            _ => {}
        }
        let Op::Alter { table, change } = op else { continue };
        match change {
            Change::Options { old, new } => problems.extend(options(table, old, new)),
            Change::AlterColumn { old, new, .. }
                if (&old.ty, &old.collate) != (&new.ty, &new.collate) =>
            {
                problems.extend(partitioned(work, table, &old.name, "cannot change its type"));
            }
            Change::DropColumn { column, .. } => {
                problems.extend(partitioned(work, table, &column.name, "cannot go"));
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

/// The columns that tell where a row goes stay as they are.
fn partitioned(work: &Work, table: &Name, column: &str, what: &str) -> Option<Diagnostic> {
    let key = work.before.tables.get(table)?.options.get("partition_by")?;
    let (_, key) = key.split_once(' ')?;
    let named: BTreeSet<String> = names(key, Syntax::POSTGRES).collect();
    named.contains(column).then(|| {
        let said = said(table, Some(column));
        Diagnostic::new(format!("{said} {what}: {table} is partitioned by it")).help(BY_HAND)
    })
}

/// Whether a table is partitioned.
pub(super) fn is_partitioned(table: &Table) -> bool {
    table.options.contains_key("partition_by")
}
