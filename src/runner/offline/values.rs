//! What only the server knows while a script runs: the time, the user, the key of an attempt. The
//! ledger's own statements get marks in their places, which expressions take.

use super::super::Engine;
use super::super::ledger::Ledger;

/// Marks that no text has: the character is none.
pub(super) const NOW: &str = "\u{fdd0}now";
pub(super) const USER: &str = "\u{fdd0}user";
pub(super) const NEW_ATTEMPT: &str = "\u{fdd0}new attempt";
pub(super) const SAME_ATTEMPT: &str = "\u{fdd0}same attempt";

/// The statement with expressions in the place of marks. `revision` is what the attempt is about.
pub(super) fn filled(sql: &str, engine: Engine, ledger: &Ledger, revision: &str) -> String {
    let mut sql = whole_lines(sql, engine);
    let same = same_attempt(engine, ledger, revision);
    for (mark, expression) in [
        (NOW, now(engine)),
        (USER, user(engine)),
        (NEW_ATTEMPT, new_attempt(engine)),
        (SAME_ATTEMPT, same.as_str()),
    ] {
        if sql.contains(mark) {
            sql = sql.replace(&format!("'{mark}'"), expression);
        }
    }
    sql
}

/// Clients take away what stands before the end of a line; outside of texts the ledger's own
/// statements have none.
fn whole_lines(sql: &str, engine: Engine) -> String {
    match engine {
        Engine::Postgres => sql.to_owned(),
        Engine::Mysql => sql.replace('\r', "\\r"),
        Engine::Sqlite => sql.replace('\r', "' || char(13) || '"),
    }
}

/// The time in UTC, as a run writes it.
fn now(engine: Engine) -> &'static str {
    match engine {
        Engine::Sqlite => "strftime('%Y-%m-%dT%H:%M:%fZ', 'now')",
        Engine::Postgres => {
            "to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')"
        }
        Engine::Mysql => {
            "CONCAT(LEFT(DATE_FORMAT(UTC_TIMESTAMP(3), '%Y-%m-%dT%H:%i:%s.%f'), 23), 'Z')"
        }
    }
}

/// By whom: the database's user, as SQLite has none.
fn user(engine: Engine) -> &'static str {
    match engine {
        Engine::Sqlite => "'offline'",
        Engine::Postgres => "session_user || '@offline'",
        Engine::Mysql => "CONCAT(SUBSTRING_INDEX(USER(), '@', 1), '@offline')",
    }
}

/// The statement that makes a key for an attempt, where the expression cannot.
pub(super) fn before_attempt(engine: Engine) -> Option<&'static str> {
    let sql = "SET @autogen_attempt = LEFT(SHA2(CONCAT(UUID(), RAND()), 256), 16)";
    (engine == Engine::Mysql).then_some(sql)
}

fn new_attempt(engine: Engine) -> &'static str {
    match engine {
        Engine::Sqlite => "lower(hex(randomblob(8)))",
        Engine::Postgres => "substr(md5(random()::text || clock_timestamp()::text), 1, 16)",
        Engine::Mysql => "@autogen_attempt",
    }
}

/// MySQL reads no table that it inserts into.
fn same_attempt(engine: Engine, ledger: &Ledger, revision: &str) -> String {
    if engine == Engine::Mysql {
        return "@autogen_attempt".to_owned();
    }
    let [_, log] = ledger.tables();
    format!(
        "(SELECT attempt FROM {log} WHERE revision = {} AND event = 'started' ORDER BY sequence \
         DESC LIMIT 1)",
        whole_lines(&ledger.text(revision), engine)
    )
}
