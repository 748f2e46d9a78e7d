//! What is said of each change of type on PostgreSQL is what servers do: every pair of these types is
//! tried with values in the column, there and back.

use std::collections::BTreeMap;

use autogen::dialect::postgres::cast::{self, Storage, Values, Way};
use autogen::schema::Type;
use sqlx::{ConnectOptions, Connection, PgConnection, Row};

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

#[test]
fn type_changes_are_as_servers_do_them() {
    let versions = [12, 15, 18];
    let threads = versions.map(|version| std::thread::spawn(move || complaints(version)));
    let wrong: Vec<String> = threads.into_iter().flat_map(|it| it.join().unwrap()).collect();
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

fn complaints(version: u16) -> Vec<String> {
    let url = std::env::var(format!("AUTOGEN_TEST_POSTGRES{version}_URL")).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut measured = runtime.block_on(measure(&url));
    assert!(measured.len() > 3500, "{version}: {} pairs", measured.len());
    measured.retain(|(old, new), _| !tolerated(version, old, new));
    let wrong = measured.iter().flat_map(|(pair, measured)| judge(pair, measured));
    wrong.map(|complaint| format!("{version}: {complaint}")).collect()
}

async fn measure(url: &str) -> BTreeMap<(String, String), Measured> {
    let options: sqlx::postgres::PgConnectOptions = url.parse().unwrap();
    let mut connection: PgConnection = options.connect().await.unwrap();
    sqlx::raw_sql("SET TimeZone = 'UTC'; SET synchronous_commit = off")
        .execute(&mut connection)
        .await
        .unwrap();
    sqlx::raw_sql(MEASURE).execute(&mut connection).await.unwrap();
    for line in TYPES.lines().filter(|line| !line.is_empty()) {
        let (ty, values) = line.split_once(" | ").unwrap();
        let values: Vec<&str> = values.split(" | ").collect();
        sqlx::query("SELECT pg_temp.known($1, $2)")
            .bind(ty)
            .bind(values)
            .execute(&mut connection)
            .await
            .unwrap_or_else(|error| panic!("{ty}: {error}"));
    }
    sqlx::raw_sql("CALL pg_temp.measure()").execute(&mut connection).await.unwrap();
    let rows = sqlx::query("SELECT * FROM measured").fetch_all(&mut connection).await.unwrap();
    connection.close().await.unwrap();
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
    rows.into_iter().map(measured).collect()
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
        12 => [old, new].contains(&"\"char\"") || (old, new) == ("path", "point"),
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
    if std::env::var_os("CAUTION").is_some() && values < cast.values {
        println!("cautious: {old} to {new}: said {:?}, are {values:?}", cast.values);
    }
    wrong
}
