//! What a server reports of an expression, and how it judges.

use autogen::dialect::Dialect as _;
use autogen::dialect::judge::{Inquiry, Kind, Question, Row, Verdict};
use autogen::dialect::mysql::{Mysql, Server};
use sqlx::mysql::MySqlRow;
use sqlx::{AssertSqlSafe, MySqlConnection, Row as _};
use tokio::runtime::Runtime;

use super::columns;
use super::expressions::{Answer, Case, questions};
use super::mysql::execute;

/// What holds in the sessions of the command.
const SESSION: &str = "SET NAMES utf8mb4; SET SESSION sql_mode = \
     'STRICT_TRANS_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION'";

/// The table of the fixture, and what the server is.
pub(crate) async fn prepare(connection: &mut MySqlConnection) -> Result<Mysql, String> {
    execute(connection, SESSION).await?;
    execute(connection, &table("TABLE", &[])).await?;
    let rows = ask(connection, "SELECT VERSION(), @@collation_database").await?;
    let mut cells = rows.into_iter().flatten().flatten();
    let (version, collation) = (cells.next(), cells.next());
    let server = Server::parse(&version.unwrap_or_default());
    Ok(Mysql { server, collation: collation.unwrap_or_default(), folds_tables: false })
}

/// The statement that makes the table, with these parts besides.
fn table(kind: &str, parts: &[String]) -> String {
    let columns = columns().into_iter().map(|(name, ty)| format!("{name} {ty} NULL"));
    let all: Vec<String> = columns.chain(parts.iter().cloned()).collect();
    format!("CREATE {kind} probe ({}) CHARACTER SET utf8mb4", all.join(", "))
}

/// How a server shows the table with these parts besides.
pub(crate) async fn shown(
    connection: &mut MySqlConnection,
    parts: &[String],
) -> Result<String, String> {
    let said = match execute(connection, &table("TEMPORARY TABLE", parts)).await {
        Ok(()) => ask(connection, "SHOW CREATE TABLE probe").await,
        Err(error) => Err(error),
    };
    // MariaDB may have made it and then fail.
    execute(connection, "DROP TEMPORARY TABLE IF EXISTS probe").await?;
    Ok(said?.into_iter().flatten().flatten().nth(1).unwrap_or_default())
}

/// Rows as text.
pub(crate) async fn ask(connection: &mut MySqlConnection, sql: &str) -> Result<Vec<Row>, String> {
    let rows = sqlx::raw_sql(AssertSqlSafe(sql)).fetch_all(connection).await;
    let rows = rows.map_err(|error| format!("{error}\n{sql}"))?;
    let cell = |row: &MySqlRow, at| {
        let bytes: Option<Vec<u8>> = row.get_unchecked(at);
        bytes.map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
    };
    Ok(rows.iter().map(|row| (0..row.len()).map(|at| cell(row, at)).collect()).collect())
}

/// What the server reports of an expression that it is given, as it shows the table.
pub(crate) async fn reported(
    connection: &mut MySqlConnection,
    kind: &Kind,
    text: &str,
) -> Result<String, String> {
    let part = match kind {
        Kind::Default { ty } => format!("x {ty} NULL DEFAULT {text}"),
        Kind::Generated { ty } => {
            format!("x {ty} GENERATED ALWAYS AS ({text}\n) VIRTUAL")
        }
        Kind::Index => format!("KEY x (({text}\n))"),
        _ => format!("CONSTRAINT x CHECK ({text}\n)"),
    };
    let said = shown(connection, &[part]).await?;
    expression(&said, kind).ok_or_else(|| format!("nothing of it in\n{said}"))
}

/// The expression of `x` in the definition of its table.
fn expression(table: &str, kind: &Kind) -> Option<String> {
    let line = table.lines().find_map(|line| line.split_once("`x` "))?.1;
    let line = line.strip_suffix(',').unwrap_or(line);
    let (marker, end) = match kind {
        Kind::Default { .. } => (" DEFAULT ", ""),
        Kind::Generated { .. } => (" GENERATED ALWAYS AS ", " VIRTUAL"),
        Kind::Index => ("(", ")"),
        _ => ("CHECK ", ""),
    };
    // A column of JSON is checked on MariaDB.
    let line = line.strip_suffix(" CHECK (json_valid(`x`))").unwrap_or(line);
    Some(line.split_once(marker)?.1.strip_suffix(end)?.to_owned())
}

