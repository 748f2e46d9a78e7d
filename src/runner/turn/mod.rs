//! The turn: one run at a time on a database with a server. It is a lock by name that a second
//! connection holds while the run lasts, and that is seen to be held before anything is committed.
//!
//! What makes a lost turn harmless is another lock: each transaction that writes to the ledger
//! takes it for its own duration and reads the ledger again under it.

mod mysql;
mod postgres;

use std::time::{Duration, Instant};

use autogen_model::Diagnostic;

use super::interrupt::{self, Interrupt};
use super::{Engine, Options, Progress, Run};
use crate::db::{self, Database};
use crate::error::{Error, Kind, Result};

/// The right to run.
pub(super) struct Turn {
    db: Database,
    engine: Engine,
    /// The server's process of that connection.
    pid: String,
    key: String,
}

/// What two runs of one ledger must not do at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Exclusive {
    /// To run revisions.
    Run,
    /// To write to the ledger, or to run a statement outside transactions.
    Write,
}

/// What PostgreSQL calls the lock of those who run revisions of a ledger.
pub(super) fn postgres_key(ledger: &str) -> String {
    postgres::key(ledger, Exclusive::Run)
}

/// What a lock is called in SQL.
fn key(run: &Run<'_>, what: Exclusive) -> String {
    let ledger = run.ledger.full_name();
    match run.engine {
        Engine::Mysql => mysql::key(&ledger, what),
        Engine::Postgres | Engine::Sqlite => postgres::key(&ledger, what),
    }
}

/// What was found when the lock of those who write was asked for.
pub(super) struct Asked {
    /// Whether it was taken.
    pub(super) taken: bool,
    /// Whether the turn is held still.
    pub(super) held: bool,
}

/// Takes the lock of those who write, in the transaction that is open or else in the session, if
/// nobody has it.
pub(super) async fn ask_to_write(run: &mut Run<'_>, in_transaction: bool) -> db::Result<Asked> {
    let key = key(run, Exclusive::Write);
    let lock = match run.engine {
        Engine::Mysql => mysql::lock(&key),
        Engine::Postgres | Engine::Sqlite => postgres::lock(&key, in_transaction),
    };
    let held = run.turn.as_ref().map_or_else(|| "1 = 1".to_owned(), Turn::is_held);
    let pid = match run.engine {
        Engine::Mysql => "CONNECTION_ID()",
        Engine::Postgres | Engine::Sqlite => "pg_backend_pid()",
    };
    let rows = run.db.query_text_rows(&format!("SELECT {lock}, {held}, {pid}"), &[]).await?;
    let mut row = rows.into_iter().flatten();
    let (taken, held) = (is_true(row.next()), is_true(row.next()));
    run.pid = row.next().flatten().unwrap_or_default();
    Ok(Asked { taken, held })
}

/// Gives back the lock of those who write, where it is the session's.
pub(super) async fn end_writing(run: &mut Run<'_>, in_transaction: bool) -> db::Result<()> {
    let key = key(run, Exclusive::Write);
    let sql = match run.engine {
        Engine::Mysql => format!("DO RELEASE_LOCK({key})"),
        Engine::Postgres if !in_transaction => format!("SELECT pg_advisory_unlock({key})"),
        Engine::Postgres | Engine::Sqlite => return Ok(()),
    };
    run.db.execute(&sql).await.map(|_| ())
}

/// Whether the turn is held.
pub(super) async fn is_held(run: &mut Run<'_>) -> db::Result<bool> {
    let Some(turn) = &run.turn else { return Ok(true) };
    let rows = run.db.query_text_rows(&format!("SELECT {}", turn.is_held()), &[]).await?;
    Ok(is_true(rows.into_iter().flatten().next()))
}

/// Servers differ in how they print a truth.
fn is_true(cell: Option<Option<String>>) -> bool {
    matches!(cell.flatten().as_deref(), Some("t" | "1"))
}

/// The first pause before a statement is cancelled once more.
const CANCEL: Duration = Duration::from_millis(50);

/// The longest pause between two looks.
const LONGEST: Duration = Duration::from_millis(500);

/// Waits in growing, uneven steps for another run to end.
pub(super) struct Wait<'a> {
    until: Option<Instant>,
    next: Duration,
    interrupt: Option<&'a Interrupt>,
}

