//! What commands that touch a database share: the connection, the settings of a run, its progress.

use std::future::Future;
use std::time::Duration;

use autogen_model::{Diagnostic, Place};

use super::Context;
use super::project::Project;
use super::ui::Ui;
use crate::config::{Config, Transaction};
use crate::db::{ConnectOptions, Database};
use crate::error::{Error, Kind, Result};
use crate::runner::{Inputs, Options, Planned, Progress, Span};

/// Runs to the end what waits for a database. Made here and not in `main`, because most commands
/// want none and a runtime takes longer to make than they take to run.
pub(super) fn block_on<T>(future: impl Future<Output = Result<T>>) -> Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime
        .map_err(|cause| Error::new(Kind::Internal, "no runtime can be made").cause(cause))?;
    runtime.block_on(future)
}

/// Connects for reading alone: nothing is created.
pub(super) async fn connect_to_read(config: &Config) -> Result<Database> {
    connect(config, ConnectOptions { read_only: true, ..patience(config) }).await
}

/// Connects for writing; a database file that is missing is created.
pub(super) async fn connect_to_write(config: &Config) -> Result<Database> {
    let statement_timeout = config.upgrade.statement_timeout;
    connect(config, ConnectOptions { create: true, statement_timeout, ..patience(config) }).await
}

/// How long things may take, and which namespaces are meant.
pub(super) fn patience(config: &Config) -> ConnectOptions {
    ConnectOptions {
        wait: config.upgrade.wait,
        lock_timeout: config.upgrade.lock_timeout,
        schemas: config.database.schemas.clone(),
        ..ConnectOptions::default()
    }
}

/// Revisions are run on the databases that they are written for.
pub(super) fn agrees(config: &Config) -> Result<()> {
    let url = config.url()?.dialect();
    if config.dialects.iter().any(|name| name == url) {
        return Ok(());
    }
    let written = config.dialects.join(" and ");
    let message = format!("revisions are written for {written}, and the database is {url}");
    Err(Error::new(Kind::Config, message).help("make `dialects` in autogen.toml and the URL agree"))
}

async fn connect(config: &Config, options: ConnectOptions) -> Result<Database> {
    agrees(config)?;
    let url = config.url()?;
    let connected = Database::connect(url.as_str(), &options).await;
    connected.map_err(|error| error.help(format!("the URL {url} comes from {}", url.origin)))
}

/// Whose ledger it is, and where; enough for reading it.
pub(super) fn reading(config: &Config) -> Options {
    Options {
        ledger: config.database.ledger.clone(),
        project: config.project.clone(),
        ..Options::default()
    }
}

/// How a run is to be done.
pub(super) fn options(context: &Context, project: &Project) -> Options {
    let config = &project.config;
    Options {
        transaction: match config.upgrade.transaction {
            Transaction::Revision => Span::Revision,
            Transaction::Run => Span::Run,
        },
        retries: config.upgrade.retries,
        queue_timeout: config.upgrade.queue_timeout,
        lock_timeout: config.upgrade.lock_timeout,
        inputs: Inputs {
            folder: config.root.clone(),
            x: context.x.iter().cloned().collect(),
            environment: config.variables.clone(),
            ..Inputs::default()
        },
        ..reading(config)
    }
}

/// Tells the user what a run does.
pub(super) struct Told<'a> {
    ui: &'a Ui,
    /// What was done to a revision, as a word.
    verb: &'static str,
}

impl<'a> Told<'a> {
    pub(super) fn new(ui: &'a Ui, verb: &'static str) -> Self {
        Self { ui, verb }
    }
}

impl Progress for Told<'_> {
    fn started(&mut self, revision: &Planned) {
        let path = revision.path.as_ref().map(|path| path.display().to_string());
        let path = path.unwrap_or_else(|| "the ledger".to_owned());
        let statements = match revision.statements.saturating_sub(revision.done) {
            1 => "1 statement".to_owned(),
            count => format!("{count} statements"),
        };
        self.ui.detail(format_args!("Running {} ({statements} of {path})", revision.id));
    }

    fn finished(&mut self, revision: &Planned, took: Duration) {
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
        let noun = if rows == 1 { "row" } else { "rows" };
        self.ui.detail(format_args!("{place}: {rows} {noun}"));
    }

    fn waiting(&mut self) {
        self.ui.status("Waiting for a lock that another connection holds");
    }

    fn warning(&mut self, warning: &Diagnostic) {
        self.ui.warn(warning);
    }
}

/// A revision and its message.
pub(super) fn titled(revision: &Planned) -> String {
    match revision.title.is_empty() {
        true => revision.id.clone(),
        false => format!("{}, {}", revision.id, revision.title),
    }
}
