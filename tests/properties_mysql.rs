//! The laws of the design over random pairs of schemas, on servers of MySQL and MariaDB.

#[path = "properties/draft.rs"]
mod draft;
#[path = "properties/driver.rs"]
mod driver;
#[path = "support/live/mod.rs"]
mod live;
#[path = "support/mysql.rs"]
mod mysql;
#[path = "support/postgres.rs"]
mod postgres;
#[path = "properties/script.rs"]
mod script;
#[path = "properties/mysql.rs"]
mod words;

use live::Server;

/// Pairs in a run, on each server.
const PAIRS: u64 = 300;

fn main() {
    let servers = mysql::servers();
    let pairs = PAIRS * servers.len() as u64;
    let servers = servers.into_iter().zip(1..).map(|(server, own)| (Server::Mysql(server), own));
    driver::run(servers.collect(), pairs, &words::WORDS);
}
