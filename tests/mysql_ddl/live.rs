//! Cases on servers.

use autogen::dialect::Dialect;
use autogen::dialect::mysql::{Mysql, Server as Version};
use autogen::op::{Algorithm, Op};
use autogen::plan::Plan;
use autogen::schema::Schema;
use sqlx::{AssertSqlSafe, MySqlConnection, Row};

use super::case::Case;
use super::servers::{Server, execute};
use super::{COLLATION, dialect};

/// Runs a case there and back.
pub(crate) fn run(server: &Server, case: &Case) -> Result<(), String> {
    let database = server.database()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(|error| error.to_string())?.block_on(async {
        let mut connection = database.connect().await?;
        let version = texts(&mut connection, "SELECT VERSION()").await?.concat();
        let dialect = dialect(Version::parse(&version));
        let collate = format!("ALTER DATABASE {} COLLATE {COLLATION}", database.name);
        execute(&mut connection, &collate).await?;
        execute(&mut connection, &format!("USE {}", database.name)).await?;
        let wanted = fresh(&mut connection, &dialect, &case.after).await?;
        make(&mut connection, &dialect, &case.before).await?;
        let start = catalog(&mut connection).await?;
        for statement in &case.rows {
            execute(&mut connection, statement).await?;
        }
        let (_, up, down) = case.plans(&dialect)?;
        let mut weak = Vec::new();
        apply(&mut connection, &dialect, &up, &mut weak).await?;
        let mut found = catalog(&mut connection).await?;
        found.retain(|line| !line.starts_with("trigger "));
        same("after the upgrade", &found, &wanted)?;
        holds(&mut connection, &case.up).await?;
        apply(&mut connection, &dialect, &down, &mut weak).await?;
        same("after the downgrade", &catalog(&mut connection).await?, &start)?;
        holds(&mut connection, &case.down).await?;
        match weak.is_empty() || case.weak {
            true => Ok(()),
            false => Err(weak.join("\n")),
        }
    })
}

/// The names of all tables; views are none.
const TABLES: &str = "SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = \
                      DATABASE() AND TABLE_TYPE <> 'VIEW'";

/// The catalog of a schema that is made at once; nothing of it stays.
async fn fresh(
    connection: &mut MySqlConnection,
    dialect: &Mysql,
    schema: &Schema,
) -> Result<Vec<String>, String> {
    let bare = Schema { objects: Vec::new(), ..schema.clone() };
    make(connection, dialect, &bare).await?;
    let made = catalog(connection).await?;
    execute(connection, "SET foreign_key_checks = 0").await?;
    for name in texts(connection, TABLES).await? {
        execute(connection, &format!("DROP TABLE `{name}`")).await?;
    }
    execute(connection, "SET foreign_key_checks = 1").await?;
    Ok(made)
}

async fn make(
    connection: &mut MySqlConnection,
    dialect: &Mysql,
    schema: &Schema,
) -> Result<(), String> {
    let plan = Case::fresh(schema, dialect)?;
    for statement in plan.statements(dialect).concat() {
        execute(connection, &statement).await?;
    }
    for object in &schema.objects {
        execute(connection, &object.sql).await?;
    }
    Ok(())
}

/// Runs a plan. Before a statement is run it is tried with the next stronger assertion; where the
/// server takes that, too little was asserted.
async fn apply(
    connection: &mut MySqlConnection,
    dialect: &Mysql,
    plan: &Plan,
    weak: &mut Vec<String>,
) -> Result<(), String> {
    for step in &plan.steps {
        for statement in &step.session {
            execute(connection, statement).await?;
        }
        for op in &step.ops {
            for statement in dialect.render(op) {
                if let Some(stronger) = stronger(op, &statement)
                    && execute(connection, &stronger).await.is_ok()
                {
                    weak.push(format!("taken too: {stronger}"));
                    continue;
                }
                execute(connection, &statement).await?;
            }
        }
    }
    Ok(())
}

/// The statement with an assertion that the server must refuse.
fn stronger(op: &Op, statement: &str) -> Option<String> {
    let Op::AlterTogether(it) = op else { return None };
    let (own, stronger) = match it.algorithm? {
        Algorithm::Instant => return None,
        Algorithm::InPlace => ("ALGORITHM=INPLACE, LOCK=NONE", "ALGORITHM=INSTANT"),
        Algorithm::Blocking => ("ALGORITHM=INPLACE, LOCK=SHARED", "ALGORITHM=INPLACE, LOCK=NONE"),
        Algorithm::Copy => ("ALGORITHM=COPY", "ALGORITHM=INPLACE, LOCK=NONE"),
    };
    statement.strip_suffix(own).map(|start| format!("{start}{stronger}"))
}

/// All tables and triggers as the server says them, line by line, sorted.
async fn catalog(connection: &mut MySqlConnection) -> Result<Vec<String>, String> {
    let mut lines = Vec::new();
    for name in texts(connection, TABLES).await? {
        let row = sqlx::query(AssertSqlSafe(format!("SHOW CREATE TABLE `{name}`")));
        let row = row.fetch_one(&mut *connection).await.map_err(|error| error.to_string())?;
        let text: String = row.try_get(1).map_err(|error| error.to_string())?;
        for line in text.lines() {
            let line = line.trim().trim_end_matches(',');
            let words = line.split(' ').filter(|word| !word.starts_with("AUTO_INCREMENT="));
            let text = words.collect::<Vec<_>>().join(" ");
            // The collation says it too.
            let text = match (text.find(" CHARACTER SET "), text.find(" COLLATE ")) {
                (Some(start), Some(end)) if start < end => text[..start].to_owned() + &text[end..],
                _ => text,
            };
            lines.push(format!("{name}: {text}"));
        }
    }
    let triggers = "SELECT CONCAT('trigger ', TRIGGER_NAME, ' ', ACTION_STATEMENT) FROM \
                    information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = DATABASE()";
    lines.extend(texts(connection, triggers).await?);
    lines.sort();
    Ok(lines)
}

/// The first column.
async fn texts(connection: &mut MySqlConnection, sql: &str) -> Result<Vec<String>, String> {
    let rows = sqlx::query_scalar::<_, String>(AssertSqlSafe(sql)).fetch_all(connection).await;
    rows.map_err(|error| format!("{error}\n{sql}"))
}

async fn holds(connection: &mut MySqlConnection, queries: &[String]) -> Result<(), String> {
    for query in queries {
        let row = sqlx::query_scalar::<_, Option<i64>>(AssertSqlSafe(query.as_str()));
        let row = row.fetch_one(&mut *connection).await;
        if row.map_err(|error| format!("{error}\n{query}"))? != Some(1) {
            return Err(format!("not so: {query}"));
        }
    }
    Ok(())
}

fn same(when: &str, found: &[String], wanted: &[String]) -> Result<(), String> {
    let missing = wanted.iter().filter(|line| !found.contains(line)).map(|it| format!("- {it}"));
    let extra = found.iter().filter(|line| !wanted.contains(line)).map(|it| format!("+ {it}"));
    let lines: Vec<String> = missing.chain(extra).collect();
    if lines.is_empty() { Ok(()) } else { Err(format!("{when}:\n{}", lines.join("\n"))) }
}
