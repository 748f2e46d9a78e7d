//! Constraints and indexes that speak of what is made anew go first and come again.

use super::Work;
use super::touched::Touched;
use crate::op::{Change, Op, Part};
use crate::schema::{Index, IndexPart, Name, PrimaryKey, Table};

/// All but foreign keys.
pub(super) fn remake(work: &mut Work, touched: &Touched) {
    let mut found: Vec<(Name, Part)> = Vec::new();
    let mut keyed: Vec<(Name, PrimaryKey)> = Vec::new();
    for table in work.before.tables.values() {
        let hit = |part: &Part| speaks(touched, &table.name, part);
        found.extend(parts(table).filter(hit).map(|part| (table.name.clone(), part)));
        let remade = |part: &IndexPart| touched.remade.has(&table.name, &part.text);
        let key = table.primary_key.iter().filter(|key| key.columns.iter().any(remade));
        keyed.extend(key.map(|key| (table.name.clone(), key.clone())));
    }
    for (table, part) in found {
        work.remake_part(&table, &part);
    }
    for (table, key) in keyed {
        let place = work.places.keys.get(&table);
        let new = match place.and_then(|at| work.open[*at].take()) {
            Some(Op::Alter { change: Change::PrimaryKey { new, .. }, .. }) => new,
            _ if work.is_dropped(&table) => None,
            _ => Some(key.clone()),
        };
        work.before(&table, Change::PrimaryKey { old: Some(key), new: None });
        if new.is_some() {
            work.after(&table, Change::PrimaryKey { old: None, new });
        }
    }
}

pub(super) fn parts(table: &Table) -> impl Iterator<Item = Part> {
    let uniques = table.uniques.iter().cloned().map(Part::Unique);
    let checks = table.checks.iter().cloned().map(Part::Check);
    let excludes = table.excludes.iter().cloned().map(Part::Exclude);
    let indexes = table.indexes.iter().cloned().map(Part::Index);
    uniques.chain(checks).chain(excludes).chain(indexes)
}

/// Plain columns only stand in the way when they go; PostgreSQL builds such indexes again by
/// itself when a type changes.
fn speaks(touched: &Touched, table: &Name, part: &Part) -> bool {
    let expr = |text: &str| touched.speaks(table, text);
    let remade = |column: &str| touched.remade.has(table, column);
    let keys = |parts: &[IndexPart]| {
        parts.iter().any(|part| match part.expression {
            true => expr(&part.text),
            false => remade(&part.text),
        })
    };
    match part {
        Part::Unique(it) => keys(&it.columns) || carried(it.options.get("include"), remade),
        Part::Check(it) => expr(&it.expr.text),
        Part::Exclude(it) => {
            let elements = it.elements.iter().chain(&it.predicate);
            elements.into_iter().any(|it| expr(&it.text))
                || carried(it.options.get("include"), remade)
        }
        Part::Index(Index { parts, predicate, include, .. }) => {
            keys(parts)
                || predicate.as_ref().is_some_and(|it| expr(&it.text))
                || include.iter().any(|column| remade(column))
        }
        Part::ForeignKey(_) => false,
    }
}

fn carried(list: Option<&String>, test: impl Fn(&str) -> bool) -> bool {
    list.is_some_and(|list| list.split(", ").any(test))
}
