//! `fixtures/diff`: a folder is a case. Each is planned without rows, its ops and SQL compared with
//! the files beside it, and then run with rows in the tables, there and back: on SQLite in memory,
//! and on every server whose address is in the environment. For servers the files say what is
//! planned without one, for PostgreSQL at every version.

#[path = "diff/laws.rs"]
mod laws;
#[path = "support/mysql.rs"]
mod mysql;
#[path = "diff/planning.rs"]
mod planning;
#[path = "support/postgres.rs"]
mod postgres;
mod support;

use std::path::Path;

use autogen::dialect::postgres::Postgres;
use laws::At;
use libtest_mimic::{Arguments, Failed, Trial};
use support::case::Case;
use support::expectation::blessing;
use support::live::{Live, Server, finish, sqlite, with_database};

fn main() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/diff");
    let mut arguments = Arguments::from_args();
    let mut postgres = postgres::servers();
    if blessing() {
        // A file for all versions comes before one that says where a version differs.
        arguments.test_threads = Some(1);
        let usual = Postgres::USUAL.version;
        postgres.sort_by_key(|server| (server.version < usual, server.version.abs_diff(usual)));
    }
    let postgres = postgres.into_iter().map(Server::Postgres);
    let servers = postgres.chain(mysql::servers().into_iter().map(Server::Mysql));
    let servers: Vec<Server> = servers.collect();
    let mut trials = Vec::new();
    for family in Case::all(&root) {
        let name = family[0].name.clone();
        for server in &servers {
            let Some(case) = family.iter().find(|case| is_for(case, server)) else { continue };
            let (case, server) = (case.clone(), server.clone());
            let name = format!("{name}::{}", server.name());
            let run = move || on_server(&case, &server).map_err(Failed::from);
            trials.push(Trial::test(name, run));
        }
        let run = move || {
            let failures: Vec<String> = family.iter().filter_map(|it| alone(it).err()).collect();
            if failures.is_empty() { Ok(()) } else { Err(Failed::from(failures.join("\n"))) }
        };
        trials.push(Trial::test(name, run));
    }
    // Of files that are one for several, what needs no server is written first.
    trials.sort_by_key(|trial| trial.name().contains("::"));
    let conclusion = libtest_mimic::run(&arguments, trials);
    finish();
    conclusion.exit();
}

fn is_for(case: &Case, server: &Server) -> bool {
    match server {
        Server::Postgres(server) => {
            case.dialect == "postgres" && case.versions().contains(&server.version)
        }
        Server::Mysql(server) => {
            case.dialect == if server.is_mariadb() { "mariadb" } else { "mysql" }
        }
    }
}

/// What needs no server.
fn alone(case: &Case) -> Result<(), String> {
    if case.dialect != "sqlite" {
        return planning::at_every_version(case);
    }
    let at = At { version: 0, dialect: case.dialect(0), rehearsed: true, pinned: true };
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let mut live = Live::Sqlite(sqlite::memory().await);
        laws::check(case, &mut live, &at).await
    })
}

fn on_server(case: &Case, server: &Server) -> Result<(), String> {
    with_database(server, async |live| {
        live.live_in(&case.options.schemas).await?;
        let (version, usual) = match server {
            Server::Postgres(server) => (server.version, case.versions()[0] == server.version),
            Server::Mysql(server) => (0, mysql::SPOKEN_OF.contains(&server.name())),
        };
        // Without rows or a server's own words, what is planned does not depend on the server.
        let pinned = case.needs_server() && (usual || case.dialect == "postgres");
        // What is rehearsed hardly depends on the version.
        let at = At { version, dialect: live.dialect(), rehearsed: usual, pinned };
        laws::check(case, live, &at).await
    })
}
