//! Views, with the tables and columns that they read.

use std::collections::{BTreeMap, BTreeSet};

use super::super::facts::ViewFact;
use super::super::text::{named, written};
use super::Catalog;
use crate::schema::{Name, Need, Object, ObjectKind};

/// The views.
pub(super) fn views(catalog: &Catalog) -> Vec<Object> {
    catalog.facts.views.iter().map(|it| view(catalog, it)).collect()
}

fn view(catalog: &Catalog, fact: &ViewFact) -> Object {
    let name = catalog.name(fact.place);
    let sql = catalog.made("VIEW", fact.place).map(|made| {
        let algorithms = [("MERGE", "ALGORITHM=MERGE "), ("TEMPTABLE", "ALGORITHM=TEMPTABLE ")];
        let algorithms = algorithms.into_iter().filter(|(word, _)| made.says(&[word]));
        let algorithm = algorithms.map(|(_, clause)| clause).next().unwrap_or_default();
        let invoker = made.says(&["SQL", "SECURITY", "INVOKER"]);
        let security = if invoker { "SQL SECURITY INVOKER " } else { "" };
        let (definer, query) = (catalog.definer(&made), catalog.unqualified(made.rest()));
        format!("CREATE {algorithm}{definer}{security}VIEW {}{query}", written(&name))
    });
    let mut object = Object::new(ObjectKind::View, name, sql.unwrap_or_default());
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
            let alias = match chains.get(at + 1).map(Vec::as_slice) {
                Some([alias]) => alias,
                _ => name,
            };
            tables.insert(alias.clone(), found);
        }
    }
    for chain in &chains {
        let column = match chain.as_slice() {
            [schema, name, column] => table(schema, name).map(|found| (found, column)),
            [schema, name] if table(schema, name).is_some() => None,
            [alias, column] => tables.get(alias).map(|found| (found.clone(), column)),
            _ => None,
        };
        needs.extend(column.map(|(found, column)| Need::Column(found, column.clone())));
    }
    needs.into_iter().collect()
}
