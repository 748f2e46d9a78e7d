//! Many runners on one database.

use std::process::Child;

use super::binary::{said, started};
use super::support::Project;
use super::tests;

tests!(ten_at_once_apply_each_revision_once, two_ledgers_do_not_wait_for_each_other);

async fn ten_at_once_apply_each_revision_once(project: Project) {
    project.revision("a0", "", "CREATE TABLE t (n INTEGER);", "DROP TABLE t;");
    for number in 1..8 {
        let (id, parent) = (format!("a{number}"), format!("a{}", number - 1));
        let steps = format!("INSERT INTO t VALUES ({number});\nCREATE INDEX t_{number} ON t (n);");
        project.revision(&id, &parent, &steps, "");
    }
    let children: Vec<Child> = (0..10).map(|_| started(&project, &["upgrade", "head"])).collect();
    let outputs = children.into_iter().map(|child| child.wait_with_output().expect("it ends"));
    let said: Vec<String> = outputs.map(|output| said(&output)).collect();
    let applied = said.iter().filter(|text| text.matches("Applied").count() == 8).count();
    let idle = said.iter().filter(|text| text.contains("Nothing to do")).count();
    assert_eq!((applied, idle), (1, 9), "{said:#?}");
    assert_eq!(project.one("SELECT count(*), count(DISTINCT n) FROM t").await, "7|7");
    let log = project.log().await;
    assert_eq!(log.len(), 8, "{log:?}");
    assert!(log.iter().all(|line| line.ends_with("Done")), "{log:?}");
}

async fn two_ledgers_do_not_wait_for_each_other(project: Project) {
    project.revision("a1", "", "SELECT SLEEP(2);", "");
    let child = started(&project, &["upgrade", "head"]);
    std::thread::sleep(std::time::Duration::from_millis(500));
    let mut other = Project::at(&project.url);
    other.options.ledger = "other".into();
    other.options.queue_timeout = std::time::Duration::from_millis(100);
    other.revision("z1", "", "CREATE TABLE z (n INTEGER);", "");
    other.upgrade().await.expect("it waits for nobody");
    said(&child.wait_with_output().expect("it ends"));
}
