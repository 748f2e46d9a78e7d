//! PostgreSQL connections. Everything goes by the simple protocol, each statement as text with its
//! values in it: prepared statements give wrong answers through a pooler that hands one server
//! connection to many clients.

mod failure;
mod given;
mod scratch;

use std::str::FromStr as _;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgRow};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Row as _};

use self::failure::Session;
use super::held::{END_OF_STEP, Held, Loan, STEP};
use super::parameters::{named_literals, numbered_literals};
use super::{ConnectOptions, Failure, Result, TextRow, step};
use crate::config::{Origin, Url};
use crate::dialect::postgres::introspect::{IntrospectOptions, introspect};
use crate::error::Error;
use crate::schema::Schema;
use crate::sql::Syntax;

pub(super) use given::{beside, over};
pub(super) use scratch::scratch;

/// A connection to a PostgreSQL database.
pub(super) struct Connection {
    inner: Held<sqlx::Postgres>,
    /// How to connect once more; unknown of a connection that somebody else has opened.
    options: Option<PgConnectOptions>,
    settings: Settings,
    session: Session,
    /// Whether the session is ours alone, and not one that a pooler lends us for each transaction.
    direct: bool,
    version: u32,
    in_transaction: bool,
    /// Set when the database is to be dropped with the connection.
    scratch: Option<scratch::Scratch>,
}

/// What holds in every transaction.
#[derive(Clone, Debug)]
struct Settings {
    schemas: Vec<String>,
    lock_timeout: Duration,
    statement_timeout: Duration,
    read_only: bool,
}

/// A setting that is given when the session starts, and that only a session of our own still has.
const MARK: &str = "autogen.session";

/// How long a server may take to let us in; a host that drops what is sent never answers.
const PATIENCE: Duration = Duration::from_secs(30);

/// The first version that we know.
const OLDEST: u16 = 12;

/// Connects.
pub(super) async fn connect(url: &str, options: &ConnectOptions) -> Result<Connection> {
    mistyped(url)?;
    let parsed = PgConnectOptions::from_str(url);
    let parsed = parsed.map_err(|error| Failure {
        help: Some("write postgres://user:password@host:5432/database".into()),
        ..Failure::connection(format!("the URL cannot be read: {error}"))
    })?;
    // What nobody says otherwise, the URL may say.
    let schemas = match Url::parse(url, Origin::Flag) {
        Ok(url) if options.schemas.is_empty() => url.search_path(),
        _ => options.schemas.clone(),
    };
    open(prepared(parsed), Settings { schemas, ..Settings::of(options) }).await
}

/// What holds for all connections of ours.
fn prepared(options: PgConnectOptions) -> PgConnectOptions {
    let named = options.get_application_name().is_some();
    let options = if named { options } else { options.application_name("autogen") };
    options.extra_float_digits(None).statement_cache_capacity(0).disable_statement_logging()
}

/// The statements that make a client's session like ours.
pub(super) fn script_settings(options: &ConnectOptions) -> Vec<String> {
    let settings = Settings::of(options).set("SET");
    let set = settings.split("; ").map(str::to_owned);
    ["SET client_encoding TO 'UTF8'".to_owned()].into_iter().chain(set).collect()
}

/// What a URL may say to PostgreSQL's own programs and to ours. The driver passes over what it does
/// not know, as it must for the ones of other programs.
const PARAMETERS: &[&str] = &[
    "application_name",
    "channel_binding",
    "client_encoding",
    "connect_timeout",
    "dbname",
    "fallback_application_name",
    "gssencmode",
    "host",
    "hostaddr",
    "keepalives",
    "krbsrvname",
    "load_balance_hosts",
    "options",
    "passfile",
    "password",
    "port",
    "require_auth",
    "requirepeer",
    "service",
    "sslcert",
    "sslcertmode",
    "sslcompression",
    "sslcrl",
    "sslcrldir",
    "sslkey",
    "sslmode",
    "sslnegotiation",
    "sslpassword",
    "sslrootcert",
    "sslsni",
    "ssl-mode",
    "ssl-root-cert",
    "ssl-cert",
    "ssl-key",
    "ssl-ca",
    "statement-cache-capacity",
    "target_session_attrs",
    "user",
];

