//! Models as plain values: what the author wrote, with the place of everything that a diagnostic
//! may have to point at.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::diagnostic::{Place, Source};

/// A value and where it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placed<T> {
    /// The value.
    pub value: T,
    /// Where.
    pub place: Place,
}

/// Settings that only one dialect has, each key prefixed with its dialect (`mysql.engine`).
pub type Options = BTreeMap<String, String>;

/// Everything read from the sources.
#[derive(Clone, Debug, Default)]
pub struct Models {
    /// The structs that derive `Table`, in the order of the sources.
    pub tables: Vec<Model>,
    /// The Rust enums that columns of these structs hold, each once.
    pub enums: Vec<EnumModel>,
    /// The structs that derive `View`.
    pub views: Vec<View>,
    /// `.sql` sources.
    pub sql: Vec<Arc<Source>>,
    /// A source could not be parsed, so that a missing table may well be there.
    pub incomplete: bool,
}

/// A struct that stands for a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Model {
    /// The name of the struct.
    pub ident: String,
    /// Where it is.
    pub place: Place,
    /// What its attributes say.
    pub keys: Arc<TableKeys>,
    /// The columns, mixins unfolded.
    pub fields: Vec<Field>,
}

/// A field that stands for a column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// The name of the field.
    pub ident: String,
    /// Where it is.
    pub place: Place,
    /// The name of the column.
    pub column: String,
    /// What it holds.
    pub ty: FieldType,
    /// Whether it takes NULL.
    pub null: bool,
    /// What its attributes say; shared, since most say nothing.
    pub keys: Arc<ColumnKeys>,
}

/// What a field holds, by meaning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FieldType {
    /// True or false.
    Bool,
    /// A whole number.
    Int {
        /// 8, 16, 32 or 64.
        bits: u8,
        /// Whether it can be negative.
        signed: bool,
    },
    /// A binary floating point number.
    Float {
        /// 32 or 64.
        bits: u8,
    },
    /// An exact decimal number.
    Decimal,
    /// Text.
    Text,
    /// Bytes.
    Bytes,
    /// A UUID in its sixteen bytes.
    Uuid,
    /// A UUID as text.
    UuidText {
        /// With hyphens.
        hyphens: bool,
    },
    /// A day.
    Date,
    /// A time of day.
    Time,
    /// A day and time of day, without a zone.
    DateTime,
    /// A moment.
    Timestamp,
    /// JSON.
    Json,
    /// A Rust enum, by its place in [`Models::enums`].
    Enum(usize),
    /// A list.
    Array(Box<FieldType>),
    /// As each dialect spells it; dialects that lack it are absent.
    Each(BTreeMap<&'static str, String>),
    /// Nothing is known but what the column's `type` key says.
    Unknown,
}

/// A Rust enum that stands for an enumerated type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnumModel {
    /// The name of the enum.
    pub ident: String,
    /// Where it is.
    pub place: Place,
    /// How it is stored.
    pub storage: EnumStorage,
    /// The schema it lives in, when that is not the default.
    pub schema: Option<String>,
    /// The name of the type.
    pub name: String,
    /// Its name before.
    pub renamed_from: Option<Placed<String>>,
    /// `comment`.
    pub comment: Option<String>,
    /// The values, in order.
    pub variants: Vec<Variant>,
}

/// How a Rust enum is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EnumStorage {
    /// As an enumerated type.
    Named,
    /// As text (`type_name = "text"`), checked against the labels.
    Text,
    /// As a number (`#[repr(i32)]`).
    Number {
        /// 8, 16, 32 or 64.
        bits: u8,
        /// Whether it can be negative.
        signed: bool,
    },
}

/// One value of a Rust enum.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variant {
    /// Where it is.
    pub place: Place,
    /// The label.
    pub label: String,
    /// The label before.
    pub renamed_from: Option<Placed<String>>,
}

/// A struct that stands for a view.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct View {
    /// The name of the struct.
    pub ident: String,
    /// Where it is.
    pub place: Place,
    /// The schema it lives in, when that is not the default.
    pub schema: Option<String>,
    /// The name of the view, when said.
    pub name: Option<String>,
    /// The query.
    pub query: String,
    /// The rows are kept.
    pub materialized: bool,
}

/// What `#[table(..)]` and `#[index(..)]` say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TableKeys {
    /// `name`.
    pub name: Option<Placed<String>>,
    /// `schema`.
    pub schema: Option<Placed<String>>,
    /// `comment`.
    pub comment: Option<String>,
    /// `renamed_from`.
    pub renamed_from: Option<Placed<String>>,
    /// `unmanaged`.
    pub unmanaged: bool,
    /// `primary_key(a, b)`.
    pub primary_key: Option<KeyDecl>,
    /// `unique(..)`.
    pub uniques: Vec<KeyDecl>,
    /// `check(..)`.
    pub checks: Vec<CheckDecl>,
    /// `foreign_key(..)`.
    pub foreign_keys: Vec<ForeignKeyDecl>,
    /// `exclude(..)`.
    pub excludes: Vec<ExcludeDecl>,
    /// `#[index(..)]`.
    pub indexes: Vec<IndexDecl>,
    /// `postgres(..)`, `mysql(..)`, `sqlite(..)`.
    pub options: Options,
}

/// A primary key or unique constraint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyDecl {
    /// Where it is said.
    pub place: Place,
    /// The name, when chosen.
    pub name: Option<Placed<String>>,
    /// The columns.
    pub columns: Vec<PartDecl>,
    /// `include(..)`.
    pub include: Vec<PartDecl>,
    /// `nulls_not_distinct`.
    pub nulls_not_distinct: bool,
    /// `deferrable`.
    pub deferral: Option<Deferral>,
    /// Settings of one dialect.
    pub options: Options,
}

