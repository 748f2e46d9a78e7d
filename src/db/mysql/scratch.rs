//! Scratch databases: made on the server for one command, dropped with their connection. What a
//! killed process left behind is swept by the next one that makes a scratch database.

use sqlx::mysql::MySqlConnectOptions;

use super::super::{ConnectOptions, Failure, Result};
use super::settings::Settings;
use super::{Connection, literal, open, quote};

/// Names begin with this, then the second in which it was made, by the server's clock.
const PREFIX: &str = "autogen_scratch_";

/// Nobody is between making a scratch database and locking its name for this long, in seconds.
const OLD: u32 = 600;

/// A database that goes when its connection does.
pub(super) struct Scratch {
    /// How to reach the server, by a database that stays.
    server: MySqlConnectOptions,
    database: String,
    settings: Settings,
    name: String,
    gone: bool,
}

/// Makes a scratch database on the server of the URL, with the character set and the collation of
/// the database that the URL names.
pub(in crate::db) async fn scratch(url: &str, options: &ConnectOptions) -> Result<Connection> {
    let options = ConnectOptions { read_only: false, schemas: Vec::new(), ..options.clone() };
    let mut server = super::connect(url, &options).await?;
    sweep(&mut server).await?;
    let name = create(&mut server).await?;
    let own = server.options.clone().unwrap_or_else(MySqlConnectOptions::new);
    let scratch = Scratch {
        server: own.clone(),
        database: server.database.clone(),
        settings: server.settings.clone(),
        name: name.clone(),
        gone: false,
    };
    let options = own.database(&name);
    let opened = open(options, server.settings.clone(), name).await;
    server.close().await?;
    let kept = match opened {
        Ok(mut connection) => keep(&mut connection, &scratch.name).await.map(|()| connection),
        Err(failure) => Err(failure),
    };
    match kept {
        Ok(mut connection) => {
            connection.scratch = Some(scratch);
            Ok(connection)
        }
        Err(failure) => {
            scratch.end().await?;
            Err(failure)
        }
    }
}

async fn create(server: &mut Connection) -> Result<String> {
    let look = "SELECT UNIX_TIMESTAMP(), @@character_set_database, @@collation_database";
    let rows = server.query(look, &[]).await?;
    let mut row = rows.into_iter().flatten();
    let mut next = || row.next().flatten().unwrap_or_default();
    let (second, charset, collation) = (next(), next(), next());
    let random = getrandom::u64().map_err(|error| Failure::connection(error.to_string()))?;
    let name = format!("{PREFIX}{second}_{random:016x}");
    let sql =
        format!("CREATE DATABASE {} CHARACTER SET {charset} COLLATE {collation}", quote(&name));
    server.execute(&sql).await.map_err(|failure| match failure.is("1044") {
        true => Failure { help: Some(server.session.lets_make(PREFIX)), ..failure },
        false => failure,
    })?;
    Ok(name)
}

/// Drops what killed processes left behind. Who uses a scratch database holds a lock of its name,
/// which ends with the connection.
async fn sweep(server: &mut Connection) -> Result<()> {
    let look = format!(
        "SELECT SCHEMA_NAME FROM information_schema.SCHEMATA \
         WHERE SCHEMA_NAME REGEXP '^{PREFIX}[0-9]{{1,12}}_[0-9a-f]{{16}}$' \
         AND CAST(SUBSTRING_INDEX(SUBSTRING(SCHEMA_NAME, {}), '_', 1) AS UNSIGNED) \
             < UNIX_TIMESTAMP() - {OLD} \
         AND IS_FREE_LOCK(SCHEMA_NAME) LIMIT 20",
        PREFIX.len() + 1
    );
    for name in server.query(&look, &[]).await?.into_iter().flatten().flatten() {
        // Another process may be sweeping too.
        let gone = server.execute(&format!("DROP DATABASE IF EXISTS {}", quote(&name))).await;
        if gone.is_err() {
            break;
        }
    }
    Ok(())
}

/// Lets nobody sweep the database while this connection lasts. One that had it just now may need a
/// moment to end.
pub(super) async fn keep(connection: &mut Connection, name: &str) -> Result<()> {
    let sql = format!("SELECT GET_LOCK({}, 10)", literal(Some(name)));
    connection.query(&sql, &[]).await.map(|_| ())
}

impl Scratch {
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Drops the database.
    pub(super) async fn end(mut self) -> Result<()> {
        self.gone = true;
        self.remove().await
    }

    async fn remove(&self) -> Result<()> {
        let (options, settings) = (self.server.clone(), self.settings.clone());
        let mut server = open(options, settings, self.database.clone()).await?;
        server.execute(&format!("DROP DATABASE IF EXISTS {}", quote(&self.name))).await?;
        Box::pin(server.close()).await
    }
}

impl Drop for Scratch {
    /// For every way out that does not close: what cannot be dropped now is swept later.
    fn drop(&mut self) {
        if self.gone {
            return;
        }
        let rest = Self {
            server: self.server.clone(),
            database: self.database.clone(),
            settings: self.settings.clone(),
            name: self.name.clone(),
            gone: true,
        };
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.ok().and_then(|runtime| runtime.block_on(rest.remove()).ok())
        });
        dropping.join().unwrap_or_default();
    }
}