impl<'a> Wait<'a> {
    /// As long as the options say; zero is for ever.
    pub(super) fn of(options: &'a Options) -> Self {
        let patience = options.queue_timeout;
        let until = (!patience.is_zero()).then(|| Instant::now() + patience);
        let interrupt = options.interrupt.as_ref();
        Self { until, next: Duration::from_millis(20), interrupt }
    }

    /// False when the time is over. Fails when the run is asked to end.
    pub(super) async fn pause(&mut self) -> Result<bool> {
        if self.until.is_some_and(|until| Instant::now() >= until) {
            return Ok(false);
        }
        let spread = u64::try_from(self.next.as_millis()).unwrap_or(1).max(1);
        let jitter = getrandom::u64().unwrap_or_default() % spread;
        interrupt::sleep(self.interrupt, self.next + Duration::from_millis(jitter)).await?;
        self.next = (self.next * 2).min(LONGEST);
        Ok(true)
    }
}

/// Takes the turn, after those who have it. None where the database itself lets one write at a
/// time.
pub(super) async fn take(run: &mut Run<'_>) -> Result<Option<Turn>> {
    if run.engine == Engine::Sqlite {
        return Ok(None);
    }
    let Some(db) = run.db.another().await? else { return Ok(None) };
    let key = key(run, Exclusive::Run);
    let mut turn = Turn { db, engine: run.engine, pid: String::new(), key };
    let mut wait = Wait::of(run.options);
    let mut told = false;
    while !turn.try_once().await? {
        if !std::mem::replace(&mut told, true) {
            run.progress.waiting();
        }
        if !wait.pause().await? {
            return Err(turn.refused().await);
        }
    }
    if !turn.db.is_direct() {
        has_room(run).await?;
    }
    Ok(Some(turn))
}

/// Behind a pooler the turn keeps one connection of its pool; the run needs another.
async fn has_room(run: &mut Run<'_>) -> Result<()> {
    let patience = Duration::from_secs(10);
    match tokio::time::timeout(patience, run.db.query_text_rows("SELECT 1", &[])).await {
        Ok(answer) => Ok(answer.map(|_| ())?),
        Err(_) => {
            let message = "the pooler lends one connection, and a run needs two at once";
            Err(Error::new(Kind::Database, message)
                .help("raise the size of its pool, or connect straight to the server"))
        }
    }
}

impl Turn {
    async fn try_once(&mut self) -> Result<bool> {
        let local = !self.db.is_direct();
        if local {
            self.db.begin().await?;
        }
        let sql = match self.engine {
            Engine::Mysql => mysql::take(&self.key),
            Engine::Postgres | Engine::Sqlite => postgres::take(&self.key, local),
        };
        let rows = self.db.query_text_rows(&sql, &[]).await?;
        let mut row = rows.into_iter().flatten();
        let taken = is_true(row.next());
        self.pid = row.next().flatten().unwrap_or_default();
        if !taken && local {
            // Those who wait must leave the pool's connections to those who work.
            self.db.rollback().await?;
        }
        Ok(taken)
    }

    async fn refused(&mut self) -> Error {
        let holders = match self.engine {
            Engine::Mysql => mysql::holders(&mut self.db, &self.key).await,
            Engine::Postgres | Engine::Sqlite => postgres::holders(&mut self.db, &self.key).await,
        };
        let message = "another run on this database does not come to its end";
        let error = Error::new(Kind::Database, message);
        let error = holders.unwrap_or_default().into_iter().fold(error, Error::help);
        error.help("wait for it, or raise `queue_timeout` under [upgrade]")
    }

    /// A condition on the sessions of the server: the turn is held. Asked on any connection.
    fn is_held(&self) -> String {
        match self.engine {
            Engine::Mysql => mysql::is_held(&self.key, &self.pid),
            Engine::Postgres | Engine::Sqlite => postgres::is_held(&self.key, &self.pid),
        }
    }

    /// Those who block the process of this number, a line each.
    async fn blockers(&mut self, pid: &str) -> db::Result<Vec<String>> {
        match self.engine {
            Engine::Mysql => mysql::blockers(&mut self.db, pid).await,
            Engine::Postgres | Engine::Sqlite => postgres::blockers(&mut self.db, pid).await,
        }
    }

