//! SQLite's SQL for each op.

use super::adapt::mapping;
use super::expr::default_sql;
use super::types::quote;
use crate::op::{Change, Op, Part, Rebuild};
use crate::schema::{
    Action, Check, Column, ConstraintName, Deferral, ForeignKey, Index, IndexPart, Name,
    PrimaryKey, Table, Type, Unique,
};
use crate::sql::literal;

/// The statements of one op, without closing semicolons.
pub(super) fn render(op: &Op) -> Vec<String> {
    match op {
        // Enumerated types are checks here, and a canonical schema has neither them nor namespaces; one
        // statement makes one change.
        Op::CreateEnum(_)
        | Op::DropEnum(_)
        | Op::AlterEnum { .. }
        | Op::RenameLabel { .. }
        | Op::ReplaceEnum(_)
        | Op::RenameEnum { .. }
        | Op::CreateNamespace(_)
        | Op::DropNamespace(_)
        | Op::AlterTogether(_)
        | Op::RenameNamespace { .. } => Vec::new(),
        Op::CreateTable(table) => {
            let create = create_table(table, &table.name.name);
            std::iter::once(create).chain(create_indexes(table)).collect()
        }
        Op::DropTable(table) => vec![format!("DROP TABLE {}", name(&table.name))],
        Op::RenameTable { old, new } => {
            vec![format!("ALTER TABLE {} RENAME TO {}", name(old), name(new))]
        }
        Op::CreateObject(object) => vec![object.sql.clone()],
        Op::DropObject(object) => {
            let kind = object.kind.noun().to_uppercase();
            vec![format!("DROP {kind} {}", name(&object.name))]
        }
        Op::Rebuild(rebuild) => rebuild_table(rebuild),
        Op::Alter { table, change } => alter(table, change),
    }
}

fn name(name: &Name) -> String {
    quote(&name.name).into_owned()
}

fn alter(table: &Name, change: &Change) -> Vec<String> {
    let alter = format!("ALTER TABLE {}", name(table));
    match change {
        Change::AddColumn { column, fill, parts } => {
            let mut words = vec![format!("{alter} ADD COLUMN {}", definition(column))];
            words.extend(parts.iter().filter_map(|part| match part {
                Part::ForeignKey(key) => Some(named(key.name.as_ref(), references(key))),
                Part::Check(check) => Some(check_clause(check)),
                _ => None,
            }));
            let fill = fill
                .as_ref()
                .map(|fill| format!("UPDATE {} SET {} = {fill}", name(table), quote(&column.name)));
            std::iter::once(words.join(" ")).chain(fill).collect()
        }
        Change::DropColumn { column, .. } => {
            vec![format!("{alter} DROP COLUMN {}", quote(&column.name))]
        }
        Change::RenameColumn { old, new } => {
            vec![format!("{alter} RENAME COLUMN {} TO {}", quote(old), quote(new))]
        }
        Change::AlterColumn { new, fill, .. } => set_null(table, new, fill.as_ref()),
        Change::MapValues { column, values } => {
            let column = quote(column);
            let value = mapping(&column, values.iter());
            vec![format!("UPDATE {} SET {column} = {value}", name(table))]
        }
        Change::Add(Part::Index(index)) => vec![create_index(table, index)],
        Change::Drop(Part::Index(index)) => vec![format!("DROP INDEX {}", quote(&index.name.text))],
        Change::Add(Part::Check(check)) => vec![format!("{alter} ADD {}", check_clause(check))],
        Change::Drop(part) => {
            let name = quote(part.name().unwrap_or_default()).into_owned();
            vec![format!("{alter} DROP CONSTRAINT {name}")]
        }
        // Everything else was turned into a rebuild; comments have no place in SQLite.
        _ => Vec::new(),
    }
}

fn set_null(table: &Name, column: &Column, fill: Option<&crate::schema::Expr>) -> Vec<String> {
    let (table, column_name) = (name(table), quote(&column.name));
    let fill = fill.map(|fill| {
        format!("UPDATE {table} SET {column_name} = {fill} WHERE {column_name} IS NULL")
    });
    let word = if column.null { "DROP" } else { "SET" };
    let alter = format!("ALTER TABLE {table} ALTER COLUMN {column_name} {word} NOT NULL");
    fill.into_iter().chain([alter]).collect()
}

