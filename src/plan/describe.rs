//! What an op does, in a line that a person understands.

use crate::op::{Change, Op, Part};
use crate::schema::{
    Action, Column, Deferral, Enum, ForeignKey, Identity, IndexPart, Options, PrimaryKey, Table,
    Type,
};
use crate::sql::literal;

/// An op in a line a person understands: `+` comes, `-` goes, `~` changes. A table that is made
/// anew is described by the changes that made it necessary.
pub fn describe(op: &Op) -> Vec<String> {
    match op {
        Op::CreateNamespace(name) => vec![format!("+ schema {name}")],
        Op::DropNamespace(name) => vec![format!("- schema {name}")],
        Op::RenameNamespace { old, new } => vec![format!("~ schema {old} is now {new}")],
        Op::ReplaceEnum(it) => vec![describe_enum(&it.old, &it.new)],
        Op::CreateEnum(it) => vec![format!("+ enum {} ({})", it.name, it.labels.join(", "))],
        Op::DropEnum(it) => vec![format!("- enum {}", it.name)],
        Op::AlterEnum { old, new } => vec![describe_enum(old, new)],
        Op::RenameEnum { old, new } => vec![format!("~ enum {old} is now {new}")],
        Op::RenameLabel { name, old, new } => {
            vec![format!("~ label {} of enum {name} is now {}", literal(old), literal(new))]
        }
        Op::CreateTable(table) => vec![format!("+ table {} ({})", table.name, contents(table))],
        Op::DropTable(table) => vec![format!("- table {} ({})", table.name, contents(table))],
        Op::RenameTable { old, new } => vec![format!("~ table {old} is now {new}")],
        Op::CreateObject(it) => vec![format!("+ {} {}", it.kind.noun(), it.name)],
        Op::DropObject(it) => vec![format!("- {} {}", it.kind.noun(), it.name)],
        Op::Rebuild(rebuild) => {
            let table = rebuild.new.name.to_string();
            rebuild.changes.iter().map(|change| describe_change(&table, change)).collect()
        }
        Op::Alter { table, change } => vec![describe_change(&table.to_string(), change)],
        Op::AlterTogether(it) => {
            let table = it.table.to_string();
            it.changes.iter().map(|change| describe_change(&table, change)).collect()
        }
    }
}

fn describe_enum(old: &Enum, new: &Enum) -> String {
    if old.labels == new.labels {
        return format!("~ comment of enum {}", new.name);
    }
    format!("~ enum {}: {} -> {}", new.name, old.labels.join(", "), new.labels.join(", "))
}

fn contents(table: &Table) -> String {
    let counts = [
        (table.columns.len(), "column", "columns"),
        (table.indexes.len(), "index", "indexes"),
        (table.uniques.len(), "unique constraint", "unique constraints"),
        (table.checks.len(), "check", "checks"),
        (table.foreign_keys.len(), "foreign key", "foreign keys"),
        (table.excludes.len(), "exclusion", "exclusions"),
    ];
    let words = counts
        .iter()
        .filter(|(count, ..)| *count > 0)
        .map(|(count, one, many)| format!("{count} {}", if *count == 1 { one } else { many }));
    words.collect::<Vec<String>>().join(", ")
}

