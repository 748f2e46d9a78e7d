//! Answers of the catalog, put together in memory: no database is needed for it.

mod catalog;
mod constraint;
mod index;
mod keys;
mod needs;
mod object;
mod routine;
mod sequence;
mod table;
mod types;
mod view;

use std::collections::BTreeMap;

use self::catalog::{Catalog, class};
use self::index::IndexFact;
use self::object::Objects;
use super::rows::{Oid, Rows};
use super::{IntrospectOptions, QUERIES};
use crate::error::{Error, Kind, Result};
use crate::schema::{Schema, Table};

/// The answers by name, in the order of the queries.
struct Answers<'r> {
    members: &'r Rows,
    namespaces: &'r Rows,
    relations: &'r Rows,
    columns: &'r Rows,
    outside: &'r Rows,
    sequences: &'r Rows,
    constraints: &'r Rows,
    indexes: &'r Rows,
    collations: &'r Rows,
    opclasses: &'r Rows,
    inherits: &'r Rows,
    types: &'r Rows,
    labels: &'r Rows,
    domain_checks: &'r Rows,
    rules: &'r Rows,
    policies: &'r Rows,
    triggers: &'r Rows,
    functions: &'r Rows,
    statistics: &'r Rows,
    publications: &'r Rows,
    published: &'r Rows,
    dependencies: &'r Rows,
    comments: &'r Rows,
    labelled: &'r Rows,
    extensions: &'r Rows,
}

impl<'r> Answers<'r> {
    #[rustfmt::skip]
    fn named(answers: &'r [Rows]) -> Option<Self> {
        let [
            _settings, _dependents, members, namespaces, relations, columns, outside, sequences, constraints,
            indexes, collations, opclasses, inherits, types, labels, domain_checks, rules,
            policies, triggers, functions, statistics, publications, published, dependencies,
            comments, labelled, extensions, _restored,
        ] = answers else { return None };
        Some(Self {
            members, namespaces, relations, columns, outside, sequences, constraints, indexes,
            collations, opclasses, inherits, types, labels, domain_checks, rules, policies,
            triggers, functions, statistics, publications, published, dependencies, comments,
            labelled, extensions,
        })
    }
}

/// Puts the answers to [`text`](super::text) together.
pub fn read(answers: &[Rows], options: &IntrospectOptions) -> Result<Schema> {
    let answers = Answers::named(answers).ok_or_else(|| {
        let message = format!("the catalogs gave {} answers to {QUERIES} queries", answers.len());
        Error::new(Kind::Internal, message)
    })?;
    let catalog = Catalog::new(&answers, options.default_namespace());
    let mut sequences = sequence::facts(&answers, &catalog);
    let mut indexes = index::facts(&answers, &catalog);
    let mut tables = table::tables(&answers, &catalog, &mut sequences);
    constraint::add(&answers, &catalog, &mut tables, &mut indexes);
    index::add(&catalog, &mut tables, &indexes);

    let mut objects = Objects::default();
    types::add(&answers, &catalog, &mut objects);
    sequence::add(&catalog, &sequences, &mut objects);
    view::add(&catalog, &indexes, &mut objects);
    routine::add(&answers, &catalog, &mut objects);
    object::add(&answers, &catalog, &mut objects);
    needs::add(&answers, &catalog, &mut objects);
    Ok(schema(&catalog, tables, types::enums(&answers, &catalog), objects))
}

fn schema(
    catalog: &Catalog,
    tables: BTreeMap<Oid, Table>,
    enums: Vec<crate::schema::Enum>,
    objects: Objects,
) -> Schema {
    let own = |oid: &Oid| !catalog.is_member(class::NAMESPACE, *oid);
    let namespaces = catalog.namespaces.iter().filter(|(oid, it)| it.wanted && own(oid));
    let names = namespaces.map(|(_, it)| it.name);
    Schema {
        namespaces: names
            .filter(|name| *name != catalog.default_namespace)
            .map(str::to_owned)
            .collect(),
        tables: tables.into_values().map(|table| (table.name.clone(), table)).collect(),
        enums: enums.into_iter().map(|entry| (entry.name.clone(), entry)).collect(),
        objects: objects.sorted(),
    }
}

/// The indexes that are not given away yet, by number.
type IndexFacts<'r> = BTreeMap<Oid, IndexFact<'r>>;
