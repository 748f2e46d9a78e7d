//! A process that is killed at any moment leaves a database that the next run brings to the same
//! end as one that was left alone.

use std::path::Path;
use std::time::Instant;

use super::support::{alone, one, said, started};

/// A condition that takes a while and holds.
const SLOWLY: &str = "WHERE (WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c
    WHERE n < 60000) SELECT count(*) FROM c) > 0";

/// The rows that the revisions add, in order.
pub(crate) const ROWS: &str = "1,2,3,4,5,6,7,8,9";

/// How many moments of a run are tried.
const MOMENTS: u32 = 16;

pub(crate) fn revisions(folder: &Path) {
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

#[tokio::test]
async fn a_killed_upgrade_is_resumed_without_repeating_or_skipping() {
    let _alone = alone().await;
    let whole = tempfile::tempdir().expect("a folder");
    revisions(whole.path());
    let start = Instant::now();
    let done = started(whole.path(), &["upgrade"]).wait().expect("it ends");
    assert!(done.success());
    let took = start.elapsed();
    let (mut cut_short, mut interrupted) = (0, 0);
    // Most kills hit something in the first round; a machine with other work may need more.
    for moment in (0..10).flat_map(|_| 1..MOMENTS) {
        if moment == 1 && cut_short > 0 && interrupted > 0 {
            break;
        }
        let folder = tempfile::tempdir().expect("a folder");
        let folder = folder.path();
        revisions(folder);
        let mut child = started(folder, &["upgrade"]);
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
        interrupted += said(folder, &["log"]).matches("did not end").count();
    }
    assert!(cut_short > 0, "no run was cut short");
    assert!(interrupted > 0, "no interrupted attempt was seen");
}
