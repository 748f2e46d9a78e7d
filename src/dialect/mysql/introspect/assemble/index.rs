//! Primary keys and indexes.

use std::collections::BTreeSet;

use super::super::facts::{IndexFact, Place};
use super::super::show::ShownTable;
use super::column::is_made_key;
use super::table::comment;
use super::{Catalog, Tables};
use crate::schema::{ConstraintName, Index, IndexPart, Options, PrimaryKey};

/// Gives the tables their keys and indexes. A unique constraint is an index here.
pub(super) fn add<'r>(catalog: &Catalog<'r>, tables: &mut Tables<'r>) {
    let columns = catalog.facts.columns.iter().filter(|it| is_made_key(catalog, it));
    let made: BTreeSet<Place> = columns.map(|it| it.place).collect();
    let mut facts: Vec<&IndexFact> = catalog.facts.indexes.iter().collect();
    facts.sort_by_key(|it| (it.place, it.index, it.position));
    for parts in facts.chunk_by(|one, two| (one.place, one.index) == (two.place, two.index)) {
        let Some(first) = parts.first() else { continue };
        let Some(table) = tables.get_mut(&first.place) else { continue };
        if first.index == "PRIMARY" && made.contains(&first.place) {
            continue;
        }
        let shown = catalog.shown.table(first.place);
        let mut parts: Vec<IndexPart> = parts.iter().map(|it| part(catalog, it)).collect();
        let options = options(first, shown, &mut parts);
        if first.index == "PRIMARY" {
            table.primary_key = Some(PrimaryKey { name: None, columns: parts, options });
        } else {
            table.indexes.push(index(first, parts, options));
        }
    }
}

fn index(first: &IndexFact, parts: Vec<IndexPart>, options: Options) -> Index {
    Index {
        name: ConstraintName::given(first.index),
        parts,
        unique: first.unique,
        predicate: None,
        using: (first.method != "BTREE").then(|| first.method.to_lowercase()),
        include: Vec::new(),
        nulls_not_distinct: false,
        comment: comment(first.comment),
        options,
    }
}

fn part(catalog: &Catalog, fact: &IndexFact) -> IndexPart {
    let part = match fact.column {
        Some(column) => IndexPart::column(column),
        None => {
            IndexPart { expression: true, ..IndexPart::column(catalog.expression(fact.expression)) }
        }
    };
    // That of a spatial index is the size of a box, not of what is indexed.
    let length = fact.length.filter(|_| fact.method != "SPATIAL");
    IndexPart { descending: fact.descending, length, ..part }
}

/// What else is said of an index. One that lets no periods overlap has the ends of the period as
/// its last parts.
fn options(first: &IndexFact, shown: &ShownTable, parts: &mut Vec<IndexPart>) -> Options {
    let mut options = shown.indexes.get(first.index).cloned().unwrap_or_default();
    if first.hidden {
        options.insert("invisible".into(), "true".into());
    }
    if options.contains_key("without_overlaps")
        && let Some((_, ends)) = &shown.period
    {
        parts.retain(|part| !ends.contains(&part.text));
    }
    options
}
