//! Statements outside transactions: what is done is not done twice, and what was cut short is
//! cleared away.

use super::support::{Heard, Project, refused, says};
use super::tests;
use autogen::runner::{self, ledger::Stage};

tests!(
    a_failed_build_is_dropped_and_built_again,
    a_statement_in_doubt_is_looked_up,
    what_nothing_tells_of_is_asked,
    a_failure_goes_on_from_where_it_was,
    statements_outside_transactions_run,
    settings_hold_to_the_end_of_their_step,
);

const BUILD: &str = "-- autogen: step autocommit
CREATE UNIQUE INDEX CONCURRENTLY \"I x\" ON public.t (n);
-- autogen: step
INSERT INTO t VALUES (9);";

fn building(project: &Project) {
    project.revision("a1", "", "CREATE TABLE t (n INTEGER);", "DROP TABLE t;");
    project.revision("b2", "a1", BUILD, "DROP INDEX CONCURRENTLY \"I x\";");
}

async fn stage(project: &Project, id: &str) -> Option<Stage> {
    let mut db = project.db().await;
    let status = runner::status(&mut db, &project.graph(), &project.options).await;
    status.expect("a status").state.entries.get(id).map(|entry| entry.stage.clone())
}

async fn a_failed_build_is_dropped_and_built_again(project: Project) {
    building(&project);
    project.upgrade_to("a1", &mut ()).await.expect("the table");
    project.execute("INSERT INTO t VALUES (1), (1)").await;
    says(
        &refused(project.upgrade().await),
        &["could not create unique index", "Key (n)=(1)", "0 of the 2 statements of b2"],
    );
    let invalid = "SELECT count(*) FROM pg_index WHERE NOT indisvalid";
    assert_eq!(project.one(invalid).await, "1");
    let stage = stage(&project, "b2").await;
    assert!(matches!(stage, Some(Stage::Half { done: 0, in_doubt: false, .. })), "{stage:?}");
    project.execute("DELETE FROM t").await;
    let mut heard = Heard::default();
    project.upgrade_to("b2", &mut heard).await.expect("it is built again");
    let warning =
        "warning: public.\"I x\" was left invalid by a build that failed; it is dropped first";
    assert!(heard.lines.iter().any(|line| line == warning), "{:?}", heard.lines);
    assert_eq!(project.one(invalid).await, "0");
    assert_eq!(project.one("SELECT n FROM t").await, "9");
}

/// Leaves the ledger as a process does that was killed during its first statement in doubt.
async fn killed_during(project: &Project, id: &str) {
    let marked = format!(
        "UPDATE autogen_revisions SET state = 'upgrading', statements_done = 0, in_doubt = 1,
            begun = encode(sha256(''), 'hex') WHERE id = '{id}'"
    );
    project.execute(&marked).await;
}

async fn a_statement_in_doubt_is_looked_up(project: Project) {
    for (build, undo, made) in [
        (BUILD, "DROP INDEX \"I x\"", "CREATE UNIQUE INDEX \"I x\" ON t (n)"),
        (BUILD, "DROP INDEX \"I x\"", ""),
        ("-- autogen: step autocommit\nDROP INDEX CONCURRENTLY s.gone;", "", ""),
        ("-- autogen: step autocommit\nVACUUM t;", "", ""),
    ] {
        building(&project);
        project.revision("b2", "a1", build, "SELECT 1;");
        project.execute("CREATE SCHEMA IF NOT EXISTS s").await;
        if build.contains("DROP INDEX") {
            project.upgrade_to("a1", &mut ()).await.expect("the table");
            project.execute("CREATE INDEX gone ON t (n)").await;
            project.execute("ALTER TABLE t SET SCHEMA s").await;
        }
        project.upgrade().await.expect("up");
        killed_during(&project, "b2").await;
        if !undo.is_empty() {
            project.execute(undo).await;
            project.execute("DELETE FROM t").await;
        }
        if !made.is_empty() {
            project.execute(made).await;
        }
        project.upgrade().await.expect("it goes on");
        assert_eq!(stage(&project, "b2").await, Some(Stage::Applied), "{build}");
        if build == BUILD {
            let valid = "SELECT count(*) FROM pg_index WHERE indexrelid = '\"I x\"'::regclass";
            assert_eq!(project.one(valid).await, "1");
            assert_eq!(project.one("SELECT n FROM t").await, "9");
        }
        project.execute("DROP TABLE IF EXISTS s.t, t, autogen_revisions, autogen_log").await;
    }
}

