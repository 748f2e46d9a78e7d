//! The review block: what a revision changes, locks and loses, in words.

use std::collections::{BTreeMap, BTreeSet};

use crate::dialect::{Dialect, Effects, Work};
use crate::op::{Change, Op, Part};
use crate::schema::{Action, Column, Enum, IndexPart, Schema, Table, Type};

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
    let kept = losses(&there).is_empty();
    let mut data: Vec<String> = kept.then(|| "nothing lost".into()).into_iter().collect();
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
    for (hazards, way) in [(&there, "upgrade"), (&back, "downgrade")] {
        lines.extend(hazards.iter().filter_map(|hazard| match hazard {
            Hazard::Rows(why) => {
                Some(format!("rows:  {why}, or the {way} stops and changes nothing"))
            }
            _ => None,
        }));
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
    let fresh = |op: &Op| op.table().is_some_and(|table| created.contains(table));
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
        | Hazard::Converted(it) => it.clone(),
    });
    words.collect::<Vec<String>>().join(", ")
}

/// An op in a line a person understands: `+` comes, `-` goes, `~` changes. A table that is made
/// anew is described by the changes that made it necessary.
pub fn describe(op: &Op) -> Vec<String> {
    match op {
        Op::CreateNamespace(name) => vec![format!("+ schema {name}")],
        Op::DropNamespace(name) => vec![format!("- schema {name}")],
        Op::RenameNamespace { old, new } => vec![format!("~ schema {old} is now {new}")],
        Op::ReplaceEnum(it) => vec![describe_enum(&it.old, &it.new)],
        Op::CreateEnum(it) => vec![format!("+ enum {} ({})", it.name, it.labels.join(", "))],
        Op::DropEnum(it) => vec![format!("- enum {}", it.name)],
        Op::AlterEnum { old, new, .. } => vec![describe_enum(old, new)],
        Op::RenameEnum { old, new } => vec![format!("~ enum {old} is now {new}")],
        Op::CreateTable(table) => vec![format!("+ table {} ({})", table.name, contents(table))],
        Op::DropTable(table) => vec![format!("- table {} ({})", table.name, contents(table))],
        Op::RenameTable { old, new } => vec![format!("~ table {old} is now {new}")],
        Op::CreateObject(it) => vec![format!("+ {} {}", it.kind.noun(), it.name)],
        Op::DropObject(it) => vec![format!("- {} {}", it.kind.noun(), it.name)],
        Op::Rebuild(rebuild) => {
            let table = rebuild.new.name.to_string();
            rebuild.changes.iter().map(|change| describe_change(&table, change)).collect()
        }
        Op::Alter { table, change } => vec![describe_change(&table.to_string(), change)],
        Op::AlterTogether(it) => {
            let table = it.table.to_string();
            it.changes.iter().map(|change| describe_change(&table, change)).collect()
        }
    }
}

fn describe_enum(old: &Enum, new: &Enum) -> String {
    if old.labels == new.labels {
        return format!("~ comment of enum {}", new.name);
    }
    format!("~ enum {}: {} -> {}", new.name, old.labels.join(", "), new.labels.join(", "))
}

fn contents(table: &Table) -> String {
    let counts = [
        (table.columns.len(), "column", "columns"),
        (table.indexes.len(), "index", "indexes"),
        (table.uniques.len(), "unique constraint", "unique constraints"),
        (table.checks.len(), "check", "checks"),
        (table.foreign_keys.len(), "foreign key", "foreign keys"),
        (table.excludes.len(), "exclusion", "exclusions"),
    ];
    let words = counts
        .iter()
        .filter(|(count, ..)| *count > 0)
        .map(|(count, one, many)| format!("{count} {}", if *count == 1 { one } else { many }));
    words.collect::<Vec<String>>().join(", ")
}

