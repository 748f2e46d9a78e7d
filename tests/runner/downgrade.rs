//! Going back, with and without the files.

use super::support::{Project, refused, says};
use autogen::runner;

fn chain() -> Project {
    let project = Project::new();
    project.revision("a1", "", "CREATE TABLE a (n INTEGER);", "DROP TABLE a;");
    project.revision("b2", "a1", "CREATE TABLE b (n INTEGER);", "DROP TABLE b;");
    project.revision("c3", "b2", "CREATE TABLE c (n INTEGER);", "DROP TABLE c;");
    project
}

fn remove(project: &Project, id: &str) {
    std::fs::remove_file(project.file(id)).expect("the file was there");
}

#[tokio::test]
async fn down_is_the_way_up_backwards() {
    let project = chain();
    project.upgrade_to("a1", &mut ()).await.expect("up");
    let before = project.dump().await;
    project.upgrade().await.expect("up");
    let report = project.downgrade("a1").await.expect("down");
    let ran: Vec<&str> = report.ran.iter().map(|it| it.id.as_str()).collect();
    assert_eq!(ran, ["c3", "b2"]);
    assert_eq!(project.dump().await, before);
    project.downgrade("").await.expect("down");
    assert_eq!(project.applied().await, Vec::<String>::new());
    let tables = project.one("SELECT name FROM sqlite_master WHERE type = 'table'").await;
    assert_eq!(tables, "autogen_revisions\nautogen_log");
}

#[tokio::test]
async fn revisions_without_files_are_undone_by_the_ledger() {
    let project = chain();
    project.revision(
        "d4",
        "c3",
        "CREATE TABLE d (n INTEGER);",
        "-- autogen: statement\nDROP TABLE d;\n-- autogen: end",
    );
    project.upgrade().await.expect("up");
    remove(&project, "c3");
    remove(&project, "d4");
    let mut db = project.db().await;
    let status = runner::status(&mut db, &project.graph(), &project.options).await;
    let status = status.expect("a status");
    assert_eq!(status.heads, ["d4"]);
    let texts: Vec<_> = status.findings.iter().map(|finding| finding.report().message).collect();
    assert_eq!(
        texts,
        [
            "no file has c3, which is applied: Revision c3",
            "no file has d4, which is applied: Revision d4"
        ]
    );
    let report = project.downgrade("b2").await.expect("down");
    assert_eq!(report.ran.len(), 2);
    assert!(report.ran.iter().all(|planned| planned.path.is_none()));
    assert_eq!(project.applied().await, ["a1", "b2"]);
    assert_eq!(
        project.one("SELECT count(*) FROM sqlite_master WHERE name IN ('c', 'd')").await,
        "0"
    );
}

#[tokio::test]
async fn a_failing_stored_downgrade_names_its_place() {
    let project = chain();
    project.upgrade().await.expect("up");
    project.execute("DROP TABLE c").await;
    remove(&project, "c3");
    says(&refused(project.downgrade("b2").await), &["<ledger>/c3.sql:", "no such table: c"]);
    assert_eq!(project.applied().await, ["a1", "b2", "c3"]);
}

#[tokio::test]
async fn what_cannot_be_undone_stops_the_run_before_it_starts() {
    let project = chain();
    let text = std::fs::read_to_string(project.file("b2")).expect("the file");
    let text = text.replace("DROP TABLE b;", "-- autogen: irreversible \"rows were merged\"");
    project.write("migrations/b2.sql", &text);
    project.upgrade().await.expect("up");
    let before = project.dump().await;
    says(&refused(project.downgrade("").await), &["b2 cannot be undone: rows were merged"]);
    assert_eq!(project.dump().await, before);
    project.downgrade("b2").await.expect("c3 can be undone");
}

#[tokio::test]
async fn a_target_that_is_not_applied_is_refused() {
    let project = chain();
    project.upgrade_to("a1", &mut ()).await.expect("up");
    says(&refused(project.downgrade("b2").await), &["b2 is not applied", "at a1"]);
}

#[tokio::test]
async fn an_unknown_revision_does_not_stop_an_upgrade_but_is_told() {
    let project = chain();
    project.upgrade().await.expect("up");
    remove(&project, "c3");
    project.revision("e5", "b2", "CREATE TABLE e (n INTEGER);", "DROP TABLE e;");
    let mut heard = super::support::Heard::default();
    project.upgrade_to("e5", &mut heard).await.expect("up");
    assert_eq!(
        heard.lines,
        ["warning: no file has c3, which is applied: Revision c3", "start e5", "done e5"]
    );
}

/// What another project keeps in the same ledger is not undone by a word that does not name it.
#[tokio::test]
async fn the_base_is_that_of_this_project() {
    let project = chain();
    project.revision("z1", "", "CREATE TABLE z (n INTEGER);", "DROP TABLE z;");
    project.revision("z2", "z1", "CREATE TABLE zz (n INTEGER);", "DROP TABLE zz;");
    project.upgrade().await.expect("up");
    remove(&project, "z1");
    remove(&project, "z2");
    let before = project.dump().await;
    says(
        &refused(project.downgrade("").await),
        &["z1 has no file, and nothing joins it", "own `ledger`", "`autogen downgrade z1-1`"],
    );
    assert_eq!(project.dump().await, before);
    project.downgrade("a1").await.expect("this names the project's own");
    assert_eq!(project.applied().await, ["a1", "z1", "z2"]);
}

#[tokio::test]
async fn a_lost_file_makes_no_downgrade_of_none() {
    let project = chain();
    let text = std::fs::read_to_string(project.file("c3")).expect("the file");
    let (upgrade, _) = text.split_once("-- autogen: downgrade").expect("both sides");
    project.write("migrations/c3.sql", upgrade);
    project.upgrade().await.expect("up");
    says(&refused(project.downgrade("b2").await), &["c3 has no downgrade"]);
    remove(&project, "c3");
    says(&refused(project.downgrade("b2").await), &["c3 cannot be undone: it has no downgrade"]);
    assert_eq!(project.applied().await, ["a1", "b2", "c3"]);
    assert_eq!(project.one("SELECT count(*) FROM sqlite_master WHERE name = 'c'").await, "1");
}