async fn what_nothing_tells_of_is_asked(project: Project) {
    building(&project);
    project.execute("CREATE TABLE log (n INTEGER)").await;
    project
        .execute(
            "CREATE PROCEDURE fill() LANGUAGE plpgsql AS
            $$ BEGIN INSERT INTO log VALUES (1); COMMIT; INSERT INTO log VALUES (2); END $$",
        )
        .await;
    project.revision("b2", "a1", "-- autogen: step autocommit\nCALL fill();", "SELECT 1;");
    project.upgrade().await.expect("a procedure may commit there");
    assert_eq!(project.one("SELECT count(*) FROM log").await, "2");
    killed_during(&project, "b2").await;
    says(
        &refused(project.upgrade().await),
        &["nothing tells whether it was done", "`autogen repair --skip-statement b2`"],
    );
    assert_eq!(project.one("SELECT count(*) FROM log").await, "2");
    let stage = stage(&project, "b2").await;
    assert!(matches!(stage, Some(Stage::Half { done: 0, in_doubt: true, .. })), "{stage:?}");
}

async fn a_failure_goes_on_from_where_it_was(project: Project) {
    const STEPS: &str = "CREATE TABLE t (n INTEGER);
-- autogen: step autocommit
INSERT INTO t VALUES (2);
CREATE INDEX CONCURRENTLY i ON t (n);
-- autogen: repeat
UPDATE t SET n = n + 1 WHERE n < 4;
-- autogen: step
INSERT INTO t VALUES (10);
INSERT INTO missing VALUES (11);";
    project.revision("a1", "", STEPS, "DROP TABLE t;");
    says(
        &refused(project.upgrade().await),
        &["a1.sql:14", "4 of the 6 statements of a1 are committed"],
    );
    project.revision("a1", "", &STEPS.replace("missing", "t"), "DROP TABLE t;");
    project.upgrade().await.expect("it goes on");
    assert_eq!(project.one("SELECT n FROM t ORDER BY n").await, "4\n10\n11");
}

async fn statements_outside_transactions_run(project: Project) {
    project.revision(
        "a1",
        "",
        "CREATE TABLE t (n INTEGER PRIMARY KEY);
-- autogen: step autocommit
VACUUM (ANALYZE) t;
SET search_path TO pg_catalog;
SELECT count(*) FROM t;
REINDEX TABLE CONCURRENTLY t;
DO $$ BEGIN INSERT INTO t VALUES (1); COMMIT; INSERT INTO t VALUES (2); COMMIT; END $$;
DROP INDEX CONCURRENTLY IF EXISTS nothing;",
        "DROP TABLE t;",
    );
    project.upgrade().await.expect("up");
    assert_eq!(project.one("SELECT n FROM t ORDER BY n").await, "1\n2");
}

async fn settings_hold_to_the_end_of_their_step(project: Project) {
    const STEPS: &str = "CREATE TABLE t (n INTEGER, m text);
-- autogen: step autocommit
SET work_mem TO '5MB';
INSERT INTO t VALUES (1, current_setting('work_mem'));
VACUUM t;
INSERT INTO missing VALUES (2, current_setting('work_mem'));
-- autogen: step
INSERT INTO t VALUES (3, current_setting('work_mem'));";
    project.revision("a1", "", STEPS, "DROP TABLE t;");
    says(&refused(project.upgrade().await), &["4 of the 6 statements of a1 are committed"]);
    project.revision("a1", "", &STEPS.replace("missing", "t"), "DROP TABLE t;");
    project.upgrade().await.expect("it goes on");
    let usual = project.one("SHOW work_mem").await;
    assert_ne!(usual, "5MB");
    let rows = project.one("SELECT n, m FROM t ORDER BY n").await;
    assert_eq!(rows, format!("1|5MB\n2|5MB\n3|{usual}"));
}
