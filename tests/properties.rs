//! The laws of the design over random pairs of schemas, on SQLite in memory with rows in it.

#[path = "properties/draft.rs"]
mod draft;
#[path = "properties/edit.rs"]
mod edit;
#[path = "support/live/sqlite.rs"]
mod live;

use autogen::config::Unmanaged;
use autogen::dialect::Dialect as _;
use autogen::dialect::sqlite::Sqlite;
use autogen::diff::{Declined, Question};
use autogen::generate::{Proposal, Scope, Sides, compare, propose};
use autogen::op::{Change, Op};
use autogen::schema::{Conversion, Expr, Intent, Schema};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use draft::{Draft, edit};
use edit::{KINDS, value};

const DIALECT: Sqlite = Sqlite::BUNDLED;

#[test]
fn the_laws_hold_for_random_pairs() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|it| it.parse().ok());
    let config =
        Config { cases: cases.unwrap_or(2_000), failure_persistence: None, ..Config::default() };
    let pairs =
        (prop::collection::vec(edit(KINDS), 0..30), prop::collection::vec(edit(KINDS), 1..10));
    // The same pairs every time, so that a red run is red again; PROPTEST_CASES explores further.
    let random = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    TestRunner::new_with_rng(config, random)
        .run(&pairs, |(base, change)| {
            let mut draft = Draft::new(DIALECT.spelling());
            base.into_iter().for_each(|it| draft.apply(it));
            draft.mark();
            let before = draft.schema.clone();
            change.into_iter().for_each(|it| draft.apply(it));
            runtime.block_on(laws(&before, &draft.schema, draft.intent()));
            Ok(())
        })
        .unwrap();
}

#[tokio::test]
async fn the_bundled_version_is_the_linked_one() {
    let mut connection = live::memory().await;
    let linked = live::texts(&mut connection, "SELECT sqlite_version()").await.unwrap();
    let (major, minor, patch) = DIALECT.version;
    assert_eq!(linked, [format!("{major}.{minor}.{patch}")]);
}

async fn laws(before: &Schema, after: &Schema, intent: Intent) {
    let mut connection = live::memory().await;
    let create = step(&Schema::default(), before, Intent::default());
    live::run(&mut connection, &create.up).await.unwrap();
    let start = live::read(&mut connection).await.unwrap();
    in_sync(&start, before);
    live::seed(&mut connection, &start).await.unwrap();
    let rows = live::contents(&mut connection, &start, &[]).await;

    let change = step(&start, after, intent);
    let again = step(&start, after, change.1.clone());
    assert_eq!(change.0.up, again.0.up, "same input, same plan");
    live::run(&mut connection, &change.0.up).await.unwrap();
    let there = live::read(&mut connection).await.unwrap();
    in_sync(&there, after);
    assert_eq!(live::faults(&mut connection, &there).await, [""; 0], "nothing is broken");
    live::run(&mut connection, &change.0.down).await.unwrap();
    let back = live::read(&mut connection).await.unwrap();
    assert!(start.same(&back), "down is the start\n{start:#?}\n{back:#?}");
    if change.0.ops.iter().all(keeps) {
        assert_eq!(rows, live::contents(&mut connection, &back, &[]).await, "rows survive");
    }
    live::run(&mut connection, &step(&back, &Schema::default(), Intent::default()).up)
        .await
        .unwrap();
    let empty = live::read(&mut connection).await.unwrap();
    assert!(empty.tables.is_empty(), "nothing is left");
}

/// A proposal, and the intent with the answers that it took.
struct Step(Proposal, Intent);

impl std::ops::Deref for Step {
    type Target = Proposal;

    fn deref(&self) -> &Proposal {
        &self.0
    }
}

fn step(current: &Schema, target: &Schema, mut intent: Intent) -> Step {
    let declined = Declined::new(["*"]).unwrap();
    let scope = Scope { unmanaged: Unmanaged::Drop, ..Scope::default() };
    loop {
        let sides = Sides { current, target, intent: &intent, declined: &declined, scope: &scope };
        let compared = compare(&sides, &DIALECT).unwrap();
        if compared.diff.questions.is_empty() {
            return Step(propose(&compared, &DIALECT).unwrap(), intent);
        }
        for question in compared.diff.questions {
            if let Question::Convert { table, column, .. } = question {
                let said = intent.tables.entry(table).or_default();
                said.columns.entry(column).or_default().convert = Some(Conversion::Database);
                continue;
            }
            let Question::Fill { table, column, .. } = question else { panic!("{question:?}") };
            let ty = &target.tables[&table].column(&column).unwrap().ty;
            let said = intent.tables.entry(table).or_default();
            said.columns.entry(column).or_default().fill = Some(Expr::new(value(ty, 77)));
        }
    }
}

fn in_sync(current: &Schema, target: &Schema) {
    let step = step(current, target, Intent::default());
    assert!(step.ops.is_empty(), "the second run finds {:#?}", step.ops);
    assert!(step.up.steps.is_empty());
}

/// Whether every value that was there is there after the way back.
fn keeps(op: &Op) -> bool {
    match op {
        Op::DropTable(_) | Op::Alter { change: Change::DropColumn { .. }, .. } => false,
        Op::Alter { change: Change::AlterColumn { old, new, .. }, .. } => {
            old.null == new.null && old.ty == new.ty
        }
        _ => true,
    }
}
