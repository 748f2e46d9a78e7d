//! Connections: the one place that knows the drivers. Everything above speaks to `Database`.

mod failure;
mod parameters;
#[cfg(feature = "sqlite")]
mod sqlite;
mod url;

use std::path::PathBuf;
use std::time::{Duration, Instant};

pub use failure::Failure;
pub use url::redact;

use crate::error::Error;
use crate::schema::Schema;
use crate::sql::Syntax;

#[cfg(not(feature = "sqlite"))]
compile_error!("autogen needs a database to work with: enable the feature `sqlite`");

/// The result of a statement.
pub type Result<T, E = Failure> = std::result::Result<T, E>;

/// A row, every value as text.
pub type TextRow = Vec<Option<String>>;

/// How to connect.
#[derive(Clone, Debug)]
pub struct ConnectOptions {
    /// The folder that relative file names start from.
    pub base: PathBuf,
    /// Nothing may be written. A database file that does not exist then counts as an empty
    /// database, and is not created.
    pub read_only: bool,
    /// The database file is created when there is none.
    pub create: bool,
    /// How long to wait for the database to come up.
    pub wait: Duration,
    /// How long one statement waits for a lock that another connection holds.
    pub lock_timeout: Duration,
}

impl Default for ConnectOptions {
    fn default() -> Self {
        Self {
            base: PathBuf::new(),
            read_only: false,
            create: false,
            wait: Duration::ZERO,
            lock_timeout: Duration::from_secs(5),
        }
    }
}

/// One connection to one database.
#[derive(Debug)]
pub struct Database {
    driver: Driver,
    url: String,
    missing: bool,
}

#[derive(Debug)]
enum Driver {
    #[cfg(feature = "sqlite")]
    Sqlite(sqlite::Connection),
}

impl Database {
    /// Connects. Fails with what this build supports when the URL names something else.
    pub async fn connect(text: &str, options: &ConnectOptions) -> Result<Self, Error> {
        let target = url::parse(text)?;
        let deadline = Instant::now() + options.wait;
        loop {
            let connected = match &target {
                #[cfg(feature = "sqlite")]
                url::Target::Sqlite => sqlite::connect(text, options).await,
            };
            match connected {
                Ok((driver, missing)) => {
                    return Ok(Self { driver: Driver::Sqlite(driver), url: redact(text), missing });
                }
                Err(_) if Instant::now() < deadline => {
                    tokio::time::sleep(Duration::from_millis(200)).await;
                }
                Err(failure) => return Err(failure.into_error()),
            }
        }
    }

    /// A throw-away database in memory.
    #[cfg(feature = "sqlite")]
    pub async fn scratch() -> Result<Self, Error> {
        Self::connect("sqlite::memory:", &ConnectOptions::default()).await
    }

    /// The dialect: `sqlite`.
    pub fn dialect_name(&self) -> &'static str {
        match &self.driver {
            #[cfg(feature = "sqlite")]
            Driver::Sqlite(_) => "sqlite",
        }
    }

    /// How the dialect cuts text into tokens.
    pub fn syntax(&self) -> Syntax {
        match &self.driver {
            #[cfg(feature = "sqlite")]
            Driver::Sqlite(_) => Syntax::SQLITE,
        }
    }

    /// The URL without its password, for messages.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Whether the database file does not exist, so that this stands for an empty database.
    pub fn is_missing(&self) -> bool {
        self.missing
    }

    /// The version of the database.
    pub async fn version(&mut self) -> Result<String> {
        let sql = match &self.driver {
            #[cfg(feature = "sqlite")]
            Driver::Sqlite(_) => "SELECT sqlite_version()",
        };
        let rows = self.query_text_rows(sql, &[]).await?;
        Ok(rows.into_iter().flatten().flatten().next().unwrap_or_default())
    }

    /// Runs one statement and says how many rows it changed; the number means something only
    /// after an `INSERT`, `UPDATE` or `DELETE`.
    pub async fn execute(&mut self, sql: &str) -> Result<u64> {
        match &mut self.driver {
            #[cfg(feature = "sqlite")]
            Driver::Sqlite(connection) => connection.execute(sql).await,
        }
    }

    /// Runs one statement with values for its parameters `:name`.
    pub async fn execute_bound(
        &mut self,
        sql: &str,
        values: &[(String, Option<String>)],
    ) -> Result<u64> {
        let syntax = self.syntax();
        match &mut self.driver {
            #[cfg(feature = "sqlite")]
            Driver::Sqlite(connection) => {
                let (numbered, order) = parameters::numbered(sql, values, syntax, '?');
                connection.execute_with(sql, numbered, order).await
            }
        }
    }

    /// Reads rows, every value as text. `values` stand for `?1`, `?2` and so on.
    pub async fn query_text_rows(
        &mut self,
        sql: &str,
        values: &[Option<&str>],
    ) -> Result<Vec<TextRow>> {
        match &mut self.driver {
            #[cfg(feature = "sqlite")]
            Driver::Sqlite(connection) => connection.query(sql, values).await,
        }
    }

    /// The schema of the database, as the database tells it.
    pub async fn introspect(&mut self) -> Result<Schema, Error> {
        match &mut self.driver {
            #[cfg(feature = "sqlite")]
            Driver::Sqlite(connection) => connection.introspect().await,
        }
    }

    /// Whether there is a table of this name.
    pub async fn has_table(&mut self, schema: Option<&str>, name: &str) -> Result<bool> {
        match &mut self.driver {
            #[cfg(feature = "sqlite")]
            Driver::Sqlite(connection) => connection.has_table(schema, name).await,
        }
    }

    /// Begins a transaction that may write. False when another connection is writing, after
    /// the lock timeout.
    pub async fn begin(&mut self) -> Result<bool> {
        match &mut self.driver {
            #[cfg(feature = "sqlite")]
            Driver::Sqlite(connection) => connection.unless_busy("BEGIN IMMEDIATE").await,
        }
    }

    /// Commits. False when another connection is in the way; the transaction is then still open.
    pub async fn commit(&mut self) -> Result<bool> {
        match &mut self.driver {
            #[cfg(feature = "sqlite")]
            Driver::Sqlite(connection) => connection.unless_busy("COMMIT").await,
        }
    }

    /// Rolls back. Harmless when the database has already done so.
    pub async fn rollback(&mut self) -> Result<()> {
        match &mut self.driver {
            #[cfg(feature = "sqlite")]
            Driver::Sqlite(connection) => connection.rollback().await,
        }
    }

    /// Ends the connection, so that its files are tidied before the process ends.
    pub async fn close(self) -> Result<()> {
        match self.driver {
            #[cfg(feature = "sqlite")]
            Driver::Sqlite(connection) => connection.close().await,
        }
    }
}
