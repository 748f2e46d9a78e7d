//! MySQL's SQL for each op, as one would write it by hand: what belongs together stands in one
//! statement, and says how it is to be made, so that the server refuses rather than does more.

mod clause;
mod column;
mod object;
mod settings;
mod table;
mod together;

use std::collections::BTreeMap;

use super::Mysql;
use super::quoted as literal;
pub(super) use clause::of_column;

use super::types::{quote, written};
use crate::op::{Change, Op, Part, Together};
use crate::schema::{Index, Name};

/// The statements of one op, without closing semicolons.
pub(super) fn render(mysql: &Mysql, op: &Op) -> Vec<String> {
    match op {
        Op::CreateNamespace(name) => vec![format!("CREATE DATABASE {}", quote(name))],
        Op::DropNamespace(name) => vec![format!("DROP DATABASE {}", quote(name))],
        // Enumerated types stand in their columns here, names of databases stay, and tables are
        // changed in place.
        Op::RenameNamespace { .. }
        | Op::CreateEnum(_)
        | Op::DropEnum(_)
        | Op::AlterEnum { .. }
        | Op::ReplaceEnum(_)
        | Op::RenameEnum { .. }
        | Op::RenameLabel { .. }
        | Op::Rebuild(_) => Vec::new(),
        Op::CreateTable(table) => table::create(mysql, table),
        Op::DropTable(table) => vec![format!("DROP TABLE {}", written(&table.name))],
        Op::RenameTable { old, new } => {
            vec![format!("RENAME TABLE {} TO {}", written(old), written(new))]
        }
        Op::CreateObject(it) => {
            it.before.iter().chain([&it.sql]).chain(&it.after).cloned().collect()
        }
        Op::DropObject(it) => vec![object::drop(it)],
        Op::Alter { table, change } => alone(mysql, table, change),
        Op::AlterTogether(it) => together::render(mysql.server, it),
    }
}

/// A change that no other is put together with.
fn alone(mysql: &Mysql, table: &Name, change: &Change) -> Vec<String> {
    let together = Together {
        table: table.clone(),
        changes: vec![change.clone()],
        algorithm: None,
        collate: None,
        checks: BTreeMap::new(),
        history: false,
        renaming: false,
    };
    together::render(mysql.server, &together)
}

/// Whether an index or check changes where it stands, besides its name.
pub(super) fn alters(old: &Part, new: &Part) -> bool {
    let settled = |part: &Part| {
        let mut part = part.nameless();
        match &mut part {
            Part::Check(it) => drop(it.options.remove("not_enforced")),
            Part::Index(it) => {
                it.options.remove("invisible");
                it.comment = it.comment.take().filter(|_| !takes_comment(it));
            }
            _ => {}
        }
        part
    };
    settled(old) == settled(new)
}

/// Whether an index takes another comment without being built again.
fn takes_comment(index: &Index) -> bool {
    index.using.is_none() && index.parts.iter().all(|part| !part.expression)
}
