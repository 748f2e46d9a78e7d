//! The order of ops: by stage, then table, then as they came, unless one needs another first.

mod edges;
mod stage;

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use petgraph::graph::{DiGraph, NodeIndex};

use crate::dialect::{Dialect, Sharing};
use crate::error::{Error, Kind, Result};
use crate::op::Op;
use crate::schema::Name;

/// Which way a plan goes. Ops name tables and columns as they are after the renames of an upgrade,
/// so a downgrade renames last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Towards the models.
    Up,
    /// Back.
    Down,
}

/// What decides between ops that do not need one another.
type Key = (u8, Name, usize);

type Order = DiGraph<Key, ()>;

/// Puts the ops in order. Same ops, same order.
pub(super) fn order(ops: Vec<Op>, direction: Direction, dialect: &dyn Dialect) -> Result<Vec<Op>> {
    let mut graph = Order::new();
    let early = stage::early(&ops, dialect.spelling().syntax);
    for (at, op) in ops.iter().enumerate() {
        let stage = match (dialect.sharing(op), early.get(&at)) {
            (Sharing::Alone, _) => stage::alone(op),
            (_, Some(stage)) => *stage,
            _ => stage::stage(op, direction),
        };
        let table = op.table().cloned().unwrap_or_else(|| Name::new(""));
        // One rename may stand on another, so they stay as they came.
        let table = if stage::renames(stage) { Name::new("") } else { table };
        graph.add_node((stage, table, at));
    }
    edges::draw(&mut graph, &ops, dialect);
    let mut waiting: Vec<usize> = graph
        .node_indices()
        .map(|node| graph.neighbors_directed(node, petgraph::Incoming).count())
        .collect();
    let key = |node: NodeIndex| Reverse((graph[node].clone(), node));
    let mut ready: BinaryHeap<_> =
        graph.node_indices().filter(|node| waiting[node.index()] == 0).map(key).collect();
    let mut sorted = Vec::with_capacity(ops.len());
    while let Some(Reverse((_, node))) = ready.pop() {
        sorted.push(node.index());
        for next in graph.neighbors(node) {
            waiting[next.index()] -= 1;
            if waiting[next.index()] == 0 {
                ready.push(key(next));
            }
        }
    }
    if sorted.len() < ops.len() {
        return Err(cycle(&ops, &waiting));
    }
    let mut ops: Vec<Option<Op>> = ops.into_iter().map(Some).collect();
    Ok(sorted.into_iter().filter_map(|at| ops[at].take()).collect())
}

fn cycle(ops: &[Op], waiting: &[usize]) -> Error {
    let stuck = ops.iter().zip(waiting).filter(|(_, count)| **count > 0);
    let names: Vec<String> = stuck.flat_map(|(op, _)| super::describe(op)).collect();
    Error::new(Kind::Internal, format!("these changes wait for one another: {}", names.join("; ")))
}
