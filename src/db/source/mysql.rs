//! What names a database of MySQL and MariaDB.

use sqlx::pool::PoolConnection;
use sqlx::{ConnectOptions as _, MySql, MySqlConnection, MySqlPool};

use super::super::held::Held;
use super::super::{ConnectOptions, Driver, mysql, redact};
use super::{Session, UNNAMED, for_good, of_pool, sealed, session};
use crate::error::Result;

async fn over<'c>(held: Held<MySql>, how: &ConnectOptions, url: String) -> Result<Session<'c>> {
    let connection = mysql::over(held, how).await?;
    Ok(session(Driver::Mysql(Box::new(connection)), url))
}

impl<'c> sealed::Open<'c> for &'c MySqlPool {
    async fn open(self, how: &ConnectOptions) -> Result<Session<'c>> {
        let url = redact(self.connect_options().to_url_lossy().as_str());
        if how.read_only {
            return over(Held::pooled(of_pool(self).await?), how, url).await;
        }
        let connection = mysql::beside(self, how).await?;
        Ok(session(Driver::Mysql(Box::new(connection)), url))
    }
}

impl<'c> sealed::Open<'c> for PoolConnection<MySql> {
    async fn open(self, how: &ConnectOptions) -> Result<Session<'c>> {
        over(for_good(self, how), how, UNNAMED.to_owned()).await
    }
}

impl<'c> sealed::Open<'c> for MySqlConnection {
    async fn open(self, how: &ConnectOptions) -> Result<Session<'c>> {
        over(Held::own(self), how, UNNAMED.to_owned()).await
    }
}
