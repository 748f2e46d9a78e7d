//! Tables and columns.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::sql::label::{self, LabelRename};
use crate::sql::{self, Spelling, Syntax};

use super::{Check, Exclude, ForeignKey, Index, Name, PrimaryKey, Standing, Type, Unique};

/// Settings that only one dialect has. A neutral schema prefixes each key with its dialect
/// (`mysql.engine`); a canonical one holds its own dialect's keys alone, without the prefix.
pub type Options = BTreeMap<String, String>;

/// Settings that say how something is made, not what it is: where a column stands, and the number
/// that a table counts from (MySQL). Equality does not look at them.
const WISHES: [&str; 3] = ["after", "auto_increment", "first"];

/// The settings that equality looks at.
fn lasting(options: &Options) -> impl Iterator<Item = (&String, &String)> {
    options.iter().filter(|(key, _)| !WISHES.contains(&key.as_str()))
}

/// SQL text of an expression, and what it means where a dialect tells that apart from the text: in
/// a canonical schema two expressions are equal when their forms are. Without a form the text is it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct Expr {
    /// What is written: the author's words, or what the database reported.
    pub text: String,
    /// The canonical form, for comparison alone; it is never written.
    pub form: Option<String>,
}

impl Expr {
    /// An expression that is compared by its text.
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), form: None }
    }

    /// What is compared.
    pub fn form(&self) -> &str {
        self.form.as_ref().unwrap_or(&self.text)
    }

    /// Gives a label of an enumerated type another name.
    fn rename_label(&mut self, rename: LabelRename, syntax: Syntax) {
        self.text = label::in_text(&self.text, self.form.as_deref(), rename, syntax);
        self.form = self.form.take().map(|form| label::in_form(&form, rename, syntax));
    }

    /// Gives a column another name.
    pub(crate) fn rename_column(&mut self, names: (&str, &str), spelling: Spelling) {
        self.text = sql::rename_column(&self.text, names, spelling);
        self.form = self.form.take().map(|form| sql::rename_column(&form, names, spelling));
    }
}

impl From<String> for Expr {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

impl From<Expr> for String {
    fn from(expr: Expr) -> Self {
        expr.text
    }
}

impl PartialEq for Expr {
    fn eq(&self, other: &Self) -> bool {
        self.form() == other.form()
    }
}

impl Eq for Expr {}

impl PartialOrd for Expr {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Expr {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.form().cmp(other.form())
    }
}

impl std::fmt::Display for Expr {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

/// A table with all that belongs to it.
#[derive(Clone, Debug)]
pub struct Table {
    /// Its name.
    pub name: Name,
    /// The columns, in order.
    pub columns: Vec<Column>,
    /// The primary key.
    pub primary_key: Option<PrimaryKey>,
    /// Unique constraints.
    pub uniques: Vec<Unique>,
    /// Check constraints.
    pub checks: Vec<Check>,
    /// Foreign keys.
    pub foreign_keys: Vec<ForeignKey>,
    /// Exclusion constraints (PostgreSQL).
    pub excludes: Vec<Exclude>,
    /// Indexes that no constraint owns.
    pub indexes: Vec<Index>,
    /// What it is for, where the database keeps comments.
    pub comment: Option<String>,
    /// Settings that only one dialect has.
    pub options: Options,
}

impl Table {
    /// A table without columns.
    pub fn new(name: Name) -> Self {
        Self {
            name,
            columns: Vec::new(),
            primary_key: None,
            uniques: Vec::new(),
            checks: Vec::new(),
            foreign_keys: Vec::new(),
            excludes: Vec::new(),
            indexes: Vec::new(),
            comment: None,
            options: Options::new(),
        }
    }

    /// The tables that it is a part of, or that it takes columns from (PostgreSQL).
    pub fn parents(&self) -> Vec<Name> {
        let lists = ["partition_of", "inherits"].into_iter();
        let lists = lists.filter_map(|key| self.options.get(key));
        lists.flat_map(|list| list.split(", ").map(Name::from)).collect()
    }

    /// The column of that name.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// The column of that name, to change it.
    pub fn column_mut(&mut self, name: &str) -> Option<&mut Column> {
        self.columns.iter_mut().find(|column| column.name == name)
    }

