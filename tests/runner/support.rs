//! A project in a throw-away folder, and the means to look at its database.

use std::path::PathBuf;
use std::time::Duration;

use autogen::db::{ConnectOptions, Database};
use autogen::error::{Error, Result};
use autogen::revision::{Graph, Target, folder};
use autogen::runner::{self, Inputs, Options, Planned, Progress, Report};
use autogen_model::Diagnostic;

use super::dump::dump;

const LOCK_TIMEOUT: Duration = Duration::from_millis(200);

/// Revisions in a folder, and a database.
pub(crate) struct Project {
    folder: tempfile::TempDir,
    pub(crate) url: String,
    pub(crate) options: Options,
}

impl Project {
    pub(crate) fn at(url: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::create_dir(folder.path().join("migrations")).expect("a folder");
        let inputs = Inputs { folder: folder.path().to_owned(), ..Inputs::default() };
        let lock_timeout = LOCK_TIMEOUT;
        let options = Options { inputs, retries: 50, lock_timeout, ..Options::default() };
        Self { folder, url: url.to_owned(), options }
    }

    /// The same revisions on another way to the database.
    #[allow(dead_code, reason = "of use where there is a server")]
    pub(crate) fn through(&self, url: &str) -> Self {
        let through = Self::at(url);
        for file in std::fs::read_dir(self.path("migrations")).expect("a folder").flatten() {
            let copy = through.path("migrations").join(file.file_name());
            std::fs::copy(file.path(), copy).expect("a file");
        }
        Self { options: self.options.clone(), ..through }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).expect("a file");
    }

    pub(crate) fn file(&self, id: &str) -> PathBuf {
        self.path(&format!("migrations/{id}.sql"))
    }

    /// Writes a revision; no parent means a base.
    pub(crate) fn revision(&self, id: &str, parent: &str, upgrade: &str, downgrade: &str) {
        let revises = match parent {
            "" => String::new(),
            parent => format!("-- Revises: {parent}\n"),
        };
        let text = format!(
            "-- Revision {id}\n--\n-- Revision: {id}\n{revises}\n\
             -- autogen: upgrade\n{upgrade}\n\n-- autogen: downgrade\n{downgrade}\n"
        );
        self.write(&format!("migrations/{id}.sql"), &text);
    }

    pub(crate) fn graph(&self) -> Graph {
        folder::load_graph(&[self.path("migrations")]).expect("the revisions fit together")
    }

    pub(crate) fn connecting(&self) -> ConnectOptions {
        ConnectOptions {
            base: self.folder.path().to_owned(),
            create: true,
            lock_timeout: LOCK_TIMEOUT,
            ..ConnectOptions::default()
        }
    }

    pub(crate) async fn db(&self) -> Database {
        Database::connect(&self.url, &self.connecting()).await.expect("a connection")
    }

    /// Upgrades to all heads.
    pub(crate) async fn upgrade(&self) -> Result<Report> {
        let graph = self.graph();
        let heads = Target::at(graph.heads().into_iter().map(|head| head.id.clone()));
        let mut db = self.db().await;
        runner::upgrade(&mut db, &graph, &heads, &self.options, &mut ()).await
    }

    pub(crate) async fn upgrade_to(&self, id: &str, heard: &mut dyn Progress) -> Result<Report> {
        let mut db = self.db().await;
        runner::upgrade(&mut db, &self.graph(), &Target::at([id]), &self.options, heard).await
    }

    /// Downgrades to a revision; an empty id means the base.
    pub(crate) async fn downgrade(&self, id: &str) -> Result<Report> {
        let target = Target::at(Some(id).filter(|id| !id.is_empty()));
        let mut db = self.db().await;
        runner::downgrade(&mut db, &self.graph(), &target, &self.options, &mut ()).await
    }

    pub(crate) async fn execute(&self, sql: &str) {
        self.db().await.execute(sql).await.expect("the statement runs");
    }

    pub(crate) async fn one(&self, sql: &str) -> String {
        let rows = self.db().await.query_text_rows(sql, &[]).await.expect("the query runs");
        let cells = rows.into_iter().map(|row| {
            row.into_iter()
                .map(|cell| cell.unwrap_or_else(|| "NULL".to_owned()))
                .collect::<Vec<_>>()
        });
        cells.map(|row| row.join("|")).collect::<Vec<_>>().join("\n")
    }

    /// Everything in the database but the log.
    pub(crate) async fn dump(&self) -> String {
        dump(&mut self.db().await, &["autogen_log"]).await
    }

    /// The same without the ledger.
    #[allow(dead_code, reason = "a failed first run is tested where DDL is rolled back")]
    pub(crate) async fn beside_ledger(&self) -> String {
        let dump = self.dump().await;
        dump.lines().filter(|line| !line.contains("autogen_")).collect()
    }

    /// The log as lines: revision, action, outcome.
    pub(crate) async fn log(&self) -> Vec<String> {
        let mut db = self.db().await;
        let attempts = runner::log(&mut db, &self.options).await.expect("the log");
        let line = |it: runner::ledger::Attempt| {
            format!("{} {} {:?}", it.revision, it.action.word(), it.outcome)
        };
        attempts.into_iter().map(line).collect()
    }

    pub(crate) async fn applied(&self) -> Vec<String> {
        let mut db = self.db().await;
        let status = runner::status(&mut db, &self.graph(), &self.options).await;
        status.expect("a status").state.applied().into_iter().collect()
    }
}

/// Keeps what a run says.
#[derive(Default)]
pub(crate) struct Heard {
    pub(crate) lines: Vec<String>,
}

impl Progress for Heard {
    fn started(&mut self, revision: &Planned) {
        self.lines.push(format!("start {}", revision.id));
    }

    fn finished(&mut self, revision: &Planned, _took: Duration) {
        self.lines.push(format!("done {}", revision.id));
    }

    fn batch(&mut self, _place: &autogen_model::Place, rows: u64) {
        self.lines.push(format!("batch {rows}"));
    }

    fn warning(&mut self, warning: &Diagnostic) {
        self.lines.push(format!("warning: {}", warning.message));
    }
}

/// All that an error says, with its help.
pub(crate) fn words(error: &Error) -> String {
    let mut text = error.to_string();
    for help in error.reports().iter().flat_map(|report| &report.help) {
        text.push_str("\nhelp: ");
        text.push_str(help);
    }
    text
}

/// The error of a run that must fail, in words.
pub(crate) fn refused<T: std::fmt::Debug>(result: Result<T>) -> String {
    words(&result.expect_err("this must be refused"))
}

/// Fails unless the text has all parts.
pub(crate) fn says(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "`{part}` is not in:\n{text}");
    }
}
