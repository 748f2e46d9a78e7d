//! The server, or the program, dies in the middle of an upgrade, fifty times each.

use libtest_mimic::Trial;

use super::binary::started;
use super::support::Project;
use super::throwaway::Server;
use autogen::runner;
use autogen::runner::ledger::Stage;

/// How often the server dies, and how often the program.
const TIMES: (u32, u32) = (50, 20);

pub(crate) fn trials() -> Vec<Trial> {
    match super::servers::servers().is_empty() {
        true => Vec::new(),
        false => [("a_server", TIMES.0, true), ("a_client", TIMES.1, false)]
            .map(|(who, times, kills)| {
                Trial::test(
                    format!("own::killed::{who}_that_dies_leaves_one_revision"),
                    move || {
                        let mut server = Server::new("trust", &[])?;
                        super::runtime().block_on(die(&mut server, times, kills));
                        Ok(())
                    },
                )
            })
            .into(),
    }
}

const REVISIONS: u64 = 6;

/// Each revision has rows of its own, so that what is applied can be counted; some build an index
/// outside transactions.
fn revisions(project: &Project) {
    project.revision("r0", "", "CREATE TABLE t (r INTEGER, n INTEGER);", "DROP TABLE t;");
    for number in 1..REVISIONS {
        let (id, parent) = (format!("r{number}"), format!("r{}", number - 1));
        let rows = format!("INSERT INTO t SELECT {number}, n FROM generate_series(1, 2000) n;");
        let index = match number % 2 {
            0 => format!(
                "\n-- autogen: step autocommit\nCREATE INDEX CONCURRENTLY i{number} ON t (n);"
            ),
            _ => format!("\nCREATE TABLE u{number} AS SELECT * FROM t;"),
        };
        project.revision(&id, &parent, &format!("{rows}{index}"), "SELECT 1;");
    }
}

/// Ends runs at moments spread over them, by the death of their server or their own.
async fn die(server: &mut Server, times: u32, kills_server: bool) {
    server.start();
    let project = Project::at(&server.url("postgres"));
    revisions(&project);
    let whole = std::time::Instant::now();
    project.upgrade().await.expect("all of it, to know how long it takes");
    let whole = whole.elapsed();
    let mut cut = 0;
    for time in 0..times {
        clean(&project).await;
        let mut child = started(&project, &["upgrade", "head"]);
        // Spread over the whole run, and a little beyond it.
        std::thread::sleep(whole.mul_f64(f64::from(time) * 1.2 / f64::from(times)));
        if kills_server {
            server.kill();
            child.wait().expect("it ends");
            server.start();
        } else {
            child.kill().expect("it is ours");
            child.wait().expect("it ends");
            // What the server was told it still does.
            let busy = "SELECT count(*) FROM pg_stat_activity
                WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()";
            while project.one(busy).await != "0" {
                tokio::time::sleep(std::time::Duration::from_millis(10)).await;
            }
        }
        let done = consistent(&project).await;
        cut += u32::from(done < REVISIONS);
        project.upgrade().await.unwrap_or_else(|error| panic!("time {time}: {error}"));
        assert_eq!(consistent(&project).await, REVISIONS, "time {time}");
        let invalid = "SELECT count(*) FROM pg_index WHERE NOT indisvalid";
        assert_eq!(project.one(invalid).await, "0", "time {time}");
    }
    assert!(cut > times / 3, "only {cut} of {times} runs were cut short");
}

async fn clean(project: &Project) {
    let mut db = project.db().await;
    db.execute("DROP SCHEMA public CASCADE").await.expect("it is ours");
    db.execute("CREATE SCHEMA public").await.expect("it is ours");
}

/// What the ledger says is there, and nothing else: applied revisions are a prefix, each with all
/// its rows; at most the next one is half done, up to the statement that the ledger names.
async fn consistent(project: &Project) -> u64 {
    let mut db = project.db().await;
    let status = runner::status(&mut db, &project.graph(), &project.options).await;
    let state = status.expect("the ledger is whole").state;
    let applied = state.applied();
    let ids: Vec<String> = (0..REVISIONS).map(|number| format!("r{number}")).collect();
    let count = applied.len();
    assert!(applied.iter().eq(&ids[..count]), "{applied:?}");
    let half = state.half().map(|entry| {
        assert_eq!(entry.id, ids[count]);
        matches!(entry.stage, Stage::Half { done, .. } if done > 0)
    });
    if count == 0 {
        assert_eq!(project.one("SELECT to_regclass('t')").await, "NULL");
        return 0;
    }
    let rows = count as u64 - 1 + u64::from(half.unwrap_or_default());
    let sql = "SELECT count(DISTINCT r), count(*) FROM t";
    assert_eq!(project.one(sql).await, format!("{rows}|{}", rows * 2000));
    count as u64
}
