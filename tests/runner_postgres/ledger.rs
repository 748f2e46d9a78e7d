//! Where the ledger is, and what is done to it by hand.

use super::support::{Project, refused, says};
use super::tests;
use autogen::revision::Target;
use autogen::runner::{self, Repair};

tests!(
    the_ledger_can_be_in_a_namespace_of_its_own,
    names_stand_in_the_first_configured_namespace,
    looking_creates_nothing,
    stamping_runs_nothing,
    a_statement_can_be_left_out_by_hand,
    an_edited_file_is_found_and_accepted,
    a_newer_ledger_is_refused,
);

fn one_table(project: &Project) {
    project.revision("a1", "", "CREATE TABLE users (id INTEGER);", "DROP TABLE users;");
}

async fn the_ledger_can_be_in_a_namespace_of_its_own(mut project: Project) {
    one_table(&project);
    project.options.ledger = "ops.Revisions".into();
    project.revision("b2", "a1", "DELETE FROM OPS.\"Revisions\";", "SELECT 1;");
    says(&refused(project.upgrade().await), &["Revisions is the runner's own"]);
    // The name alone means another table.
    let own = "CREATE TABLE revisions (n INTEGER);\nDROP TABLE public.revisions;";
    project.revision("b2", "a1", own, "SELECT 1;");
    project.upgrade().await.expect("the namespace is made");
    let tables = "SELECT schemaname || '.' || tablename FROM pg_tables
        WHERE schemaname IN ('ops', 'public') ORDER BY 1";
    assert_eq!(project.one(tables).await, "ops.Revisions\nops.Revisions_log\npublic.users");
    assert_eq!(project.applied().await, ["a1", "b2"]);
    project.downgrade("").await.expect("down");
    assert_eq!(project.log().await.len(), 4);
}

async fn names_stand_in_the_first_configured_namespace(project: Project) {
    project.execute("CREATE SCHEMA \"App one\"").await;
    one_table(&project);
    let connecting = autogen::db::ConnectOptions {
        schemas: vec!["App one".into(), "public".into()],
        ..project.connecting()
    };
    let connected = autogen::db::Database::connect(&project.url, &connecting).await;
    let mut db = connected.expect("a connection");
    let target = Target::at(["a1"]);
    let (graph, options) = (project.graph(), &project.options);
    runner::upgrade(&mut db, &graph, &target, options, &mut ()).await.expect("up");
    let tables = "SELECT schemaname || '.' || tablename FROM pg_tables
        WHERE schemaname IN ('App one', 'public') ORDER BY tablename";
    assert_eq!(
        project.one(tables).await,
        "App one.autogen_log\nApp one.autogen_revisions\nApp one.users"
    );
}

async fn looking_creates_nothing(project: Project) {
    one_table(&project);
    let mut db = project.db().await;
    let status = runner::status(&mut db, &project.graph(), &project.options).await;
    assert_eq!(status.expect("a status").pending, ["a1"]);
    assert!(runner::log(&mut db, &project.options).await.expect("no log").is_empty());
    let target = Target::at(["a1"]);
    let planned = runner::plan_upgrade(&mut db, &project.graph(), &target, &project.options).await;
    assert_eq!(planned.expect("a plan").len(), 1);
    assert_eq!(project.dump().await, "");
}

async fn stamping_runs_nothing(project: Project) {
    one_table(&project);
    let mut db = project.db().await;
    let (graph, options) = (project.graph(), &project.options);
    let heads = runner::stamp(&mut db, &graph, &Target::at(["a1"]), false, options).await;
    assert_eq!(heads.expect("a stamp"), ["a1"]);
    assert_eq!(project.one("SELECT to_regclass('users')").await, "NULL");
    let heads = runner::stamp(&mut db, &graph, &Target::default(), true, options).await;
    assert_eq!(heads.expect("a stamp"), Vec::<String>::new());
}

async fn a_statement_can_be_left_out_by_hand(project: Project) {
    const STEPS: &str = "CREATE TABLE t (n INTEGER);
-- autogen: step autocommit
VACUUM;
-- autogen: step
INSERT INTO missing VALUES (4);
-- autogen: step
INSERT INTO t VALUES (5);";
    project.revision("a1", "", STEPS, "DROP TABLE t;");
    says(
        &refused(project.upgrade().await),
        &["a1.sql:10", "2 of the 4 statements of a1 are committed"],
    );
    says(&refused(project.downgrade("").await), &["the upgrade of a1 was begun"]);
    let mut db = project.db().await;
    let skip = Repair::SkipStatement("a1".to_owned());
    let repaired = runner::repair(&mut db, &project.graph(), &skip, &project.options).await;
    assert_eq!(repaired.expect("it is half done"), ["a1"]);
    project.upgrade().await.expect("it goes on after the statement");
    assert_eq!(project.one("SELECT n FROM t").await, "5");
}

async fn an_edited_file_is_found_and_accepted(project: Project) {
    one_table(&project);
    project.upgrade().await.expect("up");
    project.revision("a1", "", "CREATE TABLE users (id BIGINT);", "DROP TABLE users;");
    let mut db = project.db().await;
    let status = runner::status(&mut db, &project.graph(), &project.options).await;
    says(&status.expect("a status").findings[0].report().message, &["a1 was edited after"]);
    let accept = Repair::Accept(Vec::new());
    let repaired = runner::repair(&mut db, &project.graph(), &accept, &project.options).await;
    assert_eq!(repaired.expect("accepted"), ["a1"]);
}

async fn a_newer_ledger_is_refused(project: Project) {
    one_table(&project);
    project.upgrade().await.expect("up");
    project.execute("UPDATE autogen_revisions SET format = 99, tool = '9.9'").await;
    says(&refused(project.upgrade().await), &["in format 99", "install autogen 9.9"]);
    project.execute("DROP TABLE autogen_revisions").await;
    project.execute("CREATE TABLE autogen_revisions (version text)").await;
    says(&refused(project.upgrade().await), &["is no ledger", "name another table by `ledger`"]);
}
