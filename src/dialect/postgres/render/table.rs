//! New tables, with all that belongs to them.

use super::super::types::{quote, written};
use super::{actions, column, comment, part, sequence, settings, text};
use crate::schema::{Name, Options, Table};

/// A new table: what stands in its definition, then what cannot, then the comments.
pub(super) fn create(table: &Table) -> Vec<String> {
    let name = &table.name;
    let columns = || table.columns.iter();
    let mut statements: Vec<String> =
        columns().filter_map(|column| sequence::before(name, column)).collect();
    statements.push(definition(table));
    statements.extend(columns().filter_map(|column| sequence::after(name, column)));
    statements.extend(column::settings(table));
    statements.extend(part::follow(table));
    statements.extend(actions(name, settings::marks(&Options::new(), &table.options)));
    let said = table.comment.as_deref();
    statements.extend(said.map(|said| comment("TABLE", &written(name), Some(said))));
    statements.extend(columns().filter_map(|column| column::said(name, column)));
    statements.extend(part::comments(table));
    statements
}

fn definition(table: &Table) -> String {
    let options = &table.options;
    let unlogged = if text::flag(options, "unlogged") { "UNLOGGED " } else { "" };
    let parent = options.get("partition_of").map(|parent| Name::from(parent.as_str()));
    let line = |it| match parent {
        Some(_) => column::inherited(&table.name, it),
        None => column::definition(&table.name, it),
    };
    let lines: Vec<String> = table.columns.iter().map(line).chain(part::clauses(table)).collect();
    let body = lines.join(",\n    ");
    let mut text = format!("CREATE {unlogged}TABLE {}", written(&table.name));
    if let Some(parent) = &parent {
        text.push_str(&format!(" PARTITION OF {}", written(parent)));
    }
    match lines.is_empty() {
        false => text.push_str(&format!(" (\n    {body}\n)")),
        true if parent.is_none() => text.push_str(" ()"),
        true => {}
    }
    if let Some(bound) = options.get("bound").filter(|_| parent.is_some()) {
        text.push_str(&format!(" {bound}"));
    }
    let parents = text::list(options, "inherits").into_iter().map(|it| written(&Name::from(it)));
    let parents: Vec<String> = parents.collect();
    if !parents.is_empty() {
        text.push_str(&format!(" INHERITS ({})", parents.join(", ")));
    }
    if let Some(key) = options.get("partition_by") {
        text.push_str(&format!(" PARTITION BY {key}"));
    }
    if let Some(method) = options.get("access_method") {
        text.push_str(&format!(" USING {}", quote(method)));
    }
    text.push_str(&text::with(options));
    if let Some(space) = options.get("tablespace") {
        text.push_str(&format!(" TABLESPACE {}", quote(space)));
    }
    text
}
