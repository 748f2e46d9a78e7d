//! The closed list of typed changes. Each carries old and new, so that it can be undone and run
//! on a schema in memory.

mod apply;
mod together;

use std::collections::BTreeMap;

use crate::schema::{
    Check, Column, ConstraintName, Enum, Exclude, Expr, ForeignKey, Index, Name, Object, Options,
    PrimaryKey, Table, Unique,
};

pub use together::{Algorithm, Together};

/// One change of a schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Op {
    /// A new namespace.
    CreateNamespace(String),
    /// A namespace goes; it is empty by then.
    DropNamespace(String),
    /// A namespace changes its name, with all that is in it.
    RenameNamespace {
        /// Before.
        old: String,
        /// After.
        new: String,
    },
    /// A new enumerated type.
    CreateEnum(Enum),
    /// An enumerated type goes.
    DropEnum(Enum),
    /// An enumerated type takes other labels.
    AlterEnum {
        /// Before.
        old: Enum,
        /// After.
        new: Enum,
    },
    /// An enumerated type is made anew and the columns that have it are moved over: what a database
    /// does for labels that go or change places. Only `adapt` makes these.
    ReplaceEnum(Box<ReplaceEnum>),
    /// An enumerated type changes its name.
    RenameEnum {
        /// Before.
        old: Name,
        /// After.
        new: Name,
    },
    /// A label of an enumerated type changes its name; values and expressions follow.
    RenameLabel {
        /// The type.
        name: Name,
        /// Before.
        old: String,
        /// After.
        new: String,
    },
    /// A new table, with all that belongs to it.
    CreateTable(Table),
    /// A table goes, with its rows.
    DropTable(Table),
    /// A table changes its name.
    RenameTable {
        /// Before.
        old: Name,
        /// After.
        new: Name,
    },
    /// A trigger or view comes.
    CreateObject(Object),
    /// A trigger or view goes, usually with its table.
    DropObject(Object),
    /// A table is made anew under its name and its rows are copied: what a database does for a
    /// change that it cannot make in place. Only `adapt` makes these.
    Rebuild(Box<Rebuild>),
    /// A change inside one table.
    Alter {
        /// The table, under the name it has when the change runs.
        table: Name,
        /// The change.
        change: Change,
    },
    /// Changes of one table in one statement. Only `adapt` makes these.
    AlterTogether(Box<Together>),
}

/// A table made anew.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rebuild {
    /// The table before.
    pub old: Table,
    /// The table after, under the same name.
    pub new: Table,
    /// The changes that made it necessary, for the review.
    pub changes: Vec<Change>,
    /// The value of each new column, in the words of the old table.
    pub copy: Vec<Copied>,
    /// Triggers that hang on the table and go with it, so they are made again.
    pub triggers: Vec<Object>,
}

impl Rebuild {
    /// The name under which the new table is filled.
    pub fn scratch(&self) -> String {
        format!("autogen_new_{}", self.new.name.name)
    }
}

/// An enumerated type made anew.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplaceEnum {
    /// The type before.
    pub old: Enum,
    /// The type after, under the same name.
    pub new: Enum,
    /// The columns that have it, alone or in an array: tables with the column as it is before.
    pub columns: Vec<(Name, Column)>,
    /// What becomes of old values, by table and column, where they do not stay as they are.
    pub using: BTreeMap<(Name, String), Expr>,
}

/// How one column of a rebuilt table gets its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Copied {
    /// The column of the new table.
    pub column: String,
    /// The expression over the old table.
    pub expr: Expr,
}

/// A table becomes a part of another, or ceases to be one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Partition {
    /// It becomes one.
    pub attached: bool,
    /// Settings of the table before.
    pub old: Options,
    /// Settings of the table after.
    pub new: Options,
    /// Columns that both have: a part does not list them.
    pub columns: Vec<Column>,
    /// The key that both have.
    pub primary_key: Option<PrimaryKey>,
    /// Constraints and indexes that both have.
    pub parts: Vec<Part>,
}

