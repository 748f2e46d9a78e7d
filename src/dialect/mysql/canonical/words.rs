//! Names in the author's expressions that stand without quotes because other databases need none.

use super::super::reserved::is_reserved;
use super::super::types::quote;
use crate::dialect::report::About;
use crate::schema::Table;
use crate::sql::{Spelling, Syntax, Token, TokenKind, names, rename_column, tokens};

/// Reserved words that have a meaning inside an expression, and so may be no names.
const SPOKEN: [&str; 44] = [
    "and",
    "as",
    "between",
    "binary",
    "both",
    "by",
    "case",
    "char",
    "collate",
    "convert",
    "current_date",
    "current_time",
    "current_timestamp",
    "current_user",
    "decimal",
    "default",
    "distinct",
    "div",
    "double",
    "else",
    "exists",
    "false",
    "float",
    "for",
    "from",
    "in",
    "interval",
    "is",
    "leading",
    "like",
    "localtime",
    "localtimestamp",
    "mod",
    "not",
    "null",
    "or",
    "regexp",
    "rlike",
    "then",
    "trailing",
    "true",
    "unsigned",
    "when",
    "xor",
];

/// Servers write a quote in a text with a backslash; it is written twice as elsewhere.
pub(super) fn double_quotes(table: &mut Table) {
    for text in texts(table).into_iter().filter(|text| text.contains("\\'")) {
        *text = doubled(text);
    }
}

/// What of a table joins texts as standard SQL does, by its name: here that means OR.
pub(super) fn joined(table: &Table) -> Vec<About<'_>> {
    let checks = table.checks.iter().map(|it| (About::Named(it.name.as_ref()), &it.expr.text));
    let computed = table.columns.iter().flat_map(|column| {
        let exprs = column.generated.iter().map(|it| &it.expr).chain(&column.default);
        exprs.map(|it| (About::Column(&column.name), &it.text))
    });
    let parts = table.indexes.iter().flat_map(|index| {
        let parts = index.parts.iter().filter(|part| part.expression);
        parts.map(|part| (About::Named(Some(&index.name)), &part.text))
    });
    let joins = |text: &str| {
        let is = |token: Token| token.kind == TokenKind::Symbol && &text[token.range] == "||";
        tokens(text, Syntax::MYSQL).any(is)
    };
    let all = checks.chain(computed).chain(parts);
    all.filter(|(_, text)| joins(text)).map(|(about, _)| about).collect()
}

/// The expressions of a table, but for defaults.
fn texts(table: &mut Table) -> Vec<&mut String> {
    let checks = table.checks.iter_mut().map(|check| &mut check.expr.text);
    let computed = table.columns.iter_mut().filter_map(|column| column.generated.as_mut());
    let parts = table.indexes.iter_mut().flat_map(|index| &mut index.parts);
    let parts = parts.filter(|part| part.expression).map(|part| &mut part.text);
    checks.chain(computed.map(|it| &mut it.expr.text)).chain(parts).collect()
}

fn doubled(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    for token in tokens(text, Syntax::MYSQL) {
        let part = &text[token.range];
        if token.kind != TokenKind::String {
            result.push_str(part);
            continue;
        }
        let mut letters = part.chars();
        while let Some(letter) = letters.next() {
            match if letter == '\\' { letters.next() } else { None } {
                Some('\'') => result.push_str("''"),
                next => result.extend([letter].into_iter().chain(next)),
            }
        }
    }
    result
}

/// Puts quotes around names of columns that are reserved words here.
pub(super) fn quote_columns(table: &mut Table) {
    let reserved = |name: &String| {
        let name = name.to_ascii_lowercase();
        is_reserved(&name) && SPOKEN.binary_search(&name.as_str()).is_err()
    };
    let columns = table.columns.iter().map(|column| column.name.clone());
    let columns: Vec<String> = columns.filter(reserved).collect();
    if columns.is_empty() {
        return;
    }
    let spelling = Spelling { syntax: Syntax::MYSQL, quote: |name| quote(name).into_owned() };
    for text in texts(table) {
        for column in &columns {
            if names(text, spelling.syntax).any(|name| name.eq_ignore_ascii_case(column)) {
                *text = rename_column(text, (column, column), spelling);
            }
        }
    }
}
