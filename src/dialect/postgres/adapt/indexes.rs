//! Indexes that are built while others write, and constraints that come to hold for all rows.

use std::collections::{BTreeMap, BTreeSet};

use super::Work;
use super::refuse::is_partitioned;
use crate::op::{Change, Op, Part};
use crate::schema::{ConstraintName, Index, IndexPart, Name, Options, Schema};

const CONCURRENTLY: &str = Index::CONCURRENTLY;

/// Whether this is an index that is built or dropped outside a transaction.
pub(super) fn is_concurrent(part: &Part) -> bool {
    matches!(part, Part::Index(it) if it.options.get(CONCURRENTLY).is_some_and(|it| it == "true"))
}

/// A constraint that goes and comes again, and differs in nothing but that old rows satisfy it too,
/// is validated where it is.
pub(super) fn validate(work: &mut Work) {
    let mut gone: BTreeMap<(Name, String), usize> = BTreeMap::new();
    for (at, op) in work.open.iter().enumerate() {
        if let Some(Op::Alter { table, change: Change::Drop(part) }) = op
            && let Some(name) = part.name()
            && not_valid(part).is_some()
        {
            gone.insert((table.clone(), name.to_owned()), at);
        }
    }
    for at in 0..work.open.len() {
        let Some(Op::Alter { table, change: Change::Add(new) }) = &work.open[at] else { continue };
        let Some(name) = new.name() else { continue };
        let Some(place) = gone.get(&(table.clone(), name.to_owned())) else { continue };
        let Some(Op::Alter { change: Change::Drop(old), .. }) = &work.open[*place] else {
            continue;
        };
        if not_valid(old).as_ref() == Some(new) {
            let (table, old, new) = (table.clone(), old.clone(), new.clone());
            work.places.parts.insert((table.clone(), old.clone()), at);
            work.open[*place] = None;
            work.open[at] = Some(Op::Alter { table, change: Change::Validate { old, new } });
        }
    }
}

/// The constraint, valid; nothing when it is so already.
fn not_valid(part: &Part) -> Option<Part> {
    let mut part = part.clone();
    let options: &mut Options = match &mut part {
        Part::Check(it) => &mut it.options,
        Part::ForeignKey(it) => &mut it.options,
        _ => return None,
    };
    options.remove("not_valid")?;
    Some(part)
}

/// Decides which indexes are built and dropped outside a transaction: those that the author wants
/// so, as far as it can be done.
pub(super) fn concurrently(work: &mut Work, schema: &Schema) {
    let still = Still::new(work);
    let wished = wished(work);
    let mut built: BTreeMap<(Name, String), usize> = BTreeMap::new();
    for at in 0..work.open.len() {
        let Some(Op::Alter { table, change: Change::Add(Part::Index(index)) }) = &work.open[at]
        else {
            continue;
        };
        let wanted = work.postgres.concurrent_indexes || wished.contains(table);
        let there = work.before.tables.get(table).is_some_and(|it| !is_partitioned(it));
        let concurrent = wanted && there && !still.refers(table, index);
        let (table, index) = (table.clone(), said(index, concurrent));
        if concurrent {
            built.insert((table.clone(), index.name.text.clone()), at);
        }
        work.open[at] = Some(Op::Alter { table, change: Change::Add(Part::Index(index)) });
    }
    for at in 0..work.open.len() {
        let Some(Op::Alter { table, change: Change::Drop(Part::Index(index)) }) = &work.open[at]
        else {
            continue;
        };
        let twin = built.get(&(table.clone(), index.name.text.clone()));
        let wanted = work.postgres.concurrent_indexes || wished.contains(table);
        let there = work.before.tables.get(table).is_some_and(|it| !is_partitioned(it));
        let concurrent = wanted && there && still.stands(table, index);
        let (table, mut index) = (table.clone(), said(index, concurrent));
        // What failed to be built serves nobody, so nothing is lost while its name is free.
        let swapped = twin.is_some() && concurrent && !index.is_broken();
        if swapped {
            let old = said(&index, false);
            index.name = ConstraintName::given(aside(&index.name.text, schema));
            let new = said(&index, false);
            let (old, new) = (Part::Index(old), Part::Index(new));
            work.before(&table, Change::Rename { old, new });
        } else if let Some(twin) = twin
            && !concurrent
        {
            // Its columns change, so it must be gone by then; the other need not wait.
            work.open[*twin] = work.open[*twin].take().map(plain);
        }
        work.open[at] = Some(Op::Alter { table, change: Change::Drop(Part::Index(index)) });
    }
}

