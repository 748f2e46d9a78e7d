//! Changes of one table that share a statement.

use std::collections::BTreeMap;

use super::Change;
use crate::schema::{Expr, Name};

/// Changes of one table in one statement, with what the database is to refuse.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Together {
    /// The table, under the name it has when the changes run.
    pub table: Name,
    /// The changes, in an order in which they can be made one after the other.
    pub changes: Vec<Change>,
    /// How they are to be made; the database refuses what it cannot make so. None where it has no
    /// word for it.
    pub algorithm: Option<Algorithm>,
    /// The collation that columns of the table have which say none. None where it is not known.
    pub collate: Option<String>,
    /// Conditions that stand in the definitions of columns, by column, as they are afterwards.
    pub checks: BTreeMap<String, Expr>,
    /// Rows that are no longer there are kept by the table, and stay as they were.
    pub history: bool,
    /// It goes where the renames of its table go: first on the way up, last on the way down.
    pub renaming: bool,
}

/// How a database makes changes of a table, cheapest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Algorithm {
    /// The catalog alone changes.
    Instant,
    /// Rows are read or written anew while others write.
    InPlace,
    /// Rows are read or written anew while others wait to write.
    Blocking,
    /// The table is copied row by row while others wait to write.
    Copy,
}

impl Together {
    /// The changes that undo these.
    pub(super) fn inverse(self) -> Self {
        let changes = self.changes.into_iter().rev().map(Change::inverse).collect();
        // Never asked: what goes back is adapted on its own, and may be made in another way.
        Self { changes, ..self }
    }
}
