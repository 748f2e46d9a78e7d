//! Names that SQLite would refuse only when the statement runs.

use std::collections::BTreeMap;

use autogen_model::{Diagnostic, Place};

use crate::schema::{Intent, Schema, Table, TableIntent};

/// A name in the models.
struct Named<'a> {
    name: &'a str,
    /// What has it, for messages.
    subject: String,
    place: Option<&'a Place>,
}

/// What is wrong with the names of tables, indexes and columns that the models give.
pub(super) fn refused(schema: &Schema, intent: &Intent) -> Vec<Diagnostic> {
    let told = schema.tables.values().filter_map(|table| {
        let told = intent.tables.get(&table.name).filter(|told| !told.unmanaged)?;
        Some((table, told))
    });
    let told: Vec<(&Table, &TableIntent)> = told.collect();
    let mut reports = Vec::new();
    // Tables and indexes share their names, and letters have no case.
    let mut taken: BTreeMap<String, String> = BTreeMap::new();
    let tables = told.iter().map(|(table, told)| itself(table, told));
    let indexes = told.iter().flat_map(|(table, told)| indexes(table, told));
    for named in tables.chain(indexes) {
        let folded = named.name.to_ascii_lowercase();
        if folded.starts_with("sqlite_") {
            let what = "keeps names that start with `sqlite_` for itself";
            reports.push(named.refused(what, "give it another name"));
        }
        match taken.get(&folded) {
            Some(other) => {
                let what = format!("takes a name once for tables and indexes, and {other} has it");
                reports.push(named.refused(&what, "give one of them another name"));
            }
            None => drop(taken.insert(folded, named.subject.clone())),
        }
        reports.extend(named.whole());
    }
    let columns = told.iter().flat_map(|(table, told)| columns(table, told));
    reports.extend(columns.filter_map(|named| named.whole()));
    reports
}

fn itself<'a>(table: &'a Table, told: &'a TableIntent) -> Named<'a> {
    let name = &table.name.name;
    Named { name, subject: format!("table {name}"), place: told.place.as_ref() }
}

fn indexes<'a>(table: &'a Table, told: &'a TableIntent) -> impl Iterator<Item = Named<'a>> {
    table.indexes.iter().map(|index| {
        let name = index.name.text.as_str();
        let place = told.places.get(name).or(told.place.as_ref());
        Named { name, subject: format!("index {name} of {}", table.name), place }
    })
}

fn columns<'a>(table: &'a Table, told: &'a TableIntent) -> impl Iterator<Item = Named<'a>> {
    table.columns.iter().map(|column| {
        let name = column.name.as_str();
        let place = told.columns.get(name).and_then(|it| it.place.as_ref());
        let subject = format!("column {name} of {}", table.name);
        Named { name, subject, place: place.or(told.place.as_ref()) }
    })
}

impl Named<'_> {
    /// SQL text ends at a NUL.
    fn whole(&self) -> Option<Diagnostic> {
        let broken = self.name.contains('\0');
        broken.then(|| self.refused("takes no NUL in a name", "leave it out"))
    }

    fn refused(&self, what: &str, help: &str) -> Diagnostic {
        let subject = self.subject.replace('\0', "\u{2400}");
        let report = Diagnostic::new(format!("{subject}: SQLite {what}")).help(help);
        match self.place {
            Some(place) => report.at(place.clone(), ""),
            None => report,
        }
    }
}
