//! Complaints about what a version cannot do, with the place in the models that says it.

use std::collections::BTreeMap;

use autogen_model::{Diagnostic, Place};

use super::super::Postgres;
use crate::schema::{ConstraintName, Intent, Name, TableIntent};

/// What a complaint is about, inside a table.
#[derive(Clone, Copy)]
pub(super) enum About<'a> {
    /// The table itself.
    Table,
    /// A column.
    Column(&'a str),
    /// A constraint or index.
    Named(Option<&'a ConstraintName>),
}

/// The complaints so far.
pub(super) struct Reports<'a> {
    pub(super) postgres: &'a Postgres,
    pub(super) intent: &'a Intent,
    /// Tables whose name was cut, with the name in the models.
    pub(super) cut: BTreeMap<Name, Name>,
    all: Vec<Diagnostic>,
}

impl<'a> Reports<'a> {
    pub(super) fn new(postgres: &'a Postgres, intent: &'a Intent) -> Self {
        Self { postgres, intent, cut: BTreeMap::new(), all: Vec::new() }
    }

    /// What is said about a table.
    pub(super) fn said(&self, table: &Name) -> Option<&'a TableIntent> {
        self.intent.tables.get(self.cut.get(table).unwrap_or(table))
    }

    /// The place that says it, or else the table's.
    pub(super) fn place(&self, table: &Name, about: About<'_>) -> Option<Place> {
        let said = self.said(table)?;
        let own = match about {
            About::Table | About::Named(None) => None,
            About::Column(name) => find(&said.columns, name).and_then(|it| it.place.clone()),
            About::Named(Some(name)) => find(&said.places, &name.text).cloned(),
        };
        own.or_else(|| said.place.clone())
    }

    /// PostgreSQL cannot do something.
    pub(super) fn lacks(&mut self, table: &Name, about: About<'_>, what: &str, help: &str) {
        self.push(table, about, &format!("PostgreSQL {what}"), help);
    }

    /// This version cannot do something, which a later one can.
    pub(super) fn too_old(
        &mut self,
        table: &Name,
        about: About<'_>,
        what: &str,
        (since, help): (u16, &str),
    ) {
        if self.postgres.version < since {
            let version = self.postgres.version;
            self.push(table, about, &format!("PostgreSQL {version} {what}"), help);
        }
    }

    /// PostgreSQL does something else than is said, which should be known.
    pub(super) fn warn(&mut self, table: &Name, about: About<'_>, what: &str, help: &str) {
        let report = Diagnostic::warning(subject(table, about, &format!("PostgreSQL {what}")));
        self.add(table, report.help(help), self.place(table, about));
    }

    fn push(&mut self, table: &Name, about: About<'_>, what: &str, help: &str) {
        let report = Diagnostic::new(subject(table, about, what)).help(help);
        self.add(table, report, self.place(table, about));
    }

    /// Adds a complaint about a table; one that is not ours to change is left in peace.
    pub(super) fn add(&mut self, table: &Name, report: Diagnostic, place: Option<Place>) {
        if self.said(table).is_some_and(|said| said.unmanaged) {
            return;
        }
        let report = match place {
            Some(place) => report.at(place, ""),
            None => report,
        };
        self.keep(report);
    }

    /// Adds a complaint, once.
    pub(super) fn keep(&mut self, report: Diagnostic) {
        if self.all.last() != Some(&report) {
            self.all.push(report);
        }
    }

    /// All complaints.
    pub(super) fn finish(self) -> Vec<Diagnostic> {
        self.all
    }
}

fn subject(table: &Name, about: About<'_>, what: &str) -> String {
    match about {
        About::Table | About::Named(None) => format!("{table}: {what}"),
        About::Column(column) => format!("{table}.{column}: {what}"),
        About::Named(Some(name)) => format!("{table}, {name}: {what}"),
    }
}

/// What is said under a name, or under a longer one of which the server keeps no more.
fn find<'a, T>(said: &'a BTreeMap<String, T>, name: &str) -> Option<&'a T> {
    said.get(name).or_else(|| {
        let (longer, said) = said.range(name.to_owned()..).next()?;
        (name.len() > 59 && longer.starts_with(name)).then_some(said)
    })
}
