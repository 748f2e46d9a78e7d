//! Ops on a schema in memory.

use std::collections::BTreeMap;

use super::{Change, Op, Part, Partition};
use crate::error::{Error, Kind, Result};
use crate::schema::{Name, Need, Object, ObjectKind, Schema, Table, Type};
use crate::sql::label::{self, LabelRename};
use crate::sql::{self, Spelling, Syntax, trigger};

impl Op {
    /// Runs the change on a schema in memory. The error says what did not fit, which is always a
    /// bug of whoever made the change. `spelling` tells how names stand in expressions.
    pub fn apply(&self, schema: &mut Schema, spelling: Spelling) -> Result<()> {
        match self {
            Self::CreateNamespace(it) => match schema.namespaces.insert(it.clone()) {
                true => Ok(()),
                false => Err(misfit(it, "there already")),
            },
            Self::DropNamespace(it) => match schema.namespaces.remove(it) {
                true => Ok(()),
                false => Err(misfit(it, "missing")),
            },
            Self::RenameNamespace { old, new } => rename_namespace(schema, (old, new), spelling),
            Self::CreateEnum(it) => put(&mut schema.enums, it.name.clone(), it.clone()),
            Self::DropEnum(it) => take(&mut schema.enums, &it.name).map(drop),
            Self::AlterEnum { old, new } => {
                take(&mut schema.enums, &old.name)?;
                put(&mut schema.enums, new.name.clone(), new.clone())
            }
            Self::ReplaceEnum(it) => {
                take(&mut schema.enums, &it.old.name)?;
                put(&mut schema.enums, it.new.name.clone(), it.new.clone())
            }
            Self::RenameEnum { old, new } => rename_enum(schema, (old, new), spelling),
            Self::RenameLabel { name, old, new } => {
                rename_label(schema, name, (old, new), spelling)
            }
            Self::CreateTable(it) => put(&mut schema.tables, it.name.clone(), it.clone()),
            Self::DropTable(it) => take(&mut schema.tables, &it.name).map(drop),
            Self::RenameTable { old, new } => rename_table(schema, (old, new), spelling),
            Self::CreateObject(it) => {
                schema.objects.push(it.clone());
                Ok(())
            }
            Self::DropObject(it) => {
                // Triggers of two tables may have one name.
                let key =
                    |object: &Object| (object.kind, object.name.clone(), object.table.clone());
                let gone = key(it);
                schema.objects.retain(|object| key(object) != gone);
                Ok(())
            }
            Self::Rebuild(it) => {
                let table = take(&mut schema.tables, &it.old.name)?;
                match table.same(&it.old) {
                    true => put(&mut schema.tables, it.new.name.clone(), it.new.clone()),
                    false => Err(misfit(&table.name, "not as expected")),
                }
            }
            Self::Alter { table, change } => alter(schema, table, change, spelling),
            Self::AlterTogether(it) => {
                it.changes.iter().try_for_each(|change| alter(schema, &it.table, change, spelling))
            }
        }
    }
}

