//! Servers of MySQL and MariaDB, by the program's own connections, each case in an empty database.

mod seed;

use std::collections::BTreeMap;

use autogen::db::{ConnectOptions, Database, Failure, Scratch};
use autogen::dialect::Dialect;
use autogen::dialect::mysql::types::{quote, written};
use autogen::plan::Plan;
use autogen::schema::{Column, ObjectKind, Schema};

use super::Positions;
use crate::mysql as servers;

/// What every session of a test says first.
const SESSION: &str = "SET SESSION time_zone = '+00:00'";

/// A connection to one database of a server, which goes with it.
pub(crate) struct Mysql {
    db: Database,
    /// How the database is made.
    create: String,
    database: servers::Database,
}

impl Mysql {
    /// In a database of that server that is empty.
    pub(crate) async fn new(server: &servers::Server) -> Result<Self, String> {
        let (collation, options) =
            (server.dialect().default_collation(), ConnectOptions::default());
        let database = server.database_of(collation)?;
        let name = &database.name;
        let create = format!("CREATE DATABASE {name} COLLATE {collation}; USE {name}");
        let db = Database::connect(&database.url, &options).await;
        let mut db = db.map_err(|error| error.to_string())?;
        server.is_as_named(&db.version().await.map_err(|error| error.message)?)?;
        let mut new = Self { db, create, database };
        new.execute(SESSION).await.map(|()| new)
    }

    /// Empties the database.
    pub(crate) async fn reset(&mut self) -> Result<(), String> {
        self.execute(&format!("DROP DATABASE {}; {}", self.database.name, self.create)).await?;
        self.renew().await
    }

    async fn renew(&mut self) -> Result<(), String> {
        self.db.renew().await.map_err(|error| error.message)?;
        self.execute(SESSION).await
    }

    /// Where a plan can be rehearsed.
    pub(crate) fn scratch(&self) -> Scratch {
        Scratch::Mysql { url: self.database.url.clone(), options: ConnectOptions::default() }
    }

    /// The dialect of this very server.
    pub(crate) fn dialect(&self) -> Box<dyn Dialect> {
        self.db.dialect().unwrap()
    }

    /// What the database has, canonical.
    pub(crate) async fn read(&mut self) -> Result<Schema, String> {
        self.db.introspect().await.map_err(|error| error.to_string())
    }

    /// Runs SQL, several statements at once if need be.
    pub(crate) async fn execute(&mut self, sql: &str) -> Result<(), String> {
        if sql.trim().is_empty() {
            return Ok(());
        }
        self.db.execute(sql).await.map(drop).map_err(|error| words(&error, sql))
    }

    /// Runs a plan as the runner does.
    pub(crate) async fn run(&mut self, plan: &Plan, dialect: &dyn Dialect) -> Result<(), String> {
        for (step, statements) in plan.steps.iter().zip(plan.statements(dialect)) {
            for statement in step.session.iter().chain(&statements) {
                self.execute(statement).await?;
            }
        }
        match plan.steps.iter().all(|step| step.session.is_empty()) {
            true => Ok(()),
            false => self.renew().await,
        }
    }

    /// Three rows a table, and counters that are ahead of them.
    pub(crate) async fn seed(&mut self, schema: &Schema) -> Result<(), String> {
        // Children before parents is fine, since both hold the same values.
        self.execute("SET SESSION foreign_key_checks = 0").await?;
        for table in schema.tables.values() {
            let columns: Vec<&Column> =
                table.columns.iter().filter(|it| it.generated.is_none()).collect();
            let names: Vec<_> = columns.iter().map(|column| quote(&column.name)).collect();
            let row = |row| {
                let value = |column: &&Column| seed::value(table, column, row);
                format!("({})", columns.iter().map(value).collect::<Vec<_>>().join(", "))
            };
            let rows: Vec<String> = (0..3).map(row).collect();
            let (name, names, rows) = (written(&table.name), names.join(", "), rows.join(", "));
            let insert = format!("INSERT INTO {name} ({names}) VALUES {rows}");
            let help = "say rows in rows.mysql.sql";
            self.execute(&insert).await.map_err(|error| format!("{error}\n{help}"))?;
            if table.columns.iter().any(|column| column.identity.is_some()) {
                self.execute(&format!("ALTER TABLE {name} AUTO_INCREMENT = 41")).await?;
            }
        }
        self.execute("SET SESSION foreign_key_checks = 1").await
    }

