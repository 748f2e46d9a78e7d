//! Connections that a program gives us: by its pool, or one that it has.

use sqlx::MySql;
use sqlx::mysql::{MySqlConnectOptions, MySqlPool};

use super::super::held::Held;
use super::super::{ConnectOptions, Failure, Result};
use super::failure::Session;
use super::settings::Settings;
use super::{Connection, open, prepared, unknown};

/// A connection of our own to the database of a pool: the pool's have settings of their own.
pub(in crate::db) async fn beside(
    pool: &MySqlPool,
    options: &ConnectOptions,
) -> Result<Connection> {
    let own = MySqlConnectOptions::clone(&pool.connect_options());
    let Some(database) = own.get_database().map(str::to_owned) else {
        let message = "the pool's options name no database";
        return Err(Failure {
            help: Some("name it: `MySqlConnectOptions::database`".to_owned()),
            ..Failure::connection(message)
        });
    };
    open(prepared(own), Settings::of(options), database).await
}

/// A connection that somebody else has opened. For reading alone its settings stay as they are.
pub(in crate::db) async fn over(held: Held<MySql>, options: &ConnectOptions) -> Result<Connection> {
    let mut connection = Connection {
        inner: held,
        options: None,
        settings: Settings::of(options),
        session: Session::of(&MySqlConnectOptions::new(), ""),
        mysql: unknown(),
        database: String::new(),
        scratch: None,
    };
    connection.greet().await?;
    if !options.read_only {
        connection.settings().await?;
    }
    Ok(connection)
}
