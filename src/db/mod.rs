//! Connections: the one place that knows the drivers. Everything above speaks to `Database`.

mod failure;
mod held;
#[cfg(feature = "mysql")]
mod mysql;
mod parameters;
mod place;
#[cfg(feature = "postgres")]
mod postgres;
mod relation;
pub mod script;
#[cfg(any(feature = "mysql", feature = "postgres"))]
mod server;
mod source;
#[cfg(feature = "sqlite")]
mod sqlite;
mod step;
mod url;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

pub use failure::Failure;
pub use place::Scratch;
pub use relation::Relation;
pub use source::{Connect, Opening, Session};
pub use step::Transaction;
pub use url::redact;

use crate::dialect::Dialect;
use crate::error::Error;
use crate::schema::Schema;
use crate::sql::Syntax;

#[cfg(not(any(feature = "sqlite", feature = "postgres", feature = "mysql")))]
compile_error!(
    "autogen needs a database to work with: enable the feature `sqlite`, `postgres` or `mysql`"
);

/// The result of a statement.
pub type Result<T, E = Failure> = std::result::Result<T, E>;

/// Stops the statement that runs on a connection, as long as it is true.
pub type Brake = Arc<AtomicBool>;

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
    /// How long one statement may run; zero is for ever.
    pub statement_timeout: Duration,
    /// The namespaces of interest. Names that name none stand in the first of them; when there
    /// are none, in the one that the database has by itself.
    pub schemas: Vec<String>,
}

impl Default for ConnectOptions {
    fn default() -> Self {
        Self {
            base: PathBuf::new(),
            read_only: false,
            create: false,
            wait: Duration::ZERO,
            lock_timeout: Duration::from_secs(5),
            statement_timeout: Duration::ZERO,
            schemas: Vec::new(),
        }
    }
}

#[cfg(feature = "sqlite")]
const MEMORY: &str = "sqlite::memory:";

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
    #[cfg(feature = "postgres")]
    Postgres(Box<postgres::Connection>),
    #[cfg(feature = "mysql")]
    Mysql(Box<mysql::Connection>),
}

impl Database {
    /// Connects. Fails with what this build supports when the URL names something else.
    pub async fn connect(text: &str, options: &ConnectOptions) -> Result<Self, Error> {
        let target = url::parse(text)?;
        let deadline = Instant::now() + options.wait;
        loop {
            let passes = |failure: &Failure| target.waits_for_all() || failure.busy;
            match Self::driver(target, text, options).await {
                Ok((driver, missing)) => return Ok(Self { driver, url: redact(text), missing }),
                Err(failure) if passes(&failure) && Instant::now() < deadline => {
                    tokio::time::sleep(Duration::from_millis(200)).await;
                }
                Err(failure) => return Err(failure.into_error()),
            }
        }
    }

    async fn driver(
        target: url::Target,
        text: &str,
        options: &ConnectOptions,
    ) -> Result<(Driver, bool)> {
        match target {
            #[cfg(feature = "sqlite")]
            url::Target::Sqlite => {
                let (connection, missing) = sqlite::connect(text, options).await?;
                Ok((Driver::Sqlite(connection), missing))
            }
            #[cfg(feature = "postgres")]
            url::Target::Postgres => {
                let connection = postgres::connect(text, options).await?;
                Ok((Driver::Postgres(Box::new(connection)), false))
            }
            #[cfg(feature = "mysql")]
            url::Target::Mysql => {
                let connection = mysql::connect(text, options).await?;
                Ok((Driver::Mysql(Box::new(connection)), false))
            }
        }
    }

    /// A second connection to the same database, where one is of use: to a server.
    pub async fn another(&self) -> Result<Option<Self>> {
        match &self.driver {
            #[cfg(feature = "sqlite")]
            Driver::Sqlite(_) => Ok(None),
            #[cfg(feature = "postgres")]
            Driver::Postgres(connection) => {
                let another = connection.another().await?;
                let driver = another.map(|another| Driver::Postgres(Box::new(another)));
                Ok(driver.map(|driver| Self { driver, url: self.url.clone(), missing: false }))
            }
            #[cfg(feature = "mysql")]
            Driver::Mysql(connection) => {
                let another = connection.another().await?;
                let driver = another.map(|another| Driver::Mysql(Box::new(another)));
                Ok(driver.map(|driver| Self { driver, url: self.url.clone(), missing: false }))
            }
        }
    }