/// A parameter that was meant to be another would be passed over in silence: the connection might be
/// less safe than was asked for.
fn mistyped(url: &str) -> Result<()> {
    let query = url.split_once('?').map_or("", |(_, query)| query);
    let keys = query.split('&').filter_map(|pair| pair.split_once('=')).map(|(key, _)| key);
    for key in keys.filter(|key| !PARAMETERS.contains(key) && !key.starts_with("options[")) {
        if let Some(near) = autogen_model::nearest(key, PARAMETERS.iter().copied()) {
            return Err(Failure {
                help: Some(format!("did you mean `{near}`?")),
                ..Failure::connection(format!("the URL has a parameter `{key}` that is unknown"))
            });
        }
    }
    Ok(())
}

/// A pooler between us and the server refuses settings at the start of a session, or forgets
/// them; a server keeps them. A pooler that hands a whole session through counts as one that does
/// not: nothing tells them apart.
async fn open(options: PgConnectOptions, settings: Settings) -> Result<Connection> {
    let session = Session::of(&options);
    let number = getrandom::u64().map_err(|error| Failure::connection(error.to_string()))?;
    let mark = format!("{number:016x}");
    let marked = settings.at_start(options.clone()).options([(MARK, &mark)]);
    let connecting = async {
        match marked.connect().await {
            Err(error) if refuses_settings(&error) => options.connect().await,
            connected => connected,
        }
    };
    let inner = match tokio::time::timeout(PATIENCE, connecting).await {
        Ok(connected) => connected.map_err(|error| session.failure(&error, ""))?,
        Err(_) => return Err(session.silent(PATIENCE)),
    };
    let mut connection = Connection {
        inner: Held::own(inner),
        options: Some(options),
        settings,
        session,
        direct: false,
        version: 0,
        in_transaction: false,
        scratch: None,
    };
    let look = format!(
        "SELECT current_setting('server_version_num'), current_setting('{MARK}', true) = '{mark}'"
    );
    let rows = connection.query(&look, &[]).await?;
    let mut row = rows.into_iter().flatten();
    let version = row.next().flatten().and_then(|number| number.parse().ok());
    connection.version = version.unwrap_or_default();
    connection.direct = row.next().flatten().as_deref() == Some("t");
    match connection.major() {
        old @ 1..OLDEST => Err(too_old(old)),
        _ => Ok(connection),
    }
}

fn too_old(version: u16) -> Failure {
    let message = format!("the server is PostgreSQL {version}, which is too old");
    let help = Some(format!("autogen knows PostgreSQL {OLDEST} and what came after it"));
    Failure { help, ..Failure::connection(message) }
}

fn refuses_settings(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|it| it.code());
    code.is_some_and(|code| code.starts_with("08") || code == "0A000")
}

impl Settings {
    fn of(options: &ConnectOptions) -> Self {
        Self {
            schemas: options.schemas.clone(),
            lock_timeout: options.lock_timeout,
            statement_timeout: options.statement_timeout,
            read_only: options.read_only,
        }
    }

    fn search_path(&self) -> String {
        quote(self.schemas.first().map_or(DEFAULT_NAMESPACE, String::as_str))
    }

    fn at_start(&self, options: PgConnectOptions) -> PgConnectOptions {
        let read_only = if self.read_only { "on" } else { "off" };
        options.options([
            ("search_path", self.search_path().as_str()),
            ("default_transaction_read_only", read_only),
        ])
    }

    /// What a transaction begins with, whatever was set in the session before.
    fn at_begin(&self) -> String {
        self.set("SET LOCAL")
    }

    fn set(&self, word: &str) -> String {
        format!(
            "{word} search_path TO {}; {word} lock_timeout TO {}; {word} statement_timeout TO {}; \
             {word} standard_conforming_strings TO on",
            self.search_path(),
            self.lock_timeout.as_millis(),
            self.statement_timeout.as_millis(),
        )
    }
}

/// The namespace where names stand that name none.
const DEFAULT_NAMESPACE: &str = "public";