fn rebuild_table(rebuild: &Rebuild) -> Vec<String> {
    let (old, new) = (&rebuild.old, &rebuild.new);
    let scratch = rebuild.scratch();
    let (table, quoted) = (name(&new.name), quote(&scratch));
    let mut targets: Vec<String> = Vec::new();
    let mut values: Vec<String> = Vec::new();
    let numbered = |column: &str| rebuild.copy.iter().any(|copied| copied.column == column);
    let rowid = rowid(old, new).filter(|_| !rowid_alias(new).is_some_and(numbered));
    if let Some(rowid) = rowid {
        targets.push(rowid.into());
        values.push(rowid.into());
    }
    for copied in &rebuild.copy {
        targets.push(quote(&copied.column).into_owned());
        values.push(copied.expr.text.clone());
    }
    let mut statements = vec![create_table(new, &scratch)];
    if !targets.is_empty() {
        let (targets, values) = (targets.join(", "), values.join(", "));
        // A row that the table would skip or replace is refused, not lost.
        let insert = if resolves(new) { "INSERT OR ABORT" } else { "INSERT" };
        statements
            .push(format!("{insert} INTO {quoted} ({targets})\nSELECT {values} FROM {table}"));
    }
    if counts(old) && counts(new) {
        // The counter may be ahead of the largest row, whose number must not be given out again.
        let (from, to) = (literal(&old.name.name), literal(&scratch));
        statements.push(format!("DELETE FROM sqlite_sequence WHERE name = {to}"));
        statements.push(format!(
            "INSERT INTO sqlite_sequence (name, seq)\nSELECT {to}, seq FROM sqlite_sequence \
             WHERE name = {from}"
        ));
    }
    statements.push(format!("DROP TABLE {table}"));
    // Views and triggers that speak of the table keep their text, and so find the new one.
    statements.push("PRAGMA legacy_alter_table = ON".into());
    statements.push(format!("ALTER TABLE {quoted} RENAME TO {table}"));
    statements.push("PRAGMA legacy_alter_table = OFF".into());
    statements.extend(create_indexes(new));
    statements.extend(rebuild.triggers.iter().map(|trigger| trigger.sql.clone()));
    statements
}

/// Whether the table says what becomes of rows that break a constraint.
fn resolves(table: &Table) -> bool {
    let keys = table.primary_key.iter().map(|key| &key.options);
    let uniques = table.uniques.iter().map(|unique| &unique.options);
    keys.chain(uniques).any(|options| options.contains_key("on_conflict"))
        || table.columns.iter().any(|it| it.options.contains_key("not_null_on_conflict"))
}

fn counts(table: &Table) -> bool {
    table.primary_key.as_ref().is_some_and(|key| key.options.contains_key("autoincrement"))
}

/// The name under which the row number can be copied, where no column brings it along. Full-text
/// indexes and applications may depend on it.
fn rowid(old: &Table, new: &Table) -> Option<&'static str> {
    let has = |table: &Table| !table.options.contains_key("without_rowid");
    let free = |name: &&&str| {
        let taken = |table: &Table| {
            table.columns.iter().any(|column| column.name.eq_ignore_ascii_case(name))
        };
        !taken(old) && !taken(new)
    };
    let names = ["rowid", "_rowid_", "oid"];
    (has(old) && has(new)).then(|| names.iter().find(free).copied()).flatten()
}

/// The column that is another name of the row number.
pub(super) fn rowid_alias(table: &Table) -> Option<&str> {
    let key = table.primary_key.as_ref()?;
    let [part] = key.columns.as_slice() else { return None };
    let column = table.column(&part.text)?;
    let integer = matches!(&column.ty, Type::Native(ty) if ty.eq_ignore_ascii_case("INTEGER"));
    let alias = integer && !part.descending && !table.options.contains_key("without_rowid");
    alias.then_some(part.text.as_str())
}

fn create_table(table: &Table, named_as: &str) -> String {
    let inline = rowid_alias(table);
    let mut lines: Vec<String> = Vec::new();
    for column in &table.columns {
        let mut line = definition(column);
        if let Some(key) = table.primary_key.as_ref().filter(|_| inline == Some(&column.name)) {
            line = format!("{} {}", bare_definition(column), inline_key(key));
            line.push_str(&tail(column));
        }
        lines.push(line);
    }
    lines.extend(table.primary_key.iter().filter(|_| inline.is_none()).map(key_clause));
    lines.extend(table.uniques.iter().map(unique_clause));
    lines.extend(table.checks.iter().map(check_clause));
    lines.extend(table.foreign_keys.iter().map(foreign_key_clause));
    let body: Vec<String> = lines.into_iter().map(|line| format!("    {line}")).collect();
    let words = [("strict", "STRICT"), ("without_rowid", "WITHOUT ROWID")];
    let options: Vec<&str> =
        words.iter().filter(|it| table.options.contains_key(it.0)).map(|it| it.1).collect();
    let options =
        if options.is_empty() { String::new() } else { format!(" {}", options.join(", ")) };
    format!("CREATE TABLE {} (\n{}\n){options}", quote(named_as), body.join(",\n"))
}