/// One change inside a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// A new column; `fill` is the value of the rows that are there already.
    AddColumn {
        /// The column.
        column: Column,
        /// The value of old rows.
        fill: Option<Expr>,
        /// Constraints that are said with the column, because they cannot be added later.
        parts: Vec<Part>,
    },
    /// A column goes, with its values.
    DropColumn {
        /// The column.
        column: Column,
        /// The value that rows get when the column comes back.
        fill: Option<Expr>,
        /// Constraints that go with it.
        parts: Vec<Part>,
    },
    /// A column changes its name.
    RenameColumn {
        /// Before.
        old: String,
        /// After.
        new: String,
    },
    /// A column changes in any other way.
    AlterColumn {
        /// Before.
        old: Box<Column>,
        /// After, under the same name.
        new: Box<Column>,
        /// The value for rows that hold NULL, when NULL is refused from now on.
        fill: Option<Expr>,
        /// What becomes of old values, when the database's own conversion is not meant.
        using: Option<Expr>,
    },
    /// Stored values are replaced, one by one: a renamed label of an enumeration.
    MapValues {
        /// The column.
        column: String,
        /// Old value to new value.
        values: BTreeMap<String, String>,
    },
    /// The primary key comes, goes or changes.
    PrimaryKey {
        /// Before.
        old: Option<PrimaryKey>,
        /// After.
        new: Option<PrimaryKey>,
    },
    /// A new constraint or index.
    Add(Part),
    /// A constraint or index goes.
    Drop(Part),
    /// A constraint or index changes its name, or what the database can change where it stands.
    Rename {
        /// Before.
        old: Part,
        /// After.
        new: Part,
    },
    /// A constraint that held for new rows alone holds for all of them from now on, and is the same
    /// otherwise. Only `adapt` makes these.
    Validate {
        /// Before.
        old: Part,
        /// After.
        new: Part,
    },
    /// The table becomes a part of another, or ceases to be one. Only `adapt` makes these.
    Partition(Box<Partition>),
    /// The comment changes.
    Comment {
        /// Before.
        old: Option<String>,
        /// After.
        new: Option<String>,
    },
    /// Settings of the table change.
    Options {
        /// Before.
        old: Options,
        /// After.
        new: Options,
    },
}

/// A constraint or index of a table.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// A unique constraint.
    Unique(Unique),
    /// A check constraint.
    Check(Check),
    /// A foreign key.
    ForeignKey(ForeignKey),
    /// An exclusion constraint.
    Exclude(Exclude),
    /// An index.
    Index(Index),
}

impl Part {
    /// Its name, if it has one.
    pub fn name(&self) -> Option<&str> {
        self.constraint_name().map(|name| name.text.as_str())
    }

    /// Its name and whether somebody chose it.
    pub fn constraint_name(&self) -> Option<&ConstraintName> {
        match self {
            Self::Unique(it) => it.name.as_ref(),
            Self::Check(it) => it.name.as_ref(),
            Self::ForeignKey(it) => it.name.as_ref(),
            Self::Exclude(it) => it.name.as_ref(),
            Self::Index(it) => Some(&it.name),
        }
    }

    /// Whether it is an index that failed to be built.
    pub fn is_broken(&self) -> bool {
        matches!(self, Self::Index(it) if it.is_broken())
    }

    /// The same without its name: equal ones differ in the name at most.
    #[must_use]
    pub fn nameless(&self) -> Self {
        let mut part = self.clone();
        match &mut part {
            Self::Unique(it) => it.name = None,
            Self::Check(it) => it.name = None,
            Self::ForeignKey(it) => it.name = None,
            Self::Exclude(it) => it.name = None,
            Self::Index(it) => it.name.text.clear(),
        }
        part
    }

    /// The same under a name that somebody chose.
    #[must_use]
    pub fn named(&self, name: &str) -> Self {
        let (mut part, name) = (self.clone(), ConstraintName::given(name));
        match &mut part {
            Self::Unique(it) => it.name = Some(name),
            Self::Check(it) => it.name = Some(name),
            Self::ForeignKey(it) => it.name = Some(name),
            Self::Exclude(it) => it.name = Some(name),
            Self::Index(it) => it.name = name,
        }
        part
    }

