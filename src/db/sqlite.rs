//! SQLite connections.

use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::atomic::Ordering;

use sqlx::sqlite::{SqliteArguments, SqliteConnectOptions, SqliteConnection, SqliteRow};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Row as _};

use crate::error::Error;
use crate::schema::Schema;

use super::held::{END_OF_STEP, Held, Loan, STEP};
use super::{Brake, ConnectOptions, Failure, Result, TextRow, step};

/// A connection to a SQLite database.
pub(super) struct Connection {
    held: Held<sqlx::Sqlite>,
    brake: Option<Brake>,
}

/// Connects; the flag says that the file does not exist and an empty database stands for it.
pub(super) async fn connect(url: &str, options: &ConnectOptions) -> Result<(Connection, bool)> {
    let base =
        SqliteConnectOptions::new().busy_timeout(options.lock_timeout).disable_statement_logging();
    if is_memory(url) {
        return Ok((open(&base).await?, false));
    }
    let parsed = SqliteConnectOptions::from_str(url).map_err(|error| failure(&error, ""))?;
    if parsed.get_filename().as_os_str().is_empty() {
        // SQLite would make a file that is gone when the connection is.
        let message = format!("`{url}` names no file");
        return Err(Failure {
            help: Some("write sqlite://app.db".into()),
            ..Failure::connection(message)
        });
    }
    let file = options.base.join(parsed.get_filename());
    if file.is_dir() {
        return Err(Failure::connection(format!("{} is a folder", file.display())));
    }
    let base =
        parsed.filename(&file).busy_timeout(options.lock_timeout).disable_statement_logging();
    if options.read_only {
        if !file.exists() {
            return Ok((
                open(&SqliteConnectOptions::new().disable_statement_logging()).await?,
                true,
            ));
        }
        return Ok((open_for_reading(base, &file).await?, false));
    }
    if !file.exists() && !options.create {
        let message = format!("there is no database {}", file.display());
        return Err(Failure::connection(message));
    }
    if let Some(folder) = file.parent().filter(|it| !it.as_os_str().is_empty() && !it.exists()) {
        let message = format!("the database's folder {} does not exist", folder.display());
        return Err(Failure::connection(message));
    }
    let opened = open_for_writing(&base.create_if_missing(options.create)).await;
    Ok((opened.map_err(|failure| named(failure, &file))?, false))
}

/// Opens, and sees that it is a database. A lock is no fault: the runner waits for it.
async fn open_for_writing(options: &SqliteConnectOptions) -> Result<Connection> {
    let mut connection = open(options).await?;
    match connection.query(FIRST_LOOK, &[]).await {
        Err(failure) if !failure.busy => Err(failure),
        _ => Ok(connection),
    }
}

/// Fails where the file is no database.
const FIRST_LOOK: &str = "SELECT 1 FROM sqlite_master LIMIT 1";

/// A connection to a database of no use.
pub(super) async fn nothing() -> Result<SqliteConnection> {
    let options = SqliteConnectOptions::new().disable_statement_logging();
    options.connect().await.map_err(|error| failure(&error, ""))
}

/// A connection that somebody else has opened.
pub(super) fn over(held: Held<sqlx::Sqlite>) -> Connection {
    held.into()
}

fn is_memory(url: &str) -> bool {
    let rest = url.trim_start_matches("sqlite:").trim_start_matches("//");
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    path == ":memory:" || query.split('&').any(|pair| pair == "mode=memory")
}

/// Opens without ever writing what the user would call data. A plain read-only open cannot undo
/// a transaction that a killed process left behind, nor read a WAL database in a folder that
/// takes no new files; both are tried in turn. Not so when another connection has locked the
/// database: to read past its lock is to read what it has half written.
async fn open_for_reading(base: SqliteConnectOptions, file: &Path) -> Result<Connection> {
    let first = match readable(&base.clone().read_only(true)).await {
        Ok(connection) => return Ok(connection),
        Err(failure) if failure.busy => return Err(named(failure, file)),
        Err(failure) => failure,
    };
    let recovering = base.clone().pragma("query_only", "ON");
    match readable(&recovering).await {
        Ok(connection) => return Ok(connection),
        Err(failure) if failure.busy => return Err(named(failure, file)),
        Err(_) => {}
    }
    let beside = ["-wal", "-journal"].map(|end| {
        let mut name = file.as_os_str().to_owned();
        name.push(end);
        PathBuf::from(name)
    });
    if !beside.iter().any(|path| path.exists())
        && let Ok(connection) = readable(&base.read_only(true).immutable(true)).await
    {
        return Ok(connection);
    }
    Err(named(first, file))
}

async fn open(options: &SqliteConnectOptions) -> Result<Connection> {
    let opened = options.connect().await;
    opened.map(|opened| Held::own(opened).into()).map_err(|error| failure(&error, ""))
}

