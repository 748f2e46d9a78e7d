//! Other sessions in the way.

use std::time::Duration;

use super::support::{Heard, Project, refused, says};
use super::tests;
use autogen::db::Database;

tests!(
    who_blocks_is_named_when_the_tries_run_out,
    a_lock_that_is_freed_in_time_is_waited_for,
    a_concurrent_build_waits_and_says_for_whom,
    a_run_that_does_not_end_is_named,
    a_statement_that_runs_too_long_is_ended,
    a_lost_turn_is_noticed_before_the_commit,
    nobody_writes_while_a_statement_outlives_its_client,
);

fn altering(project: &mut Project) {
    project.revision("a1", "", "CREATE TABLE users (id INTEGER);", "DROP TABLE users;");
    let alter = "CREATE TABLE other (id INTEGER);\nALTER TABLE users ADD COLUMN name text;";
    project.revision("b2", "a1", alter, "ALTER TABLE users DROP COLUMN name;");
    project.options.retries = 2;
}

/// Another session that holds this lock in an open transaction.
async fn holding(project: &Project, sql: &str) -> Database {
    let mut other = project.db().await;
    other.execute("SET application_name TO 'report'").await.expect("a setting");
    other.execute("BEGIN").await.expect("a transaction");
    other.execute(sql).await.expect("a lock");
    other
}

async fn who_blocks_is_named_when_the_tries_run_out(mut project: Project) {
    altering(&mut project);
    project.upgrade_to("a1", &mut ()).await.expect("the table");
    let before = project.dump().await;
    let mut other = holding(&project, "SELECT * FROM users /* secret */").await;
    let said = refused(project.upgrade().await);
    says(
        &said,
        &[
            "b2.sql:8: canceling statement due to lock timeout",
            "help: session ",
            " of postgres",
            "application report, idle in transaction",
            "nothing of the upgrade of b2 was kept; the database is at a1",
        ],
    );
    assert!(!said.contains("secret"), "{said}");
    assert_eq!(project.dump().await, before);
    other.execute("ROLLBACK").await.expect("the end");
    project.upgrade().await.expect("nobody is in the way");
}

async fn a_lock_that_is_freed_in_time_is_waited_for(mut project: Project) {
    altering(&mut project);
    project.options.retries = 50;
    project.upgrade_to("a1", &mut ()).await.expect("the table");
    let mut other = holding(&project, "LOCK TABLE users IN ACCESS SHARE MODE").await;
    let free = async {
        tokio::time::sleep(Duration::from_millis(900)).await;
        other.execute("COMMIT").await
    };
    let (report, freed) = tokio::join!(project.upgrade(), free);
    freed.expect("the end");
    assert_eq!(report.expect("it was worth waiting").heads, ["b2"]);
    let log = project.log().await;
    assert_eq!(log, ["a1 upgrade Done", "b2 upgrade Done"]);
}

async fn a_concurrent_build_waits_and_says_for_whom(mut project: Project) {
    altering(&mut project);
    let build = "-- autogen: step autocommit\nCREATE INDEX CONCURRENTLY i ON users (id);";
    project.revision("b2", "a1", build, "DROP INDEX i;");
    project.upgrade_to("a1", &mut ()).await.expect("the table");
    let mut other = holding(&project, "INSERT INTO users VALUES (1)").await;
    let free = async {
        tokio::time::sleep(Duration::from_millis(1500)).await;
        other.execute("COMMIT").await
    };
    let mut heard = Heard::default();
    let (report, freed) = tokio::join!(project.upgrade_to("b2", &mut heard), free);
    freed.expect("the end");
    report.expect("it waits longer than a lock timeout");
    let warning = "warning: the statement waits for other sessions to end";
    assert!(heard.lines.iter().any(|line| line == warning), "{:?}", heard.lines);
    let valid = "SELECT indisvalid FROM pg_index WHERE indexrelid = 'i'::regclass";
    assert_eq!(project.one(valid).await, "t");
}

async fn a_run_that_does_not_end_is_named(mut project: Project) {
    altering(&mut project);
    project.revision("a1", "", "SELECT pg_sleep(60);", "");
    let mut child = super::binary::started(&project, &["upgrade", "a1"]);
    let busy = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(60)%'
        AND pid <> pg_backend_pid() AND datname = current_database()";
    while project.one(busy).await != "1" {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    project.options.queue_timeout = Duration::from_millis(300);
    says(
        &refused(project.upgrade().await),
        &["another run on this database", "session ", "application autogen", "`queue_timeout`"],
    );
    child.kill().expect("it is killed");
    child.wait().expect("it ends");
}

async fn a_statement_that_runs_too_long_is_ended(project: Project) {
    project.revision("a1", "", "CREATE TABLE t (n INTEGER);\nSELECT pg_sleep(60);", "");
    project.write("autogen.toml", "[upgrade]\nstatement_timeout = \"300ms\"\n");
    let child = super::binary::started(&project, &["upgrade", "a1"]);
    let output = child.wait_with_output().expect("it ends");
    says(
        &super::binary::refused(&output),
        &["canceling statement due to statement timeout", "raise `statement_timeout`", "a1.sql:7"],
    );
    assert_eq!(project.beside_ledger().await, "");
}

async fn a_lost_turn_is_noticed_before_the_commit(mut project: Project) {
    altering(&mut project);
    // The session that holds the turn is idle; a runner's own statement ends it.
    let end = "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'
        AND pid <> pg_backend_pid()
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database());";
    let lost = format!("CREATE TABLE users (id INTEGER);\n{end}\nSELECT pg_sleep(0.2);");
    project.revision("a1", "", &lost, "");
    says(
        &refused(project.upgrade().await),
        &["the connection that keeps other runs out was lost", "nothing of the upgrade of a1"],
    );
    assert_eq!(project.dump().await, "");
}

/// A client that is killed leaves its statement running on the server.
async fn nobody_writes_while_a_statement_outlives_its_client(mut project: Project) {
    altering(&mut project);
    let build = "-- autogen: step autocommit\nCREATE INDEX CONCURRENTLY i ON users (id);";
    project.revision("b2", "a1", build, "DROP INDEX i;");
    project.upgrade_to("a1", &mut ()).await.expect("the table");
    let mut other = holding(&project, "INSERT INTO users VALUES (1)").await;
    let mut child = super::binary::started(&project, &["upgrade", "head"]);
    let building = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'CREATE INDEX CONC%'
        AND wait_event_type = 'Lock' AND datname = current_database()";
    while project.one(building).await != "1" {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    child.kill().expect("it is killed");
    child.wait().expect("it ends");
    let free = async {
        tokio::time::sleep(Duration::from_millis(700)).await;
        other.execute("COMMIT").await
    };
    let mut heard = Heard::default();
    let (report, freed) = tokio::join!(project.upgrade_to("b2", &mut heard), free);
    freed.expect("the end");
    report.expect("the build of the killed client counts");
    assert_eq!(project.applied().await, ["a1", "b2"]);
    let valid = "SELECT indisvalid FROM pg_index WHERE indexrelid = 'i'::regclass";
    assert_eq!(project.one(valid).await, "t");
    assert!(!heard.lines.iter().any(|line| line.contains("invalid")), "{:?}", heard.lines);
}