    /// Gives a column another name wherever this table says it, also in its expressions. `None`
    /// when there is no such column.
    pub(crate) fn rename_column(&mut self, old: &str, new: &str, spelling: Spelling) -> Option<()> {
        let follow = |name: &mut String| {
            if name == old {
                *name = new.to_owned();
            }
        };
        self.column_mut(old)?.name = new.to_owned();
        let keys = self.primary_key.iter_mut().flat_map(|key| &mut key.columns);
        let uniques = self.uniques.iter_mut().flat_map(|unique| &mut unique.columns);
        let parts = self.indexes.iter_mut().flat_map(|index| &mut index.parts);
        keys.chain(uniques).chain(parts).for_each(|part| match part.expression {
            true => part.rename_column((old, new), spelling),
            false => follow(&mut part.text),
        });
        self.foreign_keys.iter_mut().flat_map(|key| &mut key.columns).for_each(follow);
        self.indexes.iter_mut().flat_map(|index| &mut index.include).for_each(follow);
        // A default that speaks of columns stands in parentheses.
        let defaults = self.columns.iter_mut().filter_map(|column| column.default.as_mut());
        let defaults = defaults.filter(|default| default.text.starts_with('('));
        defaults.for_each(|expr| expr.rename_column((old, new), spelling));
        self.expressions_mut().for_each(|expr| expr.rename_column((old, new), spelling));
        Some(())
    }

    /// Gives a label of an enumerated type another name wherever an expression of this table has it.
    pub(crate) fn rename_label(&mut self, rename: LabelRename, syntax: Syntax) {
        self.rewrite(|it| it.rename_label(rename, syntax));
    }

    /// Gives a type another name wherever an expression of this table has it.
    pub(crate) fn rename_type(&mut self, names: (&str, &str), syntax: Syntax) {
        self.rewrite(|it| {
            it.text = label::retyped(&it.text, names, syntax);
            it.form = it.form.take().map(|form| label::retyped(&form, names, syntax));
        });
    }

    /// Changes every expression of the table, and its defaults.
    fn rewrite(&mut self, change: impl Fn(&mut Expr)) {
        self.expressions_mut().for_each(&change);
        let defaults = self.columns.iter_mut().filter_map(|column| column.default.as_mut());
        defaults.for_each(&change);
        let parts = self.indexes.iter_mut().flat_map(|index| &mut index.parts);
        for part in parts.filter(|part| part.expression) {
            let mut expr = Expr { text: std::mem::take(&mut part.text), form: part.form.take() };
            change(&mut expr);
            (part.text, part.form) = (expr.text, expr.form);
        }
    }

    /// Takes another name; the sequences that number its columns go along into its namespace.
    pub(crate) fn rename(&mut self, new: &Name) {
        self.name = new.clone();
        for name in self.columns.iter_mut().filter_map(|it| it.options.get_mut("serial")) {
            let sequence = Name::from(name.as_str());
            *name = Name { schema: new.schema.clone(), ..sequence }.to_string();
        }
    }

    /// Every SQL expression over the columns of this table, but for those in indexes and keys.
    fn expressions_mut(&mut self) -> impl Iterator<Item = &mut Expr> {
        let generated = self.columns.iter_mut().filter_map(|column| column.generated.as_mut());
        let checks = self.checks.iter_mut().map(|check| &mut check.expr);
        let excludes = self.excludes.iter_mut();
        let excluded = excludes.flat_map(|it| it.elements.iter_mut().chain(it.predicate.as_mut()));
        let indexes = self.indexes.iter_mut().filter_map(|index| index.predicate.as_mut());
        generated.map(|it| &mut it.expr).chain(checks).chain(excluded).chain(indexes)
    }

    /// The same without what expressions say: whether there is one still counts.
    #[must_use]
    pub fn without_expressions(&self) -> Self {
        let mut table = self.clone();
        let blank = |expr: &mut Expr| *expr = Expr::new("");
        table.expressions_mut().for_each(blank);
        table.columns.iter_mut().filter_map(|it| it.default.as_mut()).for_each(blank);
        let indexes = table.indexes.iter_mut().flat_map(|index| &mut index.parts);
        for part in indexes.filter(|part| part.expression) {
            part.text.clear();
            part.form = None;
        }
        for key in ["partition_by", "bound"] {
            table.options.get_mut(key).into_iter().for_each(String::clear);
        }
        table
    }

