//! A database with rows in it, whichever it is.
#![allow(dead_code, reason = "each test takes what it needs")]

pub(crate) mod postgres;
mod seed;
pub(crate) mod sqlite;

use std::collections::BTreeMap;

use autogen::dialect::Dialect;
use autogen::plan::Plan;
use autogen::schema::Schema;
use sqlx::SqliteConnection;

pub(crate) use postgres::Postgres;

/// By `table.column`, the sequence and how far it has counted.
pub(crate) type Positions = BTreeMap<String, (String, String)>;

/// One connection to one database.
pub(crate) enum Live {
    /// In memory.
    Sqlite(SqliteConnection),
    /// On a server.
    Postgres(Postgres),
}

impl Live {
    /// Goes to live in namespaces, where the database has such.
    pub(crate) async fn live_in(&mut self, schemas: &[String]) -> Result<(), String> {
        match self {
            Self::Sqlite(_) => Ok(()),
            Self::Postgres(server) => server.live_in(schemas).await,
        }
    }

    /// What the database has.
    pub(crate) async fn read(&mut self) -> Result<Schema, String> {
        match self {
            Self::Sqlite(connection) => sqlite::read(connection).await,
            Self::Postgres(server) => server.read().await,
        }
    }

    /// Runs SQL, several statements at once if need be.
    pub(crate) async fn execute(&mut self, sql: &str) -> Result<(), String> {
        match self {
            Self::Sqlite(connection) => sqlite::execute(connection, sql).await,
            Self::Postgres(server) => server.execute(sql).await,
        }
    }

    /// Runs a plan as the runner does.
    pub(crate) async fn run(&mut self, plan: &Plan, dialect: &dyn Dialect) -> Result<(), String> {
        match self {
            Self::Sqlite(connection) => sqlite::run(connection, plan).await,
            Self::Postgres(server) => server.run(plan, dialect).await,
        }
    }

    /// Three rows a table, parents and children alike; the second holds NULL wherever it may.
    pub(crate) async fn seed(&mut self, schema: &Schema) -> Result<(), String> {
        match self {
            Self::Sqlite(connection) => sqlite::seed(connection, schema).await,
            Self::Postgres(server) => server.seed(schema).await,
        }
    }

    /// All rows of all tables, by table and column name. What `skip` names is left out.
    pub(crate) async fn contents(&mut self, schema: &Schema, skip: &[String]) -> Vec<String> {
        match self {
            Self::Sqlite(connection) => sqlite::contents(connection, schema, skip).await,
            Self::Postgres(server) => server.contents(schema, skip).await,
        }
    }

    /// How far the database has counted for each column that it numbers, where that is kept apart
    /// from the rows.
    pub(crate) async fn positions(&mut self, schema: &Schema) -> Positions {
        match self {
            Self::Sqlite(_) => Positions::new(),
            Self::Postgres(server) => server.positions(schema).await,
        }
    }

    /// The rows of a query as texts, `|` between the columns.
    pub(crate) async fn texts(&mut self, sql: &str) -> Result<Vec<String>, String> {
        match self {
            Self::Sqlite(connection) => sqlite::texts(connection, sql).await,
            Self::Postgres(server) => server.texts(sql).await,
        }
    }

    /// What is wrong with the database.
    pub(crate) async fn faults(&mut self, schema: &Schema) -> Vec<String> {
        match self {
            Self::Sqlite(connection) => sqlite::faults(connection, schema).await,
            Self::Postgres(server) => server.faults(schema).await,
        }
    }
}
