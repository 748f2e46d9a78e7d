//! The turn: one run at a time on a database with a server. It is an advisory lock that a second
//! connection holds while the run lasts, and that is seen to be held before anything is committed.
//!
//! A lock of the session would block nobody behind a pooler that lends sessions for a transaction
//! each; there the second connection keeps a transaction open, and the lock is that transaction's.
//! What makes a lost turn harmless is another lock: each transaction that writes to the ledger
//! takes it for its own duration and reads the ledger again under it.

use std::time::{Duration, Instant};

use autogen_model::Diagnostic;
use sha2::{Digest as _, Sha256};

use super::{Engine, Options, Progress, Run};
use crate::db::{self, Database};
use crate::error::{Error, Kind, Result};

/// The right to run.
pub(super) struct Turn {
    db: Database,
    /// The server's process of that connection.
    pid: String,
    key: i64,
}

/// What two runs of one ledger must not do at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Exclusive {
    /// To run revisions.
    Run,
    /// To write to the ledger, or to run a statement outside transactions.
    Write,
}

/// The key of an advisory lock. The server keeps the keys of each database apart.
pub(super) fn key(ledger: &str, what: Exclusive) -> i64 {
    let hash = Sha256::digest(format!("autogen {what:?} {ledger}"));
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&hash[..8]);
    i64::from_be_bytes(bytes)
}

/// The longest pause between two looks.
const LONGEST: Duration = Duration::from_millis(500);

/// Waits in growing, uneven steps until a moment.
pub(super) struct Wait {
    until: Option<Instant>,
    next: Duration,
}

impl Wait {
    /// Zero is for ever.
    pub(super) fn of(duration: Duration) -> Self {
        let until = (!duration.is_zero()).then(|| Instant::now() + duration);
        Self { until, next: Duration::from_millis(20) }
    }

    /// False when the time is over.
    pub(super) async fn pause(&mut self) -> bool {
        if self.until.is_some_and(|until| Instant::now() >= until) {
            return false;
        }
        let spread = u64::try_from(self.next.as_millis()).unwrap_or(1).max(1);
        let jitter = getrandom::u64().unwrap_or_default() % spread;
        tokio::time::sleep(self.next + Duration::from_millis(jitter)).await;
        self.next = (self.next * 2).min(LONGEST);
        true
    }
}