    /// What a person calls such a thing.
    pub fn noun(&self) -> &'static str {
        match self {
            Self::Unique(_) => "unique constraint",
            Self::Check(_) => "check constraint",
            Self::ForeignKey(_) => "foreign key",
            Self::Exclude(_) => "exclusion constraint",
            Self::Index(it) if it.unique => "unique index",
            Self::Index(_) => "index",
        }
    }
}

impl Op {
    /// The change that undoes this one.
    #[must_use]
    pub fn inverse(&self) -> Self {
        match self.clone() {
            Self::CreateNamespace(it) => Self::DropNamespace(it),
            Self::DropNamespace(it) => Self::CreateNamespace(it),
            Self::RenameNamespace { old, new } => Self::RenameNamespace { old: new, new: old },
            Self::CreateEnum(it) => Self::DropEnum(it),
            Self::DropEnum(it) => Self::CreateEnum(it),
            Self::AlterEnum { old, new } => Self::AlterEnum { old: new, new: old },
            Self::RenameEnum { old, new } => Self::RenameEnum { old: new, new: old },
            Self::RenameLabel { name, old, new } => Self::RenameLabel { name, old: new, new: old },
            Self::CreateTable(table) => Self::DropTable(table),
            Self::DropTable(table) => Self::CreateTable(table),
            Self::RenameTable { old, new } => Self::RenameTable { old: new, new: old },
            Self::CreateObject(it) => Self::DropObject(it),
            Self::DropObject(it) => Self::CreateObject(it),
            // Never asked: what goes back is adapted on its own, since a change that needs a rebuild
            // one way may need none the other way.
            Self::Rebuild(it) => Self::Rebuild(it),
            Self::ReplaceEnum(it) => Self::ReplaceEnum(it),
            Self::Alter { table, change } => Self::Alter { table, change: change.inverse() },
            Self::AlterTogether(it) => Self::AlterTogether(Box::new(it.inverse())),
        }
    }

    /// The table it is about, if it is about one: under the name before.
    pub fn table(&self) -> Option<&Name> {
        match self {
            Self::CreateTable(table) | Self::DropTable(table) => Some(&table.name),
            Self::RenameTable { old, .. } => Some(old),
            Self::Rebuild(rebuild) => Some(&rebuild.old.name),
            Self::Alter { table, .. } => Some(table),
            Self::AlterTogether(it) => Some(&it.table),
            _ => None,
        }
    }

    /// The changes inside a table that it makes.
    pub fn changes(&self) -> &[Change] {
        match self {
            Self::Alter { change, .. } => std::slice::from_ref(change),
            Self::AlterTogether(it) => &it.changes,
            Self::Rebuild(it) => &it.changes,
            _ => &[],
        }
    }
}

impl Change {
    fn inverse(self) -> Self {
        match self {
            Self::AddColumn { column, fill, parts } => Self::DropColumn { column, fill, parts },
            Self::DropColumn { column, fill, parts } => Self::AddColumn { column, fill, parts },
            Self::RenameColumn { old, new } => Self::RenameColumn { old: new, new: old },
            Self::AlterColumn { old, new, fill, .. } => {
                Self::AlterColumn { old: new, new: old, fill, using: None }
            }
            Self::MapValues { column, values } => Self::MapValues {
                column,
                values: values.into_iter().map(|(old, new)| (new, old)).collect(),
            },
            Self::PrimaryKey { old, new } => Self::PrimaryKey { old: new, new: old },
            Self::Add(part) => Self::Drop(part),
            Self::Drop(part) => Self::Add(part),
            Self::Rename { old, new } => Self::Rename { old: new, new: old },
            // Never asked: what goes back is adapted on its own.
            Self::Validate { old, new } => Self::Validate { old: new, new: old },
            Self::Partition(it) => Self::Partition(Box::new(Partition {
                attached: !it.attached,
                old: it.new,
                new: it.old,
                ..*it
            })),
            Self::Comment { old, new } => Self::Comment { old: new, new: old },
            Self::Options { old, new } => Self::Options { old: new, new: old },
        }
    }
}
