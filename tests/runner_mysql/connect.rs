//! Connections: what they are refused for, and what is waited for.

use std::time::{Duration, Instant};

use libtest_mimic::Trial;

use super::binary::{autogen, refused as refused_by, said};
use super::servers;
use super::support::{Project, refused, says};
use super::tests;
use super::throwaway::Server;
use autogen::db::{ConnectOptions, Database};
use autogen::dialect::mysql::{Flavor, Server as Known};

tests!(a_missing_database_comes_with_its_command, what_a_server_says_is_kept, who_it_is_is_known);

pub(crate) fn trials(server: &servers::Server) -> Vec<Trial> {
    let name = server.name();
    let trial = |title: &str, test: fn(&'static str) -> Result<(), String>| {
        Trial::test(format!("{name}::own::{title}"), move || Ok(test(name)?))
    };
    vec![
        trial("every_way_in", every_way_in),
        trial("a_server_that_starts_is_waited_for", a_server_that_starts_is_waited_for),
    ]
}

async fn connected(url: &str) -> autogen::error::Result<Database> {
    Database::connect(url, &ConnectOptions::default()).await
}

async fn a_missing_database_comes_with_its_command(project: Project) {
    let name = project.one("SELECT DATABASE()").await;
    let url = project.url.replace(&format!("/{name}"), "/no_such_database");
    let text = refused(connected(&url).await);
    let command = ["create it: `mysql --host=127.0.0.1", "'CREATE DATABASE `no_such_database`'`"];
    says(&text, &["Unknown database 'no_such_database'", command[0], command[1]]);
    let output = autogen(&project, &url, &["current"]).output().expect("it runs");
    says(&refused_by(&output), &command);
    let url = project.url.replace(&format!("/{name}"), "");
    says(&refused(connected(&url).await), &["the URL names no database", "/database"]);
}

async fn what_a_server_says_is_kept(project: Project) {
    let mut db = project.db().await;
    assert!(db.is_direct());
    assert_eq!(db.dialect_name(), "mysql");
    let failure =
        db.execute("SELECT '\u{fc}',\n  nope").await.expect_err("there is no such column");
    assert_eq!((failure.code.as_deref(), failure.position), (Some("1054"), Some(15)));
    let failure = db.execute("SELECT 1\nFORM t").await.expect_err("this is no SQL");
    assert_eq!((failure.code.as_deref(), failure.position), (Some("1064"), Some(14)));
    let unique = "CREATE TABLE t (n int UNIQUE); INSERT INTO t VALUES (1)";
    db.execute(unique).await.expect("a table");
    let failure = db.execute("INSERT INTO t VALUES (1)").await.expect_err("it is there");
    says(&failure.message, &["Duplicate entry '1' for key"]);
    assert!(db.begin().await.expect("a transaction"));
    db.execute("INSERT INTO t VALUES (2)").await.expect("a row");
    db.execute("CREATE TABLE u (n int)").await.expect("a table, and a commit");
    let failure = db.commit().await.expect_err("it was committed before");
    says(&failure.message, &["a statement has committed the transaction"]);
    db.rollback().await.expect("the end");
    let all = "SELECT 1, 1.5, true, x'00ff', NULL, CAST('x' AS CHAR), DATE '2020-01-02', ?1";
    let rows = db.query_text_rows(all, &[Some("it's \\ \"")]).await.expect("a row");
    let cells: Vec<&str> = rows[0].iter().map(|cell| cell.as_deref().unwrap_or("NULL")).collect();
    assert_eq!(cells, ["1", "1.5", "1", "\0\u{fffd}", "NULL", "x", "2020-01-02", "it's \\ \""]);
}

async fn who_it_is_is_known(project: Project) {
    let mut db = project.db().await;
    let version = db.version().await.expect("a version");
    let known = Known::parse(&version);
    assert_eq!(known.flavor == Flavor::Mariadb, version.contains("MariaDB"));
    assert!(known.is_known(), "{version}");
    assert!(!Known::parse("5.7.44").is_known());
    assert!(!Known::parse("10.5.29-MariaDB").is_known());
}

