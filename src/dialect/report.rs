//! Complaints about what a database cannot do, with the place in the models that says it.

use std::collections::BTreeMap;

use autogen_model::{Diagnostic, Place};

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

/// The complaints of one database so far.
pub(super) struct Reports<'a, D> {
    pub(super) dialect: D,
    pub(super) intent: &'a Intent,
    /// What the database is called.
    pub(super) product: &'static str,
    /// Tables whose name is another than in the models, with that.
    pub(super) cut: BTreeMap<Name, Name>,
    all: Vec<Diagnostic>,
}

impl<'a, D> Reports<'a, D> {
    pub(super) fn new(dialect: D, product: &'static str, intent: &'a Intent) -> Self {
        Self { dialect, intent, product, cut: BTreeMap::new(), all: Vec::new() }
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

    /// The database cannot do something.
    pub(super) fn lacks(&mut self, table: &Name, about: About<'_>, what: &str, help: &str) {
        self.push(table, about, &format!("{} {what}", self.product), help);
    }

    /// The database does something else than is said, which should be known.
    pub(super) fn warn(&mut self, table: &Name, about: About<'_>, what: &str, help: &str) {
        let what = format!("{} {what}", self.product);
        let report = Diagnostic::warning(subject(table, about, &what));
        self.add(table, report.help(help), self.place(table, about));
    }

    /// Something is wrong, in these words.
    pub(super) fn push(&mut self, table: &Name, about: About<'_>, what: &str, help: &str) {
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
