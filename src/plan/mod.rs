//! Ops into a plan: in an order that works, proved in memory, with what they can hurt said in words.

mod describe;
mod graph;
mod hazard;
mod known;
mod locks;
mod review;
mod step;

use crate::dialect::Dialect;
use crate::error::{Error, Kind, Result};
use crate::op::{Change, Op};
use crate::schema::{Column, Expr, Schema};

pub use describe::describe;
pub use graph::Direction;
pub use hazard::{Hazard, hazards};
pub use known::Known;
pub use review::{Review, review};

/// Ordered ops, in steps.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// The steps, in order.
    pub steps: Vec<Step>,
}

/// Ops that share a transaction.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Step {
    /// Runs outside a transaction.
    pub autocommit: bool,
    /// Statements that run before the transaction opens.
    pub session: Vec<String>,
    /// The ops, in order.
    pub ops: Vec<Op>,
}

impl Plan {
    /// The ops of all steps.
    pub fn ops(&self) -> impl Iterator<Item = &Op> {
        self.steps.iter().flat_map(|step| &step.ops)
    }

    /// The statements of each step.
    pub fn statements(&self, dialect: &dyn Dialect) -> Vec<Vec<String>> {
        let of_step = |step: &Step| {
            let ops = step.ops.iter().flat_map(|op| dialect.render(op));
            step.session.iter().cloned().chain(ops).collect()
        };
        self.steps.iter().map(of_step).collect()
    }
}

/// Makes the plan that turns one schema into the other by these ops, and proves it: run on `from`
/// in memory it must give `to`, before and after it is adapted to the database.
pub fn plan(
    ops: &[Op],
    (from, to): (&Schema, &Schema),
    direction: Direction,
    dialect: &dyn Dialect,
) -> Result<Plan> {
    prove(ops, (from, to), dialect)?;
    let (adapted, problems) = dialect.adapt(ops.to_vec(), from);
    // What a downgrade takes away came with its upgrade, so nothing older can speak of it.
    if direction == Direction::Up && !problems.is_empty() {
        return Err(Error::from_reports(Kind::Question, problems));
    }
    let ordered = graph::order(adapted, direction, dialect)?;
    prove(&ordered, (from, to), dialect)?;
    Ok(Plan { steps: step::cut(ordered, (from, to), direction, dialect) })
}

fn prove(ops: &[Op], (from, to): (&Schema, &Schema), dialect: &dyn Dialect) -> Result<()> {
    let mut schema = from.clone();
    ops.iter().try_for_each(|op| op.apply(&mut schema, dialect.spelling()))?;
    if schema.same(to) {
        return Ok(());
    }
    let differs = |table: &&crate::schema::Table| {
        to.tables.get(&table.name).is_none_or(|other| !table.same(other))
    };
    let table = schema.tables.values().find(differs);
    let table = table.map_or_else(|| "a table is missing".into(), |it| format!("see {}", it.name));
    Err(Error::new(Kind::Internal, format!("the plan does not lead to the models: {table}")))
}

/// The ops that take these back to the schema `to`, last first. Columns that come back and refuse
/// NULL fill old rows with a neutral value, since their own is lost.
pub fn undo(ops: &[Op], to: &Schema, dialect: &dyn Dialect) -> Vec<Op> {
    let mut inverse: Vec<Op> = ops.iter().rev().map(Op::inverse).collect();
    // A downgrade renames last, so everything else in it uses the names of after.
    let mut named = to.clone();
    for op in ops.iter().filter(|op| renames(op)) {
        // A misfit shows when the plan is proved.
        let _ = op.apply(&mut named, dialect.spelling());
    }
    // What went comes back in the order in which it stood.
    let added = |op: &Op| match op {
        Op::Alter { table, change: Change::AddColumn { .. } } => Some((table.clone(), 0)),
        Op::Alter { table, change: Change::Add(_) } => Some((table.clone(), 1)),
        _ => None,
    };
    let adds = |one: &Op, two: &Op| added(one).is_some_and(|one| added(two) == Some(one));
    inverse.chunk_by_mut(adds).for_each(<[Op]>::reverse);
    for op in &mut inverse {
        let Op::Alter { table, change } = op else { continue };
        let Some(table) = named.tables.get(table) else { continue };
        let neutral = |column: &Column| {
            let supplied = column.null || column.default.is_some() || column.generated.is_some();
            let value = (!supplied).then(|| dialect.neutral_value(table, column));
            value.filter(|value| value != "NULL").map(Expr::new)
        };
        match change {
            Change::AddColumn { column, fill, .. } => *fill = neutral(column),
            Change::AlterColumn { old, new, fill, .. } if old.null && !new.null => {
                *fill = new.default.clone().or_else(|| neutral(new));
            }
            Change::AlterColumn { fill, .. } => *fill = None,
            _ => {}
        }
    }
    inverse
}

fn renames(op: &Op) -> bool {
    matches!(op, Op::RenameTable { .. } | Op::Alter { change: Change::RenameColumn { .. }, .. })
}
