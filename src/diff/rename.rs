//! Tables and columns that changed their name: said in the model or by flag, or likely enough to
//! ask. Renames are put on the working schema at once, so that everything after compares like
//! with like.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;

use globset::{Glob, GlobSet, GlobSetBuilder};

use crate::dialect::Dialect;
use crate::error::{Error, Kind, Result};
use crate::op::{Change, Op};
use crate::schema::{Column, Enum, Intent, Name, Schema, Table};

use super::{Diff, Question};

/// What the user said is no rename: names of new tables and columns (`table.column`), as globs.
#[derive(Clone, Debug, Default)]
pub struct Declined(GlobSet);

impl Declined {
    /// Reads the globs.
    pub fn new<'a>(globs: impl IntoIterator<Item = &'a str>) -> Result<Self> {
        let mut set = GlobSetBuilder::new();
        for glob in globs {
            let fault = |cause| {
                Error::new(Kind::Usage, format!("`{glob}` is no pattern of names")).cause(cause)
            };
            set.add(Glob::new(glob).map_err(fault)?);
        }
        let fault =
            |cause| Error::new(Kind::Usage, "the patterns of names are too many").cause(cause);
        Ok(Self(set.build().map_err(fault)?))
    }

    pub(super) fn covers(&self, name: &str) -> bool {
        self.0.is_match(name)
    }
}

/// Finds the renames, adds their ops, and runs them on the working schema.
pub(super) fn rename(
    diff: &mut Diff,
    working: &mut Cow<'_, Schema>,
    intent: &Intent,
    declined: &Declined,
    dialect: &dyn Dialect,
) -> Result<()> {
    namespaces(diff, working, intent, declined, dialect)?;
    let said = intent.tables.iter().filter_map(|(new, said)| {
        let old = said.renamed_from.clone()?;
        diff.target.tables.contains_key(new).then(|| (old, new.clone()))
    });
    let current: BTreeSet<Name> = working.tables.keys().cloned().collect();
    let target: BTreeSet<Name> = diff.target.tables.keys().cloned().collect();
    let renames = effective(said.collect(), (&current, &target), "")?;
    let temporary = |name: &Name| Name {
        schema: name.schema.clone(),
        name: format!("autogen_was_{}", name.name),
    };
    for (old, new) in sequence(renames, current, temporary) {
        put(diff, working, Op::RenameTable { old, new }, dialect)?;
    }
    enums(diff, working, intent, dialect)?;
    ask_tables(diff, working, declined, dialect);
    let shared: Vec<Name> =
        target.into_iter().filter(|it| working.tables.contains_key(it)).collect();
    for name in shared {
        columns(diff, working, &name, intent, declined, dialect)?;
    }
    Ok(())
}

/// Namespaces take their tables and types along, so they come before anything else.
fn namespaces(
    diff: &mut Diff,
    working: &mut Cow<'_, Schema>,
    intent: &Intent,
    declined: &Declined,
    dialect: &dyn Dialect,
) -> Result<()> {
    let target = diff.target.namespaces.clone();
    let said = intent.namespaces.iter().filter(|(new, _)| target.contains(*new));
    let said = said.map(|(new, old)| (old.clone(), new.clone())).collect();
    let current = working.namespaces.clone();
    let renames = effective(said, (&current, &target), "schema ")?;
    for (old, new) in sequence(renames, current, |name| format!("autogen_was_{name}")) {
        put(diff, working, Op::RenameNamespace { old, new }, dialect)?;
    }
    let mut gone = working.namespaces.difference(&target);
    let mut come = target.difference(&working.namespaces);
    if let ((Some(old), None), (Some(new), None)) =
        ((gone.next(), gone.next()), (come.next(), come.next()))
        && !declined.covers(&format!("schema:{new}"))
        && tables_of(working, old).any(|name| tables_of(&diff.target, new).any(|it| it == name))
    {
        diff.questions.push(Question::NamespaceRenamed { new: new.clone(), old: old.clone() });
    }
    Ok(())
}

