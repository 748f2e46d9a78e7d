//! The noun that all other modules speak: tables and named types, as plain sorted data.
//!
//! A schema is *neutral* as lowered from models (types by meaning, options of every dialect side
//! by side) and *canonical* once a dialect has spelled it as its database would report it.

mod constraint;
mod intent;
mod lock;
mod standing;
mod table;
mod types;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

pub use constraint::{
    Action, Check, ConstraintName, Deferral, Exclude, ForeignKey, Index, IndexPart, PrimaryKey,
    Unique,
};
pub use intent::{ColumnIntent, Compare, Conversion, EnumIntent, Intent, TableIntent};
pub use lock::{read_lock, write_lock};
pub use standing::Standing;
pub use table::{Column, Expr, Generated, Identity, Options, Table};
pub use types::Type;

/// A name of a table or named type: the schema it lives in, unless that is the default, and its own.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", from = "String")]
pub struct Name {
    /// The schema, when it is not the connection's default.
    pub schema: Option<String>,
    /// The name itself.
    pub name: String,
}

impl Name {
    /// A name in the default schema.
    pub fn new(name: impl Into<String>) -> Self {
        Self { schema: None, name: name.into() }
    }
}

impl From<&str> for Name {
    fn from(text: &str) -> Self {
        Self::from(text.to_owned())
    }
}

impl From<String> for Name {
    fn from(text: String) -> Self {
        match text.split_once('.') {
            Some((schema, name)) => Self { schema: Some(schema.into()), name: name.into() },
            None => Self::new(text),
        }
    }
}

impl From<Name> for String {
    fn from(name: Name) -> Self {
        name.to_string()
    }
}

impl std::fmt::Display for Name {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.schema {
            Some(schema) => write!(f, "{schema}.{}", self.name),
            None => f.write_str(&self.name),
        }
    }
}

/// Tables and what goes with them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Schema {
    /// The tables.
    pub tables: BTreeMap<Name, Table>,
    /// Enumerated types. Canonical forms keep them only where the database has such a type.
    pub enums: BTreeMap<Name, Enum>,
    /// The namespaces that are there, besides the default one: what PostgreSQL calls schemas.
    pub namespaces: BTreeSet<String>,
    /// Views, triggers and other objects that are kept and protected, not compared.
    pub objects: Vec<Object>,
}

/// An enumerated type.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Enum {
    /// Its name.
    pub name: Name,
    /// Its labels, in order.
    pub labels: Vec<String>,
    /// What it is for, where the database keeps comments.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// What else its database knows of it.
    #[serde(default, skip_serializing_if = "Standing::is_empty")]
    pub standing: Standing,
}

impl Enum {
    /// A type about which nothing else is said.
    pub fn new(name: Name, labels: Vec<String>) -> Self {
        Self { name, labels, comment: None, standing: Standing::default() }
    }

    /// Whether every label stays, in this order, in a type that may have others besides.
    pub(crate) fn stays_in(&self, new: &Self) -> bool {
        let mut after = new.labels.iter();
        self.labels.iter().all(|label| after.any(|other| other == label))
    }
}

/// What kind of thing an [`Object`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ObjectKind {
    /// A view.
    View,
    /// A view that keeps its rows.
    MaterializedView,
    /// A rewrite rule.
    Rule,
    /// A policy of row-level security.
    Policy,
    /// A trigger.
    Trigger,
    /// A function; on PostgreSQL also a procedure.
    Function,
    /// A procedure, where it has names apart from those of functions (MySQL).
    Procedure,
    /// What the server runs at its times (MySQL).
    Event,
    /// A sequence that no column owns.
    Sequence,
    /// A type with conditions.
    Domain,
    /// A type of several fields.
    Composite,
    /// Extended statistics.
    Statistics,
    /// What is replicated to others.
    Publication,
    /// An extension, with all that belongs to it.
    Extension,
    /// A virtual table, with the shadow tables that belong to it.
    VirtualTable,
    /// Declared as SQL beside the models.
    Sql,
}

