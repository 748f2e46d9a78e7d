//! Other sessions in the way.

use std::time::Duration;

use libtest_mimic::Trial;

use super::binary;
use super::servers;
use super::support::{Heard, Project, refused, says};
use super::tests;
use super::throwaway::Server;
use autogen::db::Database;

tests!(
    who_blocks_is_named_when_the_tries_run_out,
    who_keeps_a_row_is_named,
    a_lock_that_is_freed_in_time_is_waited_for,
    a_run_that_does_not_end_is_named,
    a_lost_turn_is_noticed_before_the_commit,
    nobody_writes_while_a_statement_outlives_its_client,
    nothing_stays_locked,
);

pub(crate) fn trials(server: &servers::Server) -> Vec<Trial> {
    let name = server.name();
    // What tells it on MariaDB is a plugin that its core does not bring along.
    if server.is_mariadb() {
        return Vec::new();
    }
    let named = Trial::test(format!("{name}::own::the_server_names_who_blocks"), move || {
        let mut server = Server::new(name, &["--performance-schema=ON"])?;
        server.start();
        super::runtime().block_on(async {
            let mut project = Project::at(&server.url("mysql"));
            project.execute("CREATE DATABASE locked").await;
            project = project.through(&server.url("locked"));
            altering(&mut project);
            project.upgrade_to("a1", &mut ()).await.expect("the table");
            // This one has an open transaction too, and is not in the way.
            let bystander = holding(&project, "INSERT INTO bystanders VALUES (1)").await;
            let blocker = holding(&project, "SELECT * FROM users").await;
            let (innocent, guilty) = (number(bystander).await, number(blocker).await);
            let said = refused(project.upgrade().await);
            says(&said, &[&format!("session {guilty} of root")]);
            assert!(!said.contains(&format!("session {innocent} ")), "{said}");
        });
        Ok(())
    });
    vec![named]
}

/// The number of a session; it stays open behind the caller's back, until its runtime ends.
async fn number(mut db: Database) -> String {
    let rows = db.query_text_rows("SELECT CONNECTION_ID()", &[]).await.expect("a number");
    std::mem::forget(db);
    rows[0][0].clone().unwrap_or_default()
}

fn altering(project: &mut Project) {
    let tables = "CREATE TABLE users (id INTEGER);\nCREATE TABLE bystanders (id INTEGER);\n\
                  INSERT INTO users VALUES (1);";
    project.revision("a1", "", tables, "DROP TABLE users;");
    let alter = "CREATE TABLE other (id INTEGER);\nALTER TABLE users ADD COLUMN name TEXT;";
    project.revision("b2", "a1", alter, "ALTER TABLE users DROP COLUMN name;");
    project.options.retries = 1;
}

/// Another session that holds this lock in an open transaction.
async fn holding(project: &Project, sql: &str) -> Database {
    let mut other = project.db().await;
    other.execute("START TRANSACTION").await.expect("a transaction");
    other.execute(sql).await.expect("a lock");
    other
}

async fn who_blocks_is_named_when_the_tries_run_out(mut project: Project) {
    altering(&mut project);
    project.upgrade_to("a1", &mut ()).await.expect("the table");
    let mut other = holding(&project, "SELECT * FROM users /* secret */").await;
    let said = refused(project.upgrade().await);
    says(
        &said,
        &[
            "b2.sql:8: Lock wait timeout exceeded",
            "see `lock_timeout` and `retries`",
            "help: session ",
            " of root from localhost",
            "idle for ",
            "1 of the 2 statements of b2 are committed, and nothing after them",
        ],
    );
    assert!(!said.contains("secret"), "{said}");
    other.execute("ROLLBACK").await.expect("the end");
    project.upgrade().await.expect("nobody is in the way");
}

async fn who_keeps_a_row_is_named(mut project: Project) {
    altering(&mut project);
    project.revision("b2", "a1", "UPDATE users SET id = 3;", "");
    project.upgrade_to("a1", &mut ()).await.expect("the table");
    let mut other = holding(&project, "UPDATE users SET id = 2").await;
    let said = refused(project.upgrade().await);
    says(&said, &["b2.sql:7: Lock wait timeout exceeded", " of root from ", "nothing of the"]);
    other.execute("ROLLBACK").await.expect("the end");
    project.upgrade().await.expect("nobody is in the way");
    assert_eq!(project.one("SELECT id FROM users").await, "3");
}

