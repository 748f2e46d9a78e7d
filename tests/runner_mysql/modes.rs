//! What the server is set to does not change what a revision means.

use super::support::Project;
use super::tests;

tests!(settings_of_the_server_change_nothing, the_session_is_as_the_documents_say);

/// Says so to every session that begins from now on; sessions of other tests pin their own.
async fn set(project: &Project, mode: &str) {
    project.execute(&format!("SET GLOBAL sql_mode = '{mode}'")).await;
}

async fn settings_of_the_server_change_nothing(project: Project) {
    const TEXTS: &str =
        "CREATE TABLE `t` (`a` INTEGER NOT NULL, `text` VARCHAR(40) DEFAULT \"x\\\"y\");
INSERT INTO t (a) VALUES (1);
INSERT INTO t VALUES (2, 'it\\'s'), (3, \"a;b\");
ALTER TABLE t ADD COLUMN n INTEGER AS (a || 0);
CREATE TRIGGER r BEFORE UPDATE ON t FOR EACH ROW SET NEW.text = \"changed\";
UPDATE t SET a = 4 WHERE a = 3;";
    let usual = project.one("SELECT @@GLOBAL.sql_mode").await;
    project.revision("a1", "", TEXTS, "DROP TABLE t;");
    project.upgrade().await.expect("up");
    let expected = project.one("SELECT * FROM t ORDER BY a").await;
    assert_eq!(expected, "1|x\"y|1\n2|it's|1\n4|changed|1");
    for mode in ["", "ANSI_QUOTES", "NO_BACKSLASH_ESCAPES", "ANSI,NO_BACKSLASH_ESCAPES"] {
        project.downgrade("").await.expect("down");
        set(&project, mode).await;
        let done = project.upgrade().await;
        let rows = project.one("SELECT * FROM t ORDER BY a").await;
        set(&project, &usual).await;
        done.unwrap_or_else(|error| panic!("{mode}: {error}"));
        assert_eq!(rows, expected, "{mode}");
    }
}

async fn the_session_is_as_the_documents_say(project: Project) {
    let settings = "SELECT @@sql_mode, @@time_zone, @@foreign_key_checks, @@unique_checks,
        @@autocommit, @@default_storage_engine, @@lock_wait_timeout, @@innodb_lock_wait_timeout,
        @@character_set_client, @@character_set_connection";
    assert_eq!(
        project.one(settings).await,
        "STRICT_TRANS_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION|+00:00|1|1|1|InnoDB|\
         1|1|utf8mb4|utf8mb4"
    );
}