fn describe_change(table: &str, change: &Change) -> String {
    match change {
        Change::AddColumn { column, .. } => format!("+ column {table}.{}", facets(column)),
        Change::DropColumn { column, .. } => format!("- column {table}.{}", column.name),
        Change::RenameColumn { old, new } => format!("~ column {table}.{old} is now {new}"),
        Change::AlterColumn { old, new, .. } => {
            let (old, new_facets) = (facets(old), facets(new));
            let old = old.split_once(' ').map_or(old.as_str(), |(_, facets)| facets);
            let new_facets = new_facets.split_once(' ').map_or("", |(_, facets)| facets);
            format!("~ column {table}.{}: {old} -> {new_facets}", new.name)
        }
        Change::MapValues { column, values } => {
            let pairs = values.iter().map(|(old, new)| format!("'{old}' is now '{new}'"));
            let pairs: Vec<String> = pairs.collect();
            format!("~ values of {table}.{column}: {}", pairs.join(", "))
        }
        Change::PrimaryKey { old, new } => {
            let columns = |key: &Option<crate::schema::PrimaryKey>| match key {
                None => "none".to_owned(),
                Some(key) => {
                    let names: Vec<&str> = key.columns.iter().map(|it| it.text.as_str()).collect();
                    let auto = key.options.contains_key("autoincrement");
                    format!("({}){}", names.join(", "), if auto { " AUTOINCREMENT" } else { "" })
                }
            };
            format!("~ primary key of {table}: {} -> {}", columns(old), columns(new))
        }
        Change::Add(part) => format!("+ {}", phrase(table, part)),
        Change::Drop(part) => format!("- {}", phrase(table, part)),
        Change::Rename { old, new } if old.name() == new.name() => {
            format!("~ {}", phrase(table, new))
        }
        Change::Rename { old, new } => {
            let was = old.name().unwrap_or("without a name");
            format!("~ {} {was} on {table} is now {}", new.noun(), new.name().unwrap_or(""))
        }
        Change::Validate { new, .. } => {
            format!("~ {} {} on {table} holds for all rows", new.noun(), new.name().unwrap_or(""))
        }
        Change::Partition(it) if it.attached => format!("~ table {table} becomes a partition"),
        Change::Partition(_) => format!("~ table {table} is no partition any more"),
        Change::Comment { .. } => format!("~ comment of {table}"),
        Change::Options { old, new } => {
            let words = |options: &crate::schema::Options| {
                let words: Vec<&str> = options.keys().map(String::as_str).collect();
                if words.is_empty() { "none".to_owned() } else { words.join(", ") }
            };
            format!("~ options of {table}: {} -> {}", words(old), words(new))
        }
    }
}

/// A constraint or index in a phrase: `unique constraint uq_users_email on users (email)`.
fn phrase(table: &str, part: &Part) -> String {
    let listed = |parts: &[IndexPart]| {
        let text = |part: &IndexPart| {
            let collate = part.collate.as_ref().map(|name| format!(" COLLATE {name}"));
            let order = if part.descending { " DESC" } else { "" };
            format!("{}{}{order}", part.text, collate.unwrap_or_default())
        };
        parts.iter().map(text).collect::<Vec<String>>().join(", ")
    };
    let body = match part {
        Part::Unique(it) => format!("({})", listed(&it.columns)),
        Part::Check(it) => format!("({})", it.expr),
        Part::Exclude(it) => format!(
            "({})",
            it.elements.iter().map(|it| it.text.as_str()).collect::<Vec<_>>().join(", ")
        ),
        Part::Index(it) => {
            let predicate = it.predicate.as_ref().map(|it| format!(" WHERE {it}"));
            format!("({}){}", listed(&it.parts), predicate.unwrap_or_default())
        }
        Part::ForeignKey(it) => {
            let (columns, referenced) = (it.columns.join(", "), it.referenced.join(", "));
            let mut text = format!("({columns}) to {} ({referenced})", it.table);
            for (event, action) in [("DELETE", it.on_delete), ("UPDATE", it.on_update)] {
                if action != Action::NoAction {
                    text.push_str(&format!(" ON {event} {}", action.sql()));
                }
            }
            text
        }
    };
    let name = part.name().unwrap_or("without a name");
    format!("{} {name} on {table} {body}", part.noun())
}

/// A column in a phrase: `note TEXT NOT NULL DEFAULT ''`.
fn facets(column: &Column) -> String {
    let mut words = vec![column.name.clone()];
    let typed = !matches!(&column.ty, Type::Native(ty) if ty.is_empty());
    words.extend(typed.then(|| column.ty.spelled().into_owned()));
    words.push(if column.null { "NULL" } else { "NOT NULL" }.into());
    words.extend(column.default.as_ref().map(|default| format!("DEFAULT {default}")));
    words.extend(column.generated.as_ref().map(|it| {
        format!("GENERATED AS ({}) {}", it.expr, if it.stored { "STORED" } else { "VIRTUAL" })
    }));
    words.extend(column.collate.as_ref().map(|collate| format!("COLLATE {collate}")));
    words.join(" ")
}
