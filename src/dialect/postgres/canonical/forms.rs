//! Expressions get the form by which they are compared; the author's text stays.

use std::collections::{BTreeMap, BTreeSet};

use super::super::Postgres;
use super::super::expr::{Scope, form, frozen_moment, is_null};
use super::super::types::{quote, written};
use super::opclass;
use super::report::{About, Reports};
use crate::schema::{Expr, IndexPart, Name, Schema, Table, Type};
use crate::sql::{Syntax, TokenKind, tokens, unquote};

/// Gives every expression its form.
pub(super) fn settle(schema: &mut Schema, postgres: &Postgres, reports: &mut Reports<'_>) {
    let enums: BTreeSet<String> = schema.enums.keys().map(written).collect();
    let inherited: BTreeMap<Name, BTreeMap<String, String>> = schema
        .tables
        .values()
        .filter(|table| is_child(table))
        .map(|table| (table.name.clone(), columns(schema, table)))
        .collect();
    let (version, namespace) = (postgres.version, postgres.home.clone().into_owned());
    let mut scope = Scope { enums, namespace, version, ..Scope::default() };
    for table in schema.tables.values_mut() {
        scope.columns = match inherited.get(&table.name) {
            Some(columns) => columns.clone(),
            None => own_columns(table).collect(),
        };
        settle_table(table, &mut scope, reports);
    }
}

fn is_child(table: &Table) -> bool {
    table.options.contains_key("partition_of") || table.options.contains_key("inherits")
}

fn own_columns(table: &Table) -> impl Iterator<Item = (String, String)> {
    table.columns.iter().map(|column| (column.name.clone(), type_text(&column.ty)))
}

/// The columns of a table, with those of its parents.
fn columns(schema: &Schema, table: &Table) -> BTreeMap<String, String> {
    let mut found: BTreeMap<String, String> = BTreeMap::new();
    let (mut seen, mut open) = (BTreeSet::new(), vec![table]);
    while let Some(table) = open.pop() {
        if !seen.insert(&table.name) {
            continue;
        }
        found.extend(own_columns(table));
        let options = ["partition_of", "inherits"].iter().filter_map(|key| table.options.get(*key));
        let parents = options.flat_map(|names| names.split(", "));
        open.extend(parents.filter_map(|name| schema.tables.get(&Name::from(name))));
    }
    found
}

/// A type as `format_type` prints it.
pub(super) fn type_text(ty: &Type) -> String {
    match ty {
        Type::Enum(name) => written(name),
        Type::Array(item) => format!("{}[]", type_text(item)),
        ty => ty.spelled().into_owned(),
    }
}

fn settle_table(table: &mut Table, scope: &mut Scope, reports: &mut Reports<'_>) {
    for column in &mut table.columns {
        scope.assigned = Some(type_text(&column.ty));
        column.default = column.default.take().filter(|it| !is_null(&it.text, scope));
        let frozen = column.default.as_ref().and_then(|it| frozen_moment(&it.text, scope));
        if let Some(word) = frozen {
            let what = format!("reads '{word}' once, when the table is made");
            let help = "use `now()`, `CURRENT_DATE` or the like";
            reports.lacks(&table.name, About::Column(&column.name), &what, help);
        }
        column.default.iter_mut().for_each(|it| settle_expr(it, scope));
        column.generated.iter_mut().for_each(|it| settle_expr(&mut it.expr, scope));
    }
    scope.assigned = None;
    table.checks.iter_mut().for_each(|it| settle_expr(&mut it.expr, scope));
    for exclude in &mut table.excludes {
        let using = exclude.using.as_deref().unwrap_or("btree");
        exclude.elements.iter_mut().for_each(|it| settle_element(it, using, scope));
        exclude.predicate.iter_mut().for_each(|it| settle_expr(it, scope));
    }
    for index in &mut table.indexes {
        index.parts.iter_mut().for_each(|it| settle_part(it, scope));
        index.predicate.iter_mut().for_each(|it| settle_expr(it, scope));
    }
}

fn settle_expr(expr: &mut Expr, scope: &Scope) {
    expr.form = Some(form(&expr.text, scope));
}

fn settle_part(part: &mut IndexPart, scope: &Scope) {
    if part.expression {
        part.form = Some(form(&part.text, scope));
    }
}

/// `room WITH =`, `lower(name) text_pattern_ops WITH =`: what is compared, and how.
fn settle_element(element: &mut Expr, using: &str, scope: &Scope) {
    let all: Vec<_> = tokens(&element.text, Syntax::POSTGRES).collect();
    let word = |it: &&crate::sql::Token| {
        it.kind == TokenKind::Word && element.text[it.range.clone()].eq_ignore_ascii_case("with")
    };
    let Some(with) = all.iter().rfind(word) else { return };
    let (before, after) = (&element.text[..with.range.start], &element.text[with.range.end..]);
    let operator: String = after.split_whitespace().collect();
    element.form = Some(format!("{} WITH {operator}", compared(before.trim(), using, scope)));
}

/// The column or expression, and the words behind it that say how.
fn compared(text: &str, using: &str, scope: &Scope) -> String {
    let all = tokens(text, Syntax::POSTGRES).filter(|it| it.kind != TokenKind::Space);
    let all: Vec<_> = all.collect();
    let Some(first) = all.first() else { return String::new() };
    let named = matches!(first.kind, TokenKind::Word | TokenKind::Quoted);
    let called = all.get(1).is_some_and(|it| &text[it.range.clone()] == "(");
    let end = match (named, called) {
        (true, false) => first.range.end,
        _ => {
            let mut depth = 0_i32;
            let close = all.iter().find(|it| {
                match &text[it.range.clone()] {
                    "(" => depth += 1,
                    ")" => depth -= 1,
                    _ => return false,
                }
                depth == 0
            });
            close.map_or(text.len(), |it| it.range.end)
        }
    };
    let column = match first.kind {
        TokenKind::Quoted => unquote(&text[..end]),
        _ => text[..end].to_lowercase(),
    };
    let ty = scope.columns.get(&column).filter(|_| named && !called);
    let what = match ty {
        Some(_) => quote(&column).into_owned(),
        None => form(&text[..end], scope),
    };
    let usual = |class: &str| match ty {
        Some(ty) if !scope.enums.contains(ty) => {
            opclass::is_usual(class, using, &Type::Native(ty.clone()))
        }
        _ => opclass::is_usual_somewhere(class, using),
    };
    let rest = text[end..].to_ascii_lowercase();
    let rest = rest.split_whitespace().filter(|word| *word != "asc" && !usual(word));
    std::iter::once(what.as_str()).chain(rest).collect::<Vec<_>>().join(" ")
}