    /// All rows of all tables. What `skip` names is left out.
    pub(crate) async fn contents(&mut self, schema: &Schema, skip: &[String]) -> Vec<String> {
        let skipped = |name: &str| skip.iter().any(|it| it == name);
        let mut contents = Vec::new();
        for table in schema.tables.values() {
            let name = table.name.to_string();
            let kept = |column: &&Column| !skipped(&format!("{name}.{}", column.name));
            let mut columns: Vec<&Column> = table.columns.iter().filter(kept).collect();
            columns.sort_unstable_by_key(|column| &column.name);
            if skipped(&name) || columns.is_empty() {
                continue;
            }
            let values: Vec<String> = columns.iter().map(|column| seed::shown(column)).collect();
            let select = format!("SELECT {} FROM {}", values.join(", "), written(&table.name));
            let rows = self.db.query_text_rows(&select, &[]).await;
            let rows = rows.unwrap_or_else(|error| panic!("{}", words(&error, &select)));
            let row = |row: Vec<Option<String>>| {
                let value = |(column, value): (&&Column, &Option<String>)| {
                    format!("{}={}", column.name, value.as_deref().unwrap_or("NULL"))
                };
                let values: Vec<String> = columns.iter().zip(&row).map(value).collect();
                format!("{name}: {}", values.join(", "))
            };
            let mut rows: Vec<String> = rows.into_iter().map(row).collect();
            rows.sort();
            contents.extend(rows);
        }
        contents
    }

    /// The counter of each table that has one.
    pub(crate) async fn positions(&mut self, schema: &Schema) -> Positions {
        let look = "SELECT TABLE_NAME, AUTO_INCREMENT FROM information_schema.TABLES \
                    WHERE TABLE_SCHEMA = DATABASE() AND AUTO_INCREMENT IS NOT NULL";
        if self.db.version().await.is_ok_and(|version| !version.contains("MariaDB")) {
            // Otherwise a number of long ago is told.
            self.execute("SET SESSION information_schema_stats_expiry = 0").await.unwrap();
        }
        let rows = self.texts(look).await.unwrap();
        let counted: BTreeMap<&str, &str> =
            rows.iter().filter_map(|row| row.rsplit_once('|')).collect();
        let mut positions = Positions::new();
        for table in schema.tables.values() {
            let numbered = table.columns.iter().find(|column| column.identity.is_some());
            if let (Some(column), Some(next)) = (numbered, counted.get(&*table.name.name)) {
                let key = format!("{}.{}", table.name, column.name);
                positions.insert(key, (table.name.to_string(), (*next).to_owned()));
            }
        }
        positions
    }

    /// The rows of a query as texts, `|` between the columns.
    pub(crate) async fn texts(&mut self, sql: &str) -> Result<Vec<String>, String> {
        let rows = self.db.query_text_rows(sql, &[]).await;
        let rows = rows.map_err(|error| words(&error, sql))?;
        let text = |row: Vec<Option<String>>| {
            let cells: Vec<String> =
                row.into_iter().map(|cell| cell.unwrap_or_else(|| "NULL".into())).collect();
            cells.join("|")
        };
        Ok(rows.into_iter().map(text).collect())
    }

    /// What is wrong with the database: broken tables, and views that no longer work.
    pub(crate) async fn faults(&mut self, schema: &Schema) -> Vec<String> {
        let mut faults = Vec::new();
        let tables: Vec<String> = schema.tables.keys().map(written).collect();
        if !tables.is_empty() {
            faults = self.texts(&format!("CHECK TABLE {}", tables.join(", "))).await.unwrap();
            faults.retain(|line| !line.ends_with("|OK"));
        }
        for view in schema.objects.iter().filter(|it| it.kind == ObjectKind::View) {
            let select = format!("SELECT * FROM {}", written(&view.name));
            faults.extend(self.texts(&select).await.err());
        }
        faults
    }
}

fn words(error: &Failure, sql: &str) -> String {
    format!("{}\n{sql}", error.message)
}
