//! Foreign keys that cannot be made with their table, or go with it: in rings, and to tables that
//! change in the same plan.

use std::collections::{BTreeMap, BTreeSet};

use petgraph::algo::kosaraju_scc;
use petgraph::graph::{DiGraph, NodeIndex};

use super::Work;
use crate::op::{Change, Op, Part};
use crate::schema::{ForeignKey, IndexPart, Name, Table};

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

/// Tables that refer to each other in a ring, by its number.
struct Rings(BTreeMap<Name, usize>);

impl Rings {
    fn new<'a>(tables: impl Iterator<Item = &'a Table>) -> Self {
        let tables: Vec<&Table> = tables.collect();
        let mut graph: DiGraph<(), ()> = DiGraph::new();
        let places: BTreeMap<&Name, NodeIndex> =
            tables.iter().map(|table| (&table.name, graph.add_node(()))).collect();
        for table in &tables {
            for key in &table.foreign_keys {
                if let Some(to) = places.get(&key.table) {
                    graph.add_edge(places[&table.name], *to, ());
                }
            }
        }
        let mut rings = BTreeMap::new();
        for (number, nodes) in kosaraju_scc(&graph).iter().enumerate() {
            let names = nodes.iter().map(|node| (tables[node.index()].name.clone(), number));
            rings.extend(names);
        }
        Self(rings)
    }

    /// Whether two tables are in one ring.
    fn join(&self, one: &Name, two: &Name) -> bool {
        one != two && self.0.get(one).zip(self.0.get(two)).is_some_and(|(one, two)| one == two)
    }
}
