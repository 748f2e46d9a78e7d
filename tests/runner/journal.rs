//! Revisions of several transactions: what is done is never done twice.

use super::support::{Project, refused, says};
use autogen::runner::{self, Repair, Span, ledger::Stage};

const STEPS: &str = "CREATE TABLE t (n INTEGER);
INSERT INTO t VALUES (1);
-- autogen: step autocommit
INSERT INTO t VALUES (2);
VACUUM;
INSERT INTO t VALUES (3);
-- autogen: step
INSERT INTO missing VALUES (4);
INSERT INTO t VALUES (5);";

fn project(upgrade: &str) -> Project {
    let project = Project::new();
    project.revision("a1", "", upgrade, "DROP TABLE t;");
    project
}

#[tokio::test]
async fn a_failure_keeps_what_was_committed_and_goes_on_from_there() {
    let project = project(STEPS);
    says(
        &refused(project.upgrade().await),
        &[
            "a1.sql:13: no such table: missing",
            "5 of the 7 statements of a1 are committed, and nothing after them",
            "the database is at base, with a1 half done",
        ],
    );
    assert_eq!(project.one("SELECT n FROM t").await, "1\n2\n3");
    assert_eq!(project.applied().await, Vec::<String>::new());
    says(
        &refused(project.downgrade("").await),
        &["the upgrade of a1 was begun", "`autogen upgrade a1`"],
    );
    // The statement that failed may be mended; those that are done may not.
    project.revision("a1", "", &STEPS.replace("missing", "t"), "DROP TABLE t;");
    project.upgrade().await.expect("it goes on");
    assert_eq!(project.one("SELECT n FROM t").await, "1\n2\n3\n4\n5");
    assert_eq!(project.applied().await, ["a1"]);
    let log = project.log().await;
    assert_eq!(log.len(), 2);
    says(&log[0], &["a1 upgrade Failed("]);
    assert_eq!(log[1], "a1 upgrade Done");
}

#[tokio::test]
async fn what_is_done_must_not_be_changed() {
    let project = project(STEPS);
    refused(project.upgrade().await);
    let edited = STEPS.replace("missing", "t").replace("VALUES (2)", "VALUES (22)");
    project.revision("a1", "", &edited, "DROP TABLE t;");
    says(&refused(project.upgrade().await), &["a1 was changed after 5 of its statements were run"]);
}

#[tokio::test]
async fn a_statement_can_be_left_out_by_hand() {
    let project = project(STEPS);
    refused(project.upgrade().await);
    let mut db = project.db().await;
    let skip = Repair::SkipStatement("a1".to_owned());
    let repaired = runner::repair(&mut db, &project.graph(), &skip, &project.options).await;
    assert_eq!(repaired.expect("it is half done"), ["a1"]);
    project.upgrade().await.expect("it goes on after the statement");
    assert_eq!(project.one("SELECT n FROM t").await, "1\n2\n3\n5");
    says(
        &refused(runner::repair(&mut db, &project.graph(), &skip, &project.options).await),
        &["not half done"],
    );
}

#[tokio::test]
async fn every_point_of_a_crash_can_be_resumed() {
    // What a killed process leaves is what a failure at that point leaves, so each statement
    // fails once, in turn.
    const GOOD: &str = "CREATE TABLE t (n INTEGER UNIQUE);
-- autogen: step autocommit
INSERT INTO t VALUES (1);
PRAGMA optimize;
-- autogen: repeat
INSERT INTO t SELECT max(n) + 1 FROM t WHERE (SELECT count(*) FROM t) < 4 HAVING max(n) < 4;
-- autogen: step
INSERT INTO t VALUES (10);
-- autogen: step autocommit
INSERT INTO t VALUES (11);";
    for broken in ["VALUES (1)", "optimize", "max(n) + 1", "VALUES (10)", "VALUES (11)"] {
        let bad = match broken {
            "optimize" => GOOD.replace("PRAGMA optimize", "ATTACH 'none/none.db' AS none"),
            _ => GOOD.replace(broken, "VALUES (missing.x)"),
        };
        let project = project(&bad);
        refused(project.upgrade().await);
        project.revision("a1", "", GOOD, "DROP TABLE t;");
        project.upgrade().await.expect("it goes on");
        let rows = project.one("SELECT group_concat(n) FROM (SELECT n FROM t ORDER BY n)").await;
        assert_eq!(rows, "1,2,3,4,10,11", "{broken}");
    }
}

#[tokio::test]
async fn a_downgrade_in_steps_is_resumed_too() {
    let project = project("CREATE TABLE t (n INTEGER);");
    let down = "DELETE FROM t;\n-- autogen: step autocommit\nVACUUM;\n-- autogen: step\nDROP TABLE nothing;";
    project.revision("a1", "", "CREATE TABLE t (n INTEGER);", down);
    project.upgrade().await.expect("up");
    refused(project.downgrade("").await);
    let mut db = project.db().await;
    let status = runner::status(&mut db, &project.graph(), &project.options).await;
    let state = status.expect("a status").state;
    let stage = state.entries.get("a1").map(|entry| entry.stage.clone());
    assert!(matches!(stage, Some(Stage::Half { done: 2, in_doubt: false, .. })), "{stage:?}");
    says(
        &refused(project.upgrade().await),
        &["the downgrade of a1 was begun", "`autogen downgrade a1-1`"],
    );
    project.revision("a1", "", "CREATE TABLE t (n INTEGER);", &down.replace("nothing", "t"));
    project.downgrade("").await.expect("it goes on");
    assert_eq!(project.applied().await, Vec::<String>::new());
}

#[tokio::test]
async fn one_transaction_for_the_run_cannot_hold_an_autocommit_step() {
    let mut project = project(STEPS);
    project.options.transaction = Span::Run;
    says(&refused(project.upgrade().await), &["a1 does not fit into one transaction"]);
}

#[tokio::test]
async fn what_cannot_run_in_a_transaction_says_where_to_put_it() {
    let project = project("VACUUM;");
    says(
        &refused(project.upgrade().await),
        &["cannot VACUUM from within a transaction", "step autocommit"],
    );
}

/// An attached database goes with the connection, so it is attached anew.
#[tokio::test]
async fn what_was_attached_is_attached_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let steps = |last: &str| {
        let other = folder.path().join("other.db");
        format!(
            "-- autogen: step autocommit\nATTACH '{}' AS other;\n-- autogen: step\n\
             CREATE TABLE other.t (n INTEGER);\n{last}",
            other.display()
        )
    };
    let project = project(&steps("INSERT INTO missing VALUES (1);"));
    says(&refused(project.upgrade().await), &["1 of the 3 statements of a1 are committed"]);
    project.revision("a1", "", &steps("INSERT INTO other.t VALUES (1);"), "SELECT 1;");
    project.upgrade().await.expect("it goes on");
    assert_eq!(project.applied().await, ["a1"]);
}
