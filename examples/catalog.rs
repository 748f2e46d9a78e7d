//! Prints the catalog queries that a comparison sends to a server, for `benches/compare`, which has
//! the server's own client run them bare: `catalog postgres15`, `catalog mysql97`,
//! `catalog mariadb1011`.

use std::io::Write as _;

use autogen::dialect::mysql::{self, Flavor, Mysql};
use autogen::dialect::postgres::introspect::{IntrospectOptions, text};

fn main() -> std::io::Result<()> {
    let server = std::env::args().nth(1).unwrap_or_default();
    let (name, version) =
        server.split_at(server.find(|it: char| it.is_ascii_digit()).unwrap_or(server.len()));
    let sql = match name {
        "mysql" => mysql::introspect::text(&Mysql::usual(Flavor::Mysql), &[]),
        "mariadb" => mysql::introspect::text(&Mysql::usual(Flavor::Mariadb), &[]),
        // What is sent at once shares a transaction, and its settings are the transaction's.
        _ => {
            let sql = text(version.parse().unwrap_or(15), &IntrospectOptions::default());
            format!("BEGIN;\n{sql};\nCOMMIT")
        }
    };
    writeln!(std::io::stdout(), "{sql};")
}
