//! What is said of each change of type on PostgreSQL is what servers do: every pair of these types is
//! tried with values in the column, there and back, by what is in `tests/casts`.

#[path = "casts/mysql.rs"]
mod mysql;
#[path = "support/mysql.rs"]
mod mysql_servers;
#[path = "support/postgres.rs"]
mod postgres;

use std::collections::BTreeMap;

use autogen::dialect::postgres::cast::{self, Storage, Values, Way};
use autogen::schema::Type;
use libtest_mimic::{Arguments, Trial};
use postgres::{Server, execute};
use sqlx::{PgConnection, Row};

/// Types, each with values at its edges.
const TYPES: &str = include_str!("casts/types.txt");
/// Tries every pair in a table of its own, on the server.
const MEASURE: &str = include_str!("casts/measure.sql");

/// What a server did.
struct Measured {
    way: String,
    rewrites_in_utc: bool,
    rewrites_elsewhere: bool,
    /// Some value stopped the change.
    refused: bool,
    /// Some value that did not came back as another.
    changed: bool,
}

fn main() {
    let trial = |server: Server| Trial::test(server.name(), move || Ok(check(&server)?));
    let mut trials: Vec<Trial> = postgres::servers().into_iter().map(trial).collect();
    trials.extend(mysql::trials());
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}

fn check(server: &Server) -> Result<(), String> {
    let database = server.database()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut measured = runtime.block_on(async { measure(&mut database.connect().await?).await })?;
    assert!(measured.len() > 3500, "{} pairs", measured.len());
    measured.retain(|(old, new), _| !tolerated(server.version, old, new));
    let wrong = measured.iter().flat_map(|(pair, measured)| judge(pair, measured));
    let wrong: Vec<String> = wrong.collect();
    match wrong.is_empty() {
        true => Ok(()),
        false => Err(format!("{} wrong:\n{}", wrong.len(), wrong.join("\n"))),
    }
}

async fn measure(
    connection: &mut PgConnection,
) -> Result<BTreeMap<(String, String), Measured>, String> {
    // Thousands of small transactions, none of which anybody will miss.
    execute(connection, "SET TimeZone = 'UTC'; SET synchronous_commit = off").await?;
    execute(connection, MEASURE).await?;
    for line in TYPES.lines() {
        let (ty, values) = line.split_once(" | ").unwrap();
        let values: Vec<&str> = values.split(" | ").collect();
        let known = sqlx::query("SELECT pg_temp.known($1, $2)").bind(ty).bind(values);
        known.execute(&mut *connection).await.map_err(|error| format!("{ty}: {error}"))?;
    }
    execute(connection, "CALL pg_temp.measure()").await?;
    let rows = sqlx::query("SELECT * FROM measured").fetch_all(connection).await;
    let measured = |row: sqlx::postgres::PgRow| {
        let measured = Measured {
            way: row.get("way"),
            rewrites_in_utc: row.get("rewrites_in_utc"),
            rewrites_elsewhere: row.get("rewrites_elsewhere"),
            refused: row.get("refused"),
            changed: row.get("changed"),
        };
        ((row.get("old"), row.get("new")), measured)
    };
    Ok(rows.map_err(|error| error.to_string())?.into_iter().map(measured).collect())
}

fn typed(text: &str) -> Type {
    match text.strip_suffix("[]") {
        Some(item) => Type::Array(Box::new(typed(item))),
        None if text.ends_with("mood") => Type::Enum(text.into()),
        None => Type::Native(text.into()),
    }
}

/// What servers of one version alone do, and the others do not.
fn tolerated(version: u16, old: &str, new: &str) -> bool {
    let numbers = ["smallint", "integer", "bigint"];
    match version {
        // `"char"` was a text type.
        12..15 => [old, new].contains(&"\"char\"") || (old, new) == ("path", "point"),
        18 => {
            (numbers.contains(&old) && new == "bytea") || (old == "bytea" && numbers.contains(&new))
        }
        _ => false,
    }
}

fn judge((old, new): &(String, String), measured: &Measured) -> Vec<String> {
    let cast = cast::of(&typed(old), &typed(new));
    let mut wrong = Vec::new();
    let way = match cast.way {
        Way::Assigned => "assigned",
        Way::Explicit => "explicit",
        Way::ByText => "by text",
        Way::Impossible => "impossible",
    };
    if way != measured.way {
        wrong.push(format!("{old} to {new}: said {way}, is {}", measured.way));
    }
    if way == "impossible" || measured.way == "impossible" {
        return wrong;
    }
    let storage = match (measured.rewrites_in_utc, measured.rewrites_elsewhere) {
        (false, false) => Storage::Same,
        (false, true) => Storage::SameInUtc,
        (true, _) => Storage::Rewritten,
    };
    if storage != cast.storage {
        wrong.push(format!("{old} to {new}: said {:?}, is {storage:?}", cast.storage));
    }
    let values = match (measured.refused, measured.changed) {
        (_, true) => Values::Changed,
        (true, false) => Values::Checked,
        (false, false) => Values::Kept,
    };
    if values > cast.values {
        wrong.push(format!("{old} to {new}: said {:?}, are {values:?}", cast.values));
    }
    wrong
}
