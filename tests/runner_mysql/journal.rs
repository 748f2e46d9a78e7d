//! Statements whose end nobody saw, and of which the catalog tells nothing, or half of it.

use super::proxy::{Cut, Proxy};
use super::support::{Project, refused, says};
use super::tests;
use autogen::runner::{self, Repair, ledger::Stage};

tests!(
    what_was_dropped_in_part_is_dropped_whole,
    what_nothing_tells_of_is_asked,
    a_session_is_made_again_as_far_as_it_can_be,
    what_failed_in_part_is_said,
);

const SETUP: &str = "CREATE TABLE t (n INTEGER, m INTEGER, KEY old (n));
CREATE TABLE u (n INTEGER, m INTEGER, KEY old (n));
CREATE TABLE done (n INTEGER);
INSERT INTO t VALUES (1, 1);
INSERT INTO u VALUES (2, 2);";

const CLEAN: &str = "DROP TABLE IF EXISTS t, u, w, done, autogen_revisions, autogen_log";

async fn stage(project: &Project, id: &str) -> Option<Stage> {
    let mut db = project.db().await;
    let status = runner::status(&mut db, &project.graph(), &project.options).await;
    status.expect("a status").state.entries.get(id).map(|entry| entry.stage.clone())
}

async fn set_up(project: &Project, statement: &str) {
    project.execute(CLEAN).await;
    project.revision("a1", "", SETUP, "DROP TABLE t;");
    let text = format!("{statement};\nINSERT INTO done VALUES (1);");
    project.revision("b2", "a1", &text, "SELECT 1;");
    project.upgrade_to("a1", &mut ()).await.expect("the tables");
}

/// Ends the client just before or just after the server has done the statement.
async fn cut(project: &Project, statement: &str, cut: Cut) {
    let proxy = Proxy::before(&project.url, statement, cut).await;
    let through = project.through(&proxy.url);
    assert!(proxy.cuts(through.upgrade()).await, "{statement}");
}

async fn what_was_dropped_in_part_is_dropped_whole(project: Project) {
    let statement = "DROP TABLE t, u";
    set_up(&project, statement).await;
    cut(&project, statement, Cut::Before).await;
    project.execute("DROP TABLE t").await;
    project.upgrade().await.expect("it goes on");
    assert_eq!(project.one("SHOW TABLES LIKE '_'").await, "");
    assert_eq!(project.one("SELECT * FROM done").await, "1");
}

async fn what_nothing_tells_of_is_asked(project: Project) {
    for (moment, rows) in [(Cut::Before, "1"), (Cut::After, "1\n5")] {
        project.execute("DROP PROCEDURE IF EXISTS fill").await;
        set_up(&project, "CALL fill()").await;
        project.execute("CREATE PROCEDURE fill() INSERT INTO t VALUES (5, 5)").await;
        cut(&project, "CALL fill()", moment).await;
        for _ in 0..2 {
            says(
                &refused(project.upgrade().await),
                &["nothing tells whether it was done", "`autogen repair --skip-statement b2`"],
            );
        }
        assert_eq!(project.one("SELECT n FROM t ORDER BY n").await, rows);
        let half = stage(&project, "b2").await;
        assert!(matches!(half, Some(Stage::Half { done: 0, in_doubt: true, .. })), "{half:?}");
        let skip = Repair::SkipStatement("b2".into());
        let mut db = project.db().await;
        let repaired = runner::repair(&mut db, &project.graph(), &skip, &project.options).await;
        assert_eq!(repaired.expect("a repair"), ["b2"]);
        project.upgrade().await.expect("it goes on");
        assert_eq!(project.one("SELECT n FROM t ORDER BY n").await, rows);
        assert_eq!(project.one("SELECT * FROM done").await, "1");
    }
}

async fn a_session_is_made_again_as_far_as_it_can_be(project: Project) {
    let said = "SET @five = 5, @text = 'INSERT INTO done VALUES (?)';\nPREPARE it FROM @text;\n\
                ALTER TABLE t ADD COLUMN x INTEGER;\nINSERT INTO done VALUES (@five)";
    set_up(&project, said).await;
    cut(&project, "ALTER TABLE t ADD COLUMN x INTEGER", Cut::After).await;
    project.upgrade().await.expect("it goes on");
    assert_eq!(project.one("SELECT n FROM done ORDER BY n").await, "1\n5");
    for (makes, uses) in [
        ("SELECT n INTO @lost FROM t", "INSERT INTO done VALUES (@lost)"),
        ("SET @lost = LAST_INSERT_ID()", "INSERT INTO done VALUES (@lost)"),
        ("CREATE TEMPORARY TABLE lost (n INTEGER)", "INSERT INTO done SELECT n FROM lost"),
    ] {
        let alter = "ALTER TABLE t ADD COLUMN x INTEGER";
        set_up(&project, &format!("{makes};\n{alter};\n{uses}")).await;
        cut(&project, alter, Cut::After).await;
        let says_so = ["lost was lost with the session of the run that was cut short"];
        says(&refused(project.upgrade().await), &says_so);
        let mended =
            format!("{makes};\n{alter};\nSET @lost = 3;\nINSERT INTO done VALUES (@lost);");
        project.revision("b2", "a1", &mended, "SELECT 1;");
        project.upgrade().await.expect("it was given anew");
        assert_eq!(project.one("SELECT n FROM done").await, "3");
    }
}

async fn what_failed_in_part_is_said(project: Project) {
    set_up(&project, "DROP TABLE u, missing").await;
    let said = refused(project.upgrade().await);
    says(&said, &["missing"]);
    let gone = project.one("SHOW TABLES LIKE 'u'").await.is_empty();
    // MySQL drops all of a list or nothing.
    assert_eq!(gone, project.one("SELECT VERSION()").await.contains("MariaDB"));
    match gone {
        true => {
            says(&said, &["it was done at least in part", "the next run looks up whether"]);
            project.upgrade().await.expect("nothing is left to drop");
        }
        false => says(&said, &["0 of the 2 statements of b2 are committed, and nothing after"]),
    }
}