/// The tables with an index that the author wants so: the others of its changes go along, or a
/// table would be without both indexes for a while.
fn wished(work: &Work) -> BTreeSet<Name> {
    let wishes = work.ops().filter_map(|op| match op {
        Op::Alter { table, change: Change::Add(part) | Change::Drop(part) }
            if is_concurrent(part) =>
        {
            Some(table.clone())
        }
        _ => None,
    });
    wishes.collect()
}

fn plain(op: Op) -> Op {
    match op {
        Op::Alter { table, change: Change::Add(Part::Index(index)) } => {
            Op::Alter { table, change: Change::Add(Part::Index(said(&index, false))) }
        }
        op => op,
    }
}

fn said(index: &Index, concurrent: bool) -> Index {
    let mut index = index.clone();
    index.options.remove(CONCURRENTLY);
    if concurrent {
        index.options.insert(CONCURRENTLY.into(), "true".into());
    }
    index
}

/// The name that an index or constraint has while another takes its place.
pub(super) fn aside(name: &str, schema: &Schema) -> String {
    let taken = |name: &str| {
        schema.tables.values().any(|table| table.indexes.iter().any(|it| it.name.text == name))
    };
    let mut aside = format!("autogen_was_{name}");
    // PostgreSQL would cut it there too.
    while aside.len() > 63 {
        aside.pop();
    }
    while taken(&aside) && aside.len() < 63 {
        aside.push('_');
    }
    aside
}

/// What of the tables changes in the plan.
struct Still {
    /// Columns that change or go.
    columns: BTreeSet<(Name, String)>,
    /// Columns that foreign keys which come refer to.
    referenced: BTreeSet<(Name, Vec<String>)>,
}

impl Still {
    fn new(work: &Work) -> Self {
        let mut still = Self { columns: BTreeSet::new(), referenced: BTreeSet::new() };
        for op in work.ops().chain(&work.pre).chain(&work.post) {
            match op {
                Op::ReplaceEnum(it) => still
                    .columns
                    .extend(it.columns.iter().map(|(table, it)| (table.clone(), it.name.clone()))),
                Op::Alter { table, change } => match change {
                    Change::AlterColumn { old, .. } => {
                        still.columns.insert((table.clone(), old.name.clone()));
                    }
                    Change::DropColumn { column, .. } => {
                        still.columns.insert((table.clone(), column.name.clone()));
                    }
                    Change::Add(Part::ForeignKey(key)) => {
                        let mut columns = key.referenced.clone();
                        columns.sort();
                        still.referenced.insert((key.table.clone(), columns));
                    }
                    _ => {}
                },
                _ => {}
            }
        }
        still
    }

    /// Whether nothing that an index is about changes, so that it can go last.
    fn stands(&self, table: &Name, index: &Index) -> bool {
        let changes = |name: &String| self.columns.contains(&(table.clone(), name.clone()));
        let mentions = |text: &str| {
            let mut names = crate::sql::names(text, crate::sql::Syntax::POSTGRES);
            names.any(|name| changes(&name))
        };
        let part = |part: &IndexPart| match part.expression {
            true => mentions(&part.text),
            false => changes(&part.text),
        };
        !index.parts.iter().any(part)
            && !index.include.iter().any(changes)
            && !index.predicate.as_ref().is_some_and(|it| mentions(&it.text))
    }

    /// Whether a foreign key that comes stands on this index.
    fn refers(&self, table: &Name, index: &Index) -> bool {
        let mut columns: Vec<String> = index.parts.iter().map(|part| part.text.clone()).collect();
        columns.sort();
        index.unique && self.referenced.contains(&(table.clone(), columns))
    }
}
