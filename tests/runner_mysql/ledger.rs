//! The ledger on servers with other tables in the way, and with accounts that may do little.

use super::support::{Project, refused, says};
use super::tests;
use autogen::db::{ConnectOptions, Database, Scratch};
use autogen::revision::{Identifier, Target};
use autogen::runner::{self, Repair};

tests!(
    who_may_only_read_can_look,
    who_may_not_create_is_told_what_to_grant,
    a_ledger_in_another_database_serves,
    a_ledger_has_its_own_character_set,
    a_table_that_is_no_ledger_is_refused,
    stamps_and_repairs_work,
    who_may_not_make_databases_is_told,
    a_connection_for_reading_writes_nothing,
);

/// An account of this test alone, and the URL with which it connects.
async fn account(project: &Project, kind: &str) -> (String, String) {
    let user = format!("{}_{kind}", project.one("SELECT DATABASE()").await);
    project.execute(&format!("CREATE USER '{user}'@'%' IDENTIFIED BY 'x'")).await;
    let url = project.url.replace("//root@", &format!("//{user}:x@"));
    assert!(url.contains(&user), "the URL names root");
    (user, url)
}

async fn gone(project: &Project, user: &str) {
    project.execute(&format!("DROP USER '{user}'@'%'")).await;
}

fn two(project: &Project) {
    project.revision("a1", "", "CREATE TABLE users (id INTEGER);", "DROP TABLE users;");
    project.revision("b2", "a1", "CREATE TABLE posts (id INTEGER);", "DROP TABLE posts;");
}

async fn who_may_only_read_can_look(project: Project) {
    two(&project);
    project.upgrade_to("a1", &mut ()).await.expect("up");
    let database = project.one("SELECT DATABASE()").await;
    let (user, url) = account(&project, "reader").await;
    let connecting = ConnectOptions { read_only: true, ..project.connecting() };
    let said = refused(Database::connect(&url, &connecting).await);
    says(&said, &["Access denied for user", &format!("GRANT .. ON `{database}`.* TO '{user}'")]);
    project.execute(&format!("GRANT SELECT ON {database}.* TO '{user}'@'%'")).await;
    let mut db = Database::connect(&url, &connecting).await.expect("a connection");
    let options = &project.options;
    let status = runner::status(&mut db, &project.graph(), options).await.expect("a status");
    assert_eq!(status.pending, ["b2"]);
    assert_eq!(runner::log(&mut db, options).await.expect("the log").len(), 1);
    let target = Target::at(["b2"]);
    let planned = runner::plan_upgrade(&mut db, &project.graph(), &target, &project.options).await;
    assert_eq!(planned.expect("a plan").len(), 1);
    db.introspect().await.expect("the catalog can be read");
    db.close().await.expect("the end");
    gone(&project, &user).await;
}

async fn who_may_not_create_is_told_what_to_grant(project: Project) {
    two(&project);
    let database = project.one("SELECT DATABASE()").await;
    let (user, url) = account(&project, "nobody").await;
    project.execute(&format!("GRANT SELECT ON {database}.* TO '{user}'@'%'")).await;
    let mut db = Database::connect(&url, &project.connecting()).await.expect("a connection");
    let options = &project.options;
    let grant = format!("`GRANT CREATE ON `{database}`.* TO '{user}'@'%'`");
    let said = refused(runner::ensure_ledger(&mut db, options).await);
    says(&said, &["CREATE command denied to user", &grant]);
    let target = Target::at(["a1"]);
    let ran = runner::upgrade(&mut db, &project.graph(), &target, options, &mut ()).await;
    says(&refused(ran), &["CREATE command denied to user", &grant]);
    assert_eq!(project.dump().await, "");
    db.close().await.expect("the end");
    gone(&project, &user).await;
}

async fn a_ledger_in_another_database_serves(mut project: Project) {
    two(&project);
    let other = format!("{}_ops", project.one("SELECT DATABASE()").await);
    project.options.ledger = format!("{other}.revisions");
    project.upgrade().await.expect("up");
    assert_eq!(project.one("SHOW TABLES").await, "posts\nusers");
    assert_eq!(
        project.one(&format!("SELECT id FROM {other}.revisions ORDER BY id")).await,
        "a1\nb2"
    );
    project.downgrade("").await.expect("down");
    assert_eq!(project.one(&format!("SELECT count(*) FROM {other}.revisions")).await, "0");
    project.execute(&format!("DROP DATABASE {other}")).await;
}

