//! Views, with the tables and columns that they read.

use std::collections::{BTreeMap, BTreeSet};

use super::super::facts::{ColumnFact, Place, ViewFact};
use super::super::text::{named, ticked, written};
use super::Catalog;
use crate::schema::{Name, Need, Object, ObjectKind};

/// The views.
pub(super) fn views(catalog: &Catalog) -> Vec<Object> {
    let mut columns: BTreeMap<Place, Vec<&ColumnFact>> = BTreeMap::new();
    if !catalog.server.tells_view_columns() {
        let places: BTreeSet<Place> = catalog.facts.views.iter().map(|it| it.place).collect();
        for fact in catalog.facts.columns.iter().filter(|it| places.contains(&it.place)) {
            columns.entry(fact.place).or_default().push(fact);
        }
        columns.values_mut().for_each(|list| list.sort_by_key(|it| it.position));
    }
    let view = |fact: &ViewFact| {
        let columns = columns.get(&fact.place).map(Vec::as_slice).unwrap_or_default();
        view(catalog, fact, columns)
    };
    catalog.facts.views.iter().map(view).collect()
}

fn view(catalog: &Catalog, fact: &ViewFact, columns: &[&ColumnFact]) -> Object {
    let name = catalog.name(fact.place);
    if fact.definition.is_empty() {
        return Object::new(ObjectKind::View, name, "");
    }
    let shown = catalog.shown.statement("VIEW", fact.place);
    let shown = shown.and_then(|sql| sql.strip_prefix("CREATE ALGORITHM="));
    let algorithm = shown.and_then(|sql| sql.split(' ').next()).unwrap_or(fact.algorithm);
    let algorithm = match algorithm {
        "UNDEFINED" => String::new(),
        other => format!("ALGORITHM={other} "),
    };
    let security = if fact.security == "INVOKER" { "SQL SECURITY INVOKER " } else { "" };
    let columns: Vec<String> = columns.iter().map(|it| ticked(it.name)).collect();
    let columns =
        if columns.is_empty() { String::new() } else { format!(" ({})", columns.join(", ")) };
    let check = match fact.check_option {
        "NONE" | "" => String::new(),
        option => format!(" WITH {option} CHECK OPTION"),
    };
    let definer = catalog.definer(fact.definer);
    let query = catalog.unqualified(fact.definition);
    let sql = format!(
        "CREATE {algorithm}{definer}{security}VIEW {}{columns} AS {query}{check}",
        written(&name)
    );
    let mut object = Object::new(ObjectKind::View, name, sql);
    object.needs = needs(catalog, fact);
    object
}

/// What it reads. The server prints the database before each table, and the table before each column
/// unless it has another name in the query.
fn needs(catalog: &Catalog, fact: &ViewFact) -> Vec<Need> {
    let mut needs = BTreeSet::new();
    let mut tables: BTreeMap<String, Name> = BTreeMap::new();
    let chains = named(fact.definition);
    let table = |schema: &str, table: &str| {
        catalog.spelled.get(&catalog.compared((schema, table))).cloned()
    };
    for (at, chain) in chains.iter().enumerate() {
        if let [schema, name] = chain.as_slice()
            && let Some(found) = table(schema, name)
        {
            needs.insert(Need::Relation(found.clone()));
            if let Some([alias]) = chains.get(at + 1).map(Vec::as_slice) {
                tables.insert(alias.clone(), found.clone());
            }
        }
    }
    for chain in &chains {
        let column = match chain.as_slice() {
            [schema, name, column] => table(schema, name).map(|found| (found, column)),
            [alias, column] => tables.get(alias).map(|found| (found.clone(), column)),
            _ => None,
        };
        needs.extend(column.map(|(found, column)| Need::Column(found, column.clone())));
    }
    needs.into_iter().collect()
}
