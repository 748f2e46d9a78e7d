//! What each op locks on PostgreSQL, what it does meanwhile, and what to know of it: measured on 12
//! to 18, and held against servers by `tests/locks`.

mod column;
mod needs;
mod part;
mod state;
mod table;
mod volatile;

use std::collections::BTreeMap;

use super::Postgres;
use crate::dialect::{Advice, Effect, Effects, Lock, Work};
use crate::op::{Change, Op};
use crate::schema::{Name, Object, ObjectKind, Schema};

use state::State;

const fn lock(strength: u8, name: &'static str) -> Lock {
    Lock { strength, name }
}

/// `SELECT`.
const READ: Lock = lock(0, "ACCESS SHARE");
/// What keeps referenced rows from going.
const KEEP: Lock = lock(0, "ROW SHARE");
/// `UPDATE`.
const WRITE: Lock = lock(3, "ROW EXCLUSIVE");
/// Others read and write, and change nothing of the table.
const UPKEEP: Lock = lock(4, "SHARE UPDATE EXCLUSIVE");
/// Others read.
const READERS: Lock = lock(5, "SHARE");
/// Others read, and build no index.
const READERS_ALONE: Lock = lock(6, "SHARE ROW EXCLUSIVE");
/// Nobody else.
const ALL: Lock = lock(8, "ACCESS EXCLUSIVE");

/// The effects of each of these ops, which run one after the other.
pub(super) fn effects(postgres: &Postgres, ops: &[Op], before: &Schema) -> Vec<Effects> {
    let mut state = State::new(before);
    let mut found = Vec::with_capacity(ops.len());
    for op in ops {
        let mut seen = Seen::new(postgres, &state);
        seen.op(op);
        needs::of(op, &mut seen);
        found.push(seen.finish());
        state.apply(op);
    }
    found
}

/// What was found of one op so far.
struct Seen<'a> {
    postgres: &'a Postgres,
    state: &'a State,
    locks: BTreeMap<Name, (Lock, Work)>,
    effects: Effects,
}

impl<'a> Seen<'a> {
    fn new(postgres: &'a Postgres, state: &'a State) -> Self {
        Self { postgres, state, locks: BTreeMap::new(), effects: Effects::default() }
    }

    fn finish(mut self) -> Effects {
        let effect = |(on, (lock, work))| Effect { on: Some(on), lock, work };
        self.effects.locks = self.locks.into_iter().map(effect).collect();
        self.effects
    }

    /// One table alone.
    fn lock(&mut self, table: &Name, lock: Lock, work: Work) {
        let held = self.locks.entry(table.clone()).or_insert((lock, work));
        *held = (held.0.max(lock), held.1.max(work));
    }

    /// A table with its partitions, and with the tables that inherit from it.
    fn family(&mut self, table: &Name, lock: Lock, work: Work) {
        let state = self.state;
        for member in state.family(table) {
            // A partitioned table has no rows of its own.
            let rows = !state.is_partitioned(member);
            self.lock(member, lock, if rows { work } else { Work::None });
        }
    }

    fn note(&mut self, note: String) {
        self.effects.notes.push(note);
    }

    fn safer(&mut self, how: &'static str, what: String) {
        self.effects.safer.push(Advice { how, what });
    }

    fn op(&mut self, op: &Op) {
        match op {
            Op::CreateTable(table) => self.create_table(table),
            Op::DropTable(table) => self.drop_table(table),
            Op::RenameTable { old, new } => {
                self.lock(old, ALL, Work::None);
                self.note(format!("programs that say {old} fail: it is {new} from then on"));
            }
            Op::RenameLabel { name, old, new } => self.note(format!(
                "programs that say '{old}' for {name} fail: it is '{new}' from then on"
            )),
            Op::ReplaceEnum(it) => {
                for (table, column) in &it.columns {
                    self.family(table, ALL, Work::Rewrite);
                    self.forget(table, &column.name);
                }
            }
            Op::CreateObject(it) => self.object(it, true),
            Op::DropObject(it) => self.object(it, false),
            Op::Alter { table, change } => self.change(table, change),
            // These are about the catalog alone.
            Op::CreateNamespace(_)
            | Op::DropNamespace(_)
            | Op::RenameNamespace { .. }
            | Op::CreateEnum(_)
            | Op::DropEnum(_)
            | Op::AlterEnum { .. }
            | Op::RenameEnum { .. }
            | Op::AlterTogether(_)
            | Op::Rebuild(_) => {}
        }
    }

    fn change(&mut self, table: &Name, change: &Change) {
        match change {
            Change::AddColumn { column, fill, parts } => {
                self.add_column(table, column, fill.as_ref());
                parts.iter().for_each(|part| self.add(table, part));
            }
            Change::DropColumn { column, .. } => self.drop_column(table, column),
            Change::RenameColumn { old, new } => {
                self.family(table, ALL, Work::None);
                self.note(format!(
                    "programs that say {table}.{old} fail: it is {new} from then on"
                ));
            }
            Change::AlterColumn { old, new, fill, using } => {
                self.alter_column(table, (old, new), (fill.as_ref(), using.as_ref()));
            }
            Change::MapValues { .. } => self.family(table, WRITE, Work::Fill),
            Change::PrimaryKey { old, new } => {
                self.primary_key(table, old.as_ref(), new.as_ref());
            }
            Change::Add(part) => self.add(table, part),
            Change::Drop(part) => self.drop(table, part),
            Change::Rename { old, new } => self.alter_part(table, old, new),
            Change::Validate { new, .. } => self.validate(table, new),
            Change::Comment { .. } => self.lock(table, UPKEEP, Work::None),
            Change::Partition(it) => self.options(table, &it.old, &it.new),
            Change::Options { old, new } => self.options(table, old, new),
        }
    }

    fn object(&mut self, object: &Object, comes: bool) {
        let (on, lock) = match (object.kind, comes) {
            (ObjectKind::Trigger, true) => (object.table.as_ref(), READERS_ALONE),
            (ObjectKind::Trigger | ObjectKind::Rule | ObjectKind::Policy, _) => {
                (object.table.as_ref(), ALL)
            }
            (ObjectKind::View | ObjectKind::MaterializedView, false) => (Some(&object.name), ALL),
            (ObjectKind::Statistics, _) => (object.table.as_ref(), UPKEEP),
            _ => (None, READ),
        };
        if let Some(on) = on {
            match object.kind {
                ObjectKind::Trigger => self.family(on, lock, Work::None),
                _ => self.lock(on, lock, Work::None),
            }
        }
        if comes && object.kind == ObjectKind::MaterializedView {
            for table in self.state.read_by(object) {
                self.family(table, READ, Work::Scan);
            }
        }
    }
}