fn tables_of<'a>(schema: &'a Schema, namespace: &'a str) -> impl Iterator<Item = &'a String> {
    let names = schema.tables.keys();
    names.filter(move |it| it.schema.as_deref() == Some(namespace)).map(|name| &name.name)
}

fn put(
    diff: &mut Diff,
    working: &mut Cow<'_, Schema>,
    op: Op,
    dialect: &dyn Dialect,
) -> Result<()> {
    op.apply(working.to_mut(), dialect.spelling())?;
    diff.ops.push(op);
    Ok(())
}

fn enums(
    diff: &mut Diff,
    working: &mut Cow<'_, Schema>,
    intent: &Intent,
    dialect: &dyn Dialect,
) -> Result<()> {
    let said = intent.enums.iter().filter_map(|(new, said)| {
        let old = said.renamed_from.clone()?;
        diff.target.enums.contains_key(new).then(|| (old, new.clone()))
    });
    let current = working.enums.keys().cloned().collect();
    let target = diff.target.enums.keys().cloned().collect();
    for (old, new) in effective(said.collect(), (&current, &target), "")? {
        put(diff, working, Op::RenameEnum { old, new }, dialect)?;
    }
    let shared = diff.target.enums.values().filter(|it| working.enums.contains_key(&it.name));
    let shared: Vec<Enum> = shared.cloned().collect();
    shared.iter().try_for_each(|it| labels(diff, working, it, intent, dialect))
}

/// Labels change their names where they stand. One that is there under both names is none of them:
/// it goes, or stays.
fn labels(
    diff: &mut Diff,
    working: &mut Cow<'_, Schema>,
    new: &Enum,
    intent: &Intent,
    dialect: &dyn Dialect,
) -> Result<()> {
    let Some(old) = working.enums.get(&new.name) else { return Ok(()) };
    let (current, target): (BTreeSet<String>, BTreeSet<String>) =
        (old.labels.iter().cloned().collect(), new.labels.iter().cloned().collect());
    let said = intent.enums.get(&new.name).map(|said| &said.renamed_labels);
    let said: BTreeMap<String, String> =
        said.into_iter().flatten().map(|(new, old)| (old.clone(), new.clone())).collect();
    let fits = |old: &String, new: &String| {
        let free = !current.contains(new) || said.contains_key(new);
        current.contains(old) && target.contains(new) && free
    };
    let fit = said.iter().filter(|(old, new)| fits(old, new));
    let fit = fit.map(|(old, new)| (old.clone(), new.clone())).collect();
    let renames = effective(fit, (&current, &target), &format!("{}:", new.name))?;
    for (old, after) in sequence(renames, current, |name| format!("autogen_was_{name}")) {
        let op = Op::RenameLabel { name: new.name.clone(), old, new: after };
        put(diff, working, op, dialect)?;
    }
    Ok(())
}

/// The renames that still have to happen. A `renamed_from` stays in the model after it was applied,
/// so it counts only while the old name is there and the new one is not, or is itself on its way to
/// another name; and only if the old name does not stay in use for what it was. Names that change
/// in a ring never come from a model, which would turn them round for ever, but from an answer.
fn effective<T: Ord + Clone + Display>(
    mut open: Vec<(T, T)>,
    (current, target): (&BTreeSet<T>, &BTreeSet<T>),
    home: &str,
) -> Result<BTreeMap<T, T>> {
    let reused: BTreeSet<T> = open.iter().map(|(_, new)| new.clone()).collect();
    open.retain(|(old, new)| {
        old != new && current.contains(old) && (!target.contains(old) || reused.contains(old))
    });
    let mut renames: BTreeMap<T, T> = BTreeMap::new();
    loop {
        let before = open.len();
        open.retain(|(old, new)| {
            let free = !current.contains(new) || renames.contains_key(new);
            let take = free && !renames.contains_key(old);
            if take {
                renames.insert(old.clone(), new.clone());
            }
            !take
        });
        if open.len() == before {
            break;
        }
    }
    if let Some((old, new)) = open.iter().find(|(old, _)| !target.contains(old)) {
        return Err(occupied(home, old, new));
    }
    let mut ring: BTreeMap<T, T> = open.into_iter().collect();
    loop {
        let before = ring.len();
        let olds: BTreeSet<T> = ring.keys().cloned().collect();
        ring.retain(|_, new| olds.contains(new));
        if ring.len() == before {
            renames.extend(ring);
            return Ok(renames);
        }
    }
}

