//! Databases named by URLs, pools and connections.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use autogen::{Connect, Health, Kind, Migrator, Planned, Progress};
use sqlx::mysql::MySqlPoolOptions;
use sqlx::postgres::PgPoolOptions;
use sqlx::sqlite::SqlitePoolOptions;
use sqlx::{Connection as _, MySqlConnection, PgConnection, SqliteConnection};

use super::support::{Place, write};

super::tests!(
    by_a_url,
    by_a_pool,
    by_a_pool_of_one,
    by_a_connection,
    by_a_connection_of_a_pool,
    one_in_a_transaction_is_refused,
    a_run_that_is_cut_short_leaves_nothing,
);

const FIRST: &str = "-- autogen: upgrade\nCREATE TABLE notes (n INTEGER NOT NULL);\n\n\
                     -- autogen: downgrade\nDROP TABLE notes;\n";
const SECOND: &str = "-- autogen: upgrade\nINSERT INTO notes VALUES (1);\n\n\
                      -- autogen: downgrade\nDELETE FROM notes;\n";

fn two(place: &Place) -> Migrator {
    place.write("aa", "", FIRST);
    place.write("bb", "aa", SECOND);
    place.migrator()
}

/// Everything that a migrator does, there and back.
macro_rules! all_of_it {
    ($migrator:expr, $db:expr) => {{
        let migrator: &Migrator = $migrator;
        let standing = migrator.check_pending($db).await.expect("a look");
        assert_eq!((standing.health(), standing.pending.len()), (Health::Pending, 2));
        assert_eq!(standing.to_string(), "pending: aa, bb; the database is at base");
        assert_eq!(migrator.plan($db, "+1").await.expect("a plan").len(), 1);
        let report = migrator.upgrade($db, "+1").await.expect("it runs");
        assert_eq!(report.ran.len(), 1);
        assert_eq!(migrator.current($db).await.expect("a look"), ["aa"]);
        assert_eq!(migrator.pending($db).await.expect("a look"), ["bb"]);
        assert_eq!(migrator.stamp($db, "bb").await.expect("a stamp"), ["bb"]);
        let standing = migrator.check_pending($db).await.expect("a look");
        assert_eq!(standing.to_string(), "up to date, at bb");
        assert_eq!(migrator.plan_downgrade($db, "base").await.expect("a plan").len(), 2);
        migrator.downgrade($db, "base").await.expect("it goes back");
        assert!(migrator.status($db).await.expect("a look").state.applied().is_empty());
        migrator.upgrade($db, "head").await.expect("it runs");
    }};
}

async fn by_a_url(place: Place) {
    let migrator = two(&place);
    all_of_it!(&migrator, &place.url);
    assert_eq!(place.column("SELECT n FROM notes").await.expect("the table"), ["1"]);
    // A release that has one of the two sees that the database is ahead.
    std::fs::remove_file(place.folder().join("bb.sql")).expect("it goes");
    let standing = place.migrator().check_pending(place.url.as_str()).await.expect("a look");
    assert_eq!((standing.health(), standing.unknown), (Health::Ahead, vec!["bb".to_owned()]));
    let error = place.migrator().upgrade(&place.url, "zz").await.expect_err("no such revision");
    assert_eq!(error.kind(), Kind::Revision);
}

async fn by_a_pool(place: Place) {
    let migrator = two(&place);
    match place.kind() {
        "sqlite" => {
            let url = format!("{}?mode=rwc", place.url);
            let pool = SqlitePoolOptions::new().max_connections(3).connect(&url).await;
            let pool = pool.expect("a pool");
            all_of_it!(&migrator, &pool);
        }
        "postgres" => {
            let pool = PgPoolOptions::new().max_connections(3).connect(&place.url).await;
            let pool = pool.expect("a pool");
            all_of_it!(&migrator, &pool);
            let path: String =
                sqlx::query_scalar("SHOW lock_timeout").fetch_one(&pool).await.expect("a setting");
            assert_eq!(path, "0", "the pool's sessions are as they were");
        }
        _ => {
            let pool = MySqlPoolOptions::new().max_connections(3).connect(&place.url).await;
            let pool = pool.expect("a pool");
            all_of_it!(&migrator, &pool);
            let modes: Vec<String> =
                sqlx::query_scalar("SELECT @@sql_mode").fetch_all(&pool).await.expect("a setting");
            assert!(modes[0].contains("PIPES_AS_CONCAT"), "as sqlx sets it: {modes:?}");
        }
    }
}