fn every_way_in(name: &'static str) -> Result<(), String> {
    let mut server = Server::new(name, &[])?;
    server.start();
    super::runtime().block_on(async {
        let project = Project::at(&server.url("mysql"));
        for sql in [
            "CREATE DATABASE app",
            "CREATE USER 'me'@'%' IDENTIFIED BY 's3c/r@t'",
            "GRANT ALL ON app.* TO 'me'@'%'",
        ] {
            project.execute(sql).await;
        }
        let port = server.port;
        let socket = server.folder().join("socket").display().to_string();
        let encoded = socket.replace('/', "%2F");
        for url in [
            format!("mysql://me:s3c%2Fr%40t@127.0.0.1:{port}/app"),
            format!("mariadb://me:s3c%2Fr%40t@127.0.0.1:{port}/app"),
            format!("mysql://me:s3c%2Fr%40t@localhost:{port}/app?ssl-mode=DISABLED"),
            format!("mysql://me:s3c%2Fr%40t@127.0.0.1:{port}/app?charset=latin1&timezone=%2B02:00"),
            format!("mysql://me:s3c%2Fr%40t@localhost/app?socket={encoded}"),
        ] {
            let mut db = connected(&url).await.unwrap_or_else(|error| panic!("{url}: {error}"));
            assert_eq!(db.dialect_name(), "mysql", "{url}");
            let row = "SELECT DATABASE(), @@character_set_client";
            let rows = db.query_text_rows(row, &[]).await.expect("a row");
            assert_eq!(rows[0], [Some("app".to_owned()), Some("utf8mb4".to_owned())], "{url}");
            assert!(!db.url().contains("s3"), "{}", db.url());
        }
        let url = format!("mysql://me:wrong@127.0.0.1:{port}/app");
        let options = ConnectOptions { wait: Duration::from_secs(30), ..ConnectOptions::default() };
        let clock = Instant::now();
        let text = refused(Database::connect(&url, &options).await);
        says(&text, &["Access denied for user 'me'", "%40"]);
        assert!(!text.contains("wrong"), "{text}");
        assert!(clock.elapsed() < Duration::from_secs(10), "no time mends a password");
        tls_is_as_safe_as_asked(&server).await;
    });
    Ok(())
}

/// MySQL makes certificates for itself; MariaDB does so from 11.4.
async fn tls_is_as_safe_as_asked(server: &Server) {
    let url = |rest: &str| format!("{}?ssl-mode={rest}", server.url("app"));
    let mut plain = connected(&url("DISABLED")).await.expect("a connection");
    let status = "SHOW SESSION STATUS LIKE 'Ssl_cipher'";
    let cipher = |rows: Vec<Vec<Option<String>>>| rows[0][1].clone().unwrap_or_default();
    let rows = plain.query_text_rows(status, &[]).await.expect("a row");
    assert_eq!(cipher(rows), "");
    match connected(&url("REQUIRED")).await {
        Ok(mut safe) => {
            let rows = safe.query_text_rows(status, &[]).await.expect("a row");
            assert_ne!(cipher(rows), "");
            let text = refused(connected(&url("VERIFY_CA")).await);
            says(&text, &["no safe connection to", "ssl-mode", "ssl-ca"]);
        }
        Err(error) => {
            says(&super::support::words(&error), &["no safe connection to", "ssl-mode"]);
        }
    }
}

fn a_server_that_starts_is_waited_for(name: &'static str) -> Result<(), String> {
    let mut server = Server::new(name, &[])?;
    let project = Project::at(&server.url("mysql"));
    project.write("autogen.toml", "[upgrade]\nwait = \"60s\"\n");
    let mut command = autogen(&project, &project.url, &["ensure-ledger"]);
    let waiting = std::thread::spawn(move || command.output().expect("it runs"));
    std::thread::sleep(Duration::from_millis(700));
    assert!(!waiting.is_finished(), "it waits");
    server.begin();
    said(&waiting.join().expect("no panic"));
    server.kill();
    project.write("autogen.toml", "[upgrade]\nwait = \"1s\"\n");
    let clock = Instant::now();
    let output = autogen(&project, &project.url, &["current"]).output().expect("it runs");
    says(&refused_by(&output), &["no connection to 127.0.0.1", "Connection refused"]);
    assert!(clock.elapsed() > Duration::from_millis(900));
    Ok(())
}
