//! MySQL and MariaDB servers for live tests, and a database of its own for each test.
//!
//! A server is there when `AUTOGEN_TEST_<NAME>_URL` names it, as `scripts/test` does. Without servers
//! there are no tests. `AUTOGEN_TEST_LIVE` names those that must be there: the tests of one that is
//! not fail.
#![allow(dead_code, reason = "each test takes what it needs")]

use std::str::FromStr as _;
use std::sync::atomic::{AtomicU32, Ordering};

use autogen::dialect::mysql::{self as dialect, Flavor};
use sqlx::mysql::MySqlConnectOptions;
use sqlx::{AssertSqlSafe, Connection as _, MySqlConnection};

/// The servers that are known, with what they are.
const KNOWN: [(&str, Flavor, (u16, u16)); 3] = [
    ("mysql97", Flavor::Mysql, (9, 7)),
    ("mariadb1011", Flavor::Mariadb, (10, 11)),
    ("mariadb118", Flavor::Mariadb, (11, 8)),
];

/// Those that expectations speak of, where they depend on the server.
pub(crate) const SPOKEN_OF: [&str; 2] = ["mysql97", "mariadb1011"];

/// A server, or the want of one.
#[derive(Clone, Debug)]
pub(crate) struct Server {
    name: &'static str,
    flavor: Flavor,
    version: (u16, u16),
    url: Option<String>,
}

/// The servers to test with.
pub(crate) fn servers() -> Vec<Server> {
    let wanted = std::env::var("AUTOGEN_TEST_LIVE").unwrap_or_default();
    let all = KNOWN.map(|(name, flavor, version)| Server {
        name,
        flavor,
        version,
        url: std::env::var(variable(name)).ok(),
    });
    let named = |server: &Server| wanted.split_whitespace().any(|name| name == server.name);
    all.into_iter().filter(|it| it.url.is_some() || named(it)).collect()
}

fn variable(name: &str) -> String {
    format!("AUTOGEN_TEST_{}_URL", name.to_uppercase())
}

impl Server {
    /// `mysql97`.
    pub(crate) fn name(&self) -> &'static str {
        self.name
    }

    /// Whether it is MariaDB.
    pub(crate) fn is_mariadb(&self) -> bool {
        self.flavor == Flavor::Mariadb
    }

    /// What it is, as its name says.
    pub(crate) fn dialect(&self) -> dialect::Server {
        dialect::Server { flavor: self.flavor, version: (self.version.0, self.version.1, 0) }
    }

    /// Whether the server that answers is the one of that name.
    pub(crate) fn is_as_named(&self, told: &str) -> Result<(), String> {
        let found = dialect::Server::parse(told);
        let (major, minor, _) = found.version;
        match found.flavor == self.flavor && (major, minor) == self.version {
            true => Ok(()),
            false => Err(format!("{} is {told}", self.name)),
        }
    }

    /// The URL of the server's own database, as root; the error says that there is none.
    pub(crate) fn url(&self) -> Result<&str, String> {
        let missing =
            || format!("{} is not set: run the tests by `scripts/test`", variable(self.name));
        self.url.as_deref().ok_or_else(missing)
    }

    /// An empty database, set up as the server does it.
    pub(crate) fn database(&self) -> Result<Database, String> {
        self.database_with("")
    }

    /// An empty database with that collation.
    pub(crate) fn database_of(&self, collation: &str) -> Result<Database, String> {
        self.database_with(&format!("COLLATE {collation}"))
    }

    fn database_with(&self, options: &str) -> Result<Database, String> {
        static COUNTER: AtomicU32 = AtomicU32::new(0);
        let number = COUNTER.fetch_add(1, Ordering::Relaxed);
        let name = format!("autogen_{}_{number}", std::process::id());
        let server = self.url()?.to_owned();
        let statements = [
            // One of that name was left by a process that was killed.
            format!("DROP DATABASE IF EXISTS {name}"),
            format!("CREATE DATABASE {name} {options}"),
        ];
        apart(&server, &statements)?;
        Ok(Database { url: with_database(&server, &name), server, name })
    }
}

/// A database that is dropped with this value.
#[derive(Debug)]
pub(crate) struct Database {
    /// How it is reached, as root.
    pub(crate) url: String,
    /// Its name.
    pub(crate) name: String,
    server: String,
}

impl Database {
    /// A connection to it.
    pub(crate) async fn connect(&self) -> Result<MySqlConnection, String> {
        let failed = |error| format!("{}: {error}", self.url);
        // As autogen's own sessions: `||` is OR.
        let options = MySqlConnectOptions::from_str(&self.url).map_err(failed)?;
        let options = options.pipes_as_concat(false);
        MySqlConnection::connect_with(&options).await.map_err(failed)
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        // A server that a test has killed has nothing left to drop.
        let name = &self.name;
        drop(apart(&self.server, &[format!("DROP DATABASE IF EXISTS {name}")]));
    }
}

/// Runs SQL, several statements at once if need be.
pub(crate) async fn execute(connection: &mut MySqlConnection, sql: &str) -> Result<(), String> {
    let result = sqlx::raw_sql(AssertSqlSafe(sql)).execute(connection).await;
    result.map(drop).map_err(|error| format!("{error}\n{sql}"))
}

/// Runs statements on a connection of their own, in a thread of its own: the caller may be within a
/// runtime already.
fn apart(url: &str, statements: &[String]) -> Result<(), String> {
    let work = || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.map_err(|error| error.to_string())?.block_on(async {
            let connected = MySqlConnection::connect(url).await;
            let mut connection = connected.map_err(|error| format!("{url}: {error}"))?;
            execute(&mut connection, "SET SESSION lock_wait_timeout = 20").await?;
            for statement in statements {
                execute(&mut connection, statement).await?;
            }
            connection.close().await.map_err(|error| error.to_string())
        })
    };
    std::thread::scope(|scope| scope.spawn(work).join()).map_err(|_| "a panic".to_owned())?
}

/// The URL with another database.
pub(crate) fn with_database(url: &str, name: &str) -> String {
    let (path, query) =
        url.split_once('?').map_or((url, None), |(path, query)| (path, Some(query)));
    let start = path.find("://").map_or(0, |at| at + 3);
    let end = path[start..].find('/').map_or(path.len(), |at| start + at);
    let query = query.map(|query| format!("?{query}")).unwrap_or_default();
    format!("{}/{name}{query}", &path[..end])
}