impl ObjectKind {
    /// What a person calls such a thing.
    pub fn noun(self) -> &'static str {
        match self {
            Self::View => "view",
            Self::MaterializedView => "materialized view",
            Self::Rule => "rule",
            Self::Policy => "policy",
            Self::Function => "function",
            Self::Procedure => "procedure",
            Self::Event => "event",
            Self::Sequence => "sequence",
            Self::Domain => "domain",
            Self::Composite => "composite type",
            Self::Statistics => "statistics",
            Self::Publication => "publication",
            Self::Extension => "extension",
            Self::Trigger => "trigger",
            Self::VirtualTable => "virtual table",
            Self::Sql => "object",
        }
    }
}

/// Something that is not a table: it is kept as text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Object {
    /// What it is.
    pub kind: ObjectKind,
    /// Its name.
    pub name: Name,
    /// The table (or view) it hangs on, for a trigger, rule or policy.
    pub table: Option<Name>,
    /// Statements that must run before it in the same session: settings that decide what its text
    /// means, and that it keeps.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub before: Vec<String>,
    /// The statement that makes it; empty where the database did not show it to the one who read.
    pub sql: String,
    /// Statements that follow when it is made again: grants, comments, indexes of its own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub after: Vec<String>,
    /// What it cannot be without, where the database tells.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub needs: Vec<Need>,
}

impl Object {
    /// An object of which nothing but its text is known.
    pub fn new(kind: ObjectKind, name: Name, sql: impl Into<String>) -> Self {
        Self {
            kind,
            name,
            table: None,
            before: Vec::new(),
            sql: sql.into(),
            after: Vec::new(),
            needs: Vec::new(),
        }
    }

    /// Whether it can be made before any table.
    pub(crate) fn needs_no_table(&self) -> bool {
        let tables = |need: &Need| matches!(need, Need::Relation(_) | Need::Column(..));
        self.table.is_none() && !self.needs.iter().any(tables)
    }

    /// Follows tables and types to their new names in what it needs.
    pub(crate) fn rename_needs(&mut self, follow: impl Fn(&mut Name)) {
        for need in &mut self.needs {
            match need {
                Need::Relation(name) | Need::Column(name, _) | Need::Type(name) => follow(name),
                Need::Function(_) | Need::Trigger(_) => {}
            }
        }
    }
}

/// A thing that an object cannot be without.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Need {
    /// A table or view as a whole.
    Relation(Name),
    /// A column of a table or view.
    Column(Name, String),
    /// A named type.
    Type(Name),
    /// A function, by its name and argument types as the database prints them.
    Function(String),
    /// A trigger that runs before it, where names of triggers stand alone (MySQL).
    Trigger(Name),
}

impl Schema {
    /// Whether a column has an enumerated type in a dialect: where the author spelled another type
    /// for that dialect, it has not.
    pub fn uses_enum(&self, name: &Name, dialect: &str) -> bool {
        let mut columns = self.tables.values().flat_map(|table| &table.columns);
        columns.any(|column| match &*column.ty.on(dialect) {
            Type::Enum(used) => used == name,
            Type::Array(item) => matches!(&**item, Type::Enum(used) if used == name),
            _ => false,
        })
    }

    /// The table of that name.
    pub fn table(&self, name: &Name) -> Option<&Table> {
        self.tables.get(name)
    }

    /// Adds a table under its own name.
    pub fn insert(&mut self, table: Table) {
        self.tables.insert(table.name.clone(), table);
    }

    /// Whether both say the same, whatever the order of columns and constraints, which no database
    /// lets one change in place and no comparison should trip over. Objects are not compared.
    pub fn same(&self, other: &Self) -> bool {
        self.enums == other.enums
            && self.namespaces == other.namespaces
            && self.tables.len() == other.tables.len()
            && self.tables.values().zip(other.tables.values()).all(|(one, two)| one.same(two))
    }
}
