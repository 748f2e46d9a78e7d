//! A pooler that lends server connections for one transaction each: right, or refused with what
//! to set.

use std::path::Path;
use std::pin::Pin;
use std::process::Child;
use std::time::{Duration, Instant};

use libtest_mimic::Trial;

use super::binary::{autogen, refused, said, started};
use super::connect::scratch;
use super::support::{Project, says};
use super::throwaway::{Server, as_user, free_port, is_root};

type Test = fn(Project) -> Pin<Box<dyn Future<Output = ()>>>;

/// Each with the settings of its pooler.
const TESTS: [(&str, &str, Test); 6] = [
    ("ten_runs_at_once", "default_pool_size = 5", |it| Box::pin(ten_runs_at_once(it))),
    ("settings_that_are_swallowed", "ignore_startup_parameters = options", |it| {
        Box::pin(ten_runs_at_once(it))
    }),
    ("what_runs_outside_transactions_is_refused", "", |it| Box::pin(bare_is_refused(it))),
    ("nothing_is_left_in_lent_sessions", "", |it| Box::pin(nothing_is_left(it))),
    ("a_pool_of_one_is_refused", "default_pool_size = 1", |it| Box::pin(pool_of_one(it))),
    ("statements_one_by_one_are_refused", "pool_mode = statement", |it| Box::pin(by_statement(it))),
];

pub(crate) fn trials() -> Vec<Trial> {
    if super::servers::servers().is_empty() {
        return Vec::new();
    }
    let trial = |(name, settings, test): (&str, &'static str, Test)| {
        Trial::test(format!("own::pooler::{name}"), move || {
            let mut server = Server::new("trust", &[])?;
            server.start();
            let pooler = Pooler::start(&server, settings)?;
            let url = format!("postgres://postgres@127.0.0.1:{}/postgres", pooler.port);
            super::runtime().block_on(test(Project::at(&url)));
            Ok(())
        })
    };
    TESTS.into_iter().map(trial).collect()
}

/// A pgbouncer before a server.
struct Pooler {
    process: Child,
    port: u16,
}

