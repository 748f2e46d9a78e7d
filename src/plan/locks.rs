//! The locks of a plan in words: the strongest on each table, and what is done while it is held.
//!
//! A lock is held to the end of its transaction, so it lasts as long as the longest work after it,
//! on whichever table.

use std::collections::{BTreeMap, BTreeSet};

use super::Plan;
use crate::dialect::{Dialect, Effects, Lock, Work};
use crate::op::Op;
use crate::schema::Name;

/// A line of the review is about this long at most.
const WIDTH: usize = 96;

/// What is done while a lock is held: the longest work, and the tables that it is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct While {
    work: Work,
    on: BTreeSet<Name>,
}

/// The locks that a plan holds.
struct Held {
    locks: BTreeMap<Name, BTreeMap<Lock, While>>,
    /// Tables whose lock outlasts their own change for the sake of others.
    early: BTreeSet<Name>,
}

/// Tables that would be free earlier if their changes had a step of their own.
pub(super) fn outlasting(
    plan: &Plan,
    effects: &[Effects],
    dialect: &dyn Dialect,
) -> BTreeSet<Name> {
    held(plan, effects, &created(plan), dialect).early
}

/// The locks of a plan; `effects` are those of its ops.
pub(super) fn locks(plan: &Plan, effects: &[Effects], dialect: &dyn Dialect) -> Vec<String> {
    let ops: Vec<&Op> = plan.ops().collect();
    let fresh = |op: &&Op| matches!(op, Op::CreateTable(_));
    if let Some(whole) = whole(effects) {
        return vec![match ops.iter().all(fresh) {
            true => format!("{whole}; no existing table is touched"),
            false => whole,
        }];
    }
    let created = created(plan);
    let held = held(plan, effects, &created, dialect).locks;
    if held.is_empty() {
        let none = if created.is_empty() { "nothing" } else { "none on existing tables" };
        return vec![none.to_owned()];
    }
    let untouched = ops.iter().all(|op| op.table().is_none_or(|table| created.contains(table)));
    let groups = grouped(held);
    let mut lines: Vec<String> =
        groups.into_iter().map(|(group, on)| phrase(&group, &on)).collect();
    if untouched && !created.is_empty() {
        lines[0].insert_str(0, "none on existing tables but ");
    }
    match lines.join("; ") {
        one if one.chars().count() <= WIDTH => vec![one],
        _ => lines,
    }
}

/// The tables that come with the plan: nobody uses them yet.
pub(super) fn created(plan: &Plan) -> BTreeSet<&Name> {
    let fresh = plan.ops().filter(|op| matches!(op, Op::CreateTable(_)));
    fresh.filter_map(Op::table).collect()
}

/// A lock on the whole database, where the database has no other.
fn whole(effects: &[Effects]) -> Option<String> {
    let mut all = effects.iter().flat_map(|it| &it.locks).filter(|it| it.on.is_none());
    let first = all.next()?;
    let work = all.map(|effect| effect.work).fold(first.work, Ord::max);
    let long = if work == Work::None { "briefly" } else { "while the rows are copied" };
    Some(format!("{}, {long}", first.lock.name))
}

