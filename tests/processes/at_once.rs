//! Many processes on one database.

use std::process::Child;

use super::chain::{Chain, Position};
use super::place::{Place, says};
use super::tests;

tests!(thirty_at_once_apply_each_revision_once);

async fn thirty_at_once_apply_each_revision_once(place: Place) {
    let chain = Chain::new(&place, 12);
    let children: Vec<Child> = (0..30).map(|_| place.started(&["upgrade", "head"])).collect();
    let outputs = children.into_iter().map(|child| child.wait_with_output().expect("it ends"));
    let mut applied = 0;
    for output in outputs {
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{text}");
        says(&text, &["database is at r11"]);
        applied += text.matches("Applied").count();
    }
    assert_eq!(applied, 12);
    assert_eq!(chain.position().await, Position { applied: 12, half: None });
    let log = place.log().await;
    let done = log.iter().filter(|line| line.ends_with(" Done")).count();
    let rest: Vec<&String> =
        log.iter().filter(|line| !line.ends_with(" Done") && !line.contains("Skipped")).collect();
    assert_eq!((done, rest), (12, vec![]), "{log:?}");
}
