//! What MySQL cannot do in place becomes other ops, and all changes of one table that are made in one
//! way share a statement.

mod columns;
mod group;
mod keys;
mod objects;
mod order;
mod renames;
mod speaks;
mod tables;

use std::collections::{BTreeMap, BTreeSet};

use autogen_model::Diagnostic;

use super::Mysql;
use super::hazard::algorithm::{Site, has_kind};
use crate::dialect::Dialect;
use crate::op::{Change, Op, Part};
use crate::schema::{Name, Schema, Table};

/// The changes in the form in which MySQL can make them.
pub(super) fn adapt(mysql: &Mysql, ops: Vec<Op>, schema: &Schema) -> (Vec<Op>, Vec<Diagnostic>) {
    let (mut work, lead, trail) = Work::new(mysql, ops, schema);
    let mut result = Vec::new();
    let mut state = schema.clone();
    renames::rename(&mut work, lead, &mut state, &mut result);
    work.before = state.clone();
    objects::protect(&mut work);
    tables::keys_apart(&mut work);
    columns::adapt(&mut work);
    keys::remake(&mut work);
    let middle = group::group(&mut work);
    for op in &middle {
        // A misfit shows when the whole plan is proved.
        let _ = op.apply(&mut state, mysql.spelling());
    }
    result.extend(middle);
    renames::rename(&mut work, trail, &mut state, &mut result);
    (result, work.problems)
}

/// What must be said before changes of tables that keep their history.
const KEEP: &str = "SET system_versioning_alter_history = keep";

/// Statements that must run before the others.
pub(super) fn session(ops: &[Op]) -> Vec<String> {
    let keeps = |op: &Op| matches!(op, Op::AlterTogether(it) if it.history);
    ops.iter().any(keeps).then(|| KEEP.to_owned()).into_iter().collect()
}

/// The ops on their way.
struct Work<'a> {
    mysql: &'a Mysql,
    /// The state before, under the names that the ops use.
    before: Schema,
    /// Changes inside tables, in the order in which they came.
    changes: BTreeMap<Name, Vec<Change>>,
    /// Keys of tables that come or go, apart from them.
    apart: BTreeMap<Name, Vec<Change>>,
    /// All other ops but renames.
    others: Vec<Op>,
    problems: Vec<Diagnostic>,
}

impl<'a> Work<'a> {
    /// The ops, without the renames that stand first and those that stand last.
    fn new(mysql: &'a Mysql, mut ops: Vec<Op>, schema: &Schema) -> (Self, Vec<Op>, Vec<Op>) {
        let leading = ops.iter().take_while(|op| is_rename(op)).count();
        let mut rest = ops.split_off(leading);
        let trailing = rest.iter().rev().take_while(|op| is_rename(op)).count();
        let trail = rest.split_off(rest.len() - trailing);
        let mut changes: BTreeMap<Name, Vec<Change>> = BTreeMap::new();
        let mut others = Vec::new();
        for op in rest {
            match op {
                Op::Alter { table, change } => changes.entry(table).or_default().push(change),
                op => others.push(op),
            }
        }
        let (before, apart, problems) = (schema.clone(), BTreeMap::new(), Vec::new());
        (Self { mysql, before, changes, apart, others, problems }, ops, trail)
    }

    /// The tables that go.
    fn dropped(&self) -> BTreeSet<Name> {
        let dropped = self.others.iter().filter_map(|op| match op {
            Op::DropTable(table) => Some(table.name.clone()),
            _ => None,
        });
        dropped.collect()
    }

    fn site<'b>(&self, table: &'b Table) -> Site<'b> {
        Site { server: self.mysql.server, table, texts: has_kind(table, "fulltext") }
    }
}

/// Has a constraint or index go first and come again last, unless it goes or changes anyway.
fn remake_part(changes: &mut Vec<Change>, part: &Part) {
    let about = |change: &Change| match change {
        Change::Drop(old) => old == part,
        Change::Rename { old, .. } => old == part,
        _ => false,
    };
    match changes.iter().position(about) {
        Some(at) => {
            if let Change::Rename { old, new } = changes[at].clone() {
                changes[at] = Change::Drop(old);
                changes.push(Change::Add(new));
            }
        }
        None => {
            changes.push(Change::Drop(part.clone()));
            changes.push(Change::Add(part.clone()));
        }
    }
}

fn is_rename(op: &Op) -> bool {
    matches!(
        op,
        Op::RenameNamespace { .. }
            | Op::RenameTable { .. }
            | Op::Alter { change: Change::RenameColumn { .. }, .. }
    )
}
