//! The review block: what a revision changes, locks and loses, in words.

use std::collections::{BTreeMap, BTreeSet};

use crate::dialect::{Dialect, Effects, Work};
use crate::op::Op;
use crate::schema::Schema;

use super::describe::describe;
use super::locks::{created, locks, outlasting};
use super::{Hazard, Known, Plan, hazards};

/// What a reader is told of a plan, line by line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Review {
    /// What comes, goes and changes.
    pub changes: Vec<String>,
    /// What that locks, copies and loses; lines that go on from the one above are indented.
    pub effects: Vec<String>,
}

impl Review {
    /// All lines.
    pub fn lines(&self) -> impl Iterator<Item = &String> {
        self.changes.iter().chain(&self.effects)
    }
}

/// The review: the changes, what they lock, what becomes of the data.
pub fn review(
    ops: &[Op],
    (current, up): (&Schema, &Plan),
    (target, down): (&Schema, &Plan),
    dialect: &dyn Dialect,
) -> Review {
    let changes = ops.iter().flat_map(describe).collect();
    let mut lines: Vec<String> = Vec::new();
    let effects = |plan: &Plan, before: &Schema| {
        let ops: Vec<Op> = plan.ops().cloned().collect();
        dialect.effects(&ops, before)
    };
    let (up_effects, down_effects) = (effects(up, current), effects(down, target));
    lines.extend(labelled("locks:", locks(up, &up_effects, dialect)));
    if takes_long(&down_effects) {
        lines.extend(labelled("back: ", locks(down, &down_effects, dialect)));
    }
    let (there, back) = (of_plan(up, dialect), of_plan(down, dialect));
    let recast = list(&there, |hazard| matches!(hazard, Hazard::Recast(_)));
    let kept = losses(&there).is_empty() && recast.is_empty();
    let mut data: Vec<String> = kept.then(|| "nothing lost".into()).into_iter().collect();
    if !recast.is_empty() {
        let lost = "what that leaves out is lost, and no downgrade knows it";
        data.push(format!("converts {recast}: {lost}"));
    }
    for (hazards, way) in [(&there, ""), (&back, "downgrade ")] {
        let lost = losses(hazards);
        let filled = list(hazards, |hazard| matches!(hazard, Hazard::Filled(_)));
        let converted = list(hazards, |hazard| matches!(hazard, Hazard::Converted(_)));
        let words = [("loses", lost), ("fills", filled), ("converts", converted)];
        let said = words.into_iter().filter(|(_, what)| !what.is_empty());
        data.extend(said.map(|(verb, what)| format!("{way}{verb} {what}")));
    }
    lines.push(format!("data:  {}", data.join("; ")));
    let rewrites = list(&there, |hazard| matches!(hazard, Hazard::Rewrite(_)));
    if !rewrites.is_empty() {
        lines.push(format!("copy:  every row of {rewrites} is written anew"));
    }
    let ways = [(&there, &up_effects, "upgrade"), (&back, &down_effects, "downgrade")];
    for (hazards, effects, way) in ways {
        let mut rows: BTreeSet<&String> = effects.iter().flat_map(|it| &it.rows).collect();
        rows.extend(hazards.iter().filter_map(|hazard| match hazard {
            Hazard::Rows(why) => Some(why),
            _ => None,
        }));
        let stops = |why| format!("rows:  {why}, or the {way} stops and changes nothing");
        lines.extend(rows.into_iter().map(stops));
    }
    lines.extend(remarks(up, &up_effects, dialect));
    Review { changes, effects: lines }
}

/// What ends a lock that outlasts its change.
const STEP: &str = "in a step of its own (`-- autogen: step`) the lock ends before the long work";

/// Lines under a word; those that follow stand below the first.
fn labelled(word: &str, lines: Vec<String>) -> impl Iterator<Item = String> {
    let lines = lines.into_iter().enumerate();
    lines.map(move |(at, line)| match at {
        0 => format!("{word} {line}"),
        _ => format!("{} {line}", " ".repeat(word.len())),
    })
}

/// Whether a way back is worth a word: it works on rows under locks of tables.
fn takes_long(effects: &[Effects]) -> bool {
    let mut locks = effects.iter().flat_map(|effects| &effects.locks);
    locks.any(|effect| effect.on.is_some() && effect.work > Work::None)
}

/// What an upgrade needs, what to know of it, and what would hurt less; each once.
fn remarks(plan: &Plan, effects: &[Effects], dialect: &dyn Dialect) -> Vec<String> {
    let created = created(plan);
    // What comes with a new table concerns nobody; that it comes may concern another.
    let fresh = |op: &Op| {
        let new = op.table().is_some_and(|table| created.contains(table));
        new && !matches!(op, Op::CreateTable(_))
    };
    let there = || plan.ops().zip(effects).filter(|(op, _)| !fresh(op)).map(|(_, it)| it);
    let needs: BTreeSet<_> = effects.iter().flat_map(|effects| &effects.needs).collect();
    let mut lines = Vec::new();
    if let Some((version, _)) = needs.last() {
        let words: Vec<String> = needs.iter().rev().map(|(_, what)| (*what).to_owned()).collect();
        lines.push(format!(
            "needs: {} {version} or later, for {}",
            dialect.name(),
            words.join(", ")
        ));
    }
    let notes: BTreeSet<&String> = there().flat_map(|effects| &effects.notes).collect();
    lines.extend(notes.into_iter().map(|note| format!("note:  {note}")));
    let mut advice: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for it in there().flat_map(|effects| &effects.safer) {
        advice.entry(it.how).or_default().insert(&it.what);
    }
    let early: Vec<String> =
        outlasting(plan, effects, dialect).iter().map(ToString::to_string).collect();
    if !early.is_empty() {
        advice.entry(STEP).or_default().extend(early.iter().map(String::as_str));
    }
    for (how, what) in advice {
        let what: Vec<&str> = what.into_iter().collect();
        lines.push(format!("safer: {}: {how}", what.join(", ")));
    }
    lines
}

/// The hazards of a plan, each once.
fn of_plan(plan: &Plan, dialect: &dyn Dialect) -> BTreeSet<Hazard> {
    let known = Known::new(plan, dialect);
    plan.ops().flat_map(|op| hazards(op, &known)).collect()
}

/// What is gone: tables first, then values.
fn losses(hazards: &BTreeSet<Hazard>) -> String {
    let tables = list(hazards, |hazard| matches!(hazard, Hazard::LostTable(_)));
    let tables = match tables.rsplit_once(", ") {
        Some((all, last)) => format!("{all} and {last} with their rows"),
        None if tables.is_empty() => tables,
        None => format!("{tables} with its rows"),
    };
    let values = list(hazards, |hazard| matches!(hazard, Hazard::Loss(_)));
    let parts = [tables, values].into_iter().filter(|part| !part.is_empty());
    parts.collect::<Vec<_>>().join(", ")
}

fn list(hazards: &BTreeSet<Hazard>, test: impl Fn(&Hazard) -> bool) -> String {
    let words = hazards.iter().filter(|hazard| test(hazard)).map(|hazard| match hazard {
        Hazard::LostTable(it)
        | Hazard::Loss(it)
        | Hazard::Rewrite(it)
        | Hazard::Rows(it)
        | Hazard::Filled(it)
        | Hazard::Converted(it)
        | Hazard::Recast(it) => it.clone(),
    });
    words.collect::<Vec<String>>().join(", ")
}
