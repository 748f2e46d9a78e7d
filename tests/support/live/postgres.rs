//! PostgreSQL servers, each case in an empty database.

use std::collections::BTreeMap;
use std::sync::{LazyLock, Mutex};

use autogen::dialect::postgres::introspect::{IntrospectOptions, introspect};
use autogen::dialect::postgres::types::{quote, written};
use autogen::dialect::{Dialect, postgres as dialect};
use autogen::plan::{Plan, Step};
use autogen::schema::{Column, Intent, ObjectKind, Schema, Table};
use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, PgConnection, Row as _};
use tokio::runtime::Runtime;

use super::{Live, Positions, seed};
use crate::postgres::{Database, Server, execute};

/// Connections outlive the case that they were made for, so one runtime serves all.
static RUNTIME: LazyLock<Runtime> =
    LazyLock::new(|| tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap());

/// Databases that are empty again.
static FREE: Mutex<Vec<Postgres>> = Mutex::new(Vec::new());

/// What every session of a test says first.
const SESSION: &str = "SET TimeZone = 'UTC'; SET client_min_messages = warning";

/// Everything goes but what a new database has. Far quicker than a new database.
const RESET: &str = "DO $$ DECLARE it record; BEGIN
    FOR it IN SELECT quote_ident(nspname) AS name FROM pg_namespace
        WHERE nspname NOT LIKE 'pg\\_%' AND nspname <> 'information_schema' LOOP
        EXECUTE 'DROP SCHEMA ' || it.name || ' CASCADE';
    END LOOP;
    FOR it IN SELECT quote_ident(extname) AS name FROM pg_extension WHERE extname <> 'plpgsql' LOOP
        EXECUTE 'DROP EXTENSION ' || it.name || ' CASCADE';
    END LOOP;
    FOR it IN SELECT quote_ident(pubname) AS name FROM pg_publication LOOP
        EXECUTE 'DROP PUBLICATION ' || it.name;
    END LOOP;
    CREATE SCHEMA public;
    GRANT ALL ON SCHEMA public TO PUBLIC;
END $$";

/// Works on an empty database of that server. One that served well serves again.
pub(crate) fn with_database(
    server: &Server,
    work: impl AsyncFnOnce(&mut Live) -> Result<(), String>,
) -> Result<(), String> {
    let kept = {
        let mut free = FREE.lock().unwrap();
        let at = free.iter().position(|it| it.dialect.version == server.version);
        at.map(|at| free.swap_remove(at))
    };
    let database = kept.map_or_else(|| RUNTIME.block_on(Postgres::new(server)), Ok)?;
    let mut live = Live::Postgres(database);
    let worked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        RUNTIME.block_on(work(&mut live))
    }));
    let result = worked.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
    let Live::Postgres(mut database) = live else { return result };
    if result.is_ok() {
        RUNTIME.block_on(database.reset())?;
        FREE.lock().unwrap().push(database);
    }
    result
}

/// Drops the databases that are left.
pub(crate) fn finish() {
    FREE.lock().unwrap().clear();
}

/// A connection to one database of a server, which goes with it.
pub(crate) struct Postgres {
    connection: PgConnection,
    dialect: dialect::Postgres,
    options: IntrospectOptions,
    _database: Database,
}

impl Postgres {
    async fn new(server: &Server) -> Result<Self, String> {
        let database = server.database()?;
        let mut connection = database.connect().await?;
        execute(&mut connection, SESSION).await?;
        let dialect = dialect::Postgres::new(server.version);
        let options = IntrospectOptions::default();
        Ok(Self { connection, dialect, options, _database: database })
    }

    /// Goes to live in these namespaces, the first of which is made.
    pub(crate) async fn live_in(&mut self, schemas: &[String]) -> Result<(), String> {
        let Some(home) = schemas.first() else { return Ok(()) };
        self.dialect.live_in(home);
        self.options.schemas = schemas.to_vec();
        let name = quote(home);
        self.execute(&format!("CREATE SCHEMA IF NOT EXISTS {name}; SET search_path TO {name}"))
            .await
    }

    async fn reset(&mut self) -> Result<(), String> {
        for sql in ["DISCARD ALL", SESSION, RESET] {
            self.execute(sql).await?;
        }
        self.dialect = dialect::Postgres::new(self.dialect.version);
        self.options = IntrospectOptions::default();
        Ok(())
    }

    /// What the database has, canonical.
    pub(crate) async fn read(&mut self) -> Result<Schema, String> {
        let told = introspect(&mut self.connection, &self.options).await;
        let told = told.map_err(|error| error.to_string())?;
        // What is there was accepted, so there is nothing to complain about.
        Ok(self.dialect.canonical(&told, &Intent::default()).0)
    }