fn occupied(home: &str, old: &dyn Display, new: &dyn Display) -> Error {
    let message = format!("{home}{old} cannot become {home}{new}: the database has both");
    Error::new(Kind::Question, message)
        .help(format!("drop {home}{new} in a revision of its own first, then rename"))
        .help(format!("or leave the rename out, and {home}{old} is dropped with what it holds"))
}

/// The renames in an order in which no name is taken twice; an occupied name is freed by moving
/// its owner to a temporary one.
fn sequence<T: Ord + Clone>(
    mut renames: BTreeMap<T, T>,
    mut names: BTreeSet<T>,
    temporary: impl Fn(&T) -> T,
) -> Vec<(T, T)> {
    let mut steps = Vec::new();
    while !renames.is_empty() {
        let free = renames.iter().find(|(_, new)| !names.contains(*new));
        let (old, new) = match free.map(|(old, new)| (old.clone(), new.clone())) {
            Some(step) => step,
            None => {
                let Some(blocker) = renames.values().next().cloned() else { break };
                let moved = temporary(&blocker);
                if let Some(goal) = renames.remove(&blocker) {
                    renames.insert(moved.clone(), goal);
                }
                (blocker, moved)
            }
        };
        if renames.get(&old) == Some(&new) {
            renames.remove(&old);
        }
        names.remove(&old);
        names.insert(new.clone());
        steps.push((old, new));
    }
    steps
}

fn columns(
    diff: &mut Diff,
    working: &mut Cow<'_, Schema>,
    name: &Name,
    intent: &Intent,
    declined: &Declined,
    dialect: &dyn Dialect,
) -> Result<()> {
    let (Some(old), Some(new)) = (working.tables.get(name), diff.target.tables.get(name)) else {
        return Ok(());
    };
    let current = old.columns.iter().map(|column| column.name.clone()).collect();
    let target: BTreeSet<String> = new.columns.iter().map(|it| it.name.clone()).collect();
    let said = intent.tables.get(name).map(|said| &said.columns);
    let said = said.into_iter().flatten().filter_map(|(new, said)| {
        let old = said.renamed_from.clone()?;
        target.contains(new).then(|| (old, new.clone()))
    });
    let home = format!("{name}.");
    let renames = effective(said.collect(), (&current, &target), &home)?;
    for (old, new) in sequence(renames, current, |name| format!("autogen_was_{name}")) {
        let change = Change::RenameColumn { old, new };
        put(diff, working, Op::Alter { table: name.clone(), change }, dialect)?;
    }
    ask_columns(diff, working, name, declined, dialect);
    Ok(())
}

/// How many old tables a question names.
const LIKELIEST: usize = 5;

