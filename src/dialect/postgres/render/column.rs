//! Columns: as a line of their table, and added later.

use super::super::standing;
use super::super::types::{quote, written};
use super::clause::clause;
use super::text::{self, collation, constant};
use super::{actions, comment, of, sequence, settings, type_of};
use crate::op::Part;
use crate::schema::{Column, Expr, Name, Options, Table};

/// A column as a line of its table.
pub(super) fn definition(table: &Name, column: &Column) -> String {
    let mut text = typed(table, column);
    text.push_str(&constraints(table, column, !column.null));
    text
}

/// A column of a partition: the parent has its type.
pub(super) fn inherited(table: &Name, column: &Column) -> String {
    format!("{}{}", quote(&column.name), constraints(table, column, !column.null))
}

/// Name, type and collation.
fn typed(table: &Name, column: &Column) -> String {
    let ty = match sequence::serial_type(table, column) {
        Some(word) => word.to_owned(),
        None => type_of(&column.ty),
    };
    let mut text = format!("{} {ty}", quote(&column.name));
    if let Some(collate) = &column.collate {
        text.push_str(&format!(" COLLATE {}", collation(collate)));
    }
    text
}

fn constraints(table: &Name, column: &Column, refuses_null: bool) -> String {
    let mut text = String::new();
    // Numbered columns refuse NULL anyway.
    let serial = sequence::serial_type(table, column).is_some();
    if refuses_null && column.identity.is_none() && !serial && !unproved(column) {
        text.push_str(" NOT NULL");
    }
    if let Some(identity) = &column.identity {
        text.push_str(&format!(" {}", sequence::identity(identity)));
    } else if let Some(generated) = &column.generated {
        let kept = if generated.stored { "STORED" } else { "VIRTUAL" };
        let expr = text::enclosed(&generated.expr.text);
        text.push_str(&format!(" GENERATED ALWAYS AS {expr} {kept}"));
    } else if let Some(default) = sequence::default(table, column).filter(|_| !serial) {
        text.push_str(&format!(" DEFAULT {}", text::default(&default)));
    }
    text
}

/// Whether rows that are there may hold NULL still, while new ones may not.
pub(super) fn unproved(column: &Column) -> bool {
    column.options.get("not_null").is_some_and(|word| word == "not_valid")
}

/// What of a new column its definition does not say: settings, NULL where the type refuses it.
pub(super) fn follow(table: &Name, column: &Column) -> Vec<String> {
    let alter = format!("ALTER COLUMN {}", quote(&column.name));
    let mut actions = Vec::new();
    if column.null && sequence::serial_type(table, column).is_some() {
        actions.push(format!("{alter} DROP NOT NULL"));
    }
    if unproved(column) {
        actions.push(format!("ADD NOT NULL {} NOT VALID", quote(&column.name)));
    }
    let set = |key: &str, word: &str| {
        let value = column.options.get(key);
        value.map(|value| format!("{alter} SET {word} {}", setting(value)))
    };
    actions.extend(set("storage", "STORAGE"));
    actions.extend(set("compression", "COMPRESSION"));
    actions.extend(set("statistics", "STATISTICS"));
    let parameters = settings::parameters(&Options::new(), &column.options);
    actions.extend(parameters.into_iter().map(|it| format!("{alter} {it}")));
    actions
}

/// The value of a setting: a word or a number.
pub(super) fn setting(value: &str) -> String {
    let plain = value.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if plain { value.to_uppercase() } else { quote(value).into_owned() }
}

/// The comment of a column, if it has one.
pub(super) fn said(table: &Name, column: &Column) -> Option<String> {
    let said = column.comment.as_deref()?;
    Some(comment("COLUMN", &of(table, &column.name), Some(said)))
}

/// A new column. Old rows get `fill`: by a default for the moment where it is a constant, which
/// costs nothing, else by an update.
pub(super) fn add(
    table: &Name,
    (column, fill): (&Column, Option<&Expr>),
    parts: &[Part],
) -> Vec<String> {
    let quoted = quote(&column.name);
    let default = sequence::default(table, column);
    let fill = fill.filter(|fill| default.as_deref() != Some(fill.text.as_str()));
    let mut statements: Vec<String> = sequence::before(table, column).into_iter().collect();
    let parts = parts.iter().map(|part| format!("ADD {}", clause(part)));
    let reset = default.as_ref().map_or_else(
        || format!("ALTER COLUMN {quoted} DROP DEFAULT"),
        |it| format!("ALTER COLUMN {quoted} SET DEFAULT {}", text::default(it)),
    );
    let mut rest = Vec::new();
    match fill {
        None => {
            let define = format!("ADD COLUMN {}", definition(table, column));
            statements.extend(actions(table, std::iter::once(define).chain(parts)));
        }
        Some(fill) if constant(&fill.text) => {
            let filled = Column { default: Some(fill.clone()), ..column.clone() };
            let define = format!("ADD COLUMN {}", definition(table, &filled));
            statements.extend(actions(table, [define]));
            rest.push(reset);
            rest.extend(parts);
        }
        Some(fill) => {
            let define = format!("ADD COLUMN {}", typed(table, column));
            statements.extend(actions(table, [define]));
            statements.push(format!("UPDATE {} SET {quoted} = {fill}", written(table)));
            rest.extend(default.is_some().then_some(reset));
            let refuses = !column.null && !unproved(column);
            rest.extend(refuses.then(|| format!("ALTER COLUMN {quoted} SET NOT NULL")));
            rest.extend(parts);
        }
    }
    rest.extend(follow(table, column));
    statements.extend(actions(table, rest));
    statements.extend(sequence::after(table, column));
    statements.extend(said(table, column));
    statements.extend(standing::of_column(table, column));
    statements
}

/// What of the columns of a new table follows its definition.
pub(super) fn settings(table: &Table) -> Vec<String> {
    actions(&table.name, table.columns.iter().flat_map(|column| follow(&table.name, column)))
}