/// How the server judges the pairs of the cases, as the command asks it.
pub(crate) async fn judged(
    connection: &mut MySqlConnection,
    mysql: &Mysql,
    pairs: &[(&Case, &str)],
) -> Answer {
    let inquiry = mysql.inquiry(&questions(&columns(), pairs)).expect("the server is asked");
    execute(connection, "START TRANSACTION").await?;
    let rows = answers(connection, &inquiry).await;
    execute(connection, "ROLLBACK").await?;
    let judgement = (inquiry.read)(&rows?);
    Ok((judgement.verdicts, judgement.note))
}

async fn answers(connection: &mut MySqlConnection, inquiry: &Inquiry) -> Result<Vec<Row>, String> {
    for statement in &inquiry.statements {
        execute(connection, statement).await?;
    }
    let mut rows = Vec::new();
    for probe in &inquiry.probes {
        let row = match execute(connection, &probe.make).await {
            Ok(()) => {
                let told = ask(connection, &probe.ask).await?;
                std::iter::once(None).chain(told.into_iter().flatten()).collect()
            }
            Err(refusal) => vec![Some(refusal)],
        };
        execute(connection, &probe.unmake).await?;
        rows.push(row);
    }
    Ok(rows)
}

fn question(kind: Kind, author: &str, reported: &str) -> Question {
    Question {
        columns: vec![("a".into(), "int".into())],
        kind,
        author: author.into(),
        reported: reported.into(),
    }
}

/// Judging commits nothing and leaves nothing behind, and a text that is no SQL spoils no other.
pub(crate) fn alone(
    runtime: &Runtime,
    connection: &mut MySqlConnection,
    mysql: &Mysql,
) -> Vec<String> {
    let asked = [
        question(Kind::Check, "a > 0", "a > 0"),
        question(Kind::Check, "a >", "a > 0"),
        question(Kind::Check, "nowhere > 0", "a > 0"),
        question(Kind::Type, "integer", "int"),
        question(Kind::Type, "int unsigned", "int"),
        question(Kind::Default { ty: "int".into() }, "5", "'5'"),
        // MariaDB makes a table of it, and fails then.
        question(Kind::Generated { ty: "int".into() }, "(cast('x' as char) + 1, 1) <> (1, a)", "a"),
        question(Kind::Check, "a in (1)", "a = 1"),
    ];
    let judge = async {
        execute(connection, "START TRANSACTION; INSERT INTO probe (a) VALUES (1)").await?;
        let inquiry = mysql.inquiry(&asked).ok_or("nothing is asked")?;
        let rows = answers(connection, &inquiry).await?;
        execute(connection, "ROLLBACK").await?;
        let kept = ask(connection, "SELECT count(*) FROM probe").await?;
        let left = ask(connection, "SELECT 1 FROM autogen_judge").await;
        Ok::<_, String>(((inquiry.read)(&rows).verdicts, kept, left.is_ok()))
    };
    match runtime.block_on(judge) {
        Ok((verdicts, kept, left)) => {
            let told: Vec<&str> = verdicts
                .iter()
                .map(|verdict| match verdict {
                    Verdict::Same => "same",
                    Verdict::Different => "different",
                    Verdict::Refused(_) => "refused",
                })
                .collect();
            let mut wrong = Vec::new();
            let expected = ["same", "refused", "refused", "same", "different", "same"];
            if told[..6] != expected || told[7] != "same" {
                wrong.push(format!("{verdicts:?}"));
            }
            if kept != [[Some("0".to_owned())]] || left {
                wrong.push(format!("{kept:?} rows are kept, a table is left: {left}"));
            }
            wrong
        }
        Err(error) => vec![error],
    }
}

/// Who may make no temporary table is told so at once.
pub(crate) fn refused(
    runtime: &Runtime,
    connection: &mut MySqlConnection,
    mysql: &Mysql,
) -> Vec<String> {
    let ask = async {
        execute(connection, "START TRANSACTION READ ONLY").await?;
        let asked = [question(Kind::Check, "a > 0", "a > 0")];
        let inquiry = mysql.inquiry(&asked).ok_or("nothing is asked")?;
        let answer = answers(connection, &inquiry).await;
        execute(connection, "ROLLBACK").await?;
        Ok::<_, String>(answer)
    };
    match runtime.block_on(ask) {
        Ok(Err(refusal)) if refusal.to_lowercase().contains("read only") => Vec::new(),
        other => vec![format!("{other:?}")],
    }
}
