//! Answers of the catalog, put together in memory: no database is needed for it.

mod column;
mod constraint;
mod event;
mod index;
mod object;
mod partition;
mod routine;
mod table;
mod trigger;
mod view;

use std::collections::BTreeMap;

use super::super::{Mysql, Server};
use super::Answers;
use super::facts::{Facts, Place};
use super::show::Shown;
use super::text;
use crate::error::Result;
use crate::schema::{Name, Schema, Table};

/// What all parts ask for.
struct Catalog<'r> {
    server: Server,
    facts: &'r Facts<'r>,
    shown: &'r Shown,
    /// Names of tables as they are spelled, by how they are compared.
    spelled: BTreeMap<(String, String), Name>,
    folds: bool,
}

/// The tables by database and name.
type Tables<'r> = BTreeMap<Place<'r>, Table>;

/// Puts the answers together.
pub fn read(answers: &Answers, mysql: &Mysql) -> Result<Schema> {
    let facts = Facts::new(&answers.queries)?;
    let mut catalog = Catalog {
        server: mysql.server,
        facts: &facts,
        shown: &answers.shown,
        spelled: BTreeMap::new(),
        folds: mysql.folds_tables,
    };
    let names =
        facts.tables.iter().map(|it| (catalog.compared(it.place), catalog.own_name(it.place)));
    catalog.spelled = names.collect();
    let mut tables = table::tables(&catalog);
    column::add(&catalog, &mut tables);
    constraint::add_checks(&catalog, &mut tables);
    constraint::add_foreign_keys(&catalog, &mut tables);
    index::add(&catalog, &mut tables);
    partition::add(&catalog, &mut tables);
    let mut objects = view::views(&catalog);
    objects.extend(routine::routines(&catalog));
    objects.extend(trigger::triggers(&catalog));
    objects.extend(event::events(&catalog));
    objects.extend(object::sequences(&catalog));
    objects.sort_by(|one, two| (one.kind, &one.name).cmp(&(two.kind, &two.name)));
    let others = facts.tables.iter().map(|it| it.place.0);
    let others = others.filter(|schema| !catalog.is_own(schema));
    Ok(Schema {
        namespaces: others.map(str::to_owned).collect(),
        tables: tables.into_values().map(|table| (table.name.clone(), table)).collect(),
        enums: BTreeMap::new(),
        objects,
    })
}

impl Catalog<'_> {
    fn is_own(&self, schema: &str) -> bool {
        let own = self.facts.session.own;
        schema == own || self.folds && schema.to_lowercase() == own.to_lowercase()
    }

    fn compared(&self, place: Place) -> (String, String) {
        match self.folds {
            true => (place.0.to_lowercase(), place.1.to_lowercase()),
            false => (place.0.to_owned(), place.1.to_owned()),
        }
    }

    fn own_name(&self, place: Place) -> Name {
        let schema = (!self.is_own(place.0)).then(|| place.0.to_owned());
        Name { schema, name: place.1.to_owned() }
    }

    /// The name of a table, view or object. Where case does not count, references to a table are
    /// told in another case than the table itself.
    fn name(&self, place: Place) -> Name {
        let spelled = self.spelled.get(&self.compared(place)).cloned();
        spelled.unwrap_or_else(|| self.own_name(place))
    }

    /// An expression as SQL.
    fn expression(&self, told: &str) -> String {
        self.unqualified(&text::expression(told, self.server))
    }

    /// SQL that the server printed, without the name of the connection's database.
    fn unqualified(&self, sql: &str) -> String {
        text::unqualified(sql, self.facts.session.own)
    }
}
