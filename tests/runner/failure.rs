//! What a failed run leaves behind.

use super::support::{Heard, Project, refused, says};
use autogen::runner::Span;

fn with_second(upgrade: &str) -> Project {
    let project = Project::new();
    project.revision("a1", "", "CREATE TABLE users (id INTEGER PRIMARY KEY);", "DROP TABLE users;");
    project.revision("b2", "a1", upgrade, "SELECT 1;");
    project
}

const BAD: &str = "CREATE TABLE posts (id INTEGER);\nINSERT INTO users VALUES (1);\n\
                   INSERT INTO nowhere VALUES (1);";

#[tokio::test]
async fn a_failed_revision_leaves_the_database_as_it_was() {
    let project = with_second(BAD);
    project.upgrade_to("a1", &mut ()).await.expect("the first is fine");
    project.execute("INSERT INTO users VALUES (7)").await;
    let before = project.dump().await;
    let said = refused(project.upgrade().await);
    says(
        &said,
        &[
            "migrations/b2.sql:9: no such table: nowhere",
            "nothing of the upgrade of b2 was kept; the database is at a1",
            "run `autogen upgrade` again",
        ],
    );
    assert_eq!(project.dump().await, before);
    let log = project.log().await;
    assert_eq!(log[0], "a1 upgrade Done");
    says(&log[1], &["b2 upgrade Failed(", "b2.sql:9: no such table: nowhere"]);
}

#[tokio::test]
async fn a_failed_first_upgrade_leaves_its_attempt_alone() {
    let project = Project::new();
    project.revision("a1", "", "CREATE TABLE users (id INTEGER);\nBAD SYNTAX;", "");
    says(&refused(project.upgrade().await), &["a1.sql:7: near \"BAD\": syntax error", "at base"]);
    assert_eq!(project.beside_ledger().await, "");
}

#[tokio::test]
async fn a_mended_revision_goes_on() {
    let project = with_second(BAD);
    refused(project.upgrade().await);
    project.revision("b2", "a1", "CREATE TABLE posts (id INTEGER);", "DROP TABLE posts;");
    let report = project.upgrade().await.expect("it is mended");
    assert_eq!(report.ran.len(), 1);
    assert_eq!(report.heads, ["b2"]);
}

#[tokio::test]
async fn a_run_in_one_transaction_keeps_all_or_nothing() {
    let mut project = with_second("CREATE TABLE posts (id INTEGER);");
    project.revision("c3", "b2", "BAD;", "");
    project.options.transaction = Span::Run;
    says(&refused(project.upgrade().await), &["c3.sql:7", "nothing of this run was kept"]);
    assert_eq!(project.beside_ledger().await, "");
    project.upgrade_to("a1", &mut ()).await.expect("the first is fine");
    let before = project.dump().await;
    refused(project.upgrade().await);
    assert_eq!(project.dump().await, before);
    let log = project.log().await;
    // Three of the first run, one that went well, two of the last.
    assert_eq!(log.len(), 6, "{log:?}");
    says(&log[2], &["c3 upgrade Failed("]);
    says(&log[4], &["b2 upgrade RolledBack("]);
    says(&log[5], &["c3 upgrade Failed("]);
}

#[tokio::test]
async fn words_that_break_transactions_are_refused_before_anything_runs() {
    for (statement, reason) in [
        ("BEGIN;", "BEGIN cannot stand in a revision"),
        ("COMMIT;", "COMMIT cannot stand"),
        ("ROLLBACK TO x;", "ROLLBACK cannot stand"),
        ("SAVEPOINT x;", "SAVEPOINT cannot stand"),
        ("CREATE TABLE t (a);\nPRAGMA foreign_keys = OFF;", "at the top of a step"),
        ("PRAGMA foreign_keys = ON;", "at the top of a step"),
        ("PRAGMA journal_mode = WAL;", "SQLite ignores journal_mode inside a transaction"),
        ("DROP TABLE \"Autogen_Revisions\";", "Autogen_Revisions is the runner's own"),
        ("DELETE FROM autogen_log;", "autogen_log is the runner's own"),
        ("INSERT INTO users VALUES (:id);", "the parameter :id has no value"),
        ("INSERT INTO users VALUES (?);", "the parameter ? has no value"),
    ] {
        let project = with_second(statement);
        says(&refused(project.upgrade().await), &["b2.sql:", reason, "help: "]);
        assert_eq!(project.dump().await, "", "{statement}");
    }
}

#[tokio::test]
async fn what_happens_is_heard_in_order() {
    let project = with_second("CREATE TABLE posts (id INTEGER);");
    let mut heard = Heard::default();
    project.upgrade_to("b2", &mut heard).await.expect("both are fine");
    assert_eq!(heard.lines, ["start a1", "done a1", "start b2", "done b2"]);
    let report = project.upgrade_to("a1", &mut ()).await.expect("nothing to do");
    assert!(report.past && report.ran.is_empty());
}

#[tokio::test]
async fn deferred_keys_that_the_end_finds_broken_are_named() {
    let project = with_second(
        "CREATE TABLE posts (author REFERENCES users DEFERRABLE INITIALLY DEFERRED);\n\
         INSERT INTO posts VALUES (9);",
    );
    project.upgrade_to("a1", &mut ()).await.expect("the first is fine");
    let before = project.dump().await;
    says(
        &refused(project.upgrade().await),
        &["row 1 of posts points to no row of users", "nothing of the upgrade of b2 was kept"],
    );
    assert_eq!(project.dump().await, before);
}