async fn a_lock_that_is_freed_in_time_is_waited_for(mut project: Project) {
    altering(&mut project);
    project.options.retries = 50;
    project.upgrade_to("a1", &mut ()).await.expect("the table");
    let mut other = holding(&project, "SELECT * FROM users").await;
    let free = async {
        tokio::time::sleep(Duration::from_millis(2500)).await;
        other.execute("COMMIT").await
    };
    let (report, freed) = tokio::join!(project.upgrade(), free);
    freed.expect("the end");
    assert_eq!(report.expect("it was worth waiting").heads, ["b2"]);
    let log = project.log().await;
    assert_eq!(log, ["a1 upgrade Done", "b2 upgrade Done"]);
}

async fn a_run_that_does_not_end_is_named(mut project: Project) {
    altering(&mut project);
    project.revision("a1", "", "SELECT SLEEP(60);", "");
    let mut child = binary::started(&project, &["upgrade", "a1"]);
    running(&project, "SELECT SLEEP(60)").await;
    project.options.queue_timeout = Duration::from_millis(300);
    says(
        &refused(project.upgrade().await),
        &["another run on this database", "session ", " of root", "`queue_timeout`"],
    );
    child.kill().expect("it is killed");
    child.wait().expect("it ends");
    end(&project, "SELECT SLEEP(60)").await;
}

/// Waits until another session runs this.
async fn running(project: &Project, statement: &str) -> String {
    let sql = format!(
        "SELECT ID FROM information_schema.PROCESSLIST WHERE DB = DATABASE() AND INFO = '{statement}'"
    );
    loop {
        let found = project.one(&sql).await;
        if !found.is_empty() {
            return found;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn end(project: &Project, statement: &str) {
    let session = running(project, statement).await;
    project.execute(&format!("KILL {session}")).await;
}

async fn a_lost_turn_is_noticed_before_the_commit(project: Project) {
    project.revision("a1", "", "CREATE TABLE t (n INTEGER);", "");
    project.revision("b2", "a1", "INSERT INTO t VALUES (1);\nSELECT SLEEP(1);", "");
    project.upgrade_to("a1", &mut ()).await.expect("the table");
    let before = project.dump().await;
    let steal = async {
        running(&project, "SELECT SLEEP(1)").await;
        let turn = "SELECT IS_USED_LOCK(CONCAT('autogen run ', DATABASE(), '.autogen_revisions'))";
        let holder = project.one(turn).await;
        project.execute(&format!("KILL {holder}")).await;
    };
    let (report, ()) = tokio::join!(project.upgrade(), steal);
    let said = refused(report);
    says(
        &said,
        &["the connection that keeps other runs out was lost", "nothing of the upgrade of"],
    );
    assert_eq!(project.dump().await, before);
    project.upgrade().await.expect("again");
}

/// A client that is killed leaves its statement waiting on the server.
async fn nobody_writes_while_a_statement_outlives_its_client(mut project: Project) {
    altering(&mut project);
    const ALTER: &str = "ALTER TABLE users ADD COLUMN name TEXT";
    project.write("autogen.toml", "[upgrade]\nlock_timeout = \"30s\"\n");
    project.upgrade_to("a1", &mut ()).await.expect("the table");
    let mut other = holding(&project, "INSERT INTO users VALUES (1)").await;
    let mut child = binary::started(&project, &["upgrade", "head"]);
    running(&project, ALTER).await;
    child.kill().expect("it is killed");
    child.wait().expect("it ends");
    let free = async {
        tokio::time::sleep(Duration::from_millis(700)).await;
        other.execute("COMMIT").await
    };
    let mut heard = Heard::default();
    let (report, freed) = tokio::join!(project.upgrade_to("b2", &mut heard), free);
    freed.expect("the end");
    report.expect("what the killed client began is looked up");
    assert_eq!(project.applied().await, ["a1", "b2"]);
    let columns = "SELECT count(*) FROM information_schema.COLUMNS
        WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'users'";
    assert_eq!(project.one(columns).await, "2");
}

async fn nothing_stays_locked(mut project: Project) {
    altering(&mut project);
    project.revision("b2", "a1", "INSERT INTO missing VALUES (1);", "");
    let mut db = project.db().await;
    let (graph, options) = (project.graph(), &project.options);
    let heads = autogen::revision::Target::at(["b2"]);
    refused(autogen::runner::upgrade(&mut db, &graph, &heads, options, &mut ()).await);
    let heads = [autogen::revision::Identifier::parse("b2").expect("an identifier")];
    autogen::runner::stamp(&mut db, &graph, &heads, false, options).await.expect("a stamp");
    for what in ["run", "write"] {
        let free = format!(
            "SELECT IS_FREE_LOCK(CONCAT('autogen {what} ', DATABASE(), '.autogen_revisions'))"
        );
        assert_eq!(project.one(&free).await, "1", "{what}");
    }
}
