//! Foreign keys that cannot be made with their table, or go with it: in rings, and to tables that
//! change in the same plan.

use std::collections::BTreeSet;

use super::Work;
use crate::dialect::rings::Rings;
use crate::op::{Change, Op, Part};
use crate::schema::{ForeignKey, IndexPart, Name};

/// Takes such keys out of their tables.
pub(super) fn keys_apart(work: &mut Work) {
    let created = Rings::new(work.ops().filter_map(|op| match op {
        Op::CreateTable(table) => Some(table),
        _ => None,
    }));
    let dropped = Rings::new(work.ops().filter_map(|op| match op {
        Op::DropTable(table) => Some(table),
        _ => None,
    }));
    let changing = changing(work);
    let refers = |key: &ForeignKey| {
        let mut columns = key.referenced.iter();
        columns.any(|column| changing.contains(&(key.table.clone(), column.clone())))
    };
    for at in 0..work.open.len() {
        match work.open[at].take() {
            Some(Op::CreateTable(mut table)) => {
                let (apart, kept) = table.foreign_keys.drain(..).partition(|key| {
                    created.join(&table.name, &key.table)
                        || refers(key)
                        || (key.table == table.name
                            && !is_key(key, table.primary_key.as_ref().map(|it| &it.columns[..]))
                            && !table.uniques.iter().any(|it| is_key(key, Some(&it.columns))))
                });
                table.foreign_keys = kept;
                let apart: Vec<ForeignKey> = apart;
                let name = table.name.clone();
                work.open[at] = Some(Op::CreateTable(table));
                for key in apart {
                    work.after(&name, Change::Add(Part::ForeignKey(key)));
                }
            }
            Some(Op::DropTable(mut table)) => {
                let (apart, kept) = table
                    .foreign_keys
                    .drain(..)
                    .partition(|key| dropped.join(&table.name, &key.table));
                table.foreign_keys = kept;
                let apart: Vec<ForeignKey> = apart;
                let name = table.name.clone();
                work.open[at] = Some(Op::DropTable(table));
                for key in apart {
                    work.before(&name, Change::Drop(Part::ForeignKey(key)));
                }
            }
            op => work.open[at] = op,
        }
    }
}

/// The columns of tables that are there which are not yet as they will be, or not yet keys.
fn changing(work: &Work) -> BTreeSet<(Name, String)> {
    let mut changing = BTreeSet::new();
    let texts = |parts: &[IndexPart]| parts.iter().map(|part| part.text.clone()).collect();
    for op in work.ops().chain(&work.pre) {
        let (table, columns): (&Name, Vec<String>) = match op {
            Op::ReplaceEnum(it) => {
                changing.extend(
                    it.columns.iter().map(|(it, column)| (it.clone(), column.name.clone())),
                );
                continue;
            }
            Op::Alter { table, change } => match change {
                Change::AlterColumn { old, .. } => (table, vec![old.name.clone()]),
                Change::AddColumn { column, .. } => (table, vec![column.name.clone()]),
                Change::PrimaryKey { new: Some(key), .. } => (table, texts(&key.columns)),
                Change::Add(Part::Unique(it)) => (table, texts(&it.columns)),
                Change::Add(Part::Index(it)) if it.unique => (table, texts(&it.parts)),
                _ => continue,
            },
            _ => continue,
        };
        changing.extend(columns.into_iter().map(|column| (table.clone(), column)));
    }
    changing
}

/// Whether a key refers to just these columns.
fn is_key(key: &ForeignKey, parts: Option<&[IndexPart]>) -> bool {
    let Some(parts) = parts else { return false };
    let columns: BTreeSet<&str> = parts.iter().map(|part| part.text.as_str()).collect();
    columns == key.referenced.iter().map(String::as_str).collect()
}
