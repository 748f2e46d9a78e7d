//! Revisions are applied and undone, and what fails is explained.

use super::support::{Heard, Project, refused, says};
use super::tests;
use autogen::runner::{self, Span};

tests!(
    up_and_down_and_up_again,
    rows_alone_are_kept_all_or_not_at_all,
    a_failure_says_what_is_committed_and_goes_on,
    a_downgrade_that_failed_goes_on,
    a_run_in_one_transaction_is_for_rows_alone,
    what_breaks_the_runner_is_refused_before_anything_runs,
    a_revision_may_change_the_session_for_its_step_alone,
    values_from_outside_stay_values,
    variables_and_labels_are_no_parameters,
    repeated_statements_work_in_batches,
    a_revision_without_a_file_can_be_undone,
);

const USERS: &str = "CREATE TABLE users (id INTEGER PRIMARY KEY);";

fn with_second(mut project: Project, upgrade: &str) -> Project {
    project.options.retries = 2;
    project.revision("a1", "", USERS, "DROP TABLE users;");
    project.revision("b2", "a1", upgrade, "SELECT 1;");
    project
}

async fn up_and_down_and_up_again(project: Project) {
    let project = with_second(project, "");
    project.revision(
        "b2",
        "a1",
        "CREATE TABLE posts (id INTEGER);\nINSERT INTO posts VALUES (1);",
        "DROP TABLE posts;",
    );
    let mut heard = Heard::default();
    project.upgrade_to("b2", &mut heard).await.expect("both are fine");
    assert_eq!(heard.lines, ["start a1", "done a1", "start b2", "done b2"]);
    let there = project.dump().await;
    assert!(project.upgrade().await.expect("nothing to do").ran.is_empty());
    project.downgrade("").await.expect("down");
    assert_eq!(project.one("SELECT count(*) FROM autogen_revisions").await, "0");
    assert_eq!(project.one("SHOW TABLES LIKE 'posts'").await, "");
    project.upgrade().await.expect("up again");
    let times = |dump: &str| -> Vec<String> {
        dump.lines().filter(|line| !line.contains("Some(\"applied\")")).map(str::to_owned).collect()
    };
    assert_eq!(times(&project.dump().await), times(&there));
    let log = project.log().await;
    assert_eq!(log.len(), 6, "{log:?}");
    assert!(log.iter().all(|line| line.ends_with("Done")), "{log:?}");
}

async fn rows_alone_are_kept_all_or_not_at_all(project: Project) {
    let bad = "INSERT INTO users VALUES (1);\nUPDATE users SET id = 2;\n\
               INSERT INTO nowhere VALUES (1);";
    let project = with_second(project, bad);
    project.upgrade_to("a1", &mut ()).await.expect("the first is fine");
    let before = project.dump().await;
    let said = refused(project.upgrade().await);
    says(&said, &["b2.sql:9", "nowhere' doesn't exist", "nothing of the upgrade of b2 was kept"]);
    assert_eq!(project.dump().await, before);
    project.revision("b2", "a1", &bad.replace("nowhere", "users"), "SELECT 1;");
    project.upgrade().await.expect("it is mended");
    assert_eq!(project.one("SELECT id FROM users ORDER BY id").await, "1\n2");
}

async fn a_failure_says_what_is_committed_and_goes_on(project: Project) {
    const MIXED: &str = "INSERT INTO users VALUES (1);
CREATE TABLE posts (id INTEGER PRIMARY KEY AUTO_INCREMENT, user_id INTEGER);
INSERT INTO posts (user_id) VALUES (1);
INSERT INTO posts (user_id) VALUES (2);
ALTER TABLE posts ADD CONSTRAINT fk FOREIGN KEY (user_id) REFERENCES users (id);
INSERT INTO users VALUES (3);";
    let project = with_second(project, MIXED);
    let said = refused(project.upgrade().await);
    says(
        &said,
        &[
            "b2.sql:11",
            "a foreign key constraint fails",
            "4 of the 6 statements of b2 are committed, and nothing after them",
            "the database is at a1, with b2 half done",
            "run `autogen upgrade` again; it goes on from there",
            "undo the 4 by hand, then `autogen stamp a1`",
        ],
    );
    assert_eq!(project.one("SELECT user_id FROM posts ORDER BY id").await, "1\n2");
    project.revision("b2", "a1", &MIXED.replace("CREATE TABLE posts", "CREATE TABLE other"), "");
    says(&refused(project.upgrade().await), &["b2 was changed after 4 of its statements were run"]);
    project.revision("b2", "a1", MIXED, "");
    project.execute("DELETE FROM posts WHERE user_id = 2").await;
    project.upgrade().await.expect("it goes on");
    assert_eq!(project.one("SELECT id FROM users ORDER BY id").await, "1\n3");
    assert_eq!(project.applied().await, ["a1", "b2"]);
}

