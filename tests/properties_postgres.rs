//! The laws of the design over random pairs of schemas, on PostgreSQL servers.

#[path = "properties/draft.rs"]
mod draft;
#[path = "properties/driver.rs"]
mod driver;
#[path = "support/live/mod.rs"]
mod live;
#[path = "support/mysql.rs"]
mod mysql;
#[path = "properties/parts.rs"]
mod parts;
#[path = "support/postgres.rs"]
mod postgres;
#[path = "properties/script.rs"]
mod script;
#[path = "properties/postgres.rs"]
mod words;

use live::Server;

/// Pairs in a run, over all servers.
const PAIRS: u64 = 501;

fn main() {
    let servers = postgres::servers().into_iter().map(|server| {
        let own = server.version.into();
        (Server::Postgres(server), own)
    });
    driver::run(servers.collect(), PAIRS, &words::WORDS);
}
