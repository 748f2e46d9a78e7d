//! What the database said when a statement failed.

use crate::error::{Error, Kind};
use autogen_model::{Diagnostic, Place};

/// A statement that failed, in the words of the database.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Failure {
    /// What the database said.
    pub message: String,
    /// The statement; empty when it was the connection that failed.
    pub statement: String,
    /// What to do about it, where we know.
    pub help: Option<String>,
    /// Another connection was in the way, or the server is still starting; the same statement
    /// may succeed later.
    pub busy: bool,
    /// The code that the database gives failures of this kind (PostgreSQL's SQLSTATE, the
    /// number of MySQL and SQLite).
    pub code: Option<String>,
    /// The byte of the statement that the database complains about.
    pub position: Option<usize>,
}

/// SQLite's code for whatever is wrong with a statement.
const SQLITE: &str = "1";

/// What PostgreSQL and MySQL say of what is there already: a table, a column, another object.
const EXISTING: [&str; 6] = ["42P07", "42701", "42710", "1050", "1060", "1061"];

impl Failure {
    /// A failure of the connection.
    pub fn connection(message: impl Into<String>) -> Self {
        Self { message: message.into(), ..Self::default() }
    }

    /// Whether the database gave it this code.
    pub fn is(&self, code: &str) -> bool {
        self.code.as_deref() == Some(code)
    }

    /// Whether what the statement makes is there already.
    pub fn is_of_existing(&self) -> bool {
        EXISTING.iter().any(|code| self.is(code))
            || (self.is(SQLITE) && self.message.contains("already exists"))
    }

    /// Whether the statement was stopped on request, as PostgreSQL, MySQL and SQLite say it.
    pub fn was_cancelled(&self) -> bool {
        ["57014", "1317", "9"].iter().any(|code| self.is(code))
    }

    /// The complaint about a statement that stands in a revision file.
    pub fn at(&self, place: Place) -> Diagnostic {
        let place = self.exactly(place);
        let report = Diagnostic::new(&self.message).at(place, "this statement failed");
        match &self.help {
            Some(help) => report.help(help),
            None => report,
        }
    }

    /// The word that the database complains about, where the file has the very statement.
    fn exactly(&self, place: Place) -> Place {
        let text = place.source.text.get(place.range.clone()).unwrap_or_default();
        let Some(at) = self.position.filter(|_| text.starts_with(&self.statement)) else {
            return place;
        };
        let rest = text.get(at..).unwrap_or_default();
        let length = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
        let start = place.range.start + at;
        let length = length.max(rest.chars().next().map_or(0, char::len_utf8));
        Place { range: start..start + length, ..place }
    }

    /// The error for a statement that stands in no file.
    pub fn into_error(self) -> Error {
        let first = self.statement.lines().map(str::trim).find(|line| !line.is_empty());
        let message = match first {
            Some(line) => format!("{} (in: {})", self.message, shortened(line)),
            None => self.message,
        };
        let error = Error::new(Kind::Database, message);
        match self.help {
            Some(help) => error.help(help),
            None => error,
        }
    }
}

/// The beginning says which statement it is; the values tell nobody anything.
fn shortened(line: &str) -> String {
    const ENOUGH: usize = 60;
    match line.char_indices().nth(ENOUGH) {
        Some((end, _)) => format!("{}..", line[..end].trim_end()),
        None => line.to_owned(),
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        failure.into_error()
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Failure {}
