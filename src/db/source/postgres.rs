//! What names a database of PostgreSQL.

use sqlx::pool::PoolConnection;
use sqlx::{ConnectOptions as _, PgConnection, PgPool, Postgres};

use super::super::held::Held;
use super::super::{ConnectOptions, Driver, postgres, redact};
use super::{Session, UNNAMED, for_good, of_pool, sealed, session};
use crate::error::Result;

async fn over<'c>(held: Held<Postgres>, how: &ConnectOptions, url: String) -> Result<Session<'c>> {
    let connection = postgres::over(held, how).await?;
    Ok(session(Driver::Postgres(Box::new(connection)), url))
}

impl<'c> sealed::Open<'c> for &'c PgPool {
    async fn open(self, how: &ConnectOptions) -> Result<Session<'c>> {
        let url = redact(self.connect_options().to_url_lossy().as_str());
        if how.read_only {
            return over(Held::pooled(of_pool(self).await?), how, url).await;
        }
        let connection = postgres::beside(self, how).await?;
        Ok(session(Driver::Postgres(Box::new(connection)), url))
    }
}

impl<'c> sealed::Open<'c> for PoolConnection<Postgres> {
    async fn open(self, how: &ConnectOptions) -> Result<Session<'c>> {
        over(for_good(self, how), how, UNNAMED.to_owned()).await
    }
}

impl<'c> sealed::Open<'c> for PgConnection {
    async fn open(self, how: &ConnectOptions) -> Result<Session<'c>> {
        over(Held::own(self), how, UNNAMED.to_owned()).await
    }
}
