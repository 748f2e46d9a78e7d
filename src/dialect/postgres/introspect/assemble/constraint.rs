//! Constraints of tables.

use std::collections::BTreeMap;

use super::super::rows::{Cells, Oid};
use super::catalog::{Catalog, flag, set};
use super::index::IndexFact;
use super::keys::group;
use super::{Answers, IndexFacts};
use crate::schema::{
    Action, Check, ConstraintName, Deferral, Exclude, Expr, ForeignKey, IndexPart, Options,
    PrimaryKey, Table, Unique,
};

struct ConstraintFact<'r> {
    name: &'r str,
    relation: Oid,
    kind: char,
    deferral: Option<Deferral>,
    validated: bool,
    index: Oid,
    referenced: Oid,
    on_update: Action,
    on_delete: Action,
    matching: Option<&'static str>,
    columns: Vec<i16>,
    referenced_columns: Vec<i16>,
    no_inherit: bool,
    set_columns: Vec<i16>,
    enforced: bool,
    period: bool,
    text: Option<&'r str>,
}

impl<'r> ConstraintFact<'r> {
    fn read(row: &mut Cells<'r>) -> Self {
        row.oid();
        Self {
            name: row.text(),
            relation: row.oid(),
            kind: row.letter(),
            deferral: deferral(row.flag(), row.flag()),
            validated: row.flag(),
            index: row.oid(),
            referenced: row.oid(),
            on_update: action(row.letter()),
            on_delete: action(row.letter()),
            matching: match row.letter() {
                'f' => Some("FULL"),
                'p' => Some("PARTIAL"),
                _ => None,
            },
            columns: row.numbers(),
            referenced_columns: row.numbers(),
            no_inherit: row.flag(),
            set_columns: row.numbers(),
            enforced: row.flag(),
            period: row.flag(),
            text: row.maybe(),
        }
    }
}

fn deferral(deferrable: bool, deferred: bool) -> Option<Deferral> {
    let when = if deferred { Deferral::InitiallyDeferred } else { Deferral::InitiallyImmediate };
    deferrable.then_some(when)
}

fn action(letter: char) -> Action {
    match letter {
        'r' => Action::Restrict,
        'c' => Action::Cascade,
        'n' => Action::SetNull,
        'd' => Action::SetDefault,
        _ => Action::NoAction,
    }
}

/// Gives each constraint to its table. The index of one that has an index is then told of.
pub(super) fn add<'r>(
    answers: &Answers<'r>,
    catalog: &Catalog<'r>,
    tables: &mut BTreeMap<Oid, Table>,
    indexes: &mut IndexFacts<'r>,
) {
    for mut row in answers.constraints.iter() {
        let fact = ConstraintFact::read(&mut row);
        let owned = matches!(fact.kind, 'p' | 'u' | 'x');
        let index = indexes.get(&fact.index).filter(|_| owned);
        if let Some(table) = tables.get_mut(&fact.relation) {
            add_to(table, catalog, &fact, index);
            if let Some(index) = index.filter(|index| index.replica_identity) {
                index.identify(table);
            }
        }
        if owned {
            indexes.remove(&fact.index);
        }
    }
}

fn add_to(table: &mut Table, catalog: &Catalog, fact: &ConstraintFact, index: Option<&IndexFact>) {
    let name = Some(ConstraintName::given(fact.name));
    match fact.kind {
        'p' => {
            let mut options = keyed(catalog, fact, index);
            let when = fact.deferral.map(|when| match when {
                Deferral::InitiallyImmediate => "immediate",
                Deferral::InitiallyDeferred => "deferred",
            });
            set(&mut options, "deferrable", when);
            let columns = parts(catalog, fact);
            table.primary_key = Some(PrimaryKey { name, columns, options });
        }
        'u' => table.uniques.push(Unique {
            name,
            columns: parts(catalog, fact),
            nulls_not_distinct: index.is_some_and(|index| index.nulls_not_distinct),
            deferral: fact.deferral,
            options: keyed(catalog, fact, index),
        }),
        'c' => {
            let mut options = unproved(fact);
            flag(&mut options, "no_inherit", fact.no_inherit);
            let expr = Expr::new(fact.text.unwrap_or_default());
            table.checks.push(Check { name, expr, options });
        }
        'f' => table.foreign_keys.extend(foreign_key(catalog, fact)),
        'x' => table.excludes.push(Exclude {
            name,
            elements: group(fact.text.unwrap_or_default()).into_iter().map(Expr::new).collect(),
            using: index.and_then(|index| index.method.map(str::to_owned)),
            predicate: index.and_then(|index| index.predicate.map(Expr::new)),
            deferral: fact.deferral,
            options: keyed(catalog, fact, index),
        }),
        'n' => {
            for name in catalog.column_names(fact.relation, &fact.columns) {
                if let Some(column) = table.column_mut(&name) {
                    set(&mut column.options, "not_null", Some("not_valid"));
                }
            }
        }
        _ => {}
    }
}

fn parts(catalog: &Catalog, fact: &ConstraintFact) -> Vec<IndexPart> {
    let names = catalog.column_names(fact.relation, &fact.columns);
    names.into_iter().map(IndexPart::column).collect()
}

/// What a constraint says that is kept by an index.
fn keyed(catalog: &Catalog, fact: &ConstraintFact, index: Option<&IndexFact>) -> Options {
    let mut options = Options::new();
    flag(&mut options, "without_overlaps", fact.period);
    if let Some(index) = index {
        index.set_storage(&mut options);
        let include = index.include(catalog);
        set(&mut options, "include", (!include.is_empty()).then(|| include.join(", ")));
    }
    options
}

/// What a constraint says that rows may break. One that is not enforced is never validated.
fn unproved(fact: &ConstraintFact) -> Options {
    let mut options = Options::new();
    flag(&mut options, "not_enforced", !fact.enforced);
    flag(&mut options, "not_valid", fact.enforced && !fact.validated);
    options
}

fn foreign_key(catalog: &Catalog, fact: &ConstraintFact) -> Option<ForeignKey> {
    let mut options = unproved(fact);
    flag(&mut options, "period", fact.period);
    let columns = catalog.column_names(fact.relation, &fact.set_columns);
    set(&mut options, "set_columns", (!columns.is_empty()).then(|| columns.join(", ")));
    Some(ForeignKey {
        name: Some(ConstraintName::given(fact.name)),
        columns: catalog.column_names(fact.relation, &fact.columns),
        table: catalog.relation_name(fact.referenced)?.clone(),
        referenced: catalog.column_names(fact.referenced, &fact.referenced_columns),
        on_delete: fact.on_delete,
        on_update: fact.on_update,
        matching: fact.matching.map(str::to_owned),
        deferral: fact.deferral,
        options,
    })
}
