//! All changes of one table that are made in one way share a statement, as far as none needs another
//! in between.

use std::collections::{BTreeMap, BTreeSet};

use super::super::Mysql;
use super::super::hazard::algorithm::{Class, Site, has_kind};
use super::Work;
use super::order::{Needs, needs};
use crate::dialect::Dialect;
use crate::op::{Change, Op, Part, Together};
use crate::schema::{Name, Schema, Table};

/// The ops, with the changes of each table put together.
pub(super) fn group(work: &mut Work<'_>) -> Vec<Op> {
    let mut result = std::mem::take(&mut work.others);
    let changed: BTreeSet<Name> = work.changes.keys().cloned().collect();
    let adds = |changes: &[Change]| changes.iter().any(is_added_key);
    let adding = work.changes.iter().filter(|(_, changes)| adds(changes)).count();
    let many = adding + work.apart.values().filter(|changes| adds(changes)).count() > 1;
    let mut first = Vec::new();
    let mut last = Vec::new();
    for (name, changes) in std::mem::take(&mut work.apart) {
        let state = Table::new(name.clone());
        let ops = together(work.mysql, (&name, &state), changes, false);
        match ops.iter().any(|op| op.changes().iter().any(is_added_key)) {
            true => last.extend(ops),
            false => first.extend(ops),
        }
    }
    for (name, changes) in std::mem::take(&mut work.changes) {
        let Some(table) = work.before.tables.get(&name) else { continue };
        let mut early = Vec::new();
        let mut late = Vec::new();
        let mut rest = Vec::new();
        // Where another table changes too, its changes wait for these keys, or these for them.
        let waits =
            |key: &crate::schema::ForeignKey| key.table != name && changed.contains(&key.table);
        for change in changes {
            match &change {
                Change::Drop(Part::ForeignKey(key)) if waits(key) => early.push(change),
                Change::Add(Part::ForeignKey(key)) if many || waits(key) => late.push(change),
                _ => rest.push(change),
            }
        }
        let mut state = table.clone();
        for (list, to) in [(early, &mut first), (rest, &mut result), (late, &mut last)] {
            let ops = together(work.mysql, (&name, &state), list, false);
            state = after(work.mysql, state, &ops);
            to.extend(ops);
        }
    }
    first.into_iter().chain(result).chain(last).collect()
}

fn is_added_key(change: &Change) -> bool {
    matches!(change, Change::Add(Part::ForeignKey(_)))
}

/// The table after some ops on it.
fn after(mysql: &Mysql, table: Table, ops: &[Op]) -> Table {
    let name = table.name.clone();
    let mut schema = Schema::default();
    schema.insert(table.clone());
    for op in ops {
        // A misfit shows when the whole plan is proved.
        let _ = op.apply(&mut schema, mysql.spelling());
    }
    schema.tables.remove(&name).unwrap_or(table)
}

/// Changes of one table as statements, in an order that works. `table` is the state before.
pub(super) fn together(
    mysql: &Mysql,
    (name, table): (&Name, &Table),
    changes: Vec<Change>,
    renaming: bool,
) -> Vec<Op> {
    let mut state = table.clone();
    let mut result = Vec::new();
    let needs = needs(mysql.server, &changes, table);
    let mut open: BTreeSet<usize> = (0..changes.len()).collect();
    let mut done: BTreeSet<usize> = BTreeSet::new();
    while !open.is_empty() {
        let texts = has_kind(table, "fulltext") || has_kind(&state, "fulltext");
        let site = Site { server: mysql.server, table: &state, texts };
        let (class, group) = next(site, &changes, &needs, (&open, &done));
        let list: Vec<Change> = group.iter().map(|at| changes[*at].clone()).collect();
        let history = state.options.contains_key("system_versioned");
        let op = Op::AlterTogether(Box::new(Together {
            table: name.clone(),
            changes: arranged(list),
            algorithm: class.algorithm(),
            collate: state.options.get("collate").cloned(),
            checks: BTreeMap::new(),
            history,
            renaming,
        }));
        state = after(mysql, state, std::slice::from_ref(&op));
        result.push(with_checks(op, &state));
        open.retain(|at| !group.contains(at));
        done.extend(group);
    }
    result
}