async fn a_downgrade_that_failed_goes_on(project: Project) {
    let project = with_second(project, "CREATE TABLE posts (id INTEGER);");
    let back = "DROP TABLE posts;\nDROP TABLE pasts;\nDELETE FROM users;";
    project.revision("b2", "a1", "CREATE TABLE posts (id INTEGER);", back);
    project.upgrade().await.expect("up");
    project.execute("INSERT INTO users VALUES (1)").await;
    let said = refused(project.downgrade("a1").await);
    says(&said, &["b2.sql:11", "Unknown table", "1 of the 3 statements of b2 are committed"]);
    says(&refused(project.upgrade().await), &["the downgrade of b2 was begun", "downgrade b2-1`"]);
    let mended = back.replace("TABLE pasts", "TABLE IF EXISTS pasts");
    project.revision("b2", "a1", "CREATE TABLE posts (id INTEGER);", &mended);
    project.downgrade("a1").await.expect("it goes on");
    assert_eq!(project.one("SELECT count(*) FROM users").await, "0");
    assert_eq!(project.applied().await, ["a1"]);
}

async fn a_run_in_one_transaction_is_for_rows_alone(project: Project) {
    let mut project = with_second(project, "INSERT INTO users VALUES (1);");
    project.revision("c3", "b2", "INSERT INTO users VALUES (1);", "SELECT 1;");
    project.options.transaction = Span::Run;
    let said = refused(project.upgrade().await);
    says(&said, &["a1 does not fit into one transaction", "transaction = \"revision\""]);
    project.options.transaction = Span::Revision;
    project.upgrade_to("a1", &mut ()).await.expect("the table");
    project.options.transaction = Span::Run;
    says(
        &refused(project.upgrade().await),
        &["c3.sql:7", "Duplicate entry", "nothing of this run"],
    );
    assert_eq!(project.one("SELECT count(*) FROM users").await, "0");
}

async fn what_breaks_the_runner_is_refused_before_anything_runs(project: Project) {
    for (statement, said) in [
        ("COMMIT", "COMMIT cannot stand in a revision"),
        ("START TRANSACTION", "START cannot stand in a revision"),
        ("/*!40000 BEGIN */", "BEGIN cannot stand in a revision"),
        ("XA BEGIN 'x'", "XA cannot stand"),
        ("LOCK TABLES users WRITE", "LOCK cannot stand in a revision"),
        ("LOAD DATA LOCAL INFILE 'x' INTO TABLE users", "cannot load files of the client"),
        ("SET autocommit = 0", "the runner sets autocommit"),
        ("SET @@session.autocommit = 0", "the runner sets autocommit"),
        ("SET sql_mode = 'ANSI_QUOTES,STRICT_ALL_TABLES'", "ANSI_QUOTES changes how"),
        ("SET SESSION sql_mode = CONCAT(@@sql_mode, ',NO_BACKSLASH_ESCAPES')", "NO_BACKSLASH"),
        ("SET NAMES latin1", "sent as UTF-8, not as latin1"),
        ("\\! ls", "a command of the mysql client"),
        ("INSERT INTO autogen_log VALUES (1)", "autogen_log is the runner's own"),
        ("INSERT INTO users VALUES (:id)", "the parameter :id has no value"),
    ] {
        project.revision("a1", "", &format!("{USERS}\n{statement};"), "DROP TABLE users;");
        says(&refused(project.upgrade().await), &[said]);
    }
    assert_eq!(project.dump().await, "");
}

