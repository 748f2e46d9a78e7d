//! When an op runs, as far as nothing else decides: a number for each kind.

use std::collections::{BTreeMap, BTreeSet};

use super::Direction;
use crate::op::{Change, Op, Part};
use crate::schema::{Column, Name, ObjectKind};
use crate::sql::{Syntax, names};

const RENAME: u8 = 10;
const RENAME_BACK: u8 = 200;
/// A column that must be gone before others change.
const EARLY_COLUMN: u8 = 32;
/// A table or type of a column that must be gone before a type is made anew.
const EARLY: u8 = 34;

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
        Op::RenameNamespace { .. }
        | Op::RenameEnum { .. }
        | Op::RenameLabel { .. }
        | Op::RenameTable { .. } => rename,
        // Types and functions of it are everywhere.
        Op::CreateObject(it) if it.kind == ObjectKind::Extension => 14,
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
        Op::AlterTogether(it) if it.renaming => rename,
        Op::AlterTogether(it) => of_changes(&it.changes),
        Op::Alter { change, .. } => of_change(change),
    }
}

/// Keys go before all other tables change, and come when these have changed.
fn of_changes(changes: &[Change]) -> u8 {
    let key = |part: &Part| matches!(part, Part::ForeignKey(_));
    if changes.iter().any(|change| matches!(change, Change::Add(part) if key(part))) {
        return 85;
    }
    match changes.iter().all(|change| matches!(change, Change::Drop(part) if key(part))) {
        true => 25,
        false => 55,
    }
}

fn of_change(change: &Change) -> u8 {
    match change {
        Change::RenameColumn { .. } => RENAME,
        Change::Drop(Part::ForeignKey(_)) => 25,
        Change::Drop(_) | Change::PrimaryKey { new: None, .. } => 30,
        Change::AlterColumn { old, new, .. } if old.default.is_some() && new.default.is_none() => {
            match (Column { default: None, ..(**old).clone() }) == **new {
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

/// Ops that come before the changes of others, with their stage: a column goes that is made anew,
/// or is computed from one that changes; what does not move over to the new form of a type goes.
pub(super) fn early(ops: &[Op], syntax: Syntax) -> BTreeMap<usize, u8> {
    let changes = Changes::new(ops);
    let mut early = BTreeMap::new();
    let mut tables = Vec::new();
    let mut left = false;
    for (at, op) in ops.iter().enumerate() {
        match op {
            Op::DropTable(table) => {
                tables.push(at);
                left |= table.columns.iter().any(|it| changes.leaves(&table.name, it));
            }
            Op::Alter { table, change: Change::DropColumn { column, .. } }
                if (changes.leaves(table, column) || changes.make_way(table, column, syntax)) =>
            {
                early.insert(at, EARLY_COLUMN);
            }
            Op::Alter { table, change: Change::AlterColumn { old, .. } }
                if changes.leaves(table, old) =>
            {
                early.insert(at, EARLY);
            }
            _ => {}
        }
    }
    if left {
        // One may refer to another, so they go together.
        early.extend(tables.into_iter().map(|at| (at, EARLY)));
    }
    early
}

/// What a plan does to columns and types.
#[derive(Default)]
struct Changes<'a> {
    added: BTreeSet<(&'a Name, &'a str)>,
    altered: BTreeMap<&'a Name, BTreeSet<&'a str>>,
    replaced: BTreeSet<&'a Name>,
    moved: BTreeSet<(&'a Name, &'a str)>,
}

impl<'a> Changes<'a> {
    fn new(ops: &'a [Op]) -> Self {
        let mut changes = Self::default();
        for op in ops {
            match op {
                Op::Alter { table, change: Change::AddColumn { column, .. } } => {
                    changes.added.insert((table, &column.name));
                }
                Op::Alter { table, change: Change::AlterColumn { old, .. } } => {
                    changes.altered.entry(table).or_default().insert(&old.name);
                }
                Op::ReplaceEnum(it) => {
                    changes.replaced.insert(&it.old.name);
                    for (table, column) in &it.columns {
                        changes.altered.entry(table).or_default().insert(&column.name);
                        changes.moved.insert((table, &column.name));
                    }
                }
                _ => {}
            }
        }
        changes
    }

    /// Whether a column has a type that is made anew, and does not move over.
    fn leaves(&self, table: &Name, column: &Column) -> bool {
        let replaced = column.ty.enumeration().is_some_and(|it| self.replaced.contains(it));
        replaced && !self.moved.contains(&(table, column.name.as_str()))
    }

    /// Whether a column that goes stands in the way of others.
    fn make_way(&self, table: &Name, column: &Column, syntax: Syntax) -> bool {
        let computed = column.generated.as_ref().zip(self.altered.get(table));
        let from_changed = computed.is_some_and(|(generated, changed)| {
            names(&generated.expr.text, syntax).any(|name| changed.contains(name.as_str()))
        });
        from_changed || self.added.contains(&(table, column.name.as_str()))
    }
}
