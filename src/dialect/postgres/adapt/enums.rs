//! Labels can be added and renamed in place. For all else the type is made anew.

use super::Work;
use super::touched::Touched;
use crate::op::{Op, ReplaceEnum};
use crate::schema::{Column, Name};

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
        let replace = ReplaceEnum { old, new, columns };
        work.open[at] = Some(Op::ReplaceEnum(Box::new(replace)));
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