fn alter(schema: &mut Schema, name: &Name, change: &Change, spelling: Spelling) -> Result<()> {
    if let Change::RenameColumn { old, new } = change {
        return rename_column(schema, name, (old, new), spelling);
    }
    change.apply(schema.tables.get_mut(name).ok_or_else(|| misfit(name, "missing"))?)
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

fn rename_namespace(
    schema: &mut Schema,
    (old, new): (&str, &str),
    spelling: Spelling,
) -> Result<()> {
    if !schema.namespaces.remove(old) {
        return Err(misfit(&old, "missing"));
    }
    schema.namespaces.insert(new.to_owned());
    let follow = |name: &mut Name| {
        if name.schema.as_deref() == Some(old) {
            name.schema = Some(new.to_owned());
        }
    };
    for mut it in std::mem::take(&mut schema.enums).into_values() {
        let before = it.name.clone();
        follow(&mut it.name);
        let columns = schema.tables.values_mut().flat_map(|table| &mut table.columns);
        columns.for_each(|column| column.ty.rename_enum(&before, &it.name));
        retype(schema, (&before, &it.name), spelling);
        schema.enums.insert(it.name.clone(), it);
    }
    let moved: Vec<(Name, Name)> = schema
        .tables
        .keys()
        .filter(|name| name.schema.as_deref() == Some(old))
        .map(|name| (name.clone(), Name { schema: Some(new.to_owned()), ..name.clone() }))
        .collect();
    for mut table in std::mem::take(&mut schema.tables).into_values() {
        moved.iter().for_each(|(old, new)| table.follow_table(old, new));
        let mut name = table.name.clone();
        follow(&mut name);
        table.rename(&name);
        table.foreign_keys.iter_mut().for_each(|key| follow(&mut key.table));
        schema.insert(table);
    }
    for object in &mut schema.objects {
        follow(&mut object.name);
        object.rename_needs(follow);
        object.table.iter_mut().for_each(follow);
    }
    Ok(())
}

/// A type as it stands in SQL.
fn type_name(name: &Name, spelling: Spelling) -> String {
    let home = name.schema.as_deref().map(|home| format!("{}.", (spelling.quote)(home)));
    format!("{}{}", home.unwrap_or_default(), (spelling.quote)(&name.name))
}

/// Expressions follow a type to its new name.
fn retype(schema: &mut Schema, (old, new): (&Name, &Name), spelling: Spelling) {
    let (old, new) = (type_name(old, spelling), type_name(new, spelling));
    if old != new {
        let tables = schema.tables.values_mut();
        tables.for_each(|table| table.rename_type((&old, &new), spelling.syntax));
    }
}

fn rename_enum(schema: &mut Schema, (old, new): (&Name, &Name), spelling: Spelling) -> Result<()> {
    let mut it = take(&mut schema.enums, old)?;
    it.name = new.clone();
    for column in schema.tables.values_mut().flat_map(|table| &mut table.columns) {
        column.ty.rename_enum(old, new);
    }
    retype(schema, (old, new), spelling);
    schema.objects.iter_mut().for_each(|it| it.rename_needs(|name| follow(name, old, new)));
    put(&mut schema.enums, new.clone(), it)
}

fn rename_label(
    schema: &mut Schema,
    name: &Name,
    (old, new): (&str, &str),
    spelling: Spelling,
) -> Result<()> {
    let it = schema.enums.get_mut(name).ok_or_else(|| misfit(name, "missing"))?;
    let label = it.labels.iter_mut().find(|label| *label == old);
    new.clone_into(label.ok_or_else(|| misfit(&format!("{name}:{old}"), "missing"))?);
    let ty = type_name(name, spelling);
    let rename = LabelRename { ty: &ty, old, new };
    let bounded: Vec<Name> = schema
        .tables
        .values()
        .filter(|table| {
            table.options.contains_key("bound") && parted_by(schema, table, name, spelling.syntax)
        })
        .map(|table| table.name.clone())
        .collect();
    for table in schema.tables.values_mut() {
        table.rename_label(rename, spelling.syntax);
    }
    for table in bounded {
        let options = schema.tables.get_mut(&table).map(|table| &mut table.options);
        if let Some(bound) = options.and_then(|options| options.get_mut("bound")) {
            *bound = label::in_constants(bound, rename, spelling.syntax);
        }
    }
    Ok(())
}

/// Whether the bound of a partition is made of values of a type.
fn parted_by(schema: &Schema, table: &Table, ty: &Name, syntax: Syntax) -> bool {
    let Some(parent) = table.options.get("partition_of").map(|it| Name::from(it.as_str())) else {
        return false;
    };
    let Some(parent) = schema.tables.get(&parent) else { return false };
    let key = parent.options.get("partition_by").map(String::as_str).unwrap_or_default();
    let mut root = parent;
    for _ in 0..schema.tables.len() {
        let above = root.parents().into_iter().find_map(|name| schema.tables.get(&name));
        match above.filter(|_| root.columns.is_empty()) {
            Some(above) => root = above,
            None => break,
        }
    }
    let columns = root.columns.iter().filter(|it| it.ty == Type::Enum(ty.clone()));
    let named: Vec<String> = sql::names(key, syntax).collect();
    columns.into_iter().any(|column| named.contains(&column.name))
}

fn rename_table(schema: &mut Schema, (old, new): (&Name, &Name), spelling: Spelling) -> Result<()> {
    let mut table = take(&mut schema.tables, old)?;
    table.rename(new);
    put(&mut schema.tables, new.clone(), table)?;
    schema.tables.values_mut().for_each(|table| table.follow_table(old, new));
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
        object.table.iter_mut().for_each(|name| follow(name, old, new));
        object.rename_needs(|name| follow(name, old, new));
    }
    Ok(())
}

fn follow(name: &mut Name, old: &Name, new: &Name) {
    if name == old {
        *name = new.clone();
    }
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
    for need in schema.objects.iter_mut().flat_map(|object| &mut object.needs) {
        if *need == Need::Column(name.clone(), old.to_owned()) {
            *need = Need::Column(name.clone(), new.to_owned());
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
            Self::Rename { old, new } | Self::Validate { old, new } => {
                old.remove(table)?;
                new.clone().add(table);
            }
            Self::Partition(it) => it.apply(table)?,
            Self::Comment { new, .. } => table.comment = new.clone(),
            Self::Options { new, .. } => table.options = new.clone(),
        }
        Ok(())
    }
}

impl Partition {
    fn apply(&self, table: &mut Table) -> Result<()> {
        table.options = self.new.clone();
        if self.attached {
            for column in &self.columns {
                remove(&mut table.columns, column, &column.name)?;
            }
            self.parts.iter().try_for_each(|part| part.remove(table))?;
            table.primary_key = table.primary_key.take().filter(|_| self.primary_key.is_none());
        } else {
            table.columns.extend(self.columns.iter().cloned());
            self.parts.iter().for_each(|part| part.clone().add(table));
            table.primary_key = table.primary_key.take().or_else(|| self.primary_key.clone());
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
