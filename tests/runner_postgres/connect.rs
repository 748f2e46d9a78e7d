//! Connections: what they are refused for, and what is waited for.

use std::time::{Duration, Instant};

use libtest_mimic::Trial;

use super::binary::{autogen, refused as refused_by, said};
use super::support::{Project, refused, says};
use super::tests;
use super::throwaway::{Server, is_root};
use autogen::db::{ConnectOptions, Database, Scratch};

tests!(
    a_missing_database_comes_with_its_command,
    a_mistyped_parameter_is_not_passed_over,
    what_a_server_says_is_kept,
    scratch_databases_come_and_go,
    what_killed_processes_left_is_swept,
);

pub(crate) fn trials() -> Vec<Trial> {
    if super::servers::servers().is_empty() {
        return Vec::new();
    }
    let trial = |name: &str, test: fn() -> Result<(), String>| {
        Trial::test(format!("own::connect::{name}"), move || Ok(test()?))
    };
    vec![
        trial("every_way_in", every_way_in),
        trial("a_server_that_starts_is_waited_for", a_server_that_starts_is_waited_for),
        trial("tls_is_as_safe_as_asked", tls_is_as_safe_as_asked),
    ]
}

async fn connected(url: &str) -> autogen::error::Result<Database> {
    Database::connect(url, &ConnectOptions::default()).await
}

/// A scratch database on the server of this URL.
pub(crate) async fn scratch(url: &str) -> autogen::db::Result<Database> {
    let place = Scratch::of(url, &ConnectOptions::default()).expect("a URL of PostgreSQL");
    Database::scratch(&place).await
}

async fn a_missing_database_comes_with_its_command(project: Project) {
    let name = project.one("SELECT current_database()").await;
    let url = project.url.replace(&format!("/{name}"), "/no_such_database");
    let text = refused(connected(&url).await);
    says(&text, &["database \"no_such_database\" does not exist", "create it: `createdb --host="]);
    let output = autogen(&project, &url, &["current"]).output().expect("it runs");
    says(&refused_by(&output), &["`createdb --host="]);
}

async fn a_mistyped_parameter_is_not_passed_over(project: Project) {
    let with = |query: &str| format!("{}?{query}", project.url);
    let text = refused(connected(&with("sslmod=require")).await);
    says(&text, &["a parameter `sslmod` that is unknown", "did you mean `sslmode`?"]);
    connected(&with("connect_timeout=5&theirs=1")).await.expect("others are not ours");
}

async fn what_a_server_says_is_kept(project: Project) {
    let mut db = project.db().await;
    assert!(db.is_direct());
    assert_eq!(db.dialect_name(), "postgres");
    let version = db.version().await.expect("a version");
    assert!(version.starts_with(char::is_numeric), "{version}");
    let failure = db.execute("SELECT 'ü',\n  nope").await.expect_err("there is no such column");
    assert_eq!((failure.code.as_deref(), failure.position), (Some("42703"), Some(15)));
    db.execute("CREATE TABLE t (n int UNIQUE); INSERT INTO t VALUES (1)").await.expect("a table");
    let failure = db.execute("INSERT INTO t VALUES (1)").await.expect_err("it is there");
    says(&failure.message, &["duplicate key", "Key (n)=(1) already exists"]);
    assert!(db.begin().await.expect("a transaction"));
    db.execute("bad").await.expect_err("no SQL");
    let failure = db.commit().await.expect_err("a failed transaction is not committed");
    says(&failure.message, &["current transaction is aborted"]);
    db.rollback().await.expect("the end");
    let all = "SELECT 1::smallint, 1.5::float8, true, '\\x00'::bytea, '{1}'::int[], NULL::text, 'x'::\"char\"";
    let rows = db.query_text_rows(all, &[]).await.expect("a row");
    let cells: Vec<&str> = rows[0].iter().map(|cell| cell.as_deref().unwrap_or("NULL")).collect();
    assert_eq!(cells, ["1", "1.5", "t", "\\x00", "{1}", "NULL", "x"]);
}

const SCRATCH: &str = "SELECT count(*) FROM pg_database WHERE datname LIKE 'autogen_scratch%'
    AND datname <> current_database()";