/// Conditions stand in definitions of columns as they do in the state after.
fn with_checks(mut op: Op, state: &Table) -> Op {
    if let Op::AlterTogether(it) = &mut op {
        let checks = state.checks.iter();
        let checks =
            checks.filter_map(|it| Some((it.options.get("column")?.clone(), it.expr.clone())));
        it.checks = checks.collect();
    }
    op
}

/// The changes of the next statement, and how it is made: those of which all can be made now, rather
/// than those of which some wait.
fn next(
    site: Site<'_>,
    changes: &[Change],
    needs: &Needs,
    (open, done): (&BTreeSet<usize>, &BTreeSet<usize>),
) -> (Class, BTreeSet<usize>) {
    let mut classes: BTreeMap<Class, BTreeSet<usize>> = BTreeMap::new();
    for (at, class) in bonded(site, changes, needs, open) {
        classes.entry(class).or_default().insert(at);
    }
    let mut partly = None;
    for (class, all) in &classes {
        let mut ready = ready(all, needs, done);
        if *class == Class::Texts {
            // One after the other.
            ready = ready.into_iter().take(1).collect();
        }
        if ready.len() == all.len() {
            return (*class, ready);
        }
        if !ready.is_empty() && partly.is_none() {
            partly = Some((*class, ready));
        }
    }
    // They wait for one another all around, so one statement must do.
    let all = || {
        let class = classes.keys().last().copied().unwrap_or(Class::Copy);
        (class, open.clone())
    };
    partly.unwrap_or_else(all)
}

/// How each change is made; those that need each other are made as the dearest of them.
fn bonded(
    site: Site<'_>,
    changes: &[Change],
    needs: &Needs,
    open: &BTreeSet<usize>,
) -> BTreeMap<usize, Class> {
    let mut classes: BTreeMap<usize, Class> =
        open.iter().map(|at| (*at, site.rule(&changes[*at]).class)).collect();
    loop {
        let mut dearer = BTreeMap::new();
        for at in open {
            let bonds = needs.with[*at].iter().filter(|other| needs.with[**other].contains(at));
            let most = bonds.filter_map(|other| classes.get(other)).max().copied();
            if let Some(most) = most.filter(|most| *most > classes[at]) {
                dearer.insert(*at, most);
            }
        }
        if dearer.is_empty() {
            return classes;
        }
        classes.extend(dearer);
    }
}

/// Those of which all needs are done, or among them.
fn ready(all: &BTreeSet<usize>, needs: &Needs, done: &BTreeSet<usize>) -> BTreeSet<usize> {
    let mut ready = all.clone();
    loop {
        let stuck: Vec<usize> = ready
            .iter()
            .filter(|at| {
                let with =
                    needs.with[**at].iter().all(|it| done.contains(it) || ready.contains(it));
                !with || !needs.after[**at].iter().all(|it| done.contains(it))
            })
            .copied()
            .collect();
        if stuck.is_empty() {
            return ready;
        }
        ready.retain(|at| !stuck.contains(at));
    }
}

/// Changes in the order in which a person would write them, and in which they can be made one after
/// the other.
fn arranged(mut changes: Vec<Change>) -> Vec<Change> {
    let place = |change: &Change| match change {
        Change::Drop(Part::ForeignKey(_)) => 0,
        Change::Drop(Part::Check(_)) => 1,
        Change::Drop(_) => 2,
        Change::PrimaryKey { new: None, .. } => 3,
        Change::DropColumn { .. } => 4,
        Change::RenameColumn { .. } => 5,
        Change::AddColumn { .. } => 6,
        Change::AlterColumn { .. } | Change::MapValues { .. } => 7,
        Change::PrimaryKey { .. } => 8,
        Change::Rename { .. } | Change::Validate { .. } => 9,
        Change::Add(Part::Index(_) | Part::Unique(_)) => 10,
        Change::Add(Part::Check(_) | Part::Exclude(_)) => 11,
        Change::Add(Part::ForeignKey(_)) => 12,
        Change::Comment { .. } | Change::Options { .. } | Change::Partition(_) => 13,
    };
    changes.sort_by_key(place);
    changes
}
