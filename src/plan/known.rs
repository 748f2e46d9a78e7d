//! What is known of the rows without looking at them: constraints that they cannot break.

use std::collections::BTreeMap;

use super::Plan;
use crate::dialect::Dialect;
use crate::op::{Change, Op, Part};
use crate::schema::{IndexPart, Name};
use crate::sql::{Syntax, enumeration};

/// The changes of a plan by table, and what follows from them.
pub struct Known<'a> {
    changes: BTreeMap<&'a Name, Vec<&'a Change>>,
    /// What the database does by itself.
    pub(super) dialect: &'a dyn Dialect,
    syntax: Syntax,
}

impl<'a> Known<'a> {
    /// What a plan tells.
    pub fn new(plan: &'a Plan, dialect: &'a dyn Dialect) -> Self {
        let mut changes: BTreeMap<&Name, Vec<&Change>> = BTreeMap::new();
        for op in plan.ops() {
            match op {
                Op::Alter { table, change } => changes.entry(table).or_default().push(change),
                Op::AlterTogether(it) => {
                    changes.entry(&it.table).or_default().extend(&it.changes);
                }
                Op::Rebuild(rebuild) => {
                    changes.entry(&rebuild.new.name).or_default().extend(&rebuild.changes);
                }
                _ => {}
            }
        }
        Self { changes, dialect, syntax: dialect.spelling().syntax }
    }

    fn of(&self, table: &Name) -> impl Iterator<Item = &'a Change> {
        self.changes.get(table).into_iter().flatten().copied()
    }

    /// Whether a column is new and holds NULL in every row, which satisfies all but checks, or a
    /// number of its own, where the database numbers the rows.
    pub(super) fn vacant(&self, table: &Name, column: &str) -> bool {
        self.of(table).any(|change| match change {
            Change::AddColumn { column: added, fill: None, .. } => {
                added.name == column && added.default.is_none() && added.generated.is_none()
            }
            _ => false,
        })
    }

    /// Whether every row satisfies a constraint that comes.
    pub(super) fn satisfied(&self, table: &Name, part: &Part) -> bool {
        let single = |parts: &[IndexPart]| {
            let plain = |part: &IndexPart| !part.expression && self.vacant(table, &part.text);
            parts.iter().any(plain) || self.unique_before(table, parts)
        };
        match part {
            Part::Unique(it) => !it.nulls_not_distinct && single(&it.columns),
            Part::Index(it) => !it.unique || (!it.nulls_not_distinct && single(&it.parts)),
            Part::ForeignKey(it) => {
                it.matching.is_none() && it.columns.iter().any(|name| self.vacant(table, name))
            }
            Part::Check(it) => self.labelled(table, &it.expr.text),
            Part::Exclude(_) => false,
        }
    }

    /// Whether some of these columns alone were unique until now.
    fn unique_before(&self, table: &Name, parts: &[IndexPart]) -> bool {
        let has = |part: &IndexPart| {
            parts.iter().any(|it| IndexPart { descending: part.descending, ..it.clone() } == *part)
        };
        self.of(table).any(|change| match change {
            Change::Drop(Part::Unique(old)) => old.columns.iter().all(has),
            Change::Drop(Part::Index(old)) => {
                old.unique && old.predicate.is_none() && old.parts.iter().all(has)
            }
            _ => false,
        })
    }

    /// Whether a list of labels has all that its column can hold.
    fn labelled(&self, table: &Name, expr: &str) -> bool {
        let Some((column, labels)) = enumeration(expr, self.syntax) else { return false };
        let literal = |text: &str| format!("'{}'", text.replace('\'', "''"));
        let mapped = |label: &String| {
            let renamed = self.of(table).find_map(|change| match change {
                Change::MapValues { column: name, values } if *name == column => {
                    let mut pairs = values.iter().filter(|(old, _)| literal(old) == *label);
                    pairs.next().map(|(_, new)| literal(new))
                }
                _ => None,
            });
            renamed.unwrap_or_else(|| label.clone())
        };
        self.of(table).any(|change| match change {
            Change::Drop(Part::Check(old)) => {
                let before = enumeration(&old.expr.text, self.syntax);
                before.is_some_and(|(name, before)| {
                    name == column && before.iter().all(|label| labels.contains(&mapped(label)))
                })
            }
            Change::AddColumn { column: added, fill, .. } if added.name == column => {
                let value = fill.as_ref().or(added.default.as_ref());
                value.is_none_or(|value| labels.contains(&value.text))
            }
            _ => false,
        })
    }
}
