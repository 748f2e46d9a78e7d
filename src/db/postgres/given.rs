//! Connections that a program gives us: by its pool, or one that it has.

use sqlx::Postgres;
use sqlx::postgres::{PgConnectOptions, PgPool};

use super::super::held::Held;
use super::super::{ConnectOptions, Result, step};
use super::failure::Session;
use super::{Connection, OLDEST, Settings, open, prepared};
use crate::config::Url;

/// A connection of our own to the database of a pool: the pool's have settings of their own.
pub(in crate::db) async fn beside(pool: &PgPool, options: &ConnectOptions) -> Result<Connection> {
    let own = PgConnectOptions::clone(&pool.connect_options());
    let schemas = match options.schemas.is_empty() {
        true => own.get_options().map(Url::search_path_in).unwrap_or_default(),
        false => options.schemas.clone(),
    };
    open(prepared(own), Settings { schemas, ..Settings::of(options) }).await
}

/// A connection that somebody else has opened. Whether a pooler is between is not known, so each
/// transaction brings its settings along, and nothing stays behind.
pub(in crate::db) async fn over(
    held: Held<Postgres>,
    options: &ConnectOptions,
) -> Result<Connection> {
    let mut connection = Connection {
        inner: held,
        options: None,
        settings: Settings::of(options),
        session: Session::of(&PgConnectOptions::new_without_pgpass()),
        direct: false,
        version: 0,
        in_transaction: false,
        scratch: None,
    };
    let look = "SELECT current_setting('server_version_num'), current_schema(), now() <> statement_timestamp()";
    let rows = connection.query(look, &[]).await?;
    let mut row = rows.into_iter().flatten();
    let version = row.next().flatten().and_then(|number| number.parse().ok());
    connection.version = version.unwrap_or_default();
    let home = row.next().flatten();
    // It would be taken for ours.
    if !options.read_only && row.next().flatten().as_deref() == Some("t") {
        return Err(step::inside());
    }
    if connection.settings.schemas.is_empty() {
        connection.settings.schemas.extend(home);
    }
    match connection.major() {
        old @ 1..OLDEST => Err(super::too_old(old)),
        _ => Ok(connection),
    }
}
