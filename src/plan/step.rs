//! Ordered ops cut into steps: what shares a transaction, and what cannot.

use super::{Direction, Step};
use crate::dialect::{Dialect, Sharing};
use crate::op::{Change, Op};
use crate::schema::{Name, Need, Schema};

/// Cuts the ops, which are in order and stay so.
pub(super) fn cut(
    ops: Vec<Op>,
    sides: (&Schema, &Schema),
    direction: Direction,
    dialect: &dyn Dialect,
) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut open = Vec::new();
    let mut waiting = ops.into_iter();
    while let Some(op) = waiting.next() {
        match dialect.sharing(&op) {
            Sharing::Alone => {
                close(&mut open, &mut steps, direction, dialect);
                steps.push(Step { autocommit: true, session: Vec::new(), ops: vec![op] });
            }
            Sharing::CommittedFirst if used(&op, waiting.as_slice(), sides) => {
                open.push(op);
                // Others of its kind can be committed with it.
                while let Some(next) = waiting.as_slice().first()
                    && dialect.sharing(next) == Sharing::CommittedFirst
                {
                    open.extend(waiting.next());
                }
                close(&mut open, &mut steps, direction, dialect);
            }
            Sharing::CommittedFirst | Sharing::Together => open.push(op),
        }
    }
    close(&mut open, &mut steps, direction, dialect);
    steps
}

fn close(open: &mut Vec<Op>, steps: &mut Vec<Step>, direction: Direction, dialect: &dyn Dialect) {
    let ops = std::mem::take(open);
    if ops.is_empty() {
        return;
    }
    let mut session = dialect.session(&ops);
    // What a downgrade drops, the upgrade has made, and nobody else knows of it yet.
    if direction == Direction::Up && ops.iter().any(|op| matches!(op, Op::DropTable(_))) {
        session.extend(dialect.guards_drops().filter(|guard| !session.contains(guard)));
    }
    steps.push(Step { autocommit: false, session, ops });
}

/// Whether any of the ops that follow may speak of what this one brings.
fn used(op: &Op, following: &[Op], sides: (&Schema, &Schema)) -> bool {
    match op {
        Op::AlterEnum { new, .. } => following.iter().any(|op| speaks(op, &new.name, sides)),
        _ => !following.is_empty(),
    }
}

/// Whether a change brings an expression or values.
fn brings(change: &Change) -> bool {
    !matches!(
        change,
        Change::RenameColumn { .. }
            | Change::Rename { .. }
            | Change::Drop(_)
            | Change::DropColumn { .. }
            | Change::Comment { .. }
            | Change::Options { .. }
    )
}

fn speaks(op: &Op, name: &Name, (from, to): (&Schema, &Schema)) -> bool {
    let holds = |table: &crate::schema::Table| {
        table.columns.iter().any(|column| column.ty.enumeration() == Some(name))
    };
    match op {
        Op::CreateTable(table) => holds(table),
        // What goes or gets another name may hold it or not.
        Op::DropTable(_) => false,
        Op::Alter { change, .. } if !brings(change) => false,
        Op::CreateObject(object) => {
            object.needs.is_empty() || object.needs.contains(&Need::Type(name.clone()))
        }
        op => {
            let sides = [from, to].into_iter();
            op.table().is_some_and(|it| sides.filter_map(|side| side.tables.get(it)).any(holds))
        }
    }
}
