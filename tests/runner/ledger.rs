//! The ledger and the log: what they say, and what they refuse.

use super::support::{Heard, Project, refused, says};
use autogen::revision::Target;
use autogen::runner::{self, Repair};

fn chain() -> Project {
    let project = Project::new();
    project.revision("a1", "", "CREATE TABLE a (n INTEGER);", "DROP TABLE a;");
    project.revision("b2", "a1", "CREATE TABLE b (n INTEGER);", "DROP TABLE b;");
    project.revision("c3", "b2", "CREATE TABLE c (n INTEGER);", "DROP TABLE c;");
    project
}

async fn findings(project: &Project) -> Vec<String> {
    let mut db = project.db().await;
    let status = runner::status(&mut db, &project.graph(), &project.options).await;
    let findings = status.expect("a status").findings;
    findings.into_iter().map(|finding| finding.report().message).collect()
}

#[tokio::test]
async fn line_ends_and_marks_do_not_count_as_an_edit() {
    let project = chain();
    project.upgrade().await.expect("up");
    let text = std::fs::read_to_string(project.file("b2")).expect("the file");
    for same in [
        text.replace('\n', "\r\n"),
        format!("\u{feff}{text}"),
        text.replace(";\n", ";  \t\n"),
        format!("{text}\n\n"),
    ] {
        project.write("migrations/b2.sql", &same);
        assert_eq!(findings(&project).await, Vec::<String>::new(), "{same:?}");
    }
    project.write("migrations/b2.sql", &text.replace("n INTEGER", "n TEXT"));
    assert_eq!(findings(&project).await, ["b2 was edited after it was applied"]);
}

#[tokio::test]
async fn an_edited_file_is_told_and_can_be_accepted() {
    let project = chain();
    project.upgrade_to("b2", &mut ()).await.expect("up");
    project.revision("b2", "a1", "CREATE TABLE b (n TEXT);", "DROP TABLE IF EXISTS b;");
    let mut heard = Heard::default();
    project.upgrade_to("c3", &mut heard).await.expect("others go on");
    assert_eq!(heard.lines[0], "warning: b2 was edited after it was applied");
    let mut db = project.db().await;
    let accept = Repair::Accept(vec!["b2".to_owned()]);
    let changed = runner::repair(&mut db, &project.graph(), &accept, &project.options).await;
    assert_eq!(changed.expect("it is accepted"), ["b2"]);
    assert_eq!(findings(&project).await, Vec::<String>::new());
    assert_eq!(
        project.one("SELECT downgrade FROM autogen_revisions WHERE id = 'b2'").await.trim(),
        "DROP TABLE IF EXISTS b;"
    );
    let none = Repair::Accept(Vec::new());
    let changed = runner::repair(&mut db, &project.graph(), &none, &project.options).await;
    assert_eq!(changed.expect("nothing is edited"), Vec::<String>::new());
}

#[tokio::test]
async fn a_revision_put_in_below_is_explained() {
    let project = chain();
    project.upgrade().await.expect("up");
    project.revision("x9", "a1", "CREATE TABLE x (n INTEGER);", "DROP TABLE x;");
    project.revision("b2", "x9", "CREATE TABLE b (n INTEGER);", "DROP TABLE b;");
    assert_eq!(findings(&project).await, ["x9 is not applied, but b2, which stands on it, is"]);
    project.upgrade().await.expect("it is applied now");
    assert_eq!(project.applied().await, ["a1", "b2", "c3", "x9"]);
}

#[tokio::test]
async fn a_newer_ledger_is_refused_by_name() {
    let project = chain();
    project.upgrade().await.expect("up");
    project
        .execute("UPDATE autogen_revisions SET format = 2, tool = '9.1.0' WHERE id = 'c3'")
        .await;
    says(
        &refused(project.upgrade().await),
        &["was written by autogen 9.1.0, in format 2", "install autogen 9.1.0"],
    );
}

#[tokio::test]
async fn a_table_of_another_program_is_not_taken_for_a_ledger() {
    let project = chain();
    project.execute("CREATE TABLE autogen_revisions (version TEXT)").await;
    says(&refused(project.upgrade().await), &["is no ledger", "`ledger` under [database]"]);
}

#[tokio::test]
async fn the_ledger_can_have_another_name() {
    let mut project = chain();
    project.options.ledger = "my\"own_revisions".to_owned();
    project.upgrade().await.expect("up");
    let tables = "SELECT name FROM sqlite_master WHERE name LIKE 'my%' AND type = 'table'";
    assert_eq!(project.one(tables).await, "my\"own_revisions\nmy\"own_log");
    assert_eq!(project.log().await.len(), 3);
}

#[tokio::test]
async fn a_revision_is_recorded_with_all_that_undoing_needs() {
    let project = chain();
    project.upgrade().await.expect("up");
    let sql = "SELECT parents, depends_on, message, state, tool, applied_by LIKE '%_@_%',
        applied_at LIKE '____-__-__T%Z', length(checksum) FROM autogen_revisions WHERE id = 'b2'";
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!(project.one(sql).await, format!("[\"a1\"]|[]|Revision b2|applied|{version}|1|1|64"));
}

#[tokio::test]
async fn an_attempt_without_an_end_is_shown_as_interrupted() {
    let project = chain();
    project.upgrade_to("a1", &mut ()).await.expect("up");
    project
        .execute(
            "INSERT INTO autogen_log (project, attempt, revision, action, event, at, duration_ms,
                actor, tool, note, format)
             VALUES ('', 'k', 'b2', 'upgrade', 'started', '', 0, 'me@here', '0', '', 1)",
        )
        .await;
    assert_eq!(project.log().await, ["a1 upgrade Done", "b2 upgrade Interrupted(\"\")"]);
}

#[tokio::test]
async fn stamping_changes_the_ledger_alone() {
    let project = chain();
    project.revision("d1", "a1", "CREATE TABLE d (n INTEGER);", "DROP TABLE d;");
    let (mut db, graph) = (project.db().await, project.graph());
    for (target, purge, expected) in [
        (vec!["c3"], false, vec!["a1", "b2", "c3"]),
        (vec!["d1"], false, vec!["a1", "b2", "c3", "d1"]),
        (vec!["b2"], false, vec!["a1", "b2", "d1"]),
        (vec!["c3"], true, vec!["a1", "b2", "c3"]),
        (vec!["a1", "c3"], false, vec!["a1", "b2", "c3"]),
        (vec![], false, vec![]),
    ] {
        let to = Target::at(target.clone());
        runner::stamp(&mut db, &graph, &to, purge, &project.options).await.expect("a stamp");
        assert_eq!(project.applied().await, expected, "{target:?}");
    }
    let tables = project.one("SELECT count(*) FROM sqlite_master WHERE length(name) = 1").await;
    assert_eq!(tables, "0");
    assert_eq!(project.log().await.len(), 6);
}

#[tokio::test]
async fn a_plan_runs_nothing_and_refuses_what_the_run_would() {
    let project = chain();
    let (mut db, graph) = (project.db().await, project.graph());
    let to = Target::at(["b2"]);
    let plan = runner::plan_upgrade(&mut db, &graph, &to, &project.options).await.expect("a plan");
    let ids: Vec<_> = plan.iter().map(|it| (it.id.as_str(), it.statements)).collect();
    assert_eq!(ids, [("a1", 1), ("b2", 1)]);
    assert_eq!(project.dump().await, "");
    let back = runner::plan_downgrade(&mut db, &graph, &to, &project.options).await;
    says(&refused(back), &["b2 is not applied"]);
}
