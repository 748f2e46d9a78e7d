//! What becomes of a column when its type or collation changes: whether rows are written anew, and
//! what happens to the values.

use super::flavor::Server;
use crate::schema::Column;

/// What a change does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cast {
    /// Whether rows are written anew.
    pub rewritten: bool,
    /// What happens to the values.
    pub values: Values,
}

/// What happens to the values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Values {
    /// All are what they were, and come back the same.
    Kept,
    /// Those that do not fit stop the change; the others come back the same.
    Checked,
    /// Some may become others: rounded, cut, read in more than one spelling.
    Changed,
}

/// What a change between two columns does.
pub fn of(_server: Server, old: &Column, new: &Column, _strict: bool) -> Cast {
    let same = old.ty == new.ty;
    Cast { rewritten: !same, values: if same { Values::Kept } else { Values::Changed } }
}
