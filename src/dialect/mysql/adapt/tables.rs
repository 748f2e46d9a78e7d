//! Foreign keys that cannot be made with their table, or go with it: in rings, to tables that change
//! in the same plan, and under a name that another key has still.

use std::collections::BTreeSet;

use super::Work;
use crate::dialect::rings::Rings;
use crate::op::{Change, Op, Part};
use crate::schema::ForeignKey;

/// Takes such keys out of their tables.
pub(super) fn keys_apart(work: &mut Work<'_>) {
    let tables = |created: bool| {
        work.others.iter().filter_map(move |op| match op {
            Op::CreateTable(table) if created => Some(table),
            Op::DropTable(table) if !created => Some(table),
            _ => None,
        })
    };
    let (created, dropped) = (Rings::new(tables(true)), Rings::new(tables(false)));
    let names = |key: &ForeignKey| key.name.as_ref().map(|name| name.text.to_ascii_lowercase());
    let taken: BTreeSet<String> =
        tables(true).flat_map(|table| &table.foreign_keys).filter_map(names).collect();
    for op in &mut work.others {
        let rings = match op {
            Op::CreateTable(_) => &created,
            Op::DropTable(_) => &dropped,
            _ => continue,
        };
        let comes = matches!(op, Op::CreateTable(_));
        let (Op::CreateTable(table) | Op::DropTable(table)) = op else { continue };
        let name = table.name.clone();
        let stands = |key: &ForeignKey| {
            let renamed = !comes && names(key).is_some_and(|name| taken.contains(&name));
            !rings.join(&name, &key.table) && !work.changes.contains_key(&key.table) && !renamed
        };
        let (kept, apart): (Vec<ForeignKey>, Vec<ForeignKey>) =
            table.foreign_keys.drain(..).partition(stands);
        table.foreign_keys = kept;
        let part = |key| match comes {
            true => Change::Add(Part::ForeignKey(key)),
            false => Change::Drop(Part::ForeignKey(key)),
        };
        if !apart.is_empty() {
            work.apart.insert(name, apart.into_iter().map(part).collect());
        }
    }
}