async fn scratch_databases_come_and_go(project: Project) {
    let named = |mut db: Database| async move {
        let rows = db.query_text_rows("SELECT current_database()", &[]).await.expect("a name");
        (rows[0][0].clone().unwrap_or_default(), db)
    };
    let made = scratch(&project.url).await.expect("a scratch database");
    let (first, made) = named(made).await;
    let there = format!("SELECT count(*) FROM pg_database WHERE datname = '{first}'");
    assert_eq!(project.one(&there).await, "1");
    let kind = "SELECT concat_ws(' ', encoding, datcollate, datctype) FROM pg_database
        WHERE datname = ";
    assert_eq!(
        project.one(&format!("{kind} '{first}'")).await,
        project.one(&format!("{kind} current_database()")).await
    );
    made.close().await.expect("it is dropped");
    assert_eq!(project.one(&there).await, "0");
    // A way out that does not close.
    let made = scratch(&project.url).await.expect("a scratch database");
    let (second, made) = named(made).await;
    drop(made);
    assert_eq!(project.one(&there.replace(&first, &second)).await, "0");
}

async fn what_killed_processes_left_is_swept(project: Project) {
    let own = project.one("SELECT current_database()").await;
    let name = |age: &str, end: &str| format!("autogen_scratch_{age}_{end}");
    let number = format!("{:016x}", std::process::id());
    let (old, used) = (name("1000", &number), name("1001", &number));
    let now = "SELECT floor(extract(epoch FROM now()))::bigint";
    let young = name(&project.one(now).await, &number);
    let there = project.url.replace(&format!("/{own}"), &format!("/{used}"));
    // Other tests sweep as well, until somebody is connected.
    let user = loop {
        let created = format!("CREATE DATABASE {used} TEMPLATE template0");
        drop(project.db().await.execute(&created).await);
        if let Ok(user) = connected(&there).await {
            break user;
        }
    };
    for database in [&young, &old] {
        project.execute(&format!("CREATE DATABASE {database} TEMPLATE template0")).await;
    }
    let scratch = scratch(&project.url).await;
    scratch.expect("a scratch database").close().await.expect("it is dropped");
    user.close().await.expect("the end");
    let left = format!("SELECT datname FROM pg_database WHERE datname LIKE '%{number}' ORDER BY 1");
    assert_eq!(project.one(&left).await, format!("{used}\n{young}"));
    assert!(!project.one(SCRATCH).await.is_empty());
    for database in [&used, &young] {
        let drop = format!("DROP DATABASE IF EXISTS {database}");
        while project.db().await.execute(&drop).await.is_err() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

fn every_way_in() -> Result<(), String> {
    let mut server = Server::new("scram-sha-256", &[])?;
    server.start();
    super::runtime().block_on(async {
        let (port, folder) = (server.port, server.folder().display().to_string());
        let encoded = folder.replace('/', "%2F");
        for url in [
            format!("postgres://postgres:s3cret@127.0.0.1:{port}/postgres"),
            format!("postgresql://postgres:s3cret@127.0.0.1:{port}/postgres?sslmode=disable"),
            format!("postgres://postgres:s3%63ret@127.0.0.1:{port}/postgres?application_name=it"),
            format!("postgres://127.0.0.1:{port}/postgres?user=postgres&password=s3cret"),
            format!(
                "postgres:///postgres?host=127.0.0.1&port={port}&user=postgres&password=s3cret"
            ),
            format!("postgres://postgres:s3cret@{encoded}:{port}/postgres"),
            format!("postgres://postgres:s3cret@localhost:{port}/postgres?host={folder}"),
            format!(
                "postgres://postgres:s3cret@127.0.0.1:{port}/postgres\
                 ?options=-c%20statement_timeout%3D77000"
            ),
            format!("postgres://postgres:s3cret@127.0.0.1:{port}/postgres?options[work_mem]=5MB"),
        ] {
            let mut db = connected(&url).await.unwrap_or_else(|error| panic!("{url}: {error}"));
            assert!(db.is_direct(), "{url}");
            let path = db.query_text_rows("SHOW search_path", &[]).await.expect("a setting");
            assert_eq!(path[0][0].as_deref(), Some("\"public\""), "{url}");
            assert!(!db.url().contains("s3"), "{}", db.url());
        }
        let url = format!("postgres://postgres:wrong@127.0.0.1:{port}/postgres");
        let options = ConnectOptions { wait: Duration::from_secs(30), ..ConnectOptions::default() };
        let clock = Instant::now();
        let text = refused(Database::connect(&url, &options).await);
        says(&text, &["password authentication failed for user \"postgres\"", "%40"]);
        assert!(!text.contains("wrong"), "{text}");
        assert!(clock.elapsed() < Duration::from_secs(10), "no time mends a password");
        let url = format!("postgres://nobody:x@127.0.0.1:{port}/postgres");
        says(&refused(connected(&url).await), &["password authentication failed"]);
    });
    Ok(())
}

fn a_server_that_starts_is_waited_for() -> Result<(), String> {
    let mut server = Server::new("trust", &[])?;
    let project = Project::at(&server.url("postgres"));
    project.revision("a1", "", "CREATE TABLE t (n INTEGER);", "DROP TABLE t;");
    project.write("autogen.toml", "[upgrade]\nwait = \"30s\"\n");
    let mut command = autogen(&project, &project.url, &["upgrade", "head"]);
    let waiting = std::thread::spawn(move || command.output().expect("it runs"));
    std::thread::sleep(Duration::from_millis(700));
    assert!(!waiting.is_finished(), "it waits");
    server.begin();
    says(&said(&waiting.join().expect("no panic")), &["Applied a1"]);
    server.kill();
    project.write("autogen.toml", "[upgrade]\nwait = \"1s\"\n");
    let clock = Instant::now();
    let output = autogen(&project, &project.url, &["current"]).output().expect("it runs");
    says(&refused_by(&output), &["no connection to 127.0.0.1", "Connection refused"]);
    assert!(clock.elapsed() > Duration::from_millis(900));
    Ok(())
}

fn tls_is_as_safe_as_asked() -> Result<(), String> {
    let mut server =
        Server::new("trust", &["ssl=on", "ssl_cert_file=server.crt", "ssl_key_file=server.key"])?;
    let data = server.folder().join("data");
    let mut openssl = std::process::Command::new("openssl");
    openssl.args(["req", "-new", "-x509", "-days", "2", "-nodes", "-subj", "/CN=localhost"]);
    openssl.args(["-addext", "subjectAltName=DNS:localhost"]);
    openssl.args(["-addext", "basicConstraints=critical,CA:FALSE"]);
    openssl.arg("-out").arg(data.join("server.crt")).arg("-keyout").arg(data.join("server.key"));
    let made = openssl.stderr(std::process::Stdio::null()).status();
    assert!(made.is_ok_and(|status| status.success()), "openssl makes a certificate");
    for (file, mode) in [("server.crt", "644"), ("server.key", "600")] {
        let mut change = std::process::Command::new("chmod");
        change.arg(mode).arg(data.join(file)).status().map_err(|error| error.to_string())?;
        if is_root() {
            let mut own = std::process::Command::new("chown");
            own.arg("nobody").arg(data.join(file)).status().map_err(|error| error.to_string())?;
        }
    }
    server.start();
    let certificate = data.join("server.crt").display().to_string();
    super::runtime().block_on(async {
        let url = |host: &str, rest: &str| {
            format!("postgres://postgres@{host}:{}/postgres?sslmode={rest}", server.port)
        };
        let encrypted = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
        for (rest, expected) in [("disable", "f"), ("prefer", "t"), ("require", "t")] {
            let mut db = connected(&url("127.0.0.1", rest)).await.expect("a connection");
            let rows = db.query_text_rows(encrypted, &[]).await.expect("a row");
            assert_eq!(rows[0][0].as_deref(), Some(expected), "{rest}");
        }
        let known = format!("verify-full&sslrootcert={certificate}");
        connected(&url("localhost", &known)).await.expect("the certificate is known");
        for unknown in [url("localhost", "verify-full"), url("127.0.0.1", &known)] {
            let text = refused(connected(&unknown).await);
            says(&text, &["no safe connection to", "sslmode", "sslrootcert"]);
        }
    });
    Ok(())
}
