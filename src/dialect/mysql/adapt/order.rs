//! Which change of a table needs which first. What may stand in one statement with what it needs is
//! told from what may not.

use std::collections::{BTreeMap, BTreeSet};

use super::super::{Server, render};
use super::keys::covers;
use super::speaks;
use crate::op::{Change, Part};
use crate::schema::{Column, IndexPart, Table};

/// The changes that each change needs, by their places.
#[derive(Clone, Debug, Default)]
pub(super) struct Needs {
    /// In the same statement or before.
    pub(super) with: Vec<BTreeSet<usize>>,
    /// In a statement before.
    pub(super) after: Vec<BTreeSet<usize>>,
}

/// What the changes of one table need; `table` is the state before.
pub(super) fn needs(server: Server, changes: &[Change], table: &Table) -> Needs {
    let none = vec![BTreeSet::new(); changes.len()];
    let mut drawing = Drawing {
        changes,
        table,
        columns: BTreeMap::new(),
        needs: Needs { with: none.clone(), after: none },
    };
    drawing.columns();
    for at in 0..changes.len() {
        drawing.mentions(at);
    }
    drawing.names();
    if server.has_instant_catalog() {
        drawing.own_settings();
        drawing.renamed_indexes();
    }
    drawing.covers();
    drawing.counters();
    drawing.settings();
    drawing.conditions();
    drawing.needs
}

struct Drawing<'a> {
    changes: &'a [Change],
    table: &'a Table,
    /// The changes of each column, in order.
    columns: BTreeMap<String, Vec<usize>>,
    needs: Needs,
}

