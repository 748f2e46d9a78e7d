//! PostgreSQL's locks by name: advisory locks. The server keeps the keys of each database apart.
//!
//! A lock of the session would block nobody behind a pooler that lends sessions for a transaction
//! each; there the second connection keeps a transaction open, and the lock is that transaction's.

use sha2::{Digest as _, Sha256};

use super::{Exclusive, Seen, session};
use crate::db::{self, Database};

/// The number that stands for the lock.
pub(super) fn key(ledger: &str, what: Exclusive) -> String {
    let hash = Sha256::digest(format!("autogen {what:?} {ledger}"));
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&hash[..8]);
    i64::from_be_bytes(bytes).to_string()
}

/// Takes the turn and says for whom. A session that waits must not be ended for its idleness; behind
/// a pooler, what is said holds for the transaction.
pub(super) fn take(key: &str, local: bool) -> String {
    let word = if local { "true" } else { "false" };
    format!(
        "SELECT {}, pg_backend_pid(), \
         (SELECT count(set_config(name, '0', {word})) FROM pg_catalog.pg_settings \
          WHERE name IN ('idle_session_timeout', 'idle_in_transaction_session_timeout', \
                         'transaction_timeout'))",
        lock(key, local)
    )
}

/// Takes the lock if nobody has it.
pub(super) fn lock(key: &str, in_transaction: bool) -> String {
    let word = if in_transaction { "xact_" } else { "" };
    format!("pg_try_advisory_{word}lock({key})")
}

/// Whether this process holds the lock.
pub(super) fn is_held(key: &str, pid: &str) -> String {
    format!(
        "EXISTS (SELECT FROM pg_catalog.pg_locks WHERE {} AND pid = {pid} \
         AND database = (SELECT oid FROM pg_catalog.pg_database \
                         WHERE datname = current_database()))",
        granted(key)
    )
}

/// Those who hold the lock, a line each.
pub(super) async fn holders(db: &mut Database, key: &str) -> db::Result<Vec<String>> {
    let pids = format!("SELECT pid FROM pg_catalog.pg_locks WHERE {}", granted(key));
    sessions(db, &pids).await
}

/// Those who block the process of this number, a line each.
pub(super) async fn blockers(db: &mut Database, pid: &str) -> db::Result<Vec<String>> {
    sessions(db, &format!("SELECT unnest(pg_catalog.pg_blocking_pids({pid}))")).await
}

/// The server lists a key by its two halves.
fn granted(key: &str) -> String {
    let [a, b, c, d, e, f, g, h] = key.parse::<i64>().unwrap_or_default().to_be_bytes();
    let (high, low) = (u32::from_be_bytes([a, b, c, d]), u32::from_be_bytes([e, f, g, h]));
    format!(
        "locktype = 'advisory' AND granted AND classid = {high} AND objid = {low} AND objsubid = 1"
    )
}

async fn sessions(db: &mut Database, pids: &str) -> db::Result<Vec<String>> {
    // Within a transaction the server would give the same picture again and again.
    db.query_text_rows("SELECT pg_catalog.pg_stat_clear_snapshot()", &[]).await?;
    let sql = format!(
        "SELECT DISTINCT b.pid, a.usename, a.application_name, a.client_addr, a.state, \
         floor(extract(epoch FROM clock_timestamp() - a.query_start))::bigint \
         FROM ({pids}) b(pid) LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = b.pid \
         ORDER BY b.pid LIMIT 10"
    );
    let rows = db.query_text_rows(&sql, &[]).await?;
    Ok(rows.into_iter().map(line).collect())
}

fn line(row: Vec<Option<String>>) -> String {
    let mut row = row.into_iter();
    let mut next = || row.next().flatten();
    let pid = next().unwrap_or_default();
    if pid == "0" {
        return "a prepared transaction blocks it: see pg_prepared_xacts".to_owned();
    }
    let (user, application, address) = (next(), next(), next());
    let (state, seconds) = (next(), next());
    session(Seen { pid, user, address, application, state, seconds })
}