async fn readable(options: &SqliteConnectOptions) -> Result<Connection> {
    let mut connection = open(options).await?;
    connection.query(FIRST_LOOK, &[]).await?;
    Ok(connection)
}

fn named(failure: Failure, file: &Path) -> Failure {
    let message = format!("{}: {}", file.display(), failure.message);
    Failure { message, statement: String::new(), ..failure }
}

impl From<Held<sqlx::Sqlite>> for Connection {
    fn from(held: Held<sqlx::Sqlite>) -> Self {
        Self { held, brake: None }
    }
}

impl Connection {
    pub(super) async fn execute(&mut self, sql: &str) -> Result<u64> {
        let done = sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut **self.held.get()?).await;
        done.map(|done| done.rows_affected()).map_err(|error| failure(&error, sql))
    }

    pub(super) async fn execute_with(
        &mut self,
        original: &str,
        sql: String,
        values: Vec<Option<String>>,
    ) -> Result<u64> {
        let arguments = arguments(values).map_err(|error| failure(&error, original))?;
        let query = sqlx::query_with(AssertSqlSafe(sql), arguments).persistent(false);
        let done = query.execute(&mut **self.held.get()?).await;
        done.map(|done| done.rows_affected()).map_err(|error| failure(&error, original))
    }

    pub(super) async fn query(
        &mut self,
        sql: &str,
        values: &[Option<&str>],
    ) -> Result<Vec<TextRow>> {
        let owned = values.iter().map(|value| value.map(str::to_owned)).collect();
        let arguments = arguments(owned).map_err(|error| failure(&error, sql))?;
        let query = sqlx::query_with(AssertSqlSafe(sql), arguments).persistent(false);
        let rows = query.fetch_all(&mut **self.held.get()?).await;
        let rows = rows.map_err(|error| failure(&error, sql))?;
        rows.iter().map(|row| text_row(row).map_err(|error| failure(&error, sql))).collect()
    }

    /// Whether the database is gone when its last connection is.
    pub(super) async fn is_in_memory(&mut self) -> Result<bool> {
        let sql = "SELECT 1 FROM pragma_database_list WHERE name = 'main' AND file <> ''";
        Ok(self.query(sql, &[]).await?.is_empty())
    }

    /// Sets what holds in our own connections, and notes what makes it as it was.
    pub(super) async fn adopt(
        &mut self,
        options: &ConnectOptions,
        restore: &mut Vec<String>,
    ) -> Result<()> {
        if self.held.depth() > 0 {
            return Err(step::inside());
        }
        let patience = options.lock_timeout.as_millis().to_string();
        for (name, value) in
            [("foreign_keys", "1"), ("legacy_alter_table", "0"), ("busy_timeout", &patience)]
        {
            let rows = self.query(&format!("PRAGMA {name}"), &[]).await?;
            let before = rows.into_iter().flatten().flatten().next().unwrap_or_default();
            if before != value {
                restore.push(format!("PRAGMA {name} = {before}"));
                self.execute(&format!("PRAGMA {name} = {value}")).await?;
            }
        }
        Ok(())
    }

    pub(super) async fn introspect(&mut self) -> Result<Schema, Error> {
        crate::dialect::sqlite::introspect::introspect(&mut **self.held.get()?).await
    }

    pub(super) async fn has_table(&mut self, schema: Option<&str>, name: &str) -> Result<bool> {
        let schema = schema.unwrap_or("main").replace('"', "\"\"");
        let sql = format!(
            "SELECT 1 FROM \"{schema}\".sqlite_master WHERE type = 'table' AND lower(name) = lower(?1)"
        );
        Ok(!self.query(&sql, &[Some(name)]).await?.is_empty())
    }

    /// What stops a statement that runs. It is asked every thousand steps of the database's own
    /// machine, which takes no time that can be measured.
    pub(super) async fn brake(&mut self) -> Result<Brake> {
        if let Some(brake) = &self.brake {
            return Ok(Brake::clone(brake));
        }
        let brake = Brake::default();
        let asked = Brake::clone(&brake);
        let mut held = self.held.get()?;
        let mut handle = held.lock_handle().await.map_err(|error| failure(&error, ""))?;
        handle.set_progress_handler(1000, move || !asked.load(Ordering::Relaxed));
        drop(handle);
        self.brake = Some(Brake::clone(&brake));
        Ok(brake)
    }

    /// What stands under this name: its kind and a column in each row.
    pub(super) async fn relation(
        &mut self,
        schema: Option<&str>,
        name: &str,
    ) -> Result<Vec<TextRow>> {
        let schema = schema.unwrap_or("main");
        let (quoted, literal) = (schema.replace('"', "\"\""), schema.replace('\'', "''"));
        let sql = format!(
            "SELECT m.type, c.name FROM \"{quoted}\".sqlite_master m \
             JOIN pragma_table_info(m.name, '{literal}') c \
             WHERE m.type IN ('table', 'view') AND lower(m.name) = lower(?1)"
        );
        self.query(&sql, &[Some(name)]).await
    }

    /// Runs a statement; false when another connection holds the lock it needs.
    async fn unless_busy(&mut self, sql: &str) -> Result<bool> {
        match self.execute(sql).await {
            Ok(_) => Ok(true),
            Err(failure) if failure.busy => Ok(false),
            Err(failure) => Err(failure),
        }
    }

    /// Begins a transaction that the driver knows of. False when another connection is writing.
    pub(super) async fn begin(&mut self) -> Result<bool> {
        not_busy(self.held.begin(BEGIN).await, BEGIN)
    }

    /// Commits. False when another connection is in the way.
    pub(super) async fn commit(&mut self) -> Result<bool> {
        match self.held.depth() {
            0 => self.unless_busy("COMMIT").await,
            _ => not_busy(self.held.commit().await, "COMMIT"),
        }
    }

    /// Lends the transaction that is open.
    pub(super) async fn lend(&mut self) -> Result<Loan<sqlx::Sqlite>> {
        self.execute(STEP).await?;
        self.held.get()
    }

    pub(super) async fn take_back(&mut self) -> Result<()> {
        match self.held.depth() {
            2.. => Err(step::left_open()),
            _ => self.execute(END_OF_STEP).await.map(|_| ()),
        }
    }

    pub(super) async fn rollback(&mut self) -> Result<()> {
        while self.held.depth() > 0 {
            let Err(error) = self.held.rollback().await else { continue };
            match failure(&error, "ROLLBACK") {
                // It rolled back by itself, of which the driver does not know.
                gone if gone.message.contains("no transaction is active") => {
                    self.execute("BEGIN").await?;
                }
                other => return Err(other),
            }
        }
        match self.execute("ROLLBACK").await {
            // Some failures, such as a full disk, make SQLite roll back by itself.
            Err(failure) if failure.message.contains("no transaction is active") => Ok(()),
            other => other.map(|_| ()),
        }
    }

    pub(super) async fn close(self) -> Result<()> {
        self.held.close().await.map_err(|error| failure(&error, ""))
    }
}

