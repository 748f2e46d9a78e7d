//! Prints the catalog queries that a comparison sends to a server, for `benches/compare`, which has
//! the server's own client run them bare: `catalog 15` for PostgreSQL 15, `catalog mysql` and
//! `catalog mariadb` for those.

use std::io::Write as _;

use autogen::dialect::mysql::{self, Flavor, Mysql};
use autogen::dialect::postgres::introspect::{IntrospectOptions, text};

fn main() -> std::io::Result<()> {
    let server = std::env::args().nth(1).unwrap_or_default();
    let sql = match server.as_str() {
        "mysql" => mysql::introspect::text(&Mysql::usual(Flavor::Mysql), &[]),
        "mariadb" => mysql::introspect::text(&Mysql::usual(Flavor::Mariadb), &[]),
        version => text(version.parse().unwrap_or(15), &IntrospectOptions::default()),
    };
    writeln!(std::io::stdout(), "{sql};")
}
