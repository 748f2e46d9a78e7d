//! One spelling for all that a SQLite schema can say in several ways. Whatever is done here leaves
//! the meaning alone, so it complains of nothing and is the same for models and databases.

use std::collections::BTreeMap;

use super::super::expr;
use super::super::types::{collation, fold};
use crate::schema::{
    Column, Deferral, Expr, ForeignKey, IndexPart, Name, Options, Schema, Table, Type,
};

/// Gives everything its one spelling.
pub(in super::super) fn settle(schema: &mut Schema) {
    for table in schema.tables.values_mut() {
        settle_table(table);
    }
    settle_references(schema);
}

fn settle_table(table: &mut Table) {
    let names: Vec<String> = table.columns.iter().map(|column| column.name.clone()).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    for column in &mut table.columns {
        settle_column(column, &names);
    }
    let collations = collations(table);
    let parts = |parts: &mut Vec<IndexPart>| {
        parts.iter_mut().for_each(|part| settle_part(part, &names, &collations));
    };
    if let Some(key) = &mut table.primary_key {
        parts(&mut key.columns);
        conflict(&mut key.options, "on_conflict");
    }
    for unique in &mut table.uniques {
        parts(&mut unique.columns);
        conflict(&mut unique.options, "on_conflict");
    }
    for check in &mut table.checks {
        settle_expr(&mut check.expr, &names);
    }
    for index in &mut table.indexes {
        parts(&mut index.parts);
        index.predicate.iter_mut().for_each(|predicate| settle_expr(predicate, &names));
    }
    for key in &mut table.foreign_keys {
        key.columns.iter_mut().for_each(|column| spell(column, &names));
    }
    settle_key(table);
}

fn settle_expr(expr: &mut Expr, names: &[&str]) {
    expr.text = expr::canonical(&expr.text, names);
}

fn settle_column(column: &mut Column, names: &[&str]) {
    if let Type::Native(text) = &mut column.ty {
        *text = fold(text);
    }
    column.default =
        column.default.take().and_then(|it| expr::canonical_default(&it.text)).map(Expr::new);
    if let Some(generated) = &mut column.generated {
        settle_expr(&mut generated.expr, names);
    }
    column.collate = column.collate.take().map(|name| collation(&name)).filter(|it| it != "BINARY");
    conflict(&mut column.options, "not_null_on_conflict");
}

/// The columns' own collations, where they have one.
fn collations(table: &Table) -> BTreeMap<String, String> {
    let own = |column: &Column| Some((column.name.clone(), column.collate.clone()?));
    table.columns.iter().filter_map(own).collect()
}

/// Aborting is what every conflict does if nothing is said.
fn conflict(options: &mut Options, key: &str) {
    if let Some(word) = options.get_mut(key) {
        word.make_ascii_uppercase();
        if word == "ABORT" {
            options.remove(key);
        }
    }
}

fn spell(name: &mut String, names: &[&str]) {
    if let Some(column) = names.iter().find(|column| column.eq_ignore_ascii_case(name)) {
        *name = (*column).to_owned();
    }
}

fn settle_part(part: &mut IndexPart, names: &[&str], collations: &BTreeMap<String, String>) {
    if part.expression {
        let (text, collate) = expr::index_part(&part.text, names);
        part.collate = part.collate.take().or(collate);
        let plain = crate::sql::unquote(&text);
        part.expression = !names.contains(&plain.as_str()) || text.starts_with('\'');
        part.text = if part.expression { text } else { plain };
    } else {
        spell(&mut part.text, names);
    }
    let own = if part.expression { None } else { collations.get(&part.text) };
    let own = own.map_or("BINARY", String::as_str);
    let whole = !part.expression;
    part.collate =
        part.collate.take().map(|name| collation(&name)).filter(|name| !(whole && name == own));
}

/// The column that is the row's number has a key that is no index: it has no order, no collation
/// and never NULL.
fn settle_key(table: &mut Table) {
    let firm = ["without_rowid", "strict"].iter().any(|key| table.options.contains_key(*key));
    let numbers = numbers_rows(table);
    let Some(key) = &mut table.primary_key else { return };
    if numbers {
        key.columns.iter_mut().for_each(|part| part.collate = None);
        key.name = key.name.take().filter(|name| name.given);
    }
    if numbers || firm {
        for part in &key.columns {
            let column = table.columns.iter_mut().find(|column| column.name == part.text);
            column.into_iter().for_each(|column| column.null = false);
        }
    }
}

/// Whether the primary key is the row's number.
pub(in super::super) fn numbers_rows(table: &Table) -> bool {
    let [part] = table.primary_key.as_ref().map_or(&[][..], |key| &key.columns) else {
        return false;
    };
    let integer = Type::Native("INTEGER".into());
    !part.descending
        && !table.options.contains_key("without_rowid")
        && table.column(&part.text).is_some_and(|column| column.ty == integer)
}

/// Spells references as the tables they lead to, and says the columns they leave out.
fn settle_references(schema: &mut Schema) {
    let by_name: BTreeMap<String, Name> =
        schema.tables.keys().map(|name| (name.name.to_ascii_lowercase(), name.clone())).collect();
    let mut all: Vec<(Name, Vec<ForeignKey>)> = Vec::new();
    for table in schema.tables.values_mut().filter(|table| !table.foreign_keys.is_empty()) {
        all.push((table.name.clone(), std::mem::take(&mut table.foreign_keys)));
    }
    for key in all.iter_mut().flat_map(|(_, keys)| keys) {
        settle_reference(key);
        let target = by_name.get(&key.table.name.to_ascii_lowercase());
        if let Some(target) = target.and_then(|name| schema.tables.get(name)) {
            lead(key, target);
        }
    }
    for (name, keys) in all {
        schema.tables.entry(name).and_modify(|table| table.foreign_keys = keys);
    }
}

fn settle_reference(key: &mut ForeignKey) {
    let matching = key.matching.take().map(|word| word.to_ascii_uppercase());
    key.matching = matching.filter(|word| word != "SIMPLE");
    // SQLite cannot defer a key later, so to be able to means nothing.
    key.deferral = key.deferral.filter(|it| *it == Deferral::InitiallyDeferred);
}

fn lead(key: &mut ForeignKey, target: &Table) {
    key.table = target.name.clone();
    let names: Vec<&str> = target.columns.iter().map(|column| column.name.as_str()).collect();
    key.referenced.iter_mut().for_each(|column| spell(column, &names));
    if key.referenced.is_empty() {
        let parts = target.primary_key.iter().flat_map(|it| &it.columns);
        key.referenced = parts.map(|part| part.text.clone()).collect();
    }
}