    /// What stops a statement that runs here, where a second connection cannot.
    pub async fn brake(&mut self) -> Result<Option<Brake>> {
        match &mut self.driver {
            #[cfg(feature = "sqlite")]
            Driver::Sqlite(connection) => connection.brake().await.map(Some),
            #[cfg(feature = "postgres")]
            Driver::Postgres(_) => Ok(None),
            #[cfg(feature = "mysql")]
            Driver::Mysql(_) => Ok(None),
        }
    }

    /// A throw-away database, made now and dropped with the connection. The failure says why the
    /// server makes none, and what to grant.
    pub async fn scratch(place: &Scratch) -> Result<Self> {
        match place {
            #[cfg(feature = "sqlite")]
            Scratch::Memory => {
                let options = ConnectOptions::default();
                let (connection, missing) = sqlite::connect(MEMORY, &options).await?;
                Ok(Self { driver: Driver::Sqlite(connection), url: MEMORY.to_owned(), missing })
            }
            #[cfg(feature = "postgres")]
            Scratch::Postgres { url, options } => {
                let connection = postgres::scratch(url, options).await?;
                let driver = Driver::Postgres(Box::new(connection));
                Ok(Self { driver, url: redact(url), missing: false })
            }
            #[cfg(feature = "mysql")]
            Scratch::Mysql { url, options } => {
                let connection = mysql::scratch(url, options).await?;
                let driver = Driver::Mysql(Box::new(connection));
                Ok(Self { driver, url: redact(url), missing: false })
            }
        }
    }

