//! What PostgreSQL cannot do in place becomes other ops: what stands in the way of a change goes
//! before it and comes again after it.

mod columns;
mod enums;
mod indexes;
mod keys;
mod names;
mod objects;
mod partitions;
mod parts;
mod refuse;
mod tables;
mod touched;

use std::collections::BTreeMap;

use autogen_model::Diagnostic;

use super::Postgres;
use crate::dialect::{Dialect, Sharing};
use crate::op::{Change, Op, Part};
use crate::schema::{Name, Schema};

/// The changes in the form in which PostgreSQL can make them.
pub(super) fn adapt(
    postgres: &Postgres,
    ops: Vec<Op>,
    schema: &Schema,
) -> (Vec<Op>, Vec<Diagnostic>) {
    let mut work = Work::new(postgres, ops, schema);
    partitions::share(&mut work);
    refuse::refuse(&mut work);
    indexes::validate(&mut work);
    let touched = touched::touched(postgres, work.ops(), &work.before);
    objects::protect(&mut work, &touched);
    objects::remake(&mut work, &touched);
    enums::replace(&mut work, &touched);
    enums::settle(&mut work);
    columns::bare_defaults(&mut work, &touched);
    columns::remake(&mut work, &touched);
    enums::first(&mut work);
    parts::remake(&mut work, &touched);
    keys::open(&mut work);
    keys::remake(&mut work, &touched);
    tables::keys_apart(&mut work);
    names::apart(&mut work, schema);
    indexes::concurrently(&mut work, schema);
    work.finish()
}

/// How an op shares a transaction with others.
pub(super) fn sharing(op: &Op) -> Sharing {
    match op {
        Op::Alter { change: Change::Add(part) | Change::Drop(part), .. }
            if indexes::is_concurrent(part) =>
        {
            Sharing::Alone
        }
        Op::AlterEnum { old, new } if new.labels.len() > old.labels.len() => {
            Sharing::CommittedFirst
        }
        _ => Sharing::Together,
    }
}

/// The ops on their way.
struct Work {
    postgres: Postgres,
    /// The state before, under the names that the ops use.
    before: Schema,
    /// Renames that come first, so that the ops use the names after them.
    lead: Vec<Op>,
    /// The other ops; one that became others is taken out.
    open: Vec<Option<Op>>,
    places: Places,
    /// What goes first.
    pre: Vec<Op>,
    /// What comes again.
    post: Vec<Op>,
    problems: Vec<Diagnostic>,
}

/// Where the ops about a thing stand.
#[derive(Default)]
struct Places {
    /// Ops that alter or drop a column.
    columns: BTreeMap<(Name, String), usize>,
    /// Ops that drop, rename or validate a constraint or index.
    parts: BTreeMap<(Name, Part), usize>,
    /// Ops that change a primary key.
    keys: BTreeMap<Name, usize>,
    /// Ops that drop a table.
    dropped: BTreeMap<Name, usize>,
}

impl Work {
    fn new(postgres: &Postgres, mut ops: Vec<Op>, schema: &Schema) -> Self {
        let leading = ops.iter().take_while(|op| is_rename(op)).count();
        let rest = ops.split_off(leading);
        let mut before = schema.clone();
        for op in &ops {
            // A misfit shows when the whole plan is proved.
            let _ = op.apply(&mut before, postgres.spelling());
        }
        let mut places = Places::default();
        for (at, op) in rest.iter().enumerate() {
            places.note(at, op);
        }
        let open = rest.into_iter().map(Some).collect();
        let (pre, post, problems) = (Vec::new(), Vec::new(), Vec::new());
        let postgres = postgres.clone();
        Self { postgres, before, lead: ops, open, places, pre, post, problems }
    }

    /// The ops but for the renames that come first.
    fn ops(&self) -> impl Iterator<Item = &Op> + Clone {
        self.open.iter().flatten()
    }

