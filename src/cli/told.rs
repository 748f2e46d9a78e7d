//! What a run tells while it goes on: a line for each revision, and on a terminal the statement that
//! runs.

use std::time::Duration;

use autogen_model::{Diagnostic, Place};

use super::ui::{Ui, Volume};
use crate::runner::{Planned, Progress, Running};

/// Tells the user what a run does.
pub(super) struct Told<'a> {
    ui: &'a Ui,
    /// What was done to a revision, as a word.
    verb: &'static str,
    /// The revision that runs, and how many statements it has.
    revision: (String, usize),
    /// The statement that runs, and the rows that its rounds have changed.
    statement: String,
    rows: u64,
}

impl<'a> Told<'a> {
    pub(super) fn new(ui: &'a Ui, verb: &'static str) -> Self {
        Self { ui, verb, revision: (String::new(), 0), statement: String::new(), rows: 0 }
    }

    /// `3f2a9c 2/7 CREATE INDEX ..`
    fn title(&self, statement: &Running<'_>) -> String {
        let (id, all) = &self.revision;
        let id: String = id.chars().take(12).collect();
        format!("{id} {}/{all} {}", statement.number, first_words(statement.sql))
    }
}

impl Progress for Told<'_> {
    fn started(&mut self, revision: &Planned) {
        self.revision = (revision.id.clone(), revision.statements);
        let path = revision.path.as_ref().map(|path| path.display().to_string());
        let path = path.unwrap_or_else(|| "the ledger".to_owned());
        let statements = match revision.statements.saturating_sub(revision.done) {
            1 => "1 statement".to_owned(),
            count => format!("{count} statements"),
        };
        self.ui.detail(format_args!("Running {} ({statements} of {path})", revision.id));
    }

    fn running(&mut self, statement: &Running<'_>) {
        if statement.round == 1 && (self.ui.has_live() || self.ui.volume() == Volume::Verbose) {
            self.statement = self.title(statement);
            self.rows = 0;
            self.ui.live(&self.statement);
        }
    }

    fn ran(&mut self, _statement: &Running<'_>, took: Duration) {
        self.ui.detail(format_args!("  {} ({} ms)", self.statement, took.as_millis()));
    }

    fn finished(&mut self, revision: &Planned, took: Duration) {
        self.ui.end_live();
        let took = took.as_millis();
        let skipped = match revision.skipped {
            0 => String::new(),
            1 => "; `when` left out 1 statement".to_owned(),
            count => format!("; `when` left out {count} statements"),
        };
        self.ui.status(format_args!("{} {} ({took} ms{skipped})", self.verb, titled(revision)));
    }

    fn skipped(&mut self, revision: &Planned) {
        self.ui.status(format_args!("Skipped {}: another runner was faster", titled(revision)));
    }

    fn batch(&mut self, place: &Place, rows: u64) {
        self.rows = self.rows.saturating_add(rows);
        self.ui.go_on_live(format_args!("{}: {} so far", self.statement, count(self.rows)));
        self.ui.detail(format_args!("{place}: {}", count(rows)));
    }

    fn waiting(&mut self) {
        self.ui.status("Waiting for a lock that another connection holds");
    }

    fn warning(&mut self, warning: &Diagnostic) {
        self.ui.warn(warning);
    }
}

fn count(rows: u64) -> String {
    if rows == 1 { "1 row".to_owned() } else { format!("{rows} rows") }
}

/// A revision and its message.
pub(super) fn titled(revision: &Planned) -> String {
    match revision.title.is_empty() {
        true => revision.id.clone(),
        false => format!("{}, {}", revision.id, revision.title),
    }
}

/// The beginning of a statement on one line: it says which it is.
fn first_words(sql: &str) -> String {
    const ENOUGH: usize = 60;
    let lines = sql.lines().filter(|line| !line.trim_start().starts_with("--"));
    let text = lines.flat_map(str::split_whitespace).collect::<Vec<_>>().join(" ");
    match text.char_indices().nth(ENOUGH) {
        Some((end, _)) => format!("{}..", text[..end].trim_end()),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::first_words;

    #[test]
    fn the_beginning_of_a_statement_fits_on_a_line() {
        assert_eq!(
            first_words("-- why\nCREATE TABLE\n    t (a INTEGER)"),
            "CREATE TABLE t (a INTEGER)"
        );
        let long = format!("INSERT INTO \u{fc}ber VALUES ('{}')", "x".repeat(100));
        let words = first_words(&long);
        assert!(words.starts_with("INSERT INTO \u{fc}ber") && words.ends_with("xx.."), "{words}");
        assert_eq!(words.chars().count(), 62);
    }
}
