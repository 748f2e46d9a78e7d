//! `fixtures/diff`: a folder is a case. Each is planned without rows, its ops and SQL compared with
//! the files beside it, and then run with rows in the tables, there and back: on SQLite in memory,
//! and on every server whose address is in the environment. For PostgreSQL the files say what is
//! planned without a server, at every version.

#[path = "diff/laws.rs"]
mod laws;
#[path = "diff/planning.rs"]
mod planning;
#[path = "support/postgres.rs"]
mod postgres;
mod support;

use std::path::Path;

use autogen::db::{ConnectOptions, Scratch};
use autogen::dialect::postgres::Postgres;
use libtest_mimic::{Arguments, Failed, Trial};
use postgres::Server;
use support::case::Case;
use support::expectation::blessing;
use support::live::{Live, postgres as live, sqlite};

fn main() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/diff");
    let mut arguments = Arguments::from_args();
    let mut servers = postgres::servers();
    if blessing() {
        // A file for all versions comes before one that says where a version differs.
        arguments.test_threads = Some(1);
        let usual = Postgres::USUAL.version;
        servers.sort_by_key(|server| (server.version < usual, server.version.abs_diff(usual)));
    }
    let mut trials = Vec::new();
    for family in Case::all(&root) {
        let name = family[0].name.clone();
        let there = family.iter().find(|case| case.dialect == "postgres").cloned();
        let run = move || family.iter().try_for_each(alone).map_err(Failed::from);
        trials.push(Trial::test(name.clone(), run));
        let Some(case) = there else { continue };
        for server in servers.iter().filter(|it| case.versions().contains(&it.version)) {
            let (case, server) = (case.clone(), server.clone());
            let name = format!("{name}::{}", server.name());
            let run = move || on_server(&case, &server).map_err(Failed::from);
            trials.push(Trial::test(name, run));
        }
    }
    let conclusion = libtest_mimic::run(&arguments, trials);
    live::finish();
    conclusion.exit();
}

/// What needs no server.
fn alone(case: &Case) -> Result<(), String> {
    if case.dialect == "postgres" {
        return planning::at_every_version(case);
    }
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let mut live = Live::Sqlite(sqlite::memory().await);
        laws::check(case, &mut live, 0, Some(&Scratch::Memory)).await
    })
}

fn on_server(case: &Case, server: &Server) -> Result<(), String> {
    let version = server.version;
    let schemas = case.options.schemas.clone();
    let (url, options) =
        (server.url()?.to_owned(), ConnectOptions { schemas, ..ConnectOptions::default() });
    let place = Scratch::Postgres { url, options };
    // What is rehearsed hardly depends on the version.
    let place = (version == case.versions()[0]).then_some(&place);
    live::with_database(server, async |live| {
        live.live_in(&case.options.schemas).await?;
        laws::check(case, live, version, place).await
    })
}
