//! Reading PostgreSQL: each case on every server at hand.
//!
//! A case that begins with `-- from 15` needs that version. Where servers differ, `.15.txt` holds
//! what they report from that version on.

use std::path::{Path, PathBuf};

use autogen::dialect::postgres::introspect::{IntrospectOptions, introspect};
use libtest_mimic::{Failed, Trial};

use super::servers::{self, Server};

/// Each case on each server.
pub(crate) fn trials() -> Vec<Trial> {
    let on = |server: Server| {
        super::cases("postgres", move |case, path| {
            let (name, server) = (server.name(), server.clone());
            Trial::test(format!("{name}::{case}"), move || run(&server, &path))
        })
    };
    servers::servers().into_iter().flat_map(on).collect()
}

fn run(server: &Server, path: &Path) -> Result<(), Failed> {
    let script = std::fs::read_to_string(path)?;
    let from = script.strip_prefix("-- from ").and_then(|rest| rest.split_whitespace().next());
    if from.map(str::parse::<u16>).transpose()?.is_some_and(|from| from > server.version) {
        return Ok(());
    }
    let database = server.database()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let schema = runtime.block_on(async {
        let mut connection = database.connect().await?;
        servers::execute(&mut connection, &script).await?;
        introspect(&mut connection, &IntrospectOptions::default())
            .await
            .map_err(|error| error.to_string())
    })?;
    let mut text = String::new();
    text.extend(schema.namespaces.iter().map(|name| format!("namespace {name:?}\n")));
    text.push_str(&super::text(&schema)?);
    super::expect(text, &expectation(server, path))
}

/// The file of the newest version that is not newer than the server.
fn expectation(server: &Server, path: &Path) -> PathBuf {
    let versions = (13..=server.version).rev();
    let mut files = versions.map(|version| path.with_extension(format!("{version}.txt")));
    files.find(|path| path.exists()).unwrap_or_else(|| path.with_extension("txt"))
}
