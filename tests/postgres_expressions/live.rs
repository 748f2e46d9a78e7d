//! What a server reports of an expression, and how it judges.

use autogen::dialect::Dialect as _;
use autogen::dialect::judge::Kind;
use autogen::dialect::postgres::Postgres;
use sqlx::{AssertSqlSafe, PgConnection, Row as _};

use super::cases::Table;
use super::expressions::{Answer, Case, questions};
use super::postgres::execute;

/// A connection to a database with the table of the fixture in it.
pub(crate) async fn prepare(connection: &mut PgConnection, table: &Table) -> Result<(), String> {
    let spelled = |(name, ty): &(String, String)| format!("{name} {ty}");
    let columns: Vec<String> = table.columns.iter().map(spelled).collect();
    let mut statements = vec!["SET TimeZone = 'UTC'".to_owned()];
    statements.extend(table.types());
    statements.push(format!("CREATE TABLE probe ({})", columns.join(", ")));
    execute(connection, &statements.join("; ")).await
}

/// Rows as text.
pub(crate) async fn ask(
    connection: &mut PgConnection,
    sql: &str,
) -> Result<Vec<Vec<Option<String>>>, String> {
    let rows = sqlx::raw_sql(AssertSqlSafe(sql)).fetch_all(connection).await;
    let rows = rows.map_err(|error| format!("{error}\n{sql}"))?;
    let row = |row: &sqlx::postgres::PgRow| (0..row.len()).map(|at| row.get(at)).collect();
    Ok(rows.iter().map(row).collect())
}

/// What the server reports of an expression that it is given; nothing of a default of NULL.
pub(crate) async fn reported(
    connection: &mut PgConnection,
    kind: &Kind,
    text: &str,
) -> Result<Option<String>, String> {
    let default = "SELECT pg_get_expr(adbin, adrelid) FROM pg_attrdef \
                   WHERE adrelid = 'probe'::regclass";
    let index = "FROM pg_index WHERE indrelid = 'probe'::regclass";
    let (put, read) = match kind {
        Kind::Default { ty } => {
            (format!("ALTER TABLE probe ADD COLUMN x {ty} DEFAULT ({text}\n)"), default.to_owned())
        }
        Kind::Generated { ty } => (
            format!("ALTER TABLE probe ADD COLUMN x {ty} GENERATED ALWAYS AS ({text}\n) STORED"),
            default.to_owned(),
        ),
        Kind::Predicate => (
            format!("CREATE INDEX i ON probe (a) WHERE ({text}\n)"),
            format!("SELECT pg_get_expr(indpred, indrelid) {index}"),
        ),
        Kind::Index => (
            format!("CREATE INDEX i ON probe (({text}\n))"),
            format!("SELECT pg_get_indexdef(indexrelid, 1, false) {index}"),
        ),
        _ => (
            format!("ALTER TABLE probe ADD CONSTRAINT x CHECK ({text}\n)"),
            "SELECT pg_get_expr(conbin, conrelid) FROM pg_constraint WHERE conname = 'x'".into(),
        ),
    };
    let said = ask(connection, &format!("BEGIN; {put}; {read}; ROLLBACK")).await;
    if said.is_err() {
        execute(connection, "ROLLBACK").await?;
    }
    Ok(said?.into_iter().flatten().flatten().next())
}

/// How the server judges the pairs of the cases, in a transaction as the command makes it.
pub(crate) async fn judged(
    connection: &mut PgConnection,
    (table, version): (&Table, u16),
    pairs: &[(&Case, &str)],
    begin: &str,
) -> Answer {
    let questions = questions(&table.columns, pairs);
    let inquiry =
        Postgres { version, ..Postgres::USUAL }.inquiry(&questions).expect("PostgreSQL is asked");
    execute(connection, begin).await?;
    for statement in &inquiry.statements {
        execute(connection, statement).await?;
    }
    let rows = ask(connection, &inquiry.ask).await?;
    execute(connection, "ROLLBACK").await?;
    let judgement = (inquiry.read)(&rows);
    Ok((judgement.verdicts, judgement.note))
}
