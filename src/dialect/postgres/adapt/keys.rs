//! Foreign keys go first where both ends change, or where what they refer to does.

use std::collections::{BTreeMap, BTreeSet};

use super::Work;
use super::touched::Touched;
use crate::dialect::postgres::render::alters_key;
use crate::op::{Change, Op, Part};
use crate::schema::{Deferral, ForeignKey, IndexPart, Name};

/// A column that leaves the primary key and may be NULL from now on must be out of the key by then.
pub(super) fn open(work: &mut Work) {
    let opened: BTreeSet<(Name, String)> = { work.ops() }
        .filter_map(|op| match op {
            Op::Alter { table, change: Change::AlterColumn { old, new, .. } }
                if !old.null && new.null =>
            {
                Some((table.clone(), new.name.clone()))
            }
            _ => None,
        })
        .collect();
    for at in 0..work.open.len() {
        let Some(Op::Alter { table, change: Change::PrimaryKey { old: Some(old), new } }) =
            &work.open[at]
        else {
            continue;
        };
        let leaves = |part: &IndexPart| opened.contains(&(table.clone(), part.text.clone()));
        if new.is_some() && old.columns.iter().any(leaves) {
            let (table, old, new) = (table.clone(), old.clone(), new.clone());
            work.before(&table, Change::PrimaryKey { old: Some(old), new: None });
            work.open[at] =
                Some(Op::Alter { table, change: Change::PrimaryKey { old: None, new } });
        }
    }
}

/// Drops the keys that stand in the way, and adds them again.
pub(super) fn remake(work: &mut Work, touched: &Touched) {
    let (lost, written) = (lost(work), written(work));
    let mut found: Vec<(Name, ForeignKey)> = Vec::new();
    for table in work.before.tables.values() {
        let hit = |key: &&ForeignKey| {
            let referenced: BTreeSet<&str> = key.referenced.iter().map(String::as_str).collect();
            let unkeyed = lost.get(&key.table).is_some_and(|lost| {
                lost.iter().any(|columns| columns.iter().map(String::as_str).eq(referenced.clone()))
            });
            unkeyed || changes(touched, &table.name, key) || waits(&written, &table.name, key)
        };
        let keys = table.foreign_keys.iter().filter(hit);
        found.extend(keys.map(|key| (table.name.clone(), key.clone())));
    }
    for (table, key) in found {
        work.remake_part(&table, &Part::ForeignKey(key));
    }
}

/// Whether a key cannot stay while its columns change. Where one end alone takes another type,
/// PostgreSQL checks the key again by itself.
fn changes(touched: &Touched, table: &Name, key: &ForeignKey) -> bool {
    let mut pairs = key.columns.iter().zip(&key.referenced);
    pairs.any(|(column, referenced)| {
        let either = |columns: &super::touched::Columns| {
            columns.has(table, column) || columns.has(&key.table, referenced)
        };
        let both =
            touched.retyped.has(table, column) && touched.retyped.has(&key.table, referenced);
        both || either(&touched.remade) || either(&touched.moved)
    })
}

/// Whether a key is checked when the transaction ends, and rows of it are written before: until it
/// is checked, PostgreSQL changes nothing in its tables.
fn waits(written: &BTreeSet<(Name, String)>, table: &Name, key: &ForeignKey) -> bool {
    let has = |table: &Name, column: &String| written.contains(&(table.clone(), column.clone()));
    key.deferral == Some(Deferral::InitiallyDeferred)
        && (key.columns.iter().any(|column| has(table, column))
            || key.referenced.iter().any(|column| has(&key.table, column)))
}

/// The columns whose old values are replaced.
fn written(work: &Work) -> BTreeSet<(Name, String)> {
    let columns = work.ops().filter_map(|op| match op {
        Op::Alter { table, change } => match change {
            Change::AlterColumn { new, fill: Some(_), .. } => Some((table, &new.name)),
            Change::MapValues { column, .. } => Some((table, column)),
            _ => None,
        },
        _ => None,
    });
    columns.map(|(table, column)| (table.clone(), column.clone())).collect()
}

/// The columns of keys and unique indexes that go or change, by table.
fn lost(work: &Work) -> BTreeMap<Name, Vec<BTreeSet<String>>> {
    let mut lost: BTreeMap<Name, Vec<BTreeSet<String>>> = BTreeMap::new();
    let columns = |parts: &[IndexPart]| parts.iter().map(|part| part.text.clone()).collect();
    for op in work.ops().chain(&work.pre) {
        let Op::Alter { table, change } = op else { continue };
        let gone = match change {
            // Another name or more room in its pages takes nothing away.
            Change::PrimaryKey { old: Some(old), new }
                if !new.as_ref().is_some_and(|new| alters_key(old, new)) =>
            {
                columns(&old.columns)
            }
            Change::Drop(Part::Unique(it)) => columns(&it.columns),
            Change::Drop(Part::Index(it)) if it.unique => columns(&it.parts),
            _ => continue,
        };
        lost.entry(table.clone()).or_default().push(gone);
    }
    lost
}
