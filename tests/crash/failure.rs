//! A run that fails leaves the database byte for byte as it was, but for its lines in the log.

use std::path::Path;

use super::pipeline::{self, IDS};
use super::support::{alone, database, one, refused, said};

/// The bytes of the database with an empty log. Packed, because a failed run may leave free pages.
async fn bytes(folder: &Path) -> Vec<u8> {
    let twin = pipeline::copy(folder);
    let mut db = database(twin.path()).await;
    let packed = twin.path().join("packed.db");
    db.execute("DELETE FROM autogen_log").await.expect("the log can be emptied");
    let pack = format!("VACUUM INTO '{}'", packed.display());
    db.execute(&pack).await.expect("the database can be packed");
    std::fs::read(packed).expect("the packed file")
}

async fn at_first() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    pipeline::write_first(folder.path());
    pipeline::seed(folder.path()).await;
    folder
}

/// Changes the models, writes the revision that follows from it, and the words the upgrade refuses
/// with; the database is then as it was.
async fn fails(folder: &Path, old: &str, new: &str, parts: &[&str]) {
    let path = folder.join("models.rs");
    let models = std::fs::read_to_string(&path).expect("the models");
    assert!(models.contains(old), "`{old}` is not in the models");
    std::fs::write(&path, models.replace(old, new)).expect("a file");
    said(folder, &["revision", "-m", "it fails", "--rev-id", "bad", "--from", "revisions"]);
    fails_as_written(folder, &["upgrade", "head"], parts).await;
}

async fn fails_as_written(folder: &Path, command: &[&str], parts: &[&str]) {
    let before = (bytes(folder).await, pipeline::dump(folder).await);
    let error = refused(folder, command);
    for part in parts {
        assert!(error.contains(part), "`{part}` is not in:\n{error}");
    }
    assert!(before.1 == pipeline::dump(folder).await, "the rows differ after\n{error}");
    assert!(before.0 == bytes(folder).await, "the bytes differ after\n{error}");
    let last = "SELECT event FROM autogen_log ORDER BY sequence DESC LIMIT 1";
    assert_eq!(one(folder, last).await, "failed");
}

fn write_revision(folder: &Path, id: &str, parent: &str, upgrade: &str, downgrade: &str) {
    let text = format!(
        "-- {id}\n--\n-- Revision: {id}\n-- Revises: {parent}\n\n-- autogen: upgrade\n{upgrade}\n\
         -- autogen: downgrade\n{downgrade}\n"
    );
    std::fs::write(folder.join(format!("migrations/{id}.sql")), text).expect("a file");
}

const GOOD: &str = "CREATE TABLE extra (id INTEGER PRIMARY KEY);
UPDATE users SET name = 'nobody';
DELETE FROM posts WHERE id > 10;
DROP INDEX ix_posts_user_id;
ALTER TABLE tag ADD COLUMN more TEXT;
CREATE VIEW everybody AS SELECT * FROM users;
DROP TABLE posts;";

#[tokio::test]
async fn a_failing_statement_in_the_middle() {
    let _alone = alone().await;
    let folder = at_first().await;
    let upgrade = format!("{GOOD}\nINSERT INTO nowhere VALUES (1);\nDROP TABLE users;");
    write_revision(folder.path(), "bad", IDS[0], &upgrade, "");
    let parts =
        ["bad.sql:14:1", "no such table: nowhere", "nothing of the upgrade of bad was kept"];
    fails_as_written(folder.path(), &["upgrade"], &parts).await;
}

#[tokio::test]
async fn a_rebuild_that_the_rows_do_not_allow() {
    let _alone = alone().await;
    let folder = at_first().await;
    let kept = "nothing of the upgrade of bad was kept; the database is at r1";
    let unique = ["UNIQUE constraint failed", ".user_id", kept];
    let (old, new) = ("cascade\", index)]", "cascade\", index, unique)]");
    fails(pipeline::copy(folder.path()).path(), old, new, &unique).await;
    let (old, new) = ("title: String", "#[column(check = \"length(title) < 8\")] title: String");
    let check = ["CHECK constraint failed: ck_posts_title", kept];
    fails(pipeline::copy(folder.path()).path(), old, new, &check).await;
    let (old, new) = ("age: Option<i64>", "#[column(references = \"tag.id\")] age: Option<i64>");
    let broken = ["foreign keys would be broken", "points to no row of tag", kept];
    let twin = pipeline::copy(folder.path());
    database(twin.path()).await.execute("DELETE FROM tag WHERE id > 5").await.expect("fewer tags");
    fails(twin.path(), old, new, &broken).await;
}

#[tokio::test]
async fn a_failing_second_revision() {
    let _alone = alone().await;
    let folder = at_first().await;
    let folder = folder.path();
    write_revision(folder, "good", IDS[0], GOOD, "");
    let alone = pipeline::copy(folder);
    said(alone.path(), &["upgrade"]);
    write_revision(folder, "worse", "good", "DROP TABLE users;\nBAD;", "");
    std::fs::write(folder.join("autogen.toml"), "[upgrade]\ntransaction = \"run\"\n")
        .expect("a file");
    let parts = ["worse.sql:8:1", "nothing of this run was kept; the database is at r1"];
    fails_as_written(folder, &["upgrade"], &parts).await;
    std::fs::remove_file(folder.join("autogen.toml")).expect("the file is there");
    let error = refused(folder, &["upgrade"]);
    assert!(error.contains("nothing of the upgrade of worse was kept; the database is at good"));
    assert_eq!(pipeline::dump(folder).await, pipeline::dump(alone.path()).await);
}

#[tokio::test]
async fn a_failing_downgrade() {
    let _alone = alone().await;
    let folder = at_first().await;
    let folder = folder.path();
    write_revision(folder, "good", IDS[0], "CREATE TABLE t (n);", &format!("{GOOD}\nBAD;"));
    said(folder, &["upgrade"]);
    let parts = ["good.sql:16:1", "nothing of the downgrade of good was kept"];
    fails_as_written(folder, &["downgrade", "-1"], &parts).await;
}

/// The ledger is made for the attempt, and nothing else is there afterwards that was not there.
#[tokio::test]
async fn a_failing_first_upgrade_leaves_its_attempt_alone() {
    let _alone = alone().await;
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    std::fs::create_dir(folder.join("migrations")).expect("a folder");
    let mut db = database(folder).await;
    for sql in ["CREATE TABLE old (a)", "INSERT INTO old VALUES ('kept')"] {
        db.execute(sql).await.expect("the statement runs");
    }
    db.close().await.expect("it closes");
    let upgrade = "CREATE TABLE t (n);\nDROP TABLE old;\nBAD;";
    let text = format!("-- Revision: bad\n\n-- autogen: upgrade\n{upgrade}\n");
    std::fs::write(folder.join("migrations/bad.sql"), text).expect("a file");
    refused(folder, &["upgrade"]);
    let tables = "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name";
    assert_eq!(one(folder, tables).await, "autogen_log,autogen_revisions,old");
    assert_eq!(one(folder, "SELECT a FROM old").await, "kept");
    assert_eq!(one(folder, "SELECT count(*) FROM autogen_revisions").await, "0");
    assert_eq!(one(folder, "SELECT event FROM autogen_log").await, "started,failed");
    assert!(!folder.join("app.db-journal").exists());
}
