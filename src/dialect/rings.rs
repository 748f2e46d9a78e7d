//! Tables that refer to each other in a ring.

use std::collections::BTreeMap;

use petgraph::algo::kosaraju_scc;
use petgraph::graph::{DiGraph, NodeIndex};

use crate::schema::{Name, Table};

/// The tables of each ring, by its number.
pub(super) struct Rings(BTreeMap<Name, usize>);

impl Rings {
    pub(super) fn new<'a>(tables: impl Iterator<Item = &'a Table>) -> Self {
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
    pub(super) fn join(&self, one: &Name, two: &Name) -> bool {
        one != two && self.0.get(one).zip(self.0.get(two)).is_some_and(|(one, two)| one == two)
    }
}
