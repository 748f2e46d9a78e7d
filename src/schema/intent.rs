//! What the author of a model says about the change, not about the state: it steers the
//! comparison and is no part of what is compared.

use std::collections::{BTreeMap, BTreeSet};

use autogen_model::Place;

use super::{Expr, Name};

/// Everything said about the change, by table and enumerated type.
#[derive(Clone, Debug, Default)]
pub struct Intent {
    /// By target table name.
    pub tables: BTreeMap<Name, TableIntent>,
    /// By target enum name.
    pub enums: BTreeMap<Name, EnumIntent>,
    /// Namespaces by their new name, with the name before.
    pub namespaces: BTreeMap<String, String>,
}

/// What is said about one table.
#[derive(Clone, Debug, Default)]
pub struct TableIntent {
    /// The struct in the models.
    pub place: Option<Place>,
    /// Its name before.
    pub renamed_from: Option<Name>,
    /// Declared `unmanaged`: known, never changed.
    pub unmanaged: bool,
    /// By target column name.
    pub columns: BTreeMap<String, ColumnIntent>,
    /// Where indexes and constraints are declared, by name.
    pub places: BTreeMap<String, Place>,
}

/// What is said about one column.
#[derive(Clone, Debug, Default)]
pub struct ColumnIntent {
    /// The field in the models.
    pub place: Option<Place>,
    /// Its name before.
    pub renamed_from: Option<String>,
    /// The value of old rows, when the column comes or starts to refuse NULL.
    pub fill: Option<Expr>,
    /// What becomes of old values when the column's type changes and they may lose something.
    pub convert: Option<Conversion>,
    /// The facets that are not to be compared.
    pub ignore: BTreeSet<Compare>,
    /// Labels by their new name, with the name before: the column holds an enumerated type.
    pub renamed_labels: BTreeMap<String, String>,
}

/// What becomes of old values when a column's type changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Conversion {
    /// What the database makes of them.
    Database,
    /// This expression over the old row.
    By(Expr),
}

/// What is said about one enumerated type.
#[derive(Clone, Debug, Default)]
pub struct EnumIntent {
    /// The enum in the models.
    pub place: Option<Place>,
    /// Its name before.
    pub renamed_from: Option<Name>,
    /// Labels by their new name, with the name before.
    pub renamed_labels: BTreeMap<String, String>,
}

/// A facet of a column that `compare(..)` can exempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Compare {
    /// Its type.
    Type,
    /// Its default.
    Default,
    /// Whether it takes NULL.
    Null,
    /// Its comment.
    Comment,
    /// Its collation.
    Collate,
}
