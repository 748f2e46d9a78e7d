//! The order of ops: by stage, then table, then as they came, unless one needs another first.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use petgraph::algo::kosaraju_scc;
use petgraph::graph::{DiGraph, NodeIndex};

use crate::error::{Error, Kind, Result};
use crate::op::{Change, Op, Part};
use crate::schema::{Name, Table};

/// Which way a plan goes. Ops name tables and columns as they are after the renames of an upgrade,
/// so a downgrade renames last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Towards the models.
    Up,
    /// Back.
    Down,
}

/// Puts the ops in order. Same ops, same order.
pub(super) fn order(ops: Vec<Op>, direction: Direction) -> Result<Vec<Op>> {
    let mut graph = Order::new();
    for (at, op) in ops.iter().enumerate() {
        let table = op.table().cloned().unwrap_or_else(|| Name::new(""));
        // One rename may stand on another, so they stay as they came.
        let renames = [RENAME, RENAME_BACK].contains(&stage(op, direction));
        let table = if renames { Name::new("") } else { table };
        graph.add_node((stage(op, direction), table, at));
    }
    references(&mut graph, &ops);
    names(&mut graph, &ops);
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

const RENAME: u8 = 1;
const RENAME_BACK: u8 = 30;
/// A namespace goes when it is empty, and names are back by then.
const LAST: u8 = 31;

fn stage(op: &Op, direction: Direction) -> u8 {
    let rename = if direction == Direction::Up { RENAME } else { RENAME_BACK };
    match op {
        Op::CreateNamespace(_) => 0,
        Op::RenameNamespace { .. } | Op::RenameEnum { .. } | Op::RenameTable { .. } => rename,
        Op::CreateEnum(_) => 2,
        Op::DropObject(_) => 3,
        Op::AlterEnum { .. } => 3,
        Op::CreateTable(_) => 8,
        Op::Rebuild(_) | Op::ReplaceEnum(_) => 10,
        Op::DropTable(_) => 20,
        Op::DropEnum(_) => 21,
        Op::CreateObject(_) => 22,
        Op::DropNamespace(_) => LAST,
        Op::Alter { change, .. } => match change {
            Change::RenameColumn { .. } => rename,
            Change::Drop(Part::ForeignKey(_)) => 4,
            Change::Drop(_) => 5,
            Change::AddColumn { .. } => 9,
            Change::AlterColumn { .. } => 11,
            Change::MapValues { .. } => 12,
            Change::PrimaryKey { .. } => 13,
            Change::Rename { .. } => 14,
            Change::Add(Part::ForeignKey(_)) => 17,
            Change::Add(Part::Index(_)) => 16,
            Change::Add(_) => 15,
            Change::Comment { .. } | Change::Options { .. } => 18,
            Change::DropColumn { .. } => 19,
        },
    }
}

type Order = DiGraph<(u8, Name, usize), ()>;

/// A table comes after those it references and goes before them; where tables reference each other
/// in a ring, the stages and names decide.
fn references(graph: &mut Order, ops: &[Op]) {
    let created = places(ops, |op| matches!(op, Op::CreateTable(_)));
    let dropped = places(ops, |op| matches!(op, Op::DropTable(_)));
    let mut edges = Vec::new();
    for (at, op) in ops.iter().enumerate() {
        match op {
            Op::CreateTable(table) => {
                edges.extend(referenced(table, &created).map(|parent| (parent, at)));
            }
            Op::DropTable(table) => {
                edges.extend(referenced(table, &dropped).map(|parent| (at, parent)));
            }
            Op::Rebuild(rebuild) => {
                edges.extend(referenced(&rebuild.old, &dropped).map(|parent| (at, parent)));
            }
            _ => {}
        }
    }
    let mut rings: DiGraph<(), ()> = DiGraph::new();
    for _ in ops {
        rings.add_node(());
    }
    for (from, to) in &edges {
        rings.add_edge(NodeIndex::new(*from), NodeIndex::new(*to), ());
    }
    let mut ring = vec![0; ops.len()];
    for (number, nodes) in kosaraju_scc(&rings).iter().enumerate() {
        nodes.iter().for_each(|node| ring[node.index()] = number);
    }
    for (from, to) in edges.into_iter().filter(|(from, to)| ring[*from] != ring[*to]) {
        graph.add_edge(NodeIndex::new(from), NodeIndex::new(to), ());
    }
}

fn places(ops: &[Op], test: impl Fn(&Op) -> bool) -> BTreeMap<&Name, usize> {
    let hits = ops.iter().enumerate().filter(|(_, op)| test(op));
    hits.filter_map(|(at, op)| Some((op.table()?, at))).collect()
}

fn referenced<'a>(
    table: &'a Table,
    places: &'a BTreeMap<&Name, usize>,
) -> impl Iterator<Item = usize> + 'a {
    table.foreign_keys.iter().filter_map(|key| places.get(&key.table).copied())
}

/// An index name is free for a new index only when the old owner is gone: most databases keep one
/// list of index names for all tables.
fn names(graph: &mut Order, ops: &[Op]) {
    let mut freed: BTreeMap<String, usize> = BTreeMap::new();
    for (at, op) in ops.iter().enumerate() {
        freed.extend(index_names(op).0.into_iter().map(|name| (name.to_ascii_lowercase(), at)));
    }
    for (at, op) in ops.iter().enumerate() {
        for name in index_names(op).1 {
            match freed.get(&name.to_ascii_lowercase()) {
                Some(before) if *before != at => {
                    graph.add_edge(NodeIndex::new(*before), NodeIndex::new(at), ());
                }
                _ => {}
            }
        }
    }
}

/// The index names that an op gives up, and those that it takes.
fn index_names(op: &Op) -> (Vec<&str>, Vec<&str>) {
    fn of(table: &Table) -> Vec<&str> {
        table.indexes.iter().map(|index| index.name.text.as_str()).collect()
    }
    fn name(part: &Part) -> Vec<&str> {
        match part {
            Part::Index(index) => vec![index.name.text.as_str()],
            _ => Vec::new(),
        }
    }
    match op {
        Op::CreateTable(table) => (Vec::new(), of(table)),
        Op::DropTable(table) => (of(table), Vec::new()),
        Op::Rebuild(rebuild) => (of(&rebuild.old), of(&rebuild.new)),
        Op::Alter { change: Change::Add(part), .. } => (Vec::new(), name(part)),
        Op::Alter { change: Change::Drop(part), .. } => (name(part), Vec::new()),
        Op::Alter { change: Change::Rename { old, new }, .. } => (name(old), name(new)),
        _ => (Vec::new(), Vec::new()),
    }
}
