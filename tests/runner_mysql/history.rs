//! A revision of thirty statements that know nothing of repetition: done twice or left out, any of
//! them leaves another database, or fails.

use super::support::Project;
use autogen::runner::{self, ledger::Stage};

/// Done in this order, each is a statement of its own kind.
pub(crate) const STATEMENTS: [&str; 30] = [
    "CREATE TABLE a (n INTEGER PRIMARY KEY, m INTEGER, KEY old (m))",
    "INSERT INTO a VALUES (1, 1), (2, 2)",
    "CREATE TABLE b LIKE a",
    "INSERT INTO b SELECT * FROM a",
    "INSERT INTO b VALUES (3, 3)",
    "ALTER TABLE a ADD COLUMN x INTEGER",
    "ALTER TABLE a DROP KEY old, ADD KEY new (x, m)",
    "ALTER TABLE a RENAME COLUMN x TO y",
    "UPDATE a SET y = n * 10",
    "UPDATE a SET m = m + 1",
    "ALTER TABLE a COMMENT 'text; more'",
    "ALTER TABLE a FORCE",
    "CREATE INDEX i ON b (m, n)",
    "DROP INDEX old ON b",
    "RENAME TABLE b TO c",
    "CREATE TABLE b AS SELECT n FROM c",
    "CREATE TABLE d LIKE c",
    // Both are defined the same.
    "RENAME TABLE c TO t, d TO c, t TO d",
    "INSERT INTO c SELECT n + 10, m FROM d",
    "TRUNCATE TABLE b",
    "CREATE VIEW v AS SELECT n FROM a",
    "CREATE OR REPLACE VIEW v AS SELECT m FROM a",
    "CREATE PROCEDURE p() SELECT 1",
    "CREATE TRIGGER r BEFORE INSERT ON c FOR EACH ROW SET NEW.m = 7",
    "INSERT INTO c VALUES (99, 0)",
    "DROP TRIGGER r",
    "/*!50003 CREATE PROCEDURE q() SELECT 2 */",
    "ALTER TABLE a ADD CONSTRAINT fk FOREIGN KEY (n) REFERENCES d (n)",
    "ANALYZE TABLE a",
    "DROP TABLE b",
];

/// The way back.
pub(crate) const BACK: [&str; 8] = [
    "DROP PROCEDURE q",
    "DROP PROCEDURE p",
    "DROP VIEW v",
    "ALTER TABLE a DROP FOREIGN KEY fk",
    "INSERT INTO c VALUES (100, 0)",
    "ALTER TABLE c ADD COLUMN x INTEGER",
    "DROP TABLE c, d",
    "DROP TABLE a",
];

pub(crate) fn revision(project: &Project) {
    let text = |statements: &[&str]| format!("{};", statements.join(";\n"));
    project.revision("a1", "", &text(&STATEMENTS), &text(&BACK));
}

/// Leaves nothing of it, whatever was done.
pub(crate) async fn clean(project: &Project) {
    project.execute("DROP TABLE IF EXISTS a, b, c, d, t, autogen_revisions, autogen_log").await;
    project.execute("DROP VIEW IF EXISTS v").await;
    project.execute("DROP PROCEDURE IF EXISTS p").await;
    project.execute("DROP PROCEDURE IF EXISTS q").await;
}

/// The database without what tells when it was made.
pub(crate) async fn timeless(project: &Project) -> String {
    let dump = project.dump().await;
    dump.lines().filter(|line| !line.contains("Some(\"applied\")")).collect::<Vec<_>>().join("\n")
}

/// How far it is, as the ledger says: how many statements are done, and whether one more may be.
pub(crate) async fn position(project: &Project) -> Option<(usize, bool)> {
    let mut db = project.db().await;
    let status = runner::status(&mut db, &project.graph(), &project.options).await;
    let state = status.expect("the ledger is whole").state;
    match state.entries.get("a1").map(|entry| &entry.stage) {
        None => Some((0, false)),
        Some(Stage::Half { done, in_doubt, .. }) => Some((*done, *in_doubt)),
        Some(Stage::Applied) => None,
    }
}
