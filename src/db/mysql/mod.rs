//! MySQL and MariaDB connections. Everything goes by the text protocol, each statement as text with
//! its values in it: most statements that change a schema cannot be prepared.

mod failure;
mod given;
mod scratch;
mod settings;

use std::str::FromStr as _;
use std::time::Duration;

use sqlx::mysql::{MySqlConnectOptions, MySqlConnection, MySqlRow};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Row as _};

use self::failure::Session;
use self::settings::Settings;
use super::held::{END_OF_STEP, Held, Loan, STEP};
use super::parameters::{named_literals, numbered_literals};
use super::{ConnectOptions, Failure, Result, TextRow, step};
use crate::dialect::mysql::introspect::introspect;
use crate::dialect::mysql::{Mysql, Server};
use crate::error::Error;
use crate::schema::Schema;
use crate::sql::Syntax;

pub(super) use given::{beside, over};
pub(super) use scratch::scratch;

/// A connection to a database of MySQL or MariaDB.
pub(super) struct Connection {
    inner: Held<sqlx::MySql>,
    /// How to connect once more; unknown of a connection that somebody else has opened.
    options: Option<MySqlConnectOptions>,
    settings: Settings,
    session: Session,
    mysql: Mysql,
    /// What the server calls the database, where it folds names.
    database: String,
    /// Set when the database is to be dropped with the connection.
    scratch: Option<scratch::Scratch>,
}

/// How long a server may take to let us in; a host that drops what is sent never answers.
const PATIENCE: Duration = Duration::from_secs(30);

/// How a URL is written.
const FORM: &str = "write mysql://user:password@host:3306/database";

/// Connects.
pub(super) async fn connect(url: &str, options: &ConnectOptions) -> Result<Connection> {
    let parsed = MySqlConnectOptions::from_str(url).map_err(|error| Failure {
        help: Some(FORM.into()),
        ..Failure::connection(format!("the URL cannot be read: {error}"))
    })?;
    let Some(database) = parsed.get_database().map(str::to_owned) else {
        let message = "the URL names no database";
        return Err(Failure { help: Some(FORM.into()), ..Failure::connection(message) });
    };
    open(prepared(parsed), Settings::of(options), database).await
}

/// Text is UTF-8 here, whatever the URL says; the modes are set with the other settings.
fn prepared(options: MySqlConnectOptions) -> MySqlConnectOptions {
    options
        .charset("utf8mb4")
        .pipes_as_concat(false)
        .no_engine_substitution(false)
        .statement_cache_capacity(0)
        .disable_statement_logging()
}

async fn open(
    options: MySqlConnectOptions,
    settings: Settings,
    database: String,
) -> Result<Connection> {
    let session = Session::of(&options, &database);
    let inner = connect_with(&options, &session).await?;
    let mut connection = Connection {
        inner: Held::own(inner),
        options: Some(options),
        settings,
        session,
        mysql: unknown(),
        database,
        scratch: None,
    };
    connection.greet().await?;
    connection.settings().await?;
    Ok(connection)
}

/// The statements that make a client's session like ours.
pub(super) fn script_settings(options: &ConnectOptions) -> Vec<String> {
    Settings::of(options).for_script()
}

/// A server that was not asked yet.
fn unknown() -> Mysql {
    Mysql { server: Server::parse(""), collation: String::new(), folds_tables: false }
}

async fn connect_with(options: &MySqlConnectOptions, session: &Session) -> Result<MySqlConnection> {
    match tokio::time::timeout(PATIENCE, options.connect()).await {
        Ok(connected) => connected.map_err(|error| session.failure(&error, "")),
        Err(_) => Err(session.silent(PATIENCE)),
    }
}

impl Connection {
    /// Asks what server it is and how the database is set up.
    async fn greet(&mut self) -> Result<()> {
        let look = "SELECT VERSION(), @@collation_database, @@lower_case_table_names, DATABASE()";
        let rows = self.query(look, &[]).await?;
        let mut row = rows.into_iter().flatten();
        let mut next = || row.next().flatten().unwrap_or_default();
        let version = next();
        self.mysql = Mysql {
            server: Server::parse(&version),
            collation: next(),
            folds_tables: next() != "0",
        };
        self.database = next();
        match self.mysql.server.is_known() {
            true => Ok(()),
            false => {
                let message = format!("the server is {version}, which is too old");
                let help = "autogen knows MySQL from 8.0 and MariaDB from 10.6".to_owned();
                Err(Failure { help: Some(help), ..Failure::connection(message) })
            }
        }
    }

