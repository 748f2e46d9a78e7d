//! Expressions get the form by which they are compared; the author's text stays.

use super::super::Mysql;
use super::super::expr::{Scope, form};
use crate::schema::{Expr, Schema, Table};
use crate::sql::{Syntax, TokenKind, tokens};

/// Gives every expression its form.
pub(super) fn settle(schema: &mut Schema, mysql: &Mysql) {
    for table in schema.tables.values_mut() {
        settle_table(table, mysql);
    }
}

fn settle_table(table: &mut Table, mysql: &Mysql) {
    let scope = Scope::new(table.columns.iter().map(|column| column.name.as_str()));
    let give = |expr: &mut Expr| {
        if let Some(form) = form(mysql, &expr.text, &scope) {
            expr.form = Some(form);
        }
    };
    for column in &mut table.columns {
        column.default.iter_mut().filter(|it| is_expression(it)).for_each(give);
        column.generated.iter_mut().for_each(|it| give(&mut it.expr));
    }
    table.checks.iter_mut().for_each(|check| give(&mut check.expr));
    let parts = table.indexes.iter_mut().flat_map(|index| &mut index.parts);
    for part in parts.filter(|part| part.expression) {
        part.form = form(mysql, &part.text, &scope);
    }
}

/// Literals have one spelling already, and that is their form; so have those that stand in
/// parentheses because their type is long.
fn is_expression(default: &Expr) -> bool {
    let Some(inner) = default.text.strip_prefix('(').and_then(|text| text.strip_suffix(')')) else {
        return false;
    };
    let mut all = tokens(inner, Syntax::MYSQL);
    let literal = all.next().is_some_and(|token| {
        matches!(token.kind, TokenKind::String | TokenKind::Number) && all.next().is_none()
    });
    !literal
}
