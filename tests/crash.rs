//! A process that is killed at any moment leaves a database that the next run brings to the same
//! end as one that was left alone.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use autogen::db::{ConnectOptions, Database};

/// A condition that takes a while and holds.
const SLOWLY: &str = "WHERE (WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c
    WHERE n < 60000) SELECT count(*) FROM c) > 0";

/// The rows that the revisions add, in order.
const ROWS: &str = "1,2,3,4,5,6,7,8,9";

/// How many moments of a run are tried.
const MOMENTS: u32 = 16;

fn revisions(folder: &Path) {
    let insert = |number: u32| format!("INSERT INTO t SELECT {number} {SLOWLY};\n");
    let first = format!("CREATE TABLE t (n INTEGER NOT NULL);\n{}{}", insert(1), insert(2));
    let second = format!(
        "{}-- autogen: step autocommit\n{}VACUUM;\n-- autogen: repeat\n\
         INSERT INTO t SELECT max(n) + 1 FROM t {SLOWLY} HAVING max(n) < 7;\n\
         -- autogen: step\n{}",
        insert(3),
        insert(4),
        insert(8),
    );
    let third = format!(
        "PRAGMA foreign_keys = OFF;\nCREATE TABLE t_new (n INTEGER NOT NULL UNIQUE);\n\
         INSERT INTO t_new SELECT n FROM t ORDER BY rowid;\nDROP TABLE t;\n\
         ALTER TABLE t_new RENAME TO t;\n{}",
        insert(9),
    );
    std::fs::create_dir(folder.join("migrations")).expect("a folder");
    for (id, revises, upgrade) in
        [("a1", "", first), ("b2", "-- Revises: a1\n", second), ("c3", "-- Revises: b2\n", third)]
    {
        let text = format!(
            "-- Revision {id}\n--\n-- Revision: {id}\n{revises}\n-- autogen: upgrade\n{upgrade}\n\
             -- autogen: downgrade\nDROP TABLE t;\n"
        );
        std::fs::write(folder.join(format!("migrations/{id}.sql")), text).expect("a file");
    }
}

fn autogen(folder: &Path, command: &[&str]) -> Command {
    let mut autogen = Command::new(env!("CARGO_BIN_EXE_autogen"));
    autogen.current_dir(folder).args(["--database-url", "sqlite://app.db"]).args(command);
    autogen.env_remove("DATABASE_URL").env_remove("AUTOGEN_CONFIG").env_remove("AUTOGEN_ENV");
    autogen
}

fn upgrading(folder: &Path) -> Child {
    let mut command = autogen(folder, &["upgrade", "head"]);
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the program starts")
}

fn said(folder: &Path, command: &[&str]) -> String {
    let output = autogen(folder, command).output().expect("the program starts");
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{command:?} failed:\n{error}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

async fn one(folder: &Path, sql: &str) -> String {
    let options = ConnectOptions { base: folder.to_owned(), ..ConnectOptions::default() };
    let mut db = Database::connect("sqlite://app.db", &options).await.expect("a connection");
    let rows = db.query_text_rows(sql, &[]).await.expect("the query runs");
    let cells: Vec<String> = rows.into_iter().flatten().flatten().collect();
    cells.join(",")
}

#[tokio::test]
async fn a_killed_upgrade_is_resumed_without_repeating_or_skipping() {
    let whole = tempfile::tempdir().expect("a folder");
    revisions(whole.path());
    let start = Instant::now();
    let done = upgrading(whole.path()).wait().expect("it ends");
    assert!(done.success());
    let took = start.elapsed();
    let (mut cut_short, mut interrupted) = (0, 0);
    for moment in 1..MOMENTS {
        let folder = tempfile::tempdir().expect("a folder");
        let folder = folder.path();
        revisions(folder);
        let mut child = upgrading(folder);
        tokio::time::sleep(took * moment / MOMENTS).await;
        child.kill().expect("it can be killed");
        cut_short += u32::from(!child.wait().expect("it ends").success());
        // A reader finds its way before anything was mended.
        said(folder, &["current"]);
        said(folder, &["upgrade", "head"]);
        assert_eq!(one(folder, "SELECT n FROM t ORDER BY rowid").await, ROWS, "at {moment}");
        assert_eq!(one(folder, "PRAGMA integrity_check").await, "ok");
        let state = "SELECT id, state FROM autogen_revisions ORDER BY id";
        assert_eq!(one(folder, state).await, "a1,applied,b2,applied,c3,applied");
        interrupted += said(folder, &["log"]).matches("interrupted").count();
    }
    assert!(cut_short > MOMENTS / 2, "only {cut_short} runs were cut short");
    assert!(interrupted > 0, "no interrupted attempt was seen");
}

#[tokio::test]
async fn processes_at_once_apply_each_revision_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    revisions(folder);
    let mut children: Vec<Child> = (0..3).map(|_| upgrading(folder)).collect();
    let deadline = Instant::now() + Duration::from_secs(60);
    for child in &mut children {
        assert!(child.wait().expect("it ends").success());
    }
    assert!(Instant::now() < deadline, "the runners waited too long");
    assert_eq!(one(folder, "SELECT n FROM t ORDER BY rowid").await, ROWS);
}
