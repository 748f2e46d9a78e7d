//! Several runners at once.

use std::sync::Arc;
use std::time::Duration;

use super::support::{Project, refused, says};

/// Runs the project's upgrade on a thread of its own; true parallel runners.
fn upgrading(project: &Arc<Project>) -> std::thread::JoinHandle<usize> {
    let project = Arc::clone(project);
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
        let report = runtime.expect("a runtime").block_on(project.upgrade());
        report.expect("every runner succeeds").ran.len()
    })
}

#[tokio::test]
async fn runners_at_once_apply_each_revision_once() {
    let project = Project::new();
    project.revision("a0", "", "CREATE TABLE t (n INTEGER);", "DROP TABLE t;");
    for number in 1..12 {
        let (id, parent) = (format!("a{number}"), format!("a{}", number - 1));
        project.revision(&id, &parent, &format!("INSERT INTO t VALUES ({number});"), "");
    }
    let project = Arc::new(project);
    let runners: Vec<_> = (0..4).map(|_| upgrading(&project)).collect();
    let ran: usize = runners.into_iter().map(|runner| runner.join().expect("no panic")).sum();
    assert_eq!(ran, 12);
    assert_eq!(project.one("SELECT count(*), count(DISTINCT n) FROM t").await, "11|11");
    let done = project.log().await.into_iter().filter(|line| line.ends_with("Done")).count();
    assert_eq!(done, 12);
    let open =
        project.log().await.into_iter().filter(|line| line.ends_with("Interrupted(\"\")")).count();
    assert_eq!(open, 0);
}

#[tokio::test]
async fn a_lock_that_is_never_given_back_is_an_error_that_says_so() {
    let mut project = Project::new();
    project.options.retries = 1;
    project.revision("a1", "", "CREATE TABLE t (n INTEGER);", "DROP TABLE t;");
    project.execute("CREATE TABLE other (n)").await;
    let mut holder = project.db().await;
    assert!(holder.begin().await.expect("the first gets the lock"));
    says(
        &refused(project.upgrade().await),
        &["another connection has locked the database", "lock_timeout"],
    );
    holder.rollback().await.expect("the lock is given back");
    project.upgrade().await.expect("the lock is free");
}

/// A writer whose changes outgrow its cache keeps even readers out.
#[tokio::test]
async fn a_runner_waits_for_a_writer_that_keeps_readers_out() {
    let project = Project::new();
    project.revision("a1", "", "CREATE TABLE t (n INTEGER);", "DROP TABLE t;");
    project.execute("CREATE TABLE other (n)").await;
    let mut holder = project.db().await;
    holder.execute("BEGIN EXCLUSIVE").await.expect("nobody else is here");
    let project = Arc::new(project);
    let (runner, waiting) = (upgrading(&project), Arc::clone(&project));
    let reader = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
        runtime.expect("a runtime").block_on(async {
            let mut db = waiting.db().await;
            autogen::runner::read_ledger(&mut db, &waiting.options, &mut ()).await
        })
    });
    tokio::time::sleep(Duration::from_millis(700)).await;
    assert!(!runner.is_finished() && !reader.is_finished());
    holder.execute("COMMIT").await.expect("the end of the writer");
    assert_eq!(runner.join().expect("no panic"), 1);
    reader.join().expect("no panic").expect("the ledger can be read");
}
