//! Revisions are applied and undone, and what fails leaves nothing.

use super::support::{Heard, Project, refused, says};
use super::tests;
use autogen::runner::{self, Span};

tests!(
    up_and_down_and_up_again,
    a_failed_revision_leaves_the_database_as_it_was,
    a_failed_first_upgrade_leaves_its_attempt_alone,
    a_run_in_one_transaction_keeps_all_or_nothing,
    what_breaks_transactions_is_refused_before_anything_runs,
    a_revision_may_change_the_session_for_itself_alone,
    each_step_is_a_transaction,
    values_from_outside_stay_values,
    operators_are_no_parameters,
    repeated_statements_work_in_batches,
    a_revision_without_a_file_can_be_undone,
    deferred_keys_are_checked_at_the_end,
);

fn with_second(mut project: Project, upgrade: &str) -> Project {
    project.options.retries = 2;
    project.revision("a1", "", "CREATE TABLE users (id INTEGER PRIMARY KEY);", "DROP TABLE users;");
    project.revision("b2", "a1", upgrade, "SELECT 1;");
    project
}

async fn up_and_down_and_up_again(project: Project) {
    let project = with_second(project, "CREATE TABLE posts (id INTEGER);");
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
    assert_eq!(project.one("SELECT to_regclass('posts')").await, "NULL");
    project.upgrade().await.expect("up again");
    let times = |dump: &str| -> Vec<String> {
        dump.lines().filter(|line| !line.contains("Some(\"applied\")")).map(str::to_owned).collect()
    };
    assert_eq!(times(&project.dump().await), times(&there));
    let log = project.log().await;
    assert_eq!(log.len(), 6, "{log:?}");
    assert!(log.iter().all(|line| line.ends_with("Done")), "{log:?}");
}

async fn a_failed_revision_leaves_the_database_as_it_was(project: Project) {
    let bad = "CREATE TABLE posts (id INTEGER);\nINSERT INTO users VALUES (1);\n\
               INSERT INTO nowhere VALUES (1);";
    let project = with_second(project, bad);
    project.upgrade_to("a1", &mut ()).await.expect("the first is fine");
    project.execute("INSERT INTO users VALUES (7)").await;
    let before = project.dump().await;
    says(
        &refused(project.upgrade().await),
        &[
            "migrations/b2.sql:9: relation \"nowhere\" does not exist",
            "nothing of the upgrade of b2 was kept; the database is at a1",
            "run `autogen upgrade` again",
        ],
    );
    assert_eq!(project.dump().await, before);
    let log = project.log().await;
    assert_eq!(log[0], "a1 upgrade Done");
    says(&log[1], &["b2 upgrade Failed(", "b2.sql:9: relation"]);
    project.revision("b2", "a1", "CREATE TABLE posts (id INTEGER);", "DROP TABLE posts;");
    assert_eq!(project.upgrade().await.expect("it is mended").heads, ["b2"]);
}

async fn a_failed_first_upgrade_leaves_its_attempt_alone(project: Project) {
    project.revision("a1", "", "CREATE TABLE users (id INTEGER);\nBAD SYNTAX;", "");
    let error = project.upgrade().await.expect_err("it must fail");
    let label = error.reports()[0].labels[0].clone();
    assert_eq!(&label.place.source.text[label.place.range], "BAD", "the very word");
    says(
        &super::support::words(&error),
        &["a1.sql:7: syntax error at or near \"BAD\"", "the database is at base"],
    );
    assert_eq!(project.beside_ledger().await, "");
}