    /// Follows another table to its new name where the settings speak of it.
    pub(crate) fn follow_table(&mut self, old: &Name, new: &Name) {
        let (old, new) = (old.to_string(), new.to_string());
        for key in ["partition_of", "inherits"] {
            let Some(value) = self.options.get_mut(key) else { continue };
            let renamed = value.split(", ").map(|name| if name == old { &new } else { name });
            *value = renamed.collect::<Vec<_>>().join(", ");
        }
    }

    /// Equal but for the order of columns and constraints.
    pub fn same(&self, other: &Self) -> bool {
        self == other || self.sorted() == other.sorted()
    }

    fn sorted(&self) -> Self {
        let mut table = self.clone();
        table.columns.sort_by(|one, two| one.name.cmp(&two.name));
        table.uniques.sort();
        table.checks.sort();
        table.foreign_keys.sort();
        table.excludes.sort();
        table.indexes.sort();
        table
    }
}

impl PartialEq for Table {
    fn eq(&self, other: &Self) -> bool {
        fn keys(it: &Table) -> impl PartialEq + '_ {
            (&it.primary_key, &it.uniques, &it.foreign_keys, &it.indexes)
        }
        fn rest(it: &Table) -> impl PartialEq + '_ {
            (&it.name, &it.columns, &it.checks, &it.excludes, &it.comment)
        }
        rest(self) == rest(other)
            && keys(self) == keys(other)
            && lasting(&self.options).eq(lasting(&other.options))
    }
}

impl Eq for Table {}

/// A column.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its type.
    #[serde(rename = "type")]
    pub ty: Type,
    /// Whether it takes NULL.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub null: bool,
    /// The value of a row that names none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<Expr>,
    /// The expression that computes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub generated: Option<Generated>,
    /// Whether the database numbers the rows by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity: Option<Identity>,
    /// Its collation, when it is not the default one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub collate: Option<String>,
    /// What it is for, where the database keeps comments.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// Settings that only one dialect has.
    #[serde(default, skip_serializing_if = "Options::is_empty")]
    pub options: Options,
    /// What else its database knows of it.
    #[serde(default, skip_serializing_if = "Standing::is_empty")]
    pub standing: Standing,
}

impl Column {
    /// A NOT NULL column.
    pub fn new(name: impl Into<String>, ty: Type) -> Self {
        Self {
            name: name.into(),
            ty,
            null: false,
            default: None,
            generated: None,
            identity: None,
            collate: None,
            comment: None,
            options: Options::new(),
            standing: Standing::default(),
        }
    }
}

impl PartialEq for Column {
    fn eq(&self, other: &Self) -> bool {
        fn value(it: &Column) -> impl PartialEq + '_ {
            (&it.default, &it.generated, &it.identity, &it.collate)
        }
        fn rest(it: &Column) -> impl PartialEq + '_ {
            (&it.name, &it.ty, it.null, &it.comment)
        }
        rest(self) == rest(other)
            && value(self) == value(other)
            && lasting(&self.options).eq(lasting(&other.options))
    }
}

impl Eq for Column {}

/// How a generated column is computed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Generated {
    /// The expression.
    pub expr: Expr,
    /// Kept with the row; otherwise computed when read.
    pub stored: bool,
}

/// How the database numbers rows by itself. What of it the model said in words steers how much of
/// the database's own way stands; equality does not look at that.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Identity {
    /// A written value is refused (`GENERATED ALWAYS`).
    pub always: bool,
    /// Said by the model in words (`identity = ..`, `auto`), not concluded from its key.
    pub stated: bool,
    /// Said as `identity = ..`: no other way of numbering will do.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub exact: bool,
    /// `start`, `increment`, `minimum`, `maximum`, `cache`, `cycle`.
    #[serde(default, skip_serializing_if = "Options::is_empty")]
    pub options: Options,
}

impl PartialEq for Identity {
    fn eq(&self, other: &Self) -> bool {
        (self.always, &self.options) == (other.always, &other.options)
    }
}

impl Eq for Identity {}
