//! Labels can be added and renamed in place. For all else the type is made anew.

use std::collections::BTreeMap;

use super::Work;
use super::touched::Touched;
use crate::op::{Change, Op, ReplaceEnum};
use crate::schema::{Column, Expr, Name};

/// Types that are made anew take their columns along.
pub(super) fn replace(work: &mut Work, touched: &Touched) {
    for at in 0..work.open.len() {
        let Some(Op::AlterEnum { old, new }) = &work.open[at] else { continue };
        if old.stays_in(new) {
            continue;
        }
        let mut columns = Vec::new();
        for table in work.before.tables.values() {
            let of_type = |it: &&Column| {
                it.ty.enumeration() == Some(&old.name) && touched.moved.has(&table.name, &it.name)
            };
            let moved = table.columns.iter().filter(of_type).map(|column| {
                let changes = work.changes_default(&table.name, &column.name);
                let default = column.default.clone().filter(|_| !changes);
                Column {
                    default: default.filter(|it| !touched.stops_default(&it.text, true)),
                    ..column.clone()
                }
            });
            columns.extend(moved.map(|column| (table.name.clone(), column)));
        }
        let (old, new) = (old.clone(), new.clone());
        let using = using(work, &columns);
        let replace = ReplaceEnum { old, new, columns, using };
        work.open[at] = Some(Op::ReplaceEnum(Box::new(replace)));
    }
}

/// What the author has become of values that a type of these columns loses, taken out of their
/// changes.
fn using(work: &mut Work, columns: &[(Name, Column)]) -> BTreeMap<(Name, String), Expr> {
    let mut found = BTreeMap::new();
    for (table, column) in columns {
        let key = (table.clone(), column.name.clone());
        let place = work.places.columns.get(&key);
        let Some(op) = place.and_then(|at| work.open.get_mut(*at)) else { continue };
        if let Some(Op::Alter { change: Change::AlterColumn { old, new, using, .. }, .. }) = op
            && old.ty == new.ty
        {
            let (taken, same) = (using.take(), old == new);
            found.extend(taken.map(|expr| (key, expr)));
            if same {
                *op = None;
            }
        }
    }
    found
}

/// Changes of columns that change nothing: the way back of values that were mapped.
pub(super) fn settle(work: &mut Work) {
    for op in &mut work.open {
        if let Some(Op::Alter { change: Change::AlterColumn { old, new, using: None, .. }, .. }) =
            op
            && old == new
        {
            *op = None;
        }
    }
}

/// What else changes in these columns comes afterwards: a default may be a new label.
pub(super) fn first(work: &mut Work) {
    let replaced = work.ops().filter_map(|op| match op {
        Op::ReplaceEnum(it) => Some(&it.columns),
        _ => None,
    });
    let names = |(table, column): &(Name, Column)| (table.clone(), column.name.clone());
    let columns: Vec<(Name, String)> = replaced.flatten().map(names).collect();
    columns.iter().for_each(|(table, column)| work.delay(table, column));
}
