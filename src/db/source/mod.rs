//! What a program can name its database by: a URL, a pool of sqlx, or a connection.

#[cfg(feature = "mysql")]
mod mysql;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "sqlite")]
mod sqlite;

use std::pin::Pin;

use sqlx::Pool;
use sqlx::pool::PoolConnection;

#[cfg(any(feature = "postgres", feature = "mysql"))]
use super::Driver;
#[cfg(any(feature = "postgres", feature = "mysql"))]
use super::held::Held;
use super::{ConnectOptions, Database};
use crate::error::{Error, Kind, Result};

/// What names a database.
///
/// | what | which connections are used |
/// |---|---|
/// | a URL, as `&str` or `&String` | own ones |
/// | `&SqlitePool` | one of the pool, given back as it was |
/// | `&PgPool`, `&MySqlPool` | one of the pool to look; to run, own ones by the pool's options |
/// | `&mut SqliteConnection` | this one, given back as it was |
/// | `PoolConnection` of any kind, `PgConnection`, `MySqlConnection` | this one; a server's is closed after a run |
///
/// A run on a server wants two connections, one of which keeps other runs out; with one alone it is
/// as safe, but runs that meet wait less politely, and steps outside of transactions are refused on
/// PostgreSQL.
///
/// The options of a pool hold for our own connections too, but not what its `after_connect` does.
pub trait Connect<'c>: sealed::Open<'c> {}

impl<'c, T: sealed::Open<'c>> Connect<'c> for T {}

mod sealed {
    use super::{ConnectOptions, Opening};

    /// Opens what was named.
    pub trait Open<'c> {
        /// Opens it. The future has one type whatever was named, so that those which wait for it
        /// can be sent to any thread.
        fn open(self, how: ConnectOptions) -> Opening<'c>;
    }
}

/// A connection that is being made, or lent.
pub type Opening<'c> = Pin<Box<dyn Future<Output = Result<Session<'c>>> + Send + 'c>>;

/// A connection in use, which is given back in the end.
pub struct Session<'c> {
    /// The connection.
    pub db: Database,
    #[cfg(feature = "sqlite")]
    given: Option<sqlite::Given<'c>>,
    #[cfg(not(feature = "sqlite"))]
    given: std::marker::PhantomData<&'c ()>,
}

impl Session<'_> {
    fn own(db: Database) -> Self {
        Self { db, given: Default::default() }
    }

    /// Gives the connection back as it was, or closes it.
    pub async fn close(self) -> Result<()> {
        #[cfg(feature = "sqlite")]
        if let Some(given) = self.given {
            let mut db = self.db;
            return Ok(given.back(&mut db).await?);
        }
        Ok(self.db.close().await?)
    }
}

impl<'c> sealed::Open<'c> for &'c str {
    fn open(self, how: ConnectOptions) -> Opening<'c> {
        Box::pin(async move { Ok(Session::own(Database::connect(self, &how).await?)) })
    }
}

impl<'c> sealed::Open<'c> for &'c String {
    fn open(self, how: ConnectOptions) -> Opening<'c> {
        Box::pin(async move { Ok(Session::own(Database::connect(self, &how).await?)) })
    }
}

/// A connection of a pool that no run uses, when there is one in time.
async fn of_pool<D: sqlx::Database>(pool: &Pool<D>) -> Result<PoolConnection<D>> {
    pool.acquire()
        .await
        .map_err(|error| Error::new(Kind::Database, "the pool gives no connection").cause(error))
}

/// A connection that the program keeps no longer. One that a run has changed never goes back to a
/// pool, not even when the run is cut short.
#[cfg(any(feature = "postgres", feature = "mysql"))]
fn for_good<D: sqlx::Database>(mut connection: PoolConnection<D>, how: &ConnectOptions) -> Held<D> {
    if !how.read_only {
        connection.close_on_drop();
    }
    Held::pooled(connection)
}

/// What messages call a connection whose URL nobody told.
const UNNAMED: &str = "of the connection that was given";

#[cfg(any(feature = "postgres", feature = "mysql"))]
fn session<'c>(driver: Driver, url: String) -> Session<'c> {
    Session::own(Database { driver, url, missing: false })
}