/// A column or expression in a key or index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartDecl {
    /// Where it is said.
    pub place: Place,
    /// A column, or with `expression` set, SQL.
    pub text: String,
    /// `expr("..")`.
    pub expression: bool,
    /// `desc(..)`.
    pub descending: bool,
    /// `nulls = "first"` or `"last"`.
    pub nulls_first: Option<bool>,
    /// `collate`.
    pub collate: Option<String>,
    /// `opclass`.
    pub opclass: Option<String>,
    /// `length`.
    pub length: Option<u32>,
}

/// A check constraint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckDecl {
    /// Where it is said.
    pub place: Place,
    /// The name, when chosen.
    pub name: Option<Placed<String>>,
    /// What must hold.
    pub expr: String,
    /// Settings of one dialect.
    pub options: Options,
}

/// What happens to referencing rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// `"no_action"`
    NoAction,
    /// `"restrict"`
    Restrict,
    /// `"cascade"`
    Cascade,
    /// `"set_null"`
    SetNull,
    /// `"set_default"`
    SetDefault,
}

/// When a deferrable constraint is checked by default.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deferral {
    /// After each statement.
    InitiallyImmediate,
    /// When the transaction ends.
    InitiallyDeferred,
}

/// A foreign key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForeignKeyDecl {
    /// Where it is said.
    pub place: Place,
    /// The name, when chosen.
    pub name: Option<Placed<String>>,
    /// The referencing columns; empty on a column, which refers by itself.
    pub columns: Vec<PartDecl>,
    /// `users.id`, `users(id)`, `auth.users(id, org)` or `users`, as written.
    pub references: Placed<String>,
    /// `on_delete`.
    pub on_delete: Option<Placed<Action>>,
    /// The columns that `on_delete = "set null (a)"` sets, when not all.
    pub set_columns: Vec<Placed<String>>,
    /// `on_update`.
    pub on_update: Option<Placed<Action>>,
    /// `match`: `FULL` or `PARTIAL`.
    pub matching: Option<&'static str>,
    /// `deferrable`.
    pub deferral: Option<Deferral>,
    /// Settings of one dialect.
    pub options: Options,
}

/// An exclusion constraint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExcludeDecl {
    /// Where it is said.
    pub place: Place,
    /// The name, when chosen.
    pub name: Option<Placed<String>>,
    /// Elements with their operators.
    pub elements: Vec<String>,
    /// The index method.
    pub using: Option<String>,
    /// The rows it is about.
    pub predicate: Option<String>,
    /// `deferrable`.
    pub deferral: Option<Deferral>,
    /// `include(..)`.
    pub include: Vec<PartDecl>,
    /// Settings of one dialect.
    pub options: Options,
}

/// An index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IndexDecl {
    /// Where it is said.
    pub place: Place,
    /// The name, when chosen.
    pub name: Option<Placed<String>>,
    /// What it sorts by.
    pub columns: Vec<PartDecl>,
    /// `unique`.
    pub unique: bool,
    /// `where`.
    pub predicate: Option<String>,
    /// `using`, `fulltext` or `spatial`.
    pub using: Option<String>,
    /// `include(..)`.
    pub include: Vec<PartDecl>,
    /// `nulls_not_distinct`.
    pub nulls_not_distinct: bool,
    /// `comment`.
    pub comment: Option<String>,
    /// Settings of one dialect.
    pub options: Options,
}

/// What `#[column(..)]` says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ColumnKeys {
    /// `name`.
    pub name: Option<Placed<String>>,
    /// `type`: SQL by dialect; under the key `*` for all of them.
    pub ty: Option<Placed<BTreeMap<&'static str, String>>>,
    /// `length`.
    pub length: Option<Placed<u32>>,
    /// `precision`.
    pub precision: Option<Placed<u32>>,
    /// `scale`.
    pub scale: Option<Placed<u32>>,
    /// `primary_key`.
    pub primary_key: Option<Place>,
    /// `auto`.
    pub auto: Option<Placed<bool>>,
    /// `identity`.
    pub identity: Option<Placed<IdentityDecl>>,
    /// `unique`, with its name when chosen.
    pub unique: Option<Placed<Option<String>>>,
    /// `index`, with its name when chosen.
    pub index: Option<Placed<Option<String>>>,
    /// `nullable`.
    pub nullable: Option<Placed<bool>>,
    /// `default`.
    pub default: Option<Placed<String>>,
    /// `generated`.
    pub generated: Option<Placed<String>>,
    /// `stored` (true) or `virtual` (false).
    pub stored: Option<Placed<bool>>,
    /// `collate`.
    pub collate: Option<Placed<String>>,
    /// `comment`.
    pub comment: Option<String>,
    /// `renamed_from`.
    pub renamed_from: Option<Placed<String>>,
    /// `references` and what goes with it.
    pub references: Option<ForeignKeyDecl>,
    /// `check`.
    pub checks: Vec<CheckDecl>,
    /// `fill`.
    pub fill: Option<Placed<String>>,
    /// `flatten`.
    pub flatten: Option<Place>,
    /// `skip`.
    pub skip: Option<Place>,
    /// The facets that `compare(.. = false)` exempts.
    pub ignore: BTreeSet<&'static str>,
    /// Settings of one dialect.
    pub options: Options,
    /// Where the attribute is, when there is one.
    pub place: Option<Place>,
}

/// How the database numbers rows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IdentityDecl {
    /// A written value is refused.
    pub always: bool,
    /// `start`, `increment`, `minimum`, `maximum`, `cache`, `cycle`.
    pub options: Options,
}
