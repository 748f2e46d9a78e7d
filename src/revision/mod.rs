//! Revision files: text and ids, without any knowledge of schemas.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use autogen_model::{Place, Source};

/// One revision, as its file says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revision {
    /// Its id.
    pub id: String,
    /// The first line of the file: what the revision is for.
    pub message: String,
    /// The revisions it stands on: none for a base, several for a merge.
    pub parents: Vec<String>,
    /// The branch labels it carries.
    pub labels: Vec<String>,
    /// Revisions or labels that must be applied before, without being parents.
    pub depends_on: Vec<String>,
    /// When it was written, as the file says.
    pub created: Option<String>,
    /// Header keys that a team added, in order.
    pub extra: Vec<(String, String)>,
    /// The file.
    pub path: PathBuf,
    /// The text of the file.
    pub source: Arc<Source>,
    /// The two sides, by dialect; the key `""` holds for every dialect without its own.
    pub upgrade: BTreeMap<String, Side>,
    /// See `upgrade`.
    pub downgrade: BTreeMap<String, Side>,
}

/// One direction of a revision.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Side {
    /// Its text as in the file, for checksum and storage.
    pub text: String,
    /// The steps, in order.
    pub steps: Vec<Step>,
    /// Why it cannot be run, when the file says so.
    pub irreversible: Option<String>,
}

/// Statements that share a transaction.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Step {
    /// Runs outside a transaction.
    pub autocommit: bool,
    /// The statements, in order.
    pub statements: Vec<Statement>,
}

/// One statement, sent alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// The SQL, without the closing semicolon.
    pub sql: String,
    /// Where it stands.
    pub place: Place,
    /// Parameters `:name` that get their value from outside.
    pub binds: Vec<Bind>,
    /// It runs only where all of these hold.
    pub when: Vec<Condition>,
    /// It is repeated until it changes no row.
    pub repeat: bool,
}

/// A parameter and where its value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bind {
    /// The parameter, without the colon.
    pub name: String,
    /// Where the value comes from.
    pub value: BindSource,
    /// The directive.
    pub place: Place,
}

/// Where the value of a parameter comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BindSource {
    /// The text of a file, relative to the project.
    File(String),
    /// An environment variable.
    Env(String),
    /// A `-x NAME=value` of the command line.
    X(String),
}

/// `when NAME = value` (or `!=`): the environment variable, or `-x NAME=..`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    /// The variable.
    pub name: String,
    /// What it must (or must not) be.
    pub value: String,
    /// Whether it must be equal.
    pub equal: bool,
}
