//! SQLite in memory, with rows.

use autogen::dialect::Dialect;
use autogen::dialect::sqlite::{Sqlite, introspect};
use autogen::plan::Plan;
use autogen::schema::{Column, ObjectKind, Schema, Table, Type};
use sqlx::{Connection as _, Row as _, SqliteConnection};

/// An empty database in memory.
pub(crate) async fn memory() -> SqliteConnection {
    SqliteConnection::connect("sqlite::memory:").await.unwrap()
}

/// What the database has.
pub(crate) async fn read(connection: &mut SqliteConnection) -> Result<Schema, String> {
    introspect(connection).await.map_err(|error| error.to_string())
}

/// Runs SQL, several statements at once if need be.
pub(crate) async fn execute(connection: &mut SqliteConnection, sql: &str) -> Result<(), String> {
    let result = sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(connection).await;
    result.map(drop).map_err(|error| format!("{error}\n{sql}"))
}

/// Runs a plan as the runner does: session statements before the transaction, foreign keys on
/// otherwise and checked at the end, all or nothing.
pub(crate) async fn run(connection: &mut SqliteConnection, plan: &Plan) -> Result<(), String> {
    for step in &plan.steps {
        execute(connection, "PRAGMA foreign_keys = ON").await?;
        for statement in &step.session {
            execute(connection, statement).await?;
        }
        execute(connection, "BEGIN IMMEDIATE").await?;
        let result = statements(connection, step).await;
        let end = if result.is_ok() { "COMMIT" } else { "ROLLBACK" };
        execute(connection, end).await?;
        result?;
    }
    Ok(())
}

async fn statements(
    connection: &mut SqliteConnection,
    step: &autogen::plan::Step,
) -> Result<(), String> {
    for op in &step.ops {
        for statement in Sqlite::BUNDLED.render(op) {
            execute(connection, &statement).await?;
        }
    }
    let broken = sqlx::query("PRAGMA foreign_key_check").fetch_all(connection).await;
    match broken.map_err(|error| error.to_string())?.is_empty() {
        true => Ok(()),
        false => Err("a foreign key is broken".into()),
    }
}

/// Three rows a table, parents and children alike; the second holds NULL wherever it may.
pub(crate) async fn seed(connection: &mut SqliteConnection, schema: &Schema) -> Result<(), String> {
    execute(connection, "PRAGMA foreign_keys = OFF").await?;
    let quote = Sqlite::BUNDLED.spelling().quote;
    for table in schema.tables.values() {
        let columns: Vec<&Column> =
            table.columns.iter().filter(|it| it.generated.is_none()).collect();
        let names: Vec<String> = columns.iter().map(|column| quote(&column.name)).collect();
        for row in 0..3 {
            let values: Vec<String> =
                columns.iter().map(|column| value(table, column, row)).collect();
            let (names, values) = (names.join(", "), values.join(", "));
            let name = quote(&table.name.name);
            execute(connection, &format!("INSERT INTO {name} ({names}) VALUES ({values})")).await?;
        }
    }
    Ok(())
}

fn value(table: &Table, column: &Column, row: usize) -> String {
    let key = table.primary_key.iter().flat_map(|key| &key.columns);
    let keyed = { key }.any(|part| part.text == column.name);
    let mut references = table.foreign_keys.iter().flat_map(|key| &key.columns);
    match &column.ty {
        _ if column.null && row == 1 && !keyed => "NULL".into(),
        _ if references.any(|name| *name == column.name) => (row + 1).to_string(),
        Type::Native(ty) if ty == "INTEGER" => (row + 1).to_string(),
        Type::Native(ty) if ty == "BOOLEAN" => (row % 2).to_string(),
        Type::Native(ty) if ty == "REAL" => format!("{row}.5"),
        Type::Native(ty) if ty == "BLOB" => format!("x'{row:02x}'"),
        _ => match labels(table, column) {
            Some(labels) => labels[row % labels.len()].clone(),
            None => format!("'it''s {row}'"),
        },
    }
}

/// The labels that a check of the form `column IN (..)` admits.
fn labels(table: &Table, column: &Column) -> Option<Vec<String>> {
    let start = format!("{} IN (", (Sqlite::BUNDLED.spelling().quote)(&column.name));
    let list = table.checks.iter().find_map(|check| check.expr.text.strip_prefix(&start))?;
    Some(list.trim_end_matches(')').split(", ").map(str::to_owned).collect())
}

/// All rows of all tables as SQL literals, by table and column name, with the row numbers where no
/// column is one and the counters of AUTOINCREMENT. What `skip` names is left out.
pub(crate) async fn contents(
    connection: &mut SqliteConnection,
    schema: &Schema,
    skip: &[String],
) -> Vec<String> {
    let skipped = |name: &str| skip.iter().any(|it| it == name);
    let mut contents = Vec::new();
    for table in schema.tables.values().filter(|it| !skipped(&it.name.name)) {
        let mut columns: Vec<&str> = table.columns.iter().map(|it| it.name.as_str()).collect();
        columns.sort_unstable();
        let named = |name: &str| columns.iter().any(|column| column.eq_ignore_ascii_case(name));
        let numbered = !table.options.contains_key("without_rowid") && !named("rowid");
        columns.extend(numbered.then_some("rowid"));
        columns.retain(|column| !skipped(&format!("{}.{column}", table.name)));
        contents.extend(rows(connection, &table.name.name, &columns).await);
    }
    let counted = "SELECT count(*) FROM sqlite_schema WHERE name = 'sqlite_sequence'";
    if !skipped("sqlite_sequence") && texts(connection, counted).await.unwrap() == ["1"] {
        contents.extend(rows(connection, "sqlite_sequence", &["name", "seq"]).await);
    }
    contents
}

async fn rows(connection: &mut SqliteConnection, table: &str, columns: &[&str]) -> Vec<String> {
    let quote = Sqlite::BUNDLED.spelling().quote;
    let value = |name: &&str| format!("'{}=' || quote({})", name.replace('\'', "''"), quote(name));
    let values: Vec<String> = columns.iter().map(value).collect();
    let select = format!("SELECT concat_ws(', ', {}) FROM {}", values.join(", "), quote(table));
    let mut rows = texts(connection, &select).await.unwrap();
    rows.sort();
    rows.iter().map(|row| format!("{table}: {row}")).collect()
}

/// The rows of a query as texts, `|` between the columns.
pub(crate) async fn texts(
    connection: &mut SqliteConnection,
    sql: &str,
) -> Result<Vec<String>, String> {
    // A statement that is kept would remember the columns of before.
    let query = sqlx::query(sqlx::AssertSqlSafe(sql)).persistent(false);
    let rows = query.fetch_all(connection).await;
    let text = |row: &sqlx::sqlite::SqliteRow| {
        let cell = |at| row.get_unchecked::<Option<String>, _>(at).unwrap_or_else(|| "NULL".into());
        (0..row.len()).map(cell).collect::<Vec<String>>().join("|")
    };
    rows.map(|rows| rows.iter().map(text).collect()).map_err(|error| format!("{error}\n{sql}"))
}

/// What is wrong with the database: broken pages, and views that no longer work.
pub(crate) async fn faults(connection: &mut SqliteConnection, schema: &Schema) -> Vec<String> {
    let mut faults = texts(connection, "PRAGMA integrity_check").await.unwrap();
    faults.retain(|line| line != "ok");
    for view in schema.objects.iter().filter(|it| it.kind == ObjectKind::View) {
        let name = (Sqlite::BUNDLED.spelling().quote)(&view.name.name);
        faults.extend(texts(connection, &format!("SELECT * FROM {name}")).await.err());
    }
    faults
}