impl Pooler {
    fn start(server: &Server, settings: &str) -> Result<Self, String> {
        let program = Path::new("/usr/sbin/pgbouncer");
        if !program.exists() {
            return Err("pgbouncer is missing: run the tests by `scripts/test`".into());
        }
        let port = free_port()?;
        let mode = if settings.contains("pool_mode") { "" } else { "pool_mode = transaction" };
        let text = format!(
            "[databases]\n* = host=127.0.0.1 port={} user=postgres\n[pgbouncer]\n\
             listen_addr = 127.0.0.1\nlisten_port = {port}\nauth_type = any\nunix_socket_dir =\n\
             max_client_conn = 200\n{mode}\n{settings}\n",
            server.port
        );
        let file = server.folder().join("pgbouncer.ini");
        std::fs::write(&file, text).map_err(|error| error.to_string())?;
        if is_root() {
            let done = std::process::Command::new("chown").arg("nobody").arg(&file).status();
            done.map_err(|error| error.to_string())?;
        }
        let started = as_user(program, "KILL").arg("--quiet").arg(&file).spawn();
        let pooler = Self { process: started.map_err(|error| error.to_string())?, port };
        let deadline = Instant::now() + Duration::from_secs(20);
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            if Instant::now() > deadline {
                return Err("pgbouncer does not start".into());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(pooler)
    }
}

impl Drop for Pooler {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

fn revisions(project: &Project) {
    project.revision("a0", "", "CREATE TABLE t (n INTEGER);", "DROP TABLE t;");
    for number in 1..8 {
        let (id, parent) = (format!("a{number}"), format!("a{}", number - 1));
        let steps = format!(
            "INSERT INTO t VALUES ({number});\n-- autogen: step\nSELECT pg_sleep(0.02);\n\
             -- autogen: step autocommit\nUPDATE t SET n = n WHERE n = {number};"
        );
        project.revision(&id, &parent, &steps, "SELECT 1;");
    }
}

async fn ten_runs_at_once(project: Project) {
    let db = project.db().await;
    assert!(!db.is_direct(), "the pooler is seen");
    db.close().await.expect("the end");
    revisions(&project);
    let children: Vec<Child> = (0..10).map(|_| started(&project, &["upgrade", "head"])).collect();
    let outputs = children.into_iter().map(|child| child.wait_with_output().expect("it ends"));
    let all: Vec<String> = outputs.map(|output| said(&output)).collect();
    let applied = all.iter().filter(|text| text.matches("Applied").count() == 8).count();
    let idle = all.iter().filter(|text| text.contains("Nothing to do")).count();
    assert_eq!((applied, idle), (1, 9), "{all:#?}");
    assert_eq!(project.one("SELECT count(*), count(DISTINCT n) FROM t").await, "7|7");
    // Each gets its own answer, however many share a connection.
    let ask = |number: usize| {
        let project = &project;
        async move {
            let mut db = project.db().await;
            for turn in 0..40 {
                let text = format!("{number} {turn}");
                let sql = "SELECT ?1::text, pg_sleep(0.001)";
                let rows = db.query_text_rows(sql, &[Some(&text)]).await.expect("an answer");
                assert_eq!(rows[0][0].as_deref(), Some(text.as_str()));
            }
        }
    };
    tokio::join!(ask(1), ask(2), ask(3), ask(4), ask(5), ask(6), ask(7), ask(8));
    for command in [&["current"][..], &["history"], &["log"]] {
        let output = autogen(&project, &project.url, command).output().expect("it runs");
        says(&said(&output), &["a7"]);
    }
    project.db().await.introspect().await.expect("the catalog can be read");
    project.downgrade("").await.expect("down");
    let scratch = scratch(&project.url).await;
    let mut scratch = scratch.expect("a scratch database");
    scratch.execute("CREATE TABLE t (n INTEGER)").await.expect("it is ours");
    scratch.close().await.expect("it is dropped");
    let left = "SELECT count(*) FROM pg_database WHERE datname LIKE 'autogen_scratch%'";
    assert_eq!(project.one(left).await, "0");
}

async fn bare_is_refused(project: Project) {
    project.revision(
        "a1",
        "",
        "CREATE TABLE t (n INTEGER);\n-- autogen: step autocommit\n\
         CREATE INDEX CONCURRENTLY i ON t (n);",
        "DROP TABLE t;",
    );
    for arguments in [&["upgrade", "head"][..], &["upgrade", "head", "--plan"]] {
        let output = autogen(&project, &project.url, arguments).output().expect("it runs");
        let text = refused(&output);
        says(&text, &["not safe through a pooler", "a1.sql:8:1", "--database-url URL"]);
    }
    let sets = "-- autogen: step autocommit\nSET work_mem TO '5MB';";
    project.revision("a1", "", sets, "");
    let output = autogen(&project, &project.url, &["upgrade", "head"]).output().expect("it runs");
    says(&refused(&output), &["not safe through a pooler", "SET work_mem"]);
    assert_eq!(project.dump().await, "");
}

async fn nothing_is_left(project: Project) {
    project.execute("CREATE SCHEMA app").await;
    revisions(&project);
    let leak = "SET search_path TO pg_catalog;\nSET lock_timeout TO 1;\nSET ROLE pg_monitor;";
    project.revision("b1", "a7", leak, "SELECT 1;");
    let text = format!(
        "[database]\nurl = \"{}\"\nschemas = [\"app\"]\n[upgrade]\nlock_timeout = \"77ms\"\n",
        project.url
    );
    project.write("autogen.toml", &text);
    let mut command = autogen(&project, &project.url, &["upgrade", "head"]);
    said(&command.output().expect("it runs"));
    assert_eq!(
        project.one("SELECT to_regclass('app.t'), to_regclass('public.t')").await,
        "app.t|NULL"
    );
    // All sessions of the pool, each pinned by a transaction.
    let plain = ["search_path", "lock_timeout", "statement_timeout", "role"];
    let sql = format!(
        "SELECT string_agg(name || '=' || reset_val, ' '), string_agg(name || '=' || setting, ' ')
         FROM pg_settings WHERE name IN ('{}')",
        plain.join("', '")
    );
    let mut held = Vec::new();
    for _ in 0..4 {
        let mut raw = <sqlx::PgConnection as sqlx::Connection>::connect_with(
            &project
                .url
                .parse::<sqlx::postgres::PgConnectOptions>()
                .expect("a URL")
                .extra_float_digits(None),
        )
        .await
        .expect("a connection");
        sqlx::raw_sql("BEGIN").execute(&mut raw).await.expect("a transaction");
        let row = sqlx::raw_sql(sqlx::AssertSqlSafe(sql.as_str())).fetch_one(&mut raw).await;
        let row = row.expect("a row");
        let text = |at: usize| sqlx::Row::get_unchecked::<String, _>(&row, at);
        assert_eq!(text(0), text(1), "what a session began with is what it has");
        held.push(raw);
    }
}

async fn pool_of_one(project: Project) {
    revisions(&project);
    let output = autogen(&project, &project.url, &["upgrade", "head"]).output().expect("it runs");
    says(&refused(&output), &["the pooler lends one connection", "straight to the server"]);
    assert_eq!(project.dump().await, "");
}

async fn by_statement(project: Project) {
    revisions(&project);
    let output = autogen(&project, &project.url, &["upgrade", "head"]).output().expect("it runs");
    says(&refused(&output), &["statement pooling mode", "pool_mode = transaction"]);
}
