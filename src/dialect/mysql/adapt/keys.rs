//! Foreign keys go first and come again where a column at one of their ends is copied into another
//! form, or where the key that they refer to goes.

use std::collections::{BTreeMap, BTreeSet};

use super::super::hazard::algorithm::Class;
use super::{Work, remake_part};
use crate::op::{Change, Part};
use crate::schema::{ForeignKey, IndexPart, Name, Table};

/// Drops the keys that stand in the way, and adds them again.
pub(super) fn remake(work: &mut Work<'_>) {
    let (copied, lost) = (copied(work), lost(work));
    let dropped = work.dropped();
    let mut found: Vec<(Name, ForeignKey)> = Vec::new();
    for table in work.before.tables.values().filter(|it| !dropped.contains(&it.name)) {
        let hit = |key: &&ForeignKey| {
            let own = key.columns.iter().map(|column| (&table.name, column));
            let other = key.referenced.iter().map(|column| (&key.table, column));
            let has = |(table, column): (&Name, &String)| {
                copied.get(table).is_some_and(|columns| columns.contains(column))
            };
            own.chain(other).any(has)
                || lost.get(&key.table).is_some_and(|it| it.contains(&key.referenced))
        };
        let keys = table.foreign_keys.iter().filter(hit);
        found.extend(keys.map(|key| (table.name.clone(), key.clone())));
    }
    for (table, key) in found {
        let changes = work.changes.entry(table).or_default();
        remake_part(changes, &Part::ForeignKey(key));
    }
}

/// The columns whose values are copied into another form, by table.
fn copied(work: &Work<'_>) -> BTreeMap<Name, BTreeSet<String>> {
    let mut copied: BTreeMap<Name, BTreeSet<String>> = BTreeMap::new();
    for (name, changes) in &work.changes {
        let Some(table) = work.before.tables.get(name) else { continue };
        let site = work.site(table);
        for change in changes {
            let column = match change {
                Change::AlterColumn { old, .. } if site.rule(change).class == Class::Copy => old,
                Change::DropColumn { column, .. } => column,
                _ => continue,
            };
            copied.entry(name.clone()).or_default().insert(column.name.clone());
        }
    }
    copied
}

/// The columns that keys refer to and that no key has any more, by table.
fn lost(work: &Work<'_>) -> BTreeMap<Name, BTreeSet<Vec<String>>> {
    let mut referenced: BTreeMap<&Name, BTreeSet<&Vec<String>>> = BTreeMap::new();
    for key in work.before.tables.values().flat_map(|table| &table.foreign_keys) {
        referenced.entry(&key.table).or_default().insert(&key.referenced);
    }
    let swaps = work.mysql.server.swaps_referenced_keys();
    let mut lost: BTreeMap<Name, BTreeSet<Vec<String>>> = BTreeMap::new();
    for (name, wanted) in referenced {
        let (Some(changes), Some(table)) = (work.changes.get(name), work.before.tables.get(name))
        else {
            continue;
        };
        for columns in wanted {
            if !stays(table, changes, columns, swaps) {
                lost.entry(name.clone()).or_default().insert(columns.clone());
            }
        }
    }
    lost
}

/// Whether a key or index that begins with these columns stands throughout.
fn stays(table: &Table, changes: &[Change], columns: &[String], swaps: bool) -> bool {
    let rekeyed = changes.iter().find_map(|change| match change {
        Change::PrimaryKey { new, .. } => Some(new),
        _ => None,
    });
    let gone = |index: &crate::schema::Index| {
        changes.iter().any(|change| matches!(change, Change::Drop(Part::Index(it)) if it == index))
    };
    let kept = table.indexes.iter().filter(|index| !gone(index)).map(|index| &index.parts);
    let key = table.primary_key.iter().filter(|_| rekeyed.is_none()).map(|key| &key.columns);
    let come = changes.iter().filter(|_| swaps).filter_map(|change| match change {
        Change::Add(Part::Index(index)) => Some(&index.parts),
        Change::PrimaryKey { new: Some(key), .. } => Some(&key.columns),
        _ => None,
    });
    kept.chain(key).chain(come).any(|parts| covers(parts, columns))
}

/// Whether an index begins with these columns, in any order.
pub(super) fn covers(parts: &[IndexPart], columns: &[String]) -> bool {
    let plain = |part: &IndexPart| !part.expression && part.length.is_none();
    parts.len() >= columns.len()
        && parts[..columns.len()].iter().all(|it| plain(it) && columns.contains(&it.text))
}
