//! Reading PostgreSQL: each case on every server at hand.
//!
//! A case that begins with `-- from 15` needs that version, one with `-- schemas app, public` reads
//! these namespaces. Where servers differ, `.15.txt` holds what they report from that version on.
//! Objects of each case are dropped and made again, and must then be what they were.

#[path = "postgres/again.rs"]
mod again;
#[path = "postgres/facts.rs"]
mod facts;

use std::path::{Path, PathBuf};

use autogen::dialect::postgres::introspect::{IntrospectOptions, introspect};
use autogen::dialect::{Dialect as _, postgres::Postgres};
use autogen::schema::{Intent, Schema};
use libtest_mimic::{Failed, Trial};
use sqlx::PgConnection;

use super::said;
use super::servers::{self, Server};

/// Each case on each server.
pub(crate) fn trials() -> Vec<Trial> {
    let on = |server: Server| {
        let facts = facts::trials(&server);
        let cases = super::cases("postgres", move |case, path| {
            let (name, server) = (server.name(), server.clone());
            Trial::test(format!("{name}::{case}"), move || run(&server, &path))
        });
        cases.into_iter().chain(facts)
    };
    servers::servers().into_iter().flat_map(on).collect()
}

fn run(server: &Server, path: &Path) -> Result<(), Failed> {
    let script = std::fs::read_to_string(path)?;
    let from = said(&script, "from ").map(str::parse::<u16>).transpose()?;
    if from.is_some_and(|from| from > server.version) {
        return Ok(());
    }
    let schemas = said(&script, "schemas ").into_iter().flat_map(|names| names.split(", "));
    let options = IntrospectOptions { schemas: schemas.map(str::to_owned).collect() };
    let (schema, again) = on_database(server, async |connection| {
        servers::execute(connection, &script).await?;
        let schema = read(connection, &options).await?;
        again::make(connection, &schema, options.default_namespace()).await?;
        let again = read(connection, &options).await?;
        Ok((schema, again))
    })?;
    super::expect(text(&schema)?, &expectation(server, path))?;
    if schema != again {
        return Err(format!("made again:\n{}\n{}", text(&schema)?, text(&again)?).into());
    }
    settled(server, &schema)
}

/// The canonical form of what was read is one: it can be held by the server, and is its own.
fn settled(server: &Server, schema: &Schema) -> Result<(), Failed> {
    let postgres = Postgres { version: server.version, ..Postgres::USUAL };
    let (once, reports) = postgres.canonical(schema, &Intent::default());
    let (twice, _) = postgres.canonical(&once, &Intent::default());
    match reports.is_empty() && once.same(&twice) {
        true => Ok(()),
        false => Err(format!("{reports:?}\n{}\n{}", text(&once)?, text(&twice)?).into()),
    }
}

/// Works on an empty database.
fn on_database<T>(
    server: &Server,
    work: impl AsyncFnOnce(&mut PgConnection) -> Result<T, String>,
) -> Result<T, String> {
    let database = server.database()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(|error| error.to_string())?.block_on(async {
        let mut connection = database.connect().await?;
        work(&mut connection).await
    })
}

async fn read(
    connection: &mut PgConnection,
    options: &IntrospectOptions,
) -> Result<Schema, String> {
    introspect(connection, options).await.map_err(|error| error.to_string())
}

fn text(schema: &Schema) -> Result<String, Failed> {
    let mut text = String::new();
    text.extend(schema.namespaces.iter().map(|name| format!("namespace {name:?}\n")));
    text.push_str(&super::text(schema)?);
    Ok(text)
}

/// The file of the newest version that is not newer than the server.
fn expectation(server: &Server, path: &Path) -> PathBuf {
    let versions = (13..=server.version).rev();
    let mut files = versions.map(|version| path.with_extension(format!("{version}.txt")));
    files.find(|path| path.exists()).unwrap_or_else(|| path.with_extension("txt"))
}