    /// Runs SQL, several statements at once if need be.
    pub(crate) async fn execute(&mut self, sql: &str) -> Result<(), String> {
        let result = sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut self.connection).await;
        result.map(drop).map_err(|error| format!("{}\n{sql}", words(&error)))
    }

    /// Runs a plan as the runner does: each step in a transaction, unless it must have none.
    pub(crate) async fn run(&mut self, plan: &Plan, dialect: &dyn Dialect) -> Result<(), String> {
        for step in &plan.steps {
            for statement in &step.session {
                self.execute(statement).await?;
            }
            if step.autocommit {
                self.statements(step, dialect).await?;
                continue;
            }
            self.execute("BEGIN").await?;
            let result = self.statements(step, dialect).await;
            let end = if result.is_ok() { "COMMIT" } else { "ROLLBACK" };
            self.execute(end).await?;
            result?;
        }
        Ok(())
    }

    async fn statements(&mut self, step: &Step, dialect: &dyn Dialect) -> Result<(), String> {
        for statement in step.ops.iter().flat_map(|op| dialect.render(op)) {
            self.execute(&statement).await?;
        }
        Ok(())
    }

    /// Three rows a table, and counters that are ahead of them.
    pub(crate) async fn seed(&mut self, schema: &Schema) -> Result<(), String> {
        // Children before parents is fine, since both hold the same values.
        self.execute("SET session_replication_role = replica").await?;
        for table in schema.tables.values().filter(|table| holds_rows(table)) {
            let columns: Vec<&Column> =
                table.columns.iter().filter(|it| it.generated.is_none()).collect();
            let names: Vec<_> = columns.iter().map(|column| quote(&column.name)).collect();
            let row = |row| {
                let value = |column: &&Column| seed::value(schema, table, column, row);
                format!("({})", columns.iter().map(value).collect::<Vec<_>>().join(", "))
            };
            let rows: Vec<String> = (0..3).map(row).collect();
            let name = written(&table.name);
            let insert = match columns.is_empty() {
                true => format!("INSERT INTO {name} DEFAULT VALUES"),
                false => format!(
                    "INSERT INTO {name} ({}) OVERRIDING SYSTEM VALUE VALUES {}",
                    names.join(", "),
                    rows.join(", ")
                ),
            };
            let help = "say rows in rows.postgres.sql";
            self.execute(&insert).await.map_err(|error| format!("{error}\n{help}"))?;
        }
        for (sequence, _) in self.positions(schema).await.into_values() {
            let literal = sequence.replace('\'', "''");
            self.execute(&format!("SELECT setval('{literal}', 41)")).await?;
        }
        self.execute("SET session_replication_role = DEFAULT").await
    }

    /// All rows of all tables as SQL literals. What `skip` names is left out.
    pub(crate) async fn contents(&mut self, schema: &Schema, skip: &[String]) -> Vec<String> {
        let skipped = |name: &str| skip.iter().any(|it| it == name);
        let mut contents = Vec::new();
        for table in schema.tables.values() {
            let name = table.name.to_string();
            if !holds_rows(table) || skipped(&name) {
                continue;
            }
            let columns = table.columns.iter().map(|column| column.name.as_str());
            let mut columns: Vec<&str> =
                columns.filter(|column| !skipped(&format!("{name}.{column}"))).collect();
            columns.sort_unstable();
            let value = |column: &&str| {
                let label = column.replace('\'', "''");
                format!("'{label}=' || quote_nullable({}::text)", quote(column))
            };
            let values: Vec<String> = columns.iter().map(value).collect();
            let values = if values.is_empty() { "''".to_owned() } else { values.join(", ") };
            let select = format!("SELECT concat_ws(', ', {values}) FROM {}", written(&table.name));
            let mut rows = self.texts(&select).await.unwrap();
            rows.sort();
            contents.extend(rows.iter().map(|row| format!("{name}: {row}")));
        }
        contents
    }

    /// Sequence and position for each column that has one.
    pub(crate) async fn positions(&mut self, schema: &Schema) -> Positions {
        let mut positions = BTreeMap::new();
        for table in schema.tables.values() {
            for column in &table.columns {
                let numbered = column.identity.is_some() || column.options.contains_key("serial");
                if !numbered || table.options.contains_key("partition_of") {
                    continue;
                }
                let literal = |text: &str| format!("'{}'", text.replace('\'', "''"));
                let (name, of) = (literal(&written(&table.name)), literal(&column.name));
                let find = format!("SELECT pg_get_serial_sequence({name}, {of})");
                let sequence = self.texts(&find).await.unwrap().concat();
                // A number that was not given out yet is the one after the last that was.
                let next = "last_value + CASE WHEN is_called THEN 1 ELSE 0 END";
                let read = format!("SELECT {next} FROM {sequence}");
                let position = self.texts(&read).await.unwrap().concat();
                let key = format!("{}.{}", table.name, column.name);
                positions.insert(key, (sequence, position));
            }
        }
        positions
    }

    /// The rows of a query as texts, `|` between the columns.
    pub(crate) async fn texts(&mut self, sql: &str) -> Result<Vec<String>, String> {
        let rows = sqlx::raw_sql(AssertSqlSafe(sql)).fetch_all(&mut self.connection).await;
        let text = |row: &PgRow| {
            let cell =
                |at| row.get_unchecked::<Option<String>, _>(at).unwrap_or_else(|| "NULL".into());
            (0..row.len()).map(cell).collect::<Vec<String>>().join("|")
        };
        let told = |error: sqlx::Error| format!("{}\n{sql}", words(&error));
        rows.map(|rows| rows.iter().map(text).collect()).map_err(told)
    }

    /// What is wrong with the database: invalid indexes, and views that no longer work.
    pub(crate) async fn faults(&mut self, schema: &Schema) -> Vec<String> {
        let invalid = "SELECT indexrelid::regclass FROM pg_index WHERE NOT indisvalid";
        let mut faults = self.texts(invalid).await.unwrap();
        let reads = |kind| matches!(kind, ObjectKind::View | ObjectKind::MaterializedView);
        for view in schema.objects.iter().filter(|it| reads(it.kind)) {
            let select = format!("SELECT * FROM {}", written(&view.name));
            faults.extend(self.texts(&select).await.err());
        }
        faults
    }
}

/// What a server says, without the line of its own source, which each version has elsewhere.
fn words(error: &sqlx::Error) -> String {
    error.as_database_error().map_or_else(|| error.to_string(), |it| it.message().to_owned())
}

/// Rows of a partition are those of the table that it belongs to.
fn holds_rows(table: &Table) -> bool {
    !["partition_of", "inherits"].iter().any(|key| table.options.contains_key(*key))
}
