//! Which op needs which first, whatever their stages say.

use std::collections::{BTreeMap, BTreeSet};

use petgraph::algo::kosaraju_scc;
use petgraph::graph::{DiGraph, NodeIndex};

use super::Order;
use crate::dialect::Dialect;
use crate::op::{Change, Op, Part};
use crate::schema::{Name, Need, Object, ObjectKind, Table};
use crate::sql::{Syntax, names};

/// Draws all of them.
pub(super) fn draw(graph: &mut Order, ops: &[Op], dialect: &dyn Dialect) {
    references(graph, ops);
    taken_names(graph, ops, dialect.names_indexes_by_table());
    types(graph, ops);
    columns(graph, ops, dialect.spelling().syntax);
    together(graph, ops);
    objects(graph, ops);
    remade(graph, ops);
}

fn edge(graph: &mut Order, first: usize, then: usize) {
    if first != then {
        graph.add_edge(NodeIndex::new(first), NodeIndex::new(then), ());
    }
}

/// A table comes after those it references or is a part of, and goes before them; where tables
/// reference each other in a ring, the stages and names decide.
fn references(graph: &mut Order, ops: &[Op]) {
    let created = places(ops, |op| matches!(op, Op::CreateTable(_)));
    let dropped = places(ops, |op| matches!(op, Op::DropTable(_)));
    let mut grown: BTreeMap<&Name, Vec<usize>> = BTreeMap::new();
    for (at, op) in ops.iter().enumerate() {
        if let Op::Alter { table, change: Change::AddColumn { .. } } = op {
            grown.entry(table).or_default().push(at);
        }
    }
    let mut edges = Vec::new();
    for (at, op) in ops.iter().enumerate() {
        match op {
            Op::CreateTable(table) => {
                edges.extend(referenced(table, &created).map(|parent| (parent, at)));
                // What it has of its own may be about a new column of its parent.
                let parents = table.parents();
                let grown = parents.iter().filter_map(|parent| grown.get(parent)).flatten();
                edges.extend(grown.map(|column| (*column, at)));
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
        edge(graph, from, to);
    }
}

fn places(ops: &[Op], test: impl Fn(&Op) -> bool) -> BTreeMap<&Name, usize> {
    let hits = ops.iter().enumerate().filter(|(_, op)| test(op));
    hits.filter_map(|(at, op)| Some((op.table()?, at))).collect()
}

fn referenced(table: &Table, places: &BTreeMap<&Name, usize>) -> impl Iterator<Item = usize> {
    let keys = table.foreign_keys.iter().map(|key| &key.table);
    let parents = table.parents();
    let found = keys.chain(&parents).filter_map(|name| places.get(name).copied());
    found.collect::<Vec<_>>().into_iter()
}

/// A name is free for a new index or table only when the old owner is gone: most databases keep one
/// list of names for all of them. Names of other constraints are their table's own, and where those
/// of indexes are too, `tables` alone share theirs.
fn taken_names(graph: &mut Order, ops: &[Op], tables: bool) {
    let mut freed: BTreeMap<String, usize> = BTreeMap::new();
    let mut taken: BTreeMap<String, usize> = BTreeMap::new();
    let names = |op: &Op| match (tables, op) {
        (false, op) => names_of(op),
        (true, Op::CreateTable(table)) => (Vec::new(), vec![fold(&table.name.to_string())]),
        (true, Op::DropTable(table)) => (vec![fold(&table.name.to_string())], Vec::new()),
        (true, _) => (Vec::new(), Vec::new()),
    };
    let all: Vec<(Vec<String>, Vec<String>)> = ops.iter().map(names).collect();
    for (at, (_, takes)) in all.iter().enumerate() {
        taken.extend(takes.iter().map(|name| (name.clone(), at)));
    }
    for (at, (frees, _)) in all.iter().enumerate() {
        for name in frees {
            match taken.get(name) {
                // Under a name that it was given for a while.
                Some(taker)
                    if *taker < at
                        && renames(&ops[*taker])
                        && (only_drops(&ops[at]) || name.contains(ASIDE)) =>
                {
                    edge(graph, *taker, at);
                }
                _ => drop(freed.insert(name.clone(), at)),
            }
        }
    }
    for (at, (_, takes)) in all.iter().enumerate() {
        for name in takes {
            if let Some(before) = freed.get(name) {
                edge(graph, *before, at);
            }
        }
    }
}

fn fold(name: &str) -> String {
    name.to_ascii_lowercase()
}

/// What a name has in it that something is given for a while.
const ASIDE: &str = "autogen_was_";

fn only_drops(op: &Op) -> bool {
    matches!(op, Op::Alter { change: Change::Drop(_), .. })
}

fn renames(op: &Op) -> bool {
    matches!(op, Op::Alter { change: Change::Rename { .. }, .. })
}

/// The names of indexes, of tables beside them and of constraints, in lower case, that an op gives
/// up, and those that it takes.
fn names_of(op: &Op) -> (Vec<String>, Vec<String>) {
    fn of(table: &Table) -> Vec<String> {
        let uniques = table.uniques.iter().filter_map(|it| it.name.as_ref());
        let excludes = table.excludes.iter().filter_map(|it| it.name.as_ref());
        let key = table.primary_key.iter().filter_map(|it| it.name.as_ref());
        let constraints = uniques.chain(excludes).chain(key).map(|name| name.text.as_str());
        let own = std::iter::once(table.name.name.as_str());
        indexes(table).into_iter().chain(constraints.chain(own).map(fold)).collect()
    }
    fn indexes(table: &Table) -> Vec<String> {
        table.indexes.iter().map(|index| fold(&index.name.text)).collect()
    }
    let name = |table: &Name, part: &Part| -> Vec<String> {
        let name = part.name().map(fold).into_iter();
        match part {
            Part::Check(_) | Part::ForeignKey(_) => {
                name.map(|name| format!("{}\0{name}", fold(&table.to_string()))).collect()
            }
            _ => name.collect(),
        }
    };
    match op {
        Op::CreateTable(table) => (Vec::new(), of(table)),
        Op::DropTable(table) => (of(table), Vec::new()),
        Op::Rebuild(rebuild) => (indexes(&rebuild.old), indexes(&rebuild.new)),
        Op::Alter { table, change } => match change {
            Change::Add(part) => (Vec::new(), name(table, part)),
            Change::Drop(part) => (name(table, part), Vec::new()),
            Change::Rename { old, new } => (name(table, old), name(table, new)),
            _ => (Vec::new(), Vec::new()),
        },
        _ => (Vec::new(), Vec::new()),
    }
}

/// Types and namespaces have their names before anything uses them.
fn types(graph: &mut Order, ops: &[Op]) {
    let mut named: BTreeMap<&Name, Vec<usize>> = BTreeMap::new();
    let mut homes: BTreeMap<&String, usize> = BTreeMap::new();
    for (at, op) in ops.iter().enumerate().filter(|(at, _)| graph[NodeIndex::new(*at)].0 < 100) {
        match op {
            Op::RenameEnum { new: name, .. } | Op::RenameLabel { name, .. } => {
                named.entry(name).or_default().push(at);
            }
            Op::RenameNamespace { new, .. } => drop(homes.insert(new, at)),
            _ => {}
        }
    }
    for (at, op) in ops.iter().enumerate() {
        let Op::AlterEnum { old, .. } = op else { continue };
        let home = old.name.schema.as_ref().and_then(|name| homes.get(name));
        named
            .get(&old.name)
            .into_iter()
            .flatten()
            .chain(home)
            .for_each(|rename| edge(graph, *rename, at));
    }
    // A namespace may take the name that another gives up, and go before that one comes back.
    let renames = ops.iter().enumerate().filter_map(|(at, op)| match op {
        Op::RenameNamespace { old, new } => Some((at, old, new)),
        _ => None,
    });
    let renames: Vec<_> = renames.collect();
    for (at, op) in ops.iter().enumerate().filter(|_| !renames.is_empty()) {
        for (rename, old, new) in &renames {
            match op {
                Op::CreateNamespace(name) if name == *old => edge(graph, *rename, at),
                Op::DropNamespace(name) if name == *new => edge(graph, at, *rename),
                _ => {}
            }
        }
    }
}

/// Changes of one column stay as they came, and a computed column goes before what it is computed
/// from.
fn columns(graph: &mut Order, ops: &[Op], syntax: Syntax) {
    let mut last: BTreeMap<(&Name, &str), usize> = BTreeMap::new();
    let mut dropped: BTreeMap<(&Name, &str), usize> = BTreeMap::new();
    for (at, op) in ops.iter().enumerate() {
        let about: Vec<(&Name, &str)> = match op {
            Op::ReplaceEnum(it) => {
                it.columns.iter().map(|(table, column)| (table, column.name.as_str())).collect()
            }
            Op::Alter { table, change } => match change {
                Change::AddColumn { column, .. } => vec![(table, &column.name)],
                Change::AlterColumn { old, .. } => vec![(table, &old.name)],
                Change::DropColumn { column, .. } => {
                    dropped.insert((table, &column.name), at);
                    vec![(table, &column.name)]
                }
                _ => Vec::new(),
            },
            _ => Vec::new(),
        };
        for key in about {
            if let Some(before) = last.insert(key, at) {
                edge(graph, before, at);
            }
        }
    }
    for (at, op) in ops.iter().enumerate() {
        if let Op::Alter { table, change: Change::DropColumn { column, .. } } = op
            && let Some(generated) = &column.generated
        {
            let names: BTreeSet<String> = names(&generated.expr.text, syntax).collect();
            for base in names.iter().filter_map(|name| dropped.get(&(table, name.as_str()))) {
                edge(graph, at, *base);
            }
        }
    }
}

/// Statements about one table that were put together stay as they came.
fn together(graph: &mut Order, ops: &[Op]) {
    let mut last: BTreeMap<&Name, usize> = BTreeMap::new();
    for (at, op) in ops.iter().enumerate() {
        if let Op::AlterTogether(it) = op
            && let Some(before) = last.insert(&it.table, at)
        {
            edge(graph, before, at);
        }
    }
}

/// An object of a table that is made again for the sake of a rename comes after it.
fn remade(graph: &mut Order, ops: &[Op]) {
    let mut renamed: BTreeMap<&Name, usize> = BTreeMap::new();
    for (at, op) in ops.iter().enumerate() {
        match op {
            Op::AlterTogether(it) if it.renaming => drop(renamed.insert(&it.table, at)),
            Op::RenameTable { new, .. } => drop(renamed.insert(new, at)),
            Op::CreateObject(it) => {
                if let Some(rename) = it.table.as_ref().and_then(|table| renamed.get(table)) {
                    edge(graph, *rename, at);
                }
            }
            _ => {}
        }
    }
}

/// An object comes after what it needs, and goes before it.
fn objects(graph: &mut Order, ops: &[Op]) {
    let objects = |created: bool| {
        ops.iter().enumerate().filter_map(move |(at, op)| match op {
            Op::CreateObject(it) if created => Some((at, it)),
            Op::DropObject(it) if !created => Some((at, it)),
            _ => None,
        })
    };
    for created in [true, false] {
        let mut places: BTreeMap<String, usize> = BTreeMap::new();
        for (at, object) in objects(created) {
            if is_named_alone(object.kind) {
                places.insert(object.name.to_string(), at);
            }
            if object.kind == ObjectKind::Trigger {
                places.insert(trigger(&object.name), at);
            }
        }
        let tables = match created {
            true => self::places(ops, |op| matches!(op, Op::CreateTable(_))),
            false => self::places(ops, |op| matches!(op, Op::DropTable(_))),
        };
        for (at, object) in objects(created) {
            for name in needed(object) {
                let table = tables.get(&Name::from(name.as_str()));
                let before = places.get(&name).or(table).copied();
                match before {
                    // A function may speak of itself.
                    Some(before) if before == at => {}
                    Some(before) if created => edge(graph, before, at),
                    Some(before) => edge(graph, at, before),
                    None => {}
                }
            }
        }
    }
}

/// Whether no table is needed to tell which one is meant, and whether others can need it.
fn is_named_alone(kind: ObjectKind) -> bool {
    use ObjectKind::{Composite, Domain, Function, MaterializedView, Sequence, View, VirtualTable};
    matches!(
        kind,
        View | MaterializedView | Function | Domain | Composite | Sequence | VirtualTable
    )
}

/// A trigger may be called like a table.
fn trigger(name: &Name) -> String {
    format!("trigger {name}")
}

/// The names of what an object needs.
fn needed(object: &Object) -> BTreeSet<String> {
    let names = object.needs.iter().map(|need| match need {
        Need::Relation(name) | Need::Column(name, _) | Need::Type(name) => name.to_string(),
        Need::Function(signature) => signature.clone(),
        Need::Trigger(name) => trigger(name),
    });
    names.chain(object.table.iter().map(ToString::to_string)).collect()
}
