//! Enumerated types: labels come and change their names in place; for the rest the type is made
//! anew and the columns move over.

use std::collections::{BTreeMap, BTreeSet};

use super::super::standing;
use super::super::types::{quote, written};
use super::{actions, beside, comment, text, type_of};
use crate::op::ReplaceEnum;
use crate::schema::{Column, Enum, Expr, Name, Type};
use crate::sql::label::spoken;
use crate::sql::{Syntax, literal};

/// The widest line of labels.
const WIDTH: usize = 80;

/// A new type, with its comment and all that it had when it was there before.
pub(super) fn create(it: &Enum) -> Vec<String> {
    let labels: Vec<String> = it.labels.iter().map(|label| literal(label)).collect();
    let name = written(&it.name);
    let line = format!("CREATE TYPE {name} AS ENUM ({})", labels.join(", "));
    let create = match line.len() <= WIDTH {
        true => line,
        false => format!("CREATE TYPE {name} AS ENUM (\n    {}\n)", labels.join(",\n    ")),
    };
    let said = it.comment.as_ref().map(|said| comment("TYPE", &name, Some(said)));
    let standing = standing::of_type(&it.name, &it.standing);
    std::iter::once(create).chain(said).chain(standing).collect()
}

/// New labels come, each where it belongs.
pub(super) fn alter(old: &Enum, new: &Enum) -> Vec<String> {
    let name = written(&new.name);
    let mut statements = Vec::new();
    let mut known: BTreeSet<&String> = old.labels.iter().collect();
    let last = old.labels.last();
    let end = new.labels.iter().rposition(|label| Some(label) == last);
    for (at, label) in new.labels.iter().enumerate() {
        if !known.insert(label) {
            continue;
        }
        let inside = end.is_some_and(|end| at < end);
        let next = new.labels[at + 1..].iter().find(|next| known.contains(next));
        let place = match (at.checked_sub(1), next) {
            (Some(before), _) if inside => format!(" AFTER {}", literal(&new.labels[before])),
            (None, Some(next)) if inside => format!(" BEFORE {}", literal(next)),
            _ => String::new(),
        };
        statements.push(format!("ALTER TYPE {name} ADD VALUE {}{place}", literal(label)));
    }
    if old.comment != new.comment {
        statements.push(comment("TYPE", &name, new.comment.as_deref()));
    }
    statements
}

/// A label changes its name.
pub(super) fn rename_label(name: &Name, old: &str, new: &str) -> String {
    let name = written(name);
    format!("ALTER TYPE {name} RENAME VALUE {} TO {}", literal(old), literal(new))
}

/// The type is made anew under its name. Rows with a label that goes are found first, so that the
/// error says where they are.
pub(super) fn replace(it: &ReplaceEnum) -> Vec<String> {
    let old = format!("autogen_old_{}", it.old.name.name);
    let gone = it.old.labels.iter().filter(|label| !it.new.labels.contains(label));
    let gone: Vec<String> = gone.cloned().collect();
    let mut statements = Vec::new();
    if !gone.is_empty() && left(it).next().is_some() {
        statements.push(refuse(it, &gone));
    }
    statements.push(format!("ALTER TYPE {} RENAME TO {}", written(&it.old.name), quote(&old)));
    statements.extend(create(&it.new));
    let mut tables: BTreeMap<&Name, Vec<&Column>> = BTreeMap::new();
    for (table, column) in &it.columns {
        tables.entry(table).or_default().push(column);
    }
    for (table, columns) in tables {
        let using = |column: &Column| it.using.get(&(table.clone(), column.name.clone()));
        let moves = columns.into_iter().flat_map(|column| moved(column, &gone, using(column)));
        statements.extend(actions(table, moves));
    }
    statements.push(format!("DROP TYPE {}", written(&beside(&it.old.name, &old))));
    statements
}

/// The columns whose values stay as they are.
fn left(it: &ReplaceEnum) -> impl Iterator<Item = &(Name, Column)> {
    let mapped = |(table, column): &&(Name, Column)| {
        it.using.contains_key(&(table.clone(), column.name.clone()))
    };
    it.columns.iter().filter(move |column| !mapped(column))
}

/// A block that stops where a row still has a label that goes.
fn refuse(it: &ReplaceEnum, gone: &[String]) -> String {
    let labels: Vec<String> = gone.iter().map(|label| literal(label)).collect();
    let labels = labels.join(", ");
    let checks = left(it).map(|(table, column)| {
        let quoted = quote(&column.name);
        let has = match &column.ty {
            Type::Array(_) => format!("{quoted}::text[] && ARRAY[{labels}]"),
            _ => format!("{quoted}::text IN ({labels})"),
        };
        let message = format!(
            "{table}.{} still holds a label that {} loses: {}",
            column.name,
            it.new.name,
            gone.join(", ")
        );
        format!(
            "    IF EXISTS (SELECT FROM {} WHERE {has}) THEN\n        RAISE EXCEPTION USING\n            \
             MESSAGE = {},\n            HINT = 'Give these rows another label first.';\n    END IF;",
            written(table),
            literal(&message)
        )
    });
    text::block(&checks.collect::<Vec<String>>().join("\n"))
}

/// The actions that move a column to the new type, by way of text.
fn moved(column: &Column, gone: &[String], using: Option<&Expr>) -> Vec<String> {
    let alter = format!("ALTER COLUMN {}", quote(&column.name));
    let ty = type_of(&column.ty);
    let text = if matches!(column.ty, Type::Array(_)) { "text[]" } else { "text" };
    let mut actions = Vec::new();
    actions.extend(column.default.as_ref().map(|_| format!("{alter} DROP DEFAULT")));
    let value = using.map_or_else(|| quote(&column.name).into_owned(), |it| format!("({it})"));
    actions.push(format!("{alter} TYPE {ty} USING {value}::{text}::{ty}"));
    // A default that is a label which goes: the change of the column that comes gives another.
    let stays = |expr: &&Expr| {
        !spoken(&expr.text, Syntax::POSTGRES).iter().any(|label| gone.contains(label))
    };
    let kept = column.default.as_ref().filter(stays);
    actions.extend(kept.map(|expr| format!("{alter} SET DEFAULT {}", text::default(&expr.text))));
    actions
}
