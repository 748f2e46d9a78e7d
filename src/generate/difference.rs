//! Differences as a person or a program wants them: what, and where in the models.

use std::collections::BTreeMap;

use autogen_model::Place;

use crate::op::{Change, Op};
use crate::plan::describe;
use crate::schema::{Intent, Name};

/// One difference between database and models.
#[derive(Clone, Debug)]
pub struct Difference {
    /// In words: `+ column favorites.note TEXT NULL`.
    pub text: String,
    /// The op, as a word: `add_column`.
    pub kind: &'static str,
    /// The table.
    pub table: Option<Name>,
    /// The column, constraint or index.
    pub name: Option<String>,
    /// Where the models say it.
    pub place: Option<Place>,
}

/// The ops as differences.
pub fn differences(ops: &[Op], intent: &Intent) -> Vec<Difference> {
    ops.iter().map(|op| difference(op, intent)).collect()
}

fn difference(op: &Op, intent: &Intent) -> Difference {
    let table = match op {
        Op::RenameTable { new, .. } => Some(new),
        _ => op.table(),
    };
    let (kind, name) = kind(op);
    let said = table.and_then(|table| find(&intent.tables, table, Name::to_string));
    let place = said.and_then(|said| {
        let name = name.as_deref().unwrap_or_default().to_owned();
        let column = find(&said.columns, &name, String::clone);
        let column = column.and_then(|column| column.place.clone());
        column.or_else(|| said.places.get(&name).cloned()).or_else(|| said.place.clone())
    });
    Difference { text: describe(op).join("; "), kind, table: table.cloned(), name, place }
}

/// What is said under a name, which the database may spell in another case.
fn find<'a, K: Ord, V>(map: &'a BTreeMap<K, V>, key: &K, text: fn(&K) -> String) -> Option<&'a V> {
    let same = |other: &K| text(other).eq_ignore_ascii_case(&text(key));
    map.get(key).or_else(|| map.iter().find(|(other, _)| same(other)).map(|(_, value)| value))
}

fn kind(op: &Op) -> (&'static str, Option<String>) {
    match op {
        Op::CreateNamespace(name) => ("create_schema", Some(name.clone())),
        Op::DropNamespace(name) => ("drop_schema", Some(name.clone())),
        Op::RenameNamespace { new, .. } => ("rename_schema", Some(new.clone())),
        Op::ReplaceEnum(it) => ("alter_enum", Some(it.new.name.to_string())),
        Op::CreateEnum(it) => ("create_enum", Some(it.name.to_string())),
        Op::DropEnum(it) => ("drop_enum", Some(it.name.to_string())),
        Op::AlterEnum { new, .. } => ("alter_enum", Some(new.name.to_string())),
        Op::RenameLabel { name, new, .. } => ("rename_label", Some(format!("{name}:{new}"))),
        Op::RenameEnum { new, .. } => ("rename_enum", Some(new.to_string())),
        Op::CreateTable(_) => ("create_table", None),
        Op::DropTable(_) => ("drop_table", None),
        Op::RenameTable { .. } => ("rename_table", None),
        Op::CreateObject(it) => ("create_object", Some(it.name.to_string())),
        Op::DropObject(it) => ("drop_object", Some(it.name.to_string())),
        Op::Rebuild(_) => ("rebuild_table", None),
        Op::Alter { change, .. } => change_kind(change),
    }
}

fn change_kind(change: &Change) -> (&'static str, Option<String>) {
    match change {
        Change::AddColumn { column, .. } => ("add_column", Some(column.name.clone())),
        Change::DropColumn { column, .. } => ("drop_column", Some(column.name.clone())),
        Change::RenameColumn { new, .. } => ("rename_column", Some(new.clone())),
        Change::AlterColumn { new, .. } => ("alter_column", Some(new.name.clone())),
        Change::MapValues { column, .. } => ("map_values", Some(column.clone())),
        Change::PrimaryKey { .. } => ("alter_primary_key", None),
        Change::Add(part) => ("add_constraint", part.name().map(str::to_owned)),
        Change::Drop(part) => ("drop_constraint", part.name().map(str::to_owned)),
        Change::Rename { new, .. } => ("rename_constraint", new.name().map(str::to_owned)),
        Change::Validate { new, .. } => ("validate_constraint", new.name().map(str::to_owned)),
        Change::Partition(it) if it.attached => ("attach_partition", None),
        Change::Partition(_) => ("detach_partition", None),
        Change::Comment { .. } => ("alter_comment", None),
        Change::Options { .. } => ("alter_options", None),
    }
}