fn ask_tables(diff: &mut Diff, working: &Schema, declined: &Declined, dialect: &dyn Dialect) {
    let gone: Vec<&Table> =
        working.tables.values().filter(|it| !diff.target.tables.contains_key(&it.name)).collect();
    let come = diff.target.tables.values().filter(|it| !working.tables.contains_key(&it.name));
    let come: Vec<&Table> = come.filter(|it| !declined.covers(&it.name.to_string())).collect();
    let twins = Twins::new(&gone, gone.len() * come.len() > PAIRS);
    let mut questions = Vec::new();
    for table in come {
        let likeness = |old: &&&Table| {
            let same = table.columns.iter().filter(|column| {
                let before = old.column(&column.name);
                before.is_some_and(|it| dialect.same_type((old, it), (table, column)))
            });
            same.count() * 2 * 100 / (table.columns.len() + old.columns.len()).max(1)
        };
        let fits = |old: &&&Table| match alike(&old.name.name, &table.name.name) {
            true => likeness(old) >= 20,
            false => likeness(old) >= 50,
        };
        let mut likely: Vec<&&Table> = twins.of(table, &gone).iter().filter(fits).collect();
        likely.sort_by_key(|old| std::cmp::Reverse(likeness(old)));
        if !likely.is_empty() {
            // Where many tables look alike, nobody reads all of them.
            let likeliest = likely.into_iter().take(LIKELIEST);
            let candidates = likeliest.map(|old| old.name.clone()).collect();
            questions.push(Question::TableRenamed { new: table.name.clone(), candidates });
        }
    }
    diff.questions.extend(questions);
}

/// How many pairs of tables are looked at one by one.
const PAIRS: usize = 10_000;

/// Gone tables by the names of their columns: where there are too many pairs to look at each, a new
/// table is held against those alone that have the very same columns.
struct Twins<'a>(Option<BTreeMap<String, Vec<&'a Table>>>);

impl<'a> Twins<'a> {
    fn new(gone: &[&'a Table], many: bool) -> Self {
        let mut twins: BTreeMap<String, Vec<&Table>> = BTreeMap::new();
        for table in gone.iter().filter(|_| many) {
            twins.entry(column_names(table)).or_default().push(table);
        }
        Self(many.then_some(twins))
    }

    fn of<'b>(&'b self, table: &Table, all: &'b [&'a Table]) -> &'b [&'a Table] {
        match &self.0 {
            None => all,
            Some(twins) => {
                let twins = twins.get(&column_names(table)).map_or(&[][..], Vec::as_slice);
                &twins[..twins.len().min(LIKELIEST)]
            }
        }
    }
}

fn column_names(table: &Table) -> String {
    let names: Vec<&str> = table.columns.iter().map(|column| column.name.as_str()).collect();
    names.join("\0")
}

/// Names that a person might have made of each other: `user` and `users`.
fn alike(old: &str, new: &str) -> bool {
    let longest = old.chars().count().max(new.chars().count());
    old.contains(new) || new.contains(old) || strsim::damerau_levenshtein(old, new) * 3 <= longest
}

fn ask_columns(
    diff: &mut Diff,
    working: &Schema,
    name: &Name,
    declined: &Declined,
    dialect: &dyn Dialect,
) {
    let (Some(old), Some(new)) = (working.tables.get(name), diff.target.tables.get(name)) else {
        return;
    };
    let gone = || old.columns.iter().filter(|column| new.column(&column.name).is_none());
    let come = new.columns.iter().filter(|column| old.column(&column.name).is_none());
    let mut questions = Vec::new();
    for column in come.filter(|column| !declined.covers(&format!("{name}.{}", column.name))) {
        let fits = |before: &&Column| {
            dialect.same_type((old, before), (new, column))
                && before.generated.is_some() == column.generated.is_some()
        };
        let mut likely: Vec<&Column> = gone().filter(fits).collect();
        likely.sort_by_key(|before| distance(before, column));
        if !likely.is_empty() {
            questions.push(Question::ColumnRenamed {
                table: name.clone(),
                new: column.name.clone(),
                candidates: likely.into_iter().map(|before| before.name.clone()).collect(),
            });
        }
    }
    diff.questions.extend(questions);
}

/// How unlike two columns are: facets that differ weigh most, then the names.
fn distance(old: &Column, new: &Column) -> (usize, usize) {
    let facets = [
        old.null != new.null,
        old.default != new.default,
        old.collate != new.collate,
        old.comment != new.comment,
    ];
    let unlike = facets.into_iter().filter(|differs| *differs).count();
    (unlike, strsim::damerau_levenshtein(&old.name, &new.name))
}
