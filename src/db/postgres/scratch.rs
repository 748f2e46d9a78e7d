//! Scratch databases: made on the server for one command, dropped with their connection. What a
//! killed process left behind is swept by the next one that makes a scratch database.

use std::time::Duration;

use sqlx::postgres::PgConnectOptions;

use super::super::{ConnectOptions, Failure, Result};
use super::{Connection, Settings, literal, open, quote};

/// Names begin with this, then the second in which it was made, by the server's clock.
const PREFIX: &str = "autogen_scratch_";

/// Nobody is between making a scratch database and connecting to it for this long, in seconds.
const OLD: u32 = 600;

/// A database that goes when its connection does.
pub(super) struct Scratch {
    /// How to reach the server, by a database that stays.
    server: PgConnectOptions,
    name: String,
    version: u16,
    gone: bool,
}

/// Makes a scratch database on the server of the URL, with the encoding and the locale of the
/// database that the URL names.
pub(in crate::db) async fn scratch(url: &str, options: &ConnectOptions) -> Result<Connection> {
    let options = ConnectOptions { read_only: false, ..options.clone() };
    let mut server = super::connect(url, &options).await?;
    sweep(&mut server).await?;
    let name = create(&mut server).await?;
    let own = server.options.clone().unwrap_or_else(PgConnectOptions::new);
    let (options, settings) = (own, server.settings.clone());
    let version = server.major();
    let scratch = Scratch { server: options.clone(), name: name.clone(), version, gone: false };
    let opened = open(options.database(&name), settings).await;
    server.close().await?;
    match opened {
        Ok(mut connection) => {
            connection.scratch = Some(scratch);
            // A new database has but one namespace, and nothing but `public` is sure to be its name.
            let home = quote(connection.default_namespace());
            connection.execute(&format!("CREATE SCHEMA IF NOT EXISTS {home}")).await?;
            Ok(connection)
        }
        Err(failure) => {
            scratch.end().await?;
            Err(failure)
        }
    }
}

async fn create(server: &mut Connection) -> Result<String> {
    // The columns that name a provider and its locale came and moved with the versions.
    let look = "SELECT floor(extract(epoch FROM now()))::bigint, pg_encoding_to_char(encoding), \
                datcollate, datctype, to_jsonb(d) ->> 'datlocprovider', \
                coalesce(to_jsonb(d) ->> 'datlocale', to_jsonb(d) ->> 'daticulocale') \
                FROM pg_catalog.pg_database d WHERE datname = current_database()";
    let rows = server.query(look, &[]).await?;
    let mut row = rows.into_iter().flatten();
    let mut next = || row.next().flatten();
    let (second, encoding) = (next().unwrap_or_default(), next().unwrap_or_default());
    let (collate, ctype, provider, locale) = (next(), next(), next(), next());
    let random = getrandom::u64().map_err(|error| Failure::connection(error.to_string()))?;
    let name = format!("{PREFIX}{second}_{random:016x}");
    let mut sql = format!(
        "CREATE DATABASE {} TEMPLATE template0 ENCODING {}",
        quote(&name),
        literal(Some(&encoding))
    );
    let mut with = |word: &str, value: &Option<String>| {
        if let Some(value) = value {
            sql.push_str(&format!(" {word} {}", literal(Some(value))));
        }
    };
    with("LC_COLLATE", &collate);
    with("LC_CTYPE", &ctype);
    match provider.as_deref() {
        Some("i") => {
            with("LOCALE_PROVIDER", &Some("icu".into()));
            with("ICU_LOCALE", &locale);
        }
        Some("b") => {
            with("LOCALE_PROVIDER", &Some("builtin".into()));
            with("BUILTIN_LOCALE", &locale);
        }
        Some("c") => with("LOCALE_PROVIDER", &Some("libc".into())),
        _ => {}
    }
    server.execute_alone(&sql).await?;
    Ok(name)
}

/// Drops what killed processes left behind. Who uses a scratch database is connected to it, and
/// the server drops none that anybody is connected to.
async fn sweep(server: &mut Connection) -> Result<()> {
    let look = format!(
        "SELECT datname FROM pg_catalog.pg_database d \
         WHERE datname ~ '^{PREFIX}[0-9]{{1,12}}_[0-9a-f]{{16}}$' \
         AND substring(datname FROM '[0-9]+')::bigint < extract(epoch FROM now()) - {OLD} \
         AND pg_catalog.pg_has_role(datdba, 'USAGE') \
         AND NOT EXISTS (SELECT FROM pg_catalog.pg_stat_activity a WHERE a.datid = d.oid) LIMIT 20"
    );
    for name in server.query(&look, &[]).await?.into_iter().flatten().flatten() {
        // Another process may be sweeping too.
        let gone = server.execute_alone(&format!("DROP DATABASE IF EXISTS {}", quote(&name))).await;
        if gone.is_err() {
            break;
        }
    }
    Ok(())
}

/// The version that can drop a database and end its sessions in one statement.
const FORCE: u16 = 13;

/// It is ours, and a pooler may still be connected to it.
fn drop_statement(name: &str, version: u16) -> String {
    let force = if version >= FORCE { " WITH (FORCE)" } else { "" };
    format!("DROP DATABASE IF EXISTS {}{force}", quote(name))
}

impl Scratch {
    /// Drops the database. Nobody is connected to it any more.
    pub(super) async fn end(mut self) -> Result<()> {
        self.gone = true;
        self.remove().await
    }

    async fn remove(&self) -> Result<()> {
        let settings = Settings {
            schemas: Vec::new(),
            lock_timeout: Duration::ZERO,
            statement_timeout: Duration::ZERO,
            read_only: false,
        };
        let mut server = open(self.server.clone(), settings).await?;
        if self.version < FORCE {
            let look = "SELECT pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity \
                        WHERE datname = ?1";
            server.query(look, &[Some(&self.name)]).await?;
        }
        server.execute_alone(&drop_statement(&self.name, self.version)).await
    }
}

impl Drop for Scratch {
    /// For every way out that does not close: what cannot be dropped now is swept later.
    fn drop(&mut self) {
        if self.gone {
            return;
        }
        let (server, name) = (self.server.clone(), self.name.clone());
        let rest = Self { server, name, version: self.version, gone: true };
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.ok().and_then(|runtime| runtime.block_on(rest.remove()).ok())
        });
        dropping.join().unwrap_or_default();
    }
}
