//! Flags of a run, and a `repeat` that does not come to its end.

use std::time::{Duration, Instant};

use super::place::{Kind, Place, says};
use super::tests;

tests!(
    the_wait_for_a_server_has_an_end,
    a_repeat_that_changes_the_same_rows_for_ever_is_stopped,
    a_plan_tells_what_would_run,
    an_attempt_that_leaves_nothing_else_is_in_the_log,
    an_attempt_whose_session_is_ended_is_in_the_log,
);

async fn the_wait_for_a_server_has_an_end(place: Place) {
    place.revision("a1", "", "SELECT 1;", "SELECT 1;");
    for command in [&["upgrade"][..], &["downgrade", "base"], &["current"], &["check"]] {
        let words = [command, &["--wait", "1m"]].concat();
        let said = place.ran(&words);
        assert_ne!(said.code, Some(2), "{words:?}: {}", said.text);
        if place.kind != Kind::Sqlite {
            // A port that nobody listens on.
            let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
            let port = listener.local_addr().expect("a port").port();
            drop(listener);
            let scheme = if place.kind == Kind::Mysql { "mysql" } else { "postgres" };
            let url = format!("{scheme}://root@127.0.0.1:{port}/app");
            let words = [command, &["--wait", "700ms", "--database-url", &url]].concat();
            let clock = Instant::now();
            let said = place.ran(&words);
            assert_eq!(said.code, Some(2), "{}", said.text);
            assert!(clock.elapsed() >= Duration::from_millis(700), "{:?}", clock.elapsed());
        }
    }
    let said = place.ran(&["upgrade", "--wait", "soon"]);
    assert_eq!(said.code, Some(2));
    says(&said.text, &["--wait", "30s"]);
}

async fn a_repeat_that_changes_the_same_rows_for_ever_is_stopped(place: Place) {
    place.revision("a1", "", "CREATE TABLE t (n INTEGER);\nINSERT INTO t VALUES (1), (2);", "");
    let endless = "UPDATE t SET n = n + 1 WHERE n > 0;";
    for step in ["", "-- autogen: step autocommit\n"] {
        place.revision("b2", "a1", &format!("{step}-- autogen: repeat\n{endless}"), "SELECT 1;");
        let said = place.ran(&["upgrade"]);
        assert_eq!(said.code, Some(2), "{}", said.text);
        says(&said.text, &["`repeat` has changed 32 rows in 16 rounds, and the table has 2"]);
        says(&said.text, &["let its condition leave out the rows that are done"]);
    }
    // One that ends may take its time.
    let rows = "UPDATE t SET n = -1 WHERE n > 0;";
    let many = "INSERT INTO t SELECT 3 FROM t WHERE (SELECT count(*) FROM t) < 100;";
    let text = format!(
        "-- autogen: step autocommit\n-- autogen: repeat\n{many}\n\
                        -- autogen: repeat\n{rows}"
    );
    if place.kind != Kind::Mysql {
        // The one that was stopped half way is where it was.
        place.revision("b2", "a1", &text, "SELECT 1;");
        place.runs(&["upgrade"]);
        assert_eq!(place.one("SELECT count(*) FROM t WHERE n > 0").await, "0");
    }
}

async fn a_plan_tells_what_would_run(place: Place) {
    place.revision("a1", "", "CREATE TABLE t (n INTEGER);", "DROP TABLE t;");
    place.revision(
        "b2",
        "a1",
        "INSERT INTO t VALUES (1);\n-- autogen: step autocommit\n\
        INSERT INTO t\nVALUES (2);",
        "DELETE FROM t;",
    );
    let output = place.program(&["-v", "upgrade", "--plan"]).output().expect("it runs");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    says(
        &text,
        &[
            "upgrade a1, Revision a1 (1 statement)\n  1  CREATE TABLE t (n INTEGER)",
            "upgrade b2, Revision b2 (2 statements)\n  1  INSERT INTO t VALUES (1)",
            "2  INSERT INTO t\n     VALUES (2)",
            "autocommit",
        ],
    );
    assert_eq!(place.status().await.state.applied().len(), 0);
}

async fn an_attempt_that_leaves_nothing_else_is_in_the_log(place: Place) {
    place.revision("a1", "", "SELECT 1;", "SELECT 1;");
    place.revision("b2", "a1", "INSERT INTO missing VALUES (1);", "SELECT 1;");
    place.ran(&["upgrade", "--transaction", "run"]);
    let log = place.log().await;
    assert_eq!(log.len(), 2, "{log:?}");
    assert!(log[0].starts_with("a1 upgrade RolledBack"), "{log:?}");
    assert!(log[1].starts_with("b2 upgrade Failed"), "{log:?}");
    assert_eq!(place.applied().await, Vec::<String>::new());
}

async fn an_attempt_whose_session_is_ended_is_in_the_log(place: Place) {
    let end = match place.kind {
        Kind::Sqlite => return,
        Kind::Postgres => "SELECT pg_terminate_backend(pg_backend_pid());",
        Kind::Mysql => "KILL CONNECTION_ID();",
    };
    place.revision("a1", "", "CREATE TABLE t (n INTEGER);", "DROP TABLE t;");
    place.revision("b2", "a1", end, "SELECT 1;");
    let said = place.ran(&["upgrade"]);
    assert_eq!(said.code, Some(2), "{}", said.text);
    let log = place.log().await;
    assert!(log[1].starts_with("b2 upgrade Failed"), "{log:?}");
}