    /// The name of the dialect: `sqlite`, `postgres` or `mysql`.
    pub fn dialect_name(&self) -> &'static str {
        match &self.driver {
            #[cfg(feature = "sqlite")]
            Driver::Sqlite(_) => "sqlite",
            #[cfg(feature = "postgres")]
            Driver::Postgres(_) => "postgres",
            #[cfg(feature = "mysql")]
            Driver::Mysql(_) => "mysql",
        }
    }

    /// The dialect, at the version of this database.
    pub fn dialect(&self) -> Result<Box<dyn Dialect>, Error> {
        match &self.driver {
            #[cfg(feature = "sqlite")]
            Driver::Sqlite(_) => crate::dialect::by_name("sqlite"),
            #[cfg(feature = "postgres")]
            Driver::Postgres(connection) => {
                let mut dialect = crate::dialect::postgres::Postgres::new(connection.major());
                dialect.live_in(connection.default_namespace());
                Ok(Box::new(dialect))
            }
            #[cfg(feature = "mysql")]
            Driver::Mysql(connection) => Ok(Box::new(connection.mysql().clone())),
        }
    }

    /// How the dialect cuts text into tokens.
    pub fn syntax(&self) -> Syntax {
        match &self.driver {
            #[cfg(feature = "sqlite")]
            Driver::Sqlite(_) => Syntax::SQLITE,
            #[cfg(feature = "postgres")]
            Driver::Postgres(_) => Syntax::POSTGRES,
            #[cfg(feature = "mysql")]
            Driver::Mysql(_) => Syntax::MYSQL,
        }
    }

    /// Whether the session is ours alone, and not lent by a pooler for each transaction.
    pub fn is_direct(&self) -> bool {
        match &self.driver {
            #[cfg(feature = "sqlite")]
            Driver::Sqlite(_) => true,
            #[cfg(feature = "postgres")]
            Driver::Postgres(connection) => connection.is_direct(),
            #[cfg(feature = "mysql")]
            Driver::Mysql(_) => true,
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
            #[cfg(feature = "postgres")]
            Driver::Postgres(_) => "SELECT current_setting('server_version')",
            #[cfg(feature = "mysql")]
            Driver::Mysql(_) => "SELECT VERSION()",
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
            #[cfg(feature = "postgres")]
            Driver::Postgres(connection) => connection.execute(sql).await,
            #[cfg(feature = "mysql")]
            Driver::Mysql(connection) => connection.execute(sql).await,
        }
    }

    /// Runs one statement with values for its parameters `:name`.
    pub async fn execute_bound(
        &mut self,
        sql: &str,
        values: &[(String, Option<String>)],
    ) -> Result<u64> {
        match &mut self.driver {
            #[cfg(feature = "sqlite")]
            Driver::Sqlite(connection) => {
                let (numbered, order) = parameters::numbered(sql, values, Syntax::SQLITE, '?');
                connection.execute_with(sql, numbered, order).await
            }
            #[cfg(feature = "postgres")]
            Driver::Postgres(connection) => connection.execute_with(sql, values).await,
            #[cfg(feature = "mysql")]
            Driver::Mysql(connection) => connection.execute_with(sql, values).await,
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
            #[cfg(feature = "postgres")]
            Driver::Postgres(connection) => connection.query(sql, values).await,
            #[cfg(feature = "mysql")]
            Driver::Mysql(connection) => connection.query(sql, values).await,
        }
    }

    /// The schema of the database, canonical.
    pub async fn introspect(&mut self) -> Result<Schema, Error> {
        match &mut self.driver {
            #[cfg(feature = "sqlite")]
            Driver::Sqlite(connection) => connection.introspect().await,
            #[cfg(feature = "postgres")]
            Driver::Postgres(connection) => {
                let told = connection.introspect().await?;
                let dialect = self.dialect()?;
                // What is there already was accepted, so there is nothing to complain about.
                Ok(dialect.canonical(&told, &crate::schema::Intent::default()).0)
            }
            #[cfg(feature = "mysql")]
            Driver::Mysql(connection) => {
                let told = connection.introspect().await?;
                Ok(connection.mysql().canonical(&told, &crate::schema::Intent::default()).0)
            }
        }
    }

    /// Whether there is a table of this name.
    pub async fn has_table(&mut self, schema: Option<&str>, name: &str) -> Result<bool> {
        match &mut self.driver {
            #[cfg(feature = "sqlite")]
            Driver::Sqlite(connection) => connection.has_table(schema, name).await,
            #[cfg(feature = "postgres")]
            Driver::Postgres(connection) => connection.has_table(schema, name).await,
            #[cfg(feature = "mysql")]
            Driver::Mysql(connection) => connection.has_table(schema, name).await,
        }
    }

    /// The table or view of this name, if there is one.
    pub async fn relation(&mut self, schema: Option<&str>, name: &str) -> Result<Option<Relation>> {
        let rows = match &mut self.driver {
            #[cfg(feature = "sqlite")]
            Driver::Sqlite(connection) => connection.relation(schema, name).await?,
            #[cfg(feature = "postgres")]
            Driver::Postgres(connection) => connection.relation(schema, name).await?,
            #[cfg(feature = "mysql")]
            Driver::Mysql(connection) => connection.relation(schema, name).await?,
        };
        Ok(Relation::of(rows))
    }

    /// The namespace where names stand that name none, in a database that has several.
    pub fn default_namespace(&self) -> Option<&str> {
        match &self.driver {
            #[cfg(feature = "sqlite")]
            Driver::Sqlite(_) => None,
            #[cfg(feature = "postgres")]
            Driver::Postgres(connection) => Some(connection.default_namespace()),
            #[cfg(feature = "mysql")]
            Driver::Mysql(connection) => Some(connection.database()),
        }
    }

    /// Whether there is a namespace of this name; what SQLite has by that name is an attached file,
    /// which no statement makes.
    #[cfg_attr(
        not(any(feature = "postgres", feature = "mysql")),
        expect(unused_variables, reason = "SQLite is not asked")
    )]
    pub async fn has_namespace(&mut self, name: &str) -> Result<bool> {
        match &mut self.driver {
            #[cfg(feature = "sqlite")]
            Driver::Sqlite(_) => Ok(true),
            #[cfg(feature = "postgres")]
            Driver::Postgres(connection) => connection.has_namespace(name).await,
            #[cfg(feature = "mysql")]
            Driver::Mysql(connection) => connection.has_namespace(name).await,
        }
    }

    /// Makes the session's settings what they are at the beginning of a transaction.
    pub async fn settings(&mut self) -> Result<()> {
        match &mut self.driver {
            #[cfg(feature = "sqlite")]
            Driver::Sqlite(_) => Ok(()),
            #[cfg(feature = "postgres")]
            Driver::Postgres(connection) => connection.settings().await,
            #[cfg(feature = "mysql")]
            Driver::Mysql(connection) => connection.settings().await,
        }
    }

    /// A new session in the place of this one, where sessions keep what statements set in them.
    pub async fn renew(&mut self) -> Result<()> {
        match &mut self.driver {
            #[cfg(feature = "sqlite")]
            Driver::Sqlite(_) => Ok(()),
            #[cfg(feature = "postgres")]
            Driver::Postgres(_) => Ok(()),
            #[cfg(feature = "mysql")]
            Driver::Mysql(connection) => connection.renew().await,
        }
    }

    /// A new session in the place of one that has ended, where there is a server.
    pub async fn revive(&mut self) -> Result<()> {
        match &mut self.driver {
            #[cfg(feature = "sqlite")]
            Driver::Sqlite(_) => Ok(()),
            #[cfg(feature = "postgres")]
            Driver::Postgres(connection) => connection.revive().await,
            #[cfg(feature = "mysql")]
            Driver::Mysql(connection) => connection.revive().await,
        }
    }

    /// Begins a transaction that may write. False when another connection is writing, after
    /// the lock timeout, and the database lets one write at a time.
    pub async fn begin(&mut self) -> Result<bool> {
        match &mut self.driver {
            #[cfg(feature = "sqlite")]
            Driver::Sqlite(connection) => connection.begin().await,
            #[cfg(feature = "postgres")]
            Driver::Postgres(connection) => connection.begin("").await.map(|()| true),
            #[cfg(feature = "mysql")]
            Driver::Mysql(connection) => connection.begin("").await.map(|()| true),
        }
    }

    /// Begins a transaction that is to be rolled back. It may make things, even on a connection
    /// for reading alone, as far as the database lets it.
    pub async fn begin_trial(&mut self) -> Result<()> {
        match &mut self.driver {
            #[cfg(feature = "sqlite")]
            Driver::Sqlite(connection) => connection.execute("BEGIN").await.map(|_| ()),
            #[cfg(feature = "postgres")]
            Driver::Postgres(connection) => connection.begin("READ WRITE").await,
            #[cfg(feature = "mysql")]
            Driver::Mysql(connection) => connection.begin("READ WRITE").await,
        }
    }

    /// Commits. False when another connection is in the way; the transaction is then still open.
    pub async fn commit(&mut self) -> Result<bool> {
        match &mut self.driver {
            #[cfg(feature = "sqlite")]
            Driver::Sqlite(connection) => connection.commit().await,
            #[cfg(feature = "postgres")]
            Driver::Postgres(connection) => connection.commit().await.map(|()| true),
            #[cfg(feature = "mysql")]
            Driver::Mysql(connection) => connection.commit().await.map(|()| true),
        }
    }

    /// Rolls back. Harmless when the database has already done so.
    pub async fn rollback(&mut self) -> Result<()> {
        match &mut self.driver {
            #[cfg(feature = "sqlite")]
            Driver::Sqlite(connection) => connection.rollback().await,
            #[cfg(feature = "postgres")]
            Driver::Postgres(connection) => connection.rollback().await,
            #[cfg(feature = "mysql")]
            Driver::Mysql(connection) => connection.rollback().await,
        }
    }

    /// Ends the connection, so that its files are tidied before the process ends.
    pub async fn close(self) -> Result<()> {
        match self.driver {
            #[cfg(feature = "sqlite")]
            Driver::Sqlite(connection) => connection.close().await,
            #[cfg(feature = "postgres")]
            Driver::Postgres(connection) => connection.close().await,
            #[cfg(feature = "mysql")]
            Driver::Mysql(connection) => connection.close().await,
        }
    }
}
