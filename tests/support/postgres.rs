//! PostgreSQL servers for live tests, and a database of its own for each test.
//!
//! A server is there when `AUTOGEN_TEST_POSTGRES<version>_URL` names it, as `scripts/test` does.
//! Without servers there are no tests. `AUTOGEN_TEST_LIVE` names those that must be there: the tests
//! of one that is not fail.
//!
//! ```text
//! for server in postgres::servers() {
//!     Trial::test(format!("{}::{case}", server.name()), move || {
//!         let database = server.database()?;    // dropped with the value, also after a panic
//!         runtime.block_on(async { database.connect().await?; .. })
//!     });
//! }
//! ```
#![allow(dead_code, reason = "each test takes what it needs")]

use std::sync::atomic::{AtomicU32, Ordering};

use sqlx::{AssertSqlSafe, Connection as _, PgConnection};

/// The versions that are known.
const KNOWN: std::ops::RangeInclusive<u16> = 12..=18;

/// A server, or the want of one.
#[derive(Clone, Debug)]
pub(crate) struct Server {
    /// Its major version.
    pub(crate) version: u16,
    url: Option<String>,
}

/// The servers to test with.
pub(crate) fn servers() -> Vec<Server> {
    let wanted = std::env::var("AUTOGEN_TEST_LIVE").unwrap_or_default();
    let all = KNOWN.map(|version| Server { version, url: std::env::var(variable(version)).ok() });
    let named = |server: &Server| wanted.split_whitespace().any(|name| name == server.name());
    all.filter(|it| it.url.is_some() || named(it)).collect()
}

fn variable(version: u16) -> String {
    format!("AUTOGEN_TEST_POSTGRES{version}_URL")
}

impl Server {
    /// `postgres15`.
    pub(crate) fn name(&self) -> String {
        format!("postgres{}", self.version)
    }

    /// The URL of the server's own database, as a superuser; the error says that there is none.
    pub(crate) fn url(&self) -> Result<&str, String> {
        let missing = || format!("{} is not set: run the tests by `scripts/test`", self.variable());
        self.url.as_deref().ok_or_else(missing)
    }

    fn variable(&self) -> String {
        variable(self.version)
    }

    /// An empty database.
    pub(crate) fn database(&self) -> Result<Database, String> {
        static COUNTER: AtomicU32 = AtomicU32::new(0);
        let number = COUNTER.fetch_add(1, Ordering::Relaxed);
        let name = format!("autogen_{}_{number}", std::process::id());
        let server = self.url()?.to_owned();
        let statements = [
            // One of that name was left by a process that was killed.
            format!("DROP DATABASE IF EXISTS {name}"),
            format!("CREATE DATABASE {name} TEMPLATE template0"),
        ];
        apart(&server, &statements)?;
        Ok(Database { url: with_database(&server, &name), server, name })
    }
}

/// A database that is dropped with this value.
#[derive(Debug)]
pub(crate) struct Database {
    /// How it is reached, as a superuser.
    pub(crate) url: String,
    /// Its name.
    pub(crate) name: String,
    server: String,
}

impl Database {
    /// A connection to it.
    pub(crate) async fn connect(&self) -> Result<PgConnection, String> {
        PgConnection::connect(&self.url).await.map_err(|error| format!("{}: {error}", self.url))
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let name = &self.name;
        let statements = [
            // Nobody new comes in, and whoever is left goes.
            format!("ALTER DATABASE {name} ALLOW_CONNECTIONS false"),
            format!(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
            ),
            format!("DROP DATABASE IF EXISTS {name}"),
        ];
        // A server that a test has killed has nothing left to drop.
        drop(apart(&self.server, &statements));
    }
}

/// Runs SQL, several statements at once if need be.
pub(crate) async fn execute(connection: &mut PgConnection, sql: &str) -> Result<(), String> {
    let result = sqlx::raw_sql(AssertSqlSafe(sql)).execute(connection).await;
    result.map(drop).map_err(|error| format!("{error}\n{sql}"))
}

/// Runs statements on a connection of their own, in a thread of its own: the caller may be within a
/// runtime already.
fn apart(url: &str, statements: &[String]) -> Result<(), String> {
    let work = || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.map_err(|error| error.to_string())?.block_on(async {
            let connected = PgConnection::connect(url).await;
            let mut connection = connected.map_err(|error| format!("{url}: {error}"))?;
            for statement in statements {
                patient(&mut connection, statement).await?;
            }
            connection.close().await.map_err(|error| error.to_string())
        })
    };
    std::thread::scope(|scope| scope.spawn(work).join()).map_err(|_| "a panic".to_owned())?
}

/// Sessions that were told to go need a moment.
async fn patient(connection: &mut PgConnection, sql: &str) -> Result<(), String> {
    let mut tries = 0;
    loop {
        let result = execute(connection, sql).await;
        tries += 1;
        match result {
            Err(error) if error.contains("being accessed by other users") && tries < 100 => {
                tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            }
            result => return result,
        }
    }
}

/// The URL with another database.
fn with_database(url: &str, name: &str) -> String {
    let (path, query) =
        url.split_once('?').map_or((url, None), |(path, query)| (path, Some(query)));
    let start = path.find("://").map_or(0, |at| at + 3);
    let end = path[start..].find('/').map_or(path.len(), |at| start + at);
    let query = query.map(|query| format!("?{query}")).unwrap_or_default();
    format!("{}/{name}{query}", &path[..end])
}
