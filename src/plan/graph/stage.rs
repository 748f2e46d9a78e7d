//! When an op runs, as far as nothing else decides: a number for each kind.

use std::collections::{BTreeMap, BTreeSet};

use super::Direction;
use crate::op::{Change, Op, Part};
use crate::schema::{Name, ObjectKind};
use crate::sql::{Syntax, names};

const RENAME: u8 = 10;
const RENAME_BACK: u8 = 200;
/// A column that must be gone before others change.
pub(super) const EARLY_DROP: u8 = 32;

/// Whether this is the stage of renames.
pub(super) fn renames(stage: u8) -> bool {
    [RENAME, RENAME_BACK].contains(&stage)
}

/// The stage of an op that runs outside transactions: after all that do not.
pub(super) fn alone(op: &Op) -> u8 {
    match op {
        Op::Alter { change: Change::Drop(_), .. } => 121,
        _ => 120,
    }
}

/// The stage of any other op.
pub(super) fn stage(op: &Op, direction: Direction) -> u8 {
    let rename = if direction == Direction::Up { RENAME } else { RENAME_BACK };
    match op {
        // Labels may have to be committed before anything uses them.
        Op::AlterEnum { .. } => 0,
        Op::CreateNamespace(_) => 5,
        Op::RenameNamespace { .. } | Op::RenameEnum { .. } | Op::RenameTable { .. } => rename,
        Op::CreateEnum(_) => 15,
        Op::DropObject(it) if stands_below(it.kind) => 33,
        Op::DropObject(_) => 20,
        Op::ReplaceEnum(_) => 35,
        Op::CreateObject(it) if stands_below(it.kind) && it.needs_no_table() => 38,
        Op::CreateObject(it) if stands_below(it.kind) => 58,
        Op::CreateTable(_) => 40,
        Op::Rebuild(_) => 50,
        Op::DropTable(_) => 100,
        Op::DropEnum(_) => 105,
        Op::CreateObject(_) => 110,
        // A namespace goes when it is empty, and names are back by then.
        Op::DropNamespace(_) => 210,
        Op::Alter { change: Change::RenameColumn { .. }, .. } => rename,
        Op::Alter { change, .. } => of_change(change),
    }
}

fn of_change(change: &Change) -> u8 {
    match change {
        Change::RenameColumn { .. } => RENAME,
        Change::Drop(Part::ForeignKey(_)) => 25,
        Change::Drop(_) | Change::PrimaryKey { new: None, .. } => 30,
        Change::AlterColumn { old, new, .. } if old.default.is_some() && new.default.is_none() => {
            match (crate::schema::Column { default: None, ..(**old).clone() }) == **new {
                // What the default spoke of may change now.
                true => 31,
                false => 55,
            }
        }
        Change::AddColumn { column, .. } if column.generated.is_some() => 57,
        Change::AddColumn { .. } => 45,
        Change::AlterColumn { .. } => 55,
        Change::MapValues { .. } => 60,
        Change::PrimaryKey { .. } => 65,
        Change::Rename { .. } => 70,
        Change::Add(Part::ForeignKey(_)) => 85,
        Change::Add(Part::Index(_)) => 80,
        Change::Add(_) => 75,
        Change::Validate { .. } => 87,
        Change::Partition(_) => 88,
        Change::Comment { .. } | Change::Options { .. } => 90,
        Change::DropColumn { .. } => 95,
    }
}

/// What columns and constraints can stand on.
fn stands_below(kind: ObjectKind) -> bool {
    matches!(
        kind,
        ObjectKind::Function
            | ObjectKind::Sequence
            | ObjectKind::Domain
            | ObjectKind::Composite
            | ObjectKind::Extension
    )
}

/// Drops of columns that come before the changes of others: the column is made anew, or computed
/// from one that changes.
pub(super) fn early(ops: &[Op], syntax: Syntax) -> BTreeSet<usize> {
    let mut added: BTreeSet<(&Name, &str)> = BTreeSet::new();
    let mut changed: BTreeMap<&Name, BTreeSet<&str>> = BTreeMap::new();
    for op in ops {
        match op {
            Op::Alter { table, change: Change::AddColumn { column, .. } } => {
                added.insert((table, &column.name));
            }
            Op::Alter { table, change: Change::AlterColumn { old, .. } } => {
                changed.entry(table).or_default().insert(&old.name);
            }
            Op::ReplaceEnum(it) => {
                for (table, column) in &it.columns {
                    changed.entry(table).or_default().insert(&column.name);
                }
            }
            _ => {}
        }
    }
    let goes_early = |op: &Op| match op {
        Op::Alter { table, change: Change::DropColumn { column, .. } } => {
            let computed = column.generated.as_ref().zip(changed.get(table));
            let from_changed = computed.is_some_and(|(generated, changed)| {
                let mut names = names(&generated.expr.text, syntax);
                names.any(|name| changed.contains(name.as_str()))
            });
            from_changed || added.contains(&(table, column.name.as_str()))
        }
        _ => false,
    };
    ops.iter().enumerate().filter(|(_, op)| goes_early(op)).map(|(at, _)| at).collect()
}
