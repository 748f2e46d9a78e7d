//! A service of which several start at once, and what it says of its database's health.

use std::net::SocketAddr;

use autogen::db::{ConnectOptions, Database};
use autogen::runner::{self, ledger::Outcome};
use autogen::{Connect, Migrator};
use axum::Router;
use sqlx::mysql::MySqlPoolOptions;
use sqlx::postgres::PgPoolOptions;
use sqlx::sqlite::SqlitePoolOptions;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::service;
use super::support::Place;

super::tests!(several_start_at_once);

const REPLICAS: usize = 6;

/// One replica: its own pool, an upgrade, and then the routes.
async fn start(place: &str, migrator: Migrator) -> SocketAddr {
    async fn upgraded<P>(pool: P, migrator: Migrator) -> Router
    where
        P: Send + Sync + 'static,
        for<'p> &'p P: Connect<'p>,
    {
        migrator.upgrade(&pool, "head").await.expect("it runs, or finds nothing to do");
        service::app(pool, migrator)
    }
    let router = match place.split(':').next() {
        Some("sqlite") => {
            let url = format!("{place}?mode=rwc");
            upgraded(SqlitePoolOptions::new().connect_lazy(&url).expect("a pool"), migrator).await
        }
        Some("postgres") => {
            upgraded(PgPoolOptions::new().connect_lazy(place).expect("a pool"), migrator).await
        }
        _ => upgraded(MySqlPoolOptions::new().connect_lazy(place).expect("a pool"), migrator).await,
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

async fn health(address: SocketAddr) -> (u16, serde_json::Value) {
    let mut stream = TcpStream::connect(address).await.expect("it listens");
    let request = "GET /health/migrations HTTP/1.1\r\nHost: it\r\nConnection: close\r\n\r\n";
    stream.write_all(request.as_bytes()).await.expect("it hears");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("it answers");
    let (head, body) = answer.split_once("\r\n\r\n").expect("an answer");
    let status = head.split(' ').nth(1).and_then(|it| it.parse().ok()).expect("a status");
    (status, serde_json::from_str(body).expect("JSON"))
}

/// The revisions that were run to their end, as often as they were.
async fn done(url: &str) -> Vec<String> {
    let mut db = Database::connect(url, &ConnectOptions::default()).await.expect("a connection");
    let mut log = runner::log(&mut db, &runner::Options::default()).await.expect("a log");
    log.retain(|attempt| attempt.outcome == Outcome::Done);
    log.into_iter().map(|attempt| attempt.revision).collect()
}

async fn several_start_at_once(place: Place) {
    let starting = (0..REPLICAS).map(|_| {
        let url = place.url.clone();
        tokio::spawn(async move { start(&url, service::migrator()).await })
    });
    let starting: Vec<_> = starting.collect();
    let mut addresses = Vec::new();
    for replica in starting {
        addresses.push(replica.await.expect("it starts"));
    }
    for address in &addresses {
        let (status, answer) = health(*address).await;
        assert_eq!((status, answer["health"].as_str()), (200, Some("up to date, at 22bb")));
    }
    let stories = place.column("SELECT slug FROM stories ORDER BY id").await;
    assert_eq!(stories.expect("the table"), ["first-story", "two"]);
    assert_eq!(done(&place.url).await, ["11aa", "22bb"], "each once");
    // A newer release is started without its upgrade.
    place.write("33cc", "22bb", "-- autogen: upgrade\nSELECT 1;\n");
    for file in ["1_stories.sql", "2_slugs.sql"] {
        let from = std::path::Path::new("fixtures/library/migrations").join(file);
        std::fs::copy(from, place.folder().join(file)).expect("a copy");
    }
    let newer = place.migrator();
    let router = match place.kind() {
        "sqlite" => {
            service::app(SqlitePoolOptions::new().connect_lazy(&place.url).expect("it"), newer)
        }
        "postgres" => {
            service::app(PgPoolOptions::new().connect_lazy(&place.url).expect("it"), newer)
        }
        _ => service::app(MySqlPoolOptions::new().connect_lazy(&place.url).expect("it"), newer),
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move { axum::serve(listener, router).await });
    let (status, answer) = health(address).await;
    assert_eq!(status, 503);
    assert_eq!(answer["pending"], serde_json::json!(["33cc"]));
    // The old ones are as healthy as before.
    assert_eq!(health(addresses[0]).await.0, 200);
}