async fn a_revision_may_change_the_session_for_its_step_alone(project: Project) {
    const STEPS: &str = "CREATE TABLE parents (id INTEGER PRIMARY KEY);
CREATE TABLE children (id INTEGER REFERENCES parents (id), mode TEXT,
    CONSTRAINT fk FOREIGN KEY (id) REFERENCES parents (id));
SET foreign_key_checks = 0;
SET NAMES utf8mb4;
SET @text = 'kept', sql_mode = '';
ALTER TABLE children ADD COLUMN note TEXT;
INSERT INTO children VALUES (1, @@sql_mode, @text);
INSERT INTO missing VALUES (1);
-- autogen: step
INSERT INTO children VALUES (NULL, @@sql_mode, @text);";
    project.revision("a1", "", STEPS, "DROP TABLE children, parents;");
    says(&refused(project.upgrade().await), &["6 of the 9 statements of a1 are committed"]);
    project.revision("a1", "", &STEPS.replace("missing VALUES (1)", "parents VALUES (7)"), "");
    project.upgrade().await.expect("it goes on");
    let rows = project.one("SELECT id, mode LIKE 'STRICT%', note FROM children ORDER BY id").await;
    assert_eq!(rows, "NULL|1|NULL\n1|0|kept");
}

async fn values_from_outside_stay_values(mut project: Project) {
    let text = "it's \\ \"a\" `b` :c ?1 \u{1f980}\nend";
    project.write("text.txt", text);
    project.options.inputs.x.insert("id".to_owned(), "7".to_owned());
    let insert = "CREATE TABLE notes (id INTEGER, text TEXT CHARACTER SET utf8mb4);
-- autogen: bind text = file(\"text.txt\")
-- autogen: bind id = x(\"id\")
INSERT INTO notes VALUES (:id, :text);";
    project.revision("a1", "", insert, "DROP TABLE notes;");
    project.upgrade().await.expect("up");
    assert_eq!(project.one("SELECT id, text FROM notes").await, format!("7|{text}"));
}

async fn variables_and_labels_are_no_parameters(project: Project) {
    const ROUTINE: &str = "CREATE TABLE t (n INTEGER);
CREATE PROCEDURE fill(IN upto INTEGER)
BEGIN
    DECLARE n INTEGER DEFAULT 0;
    again:LOOP
        SET n = n + 1;
        IF n > upto THEN LEAVE again; END IF;
        INSERT INTO t VALUES (n);
    END LOOP;
END;
SET @three := 3;
CALL fill(@three);
DROP PROCEDURE fill;";
    project.revision("a1", "", ROUTINE, "DROP TABLE t;");
    project.upgrade().await.expect("up");
    assert_eq!(project.one("SELECT n FROM t ORDER BY n").await, "1\n2\n3");
}

async fn repeated_statements_work_in_batches(project: Project) {
    const BATCHES: &str = "CREATE TABLE t (n INTEGER);
INSERT INTO t VALUES (1), (1), (1), (1), (1);
-- autogen: step autocommit
-- autogen: repeat
UPDATE t SET n = 2 WHERE n = 1 LIMIT 2;";
    project.revision("a1", "", BATCHES, "DROP TABLE t;");
    let mut heard = Heard::default();
    project.upgrade_to("a1", &mut heard).await.expect("up");
    assert_eq!(heard.lines, ["start a1", "batch 2", "batch 2", "batch 1", "batch 0", "done a1"]);
}

async fn a_revision_without_a_file_can_be_undone(project: Project) {
    let text = "INSERT INTO t VALUES ('a\\\\b''c');\nDROP TABLE t;";
    project.revision("a1", "", "CREATE TABLE t (text VARCHAR(20));", text);
    project.upgrade().await.expect("up");
    std::fs::remove_file(project.file("a1")).expect("it is there");
    let mut db = project.db().await;
    let graph = project.graph();
    let status = runner::status(&mut db, &graph, &project.options).await.expect("a status");
    let whole = runner::with_stored(&graph, &status.state).expect("what the ledger has");
    let base = autogen::revision::Target::default();
    runner::downgrade(&mut db, &whole, &base, &project.options, &mut ()).await.expect("down");
    assert_eq!(project.one("SHOW TABLES LIKE 't'").await, "");
}
