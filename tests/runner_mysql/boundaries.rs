//! The client dies at every statement of a revision: before the server hears of it, while it works,
//! and before the client hears of its end.

use super::history::{self, BACK, STATEMENTS};
use super::proxy::{Cut, Proxy};
use super::support::Project;
use super::tests;

tests!(a_client_that_dies_at_any_statement_repeats_and_skips_nothing);

async fn a_client_that_dies_at_any_statement_repeats_and_skips_nothing(project: Project) {
    history::revision(&project);
    project.upgrade().await.expect("up");
    let there = history::timeless(&project).await;
    project.downgrade("").await.expect("down");
    let gone = history::timeless(&project).await;
    for turn in 0..2 {
        for (number, statement) in STATEMENTS.iter().enumerate() {
            // Of what is cut short the next run may find that it was done, and go on.
            let second = if number % 2 == turn { Cut::During } else { Cut::After };
            for cut in [Cut::Before, second] {
                let proxy = Proxy::before(&project.url, statement, cut).await;
                let met = proxy.cuts(project.through(&proxy.url).upgrade()).await;
                assert!(met, "{statement} {cut:?}");
                let (done, in_doubt) = history::position(&project).await.expect("it is half done");
                // Rows share a transaction with others, back to the last change of the schema.
                let changes = !["INSERT", "UPDATE"].iter().any(|word| statement.starts_with(word));
                assert!(done <= number && in_doubt == changes, "{statement} {cut:?}: {done}");
            }
        }
        project.upgrade().await.expect("it goes on");
        assert_eq!(history::timeless(&project).await, there);
        for (number, statement) in BACK.iter().enumerate() {
            let second = if number % 2 == turn { Cut::During } else { Cut::After };
            for cut in [Cut::Before, second] {
                let proxy = Proxy::before(&project.url, statement, cut).await;
                let met = proxy.cuts(project.through(&proxy.url).downgrade("")).await;
                assert!(met, "{statement} {cut:?}");
            }
        }
        project.downgrade("").await.expect("it goes on");
        assert_eq!(history::timeless(&project).await, gone);
    }
}