async fn by_a_pool_of_one(place: Place) {
    let migrator = two(&place);
    match place.kind() {
        "sqlite" => {
            // A database in memory is nowhere but in its connection.
            let pool = SqlitePoolOptions::new().max_connections(1).connect("sqlite::memory:").await;
            let pool = pool.expect("a pool");
            sqlx::query("PRAGMA foreign_keys = OFF").execute(&pool).await.expect("a setting");
            all_of_it!(&migrator, &pool);
            let sql = "SELECT foreign_keys + (SELECT count(*) FROM notes) FROM pragma_foreign_keys";
            let sum: i64 = sqlx::query_scalar(sql).fetch_one(&pool).await.expect("a row");
            assert_eq!(sum, 1, "the setting is as it was");
        }
        "postgres" => {
            let pool = PgPoolOptions::new().max_connections(1).connect(&place.url).await;
            let pool = pool.expect("a pool");
            all_of_it!(&migrator, &pool);
        }
        _ => {
            let pool = MySqlPoolOptions::new().max_connections(1).connect(&place.url).await;
            let pool = pool.expect("a pool");
            all_of_it!(&migrator, &pool);
        }
    }
}

async fn by_a_connection(place: Place) {
    let migrator = two(&place);
    match place.kind() {
        "sqlite" => {
            let url = "sqlite::memory:";
            let mut connection = SqliteConnection::connect(url).await.expect("a connection");
            all_of_it!(&migrator, &mut connection);
            let sql = "SELECT count(*) FROM notes";
            let count: i64 = sqlx::query_scalar(sql).fetch_one(&mut connection).await.expect("it");
            assert_eq!(count, 1, "it is the same connection afterwards");
        }
        "postgres" => all_of_it!(&migrator, PgConnection::connect(&place.url).await.expect("it")),
        _ => all_of_it!(&migrator, MySqlConnection::connect(&place.url).await.expect("it")),
    }
}

async fn by_a_connection_of_a_pool(place: Place) {
    let migrator = two(&place);
    match place.kind() {
        "sqlite" => {
            let url = format!("{}?mode=rwc", place.url);
            let pool = SqlitePoolOptions::new().connect(&url).await.expect("a pool");
            all_of_it!(&migrator, pool.acquire().await.expect("a connection"));
            let mut connection = pool.acquire().await.expect("a connection");
            assert!(migrator.check_pending(&mut *connection).await.expect("it").is_up_to_date());
        }
        "postgres" => {
            let pool = PgPoolOptions::new().connect(&place.url).await.expect("a pool");
            all_of_it!(&migrator, pool.acquire().await.expect("a connection"));
        }
        _ => {
            let pool = MySqlPoolOptions::new().connect(&place.url).await.expect("a pool");
            all_of_it!(&migrator, pool.acquire().await.expect("a connection"));
        }
    }
}

async fn one_in_a_transaction_is_refused(place: Place) {
    let migrator = two(&place);
    let refused = match place.kind() {
        "sqlite" => {
            let mut memory = SqliteConnection::connect("sqlite::memory:").await.expect("it");
            let mut open = memory.begin().await.expect("a transaction");
            let refused = migrator.upgrade(&mut *open, "head").await.expect_err("it is open");
            sqlx::query("SELECT 1").execute(&mut *open).await.expect("it is as it was");
            refused
        }
        "postgres" => {
            let mut connection = PgConnection::connect(&place.url).await.expect("it");
            sqlx::query("BEGIN").execute(&mut connection).await.expect("a transaction");
            migrator.upgrade(connection, "head").await.expect_err("it is open")
        }
        // Nothing tells of one there; what is open is committed first.
        _ => return,
    };
    assert!(refused.to_string().contains("inside a transaction"), "{refused}");
}