impl Drawing<'_> {
    fn with(&mut self, first: usize, then: usize) {
        if first != then {
            self.needs.with[then].insert(first);
        }
    }

    fn after(&mut self, first: usize, then: usize) {
        if first != then {
            self.needs.after[then].insert(first);
        }
    }

    /// In one statement.
    fn bond(&mut self, one: usize, two: usize) {
        self.with(one, two);
        self.with(two, one);
    }

    /// Changes of one column stay as they came.
    fn columns(&mut self) {
        for (at, change) in self.changes.iter().enumerate() {
            let names: Vec<&String> = match change {
                Change::AddColumn { column, .. } | Change::DropColumn { column, .. } => {
                    vec![&column.name]
                }
                Change::AlterColumn { old, .. } => vec![&old.name],
                Change::RenameColumn { old, new } => vec![old, new],
                Change::MapValues { column, .. } => vec![column],
                _ => continue,
            };
            for name in names {
                let known = self.columns.entry(name.clone()).or_default();
                let before = known.last().copied();
                known.push(at);
                if let Some(before) = before {
                    match (&self.changes[before], change) {
                        (Change::DropColumn { .. }, Change::AddColumn { .. }) => {
                            self.with(before, at);
                        }
                        _ => self.after(before, at),
                    }
                }
            }
        }
    }

    /// What a change speaks of is there by then, and goes or changes later.
    fn mentions(&mut self, at: usize) {
        let change = &self.changes[at];
        for name in speaks::of_fill(change) {
            let late = matches!(change, Change::AddColumn { .. });
            for other in self.columns.get(&name).cloned().unwrap_or_default() {
                match &self.changes[other] {
                    Change::AddColumn { .. } => self.after(other, at),
                    Change::DropColumn { .. } | Change::AlterColumn { .. } if late => {
                        self.after(at, other);
                    }
                    Change::DropColumn { .. } | Change::AlterColumn { .. } => self.with(at, other),
                    _ => {}
                }
            }
        }
        match change {
            Change::Drop(part) => self.goes(at, &speaks::of_part(part)),
            Change::Add(part) | Change::Rename { new: part, .. } => {
                self.comes(at, &speaks::of_part(part));
            }
            Change::AddColumn { column, .. } => self.comes(at, &speaks::of_column(column)),
            Change::AlterColumn { old, new, .. } => {
                self.goes(at, &lacking(old, new));
                self.comes(at, &speaks::of_column(new));
            }
            Change::DropColumn { column, .. } => self.goes(at, &speaks::of_column(column)),
            Change::PrimaryKey { old, new } => {
                let columns = |parts: &[IndexPart]| speaks::of_parts(parts);
                let before = old.as_ref().map(|key| columns(&key.columns)).unwrap_or_default();
                let after = new.as_ref().map(|key| columns(&key.columns)).unwrap_or_default();
                self.keyed(at, &before, &after);
            }
            _ => {}
        }
    }

    /// The table's own settings change by themselves at once, and with keys or names of indexes they
    /// do not.
    fn own_settings(&mut self) {
        let place = |change: &Change| match change {
            Change::Comment { .. } => 2,
            Change::Options { old, new } => {
                let same = |key: &str| old.get(key) == new.get(key);
                i32::from(same("partition_by") && same("engine"))
            }
            _ => 0,
        };
        let places: Vec<i32> = self.changes.iter().map(place).collect();
        for (at, place) in places.iter().enumerate() {
            let before = places.iter().enumerate().filter(|(_, other)| *other < place);
            before.for_each(|(other, _)| self.after(other, at));
        }
    }

    /// In one statement with another type of a column, an index is built anew where its name changes.
    fn renamed_indexes(&mut self) {
        for (at, change) in self.changes.iter().enumerate() {
            let Change::Rename { new: Part::Index(index), .. } = change else { continue };
            for name in speaks::of_parts(&index.parts) {
                for other in self.columns.get(&name).cloned().unwrap_or_default() {
                    if matches!(self.changes[other], Change::AlterColumn { .. }) {
                        self.after(other, at);
                    }
                }
            }
        }
    }

    /// It goes before the columns of which it speaks go or change.
    fn goes(&mut self, at: usize, columns: &BTreeSet<String>) {
        for name in columns {
            for other in self.columns.get(name).cloned().unwrap_or_default() {
                self.with(at, other);
            }
        }
    }

    /// It comes after the columns of which it speaks came or changed.
    fn comes(&mut self, at: usize, columns: &BTreeSet<String>) {
        for name in columns {
            for other in self.columns.get(name).cloned().unwrap_or_default() {
                self.with(other, at);
            }
        }
    }

    /// A key comes after its columns, and columns take NULL when it is gone.
    fn keyed(&mut self, at: usize, before: &BTreeSet<String>, after: &BTreeSet<String>) {
        for name in before.union(after) {
            for other in self.columns.get(name).cloned().unwrap_or_default() {
                match &self.changes[other] {
                    // A counter is never without its key, nor a key without its columns.
                    Change::AlterColumn { old, new, .. } if old.identity != new.identity => {
                        self.bond(at, other);
                    }
                    Change::AddColumn { column, .. } if column.identity.is_some() => {
                        self.bond(at, other);
                    }
                    Change::DropColumn { .. } if before.contains(name) => self.bond(at, other),
                    _ if after.contains(name) => self.with(other, at),
                    _ => self.with(at, other),
                }
            }
        }
    }

    /// A name is free when its owner is gone.
    fn names(&mut self) {
        let name = |part: &Part| {
            let kind = match part {
                Part::ForeignKey(_) => 'f',
                Part::Check(_) => 'c',
                _ => 'i',
            };
            (kind, part.name().unwrap_or_default().to_ascii_lowercase())
        };
        let named = |part: &Part| part.name().is_some();
        let mut freed = BTreeMap::new();
        for (at, change) in self.changes.iter().enumerate() {
            match change {
                Change::Drop(part) | Change::Rename { old: part, .. } if named(part) => {
                    freed.insert(name(part), at);
                }
                _ => {}
            }
        }
        for (at, change) in self.changes.iter().enumerate() {
            let (Change::Add(part) | Change::Rename { new: part, .. }) = change else { continue };
            let Some(before) = freed.get(&name(part)).copied() else { continue };
            match part {
                Part::ForeignKey(_) => self.after(before, at),
                _ => self.with(before, at),
            }
        }
    }

    /// A foreign key has an index at all times.
    fn covers(&mut self) {
        let changes = self.changes;
        let come = |columns: &[String]| {
            let found = changes.iter().enumerate().filter_map(|(at, change)| match change {
                Change::Add(Part::Index(it)) if covers(&it.parts, columns) => Some(at),
                Change::PrimaryKey { new: Some(it), .. } if covers(&it.columns, columns) => {
                    Some(at)
                }
                _ => None,
            });
            found.collect::<Vec<usize>>()
        };
        let gone = |columns: &[String]| {
            let found = changes.iter().enumerate().filter_map(|(at, change)| match change {
                Change::Drop(Part::Index(it)) if covers(&it.parts, columns) => Some(at),
                Change::PrimaryKey { old: Some(it), .. } if covers(&it.columns, columns) => {
                    Some(at)
                }
                _ => None,
            });
            found.collect::<Vec<usize>>()
        };
        let mut dropped = BTreeSet::new();
        for (at, change) in changes.iter().enumerate() {
            match change {
                Change::Drop(Part::ForeignKey(key)) => {
                    dropped.insert(key.name.clone());
                    gone(&key.columns).into_iter().for_each(|index| self.with(at, index));
                }
                Change::Add(Part::ForeignKey(key)) => {
                    come(&key.columns).into_iter().for_each(|index| self.with(index, at));
                }
                _ => {}
            }
        }
        let table = self.table;
        for key in table.foreign_keys.iter().filter(|key| !dropped.contains(&key.name)) {
            for index in gone(&key.columns) {
                come(&key.columns).into_iter().for_each(|other| self.with(other, index));
            }
        }
    }

    /// A column that is numbered by the server has an index at all times.
    fn counters(&mut self) {
        let numbered = |column: &&Column| column.identity.is_some();
        let table = self.table;
        let names = table.columns.iter().filter(numbered).map(|column| &column.name);
        let named: Vec<String> = names.cloned().chain(self.newly_numbered()).collect();
        let leads =
            |parts: &[IndexPart], name: &str| parts.first().is_some_and(|it| it.text == name);
        for name in named {
            let of_column = self.columns.get(&name).cloned().unwrap_or_default();
            let renumbered: Vec<usize> = of_column
                .into_iter()
                .filter(|at| match &self.changes[*at] {
                    Change::AlterColumn { old, new, .. } => old.identity != new.identity,
                    Change::AddColumn { column, .. } | Change::DropColumn { column, .. } => {
                        column.identity.is_some()
                    }
                    _ => false,
                })
                .collect();
            let mut come = Vec::new();
            let mut gone = Vec::new();
            for (at, change) in self.changes.iter().enumerate() {
                match change {
                    Change::Add(Part::Index(it)) if leads(&it.parts, &name) => come.push(at),
                    Change::Drop(Part::Index(it)) if leads(&it.parts, &name) => gone.push(at),
                    Change::PrimaryKey { old, new } => {
                        let first = |key: &crate::schema::PrimaryKey| leads(&key.columns, &name);
                        gone.extend(old.as_ref().is_some_and(first).then_some(at));
                        come.extend(new.as_ref().is_some_and(first).then_some(at));
                    }
                    _ => {}
                }
            }
            for index in come.iter().chain(&gone) {
                renumbered.iter().for_each(|at| self.bond(*index, *at));
            }
            for index in &gone {
                come.iter().for_each(|at| self.with(*at, *index));
            }
        }
    }

    fn newly_numbered(&self) -> Vec<String> {
        let names = self.changes.iter().filter_map(|change| match change {
            Change::AddColumn { column, .. } => column.identity.as_ref().map(|_| &column.name),
            Change::AlterColumn { old, new, .. } if old.identity.is_none() => {
                new.identity.as_ref().map(|_| &new.name)
            }
            _ => None,
        });
        names.cloned().collect()
    }

    /// A condition that stands in the definition of a column comes and goes with a change of it.
    fn conditions(&mut self) {
        for (at, change) in self.changes.iter().enumerate() {
            let (Change::Add(part) | Change::Drop(part)) = change else { continue };
            let Some(name) = render::of_column(part) else { continue };
            let defines = |at: &&usize| {
                matches!(self.changes[**at], Change::AddColumn { .. } | Change::AlterColumn { .. })
            };
            let of_column = self.columns.get(name);
            let mut defined = of_column.into_iter().flatten().filter(defines).copied();
            let found = match change {
                Change::Add(_) => defined.last(),
                _ => defined.next(),
            };
            if let Some(other) = found {
                self.bond(at, other);
            }
        }
    }

    /// Partitions stand by the keys of their table.
    fn settings(&mut self) {
        for (at, change) in self.changes.iter().enumerate() {
            let Change::Options { old, new } = change else { continue };
            let (before, after) = (old.get("partition_by"), new.get("partition_by"));
            let engine = old.get("engine") != new.get("engine");
            for (other, change) in self.changes.iter().enumerate() {
                match change {
                    Change::PrimaryKey { old, new } if before != after => {
                        // Each way of partitioning is by columns of the key that stands then.
                        match (old, new) {
                            (Some(old), Some(new)) if !within(&old.columns, &new.columns) => {
                                self.after(at, other);
                            }
                            (_, Some(_)) if after.is_some() => self.after(other, at),
                            _ => self.after(at, other),
                        }
                    }
                    Change::Add(Part::Index(it)) if it.unique && before != after => {
                        self.after(at, other);
                    }
                    Change::Drop(Part::Index(it)) if it.unique && before != after => {
                        self.after(other, at);
                    }
                    Change::Add(Part::ForeignKey(_)) if engine => self.with(at, other),
                    _ => {}
                }
            }
        }
    }
}

/// Whether a key has all columns of another.
fn within(one: &[IndexPart], other: &[IndexPart]) -> bool {
    one.iter().all(|part| other.iter().any(|it| it.text == part.text))
}

/// What the old column speaks of and the new one does not.
fn lacking(old: &Column, new: &Column) -> BTreeSet<String> {
    let kept = speaks::of_column(new);
    speaks::of_column(old).into_iter().filter(|name| !kept.contains(name)).collect()
}