/// The beginning of a transaction that may write.
const BEGIN: &str = "BEGIN IMMEDIATE";

fn not_busy(done: std::result::Result<(), sqlx::Error>, sql: &str) -> Result<bool> {
    match done.map_err(|error| failure(&error, sql)) {
        Ok(()) => Ok(true),
        Err(failure) if failure.busy => Ok(false),
        Err(failure) => Err(failure),
    }
}

impl std::fmt::Debug for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Connection").finish_non_exhaustive()
    }
}

fn arguments(values: Vec<Option<String>>) -> std::result::Result<SqliteArguments, sqlx::Error> {
    let mut arguments = SqliteArguments::default();
    for value in values {
        sqlx::Arguments::add(&mut arguments, value).map_err(sqlx::Error::Encode)?;
    }
    Ok(arguments)
}

fn text_row(row: &SqliteRow) -> std::result::Result<TextRow, sqlx::Error> {
    // Unchecked, because SQLite turns a number into text by itself.
    (0..row.len()).map(|at| row.try_get_unchecked::<Option<String>, _>(at)).collect()
}

/// What to do about a failure, by SQLite's primary result code, where it needs a word.
fn help(code: i32) -> Option<&'static str> {
    match code {
        BUSY | LOCKED => Some("another connection has locked the database; wait for it to end"),
        READ_ONLY => Some("the file, its folder or the connection allows reading only"),
        IO_FAILED => Some("the disk failed, or a limit on the size of files was reached"),
        CORRUPT => {
            Some("the file is damaged: `PRAGMA integrity_check` says where; restore a backup")
        }
        FULL => Some("make room on the disk, then run the command again"),
        CANNOT_OPEN => {
            Some("see that the file and its folder are there and that you may read and write")
        }
        NOT_A_DATABASE => Some("the file is encrypted, or is no SQLite database"),
        _ => None,
    }
}

const BUSY: i32 = 5;
const LOCKED: i32 = 6;
const READ_ONLY: i32 = 8;
const IO_FAILED: i32 = 10;
const CORRUPT: i32 = 11;
const FULL: i32 = 13;
const CANNOT_OPEN: i32 = 14;
const NOT_A_DATABASE: i32 = 26;

fn failure(error: &sqlx::Error, sql: &str) -> Failure {
    let statement = sql.to_owned();
    let Some(database) = error.as_database_error() else {
        return Failure { message: error.to_string(), statement, ..Failure::default() };
    };
    let code = database.code().and_then(|code| code.parse::<i32>().ok()).unwrap_or_default();
    let primary = code & 0xff;
    let busy = matches!(primary, BUSY | LOCKED);
    let help = help(primary).map(str::to_owned);
    let (message, code) = (database.message().to_owned(), Some(primary.to_string()));
    Failure { message, statement, help, busy, code, ..Failure::default() }
}