async fn a_run_in_one_transaction_keeps_all_or_nothing(project: Project) {
    let mut project = with_second(project, "CREATE TABLE posts (id INTEGER);");
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

async fn what_breaks_transactions_is_refused_before_anything_runs(project: Project) {
    for (statement, reason) in [
        ("BEGIN;", "BEGIN cannot stand in a revision"),
        ("START TRANSACTION;", "START cannot stand"),
        ("commit;", "COMMIT cannot stand"),
        ("END;", "END cannot stand"),
        ("ROLLBACK TO x;", "ROLLBACK cannot stand"),
        ("SAVEPOINT x;", "SAVEPOINT cannot stand"),
        ("PREPARE TRANSACTION 'x';", "PREPARE TRANSACTION cannot stand"),
        ("COPY users FROM STDIN;", "COPY from or to the client"),
        ("\\connect other;", "a command of psql"),
        ("VACUUM;", "only outside a transaction"),
        ("CREATE INDEX CONCURRENTLY i ON users (id);", "only outside a transaction"),
        ("DROP TABLE \"autogen_revisions\";", "autogen_revisions is the runner's own"),
        ("DELETE FROM public.autogen_log;", "autogen_log is the runner's own"),
        ("INSERT INTO users VALUES (:id);", "the parameter :id has no value"),
        (
            "-- autogen: repeat\nWITH gone AS (DELETE FROM users RETURNING 1) SELECT count(*) FROM gone;",
            "a statement that changes rows",
        ),
        ("-- autogen: step autocommit\nCREATE INDEX CONCURRENTLY ON users (id);", "needs a name"),
    ] {
        project.revision("a1", "", "CREATE TABLE users (id INTEGER);", "");
        project.revision("b2", "a1", statement, "SELECT 1;");
        says(&refused(project.upgrade().await), &["b2.sql:", reason, "help: "]);
        assert_eq!(project.dump().await, "", "{statement}");
    }
}

/// As a dump by pg_dump begins.
async fn a_revision_may_change_the_session_for_itself_alone(project: Project) {
    project.revision(
        "a1",
        "",
        "SELECT pg_catalog.set_config('search_path', '', false);\n\
         SET standard_conforming_strings = off;\nSET ROLE pg_monitor;\nRESET ROLE;\n\
         CREATE TABLE public.users (id INTEGER);\nSET ROLE pg_monitor;",
        "SET search_path TO pg_catalog;\nDROP TABLE public.users;",
    );
    project.revision("b2", "a1", "INSERT INTO users VALUES (1);", "DELETE FROM users;");
    project.upgrade().await.expect("names are looked up where they were");
    assert_eq!(project.one("SELECT id FROM users").await, "1");
    project.downgrade("").await.expect("down");
}

async fn each_step_is_a_transaction(project: Project) {
    const MOODS: &str = "CREATE TYPE mood AS ENUM ('sad');\nCREATE TABLE t (m mood);";
    project.revision("a1", "", MOODS, "DROP TABLE t;\nDROP TYPE mood;");
    let using = "ALTER TYPE mood ADD VALUE 'ok';\nINSERT INTO t VALUES ('ok');";
    project.revision("b2", "a1", using, "SELECT 1;");
    says(
        &refused(project.upgrade().await),
        &["unsafe use of new value \"ok\"", "begin a new step", "nothing of the upgrade of b2"],
    );
    let steps = using.replace('\n', "\n-- autogen: step\n");
    project.revision("b2", "a1", &steps, "SELECT 1;");
    project.upgrade().await.expect("the label is committed before it is used");
    assert_eq!(project.one("SELECT m FROM t").await, "ok");
    assert_eq!(project.applied().await, ["a1", "b2"]);
}

async fn values_from_outside_stay_values(mut project: Project) {
    let hard = "it's \\ \" $$ :b ?1 -- ü\n; DROP TABLE t;";
    project.options.inputs.x.insert("a".into(), hard.into());
    project.write("data.json", r#"[{"n": 1, "t": "o'x\\y"}]"#);
    project.revision(
        "a1",
        "",
        "CREATE TABLE t (a text, b int, c jsonb);\n\
         -- autogen: bind a = x(\"a\")\nINSERT INTO t (a) VALUES (:a);\n\
         -- autogen: bind d = file(\"data.json\")\n\
         INSERT INTO t (a, b) SELECT t, n FROM jsonb_to_recordset(:d) AS r(n int, t text);\n\
         -- autogen: bind d = file(\"data.json\")\nINSERT INTO t (c) VALUES (:d);",
        "DROP TABLE t;",
    );
    project.upgrade().await.expect("up");
    let rows = "SELECT a, b, c ->> 0 FROM t ORDER BY b, c";
    assert_eq!(
        project.one(rows).await,
        format!("o'x\\y|1|NULL\nNULL|NULL|{{\"n\": 1, \"t\": \"o'x\\\\y\"}}\n{hard}|NULL|NULL")
    );
}

async fn operators_are_no_parameters(project: Project) {
    project.revision(
        "a1",
        "",
        "CREATE TABLE t (a jsonb, n int, s int[]);\n\
         INSERT INTO t VALUES ('{\"k\": 1}', 2, '{1,2,3}');\n\
         DELETE FROM t WHERE NOT a ? 'k' OR NOT a ?| ARRAY['k'] OR s[1:n] <> '{1,2}';\n\
         CREATE FUNCTION f(a int) RETURNS int LANGUAGE sql AS 'SELECT $1 + :x'::text::varchar;",
        "DROP TABLE t;",
    );
    // A function's text is checked by the server.
    says(&refused(project.upgrade().await), &["a1.sql:9", "syntax error at or near"]);
    let text = std::fs::read_to_string(project.file("a1")).expect("the file");
    let text = text.replace("'SELECT $1 + :x'::text::varchar", "'SELECT $1 + 1'");
    project.write("migrations/a1.sql", &text);
    project.upgrade().await.expect("up");
    assert_eq!(project.one("SELECT n, f(1) FROM t").await, "2|2");
}

async fn repeated_statements_work_in_batches(project: Project) {
    project.revision("a1", "", "CREATE TABLE t AS SELECT n FROM generate_series(1, 8) n;", "");
    let repeat = "-- autogen: repeat\nDELETE FROM t WHERE n IN (SELECT n FROM t LIMIT 3);";
    project.revision("b2", "a1", repeat, "");
    let alone = format!("-- autogen: step autocommit\n{repeat}");
    project.revision("c3", "b2", &format!("INSERT INTO t VALUES (1), (2), (3), (4);\n{alone}"), "");
    let mut heard = Heard::default();
    project.upgrade_to("c3", &mut heard).await.expect("the batches");
    let batches: Vec<&str> =
        heard.lines.iter().filter_map(|it| it.strip_prefix("batch ")).collect();
    assert_eq!(batches, ["3", "3", "2", "0", "3", "1", "0"]);
}

async fn a_revision_without_a_file_can_be_undone(project: Project) {
    let project = with_second(project, "CREATE TABLE posts (id INTEGER);");
    project.revision("b2", "a1", "CREATE TABLE posts (id INTEGER);", "DROP TABLE posts;");
    project.upgrade().await.expect("up");
    std::fs::remove_file(project.file("b2")).expect("the file is removed");
    let mut db = project.db().await;
    let status = runner::status(&mut db, &project.graph(), &project.options).await;
    let findings = status.expect("a status").findings;
    says(&findings[0].report().message, &["no file has b2"]);
    project.downgrade("a1").await.expect("the ledger has its downgrade");
    assert_eq!(project.one("SELECT to_regclass('posts')").await, "NULL");
}

async fn deferred_keys_are_checked_at_the_end(project: Project) {
    let project = with_second(
        project,
        "CREATE TABLE posts (author int REFERENCES users DEFERRABLE INITIALLY DEFERRED);\n\
         INSERT INTO posts VALUES (9);",
    );
    project.upgrade_to("a1", &mut ()).await.expect("the first is fine");
    let before = project.dump().await;
    says(
        &refused(project.upgrade().await),
        &["violates foreign key constraint", "Key (author)=(9)", "the upgrade of b2 was kept"],
    );
    assert_eq!(project.dump().await, before);
}