fn describe_change(table: &str, change: &Change) -> String {
    match change {
        Change::AddColumn { column, .. } => format!("+ column {table}.{}", facets(column)),
        Change::DropColumn { column, .. } => format!("- column {table}.{}", column.name),
        Change::RenameColumn { old, new } => format!("~ column {table}.{old} is now {new}"),
        Change::AlterColumn { old, new, using: Some(using), .. } if old == new => {
            format!("~ values of {table}.{} by {using}", new.name)
        }
        Change::AlterColumn { old, new, .. } => {
            let said = |column: &Column, other: &Column| {
                let facets = facets(column);
                let facets = facets.split_once(' ').map_or("", |(_, facets)| facets).to_owned();
                std::iter::once(facets).chain(particulars(column, other)).collect::<Vec<_>>()
            };
            let (before, after) = (said(old, new).join(" "), said(new, old).join(" "));
            format!("~ column {table}.{}: {before} -> {after}", new.name)
        }
        Change::MapValues { column, values } => {
            let pairs = values.iter().map(|(old, new)| format!("'{old}' is now '{new}'"));
            let pairs: Vec<String> = pairs.collect();
            format!("~ values of {table}.{column}: {}", pairs.join(", "))
        }
        Change::PrimaryKey { old, new } => {
            let before = keyed(old.as_ref(), new.as_ref());
            format!("~ primary key of {table}: {before} -> {}", keyed(new.as_ref(), old.as_ref()))
        }
        Change::Add(part) => format!("+ {}", phrase(table, part)),
        Change::Drop(part) if part.is_broken() => {
            format!("- {} (invalid: its build failed)", phrase(table, part))
        }
        Change::Drop(part) => format!("- {}", phrase(table, part)),
        Change::Rename { old, new } if old.name() == new.name() => {
            let (before, after) = (kept(old, new), kept(new, old));
            format!("~ {}: {before} -> {after}", phrase(table, new))
        }
        Change::Rename { old, new } => {
            let was = old.name().unwrap_or("without a name");
            format!("~ {} {was} on {table} is now {}", new.noun(), new.name().unwrap_or(""))
        }
        Change::Validate { new, .. } => {
            format!("~ {} {} on {table} holds for all rows", new.noun(), new.name().unwrap_or(""))
        }
        Change::Partition(it) if it.attached => format!("~ table {table} becomes a partition"),
        Change::Partition(_) => format!("~ table {table} is no partition any more"),
        Change::Comment { .. } => format!("~ comment of {table}"),
        Change::Options { old, new } => {
            let (before, after) = (differing(old, new), differing(new, old));
            format!("~ options of {table}: {before} -> {after}")
        }
    }
}

/// The settings that the others have otherwise or not at all; a switch is its name alone.
fn settings(own: &Options, other: &Options) -> Vec<String> {
    let differs = own.iter().filter(|(key, value)| other.get(*key) != Some(*value));
    let word = |(key, value): (&String, &String)| match value.as_str() {
        "true" => key.clone(),
        value => format!("{key} {value}"),
    };
    differs.map(word).collect()
}

fn differing(own: &Options, other: &Options) -> String {
    or_none(settings(own, other))
}

fn or_none(words: Vec<String>) -> String {
    if words.is_empty() { "none".to_owned() } else { words.join(", ") }
}

/// What of a column is said only where it changes: its numbering, its settings, its comment.
fn particulars(column: &Column, other: &Column) -> Vec<String> {
    let mut words = Vec::new();
    let identity = column.identity.as_ref().filter(|_| column.identity != other.identity);
    words.extend(identity.map(numbered));
    words.extend(settings(&column.options, &other.options));
    let said = column.comment.as_ref().filter(|_| column.comment != other.comment);
    words.extend(said.map(|said| format!("COMMENT {}", literal(said))));
    words
}

fn numbered(identity: &Identity) -> String {
    let way = if identity.always { "ALWAYS" } else { "BY DEFAULT" };
    let options = settings(&identity.options, &Options::new());
    let options = (!options.is_empty()).then(|| format!(" ({})", options.join(", ")));
    format!("GENERATED {way} AS IDENTITY{}", options.unwrap_or_default())
}

/// A primary key beside another.
fn keyed(key: Option<&PrimaryKey>, other: Option<&PrimaryKey>) -> String {
    let Some(key) = key else { return "none".to_owned() };
    let names: Vec<&str> = key.columns.iter().map(|it| it.text.as_str()).collect();
    let mut text = format!("({})", names.join(", "));
    let none = Options::new();
    let settings = settings(&key.options, other.map_or(&none, |other| &other.options));
    for word in settings {
        let auto = word == "autoincrement";
        text.push_str(&format!(" {}", if auto { "AUTOINCREMENT" } else { &word }));
    }
    let named = other.is_some_and(|other| other.columns == key.columns && other.name != key.name);
    if let Some(name) = key.name.as_ref().filter(|_| named) {
        text.push_str(&format!(" named {name}"));
    }
    text
}

