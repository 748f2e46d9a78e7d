//! Opening databases: what is created, what is only read, what is refused.

use super::support::{Project, refused, says};
use autogen::db::{ConnectOptions, Database};
use autogen::runner;

fn reading(project: &Project) -> ConnectOptions {
    ConnectOptions { read_only: true, ..project.connecting() }
}

fn applied() -> Project {
    let project = Project::new();
    project.revision("a1", "", "CREATE TABLE a (n INTEGER);", "DROP TABLE a;");
    project
}

fn files(project: &Project) -> Vec<String> {
    let folder = std::fs::read_dir(project.path(".")).expect("the folder");
    let name = |entry: std::io::Result<std::fs::DirEntry>| {
        entry.expect("an entry").file_name().to_string_lossy().into_owned()
    };
    let mut names: Vec<String> = folder.map(name).collect();
    names.sort();
    names
}

async fn read_everything(project: &Project) -> Vec<String> {
    let mut db = Database::connect("sqlite://app.db", &reading(project)).await.expect("a reader");
    let options = &project.options;
    let status = runner::status(&mut db, &project.graph(), options).await.expect("a status");
    runner::log(&mut db, options).await.expect("a log");
    let heads = status.heads;
    db.close().await.expect("it closes");
    heads
}

#[tokio::test]
async fn reading_creates_nothing() {
    let project = applied();
    assert_eq!(read_everything(&project).await, Vec::<String>::new());
    assert_eq!(files(&project), ["migrations"]);
    let db = Database::connect("sqlite:app.db", &reading(&project)).await.expect("a stand-in");
    assert!(db.is_missing());
    project.execute("CREATE TABLE other (n)").await;
    let before = std::fs::read(project.path("app.db")).expect("the file");
    read_everything(&project).await;
    assert_eq!(std::fs::read(project.path("app.db")).expect("the file"), before);
}

#[tokio::test]
async fn a_reader_cannot_write() {
    let project = applied();
    project.upgrade().await.expect("up");
    let mut db = Database::connect("sqlite://app.db", &reading(&project)).await.expect("a reader");
    let failure = db.execute("DROP TABLE a").await.expect_err("this must be refused");
    says(&failure.message, &["readonly"]);
    assert_eq!(read_everything(&project).await, ["a1"]);
}

#[tokio::test]
async fn wal_databases_are_upgraded_and_read() {
    let project = applied();
    project.execute("PRAGMA journal_mode = WAL").await;
    project.upgrade().await.expect("up");
    assert_eq!(read_everything(&project).await, ["a1"]);
}

#[tokio::test]
async fn what_a_killed_writer_left_can_still_be_read() {
    let project = applied();
    project.upgrade().await.expect("up");
    // A copy of the files in the middle of a transaction is what a kill leaves behind.
    let mut db = project.db().await;
    db.execute("PRAGMA cache_size = 1").await.expect("a setting");
    assert!(db.begin().await.expect("a transaction"));
    db.execute(
        "INSERT INTO a WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 20000)
         SELECT n FROM c",
    )
    .await
    .expect("many rows");
    let killed = applied();
    for name in ["app.db", "app.db-journal"] {
        std::fs::copy(project.path(name), killed.path(name)).expect("the file is there");
    }
    db.rollback().await.expect("a rollback");
    assert_eq!(read_everything(&killed).await, ["a1"]);
    assert_eq!(killed.one("SELECT count(*) FROM a").await, "0");
}

/// Past the lock of a writer there is only what it has half written.
#[tokio::test]
async fn a_reader_does_not_look_past_a_lock() {
    let project = applied();
    project.upgrade().await.expect("up");
    let mut writer = project.db().await;
    writer.execute("BEGIN EXCLUSIVE").await.expect("nobody else is here");
    writer.execute("DROP TABLE a").await.expect("it is half done");
    let said = refused(Database::connect("sqlite://app.db", &reading(&project)).await);
    says(&said, &["app.db: database is locked", "help: another connection"]);
    writer.rollback().await.expect("a rollback");
    assert_eq!(read_everything(&project).await, ["a1"]);
}

#[tokio::test]
async fn bad_urls_are_explained() {
    let project = applied();
    for (url, parts) in [
        ("app.db", ["`app.db` is not a database URL", "`sqlite://app.db`"]),
        ("postgres://me:secret@127.0.0.1:1/db", ["no connection to 127.0.0.1:1", "`wait`"]),
        ("postgres://me:secret@host:port/db", ["the URL cannot be read", "host:5432"]),
        ("mysql://me:secret@127.0.0.1:1/db", ["no connection to 127.0.0.1:1", "`wait`"]),
        ("mariadb://me:secret@host:port/db", ["the URL cannot be read", "host:3306"]),
        ("mysql://me:secret@host", ["the URL names no database", "host:3306"]),
        ("sqllite://app.db", ["unknown kind of database `sqllite`", "did you mean `sqlite`?"]),
        ("oracle://me:secret@host/db", ["unknown kind of database `oracle`", "me:***@host"]),
        ("sqlite://none/app.db", ["folder", "none does not exist"]),
        ("sqlite://migrations", ["migrations", "is a folder"]),
        ("sqlite://", ["`sqlite://` names no file", "write sqlite://app.db"]),
        ("sqlite:?mode=rwc", ["names no file", "write sqlite://app.db"]),
        ("sqlite://app.db?mod=ro", ["unknown query parameter", "mod"]),
    ] {
        let said = refused(Database::connect(url, &project.connecting()).await);
        says(&said, &parts);
        assert!(!said.contains("secret"), "{said}");
    }
    let existing = ConnectOptions { create: false, ..project.connecting() };
    says(
        &refused(Database::connect("sqlite://app.db", &existing).await),
        &["there is no database"],
    );
    project.write("app.db", "this is a text file and not a database, whatever its name says");
    let said = refused(Database::connect("sqlite://app.db", &project.connecting()).await);
    says(&said, &["app.db: file is not a database", "encrypted"]);
}

#[tokio::test]
async fn paths_are_taken_from_the_project() {
    let project = applied();
    for url in
        ["sqlite://with%20space.db", "sqlite:plain.db", "sqlite::memory:", "sqlite://:memory:"]
    {
        let mut db = Database::connect(url, &project.connecting()).await.expect("a connection");
        db.execute("CREATE TABLE t (n)").await.expect("a table");
        assert!(db.version().await.expect("a version").starts_with("3."));
        db.close().await.expect("it closes");
    }
    assert_eq!(files(&project), ["migrations", "plain.db", "with space.db"]);
}

/// A service upgrades itself from a task of any runtime.
#[test]
fn runs_can_move_between_threads() {
    fn moves<T: Send>(_: T) {}
    let project = applied();
    moves(async move { project.upgrade().await.map(|report| report.heads) });
}
