//! PostgreSQL's SQL for each op, as one would write it by hand: what belongs together stands in one
//! statement, every constraint has its name, comments come last.

mod cast;
mod change;
mod clause;
mod column;
mod enumeration;
mod object;
mod part;
mod sequence;
mod settings;
mod table;
mod text;

use super::super::values;
use super::Postgres;
use super::types::{quote, written};
use crate::op::{Change, Op};
use crate::schema::{Name, Type};
use crate::sql::literal;

pub(super) use part::{alters, alters_key};
pub(super) use text::constant;

/// The statements of one op, without closing semicolons.
pub(super) fn render(postgres: &Postgres, op: &Op) -> Vec<String> {
    match op {
        Op::CreateNamespace(name) => vec![format!("CREATE SCHEMA {}", quote(name))],
        Op::DropNamespace(name) => vec![format!("DROP SCHEMA {}", quote(name))],
        Op::RenameNamespace { old, new } => {
            vec![format!("ALTER SCHEMA {} RENAME TO {}", quote(old), quote(new))]
        }
        Op::CreateEnum(it) => enumeration::create(it),
        Op::DropEnum(it) => vec![format!("DROP TYPE {}", written(&it.name))],
        Op::AlterEnum { old, new } => enumeration::alter(old, new),
        Op::RenameLabel { name, old, new } => vec![enumeration::rename_label(name, old, new)],
        Op::ReplaceEnum(it) => enumeration::replace(it),
        Op::RenameEnum { old, new } => rename("TYPE", old, new),
        Op::CreateTable(table) => table::create(table),
        Op::DropTable(table) => vec![format!("DROP TABLE {}", written(&table.name))],
        Op::RenameTable { old, new } => rename("TABLE", old, new),
        Op::CreateObject(it) => std::iter::once(&it.sql).chain(&it.after).cloned().collect(),
        Op::DropObject(it) => vec![object::drop(it)],
        // Tables are changed in place here, one change after the other.
        Op::Rebuild(_) | Op::AlterTogether(_) => Vec::new(),
        Op::Alter { table, change } => alter(postgres, table, change),
    }
}

fn alter(postgres: &Postgres, table: &Name, change: &Change) -> Vec<String> {
    match change {
        Change::AddColumn { column, fill, parts } => {
            column::add(table, (column, fill.as_ref()), parts)
        }
        Change::DropColumn { column, .. } => {
            actions(table, [format!("DROP COLUMN {}", quote(&column.name))])
        }
        Change::RenameColumn { old, new } => {
            actions(table, [format!("RENAME COLUMN {} TO {}", quote(old), quote(new))])
        }
        Change::AlterColumn { old, new, fill, using } => {
            change::alter(postgres, table, (old, new), (fill.as_ref(), using.as_ref()))
        }
        Change::MapValues { column, values } => {
            vec![values::map(&written(table), &quote(column), values, literal)]
        }
        Change::PrimaryKey { old, new } => part::primary_key(table, old.as_ref(), new.as_ref()),
        Change::Add(part) => part::add(table, part),
        Change::Drop(part) => part::remove(table, part),
        Change::Rename { old, new } | Change::Validate { old, new } => part::alter(table, old, new),
        Change::Partition(it) => {
            let key = it.primary_key.as_ref().filter(|_| !it.attached);
            let name = key.and_then(|key| key.name.as_ref());
            let named = name.map(|name| settings::name_key(table, &name.text));
            settings::alter(table, &it.old, &it.new).into_iter().chain(named).collect()
        }
        Change::Comment { new, .. } => vec![comment("TABLE", &written(table), new.as_deref())],
        Change::Options { old, new } => settings::alter(table, old, new),
    }
}

/// One `ALTER TABLE` with these actions; nothing without any.
fn actions(table: &Name, actions: impl IntoIterator<Item = String>) -> Vec<String> {
    let actions: Vec<String> = actions.into_iter().collect();
    let alter = format!("ALTER TABLE {}", written(table));
    match actions.as_slice() {
        [] => Vec::new(),
        [only] => vec![format!("{alter} {only}")],
        several => vec![format!("{alter}\n    {}", several.join(",\n    "))],
    }
}

/// A table or type takes another name, namespace or both.
fn rename(kind: &str, old: &Name, new: &Name) -> Vec<String> {
    let mut statements = Vec::new();
    if old.schema != new.schema {
        let alter = format!("ALTER {kind} {} SET SCHEMA", written(old));
        statements.push(match &new.schema {
            Some(schema) => format!("{alter} {}", quote(schema)),
            None => home(&alter),
        });
    }
    if old.name != new.name {
        let moved = Name { schema: new.schema.clone(), name: old.name.clone() };
        statements.push(format!("ALTER {kind} {} RENAME TO {}", written(&moved), quote(&new.name)));
    }
    statements
}

/// The default namespace has the name that the connection gives it, and SQL has no word for that.
fn home(alter: &str) -> String {
    let format = literal(&format!("{} %I", alter.replace('%', "%%")));
    text::block(&format!("    EXECUTE format({format}, current_schema());"))
}

fn comment(kind: &str, name: &str, comment: Option<&str>) -> String {
    let text = comment.map_or_else(|| "NULL".into(), literal);
    format!("COMMENT ON {kind} {name} IS {text}")
}

/// A name in the namespace of another.
fn beside(table: &Name, name: &str) -> Name {
    Name { schema: table.schema.clone(), name: name.to_owned() }
}

/// A column as comments and sequences speak of it.
fn of(table: &Name, column: &str) -> String {
    format!("{}.{}", written(table), quote(column))
}

fn names<T: AsRef<str>>(columns: impl IntoIterator<Item = T>) -> String {
    let quoted = columns.into_iter().map(|column| quote(column.as_ref()).into_owned());
    quoted.collect::<Vec<String>>().join(", ")
}

/// The type of a canonical column.
fn type_of(ty: &Type) -> String {
    match ty {
        Type::Enum(name) => written(name),
        Type::Array(item) => format!("{}[]", type_of(item)),
        other => other.spelled().into_owned(),
    }
}