    /// The dialect of this very server and database.
    pub(super) fn mysql(&self) -> &Mysql {
        &self.mysql
    }

    /// The name of the database.
    pub(super) fn database(&self) -> &str {
        &self.database
    }

    /// A second connection to the same database, with the same settings, where it is known how.
    pub(super) async fn another(&self) -> Result<Option<Self>> {
        let Some(options) = &self.options else { return Ok(None) };
        open(options.clone(), self.settings.clone(), self.database.clone()).await.map(Some)
    }

    /// A new session in the place of one that has ended.
    pub(super) async fn revive(&mut self) -> Result<()> {
        let Some(new) = self.another().await? else { return Ok(()) };
        self.inner = new.inner;
        Ok(())
    }

    /// A new session in the place of this one: what was set in it is gone.
    pub(super) async fn renew(&mut self) -> Result<()> {
        let Some(options) = &self.options else { return self.settings().await };
        let new = connect_with(options, &self.session).await?;
        let closed = self.inner.replace(new)?.close().await;
        self.settings().await?;
        if let Some(name) = self.scratch.as_ref().map(|scratch| scratch.name().to_owned()) {
            scratch::keep(self, &name).await?;
        }
        closed.map_err(|error| self.session.failure(&error, ""))
    }

    pub(super) async fn execute(&mut self, sql: &str) -> Result<u64> {
        let done = sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut **self.inner.get()?).await;
        done.map(|done| done.rows_affected()).map_err(|error| self.session.failure(&error, sql))
    }

    pub(super) async fn execute_with(
        &mut self,
        sql: &str,
        values: &[(String, Option<String>)],
    ) -> Result<u64> {
        let text = named_literals(sql, values, Syntax::MYSQL, literal);
        self.execute(&text).await.map_err(|failure| Failure {
            statement: sql.to_owned(),
            position: None,
            ..failure
        })
    }

    pub(super) async fn query(
        &mut self,
        sql: &str,
        values: &[Option<&str>],
    ) -> Result<Vec<TextRow>> {
        let text = match values.is_empty() {
            true => sql.to_owned(),
            false => numbered_literals(sql, values, Syntax::MYSQL, literal),
        };
        let rows =
            sqlx::raw_sql(AssertSqlSafe(text.as_str())).fetch_all(&mut **self.inner.get()?).await;
        let rows = rows.map_err(|error| self.session.failure(&error, &text))?;
        let read =
            |row: &MySqlRow| text_row(row).map_err(|error| self.session.failure(&error, sql));
        rows.iter().map(read).collect()
    }

    pub(super) async fn introspect(&mut self) -> Result<Schema, Error> {
        introspect(&mut **self.inner.get()?, &self.mysql, &self.settings.schemas).await
    }

    pub(super) async fn has_namespace(&mut self, name: &str) -> Result<bool> {
        let sql = "SELECT 1 FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = ?1";
        Ok(!self.query(sql, &[Some(name)]).await?.is_empty())
    }

    /// Sets what holds when the session begins.
    pub(super) async fn settings(&mut self) -> Result<()> {
        for sql in self.settings.statements(self.mysql.server) {
            self.execute(&sql).await?;
        }
        Ok(())
    }

    pub(super) async fn has_table(&mut self, schema: Option<&str>, name: &str) -> Result<bool> {
        let schema = schema.unwrap_or(&self.database).to_owned();
        let sql = "SELECT 1 FROM information_schema.TABLES \
                   WHERE TABLE_SCHEMA = ?1 AND TABLE_NAME = ?2 AND TABLE_TYPE = 'BASE TABLE'";
        Ok(!self.query(sql, &[Some(&schema), Some(name)]).await?.is_empty())
    }

    /// What stands under this name: its kind and a column in each row.
    pub(super) async fn relation(
        &mut self,
        schema: Option<&str>,
        name: &str,
    ) -> Result<Vec<TextRow>> {
        let schema = schema.unwrap_or(&self.database).to_owned();
        let sql = "SELECT CASE t.TABLE_TYPE WHEN 'BASE TABLE' THEN 'table' ELSE 'view' END, \
                   c.COLUMN_NAME FROM information_schema.TABLES t \
                   LEFT JOIN information_schema.COLUMNS c \
                   ON c.TABLE_SCHEMA = ?1 AND c.TABLE_NAME = ?2 \
                   WHERE t.TABLE_SCHEMA = ?1 AND t.TABLE_NAME = ?2 ORDER BY c.ORDINAL_POSITION";
        self.query(sql, &[Some(&schema), Some(name)]).await
    }

    /// Begins a transaction in this mode. The savepoint tells at its end whether it is still open:
    /// a statement may commit by itself and say nothing.
    pub(super) async fn begin(&mut self, mode: &str) -> Result<()> {
        let mode = match self.settings.read_only && mode.is_empty() {
            true => "READ ONLY",
            false => mode,
        };
        let sql = format!("START TRANSACTION {mode}; SAVEPOINT {MARK}");
        self.execute(&sql).await.map(|_| ())
    }

    pub(super) async fn commit(&mut self) -> Result<()> {
        let committed = match self.inner.depth() {
            0 => self.execute(&format!("RELEASE SAVEPOINT {MARK}; COMMIT")).await.map(|_| ()),
            _ => match self.execute(&format!("RELEASE SAVEPOINT {MARK}")).await {
                Ok(_) => self.known(self.inner.commit().await),
                Err(failure) => Err(failure),
            },
        };
        committed.map_err(|failure| match failure.is("1305") {
            true => Failure {
                message: "a statement has committed the transaction that it stood in".into(),
                help: Some("put it in a step of its own: `-- autogen: step autocommit`".into()),
                ..failure
            },
            false => failure,
        })
    }

    pub(super) async fn rollback(&mut self) -> Result<()> {
        while self.inner.depth() > 0 {
            self.known(self.inner.rollback().await)?;
        }
        self.execute("ROLLBACK").await.map(|_| ())
    }

    /// Lends the transaction that is open, which the driver knows of from then on.
    pub(super) async fn lend(&mut self) -> Result<Loan<sqlx::MySql>> {
        match self.inner.depth() {
            0 => self.known(self.inner.begin(STEP).await)?,
            _ => self.execute(STEP).await.map(|_| ())?,
        }
        self.inner.get()
    }

    pub(super) async fn take_back(&mut self) -> Result<()> {
        match self.inner.depth() {
            2.. => Err(step::left_open()),
            _ => self.execute(END_OF_STEP).await.map(|_| ()),
        }
    }

    fn known<T>(&self, done: std::result::Result<T, sqlx::Error>) -> Result<T> {
        done.map_err(|error| self.session.failure(&error, "the end of a transaction"))
    }

    pub(super) async fn close(mut self) -> Result<()> {
        let scratch = self.scratch.take();
        let closed = self.inner.close().await;
        if let Some(scratch) = scratch {
            Box::pin(scratch.end()).await?;
        }
        closed.map_err(|error| self.session.failure(&error, ""))
    }
}

