//! Several processes on one database.

use std::path::Path;
use std::process::Child;

use super::journal;
use super::pipeline::{self, IDS};
use super::support::{alone, one, said, started, succeeds};

/// Starts so many upgrades, and waits for all; each must succeed.
fn upgrade_at_once(folder: &Path, count: usize) {
    let children: Vec<Child> = (0..count).map(|_| started(folder, &["upgrade", "head"])).collect();
    children.into_iter().for_each(succeeds);
}

async fn each_was_done_once(folder: &Path, ids: &[&str]) {
    let done = "SELECT revision FROM autogen_log WHERE event = 'done' ORDER BY revision";
    assert_eq!(one(folder, done).await, ids.join(","));
    let open = "SELECT count(*) FROM autogen_log a WHERE event = 'started' AND NOT EXISTS
        (SELECT 1 FROM autogen_log b WHERE b.attempt = a.attempt AND b.event <> 'started')";
    assert_eq!(one(folder, open).await, "0");
}

#[tokio::test]
async fn processes_at_once_apply_each_revision_once() {
    let _alone = alone().await;
    for count in [2, 3, 5] {
        let folder = tempfile::tempdir().expect("a folder");
        let folder = folder.path();
        journal::revisions(folder);
        upgrade_at_once(folder, count);
        assert_eq!(one(folder, "SELECT n FROM t ORDER BY rowid").await, journal::ROWS);
        each_was_done_once(folder, &["a1", "b2", "c3"]).await;
    }
}

#[tokio::test]
async fn processes_at_once_rebuild_tables_once() {
    let _alone = alone().await;
    let start = tempfile::tempdir().expect("a folder");
    pipeline::write(start.path());
    pipeline::seed(start.path()).await;
    let alone = pipeline::copy(start.path());
    said(alone.path(), &["upgrade", "head"]);
    let whole = pipeline::dump(alone.path()).await;
    for count in [2, 5] {
        let folder = pipeline::copy(start.path());
        upgrade_at_once(folder.path(), count);
        assert_eq!(pipeline::dump(folder.path()).await, whole);
        each_was_done_once(folder.path(), &IDS).await;
        said(folder.path(), &["check"]);
    }
}

/// Not even the file exists, and all want to make it.
#[tokio::test]
async fn processes_at_once_make_the_database_once() {
    let _alone = alone().await;
    for count in [2, 5] {
        let folder = tempfile::tempdir().expect("a folder");
        pipeline::write(folder.path());
        upgrade_at_once(folder.path(), count);
        each_was_done_once(folder.path(), &IDS).await;
        said(folder.path(), &["check"]);
    }
}
