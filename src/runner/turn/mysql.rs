//! MySQL's locks by name: `GET_LOCK`. They belong to the session, whatever its transactions do, and
//! all databases of a server share their names.

use sha2::{Digest as _, Sha256};

use super::{Exclusive, Seen, session};
use crate::db::{self, Database};

/// The longest name of a lock.
const LONGEST: usize = 64;

/// The name of the lock, as a literal. Servers fold the case of such names, and maybe that of the
/// names of databases.
pub(super) fn key(ledger: &str, what: Exclusive) -> String {
    let what = match what {
        Exclusive::Run => "run",
        Exclusive::Write => "write",
    };
    let ledger = ledger.to_lowercase();
    let name = format!("autogen {what} {ledger}");
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '$' | '-' | ' ');
    match name.len() <= LONGEST && name.chars().all(plain) {
        true => format!("'{name}'"),
        false => {
            let hash = Sha256::digest(ledger);
            let hash: String = hash.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
            format!("'autogen {what} {hash}'")
        }
    }
}

/// Takes the turn and says for whom.
pub(super) fn take(key: &str) -> String {
    format!("SELECT {}, CONNECTION_ID()", lock(key))
}

/// Takes the lock if nobody has it; who takes it twice must give it back twice.
pub(super) fn lock(key: &str) -> String {
    format!("GET_LOCK({key}, 0)")
}

/// Whether this session holds the lock.
pub(super) fn is_held(key: &str, pid: &str) -> String {
    format!("IS_USED_LOCK({key}) <=> {pid}")
}

/// Those who hold the lock, a line each.
pub(super) async fn holders(db: &mut Database, key: &str) -> db::Result<Vec<String>> {
    sessions(db, &format!("IS_USED_LOCK({key})")).await
}

/// Those who block the session of this number, a line each. Servers differ in where they tell, and
/// in whom; the first that tells anything counts.
pub(super) async fn blockers(db: &mut Database, pid: &str) -> db::Result<Vec<String>> {
    // Anybody else in the database may be in the way, too.
    let waits = format!("{OTHERS} AND waiter.STATE LIKE 'Waiting for%lock%'");
    for source in SOURCES.into_iter().chain([waits.as_str()]) {
        // What is not there, or may not be read, tells nothing.
        let found = sessions(db, &source.replace("{pid}", pid)).await.unwrap_or_default();
        if !found.is_empty() {
            return Ok(found);
        }
    }
    Ok(Vec::new())
}

/// All others in the database of the session of this number, a line each. The server's list of
/// transactions may be some statements old while others read it too.
pub(super) async fn suspects(db: &mut Database, pid: &str) -> db::Result<Vec<String>> {
    let others = sessions(db, &OTHERS.replace("{pid}", pid)).await?;
    Ok(others.into_iter().map(|line| format!("maybe {line}")).collect())
}

/// A query for the numbers of all others in the database.
const OTHERS: &str = "SELECT other.ID FROM information_schema.PROCESSLIST waiter \
     JOIN information_schema.PROCESSLIST other ON other.DB = waiter.DB \
     WHERE waiter.ID = {pid} AND other.ID NOT IN ({pid}, CONNECTION_ID())";

/// Queries for the numbers of the sessions that block one.
const SOURCES: [&str; 5] = [
    // MySQL, with the performance schema on.
    "SELECT holder.PROCESSLIST_ID FROM performance_schema.threads waiter \
     JOIN performance_schema.metadata_locks wanted ON wanted.OWNER_THREAD_ID = waiter.THREAD_ID \
          AND wanted.LOCK_STATUS = 'PENDING' \
     JOIN performance_schema.metadata_locks held ON held.LOCK_STATUS = 'GRANTED' \
          AND held.OBJECT_TYPE = wanted.OBJECT_TYPE \
          AND held.OBJECT_SCHEMA <=> wanted.OBJECT_SCHEMA \
          AND held.OBJECT_NAME <=> wanted.OBJECT_NAME \
     JOIN performance_schema.threads holder ON holder.THREAD_ID = held.OWNER_THREAD_ID \
     WHERE waiter.PROCESSLIST_ID = {pid} AND holder.PROCESSLIST_ID <> {pid}",
    "SELECT holder.PROCESSLIST_ID FROM performance_schema.threads waiter \
     JOIN performance_schema.data_lock_waits w ON w.REQUESTING_THREAD_ID = waiter.THREAD_ID \
     JOIN performance_schema.threads holder ON holder.THREAD_ID = w.BLOCKING_THREAD_ID \
     WHERE waiter.PROCESSLIST_ID = {pid}",
    // MariaDB, with the plugin; it does not say for what somebody waits.
    "SELECT held.THREAD_ID FROM information_schema.PROCESSLIST waiter \
     JOIN information_schema.METADATA_LOCK_INFO held ON held.TABLE_NAME <> '' \
          AND INSTR(waiter.INFO, held.TABLE_NAME) > 0 AND held.THREAD_ID <> waiter.ID \
     WHERE waiter.ID = {pid} AND waiter.STATE LIKE 'Waiting for%metadata lock'",
    // MariaDB.
    "SELECT holder.trx_mysql_thread_id FROM information_schema.INNODB_TRX waiter \
     JOIN information_schema.INNODB_LOCK_WAITS w ON w.requesting_trx_id = waiter.trx_id \
     JOIN information_schema.INNODB_TRX holder ON holder.trx_id = w.blocking_trx_id \
     WHERE waiter.trx_mysql_thread_id = {pid}",
    // Who has an open transaction may be in the way.
    "SELECT trx.trx_mysql_thread_id FROM information_schema.INNODB_TRX trx \
     JOIN information_schema.PROCESSLIST waiter ON waiter.ID = {pid} \
     JOIN information_schema.PROCESSLIST holder ON holder.ID = trx.trx_mysql_thread_id \
     LEFT JOIN information_schema.INNODB_TRX own ON own.trx_mysql_thread_id = {pid} \
     WHERE (waiter.STATE LIKE 'Waiting for%lock%' OR own.trx_state = 'LOCK WAIT') \
          AND holder.ID <> {pid} AND holder.DB <=> waiter.DB",
];

/// The sessions of these numbers, a line each.
async fn sessions(db: &mut Database, pids: &str) -> db::Result<Vec<String>> {
    let sql = format!(
        "SELECT p.ID, p.USER, p.HOST, \
         CONCAT(IF(p.COMMAND = 'Sleep', 'idle', 'active'), ' for ', p.TIME, ' s') \
         FROM information_schema.PROCESSLIST p WHERE p.ID IN ({pids}) ORDER BY p.ID LIMIT 10"
    );
    let rows = db.query_text_rows(&sql, &[]).await?;
    let line = |row: Vec<Option<String>>| {
        let mut row = row.into_iter();
        let mut next = || row.next().flatten();
        let pid = next().unwrap_or_default();
        let (user, address, state) = (next(), next(), next());
        session(Seen { pid, user, address, application: None, state, seconds: None })
    };
    Ok(rows.into_iter().map(line).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_locks_are_short_and_plain() {
        for (ledger, expected) in [
            ("app.autogen_revisions", "'autogen run app.autogen_revisions'"),
            ("App.Ops", "'autogen run app.ops'"),
            ("it's.ops", "'autogen run a1195b46"),
        ] {
            let name = key(ledger, Exclusive::Run);
            assert!(name.starts_with(expected), "{name}");
        }
        assert!(key(&"x".repeat(200), Exclusive::Write).len() <= LONGEST + 2);
    }
}
