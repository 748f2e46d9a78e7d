//! The closed list of typed changes. Each carries old and new, so that it can be undone and run
//! on a schema in memory.

use std::collections::BTreeMap;

use crate::error::{Error, Kind, Result};
use crate::schema::{
    Check, Column, ConstraintName, Enum, Exclude, Expr, ForeignKey, Index, Name, Object,
    ObjectKind, Options, PrimaryKey, Schema, Table, Unique,
};
use crate::sql::{Spelling, trigger};

/// One change of a schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Op {
    /// A new enumerated type.
    CreateEnum(Enum),
    /// An enumerated type goes.
    DropEnum(Enum),
    /// An enumerated type takes other labels; `renamed` maps old labels to new ones.
    AlterEnum {
        /// Before.
        old: Enum,
        /// After.
        new: Enum,
        /// Old label to new label.
        renamed: BTreeMap<String, String>,
    },
    /// An enumerated type changes its name.
    RenameEnum {
        /// Before.
        old: Name,
        /// After.
        new: Name,
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

/// How one column of a rebuilt table gets its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Copied {
    /// The column of the new table.
    pub column: String,
    /// The expression over the old table.
    pub expr: Expr,
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
    /// A constraint or index changes its name and nothing else.
    Rename {
        /// Before.
        old: Part,
        /// After: equal but for the name.
        new: Part,
    },
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
            Self::CreateEnum(it) => Self::DropEnum(it),
            Self::DropEnum(it) => Self::CreateEnum(it),
            Self::AlterEnum { old, new, renamed } => Self::AlterEnum {
                old: new,
                new: old,
                renamed: renamed.into_iter().map(|(old, new)| (new, old)).collect(),
            },
            Self::RenameEnum { old, new } => Self::RenameEnum { old: new, new: old },
            Self::CreateTable(table) => Self::DropTable(table),
            Self::DropTable(table) => Self::CreateTable(table),
            Self::RenameTable { old, new } => Self::RenameTable { old: new, new: old },
            Self::CreateObject(it) => Self::DropObject(it),
            Self::DropObject(it) => Self::CreateObject(it),
            // Never asked: what goes back is adapted on its own, since a change that needs a rebuild
            // one way may need none the other way.
            Self::Rebuild(it) => Self::Rebuild(it),
            Self::Alter { table, change } => Self::Alter { table, change: change.inverse() },
        }
    }

    /// The table it is about, if it is about one: under the name before.
    pub fn table(&self) -> Option<&Name> {
        match self {
            Self::CreateTable(table) | Self::DropTable(table) => Some(&table.name),
            Self::RenameTable { old, .. } => Some(old),
            Self::Rebuild(rebuild) => Some(&rebuild.old.name),
            Self::Alter { table, .. } => Some(table),
            _ => None,
        }
    }

    /// Runs the change on a schema in memory. The error says what did not fit, which is always a
    /// bug of whoever made the change. `spelling` tells how names stand in expressions.
    pub fn apply(&self, schema: &mut Schema, spelling: Spelling) -> Result<()> {
        match self {
            Self::CreateEnum(it) => put(&mut schema.enums, it.name.clone(), it.clone()),
            Self::DropEnum(it) => take(&mut schema.enums, &it.name).map(drop),
            Self::AlterEnum { old, new, .. } => {
                take(&mut schema.enums, &old.name)?;
                put(&mut schema.enums, new.name.clone(), new.clone())
            }
            Self::RenameEnum { old, new } => rename_enum(schema, old, new),
            Self::CreateTable(it) => put(&mut schema.tables, it.name.clone(), it.clone()),
            Self::DropTable(it) => take(&mut schema.tables, &it.name).map(drop),
            Self::RenameTable { old, new } => rename_table(schema, (old, new), spelling),
            Self::CreateObject(it) => {
                schema.objects.push(it.clone());
                Ok(())
            }
            Self::DropObject(it) => {
                schema.objects.retain(|object| object.name != it.name || object.kind != it.kind);
                Ok(())
            }
            Self::Rebuild(it) => {
                let table = take(&mut schema.tables, &it.old.name)?;
                match table.same(&it.old) {
                    true => put(&mut schema.tables, it.new.name.clone(), it.new.clone()),
                    false => Err(misfit(&table.name, "not as expected")),
                }
            }
            Self::Alter { table, change: Change::RenameColumn { old, new } } => {
                rename_column(schema, table, (old, new), spelling)
            }
            Self::Alter { table, change } => {
                let table = schema.tables.get_mut(table).ok_or_else(|| misfit(table, "missing"))?;
                change.apply(table)
            }
        }
    }
}

fn misfit(what: &dyn std::fmt::Display, why: &str) -> Error {
    Error::new(Kind::Internal, format!("the plan does not fit: {what} is {why}"))
}

fn put<T>(map: &mut BTreeMap<Name, T>, name: Name, value: T) -> Result<()> {
    match map.insert(name.clone(), value) {
        None => Ok(()),
        Some(_) => Err(misfit(&name, "there already")),
    }
}

fn take<T>(map: &mut BTreeMap<Name, T>, name: &Name) -> Result<T> {
    map.remove(name).ok_or_else(|| misfit(name, "missing"))
}