/// The savepoint that stands at the beginning of every transaction.
const MARK: &str = "autogen";

impl std::fmt::Debug for Connection {
    // The options hold the password.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Connection").field("session", &self.session).finish_non_exhaustive()
    }
}

/// The server gives every value as text; what is binary may be no text at all.
fn text_row(row: &MySqlRow) -> std::result::Result<TextRow, sqlx::Error> {
    let cell = |at| {
        let bytes = row.try_get_unchecked::<Option<Vec<u8>>, _>(at)?;
        Ok(bytes.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()))
    };
    (0..row.len()).map(cell).collect()
}

/// A name, quoted.
fn quote(name: &str) -> String {
    format!("`{}`", name.replace('`', "``"))
}

/// A value as a literal, in a session where a backslash escapes.
pub(super) fn literal(value: Option<&str>) -> String {
    let Some(value) = value else { return "NULL".to_owned() };
    format!("'{}'", value.replace('\\', "\\\\").replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use super::literal;

    #[test]
    fn literals_hold_any_text() {
        for (value, expected) in [
            (None, "NULL"),
            (Some(""), "''"),
            (Some("it's"), "'it''s'"),
            (Some("a\\'b"), "'a\\\\''b'"),
            (Some("`; --"), "'`; --'"),
        ] {
            assert_eq!(literal(value), expected);
        }
    }
}
