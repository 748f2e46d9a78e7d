//! How a database stands to the revisions, in short: what a health check wants to know.

use std::fmt;

/// How a database stands to the revisions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Standing {
    /// The revisions that are not applied, in the order in which they would be.
    pub pending: Vec<String>,
    /// Revisions that are applied and that nobody here has: of a newer release, or another branch.
    pub unknown: Vec<String>,
    /// The revision that was begun and is not finished.
    pub half: Option<String>,
    /// The applied revisions that no other applied one stands on.
    pub current: Vec<String>,
}

/// A standing in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Health {
    /// Everything is applied.
    UpToDate,
    /// Everything is applied and more, as while a newer release is being rolled out.
    Ahead,
    /// Something is to be applied.
    Pending,
    /// A revision was begun and is not finished: a run is under way, or was cut short.
    Half,
}

impl Standing {
    /// The standing in a word, the gravest first.
    pub fn health(&self) -> Health {
        match (&self.half, self.pending.is_empty(), self.unknown.is_empty()) {
            (Some(_), ..) => Health::Half,
            (None, false, _) => Health::Pending,
            (None, true, false) => Health::Ahead,
            (None, true, true) => Health::UpToDate,
        }
    }

    /// Whether the program finds all that its revisions make.
    pub fn is_up_to_date(&self) -> bool {
        matches!(self.health(), Health::UpToDate | Health::Ahead)
    }
}

impl fmt::Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = match self.current.is_empty() {
            true => "base".to_owned(),
            false => self.current.join(", "),
        };
        match (self.health(), &self.half) {
            (_, Some(id)) => write!(f, "{id} is half done")?,
            (Health::Pending, _) => write!(f, "pending: {}", self.pending.join(", "))?,
            (Health::Ahead, _) => write!(f, "up to date")?,
            _ => return write!(f, "up to date, at {at}"),
        }
        match self.unknown.is_empty() {
            true => write!(f, "; the database is at {at}"),
            false => write!(f, "; unknown here: {}", self.unknown.join(", ")),
        }
    }
}