/// The locks on each table that is there already, weaker ones only where they last longer.
fn held(
    plan: &Plan,
    effects: &[Effects],
    created: &BTreeSet<&Name>,
    dialect: &dyn Dialect,
) -> Held {
    let mut held = Held { locks: BTreeMap::new(), early: BTreeSet::new() };
    let mut effects = effects.iter();
    let mut renamed = BTreeMap::new();
    for step in &plan.steps {
        let ops = step.ops.iter().zip(effects.by_ref()).collect::<Vec<_>>();
        let each = step.autocommit || dialect.commits_each();
        let alone = if each { 1 } else { ops.len().max(1) };
        for transaction in ops.chunks(alone) {
            let mut after = While { work: Work::None, on: BTreeSet::new() };
            for (op, effects) in transaction.iter().rev() {
                let there = || effects.locks.iter().filter_map(|it| Some((it.on.as_ref()?, it)));
                let there = || there().filter(|(on, _)| !created.contains(on));
                let alone = there().count() == 1;
                for (on, effect) in there().filter(|(_, effect)| effect.work > Work::None) {
                    after.join(&While { work: effect.work, on: BTreeSet::from([on.clone()]) });
                }
                for (on, effect) in there().filter(|(_, effect)| effect.lock.strength > 0) {
                    // What one op does, it does in statements of their own.
                    let own = While { work: effect.work, on: BTreeSet::from([on.clone()]) };
                    let after = if dialect.commits_each() { &own } else { &after };
                    let long = after.work > Work::None && !after.on.contains(on);
                    if alone && long && op.table() == Some(on) {
                        held.early.insert(on.clone());
                    }
                    let locks = held.locks.entry(on.clone()).or_default();
                    locks
                        .entry(effect.lock)
                        .and_modify(|known| known.join(after))
                        .or_insert_with(|| after.clone());
                }
                if let Op::RenameTable { old, new } = op {
                    renamed.insert(old.clone(), new.clone());
                }
            }
        }
    }
    for (old, new) in renamed {
        for long in held.locks.values_mut().flat_map(BTreeMap::values_mut) {
            if long.on.remove(&old) {
                long.on.insert(new.clone());
            }
        }
        let locks = held.locks.remove(&old).unwrap_or_default();
        let known = held.locks.entry(new).or_default();
        for (lock, long) in locks {
            known.entry(lock).and_modify(|it| it.join(&long)).or_insert(long);
        }
    }
    held.locks.retain(|_, locks| !locks.is_empty());
    held.locks.values_mut().for_each(strongest);
    held
}

impl While {
    /// Takes over the longer work of the two, or both.
    fn join(&mut self, other: &Self) {
        match self.work.cmp(&other.work) {
            std::cmp::Ordering::Less => *self = other.clone(),
            std::cmp::Ordering::Equal => self.on.extend(other.on.iter().cloned()),
            std::cmp::Ordering::Greater => {}
        }
    }
}

/// Leaves out what a stronger lock says already.
fn strongest(locks: &mut BTreeMap<Lock, While>) {
    let mut longest = None;
    let mut kept = BTreeMap::new();
    for (lock, long) in std::mem::take(locks).into_iter().rev() {
        if longest.is_none_or(|work| work < long.work) {
            longest = Some(long.work);
            kept.insert(lock, long);
        }
    }
    *locks = kept;
}

/// Tables that share a lock and what is done meanwhile.
type Group = (Work, Lock, bool, BTreeSet<Name>);

/// What is said of several tables at once, the longest and strongest first.
fn grouped(held: BTreeMap<Name, BTreeMap<Lock, While>>) -> Vec<(Group, BTreeSet<Name>)> {
    let mut groups: BTreeMap<Group, BTreeSet<Name>> = BTreeMap::new();
    for (table, locks) in held {
        for (lock, long) in locks {
            // Each for itself is said as one, whatever its name.
            let own = long.on.len() == 1 && long.on.contains(&table);
            let on = if own { BTreeSet::new() } else { long.on };
            groups.entry((long.work, lock, own, on)).or_default().insert(table.clone());
        }
    }
    groups.into_iter().rev().collect()
}

fn phrase((work, lock, own, meanwhile): &Group, on: &BTreeSet<Name>) -> String {
    let listed = |names: &BTreeSet<Name>| {
        names.iter().map(ToString::to_string).collect::<Vec<String>>().join(", ")
    };
    let own = *own || meanwhile == on;
    let (who, whose) = match (own, on.len(), meanwhile.len()) {
        (true, 1, _) => ("it is".to_owned(), "its".to_owned()),
        (true, ..) => ("they are".to_owned(), "their".to_owned()),
        (false, _, 1) => (format!("{} is", listed(meanwhile)), format!("{}'s", listed(meanwhile))),
        (false, _, 2 | 3) => (format!("{} are", listed(meanwhile)), "their".to_owned()),
        (false, _, many) => (format!("{many} tables are"), "their".to_owned()),
    };
    let long = match work {
        Work::None => ", brief".to_owned(),
        Work::Scan => format!(" while {who} read"),
        Work::Fill => format!(" while {who} filled"),
        Work::Rewrite => format!(" while {who} written anew"),
        Work::Build if own || meanwhile.len() == 1 => format!(" while {whose} indexes are built"),
        Work::Build => format!(" while {who} indexed"),
    };
    format!("{} on {}{long}", lock.name, listed(on))
}
