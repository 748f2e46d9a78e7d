//! What of a table a change speaks of.

use std::collections::BTreeSet;

use crate::op::{Change, Part};
use crate::schema::{Column, Expr, IndexPart, Table};
use crate::sql::{Syntax, names};

/// The names in an expression.
pub(super) fn in_expr(expr: &str) -> impl Iterator<Item = String> {
    names(expr, Syntax::MYSQL)
}

/// The columns of a key or index.
pub(super) fn of_parts(parts: &[IndexPart]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for part in parts {
        match part.expression {
            true => found.extend(in_expr(&part.text)),
            false => drop(found.insert(part.text.clone())),
        }
    }
    found
}

/// The columns of a constraint or index.
pub(super) fn of_part(part: &Part) -> BTreeSet<String> {
    match part {
        Part::Unique(it) => of_parts(&it.columns),
        Part::Check(it) => in_expr(&it.expr.text).collect(),
        Part::ForeignKey(it) => it.columns.iter().cloned().collect(),
        Part::Index(it) => of_parts(&it.parts),
        Part::Exclude(_) => BTreeSet::new(),
    }
}

/// The columns from which a column is computed, or its default.
pub(super) fn of_column(column: &Column) -> BTreeSet<String> {
    let default = column.default.iter().filter(|it| it.text.starts_with('('));
    let exprs = default.chain(column.generated.iter().map(|it| &it.expr));
    exprs.flat_map(|expr| in_expr(&expr.text)).collect()
}

/// The columns from which old rows get values.
pub(super) fn of_fill(change: &Change) -> BTreeSet<String> {
    let (fill, using): (Option<&Expr>, Option<&Expr>) = match change {
        Change::AddColumn { column, fill, .. } => {
            (fill.as_ref().filter(|it| column.default.as_ref() != Some(*it)), None)
        }
        Change::AlterColumn { fill, using, .. } => (fill.as_ref(), using.as_ref()),
        _ => (None, None),
    };
    fill.into_iter().chain(using).flat_map(|expr| in_expr(&expr.text)).collect()
}

/// All constraints and indexes of a table but its primary key.
pub(super) fn parts(table: &Table) -> impl Iterator<Item = Part> {
    let keys = table.foreign_keys.iter().cloned().map(Part::ForeignKey);
    let checks = table.checks.iter().cloned().map(Part::Check);
    keys.chain(checks).chain(table.indexes.iter().cloned().map(Part::Index))
}
