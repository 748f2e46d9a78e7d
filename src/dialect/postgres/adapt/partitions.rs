//! A table that becomes a partition keeps what it has, but lists with its parent what both have; one
//! that ceases to be a partition lists it again.

use std::collections::BTreeMap;

use super::Work;
use crate::op::{Change, Op, Part, Partition};
use crate::schema::{Name, Options, Table};

/// Columns and constraints that only change the list they are in are neither made nor dropped.
pub(super) fn share(work: &mut Work) {
    let mut changed: BTreeMap<Name, (usize, Name, Partition)> = BTreeMap::new();
    for (at, op) in work.open.iter().enumerate() {
        if let Some(Op::Alter { table, change: Change::Options { old, new } }) = op
            && let Some((parent, partition)) = partition(old, new)
        {
            changed.insert(table.clone(), (at, parent, partition));
        }
    }
    if changed.is_empty() {
        return;
    }
    let parents: BTreeMap<Name, Table> = changed
        .values()
        .filter_map(|(_, parent, _)| Some((parent.clone(), found(work, parent)?.clone())))
        .collect();
    for op in &mut work.open {
        let Some(Op::Alter { table, change }) = op else { continue };
        if let Some((_, parent, partition)) = changed.get_mut(table)
            && let Some(parent) = parents.get(parent)
            && take(change, parent, partition)
        {
            *op = None;
        }
    }
    for (table, (at, _, partition)) in changed {
        work.open[at] = Some(Op::Alter { table, change: Change::Partition(Box::new(partition)) });
    }
}

/// The parent, and the change without what both have.
fn partition(old: &Options, new: &Options) -> Option<(Name, Partition)> {
    let (before, after) = (old.get("partition_of"), new.get("partition_of"));
    let (parent, attached) = match (before, after) {
        (None, Some(parent)) => (parent, true),
        (Some(parent), None) => (parent, false),
        _ => return None,
    };
    let partition = Partition {
        attached,
        old: old.clone(),
        new: new.clone(),
        columns: Vec::new(),
        primary_key: None,
        parts: Vec::new(),
    };
    Some((Name::from(parent.as_str()), partition))
}

fn found<'a>(work: &'a Work, name: &Name) -> Option<&'a Table> {
    let created = work.ops().find_map(|op| match op {
        Op::CreateTable(table) if table.name == *name => Some(table),
        _ => None,
    });
    created.or_else(|| work.before.tables.get(name))
}

/// Moves into the partition what a change makes or drops and its parent has as well.
fn take(change: &Change, parent: &Table, partition: &mut Partition) -> bool {
    match (change, partition.attached) {
        (Change::DropColumn { column, .. }, true) | (Change::AddColumn { column, .. }, false)
            if parent.column(&column.name).is_some() =>
        {
            partition.columns.push(column.clone());
        }
        (Change::PrimaryKey { old: Some(key), new: None }, true)
        | (Change::PrimaryKey { old: None, new: Some(key) }, false)
            if parent.primary_key.as_ref().is_some_and(|it| it.columns == key.columns) =>
        {
            partition.primary_key = Some(key.clone());
        }
        (Change::Drop(part), true) | (Change::Add(part), false) if has(parent, part) => {
            partition.parts.push(part.clone());
        }
        _ => return false,
    }
    true
}

fn has(parent: &Table, part: &Part) -> bool {
    let part = part.nameless();
    let keys = parent.foreign_keys.iter().cloned().map(Part::ForeignKey);
    super::parts::parts(parent).chain(keys).any(|other| other.nameless() == part)
}
