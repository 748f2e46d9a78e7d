//! Roles that may do little.

use super::connect::scratch;
use super::support::{Project, refused, says};
use super::tests;
use autogen::db::{ConnectOptions, Database};
use autogen::revision::Target;
use autogen::runner;

tests!(
    who_may_only_read_can_look,
    who_may_not_create_is_told_what_to_grant,
    a_ledger_made_beforehand_is_enough,
    a_connection_for_reading_writes_nothing,
    who_may_not_make_databases_is_told,
    who_may_not_connect_is_told,
);

/// A role of this test alone, and the URL with which it connects.
async fn role(project: &Project, kind: &str) -> (String, String) {
    let database = project.one("SELECT current_database()").await;
    let role = format!("{database}_{kind}");
    project.execute(&format!("CREATE ROLE {role} LOGIN PASSWORD 'x'")).await;
    let url = project.url.replace("//postgres@", &format!("//{role}:x@"));
    assert!(url.contains(&role), "the URL names the role postgres");
    (role, url)
}

async fn gone(project: &Project, role: &str) {
    project.execute(&format!("DROP OWNED BY {role}")).await;
    project.execute(&format!("DROP ROLE {role}")).await;
}

fn two(project: &Project) {
    project.revision("a1", "", "CREATE TABLE users (id INTEGER);", "DROP TABLE users;");
    project.revision("b2", "a1", "CREATE TABLE posts (id INTEGER);", "DROP TABLE posts;");
}

async fn who_may_only_read_can_look(project: Project) {
    two(&project);
    project.upgrade_to("a1", &mut ()).await.expect("up");
    let (role, url) = role(&project, "reader").await;
    let connecting = ConnectOptions { read_only: true, ..project.connecting() };
    let mut db = Database::connect(&url, &connecting).await.expect("a connection");
    let options = &project.options;
    let said = refused(runner::status(&mut db, &project.graph(), options).await);
    let grant = format!("`GRANT SELECT ON \"autogen_revisions\" TO \"{role}\"`");
    says(&said, &["permission denied for table autogen_revisions", &grant]);
    project.execute(&format!("GRANT SELECT ON autogen_revisions, autogen_log TO {role}")).await;
    let status = runner::status(&mut db, &project.graph(), options).await.expect("a status");
    assert_eq!(status.pending, ["b2"]);
    assert_eq!(runner::log(&mut db, options).await.expect("the log").len(), 1);
    let target = Target::at(["b2"]);
    let planned = runner::plan_upgrade(&mut db, &project.graph(), &target, &project.options).await;
    assert_eq!(planned.expect("a plan").len(), 1);
    db.introspect().await.expect("the catalog can be read");
    db.close().await.expect("the end");
    gone(&project, &role).await;
}

async fn who_may_not_create_is_told_what_to_grant(project: Project) {
    two(&project);
    project.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC").await;
    let (role, url) = role(&project, "nobody").await;
    let mut db = Database::connect(&url, &project.connecting()).await.expect("a connection");
    let options = &project.options;
    let said = refused(runner::ensure_ledger(&mut db, options).await);
    let grant = format!("`GRANT USAGE, CREATE ON SCHEMA \"public\" TO \"{role}\"`");
    says(&said, &["permission denied for schema public", &grant]);
    let target = Target::at(["a1"]);
    let ran = runner::upgrade(&mut db, &project.graph(), &target, options, &mut ()).await;
    says(&refused(ran), &["permission denied for schema public", &grant]);
    assert_eq!(project.dump().await, "");
    db.close().await.expect("the end");
    gone(&project, &role).await;
}

async fn a_ledger_made_beforehand_is_enough(mut project: Project) {
    two(&project);
    project.options.ledger = "ops.revisions".into();
    let (role, url) = role(&project, "runner").await;
    let mut db = project.db().await;
    runner::ensure_ledger(&mut db, &project.options).await.expect("the ledger");
    runner::ensure_ledger(&mut db, &project.options).await.expect("it is there already");
    for grant in [
        "REVOKE CREATE ON SCHEMA public FROM PUBLIC".to_owned(),
        format!("CREATE SCHEMA app AUTHORIZATION {role}"),
        format!("GRANT USAGE ON SCHEMA ops TO {role}"),
        format!("GRANT SELECT, INSERT, DELETE ON ALL TABLES IN SCHEMA ops TO {role}"),
    ] {
        project.execute(&grant).await;
    }
    let connecting = ConnectOptions { schemas: vec!["app".into()], ..project.connecting() };
    let mut db = Database::connect(&url, &connecting).await.expect("a connection");
    let (graph, options) = (project.graph(), &project.options);
    runner::upgrade(&mut db, &graph, &Target::at(["b2"]), options, &mut ()).await.expect("up");
    runner::downgrade(&mut db, &graph, &Target::at(["a1"]), options, &mut ()).await.expect("down");
    runner::stamp(&mut db, &graph, &Target::at(["b2"]), false, options).await.expect("a stamp");
    assert_eq!(project.one("SELECT to_regclass('app.users')").await, "app.users");
    db.close().await.expect("the end");
    gone(&project, &role).await;
}

async fn a_connection_for_reading_writes_nothing(project: Project) {
    let connecting = ConnectOptions { read_only: true, ..project.connecting() };
    let mut db = Database::connect(&project.url, &connecting).await.expect("a connection");
    let failure = db.execute("CREATE TABLE t (n INTEGER)").await.expect_err("it is refused");
    says(&failure.message, &["in a read-only transaction"]);
    db.begin_trial().await.expect("a trial");
    db.execute("CREATE TEMP TABLE t (n INTEGER)").await.expect("it will be rolled back");
    db.rollback().await.expect("the end");
    assert_eq!(project.dump().await, "");
}

async fn who_may_not_make_databases_is_told(project: Project) {
    let (role, url) = role(&project, "small").await;
    let failure = scratch(&url).await.expect_err("it is refused");
    says(&failure.message, &["permission denied to create database"]);
    let help = failure.help.expect("a help");
    says(&help, &[&format!("`ALTER ROLE \"{role}\" CREATEDB`"), "`scratch`"]);
    project.execute(&format!("ALTER ROLE {role} CREATEDB")).await;
    let scratch = scratch(&url).await.expect("it may");
    scratch.close().await.expect("the end");
    gone(&project, &role).await;
}

async fn who_may_not_connect_is_told(project: Project) {
    let (role, url) = role(&project, "outsider").await;
    let database = project.one("SELECT current_database()").await;
    project.execute(&format!("REVOKE CONNECT ON DATABASE \"{database}\" FROM PUBLIC")).await;
    let said = refused(Database::connect(&url, &ConnectOptions::default()).await);
    says(&said, &[&format!("`GRANT CONNECT ON DATABASE \"{database}\" TO \"{role}\"`")]);
    gone(&project, &role).await;
}
