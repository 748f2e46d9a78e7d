//! What an op does to what is there already, while it runs: locks, work, and what to know of it.

use crate::schema::Name;

/// What one op does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Effects {
    /// The locks, one for each table or other relation.
    pub locks: Vec<Effect>,
    /// What rows that are there must be like, or it stops and changes nothing.
    pub rows: Vec<String>,
    /// What somebody who applies it should know.
    pub notes: Vec<String>,
    /// Ways that hurt less, where there is one.
    pub safer: Vec<Advice>,
    /// What only some versions of the database can do, with the first that can.
    pub needs: Vec<(u16, &'static str)>,
}

/// A lock, and what is done while it is held.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Effect {
    /// The table; none where a lock is about the whole database.
    pub on: Option<Name>,
    /// The strongest lock on it.
    pub lock: Lock,
    /// The longest work on it.
    pub work: Work,
}

/// A kind of lock, ordered by what it keeps others from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Lock {
    /// Larger is stronger; one of 0 keeps nobody from reading or writing.
    pub strength: u8,
    /// What the database calls it.
    pub name: &'static str,
}

/// Work that takes the longer, the more rows there are; ordered by how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Work {
    /// None: the catalog alone changes.
    None,
    /// Every row is read.
    Scan,
    /// Indexes are built.
    Build,
    /// Rows get new values.
    Fill,
    /// Every row is written anew, and every index with it.
    Rewrite,
}

/// A way that hurts less.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Advice {
    /// What to do, for all that it is about.
    pub how: &'static str,
    /// What it is about: a constraint, an index, a column.
    pub what: String,
}

/// What becomes of the values of a column that takes another type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fate {
    /// Nothing at all: they are not even written anew.
    Untouched,
    /// All are converted and mean what they meant.
    Converted,
    /// Those that do not fit stop the change.
    Checked,
    /// Some may become others: rounded, or cut.
    Changed,
}