async fn a_ledger_has_its_own_character_set(project: Project) {
    project.execute("ALTER DATABASE CHARACTER SET latin1").await;
    let text = "CREATE TABLE t (\n    text VARCHAR(20) DEFAULT '\u{1f980}\\\\'\n) CHARSET utf8mb4;";
    // Ids that differ by case alone are two.
    project.revision("ab", "", text, "DROP TABLE t; -- \u{1f980}");
    project.revision("AB", "ab", "INSERT INTO t VALUES ('\u{1f980}');", "DELETE FROM t;");
    let other = project.path("migrations/other.sql");
    std::fs::rename(project.file("AB"), other).expect("files may not differ by case alone");
    project.upgrade().await.expect("up");
    assert_eq!(project.applied().await, ["AB", "ab"]);
    project.downgrade("").await.expect("down");
    assert!(project.applied().await.is_empty());
}

async fn a_table_that_is_no_ledger_is_refused(project: Project) {
    two(&project);
    project.execute("CREATE TABLE autogen_revisions (id INTEGER)").await;
    let said = refused(project.upgrade().await);
    says(&said, &["the table autogen_revisions is no ledger", "name another table by `ledger`"]);
}

async fn stamps_and_repairs_work(project: Project) {
    two(&project);
    let mut db = project.db().await;
    let (graph, options) = (project.graph(), &project.options);
    let to = [Identifier::parse("a1").expect("an identifier")];
    let heads = runner::stamp(&mut db, &graph, &to, false, options).await;
    assert_eq!(heads.expect("a stamp, and a ledger for it"), ["a1"]);
    project.revision("a1", "", "CREATE TABLE people (id INTEGER);", "DROP TABLE people;");
    let graph = project.graph();
    let accepted = runner::repair(&mut db, &graph, &Repair::Accept(Vec::new()), options).await;
    assert_eq!(accepted.expect("the file is right"), ["a1"]);
    std::fs::remove_file(project.file("a1")).expect("it is there");
    std::fs::remove_file(project.file("b2")).expect("it is there");
    let forget = Repair::Forget("a1".into());
    let forgotten = runner::repair(&mut db, &project.graph(), &forget, options).await;
    assert_eq!(forgotten.expect("nobody has it"), ["a1"]);
    assert!(project.applied().await.is_empty());
    let log = project.log().await;
    assert_eq!(log, ["a1 stamp Done", "a1 repair Done", "a1 repair Done"]);
}

async fn who_may_not_make_databases_is_told(project: Project) {
    let database = project.one("SELECT DATABASE()").await;
    let (user, url) = account(&project, "small").await;
    project.execute(&format!("GRANT ALL ON {database}.* TO '{user}'@'%'")).await;
    let place = || Scratch::of(&url, &ConnectOptions::default()).expect("a URL of MySQL");
    let failure = Database::scratch(&place()).await.expect_err("it is refused");
    says(&failure.message, &["Access denied for user"]);
    let help = failure.help.expect("a help");
    let grant = format!("GRANT ALL ON `autogen\\_scratch\\_%`.* TO '{user}'@'%'");
    says(&help, &[&grant, "`scratch`"]);
    project.execute(&grant).await;
    Database::scratch(&place()).await.expect("it may").close().await.expect("the end");
    gone(&project, &user).await;
}

async fn a_connection_for_reading_writes_nothing(project: Project) {
    project.execute("CREATE TABLE t (n INTEGER)").await;
    let connecting = ConnectOptions { read_only: true, ..project.connecting() };
    let mut db = Database::connect(&project.url, &connecting).await.expect("a connection");
    for statement in ["CREATE TABLE u (n INTEGER)", "INSERT INTO t VALUES (1)", "DROP TABLE t"] {
        let failure = db.execute(statement).await.expect_err("it is refused");
        says(&failure.message, &["READ ONLY transaction"]);
    }
    db.begin_trial().await.expect("a trial");
    db.execute("INSERT INTO t VALUES (1)").await.expect("it will be rolled back");
    db.rollback().await.expect("the end");
    assert_eq!(project.one("SELECT count(*) FROM t").await, "0");
}
