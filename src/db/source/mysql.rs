//! What names a database of MySQL and MariaDB.

use sqlx::pool::PoolConnection;
use sqlx::{MySql, MySqlConnection, MySqlPool};

use super::super::held::Held;
use super::super::{ConnectOptions, Driver, mysql};
use super::{Opening, Session, UNNAMED, for_good, of_pool, sealed, session};
use crate::error::Result;

async fn over<'c>(held: Held<MySql>, how: &ConnectOptions, url: String) -> Result<Session<'c>> {
    let connection = mysql::over(held, how).await?;
    Ok(session(Driver::Mysql(Box::new(connection)), url))
}

impl<'c> sealed::Open<'c> for &'c MySqlPool {
    fn open(self, how: ConnectOptions) -> Opening<'c> {
        Box::pin(async move {
            let named = self.connect_options();
            let database = named.get_database().unwrap_or_default();
            let url = format!("mysql://{}/{database}", named.get_host());
            if how.read_only {
                return over(Held::pooled(of_pool(self).await?), &how, url).await;
            }
            let connection = mysql::beside(self, &how).await?;
            Ok(session(Driver::Mysql(Box::new(connection)), url))
        })
    }
}

impl<'c> sealed::Open<'c> for PoolConnection<MySql> {
    fn open(self, how: ConnectOptions) -> Opening<'c> {
        Box::pin(async move { over(for_good(self, &how), &how, UNNAMED.to_owned()).await })
    }
}

impl<'c> sealed::Open<'c> for MySqlConnection {
    fn open(self, how: ConnectOptions) -> Opening<'c> {
        Box::pin(async move { over(Held::own(self), &how, UNNAMED.to_owned()).await })
    }
}
