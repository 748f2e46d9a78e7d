//! Cases on servers.

use autogen::dialect::postgres::Postgres;
use autogen::plan::Plan;
use autogen::schema::Schema;
use sqlx::PgConnection;

use super::case::Case;
use super::catalog;
use super::servers::{Server, execute};

/// Whatever the zone of the session, results are the same.
const SESSION: &str = "SET TimeZone = 'Asia/Kolkata'; SET client_min_messages = warning";

/// Runs work on a connection to a database of its own.
pub(crate) fn on<T>(
    server: &Server,
    work: impl AsyncFnOnce(&mut PgConnection) -> Result<T, String>,
) -> Result<T, String> {
    let database = server.database()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(|error| error.to_string())?.block_on(async {
        let mut connection = database.connect().await?;
        execute(&mut connection, SESSION).await?;
        work(&mut connection).await
    })
}

/// Runs a plan: each step in a transaction, unless it must not be in one.
pub(crate) async fn apply(
    connection: &mut PgConnection,
    plan: &Plan,
    dialect: &Postgres,
) -> Result<(), String> {
    for (step, statements) in plan.steps.iter().zip(plan.statements(dialect)) {
        let within = |word: &str| if step.autocommit { String::new() } else { word.to_owned() };
        execute(connection, &within("BEGIN")).await?;
        for statement in statements {
            execute(connection, &statement).await?;
        }
        execute(connection, &within("COMMIT")).await?;
    }
    Ok(())
}

/// The catalog of a database that was made in one go.
async fn fresh(server: &Server, schema: &Schema) -> Result<Vec<String>, String> {
    let case = Case::fresh(schema);
    let dialect = Postgres::new(server.version);
    let (create, _) = case.plans(&dialect)?;
    let database = server.database()?;
    let mut connection = database.connect().await?;
    execute(&mut connection, SESSION).await?;
    apply(&mut connection, &create, &dialect).await?;
    catalog::read(&mut connection).await
}

/// There and back.
pub(crate) fn run(server: &Server, case: &Case) -> Result<(), String> {
    let dialect = Postgres::new(server.version);
    on(server, async |connection| {
        let start = Case::fresh(&case.before);
        apply(connection, &start.plans(&dialect)?.0, &dialect).await?;
        for statement in &case.rows {
            execute(connection, statement).await?;
        }
        let before = catalog::read(connection).await?;
        let (up, down) = case.plans(&dialect)?;
        apply(connection, &up, &dialect).await?;
        same("up", &catalog::read(connection).await?, &fresh(server, &case.after).await?)?;
        holds(connection, &case.up).await?;
        apply(connection, &down, &dialect).await?;
        same("down", &catalog::read(connection).await?, &before)?;
        holds(connection, &case.down).await
    })
}

/// Both catalogs say the same.
pub(crate) fn same(way: &str, found: &[String], wanted: &[String]) -> Result<(), String> {
    let only = |one: &[String], two: &[String], sign: char| {
        let lines = one.iter().filter(|line| !two.contains(line));
        lines.map(|line| format!("{sign} {line}\n")).collect::<String>()
    };
    let unlike = only(wanted, found, '-') + &only(found, wanted, '+');
    if unlike.is_empty() { Ok(()) } else { Err(format!("{way}:\n{unlike}")) }
}

/// Every query is true.
pub(crate) async fn holds(connection: &mut PgConnection, queries: &[String]) -> Result<(), String> {
    for query in queries {
        let text = catalog::one(connection, &format!("SELECT ({query})::text")).await?;
        if text != "true" {
            return Err(format!("{query}: {text}"));
        }
    }
    Ok(())
}
