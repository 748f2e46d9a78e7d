//! Revision files: text and ids, without any knowledge of schemas.

mod addition;
mod branch;
mod compound;
mod created;
mod digest;
mod directive;
pub mod document;
pub mod draw;
pub mod file;
pub mod folder;
pub mod graph;
mod header;
pub mod identifier;
mod join;
mod links;
pub mod name;
pub mod paths;
mod range;
pub mod rebase;
mod replaced;
mod resolve;
pub mod rewrite;
mod side;
pub mod split;
pub mod touched;
pub mod write;

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use autogen_model::{Place, Source};

pub use addition::Addition;
pub use created::{Created, created};
pub use digest::checksum;
pub use file::{parse, parse_whole};
pub use graph::{Graph, Target};
pub use identifier::{Anchor, Identifier, Selection};
pub use join::{holds_for_all, joined};
pub use name::{NameParts, file_name, in_zone, new_id, rfc3339};
pub use paths::Stamping;
pub use range::{Piece, closed};
pub use replaced::Seen;
pub use write::{Draft, DraftSide, DraftStep, built_in_template, render};

/// One revision, as its file says it. The header is read; the statements are read when asked for,
/// because most commands want the graph alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revision {
    /// Its id.
    pub id: String,
    /// What the revision is for: the comment lines before the keys.
    pub message: String,
    /// The revisions it stands on: none for a base, several for a merge.
    pub parents: Vec<String>,
    /// The branch labels it carries.
    pub labels: Vec<String>,
    /// Revisions or labels that must be applied before, without being parents.
    pub depends_on: Vec<String>,
    /// The revisions that it stands for: it was made of them.
    pub replaces: Vec<String>,
    /// When it was written, as the file says.
    pub created: Option<String>,
    /// Header keys that a team added, in order.
    pub extra: Vec<(String, String)>,
    /// The file.
    pub path: PathBuf,
    /// The folder of revisions that it was found under.
    pub folder: PathBuf,
    /// The text of the file.
    pub source: Arc<Source>,
    /// Where the names in the header stand.
    places: Places,
    /// The sides, not yet cut into statements.
    scripts: Vec<Script>,
}

impl Revision {
    /// The first line of the message.
    pub fn title(&self) -> &str {
        self.message.lines().next().unwrap_or_default()
    }

    /// Where the file says its id.
    pub fn place(&self) -> Place {
        self.at(&self.places.id)
    }

    /// Where the file names its parent of this number.
    pub fn parent_place(&self, number: usize) -> Place {
        self.at(self.places.parents.get(number).unwrap_or(&self.places.id))
    }

    /// Where the file names its label of this number.
    pub fn label_place(&self, number: usize) -> Place {
        self.at(self.places.labels.get(number).unwrap_or(&self.places.id))
    }

    /// Where the file names its dependency of this number.
    pub fn dependency_place(&self, number: usize) -> Place {
        self.at(self.places.depends_on.get(number).unwrap_or(&self.places.id))
    }

    /// Where the file says what it replaces.
    pub fn replaces_place(&self) -> Place {
        self.at(self.places.replaces.first().unwrap_or(&self.places.id))
    }

    fn at(&self, range: &Range<usize>) -> Place {
        Place { source: Arc::clone(&self.source), range: range.clone() }
    }
}

/// The bytes of the names in a header, in the order of the names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Places {
    id: Range<usize>,
    parents: Vec<Range<usize>>,
    labels: Vec<Range<usize>>,
    depends_on: Vec<Range<usize>>,
    replaces: Vec<Range<usize>>,
}

/// The way a side goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Direction {
    /// Towards the head.
    Upgrade,
    /// Towards the base.
    Downgrade,
}

impl Direction {
    /// The word in the file.
    pub fn word(self) -> &'static str {
        match self {
            Self::Upgrade => "upgrade",
            Self::Downgrade => "downgrade",
        }
    }
}

/// A side as a stretch of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Script {
    direction: Direction,
    dialect: Option<String>,
    /// The text after the line that opens it, up to the next side.
    text: Range<usize>,
    items: Vec<Item>,
}

/// What a side is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Item {
    /// Text to be cut into statements.
    Text(Range<usize>),
    /// What stands between `statement` and `end`.
    Block(Range<usize>),
    /// A directive and where it stands.
    Directive(directive::Directive, Range<usize>),
}

/// Both sides of a revision, by dialect; the key `""` holds for every dialect without its own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sides {
    /// Towards the head.
    pub upgrade: BTreeMap<String, Side>,
    /// Towards the base.
    pub downgrade: BTreeMap<String, Side>,
}

/// One direction of a revision.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Side {
    /// Its text as in the file, for checksum and storage.
    pub text: String,
    /// The steps, in order; none is empty.
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
    /// The SQL, without the closing semicolon, with plain line breaks; `rust NAME` for a call.
    pub sql: String,
    /// The function of the project that is called, where this is `step rust NAME` and no SQL.
    pub rust: Option<String>,
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

/// Words that an identifier means something else by.
pub const RESERVED: [&str; 4] = ["head", "heads", "base", "current"];

/// Says why a word cannot be the id or label of a revision.
pub fn name_fault(word: &str) -> Option<String> {
    const LONGEST: usize = 255;
    if word.is_empty() {
        return Some("an id or label cannot be empty".to_owned());
    }
    if RESERVED.iter().any(|reserved| word.eq_ignore_ascii_case(reserved)) {
        return Some(format!("`{word}` has a meaning of its own and cannot be an id or label"));
    }
    let length = word.chars().count();
    if length > LONGEST {
        return Some(format!("an id has at most {LONGEST} characters, this one has {length}"));
    }
    let wrong = word.chars().find(|c| is_wrong_in_name(*c))?;
    let shown = match wrong {
        ' ' => "a blank".to_owned(),
        '\\' => "`\\`".to_owned(),
        _ => format!("`{}`", wrong.escape_debug()),
    };
    Some(format!("{shown} cannot be part of an id or label"))
}

fn is_wrong_in_name(character: char) -> bool {
    matches!(character, '@' | ':' | '+' | '-' | ',' | '/' | '\\')
        || character.is_whitespace()
        || character.is_control()
        || is_invisible(character)
}

/// What no eye tells from nothing: two ids that look the same would be two revisions.
fn is_invisible(character: char) -> bool {
    matches!(character,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
}
