//! SIGINT, SIGTERM and SIGHUP end a run between two statements, and say what is applied.

use std::process::Stdio;
use std::time::Duration;

use super::place::{Heard, Kind, Place, Said, says};
use super::tests;

tests!(
    a_signal_cancels_the_statement_and_rolls_back,
    a_signal_rolls_a_whole_run_back,
    a_signal_ends_a_repeat_between_its_rounds,
    a_signal_ends_a_statement_that_waits_outside_transactions,
    a_signal_ends_the_wait_for_another_run,
    a_second_signal_ends_at_once,
    what_is_ignored_at_the_start_stays_ignored,
);

/// A statement that would run for ever, and writes nothing meanwhile.
fn endless(kind: Kind) -> &'static str {
    match kind {
        Kind::Sqlite => {
            "INSERT INTO t WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) \
             SELECT count(*) FROM c;"
        }
        Kind::Postgres => "INSERT INTO t SELECT 1 FROM pg_sleep(300);",
        Kind::Mysql => {
            "INSERT INTO t SELECT max(a.n + l.n) FROM digits a, digits b, digits c, digits d, \
             digits e, digits f, digits g, digits h, digits i, digits j, digits k, digits l;"
        }
    }
}

/// One revision that is quick, one that begins well and then does not end.
fn revisions(place: &Place) {
    let digits = "CREATE TABLE digits (n INTEGER);\nINSERT INTO digits VALUES (0), (1), (2), (3), \
                  (4), (5), (6), (7), (8), (9);";
    place.revision("a1", "", &format!("CREATE TABLE t (n INTEGER);\n{digits}"), "DROP TABLE t;");
    let slow = format!("INSERT INTO t VALUES (-1);\n{}", endless(place.kind));
    place.revision("b2", "a1", &slow, "SELECT 1;");
}

/// Starts the program, and waits until it says these words and a little longer.
fn begun(place: &Place, words: &[&str], until: &str) -> Heard {
    let mut heard = Heard::new(place.started(words));
    heard.until(until);
    std::thread::sleep(Duration::from_millis(200));
    heard
}

async fn a_signal_cancels_the_statement_and_rolls_back(place: Place) {
    revisions(&place);
    for (turn, signal) in ["TERM", "INT", "HUP"].into_iter().enumerate() {
        // The first statement is done when its time is told.
        let heard = begun(&place, &["-v", "upgrade"], "b2 1/2 INSERT INTO t VALUES (-1) (");
        heard.signal(signal);
        let Said { code, text } = heard.ends();
        assert_eq!(code, Some(2), "{text}");
        let stopped = format!("error: stopped by SIG{signal}");
        let nothing = "nothing of the upgrade of b2 was kept; the database is at a1";
        says(&text, &[&stopped, nothing, "run `autogen upgrade` again; it goes on from there"]);
        place.alone().await;
        assert_eq!(place.applied().await, ["a1"]);
        assert_eq!(place.one("SELECT count(*) FROM t").await, "0");
        let log = place.log().await;
        let last = format!("b2 upgrade Interrupted(\"stopped by SIG{signal}\")");
        assert_eq!((log.len(), log.last()), (turn + 2, Some(&last)), "{log:?}");
    }
    place.revision("b2", "a1", "INSERT INTO t VALUES (-1);", "SELECT 1;");
    place.runs(&["upgrade"]);
    assert_eq!(place.one("SELECT count(*) FROM t").await, "1");
}

async fn a_signal_rolls_a_whole_run_back(place: Place) {
    // What MySQL cannot roll back does not stand in a run of one transaction.
    place.revision(
        "z0",
        "",
        "CREATE TABLE t (n INTEGER);\nCREATE TABLE digits (n INTEGER);\n\
        INSERT INTO digits VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9);",
        "",
    );
    place.runs(&["upgrade"]);
    place.revision("a1", "z0", "INSERT INTO t VALUES (7);", "SELECT 1;");
    place.revision("b2", "a1", endless(place.kind), "SELECT 1;");
    let words = ["-v", "upgrade", "--transaction", "run"];
    let heard = begun(&place, &words, "Running b2");
    heard.signal("TERM");
    let Said { code, text } = heard.ends();
    assert_eq!(code, Some(2), "{text}");
    says(&text, &["nothing of this run was kept; the database is at z0"]);
    place.alone().await;
    assert_eq!(place.one("SELECT count(*) FROM t").await, "0");
    let stopped = "(\"stopped by SIGTERM\")";
    let expected =
        [format!("a1 upgrade RolledBack{stopped}"), format!("b2 upgrade Interrupted{stopped}")];
    assert_eq!(place.log().await[1..], expected);
}