async fn a_run_that_is_cut_short_leaves_nothing(place: Place) {
    place.write("aa", "", FIRST);
    let slow =
        "-- autogen: upgrade\nINSERT INTO notes VALUES (1);\n\n-- autogen: step rust sleep\n";
    place.write("bb", "aa", slow);
    let sleeping = place.migrator().step("sleep", |mut it| async move {
        it.execute("INSERT INTO notes VALUES (2)").await?;
        tokio::time::sleep(Duration::from_secs(600)).await;
        Ok(())
    });
    let limit = Duration::from_secs(3);
    let awake = place.migrator().step("sleep", |_| async { Ok(()) });
    let rows = match place.kind() {
        "sqlite" => {
            let url = format!("{}?mode=rwc", place.url);
            let pool = SqlitePoolOptions::new().max_connections(1).connect(&url).await;
            let pool = pool.expect("a pool");
            let cut = tokio::time::timeout(limit, sleeping.upgrade(&pool, "head")).await;
            assert!(cut.is_err(), "it was asleep");
            awake.upgrade(&pool, "head").await.expect("the pool is of use still");
            place.column("SELECT n FROM notes").await
        }
        _ => {
            let cut = tokio::time::timeout(limit, sleeping.upgrade(&place.url, "head")).await;
            assert!(cut.is_err(), "it was asleep");
            awake.upgrade(&place.url, "head").await.expect("nothing is locked");
            place.column("SELECT n FROM notes").await
        }
    };
    assert_eq!(rows.expect("the table"), ["1"], "what the sleeper wrote is gone");
}

/// What was heard, by whoever has a copy.
#[derive(Clone, Debug, Default)]
struct Heard(Arc<Mutex<Vec<String>>>);

impl Progress for Heard {
    fn finished(&mut self, revision: &Planned, _took: Duration) {
        self.0.lock().expect("nobody panicked").push(revision.id.clone());
    }
}

/// The futures run on any thread, whatever names the database.
#[allow(dead_code, reason = "that it compiles is the test")]
fn futures_are_send(migrator: &'static Migrator, pool: &'static sqlx::SqlitePool) {
    fn sent<'a>(_: impl Future + Send + 'a) {}
    sent(migrator.upgrade("sqlite::memory:", "head"));
    sent(migrator.stamp(pool, "head"));
    tokio::spawn(migrator.upgrade(pool, "head"));
    tokio::spawn(async {
        let migrator = Migrator::open("migrations")?;
        let mut connection =
            pool.acquire().await.map_err(|_| autogen::Error::new(Kind::Usage, ""))?;
        migrator.downgrade(&mut *connection, "base").await?;
        migrator.check_pending(connection).await
    });
    fn shared<T: Send + Sync + 'static>() {}
    shared::<Migrator>();
    shared::<autogen::Error>();
    fn names<'c, T: Connect<'c>>() {}
    names::<'static, &'static sqlx::PgPool>();
    names::<'static, &'static sqlx::MySqlPool>();
}

/// Copies of a listener hear of every run, as they happen.
pub(super) fn listeners_hear() {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), "aa", "", FIRST);
    write(folder.path(), "bb", "aa", SECOND);
    let heard = Heard::default();
    let migrator = Migrator::open(folder.path()).expect("it fits").on_progress(heard.clone());
    let run = migrator.upgrade("sqlite::memory:", "head");
    super::support::runtime().block_on(run).expect("it runs");
    assert_eq!(*heard.0.lock().expect("nobody panicked"), ["aa", "bb"]);
}
