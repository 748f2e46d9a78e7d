//! Scratch databases: made for one command, and swept when a process was killed.

use super::support::Project;
use super::tests;
use autogen::db::{ConnectOptions, Database, Scratch};

tests!(
    scratch_databases_come_and_go,
    what_killed_processes_left_is_swept,
    a_scratch_database_keeps_a_new_session,
);

async fn scratch(url: &str) -> Database {
    let place = Scratch::of(url, &ConnectOptions::default()).expect("a URL of MySQL");
    assert!(!place.holds_namespaces());
    Database::scratch(&place).await.expect("a scratch database")
}

async fn name(db: &mut Database) -> String {
    let rows = db.query_text_rows("SELECT DATABASE()", &[]).await.expect("a name");
    rows[0][0].clone().unwrap_or_default()
}

fn count(name: &str) -> String {
    format!("SELECT count(*) FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = '{name}'")
}

async fn scratch_databases_come_and_go(project: Project) {
    project.execute("ALTER DATABASE CHARACTER SET utf8mb4 COLLATE utf8mb4_spanish_ci").await;
    let mut made = scratch(&project.url).await;
    let first = name(&mut made).await;
    assert!(first.starts_with("autogen_scratch_"), "{first}");
    assert_eq!(project.one(&count(&first)).await, "1");
    let rows = made.query_text_rows("SELECT @@collation_database", &[]).await.expect("a row");
    assert_eq!(rows[0][0].as_deref(), Some("utf8mb4_spanish_ci"));
    assert!(format!("{:?}", made.dialect().expect("a dialect").name()).contains("mysql"));
    made.close().await.expect("it is dropped");
    assert_eq!(project.one(&count(&first)).await, "0");
    // A way out that does not close.
    let mut made = scratch(&project.url).await;
    let second = name(&mut made).await;
    drop(made);
    assert_eq!(project.one(&count(&second)).await, "0");
}

async fn what_killed_processes_left_is_swept(project: Project) {
    let number = format!("{:016x}", std::process::id());
    let named = |age: &str| format!("autogen_scratch_{age}_{number}");
    let (old, used, other) = (named("1000"), named("1001"), "autogen_scratch_mine".to_owned());
    let young = named(&project.one("SELECT UNIX_TIMESTAMP()").await);
    let mut user = project.db().await;
    let lock = format!("SELECT GET_LOCK('{used}', 0)");
    user.query_text_rows(&lock, &[]).await.expect("a lock");
    for database in [&old, &used, &young, &other] {
        project.execute(&format!("CREATE DATABASE IF NOT EXISTS {database}")).await;
    }
    scratch(&project.url).await.close().await.expect("it is dropped");
    assert_eq!(project.one(&count(&old)).await, "0");
    for database in [&used, &young, &other] {
        assert_eq!(project.one(&count(database)).await, "1", "{database}");
        project.execute(&format!("DROP DATABASE {database}")).await;
    }
}

async fn a_scratch_database_keeps_a_new_session(project: Project) {
    let mut made = scratch(&project.url).await;
    let name = name(&mut made).await;
    made.execute("SET @kept = 1").await.expect("a variable");
    made.renew().await.expect("a new session");
    let sql = format!("SELECT @kept, DATABASE(), IS_FREE_LOCK('{name}')");
    let rows = made.query_text_rows(&sql, &[]).await.expect("a row");
    assert_eq!(rows[0], [None, Some(name.clone()), Some("0".to_owned())]);
    made.close().await.expect("it is dropped");
    assert_eq!(project.one(&count(&name)).await, "0");
}