/// On SQLite the rounds of so small a table are over before a signal comes.
async fn a_signal_ends_a_repeat_between_its_rounds(place: Place) {
    if place.kind == Kind::Sqlite {
        return;
    }
    place.revision("a1", "", "CREATE TABLE t (n INTEGER);\nINSERT INTO t VALUES (0);", "");
    let pause = match place.kind {
        Kind::Sqlite => "",
        Kind::Postgres => " AND (SELECT pg_sleep(0.05)) IS NOT NULL",
        Kind::Mysql => " AND SLEEP(0.05) = 0",
    };
    // Each round is committed, and an endless one is seen to be so only after a while.
    let round = format!("UPDATE t SET n = n + 1 WHERE n >= 0{pause};");
    let rounds = format!("-- autogen: step autocommit\n-- autogen: repeat\n{round}");
    place.revision("b2", "a1", &rounds, "SELECT 1;");
    let heard = begun_short(&place);
    heard.signal("INT");
    let Said { code, text } = heard.ends();
    assert_eq!(code, Some(2), "{text}");
    says(&text, &["stopped by SIGINT", "0 of the 1 statements of b2 are committed"]);
    place.alone().await;
    let done: u32 = place.one("SELECT n FROM t").await.parse().expect("a number");
    assert!((1..16).contains(&done), "{done} rounds");
}

fn begun_short(place: &Place) -> Heard {
    let mut heard = Heard::new(place.started(&["-v", "upgrade"]));
    heard.until(": 1 row");
    heard
}

/// On SQLite nothing waits outside transactions but for the whole database.
async fn a_signal_ends_a_statement_that_waits_outside_transactions(place: Place) {
    if place.kind == Kind::Sqlite {
        return;
    }
    revisions(&place);
    place.runs(&["upgrade", "a1"]);
    let build = match place.kind {
        Kind::Postgres => "-- autogen: step autocommit\nCREATE INDEX CONCURRENTLY i ON t (n);",
        Kind::Sqlite | Kind::Mysql => "CREATE INDEX i ON t (n);",
    };
    place.revision("b2", "a1", build, "DROP INDEX i;");
    let mut other = place.db().await;
    other.begin().await.expect("a transaction");
    other.execute("INSERT INTO t VALUES (1)").await.expect("it is in the way now");
    let heard = begun(&place, &["-v", "upgrade", "--lock-timeout", "60s"], "Running b2");
    heard.signal("TERM");
    let Said { code, text } = heard.ends();
    assert_eq!(code, Some(2), "{text}");
    says(&text, &["stopped by SIGTERM", "0 of the 1 statements of b2 are committed, and nothing"]);
    other.rollback().await.expect("it ends");
    other.close().await.expect("it ends");
    place.alone().await;
    says(&place.ran(&["current"]).text, &["the upgrade of b2 was begun and is not finished"]);
    place.runs(&["upgrade"]);
    let log = place.log().await;
    assert_eq!(
        log[1..],
        ["b2 upgrade Interrupted(\"stopped by SIGTERM\")".to_owned(), "b2 upgrade Done".to_owned()]
    );
}

async fn a_signal_ends_the_wait_for_another_run(place: Place) {
    revisions(&place);
    let first = begun(&place, &["-v", "upgrade"], "Running b2");
    let second = begun(&place, &["upgrade", "--lock-timeout", "300ms"], "Waiting for a lock");
    second.signal("TERM");
    let Said { code, text } = second.ends();
    assert_eq!(code, Some(2), "{text}");
    says(&text, &["stopped by SIGTERM"]);
    first.signal("TERM");
    says(&first.ends().text, &["stopped by SIGTERM", "the database is at a1"]);
}

/// Another connection keeps the program from writing: on SQLite it waits for that until its time is
/// over, and hears nothing but signals. Servers cancel what waits.
async fn a_second_signal_ends_at_once(place: Place) {
    if place.kind != Kind::Sqlite {
        return;
    }
    revisions(&place);
    place.runs(&["upgrade", "a1"]);
    let mut other = place.db().await;
    assert!(other.begin().await.expect("a transaction"), "nobody else writes");
    let mut child = place.program(&["upgrade", "--lock-timeout", "60s"]);
    let child = child.stderr(Stdio::piped()).spawn().expect("the program starts");
    std::thread::sleep(Duration::from_millis(500));
    let mut heard = Heard::new(child);
    heard.signal("INT");
    heard.until("SIGINT: ending after the statement that runs");
    heard.signal("INT");
    let Said { code, text } = heard.ends();
    assert_eq!(code, Some(2), "{text}");
    says(&text, &["ended at once by SIGINT", "run the command again"]);
    other.rollback().await.expect("it ends");
    assert_eq!(place.applied().await, ["a1"]);
}

async fn what_is_ignored_at_the_start_stays_ignored(place: Place) {
    let pause = match place.kind {
        Kind::Sqlite => {
            "CREATE TABLE t AS WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c \
             LIMIT 3000000) SELECT count(*) FROM c;"
        }
        Kind::Postgres => "SELECT pg_sleep(1);",
        Kind::Mysql => "SELECT SLEEP(1);",
    };
    place.revision("a1", "", pause, "SELECT 1;");
    let line = "trap '' HUP; autogen upgrade & sleep 0.3; kill -HUP $!; wait $!";
    let said = place.shell(line);
    assert_eq!(said.code, Some(0), "{}", said.text);
    says(&said.text, &["Applied a1"]);
}
