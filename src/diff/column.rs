//! Columns: which come, go and change, and the values that old rows need.

use std::collections::{BTreeMap, BTreeSet};

use crate::dialect::Dialect;
use crate::op::{Change, Op};
use crate::schema::{Check, Column, ColumnIntent, Conversion, Intent, Table};
use crate::sql::{self, enumeration, literal};

use super::{Declined, Diff, Question};

/// Compares the columns of one table.
pub(super) fn columns(
    diff: &mut Diff,
    old: &Table,
    new: &Table,
    intent: &Intent,
    dialect: &dyn Dialect,
) -> Vec<Change> {
    let mut changes = Vec::new();
    let none = ColumnIntent::default();
    let said = intent.tables.get(&new.name);
    for column in &new.columns {
        let said = said.and_then(|said| said.columns.get(&column.name)).unwrap_or(&none);
        match old.column(&column.name) {
            None => changes.push(add(diff, new, column, said, dialect)),
            Some(before) => {
                changes.extend(alter(diff, (old, before), (new, column), said, dialect));
            }
        }
    }
    for column in &old.columns {
        if new.column(&column.name).is_none() {
            let column = column.clone();
            changes.push(Change::DropColumn { column, fill: None, parts: Vec::new() });
        }
    }
    changes
}

fn add(
    diff: &mut Diff,
    table: &Table,
    column: &Column,
    said: &ColumnIntent,
    dialect: &dyn Dialect,
) -> Change {
    let supplied = column.null
        || column.default.is_some()
        || column.generated.is_some()
        || column.identity.is_some()
        || said.fill.is_some()
        || dialect.neutral_value(table, column) == "NULL";
    if !supplied {
        diff.questions.push(Question::Fill {
            table: table.name.clone(),
            column: column.name.clone(),
            exists: false,
        });
    }
    Change::AddColumn { column: column.clone(), fill: said.fill.clone(), parts: Vec::new() }
}

fn alter(
    diff: &mut Diff,
    (old_table, old): (&Table, &Column),
    (new_table, new): (&Table, &Column),
    said: &ColumnIntent,
    dialect: &dyn Dialect,
) -> Vec<Change> {
    let mut changes = Vec::new();
    let values = renamed_labels(old_table, new_table, &new.name, said, dialect);
    if !values.is_empty() {
        changes.push(Change::MapValues { column: new.name.clone(), values });
    }
    let regrouped = || old.ty == new.ty && loses_labels(diff, new);
    let using = match &said.convert {
        Some(Conversion::By(expr)) if old.ty != new.ty || regrouped() => Some(expr.clone()),
        _ => None,
    };
    if old == new && using.is_none() {
        return changes;
    }
    let refuses = old.null && !new.null && new.generated.is_none();
    let fill = said.fill.clone().or_else(|| new.default.clone()).filter(|_| refuses);
    if refuses && fill.is_none() {
        diff.questions.push(Question::Fill {
            table: new_table.name.clone(),
            column: new.name.clone(),
            exists: true,
        });
    }
    let computed = old.generated.is_some() || new.generated.is_some();
    if said.convert.is_none() && !computed && dialect.loses(old, new) {
        diff.questions.push(Question::Convert {
            table: new_table.name.clone(),
            column: new.name.clone(),
            types: (spelled(old), spelled(new)),
        });
    }
    let (old, new) = (Box::new(old.clone()), Box::new(new.clone()));
    changes.push(Change::AlterColumn { old, new, fill, using });
    changes
}

/// Whether a column is of an enumerated type that loses labels.
fn loses_labels(diff: &Diff, column: &Column) -> bool {
    let ty = column.ty.enumeration();
    diff.ops.iter().any(|op| match op {
        Op::AlterEnum { old, new } if ty == Some(&new.name) => {
            old.labels.iter().any(|label| !new.labels.contains(label))
        }
        _ => false,
    })
}

/// The labels that change their name now. The enumeration stands in a check of the column, so a
/// label is renamed when a check that had the old one has the new one in its place.
fn renamed_labels(
    old: &Table,
    new: &Table,
    column: &str,
    said: &ColumnIntent,
    dialect: &dyn Dialect,
) -> BTreeMap<String, String> {
    if said.renamed_labels.is_empty() {
        return BTreeMap::new();
    }
    let (old, new) = (labels(old, column, dialect), labels(new, column, dialect));
    let renamed = said.renamed_labels.iter().filter(|(after, before)| {
        let (after, before) = (literal(after), literal(before));
        old.contains(&before)
            && !old.contains(&after)
            && new.contains(&after)
            && !new.contains(&before)
    });
    renamed.map(|(after, before)| (before.clone(), after.clone())).collect()
}

/// The labels that checks of the form `column IN (..)` admit, or the column's type, as literals.
fn labels(table: &Table, column: &str, dialect: &dyn Dialect) -> BTreeSet<String> {
    let parse = |check: &Check| enumeration(&check.expr.text, dialect.spelling().syntax);
    let lists = table.checks.iter().filter_map(parse);
    let checked = lists.filter(|(name, _)| name == column).flat_map(|(_, labels)| labels);
    let typed = table.column(column).map(|column| dialect.labels(column)).unwrap_or_default();
    checked.chain(typed.iter().map(|label| literal(label))).collect()
}

/// Where labels go and others come, the ones may be the others.
pub(super) fn ask_labels(
    diff: &mut Diff,
    (old, new): (&Table, &Table),
    intent: &Intent,
    declined: &Declined,
    dialect: &dyn Dialect,
) {
    let typed = new.columns.iter().any(|column| !dialect.labels(column).is_empty());
    if old.checks == new.checks && !typed {
        return;
    }
    let said = intent.tables.get(&new.name);
    for column in new.columns.iter().map(|column| column.name.as_str()) {
        let said = said.and_then(|said| said.columns.get(column)).map(|said| &said.renamed_labels);
        let known = |label: &str, old: bool| {
            let mut pairs = said.into_iter().flatten();
            pairs.any(|(after, before)| literal(if old { before } else { after }) == label)
        };
        let (before, after) = (labels(old, column, dialect), labels(new, column, dialect));
        let gone = before.difference(&after).filter(|label| !known(label, true));
        let gone: Vec<String> = gone.map(|label| sql::unquote(label)).collect();
        let come = after.difference(&before).filter(|label| !known(label, false));
        for label in come.map(|label| sql::unquote(label)) {
            let name = format!("{}.{column}:{label}", new.name);
            if !before.is_empty() && !gone.is_empty() && !declined.covers(&name) {
                diff.questions.push(Question::LabelRenamed {
                    table: new.name.clone(),
                    column: column.to_owned(),
                    new: label,
                    candidates: gone.clone(),
                });
            }
        }
    }
}

fn spelled(column: &Column) -> String {
    column.ty.spelled().into_owned()
}