/// What a constraint or index has that another of its name has not.
fn kept(part: &Part, other: &Part) -> String {
    let options = |part: &Part| match part {
        Part::Unique(it) => it.options.clone(),
        Part::Check(it) => it.options.clone(),
        Part::ForeignKey(it) => it.options.clone(),
        Part::Exclude(it) => it.options.clone(),
        Part::Index(it) => {
            let said = it.comment.iter().map(|said| ("comment".to_owned(), said.clone()));
            it.options.clone().into_iter().chain(said).collect()
        }
    };
    let mut words = settings(&options(part), &options(other));
    if let (Part::ForeignKey(key), Part::ForeignKey(other)) = (part, other)
        && key.deferral != other.deferral
    {
        words.push(checked(key).to_owned());
    }
    or_none(words)
}

fn checked(key: &ForeignKey) -> &'static str {
    match key.deferral {
        None => "NOT DEFERRABLE",
        Some(Deferral::InitiallyImmediate) => "DEFERRABLE",
        Some(Deferral::InitiallyDeferred) => "DEFERRABLE INITIALLY DEFERRED",
    }
}

/// Columns and expressions of an index or key, with all that is said of their order.
fn listed(parts: &[IndexPart]) -> String {
    let text = |part: &IndexPart| {
        let collate = part.collate.as_ref().map(|name| format!(" COLLATE {name}"));
        let opclass = part.opclass.as_ref().map(|name| format!(" {name}"));
        let order = if part.descending { " DESC" } else { "" };
        let nulls = match part.nulls_first {
            Some(true) => " NULLS FIRST",
            Some(false) => " NULLS LAST",
            None => "",
        };
        let (collate, opclass) = (collate.unwrap_or_default(), opclass.unwrap_or_default());
        format!("{}{collate}{opclass}{order}{nulls}", part.text)
    };
    parts.iter().map(text).collect::<Vec<String>>().join(", ")
}

/// A constraint or index in a phrase: `unique constraint uq_users_email on users (email)`.
fn phrase(table: &str, part: &Part) -> String {
    let body = match part {
        Part::Unique(it) => format!("({})", listed(&it.columns)),
        Part::Check(it) => format!("({})", it.expr),
        Part::Exclude(it) => format!(
            "({})",
            it.elements.iter().map(|it| it.text.as_str()).collect::<Vec<_>>().join(", ")
        ),
        Part::Index(it) => {
            let using = it.using.as_ref().map(|method| format!("USING {method} "));
            let mut text = format!("{}({})", using.unwrap_or_default(), listed(&it.parts));
            if !it.include.is_empty() {
                text.push_str(&format!(" INCLUDE ({})", it.include.join(", ")));
            }
            text.push_str(if it.nulls_not_distinct { " NULLS NOT DISTINCT" } else { "" });
            text.extend(it.predicate.as_ref().map(|it| format!(" WHERE {it}")));
            text
        }
        Part::ForeignKey(it) => {
            let (columns, referenced) = (it.columns.join(", "), it.referenced.join(", "));
            let mut text = format!("({columns}) to {} ({referenced})", it.table);
            for (event, action) in [("DELETE", it.on_delete), ("UPDATE", it.on_update)] {
                if action != Action::NoAction {
                    text.push_str(&format!(" ON {event} {}", action.sql()));
                }
            }
            text
        }
    };
    let name = part.name().unwrap_or("without a name");
    format!("{} {name} on {table} {body}", part.noun())
}

/// A column in a phrase: `note TEXT NOT NULL DEFAULT ''`.
fn facets(column: &Column) -> String {
    let mut words = vec![column.name.clone()];
    let typed = !matches!(&column.ty, Type::Native(ty) if ty.is_empty());
    words.extend(typed.then(|| column.ty.spelled().into_owned()));
    words.push(if column.null { "NULL" } else { "NOT NULL" }.into());
    words.extend(column.default.as_ref().map(|default| format!("DEFAULT {default}")));
    words.extend(column.generated.as_ref().map(|it| {
        format!("GENERATED AS ({}) {}", it.expr, if it.stored { "STORED" } else { "VIRTUAL" })
    }));
    words.extend(column.collate.as_ref().map(|collate| format!("COLLATE {collate}")));
    words.join(" ")
}
