//! Tables rebuilt with foreign keys off, and what guards their rows.

use super::support::{Project, refused, says};

const START: &str = "CREATE TABLE parent (id INTEGER PRIMARY KEY, name TEXT);
CREATE TABLE child (
    id INTEGER PRIMARY KEY,
    parent_id INTEGER NOT NULL REFERENCES parent (id) ON DELETE CASCADE
);
INSERT INTO parent VALUES (1, 'a'), (2, 'b');
INSERT INTO child VALUES (10, 1), (20, 2);";

fn rebuild(copy: &str) -> String {
    format!(
        "PRAGMA foreign_keys = OFF;
PRAGMA legacy_alter_table = ON;
CREATE TABLE parent_new (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
INSERT INTO parent_new SELECT id, name FROM parent{copy};
DROP TABLE parent;
ALTER TABLE parent_new RENAME TO parent;"
    )
}

async fn started(upgrade: &str) -> Project {
    let project = Project::new();
    project.revision("a1", "", START, "DROP TABLE child;\nDROP TABLE parent;");
    project.revision("b2", "a1", upgrade, "SELECT 1;");
    project.upgrade_to("a1", &mut ()).await.expect("the start is fine");
    project
}

#[tokio::test]
async fn children_outlive_the_rebuild_of_their_parent() {
    let project = started(&rebuild("")).await;
    project.upgrade().await.expect("the rebuild is fine");
    assert_eq!(project.one("SELECT * FROM child").await, "10|1\n20|2");
    let sql = project.one("SELECT sql FROM sqlite_master WHERE name = 'child'").await;
    says(&sql, &["REFERENCES parent (id)"]);
}

#[tokio::test]
async fn a_rebuild_that_loses_a_parent_is_refused() {
    let project = started(&rebuild(" WHERE id = 1")).await;
    let before = project.dump().await;
    says(
        &refused(project.upgrade().await),
        &["row 20 of child points to no row of parent", "nothing of the upgrade of b2 was kept"],
    );
    assert_eq!(project.dump().await, before);
}

#[tokio::test]
async fn rows_that_were_broken_before_do_not_stop_a_rebuild() {
    let project = started(&rebuild("")).await;
    let mut db = project.db().await;
    db.execute("PRAGMA foreign_keys = OFF").await.expect("a setting");
    db.execute("INSERT INTO child VALUES (30, 99)").await.expect("an orphan");
    drop(db);
    project.upgrade().await.expect("the orphan was there before");
}

#[tokio::test]
async fn the_session_is_restored_after_success_and_failure() {
    for upgrade in [rebuild(""), rebuild(" WHERE id = 1"), format!("{}\nBAD;", rebuild(""))] {
        let project = started(&upgrade).await;
        let mut db = project.db().await;
        let graph = project.graph();
        let target = autogen::revision::Target::at(["b2"]);
        let options = &project.options;
        let _ = autogen::runner::upgrade(&mut db, &graph, &target, options, &mut ()).await;
        for (pragma, value) in [("foreign_keys", "1"), ("legacy_alter_table", "0")] {
            let rows = db.query_text_rows(&format!("PRAGMA {pragma}"), &[]).await.expect("a row");
            assert_eq!(rows, [[Some(value.to_owned())]], "{pragma} after {upgrade}");
        }
    }
}

#[tokio::test]
async fn without_the_setting_foreign_keys_are_enforced() {
    let project = started("INSERT INTO child VALUES (40, 99);").await;
    says(&refused(project.upgrade().await), &["FOREIGN KEY constraint failed"]);
}
