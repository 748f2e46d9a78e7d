//! Columns: defaults that stand in the way, and columns that are dropped and added again.

use super::Work;
use super::touched::{Touched, remade};
use crate::op::{Change, Op};
use crate::schema::{Column, Expr, Name};

/// Takes away defaults that hold values of types, or calls of functions, that are made anew.
pub(super) fn bare_defaults(work: &mut Work, touched: &Touched) {
    let mut found: Vec<(Name, Column)> = Vec::new();
    for table in work.before.tables.values() {
        let in_the_way = |column: &&Column| {
            let moved = touched.moved.has(&table.name, &column.name);
            let default = column.default.as_ref();
            let changes = moved && work.changes_default(&table.name, &column.name);
            default.is_some_and(|it| changes || touched.stops_default(&it.text, moved))
                && !touched.remade.has(&table.name, &column.name)
        };
        let columns = table.columns.iter().filter(in_the_way);
        found.extend(columns.map(|column| (table.name.clone(), column.clone())));
    }
    for (table, column) in found {
        let bare = Column { default: None, ..column.clone() };
        let change = |old: &Column, new: &Column| Change::AlterColumn {
            old: Box::new(old.clone()),
            new: Box::new(new.clone()),
            fill: None,
            using: None,
        };
        work.before(&table, change(&column, &bare));
        match work.take_column(&table, &column.name) {
            Some(Op::Alter { change: Change::AlterColumn { new, fill, using, .. }, .. }) => {
                if *new != bare {
                    let old = Box::new(bare);
                    work.after(&table, Change::AlterColumn { old, new, fill, using });
                }
            }
            Some(Op::Alter { change: Change::DropColumn { fill, parts, .. }, .. }) => {
                work.after(&table, Change::DropColumn { column: bare, fill, parts });
            }
            _ if work.is_dropped(&table) => {}
            _ => work.after(&table, change(&bare, &column)),
        }
    }
}

/// Drops and adds the columns that cannot change where they stand.
pub(super) fn remake(work: &mut Work, touched: &Touched) {
    let mut found: Vec<(Name, Column)> = Vec::new();
    for table in work.before.tables.values() {
        let columns = remade(touched, table).into_iter();
        found.extend(columns.map(|column| (table.name.clone(), column.clone())));
    }
    for (table, old) in found {
        let (new, fill) = match work.take_column(&table, &old.name) {
            Some(Op::Alter { change: Change::AlterColumn { new, .. }, .. }) => {
                // Values that were computed stay as the same computation gives them.
                let computed = old.generated.as_ref().filter(|_| new.generated.is_none());
                let fill = computed.map(|it| Expr::new(it.expr.text.clone()));
                (Some(*new), fill)
            }
            Some(_) => (None, None),
            None if work.is_dropped(&table) => (None, None),
            None => (Some(old.clone()), None),
        };
        let drop = Change::DropColumn { column: old, fill: None, parts: Vec::new() };
        work.before(&table, drop);
        if let Some(column) = new {
            work.after(&table, Change::AddColumn { column, fill, parts: Vec::new() });
        }
    }
}
