//! What commands that touch a database share: the connection, the settings of a run.

use std::future::Future;

use super::Context;
use super::project::Project;
use crate::config::Config;
use crate::db::{ConnectOptions, Database};
use crate::error::{Error, Kind, Result};
use crate::migrator::configured;
use crate::runner::Options;

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
    configured(config)
}

/// How a run is to be done.
pub(super) fn options(context: &Context, project: &Project) -> Options {
    let mut options = configured(&project.config);
    options.inputs.x = context.x.iter().cloned().collect();
    if let Some(migrator) = &context.migrator {
        migrator.override_options(&mut options);
    }
    options
}
