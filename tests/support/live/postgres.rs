//! PostgreSQL servers, each case in a database of its own.

use std::collections::BTreeMap;
use std::str::FromStr as _;
use std::sync::atomic::{AtomicUsize, Ordering};

use autogen::dialect::postgres::introspect::{IntrospectOptions, introspect};
use autogen::dialect::postgres::types::{quote, written};
use autogen::dialect::{Dialect, postgres as dialect};
use autogen::plan::{Plan, Step};
use autogen::schema::{Column, Intent, ObjectKind, Schema, Table};
use sqlx::postgres::{PgConnectOptions, PgRow};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, Row as _};

use super::{Positions, seed};

/// Databases of one process must not meet those of another.
static DATABASES: AtomicUsize = AtomicUsize::new(0);

/// A server that tests may make databases on.
#[derive(Clone, Debug)]
pub(crate) struct Server {
    /// Its major version.
    pub(crate) version: u16,
    url: String,
}

impl Server {
    /// Those whose address the environment holds. Under `scripts/test`, none at all is a mistake.
    pub(crate) fn all() -> Vec<Self> {
        let mut servers = Vec::new();
        for version in 12..=18 {
            let variable = format!("AUTOGEN_TEST_POSTGRES{version}_URL");
            if let Ok(url) = std::env::var(&variable) {
                servers.push(Self { version, url });
            }
        }
        let wanted = std::env::var("AUTOGEN_TEST_LIVE").unwrap_or_default();
        for name in wanted.split_whitespace() {
            let Some(version) = name.strip_prefix("postgres") else { continue };
            let there = servers.iter().any(|server| server.version.to_string() == version);
            assert!(there, "{name} is wanted, and AUTOGEN_TEST_POSTGRES{version}_URL is not set");
        }
        servers
    }

    /// A new database, dropped when `work` is done, however that ends.
    pub(crate) fn with_database<T>(
        &self,
        work: impl AsyncFnOnce(Postgres, &str) -> Result<T, String>,
    ) -> Result<T, String> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let number = DATABASES.fetch_add(1, Ordering::Relaxed);
        let name = format!("autogen_test_{}_{number}", std::process::id());
        let said = |error: sqlx::Error| format!("PostgreSQL {}: {error}", self.version);
        let options = PgConnectOptions::from_str(&self.url).map_err(said)?;
        let make = format!("CREATE DATABASE {name} TEMPLATE template0");
        let mut server = runtime.block_on(async {
            let mut server = PgConnection::connect_with(&options).await.map_err(said)?;
            plain(&mut server, &make).await?;
            Ok::<_, String>(server)
        })?;
        let worked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            runtime.block_on(async {
                let options = options.clone().database(&name);
                let url = with_database(&self.url, &name);
                work(Postgres::connect(&options, self.version).await?, &url).await
            })
        }));
        runtime.block_on(async {
            // A session that has just ended may still count as connected.
            let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = ";
            plain(&mut server, &format!("{end}'{name}'")).await?;
            plain(&mut server, &format!("DROP DATABASE {name}")).await
        })?;
        worked.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    }
}

/// The same server, another database.
fn with_database(url: &str, name: &str) -> String {
    let (address, options) = url.split_once('?').map_or((url, None), |(one, two)| (one, Some(two)));
    let start = address.find("://").map_or(0, |at| at + 3);
    let host = address[start..].find('/').map_or(address, |at| &address[..start + at]);
    options.map_or_else(|| format!("{host}/{name}"), |it| format!("{host}/{name}?{it}"))
}

async fn plain(connection: &mut PgConnection, sql: &str) -> Result<(), String> {
    let result = sqlx::raw_sql(AssertSqlSafe(sql)).execute(connection).await;
    result.map(drop).map_err(|error| format!("{error}\n{sql}"))
}

/// A connection to one database of a server.
pub(crate) struct Postgres {
    dialect: dialect::Postgres,
    connection: PgConnection,
}

impl Postgres {
    async fn connect(options: &PgConnectOptions, version: u16) -> Result<Self, String> {
        let connection = PgConnection::connect_with(options).await;
        let mut connection = connection.map_err(|error| error.to_string())?;
        plain(&mut connection, "SET TimeZone = 'UTC'; SET client_min_messages = warning").await?;
        Ok(Self { dialect: dialect::Postgres::new(version), connection })
    }

    /// What the database has, canonical.
    pub(crate) async fn read(&mut self) -> Result<Schema, String> {
        let options = IntrospectOptions::default();
        let told = introspect(&mut self.connection, &options).await;
        let told = told.map_err(|error| error.to_string())?;
        // What is there was accepted, so there is nothing to complain about.
        Ok(self.dialect.canonical(&told, &Intent::default()).0)
    }

    /// Runs SQL, several statements at once if need be.
    pub(crate) async fn execute(&mut self, sql: &str) -> Result<(), String> {
        plain(&mut self.connection, sql).await
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
                let read = format!("SELECT last_value, is_called FROM {sequence}");
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
        rows.map(|rows| rows.iter().map(text).collect()).map_err(|error| format!("{error}\n{sql}"))
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

/// Rows of a partition are those of the table that it belongs to.
fn holds_rows(table: &Table) -> bool {
    !["partition_of", "inherits"].iter().any(|key| table.options.contains_key(*key))
}
