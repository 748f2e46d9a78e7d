//! Keys, references, uniques, checks and indexes.

use serde::{Deserialize, Serialize};

use crate::sql::{self, Spelling};

use super::{Expr, Name, Options};

/// The name of a constraint or index, and whether somebody chose it. A name that follows from the
/// naming convention is no wish: where the database has the same constraint under another name,
/// the database's name stands. That is why equality looks at the text alone.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ConstraintName {
    /// The name.
    pub text: String,
    /// Chosen by the model's author or found in the database.
    pub given: bool,
}

impl ConstraintName {
    /// A name somebody chose.
    pub fn given(text: impl Into<String>) -> Self {
        Self { text: text.into(), given: true }
    }

    /// A name made by the naming convention.
    pub fn convention(text: impl Into<String>) -> Self {
        Self { text: text.into(), given: false }
    }
}

impl std::fmt::Display for ConstraintName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

impl PartialEq for ConstraintName {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for ConstraintName {}

impl PartialOrd for ConstraintName {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for ConstraintName {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.text.cmp(&other.text)
    }
}

/// The primary key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PrimaryKey {
    /// Its name, where it has one.
    pub name: Option<ConstraintName>,
    /// The columns, in order; directions and collations only where the database keeps them.
    pub columns: Vec<IndexPart>,
    /// Settings that only one dialect has (SQLite: `autoincrement`, `on_conflict`).
    #[serde(default, skip_serializing_if = "Options::is_empty")]
    pub options: Options,
}

/// A unique constraint.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Unique {
    /// Its name, where it has one.
    pub name: Option<ConstraintName>,
    /// The columns, in order.
    pub columns: Vec<IndexPart>,
    /// Two NULLs count as equal (PostgreSQL 15).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub nulls_not_distinct: bool,
    /// When it is checked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deferral: Option<Deferral>,
    /// Settings that only one dialect has.
    #[serde(default, skip_serializing_if = "Options::is_empty")]
    pub options: Options,
}

/// A check constraint.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Check {
    /// Its name, where it has one.
    pub name: Option<ConstraintName>,
    /// What must hold.
    pub expr: Expr,
    /// Settings that only one dialect has (PostgreSQL: `not_valid`, `no_inherit`, `not_enforced`).
    #[serde(default, skip_serializing_if = "Options::is_empty")]
    pub options: Options,
}

/// What happens to referencing rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Refused, at the latest when the transaction ends.
    #[default]
    NoAction,
    /// Refused at once.
    Restrict,
    /// They go too, or follow.
    Cascade,
    /// Their columns become NULL.
    SetNull,
    /// Their columns become their default.
    SetDefault,
}

impl Action {
    /// The SQL words.
    pub fn sql(self) -> &'static str {
        match self {
            Self::NoAction => "NO ACTION",
            Self::Restrict => "RESTRICT",
            Self::Cascade => "CASCADE",
            Self::SetNull => "SET NULL",
            Self::SetDefault => "SET DEFAULT",
        }
    }
}

/// When a deferrable constraint is checked by default.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Deferral {
    /// After each statement.
    InitiallyImmediate,
    /// When the transaction ends.
    InitiallyDeferred,
}

/// A foreign key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ForeignKey {
    /// Its name, where it has one.
    pub name: Option<ConstraintName>,
    /// The referencing columns.
    pub columns: Vec<String>,
    /// The referenced table.
    pub table: Name,
    /// The referenced columns. Empty only in what was read from SQLite, where it means the key.
    pub referenced: Vec<String>,
    /// When a referenced row goes.
    #[serde(default)]
    pub on_delete: Action,
    /// When a referenced key changes.
    #[serde(default)]
    pub on_update: Action,
    /// `FULL` or `PARTIAL`, when not `SIMPLE`.
    #[serde(rename = "match", default, skip_serializing_if = "Option::is_none")]
    pub matching: Option<String>,
    /// When it is checked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deferral: Option<Deferral>,
    /// Settings that only one dialect has (PostgreSQL: `not_valid`).
    #[serde(default, skip_serializing_if = "Options::is_empty")]
    pub options: Options,
}

