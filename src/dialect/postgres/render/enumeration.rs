//! Enumerated types: labels come and change their names in place; for the rest the type is made
//! anew and the columns move over.

use std::collections::{BTreeMap, BTreeSet};

use super::super::standing;
use super::super::types::{quote, written};
use super::{actions, beside, comment, text, type_of};
use crate::op::ReplaceEnum;
use crate::schema::{Column, Enum, Name, Type};
use crate::sql::{Syntax, TokenKind, literal, tokens, unquote};

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

/// Labels change their names, then new ones come, each where it belongs.
pub(super) fn alter(old: &Enum, new: &Enum, renamed: &BTreeMap<String, String>) -> Vec<String> {
    let name = written(&new.name);
    let mut statements = rename_labels(&name, renamed);
    let after = |label: &String| renamed.get(label).unwrap_or(label).clone();
    let mut known: BTreeSet<String> = old.labels.iter().map(after).collect();
    let last = old.labels.last().map(after);
    let end = new.labels.iter().rposition(|label| Some(label) == last.as_ref());
    for (at, label) in new.labels.iter().enumerate() {
        if !known.insert(label.clone()) {
            continue;
        }
        let inside = end.is_some_and(|end| at < end);
        let next = new.labels[at + 1..].iter().find(|next| known.contains(*next));
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

fn rename_labels(name: &str, renamed: &BTreeMap<String, String>) -> Vec<String> {
    let pairs = renamed.iter();
    let rename = |(old, new): (&String, &String)| {
        format!("ALTER TYPE {name} RENAME VALUE {} TO {}", literal(old), literal(new))
    };
    pairs.map(rename).collect()
}

/// The type is made anew under its name. Rows with a label that goes are found first, so that the
/// error says where they are.
pub(super) fn replace(it: &ReplaceEnum) -> Vec<String> {
    let old = format!("autogen_old_{}", it.old.name.name);
    let after = |label: &String| it.renamed.get(label).unwrap_or(label).clone();
    let gone: Vec<String> =
        it.old.labels.iter().map(after).filter(|label| !it.new.labels.contains(label)).collect();
    let mut statements = rename_labels(&written(&it.old.name), &it.renamed);
    if !gone.is_empty() && !it.columns.is_empty() {
        statements.push(refuse(it, &gone));
    }
    statements.push(format!("ALTER TYPE {} RENAME TO {}", written(&it.old.name), quote(&old)));
    statements.extend(create(&it.new));
    let mut tables: BTreeMap<&Name, Vec<&Column>> = BTreeMap::new();
    for (table, column) in &it.columns {
        tables.entry(table).or_default().push(column);
    }
    for (table, columns) in tables {
        let moves = columns.into_iter().flat_map(|column| moved(it, column, &gone));
        statements.extend(actions(table, moves));
    }
    statements.push(format!("DROP TYPE {}", written(&beside(&it.old.name, &old))));
    statements
}

/// A block that stops where a row still has a label that goes.
fn refuse(it: &ReplaceEnum, gone: &[String]) -> String {
    let labels: Vec<String> = gone.iter().map(|label| literal(label)).collect();
    let labels = labels.join(", ");
    let checks = it.columns.iter().map(|(table, column)| {
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
fn moved(it: &ReplaceEnum, column: &Column, gone: &[String]) -> Vec<String> {
    let alter = format!("ALTER COLUMN {}", quote(&column.name));
    let ty = type_of(&column.ty);
    let text = if matches!(column.ty, Type::Array(_)) { "text[]" } else { "text" };
    let mut actions = Vec::new();
    actions.extend(column.default.as_ref().map(|_| format!("{alter} DROP DEFAULT")));
    actions.push(format!("{alter} TYPE {ty} USING {}::{text}::{ty}", quote(&column.name)));
    let default = column.default.as_ref().map(|expr| relabelled(&expr.text, &it.renamed));
    // A default that is a label which goes: the change of the column that comes gives another.
    let kept = default.filter(|expr| !labels(expr).iter().any(|label| gone.contains(label)));
    actions.extend(kept.map(|expr| format!("{alter} SET DEFAULT {}", text::default(&expr))));
    actions
}

/// The elements of an array literal; what is none is its own only element.
fn elements(string: &str) -> Vec<String> {
    let Some(inner) = string.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) else {
        return vec![string.to_owned()];
    };
    let (mut items, mut quoted, mut escaped) = (vec![String::new()], false, false);
    for letter in inner.chars() {
        let Some(item) = items.last_mut() else { continue };
        match letter {
            '\\' if !escaped => escaped = true,
            '"' if !escaped => quoted = !quoted,
            ',' if !escaped && !quoted => items.push(String::new()),
            letter => (escaped, _) = (false, item.push(letter)),
        }
    }
    items.iter().map(|item| item.trim().to_owned()).collect()
}

/// An element of an array literal.
fn element(label: &str) -> String {
    format!("\"{}\"", label.replace('\\', "\\\\").replace('"', "\\\""))
}

/// The labels that a default speaks of.
fn labels(expr: &str) -> Vec<String> {
    let strings = tokens(expr, Syntax::POSTGRES).filter(|token| token.kind == TokenKind::String);
    strings.flat_map(|token| elements(&unquote(&expr[token.range]))).collect()
}

/// A default, with renamed labels under their new names.
fn relabelled(expr: &str, renamed: &BTreeMap<String, String>) -> String {
    let mut result = String::with_capacity(expr.len());
    for token in tokens(expr, Syntax::POSTGRES) {
        let part = &expr[token.range];
        if token.kind != TokenKind::String {
            result.push_str(part);
            continue;
        }
        let string = unquote(part);
        let items = elements(&string);
        let after = |item: &String| renamed.get(item).unwrap_or(item).clone();
        if items.iter().all(|item| !renamed.contains_key(item)) {
            result.push_str(part);
        } else if string.starts_with('{') {
            let items: Vec<String> = items.iter().map(|item| element(&after(item))).collect();
            result.push_str(&literal(&format!("{{{}}}", items.join(","))));
        } else {
            result.push_str(&literal(&after(&string)));
        }
    }
    result
}