    /// Runs to the end what may be blocked by other sessions, and notes who they are meanwhile.
    pub(super) async fn watching<T>(
        &mut self,
        work: impl Future<Output = db::Result<T>>,
        watch: &mut Watch<'_>,
    ) -> db::Result<T> {
        let mut work = std::pin::pin!(work);
        let (mut pause, mut cancels) = (watch.first, false);
        let done = loop {
            tokio::select! {
                biased;
                done = &mut work => break done,
                () = interrupt::requested(watch.interrupt), if !cancels => {
                    (pause, cancels) = (CANCEL, true);
                }
                () = tokio::time::sleep(pause) => {}
            }
            if cancels {
                // One that comes before the statement has begun is lost, hence again and again;
                // what cannot be cancelled is waited for.
                let _ = self.cancel(watch.pid).await;
                pause = (pause * 2).min(LONGEST);
                continue;
            }
            // What cannot be asked is not known; the work goes on.
            let found = self.blockers(watch.pid).await.unwrap_or_default();
            if !found.is_empty() {
                watch.blocked(&found);
            }
            pause = (pause * 2).min(watch.longest);
        };
        let nobody_seen = watch.blockers.is_empty();
        if nobody_seen && done.as_ref().is_err_and(|failure| failure.busy) {
            *watch.blockers = self.suspects(watch.pid).await.unwrap_or_default();
        }
        done
    }

    /// Stops the statement that the process of this number runs.
    async fn cancel(&mut self, pid: &str) -> db::Result<()> {
        let sql = match self.engine {
            Engine::Mysql => format!("KILL QUERY {pid}"),
            Engine::Postgres | Engine::Sqlite => format!("SELECT pg_cancel_backend({pid})"),
        };
        self.db.execute(&sql).await.map(|_| ())
    }

    /// Those who may have blocked the process of this number, where nobody was seen to.
    async fn suspects(&mut self, pid: &str) -> db::Result<Vec<String>> {
        match self.engine {
            Engine::Mysql => mysql::suspects(&mut self.db, pid).await,
            // This server always tells.
            Engine::Postgres | Engine::Sqlite => Ok(Vec::new()),
        }
    }

    pub(super) async fn give_back(self) {
        // The server frees the lock with the connection, however that ends.
        let _ = self.db.close().await;
    }
}

/// What is watched, and what is seen.
pub(super) struct Watch<'a> {
    /// The server's process of the work.
    pub(super) pid: &'a str,
    first: Duration,
    longest: Duration,
    /// Who was last seen to block it.
    pub(super) blockers: &'a mut Vec<String>,
    interrupt: Option<&'a Interrupt>,
    /// Who hears of it at once, where nothing ends the wait.
    endless: Option<&'a mut dyn Progress>,
}

impl<'a> Watch<'a> {
    pub(super) fn new(pid: &'a str, options: &'a Options, blockers: &'a mut Vec<String>) -> Self {
        let limit = match options.lock_timeout.is_zero() {
            true => Duration::from_secs(10),
            false => options.lock_timeout,
        };
        let first = (limit / 10).min(Duration::from_millis(500)).max(Duration::from_millis(10));
        let (longest, interrupt) = ((limit / 3).max(first), options.interrupt.as_ref());
        Self { pid, first, longest, blockers, interrupt, endless: None }
    }

    /// Nothing ends the wait but the end of those who block.
    pub(super) fn endless(mut self, progress: &'a mut dyn Progress) -> Self {
        self.endless = Some(progress);
        self
    }

    fn blocked(&mut self, found: &[String]) {
        if found != self.blockers.as_slice()
            && let Some(progress) = &mut self.endless
        {
            let report = Diagnostic::new("the statement waits for other sessions to end");
            let report = found.iter().fold(report, |report, line| report.help(line));
            progress.warning(&report);
        }
        found.clone_into(self.blockers);
    }
}

/// What is known of a session: the server's number for it first, and how long ago in seconds what it
/// does now began last.
struct Seen {
    pid: String,
    user: Option<String>,
    address: Option<String>,
    application: Option<String>,
    state: Option<String>,
    seconds: Option<String>,
}

/// A session in a sentence. Its statement may hold what nobody should read in a log.
fn session(seen: Seen) -> String {
    let mut text = format!("session {}", seen.pid);
    let known = |value: Option<String>| value.filter(|text| !text.is_empty());
    for (word, value) in
        [("of", seen.user), ("from", seen.address), ("application", seen.application)]
    {
        if let Some(value) = known(value) {
            text.push_str(&format!(" {word} {value}"));
        }
    }
    if let Some(state) = known(seen.state) {
        text.push_str(&format!(", {state}"));
    }
    if let Some(seconds) = known(seen.seconds) {
        text.push_str(&format!(", its last statement began {seconds} s ago"));
    }
    text
}