/// An exclusion constraint.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Exclude {
    /// Its name, where it has one.
    pub name: Option<ConstraintName>,
    /// Elements with their operators, as SQL (`room WITH =`).
    pub elements: Vec<Expr>,
    /// The index method.
    pub using: Option<String>,
    /// The rows it is about.
    #[serde(rename = "where")]
    pub predicate: Option<Expr>,
    /// When it is checked.
    pub deferral: Option<Deferral>,
    /// Settings that only one dialect has.
    #[serde(default, skip_serializing_if = "Options::is_empty")]
    pub options: Options,
}

/// One part of an index or key. Equality and order look at the canonical form of an expression,
/// where it has one, and not at its text.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct IndexPart {
    /// A column, or with `expression` set, SQL.
    pub text: String,
    /// The canonical form of an expression, for comparison alone.
    #[serde(skip)]
    pub form: Option<String>,
    /// `text` is an expression.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub expression: bool,
    /// Largest first.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub descending: bool,
    /// NULLs first (`true`) or last, when said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nulls_first: Option<bool>,
    /// A collation other than the column's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub collate: Option<String>,
    /// An operator class other than the default (PostgreSQL).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opclass: Option<String>,
    /// Only so many characters are indexed (MySQL).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub length: Option<u32>,
}

impl IndexPart {
    /// A plain column.
    pub fn column(name: impl Into<String>) -> Self {
        Self {
            text: name.into(),
            form: None,
            expression: false,
            descending: false,
            nulls_first: None,
            collate: None,
            opclass: None,
            length: None,
        }
    }

    /// Gives a column another name in an expression.
    pub(crate) fn rename_column(&mut self, names: (&str, &str), spelling: Spelling) {
        self.text = sql::rename_column(&self.text, names, spelling);
        self.form = self.form.take().map(|form| sql::rename_column(&form, names, spelling));
    }

    fn compared(&self) -> impl Ord {
        (
            self.form.as_ref().unwrap_or(&self.text),
            (self.expression, self.descending, self.nulls_first),
            (&self.collate, &self.opclass, self.length),
        )
    }
}

impl PartialEq for IndexPart {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for IndexPart {}

impl PartialOrd for IndexPart {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for IndexPart {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.compared().cmp(&other.compared())
    }
}

/// An index that no constraint owns. How it is to be built (`concurrently`) and what it is used for
/// (`clustered`) is no part of what it is, so equality and order do not look at it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Index {
    /// Its name; every index has one.
    pub name: ConstraintName,
    /// What it sorts by.
    pub parts: Vec<IndexPart>,
    /// Equal keys are refused.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unique: bool,
    /// The rows it is about.
    #[serde(rename = "where", default, skip_serializing_if = "Option::is_none")]
    pub predicate: Option<Expr>,
    /// The method, when not the default (`hash`, `gin`, ..; MySQL `fulltext`, `spatial`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub using: Option<String>,
    /// Columns that are carried along.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub include: Vec<String>,
    /// Two NULLs count as equal (PostgreSQL 15).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub nulls_not_distinct: bool,
    /// What it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// Settings that only one dialect has (`postgres.concurrently`, `postgres.with.fillfactor`,
    /// `mysql.invisible`, `mysql.parser`).
    #[serde(default, skip_serializing_if = "Options::is_empty")]
    pub options: Options,
}

impl Index {
    /// The setting that says how an index is built, not what it is.
    pub const CONCURRENTLY: &str = "concurrently";

    /// The mark that the rows were put into the order of this index, and will be again.
    pub const CLUSTERED: &str = "clustered";

    /// Whether it failed to be built (PostgreSQL): it costs and serves nobody.
    pub fn is_broken(&self) -> bool {
        self.options.contains_key("invalid")
    }

    fn compared(&self) -> impl Ord {
        let options = self
            .options
            .iter()
            .filter(|(key, _)| ![Self::CONCURRENTLY, Self::CLUSTERED].contains(&key.as_str()));
        (
            (&self.name, &self.parts, self.unique, &self.predicate),
            (&self.using, &self.include, self.nulls_not_distinct, &self.comment),
            options.collect::<Vec<_>>(),
        )
    }
}

impl PartialEq for Index {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Index {}

impl PartialOrd for Index {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Index {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.compared().cmp(&other.compared())
    }
}