    /// All renames, wherever they stand.
    fn renames(&self) -> impl Iterator<Item = &Op> {
        self.lead.iter().chain(self.ops().filter(|op| is_rename(op)))
    }

    /// The op that alters or drops a column, taken out.
    fn take_column(&mut self, table: &Name, column: &str) -> Option<Op> {
        let at = self.places.columns.get(&(table.clone(), column.to_owned()))?;
        self.open[*at].take()
    }

    /// Whether a column gets another default, or none.
    fn changes_default(&self, table: &Name, column: &str) -> bool {
        let place = self.places.columns.get(&(table.clone(), column.to_owned()));
        let op = place.and_then(|at| self.open.get(*at)).and_then(Option::as_ref);
        matches!(op, Some(Op::Alter { change: Change::AlterColumn { old, new, .. }, .. })
            if old.default != new.default)
    }

    /// Has a change of a column, but for its drop, wait for what stands before it.
    fn delay(&mut self, table: &Name, column: &str) {
        let place = self.places.columns.get(&(table.clone(), column.to_owned()));
        let Some(op) = place.and_then(|at| self.open.get_mut(*at)) else { return };
        if matches!(op, Some(Op::Alter { change: Change::AlterColumn { .. }, .. })) {
            self.post.extend(op.take());
        }
    }

    fn is_dropped(&self, table: &Name) -> bool {
        self.places.dropped.contains_key(table)
    }

    fn before(&mut self, table: &Name, change: Change) {
        self.pre.push(Op::Alter { table: table.clone(), change });
    }

    fn after(&mut self, table: &Name, change: Change) {
        self.post.push(Op::Alter { table: table.clone(), change });
    }

    /// Has a constraint or index go first and come again last, unless it goes or changes anyway.
    fn remake_part(&mut self, table: &Name, part: &Part) {
        let place = self.places.parts.get(&(table.clone(), part.clone())).copied();
        match place.and_then(|at| self.open[at].take()) {
            Some(Op::Alter {
                change: Change::Rename { old, new } | Change::Validate { old, new },
                ..
            }) => {
                self.before(table, Change::Drop(old));
                self.after(table, Change::Add(new));
            }
            Some(op) => self.open[place.unwrap_or_default()] = Some(op),
            // It was asked for twice.
            None if place.is_some() => {}
            None => {
                self.before(table, Change::Drop(part.clone()));
                if !self.is_dropped(table) {
                    self.after(table, Change::Add(part.clone()));
                }
            }
        }
    }

    fn finish(self) -> (Vec<Op>, Vec<Diagnostic>) {
        let rest = self.open.into_iter().flatten();
        let ops = self.lead.into_iter().chain(self.pre).chain(rest).chain(self.post);
        (ops.collect(), self.problems)
    }
}

impl Places {
    fn note(&mut self, at: usize, op: &Op) {
        match op {
            Op::DropTable(table) => drop(self.dropped.insert(table.name.clone(), at)),
            Op::Alter { table, change } => match change {
                Change::AlterColumn { old, .. } => {
                    self.columns.insert((table.clone(), old.name.clone()), at);
                }
                Change::DropColumn { column, .. } => {
                    self.columns.insert((table.clone(), column.name.clone()), at);
                }
                Change::Drop(part)
                | Change::Rename { old: part, .. }
                | Change::Validate { old: part, .. } => {
                    self.parts.insert((table.clone(), part.clone()), at);
                }
                Change::PrimaryKey { .. } => drop(self.keys.insert(table.clone(), at)),
                _ => {}
            },
            _ => {}
        }
    }
}

fn is_rename(op: &Op) -> bool {
    matches!(
        op,
        Op::RenameNamespace { .. }
            | Op::RenameEnum { .. }
            | Op::RenameLabel { .. }
            | Op::RenameTable { .. }
            | Op::Alter { change: Change::RenameColumn { .. }, .. }
    )
}