impl Connection {
    /// The server's major version.
    pub(super) fn major(&self) -> u16 {
        u16::try_from(self.version / 10_000).unwrap_or_default()
    }

    pub(super) fn is_direct(&self) -> bool {
        self.direct
    }

    /// A second connection to the same database, with the same settings, where it is known how.
    pub(super) async fn another(&self) -> Result<Option<Self>> {
        match &self.options {
            Some(options) => open(options.clone(), self.settings.clone()).await.map(Some),
            None => Ok(None),
        }
    }

    /// A new session in the place of one that has ended.
    pub(super) async fn revive(&mut self) -> Result<()> {
        let Some(new) = self.another().await? else { return Ok(()) };
        self.inner = new.inner;
        self.in_transaction = false;
        Ok(())
    }

    pub(super) async fn execute(&mut self, sql: &str) -> Result<u64> {
        let text = self.with_settings(sql);
        let done =
            sqlx::raw_sql(AssertSqlSafe(text.as_str())).execute(&mut **self.inner.get()?).await;
        done.map(|done| done.rows_affected()).map_err(|error| self.failure(&error, sql, &text))
    }

    /// Runs a statement that bears no other beside it.
    async fn execute_alone(&mut self, sql: &str) -> Result<()> {
        let done = sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut **self.inner.get()?).await;
        done.map(drop).map_err(|error| self.failure(&error, sql, sql))
    }

    pub(super) async fn execute_with(
        &mut self,
        sql: &str,
        values: &[(String, Option<String>)],
    ) -> Result<u64> {
        let text = named_literals(sql, values, Syntax::POSTGRES, literal);
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
        let filled = match values.is_empty() {
            true => sql.to_owned(),
            false => numbered_literals(sql, values, Syntax::POSTGRES, literal),
        };
        let text = self.with_settings(&filled);
        let rows =
            sqlx::raw_sql(AssertSqlSafe(text.as_str())).fetch_all(&mut **self.inner.get()?).await;
        let rows = rows.map_err(|error| self.failure(&error, &filled, &text))?;
        let read = |row: &PgRow| text_row(row).map_err(|error| self.session.failure(&error, sql));
        rows.iter().map(read).collect()
    }

    /// The statement as it is sent. A pooler may run it in any session, so outside a transaction
    /// it brings its settings along.
    fn with_settings(&self, sql: &str) -> String {
        if self.direct || self.in_transaction || self.version == 0 {
            return sql.to_owned();
        }
        let read_only = match self.settings.read_only {
            true => "SET LOCAL transaction_read_only TO on; ",
            false => "",
        };
        format!("{read_only}{}; {sql}", self.settings.at_begin())
    }

    fn failure(&self, error: &sqlx::Error, sql: &str, sent: &str) -> Failure {
        let failure = self.session.failure(error, sent);
        let before = sent.len() - sql.len();
        let position = failure.position.and_then(|at| at.checked_sub(before));
        Failure { statement: sql.to_owned(), position, ..failure }
    }

    pub(super) async fn introspect(&mut self) -> Result<Schema, Error> {
        let options = IntrospectOptions { schemas: self.settings.schemas.clone() };
        if self.in_transaction {
            return introspect(&mut **self.inner.get()?, &options).await;
        }
        // One snapshot for all that is read.
        let mode = "ISOLATION LEVEL REPEATABLE READ, READ ONLY";
        self.begin(mode).await.map_err(Failure::into_error)?;
        let schema = introspect(&mut **self.inner.get()?, &options).await;
        let ended = self.rollback().await;
        let schema = schema?;
        ended?;
        Ok(schema)
    }

    pub(super) fn default_namespace(&self) -> &str {
        self.settings.schemas.first().map_or(DEFAULT_NAMESPACE, String::as_str)
    }

    pub(super) async fn has_namespace(&mut self, name: &str) -> Result<bool> {
        let sql = "SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = ?1";
        Ok(!self.query(sql, &[Some(name)]).await?.is_empty())
    }

    /// Sets for the transaction, or for the session outside one, what holds when either begins.
    pub(super) async fn settings(&mut self) -> Result<()> {
        let sql = self.settings.set(if self.in_transaction { "SET LOCAL" } else { "SET" });
        self.execute(&sql).await.map(|_| ())
    }

    pub(super) async fn has_table(&mut self, schema: Option<&str>, name: &str) -> Result<bool> {
        let schema = schema.unwrap_or(self.default_namespace()).to_owned();
        let sql = "SELECT 1 FROM pg_catalog.pg_class c \
                   JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
                   WHERE n.nspname = ?1 AND c.relname = ?2 AND c.relkind IN ('r', 'p')";
        Ok(!self.query(sql, &[Some(&schema), Some(name)]).await?.is_empty())
    }

    /// What stands under this name: its kind and a column in each row.
    pub(super) async fn relation(
        &mut self,
        schema: Option<&str>,
        name: &str,
    ) -> Result<Vec<TextRow>> {
        let schema = schema.unwrap_or(self.default_namespace()).to_owned();
        let sql = "SELECT CASE WHEN c.relkind IN ('r', 'p') THEN 'table' ELSE 'view' END, a.attname \
                   FROM pg_catalog.pg_class c \
                   JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
                   LEFT JOIN pg_catalog.pg_attribute a \
                   ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped \
                   WHERE n.nspname = ?1 AND c.relname = ?2 \
                   AND c.relkind IN ('r', 'p', 'v', 'm', 'f') ORDER BY a.attnum";
        self.query(sql, &[Some(&schema), Some(name)]).await
    }

    /// Begins a transaction in this mode, with the settings that hold in every one.
    pub(super) async fn begin(&mut self, mode: &str) -> Result<()> {
        let mode = match self.settings.read_only && mode.is_empty() {
            true => "READ ONLY",
            false => mode,
        };
        self.in_transaction = true;
        let sql = format!("BEGIN {mode}; {}", self.settings.at_begin());
        let begun = self.execute(&sql).await;
        if begun.is_err() {
            // The first failure tells more than one that follows from it.
            let _ = self.rollback().await;
        }
        begun.map(|_| ())
    }

    /// Commits. In a transaction that has failed, COMMIT alone would roll back and say nothing.
    pub(super) async fn commit(&mut self) -> Result<()> {
        let committed = match self.inner.depth() {
            0 => self.execute("SELECT 1; COMMIT").await.map(|_| ()),
            _ => match self.execute("SELECT 1").await {
                Ok(_) => self.known(self.inner.commit().await),
                Err(failure) => Err(failure),
            },
        };
        if committed.is_ok() {
            self.in_transaction = false;
        }
        committed
    }

    pub(super) async fn rollback(&mut self) -> Result<()> {
        let mut done = match self.inner.depth() {
            0 => self.execute("ROLLBACK").await.map(|_| ()),
            _ => Ok(()),
        };
        while done.is_ok() && self.inner.depth() > 0 {
            done = self.known(self.inner.rollback().await);
        }
        self.in_transaction = false;
        done
    }

    /// Lends the transaction that is open, which the driver knows of from then on.
    pub(super) async fn lend(&mut self) -> Result<Loan<sqlx::Postgres>> {
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

impl std::fmt::Debug for Connection {
    // The options hold the password.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Connection").field("session", &self.session).finish_non_exhaustive()
    }
}

fn text_row(row: &PgRow) -> std::result::Result<TextRow, sqlx::Error> {
    // Unchecked, because the simple protocol gives every value as text.
    (0..row.len()).map(|at| row.try_get_unchecked::<Option<String>, _>(at)).collect()
}

/// A name, quoted.
fn quote(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A value as a literal that reads the same whatever `standard_conforming_strings` says. Its type
/// is left to the statement. The server takes no NUL, so what has one is refused by its syntax.
pub(super) fn literal(value: Option<&str>) -> String {
    let Some(value) = value else { return "NULL".to_owned() };
    let doubled = value.replace('\'', "''");
    match value.contains('\\') {
        true => format!(" E'{}'", doubled.replace('\\', "\\\\")),
        false => format!("'{doubled}'"),
    }
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
            (Some("a\\'b"), " E'a\\\\''b'"),
            (Some("$$; --"), "'$$; --'"),
        ] {
            assert_eq!(literal(value), expected);
        }
    }
}
