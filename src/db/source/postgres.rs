//! What names a database of PostgreSQL.

use sqlx::pool::PoolConnection;
use sqlx::{PgConnection, PgPool, Postgres};

use super::super::held::Held;
use super::super::{ConnectOptions, Driver, postgres};
use super::{Opening, Session, UNNAMED, for_good, of_pool, sealed, session};
use crate::error::Result;

async fn over<'c>(held: Held<Postgres>, how: &ConnectOptions, url: String) -> Result<Session<'c>> {
    let connection = postgres::over(held, how).await?;
    Ok(session(Driver::Postgres(Box::new(connection)), url))
}

impl<'c> sealed::Open<'c> for &'c PgPool {
    fn open(self, how: ConnectOptions) -> Opening<'c> {
        Box::pin(async move {
            let named = self.connect_options();
            let database = named.get_database().unwrap_or_default();
            let url = format!("postgres://{}/{database}", named.get_host());
            if how.read_only {
                return over(Held::pooled(of_pool(self).await?), &how, url).await;
            }
            let connection = postgres::beside(self, &how).await?;
            Ok(session(Driver::Postgres(Box::new(connection)), url))
        })
    }
}

impl<'c> sealed::Open<'c> for PoolConnection<Postgres> {
    fn open(self, how: ConnectOptions) -> Opening<'c> {
        Box::pin(async move { over(for_good(self, &how), &how, UNNAMED.to_owned()).await })
    }
}

impl<'c> sealed::Open<'c> for PgConnection {
    fn open(self, how: ConnectOptions) -> Opening<'c> {
        Box::pin(async move { over(Held::own(self), &how, UNNAMED.to_owned()).await })
    }
}
