//! Prints the catalog queries that a comparison sends to PostgreSQL, for `benches/compare`, which
//! has psql run them bare.

use std::io::Write as _;

use autogen::dialect::postgres::introspect::{IntrospectOptions, text};

fn main() -> std::io::Result<()> {
    let version = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(15);
    writeln!(std::io::stdout(), "{}", text(version, &IntrospectOptions::default()))
}