/// Name and type.
fn bare_definition(column: &Column) -> String {
    match &column.ty {
        Type::Native(ty) if !ty.is_empty() => format!("{} {ty}", quote(&column.name)),
        _ => quote(&column.name).into_owned(),
    }
}

fn definition(column: &Column) -> String {
    let mut text = bare_definition(column);
    if !column.null {
        text.push_str(" NOT NULL");
        text.push_str(&conflict(&column.options, "not_null_on_conflict"));
    }
    text.push_str(&tail(column));
    text
}

/// What follows the type and nullability.
fn tail(column: &Column) -> String {
    let mut text = String::new();
    if let Some(default) = &column.default {
        text.push_str(&format!(" DEFAULT {}", default_sql(&default.text)));
    }
    if let Some(collate) = &column.collate {
        text.push_str(&format!(" COLLATE {}", quote(collate)));
    }
    if let Some(generated) = &column.generated {
        let kept = if generated.stored { "STORED" } else { "VIRTUAL" };
        text.push_str(&format!(" GENERATED ALWAYS AS ({}) {kept}", generated.expr));
    }
    text
}

fn conflict(options: &crate::schema::Options, key: &str) -> String {
    options.get(key).map(|word| format!(" ON CONFLICT {}", word.to_uppercase())).unwrap_or_default()
}

fn inline_key(key: &PrimaryKey) -> String {
    let auto = if key.options.contains_key("autoincrement") { " AUTOINCREMENT" } else { "" };
    let conflict = conflict(&key.options, "on_conflict");
    named(key.name.as_ref(), format!("PRIMARY KEY{conflict}{auto}"))
}

fn key_clause(key: &PrimaryKey) -> String {
    let conflict = conflict(&key.options, "on_conflict");
    named(key.name.as_ref(), format!("PRIMARY KEY ({}){conflict}", parts(&key.columns)))
}

fn unique_clause(unique: &Unique) -> String {
    let conflict = conflict(&unique.options, "on_conflict");
    named(unique.name.as_ref(), format!("UNIQUE ({}){conflict}", parts(&unique.columns)))
}

fn check_clause(check: &Check) -> String {
    named(check.name.as_ref(), format!("CHECK ({})", check.expr))
}

fn foreign_key_clause(key: &ForeignKey) -> String {
    let columns = names(&key.columns);
    named(key.name.as_ref(), format!("FOREIGN KEY ({columns}) {}", references(key)))
}

fn references(key: &ForeignKey) -> String {
    let mut text = format!("REFERENCES {}", name(&key.table));
    if !key.referenced.is_empty() {
        text.push_str(&format!(" ({})", names(&key.referenced)));
    }
    if let Some(matching) = &key.matching {
        text.push_str(&format!(" MATCH {matching}"));
    }
    if key.on_delete != Action::NoAction {
        text.push_str(&format!(" ON DELETE {}", key.on_delete.sql()));
    }
    if key.on_update != Action::NoAction {
        text.push_str(&format!(" ON UPDATE {}", key.on_update.sql()));
    }
    match key.deferral {
        Some(Deferral::InitiallyDeferred) => text.push_str(" DEFERRABLE INITIALLY DEFERRED"),
        Some(Deferral::InitiallyImmediate) => text.push_str(" DEFERRABLE INITIALLY IMMEDIATE"),
        None => {}
    }
    text
}

fn named(name: Option<&ConstraintName>, clause: String) -> String {
    match name {
        Some(name) => format!("CONSTRAINT {} {clause}", quote(&name.text)),
        None => clause,
    }
}

fn names(columns: &[String]) -> String {
    let quoted: Vec<String> = columns.iter().map(|column| quote(column).into_owned()).collect();
    quoted.join(", ")
}

fn create_indexes(table: &Table) -> impl Iterator<Item = String> {
    table.indexes.iter().map(|index| create_index(&table.name, index))
}

fn create_index(table: &Name, index: &Index) -> String {
    let unique = if index.unique { "UNIQUE " } else { "" };
    let (index_name, table) = (quote(&index.name.text), name(table));
    let mut text =
        format!("CREATE {unique}INDEX {index_name} ON {table} ({})", parts(&index.parts));
    if let Some(predicate) = &index.predicate {
        text.push_str(&format!(" WHERE {predicate}"));
    }
    text
}

fn parts(parts: &[IndexPart]) -> String {
    let part = |part: &IndexPart| {
        let mut text =
            if part.expression { part.text.clone() } else { quote(&part.text).into_owned() };
        if let Some(collate) = &part.collate {
            text.push_str(&format!(" COLLATE {}", quote(collate)));
        }
        if part.descending {
            text.push_str(" DESC");
        }
        text
    };
    parts.iter().map(part).collect::<Vec<String>>().join(", ")
}