fn rename_enum(schema: &mut Schema, old: &Name, new: &Name) -> Result<()> {
    let mut it = take(&mut schema.enums, old)?;
    it.name = new.clone();
    for column in schema.tables.values_mut().flat_map(|table| &mut table.columns) {
        column.ty.rename_enum(old, new);
    }
    put(&mut schema.enums, new.clone(), it)
}

fn rename_table(schema: &mut Schema, (old, new): (&Name, &Name), spelling: Spelling) -> Result<()> {
    let mut table = take(&mut schema.tables, old)?;
    table.name = new.clone();
    put(&mut schema.tables, new.clone(), table)?;
    for key in schema.tables.values_mut().flat_map(|table| &mut table.foreign_keys) {
        if key.table == *old {
            key.table = new.clone();
        }
    }
    for object in &mut schema.objects {
        // Where the text leaves open what is meant, it stays, as for columns.
        if let Some(sql) = rename_in(object, (old, new), spelling) {
            object.sql = sql;
        }
        if object.table.as_ref() == Some(old) {
            object.table = Some(new.clone());
        }
    }
    Ok(())
}

fn rename_in(object: &Object, (old, new): (&Name, &Name), spelling: Spelling) -> Option<String> {
    if object.kind != ObjectKind::Trigger {
        return None;
    }
    trigger::rename_table(&object.sql, (&old.name, &new.name), spelling)
}

fn rename_column(
    schema: &mut Schema,
    name: &Name,
    (old, new): (&str, &str),
    spelling: Spelling,
) -> Result<()> {
    let table = schema.tables.get_mut(name).ok_or_else(|| misfit(name, "missing"))?;
    table
        .rename_column(old, new, spelling)
        .ok_or_else(|| misfit(&format!("{name}.{old}"), "missing"))?;
    for key in schema.tables.values_mut().flat_map(|table| &mut table.foreign_keys) {
        if key.table == *name {
            key.referenced.iter_mut().filter(|it| *it == old).for_each(|it| *it = new.to_owned());
        }
    }
    for object in schema.objects.iter_mut().filter(|it| it.table.as_ref() == Some(name)) {
        // Where the text leaves open whose column is meant, it stays; whoever needs the exact text
        // asks `trigger::rename_column` again and hears so.
        if let Some(sql) = trigger::rename_column(&object.sql, &name.name, (old, new), spelling) {
            object.sql = sql;
        }
    }
    Ok(())
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
            Self::Comment { old, new } => Self::Comment { old: new, new: old },
            Self::Options { old, new } => Self::Options { old: new, new: old },
        }
    }

    fn apply(&self, table: &mut Table) -> Result<()> {
        match self {
            Self::AddColumn { column, parts, .. } => match table.column(&column.name) {
                None => {
                    table.columns.push(column.clone());
                    parts.iter().for_each(|part| part.clone().add(table));
                }
                Some(_) => return Err(misfit(&column.name, "there already")),
            },
            Self::DropColumn { column, parts, .. } => {
                remove(&mut table.columns, column, &column.name)?;
                parts.iter().try_for_each(|part| part.remove(table))?;
            }
            Self::AlterColumn { old, new, .. } => {
                let place = table.columns.iter().position(|it| it == &**old);
                let place = place.ok_or_else(|| misfit(&old.name, "not as expected"))?;
                table.columns[place] = (**new).clone();
            }
            Self::MapValues { .. } | Self::RenameColumn { .. } => {}
            Self::PrimaryKey { old, new } if table.primary_key == *old => {
                table.primary_key = new.clone();
            }
            Self::PrimaryKey { .. } => return Err(misfit(&table.name, "keyed otherwise")),
            Self::Add(part) => part.clone().add(table),
            Self::Drop(part) => part.remove(table)?,
            Self::Rename { old, new } => {
                old.remove(table)?;
                new.clone().add(table);
            }
            Self::Comment { new, .. } => table.comment = new.clone(),
            Self::Options { new, .. } => table.options = new.clone(),
        }
        Ok(())
    }
}

fn remove<T: PartialEq>(list: &mut Vec<T>, item: &T, name: &str) -> Result<()> {
    let place = list.iter().position(|it| it == item);
    list.remove(place.ok_or_else(|| misfit(&name, "missing or not as expected"))?);
    Ok(())
}

impl Part {
    fn add(self, table: &mut Table) {
        match self {
            Self::Unique(it) => table.uniques.push(it),
            Self::Check(it) => table.checks.push(it),
            Self::ForeignKey(it) => table.foreign_keys.push(it),
            Self::Exclude(it) => table.excludes.push(it),
            Self::Index(it) => table.indexes.push(it),
        }
    }

    fn remove(&self, table: &mut Table) -> Result<()> {
        let name = self.name().unwrap_or("an unnamed constraint");
        match self {
            Self::Unique(it) => remove(&mut table.uniques, it, name),
            Self::Check(it) => remove(&mut table.checks, it, name),
            Self::ForeignKey(it) => remove(&mut table.foreign_keys, it, name),
            Self::Exclude(it) => remove(&mut table.excludes, it, name),
            Self::Index(it) => remove(&mut table.indexes, it, name),
        }
    }
}
