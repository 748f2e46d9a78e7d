//! What names a database of SQLite.

use sqlx::pool::PoolConnection;
use sqlx::{Sqlite, SqliteConnection, SqlitePool};

use super::super::held::{Held, Home};
use super::super::{ConnectOptions, Database, Driver, sqlite};
use super::{Opening, Session, UNNAMED, of_pool, sealed};
use crate::db;
use crate::error::Result;

/// A connection that is to be given back, which also happens when a run is cut short.
pub(super) struct Given<'c> {
    held: Held<Sqlite>,
    /// Where it belongs, unless that is a pool.
    home: Option<&'c mut SqliteConnection>,
    /// What makes its settings what they were.
    restore: Vec<String>,
    in_memory: bool,
    /// Whether it is as it was.
    clean: bool,
}

impl<'c> Given<'c> {
    pub(super) async fn back(mut self, db: &mut Database) -> db::Result<()> {
        for sql in &self.restore {
            db.execute(sql).await?;
        }
        self.clean = true;
        Ok(())
    }
}

impl Drop for Given<'_> {
    fn drop(&mut self) {
        let Ok(mut held) = self.held.get() else { return };
        held.abandon();
        if let Some(home) = &mut self.home {
            std::mem::swap(*home, &mut **held);
        } else if let Home::Pooled(connection) = &mut *held
            && !self.clean
            && !self.in_memory
        {
            connection.close_on_drop();
        }
    }
}

impl<'c> sealed::Open<'c> for &'c SqlitePool {
    fn open(self, how: ConnectOptions) -> Opening<'c> {
        Box::pin(async move {
            let url = format!("sqlite://{}", self.connect_options().get_filename().display());
            let held = Held::pooled(of_pool(self).await?);
            lent(held, None, &how, url).await
        })
    }
}

impl<'c> sealed::Open<'c> for PoolConnection<Sqlite> {
    fn open(self, how: ConnectOptions) -> Opening<'c> {
        Box::pin(async move { lent(Held::pooled(self), None, &how, UNNAMED.to_owned()).await })
    }
}

impl<'c> sealed::Open<'c> for &'c mut SqliteConnection {
    fn open(self, how: ConnectOptions) -> Opening<'c> {
        Box::pin(async move {
            // Until it is given back, another stands in its place.
            let other = sqlite::nothing().await?;
            let held = Held::own(std::mem::replace(self, other));
            lent(held, Some(self), &how, UNNAMED.to_owned()).await
        })
    }
}

async fn lent<'c>(
    held: Held<Sqlite>,
    home: Option<&'c mut SqliteConnection>,
    how: &ConnectOptions,
    url: String,
) -> Result<Session<'c>> {
    let clean = how.read_only;
    let mut given = Given { held: held.clone(), home, restore: Vec::new(), in_memory: true, clean };
    let mut connection = sqlite::over(held);
    given.in_memory = connection.is_in_memory().await?;
    if !how.read_only {
        connection.adopt(how, &mut given.restore).await?;
    }
    let db = Database { driver: Driver::Sqlite(connection), url, missing: false };
    Ok(Session { db, given: Some(given) })
}