/// Takes the turn, after those who have it. None where the database itself lets one write at a
/// time.
pub(super) async fn take(run: &mut Run<'_>) -> Result<Option<Turn>> {
    if run.engine == Engine::Sqlite {
        return Ok(None);
    }
    let Some(db) = run.db.another().await? else { return Ok(None) };
    let key = key(&run.ledger.full_name(), Exclusive::Run);
    let mut turn = Turn { db, pid: String::new(), key };
    let mut wait = Wait::of(run.options.queue_timeout);
    let mut told = false;
    while !turn.try_once().await? {
        if !std::mem::replace(&mut told, true) {
            run.progress.waiting();
        }
        if !wait.pause().await {
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
    /// A session that waits must not be ended for its idleness; behind a pooler, what is said
    /// holds for the transaction.
    async fn try_once(&mut self) -> Result<bool> {
        let local = !self.db.is_direct();
        if local {
            self.db.begin().await?;
        }
        let (lock, local_word) = match local {
            true => ("pg_try_advisory_xact_lock", "true"),
            false => ("pg_try_advisory_lock", "false"),
        };
        let sql = format!(
            "SELECT {lock}({}), pg_backend_pid(), \
             (SELECT count(set_config(name, '0', {local_word})) FROM pg_catalog.pg_settings \
              WHERE name IN ('idle_session_timeout', 'idle_in_transaction_session_timeout', \
                             'transaction_timeout'))",
            self.key
        );
        let rows = self.db.query_text_rows(&sql, &[]).await?;
        let mut row = rows.into_iter().flatten();
        let taken = row.next().flatten().as_deref() == Some("t");
        self.pid = row.next().flatten().unwrap_or_default();
        if !taken && local {
            // Those who wait must leave the pool's connections to those who work.
            self.db.rollback().await?;
        }
        Ok(taken)
    }

    async fn refused(&mut self) -> Error {
        let holders = self.sessions(&holders(self.key)).await.unwrap_or_default();
        let message = "another run on this database does not come to its end";
        let error = Error::new(Kind::Database, message);
        let error = holders.into_iter().fold(error, |error, line| error.help(line));
        error.help("wait for it, or raise `queue_timeout` under [upgrade]")
    }

    /// A condition on the sessions of the database: the turn is held. Asked on any connection.
    pub(super) fn is_held(&self) -> String {
        let (high, low) = halves(self.key);
        format!(
            "EXISTS (SELECT FROM pg_catalog.pg_locks WHERE locktype = 'advisory' AND granted \
             AND pid = {} AND classid = {high} AND objid = {low} AND objsubid = 1 \
             AND database = (SELECT oid FROM pg_catalog.pg_database \
                             WHERE datname = current_database()))",
            self.pid
        )
    }

    /// Those who block the process of this number, a line each.
    async fn blockers(&mut self, pid: &str) -> db::Result<Vec<String>> {
        let whom = format!("SELECT unnest(pg_catalog.pg_blocking_pids({pid}))");
        self.sessions(&whom).await
    }

    async fn sessions(&mut self, pids: &str) -> db::Result<Vec<String>> {
        // Within a transaction the server would give the same picture again and again.
        self.db.query_text_rows("SELECT pg_catalog.pg_stat_clear_snapshot()", &[]).await?;
        let sql = format!(
            "SELECT DISTINCT b.pid, a.usename, a.application_name, a.client_addr, a.state, \
             floor(extract(epoch FROM clock_timestamp() - a.query_start))::bigint \
             FROM ({pids}) b(pid) LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = b.pid \
             ORDER BY b.pid LIMIT 10"
        );
        let rows = self.db.query_text_rows(&sql, &[]).await?;
        Ok(rows.into_iter().map(session).collect())
    }

    /// Runs to the end what may be blocked by other sessions, and notes who they are meanwhile.
    pub(super) async fn watching<T>(
        &mut self,
        work: impl Future<Output = T>,
        watch: &mut Watch<'_>,
    ) -> T {
        let mut work = std::pin::pin!(work);
        let mut pause = watch.first;
        loop {
            tokio::select! {
                biased;
                done = &mut work => return done,
                () = tokio::time::sleep(pause) => {}
            }
            // What cannot be asked is not known; the work goes on.
            let found = self.blockers(watch.pid).await.unwrap_or_default();
            if !found.is_empty() {
                watch.blocked(&found);
            }
            pause = (pause * 2).min(watch.longest);
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
    /// Who hears of it at once, where nothing ends the wait.
    endless: Option<&'a mut dyn Progress>,
}

impl<'a> Watch<'a> {
    pub(super) fn new(pid: &'a str, options: &Options, blockers: &'a mut Vec<String>) -> Self {
        let limit = match options.lock_timeout.is_zero() {
            true => Duration::from_secs(10),
            false => options.lock_timeout,
        };
        let first = (limit / 3).min(Duration::from_millis(500)).max(Duration::from_millis(10));
        Self { pid, first, longest: (limit / 3).max(first), blockers, endless: None }
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

/// The numbers under which the server lists a key.
fn halves(key: i64) -> (u32, u32) {
    let [a, b, c, d, e, f, g, h] = key.to_be_bytes();
    (u32::from_be_bytes([a, b, c, d]), u32::from_be_bytes([e, f, g, h]))
}

fn holders(key: i64) -> String {
    let (high, low) = halves(key);
    format!(
        "SELECT pid FROM pg_catalog.pg_locks WHERE locktype = 'advisory' AND granted \
         AND classid = {high} AND objid = {low} AND objsubid = 1"
    )
}

/// A session in a sentence. Its statement may hold what nobody should read in a log.
fn session(row: Vec<Option<String>>) -> String {
    let mut row = row.into_iter();
    let mut next = || row.next().flatten().filter(|text| !text.is_empty());
    let pid = next().unwrap_or_default();
    if pid == "0" {
        return "a prepared transaction blocks it: see pg_prepared_xacts".to_owned();
    }
    let (user, application, address) = (next(), next(), next());
    let (state, seconds) = (next(), next());
    let mut text = format!("session {pid}");
    for (word, value) in [("of", user), ("from", address), ("application", application)] {
        if let Some(value) = value {
            text.push_str(&format!(" {word} {value}"));
        }
    }
    if let Some(state) = state {
        text.push_str(&format!(", {state}"));
    }
    if let Some(seconds) = seconds {
        text.push_str(&format!(", its last statement began {seconds} s ago"));
    }
    text
}
