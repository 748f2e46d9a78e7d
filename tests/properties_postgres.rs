//! The laws of the design over random pairs of schemas, on PostgreSQL servers with rows in the
//! tables. `AUTOGEN_PAIRS` says how many pairs, `AUTOGEN_SEED` which.

#[path = "properties/draft.rs"]
mod draft;
#[path = "support/live/mod.rs"]
mod live;
#[path = "support/mysql.rs"]
mod mysql;
#[path = "properties/parts.rs"]
mod parts;
#[path = "support/postgres.rs"]
mod postgres;
#[path = "properties/postgres.rs"]
mod script;

use std::cell::Cell;

use autogen::dialect::Dialect;
use autogen::dialect::postgres::Postgres;
use autogen::diff::{Declined, Question};
use autogen::generate::{Proposal, Scope, Sides, compare, everything, propose};
use autogen::op::{Change, Op};
use autogen::schema::{Conversion, Expr, Intent, Schema, write_lock};
use draft::{Draft, Edit, edit};
use libtest_mimic::{Arguments, Failed, Trial};
use live::{Live, finish, with_database};
use postgres::Server;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestError, TestRng, TestRunner};
use script::{KINDS, Script, value};

/// Pairs in a run, over all servers.
const PAIRS: u32 = 501;

fn main() {
    let servers = postgres::servers();
    let pairs = number("AUTOGEN_PAIRS").unwrap_or(PAIRS.into());
    let each = pairs.div_ceil(servers.len().max(1) as u64);
    let seed = number("AUTOGEN_SEED").unwrap_or(1);
    let trials = servers.into_iter().map(|server| {
        let name = format!("the_laws_hold_for_random_pairs::{}", server.name());
        let run = move || explore(&server, seed, each as u32).map_err(Failed::from);
        Trial::test(name, run)
    });
    let conclusion = libtest_mimic::run(&Arguments::from_args(), trials.collect());
    finish();
    conclusion.exit();
}

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().map(|text| {
        text.parse().unwrap_or_else(|_| panic!("{variable} is `{text}`, which is no number"))
    })
}

/// The same pairs for the same seed and server, so that a red run is red again.
fn explore(server: &Server, seed: u64, pairs: u32) -> Result<(), String> {
    let config = Config {
        cases: pairs,
        failure_persistence: None,
        max_shrink_iters: 300,
        ..Config::default()
    };
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&(seed * 100 + u64::from(server.version)).to_le_bytes());
    let random = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let edits = prop::collection::vec(edit(KINDS), 0..25);
    let scripts = (edits, prop::collection::vec(edit(KINDS), 1..10));
    let tried = Cell::new(0);
    let result = TestRunner::new_with_rng(config, random).run(&scripts, |(base, change)| {
        tried.set(tried.get() + 1);
        let (before, after, intent) = pair(&base, &change);
        let laws =
            async |live: &mut Live| laws(server.version, live, &before, &after, intent).await;
        with_database(&live::Server::Postgres(server.clone()), laws).map_err(TestCaseError::fail)
    });
    match result {
        Ok(()) => Ok(()),
        Err(TestError::Abort(why)) => Err(why.to_string()),
        Err(TestError::Fail(why, (base, change))) => {
            let (before, after, _) = pair(&base, &change);
            let (before, after) = (text(&before), text(&after));
            let of = format!("AUTOGEN_SEED={seed} on {}, after {}", server.name(), tried.get());
            Err(format!("{of}:\n{why}\n--- before\n{before}--- after\n{after}"))
        }
    }
}

fn text(schema: &Schema) -> String {
    write_lock(schema).unwrap_or_else(|error| format!("{error}\n"))
}

fn pair(base: &[Edit], change: &[Edit]) -> (Schema, Schema, Intent) {
    let mut script = Script::new(Draft::new(Postgres::USUAL.spelling()));
    base.iter().for_each(|it| script.apply(*it));
    script.mark();
    let before = script.draft.schema.clone();
    change.iter().for_each(|it| script.apply(*it));
    let intent = script.intent(&before);
    (before, script.draft.schema, intent)
}

async fn laws(
    version: u16,
    live: &mut Live,
    before: &Schema,
    after: &Schema,
    intent: Intent,
) -> Result<(), String> {
    let dialect = Postgres::new(version);
    let create = step(&Schema::default(), before, Intent::default(), &dialect)?;
    live.run(&create.0.up, &dialect).await?;
    let start = live.read().await?;
    in_sync(&start, before, &dialect, "created")?;
    live.seed(&start).await?;
    let rows = live.contents(&start, &[]).await;

    let (change, said) = step(&start, after, intent, &dialect)?;
    let (again, _) = step(&start, after, said, &dialect)?;
    ensure(change.up == again.up && change.down == again.down, "same input, another plan")?;
    live.run(&change.up, &dialect).await?;
    let there = live.read().await?;
    in_sync(&there, after, &dialect, "after the upgrade")?;
    let faults = live.faults(&there).await;
    ensure(faults.is_empty(), &format!("after the upgrade: {faults:?}"))?;
    live.run(&change.down, &dialect).await?;
    let back = live.read().await?;
    ensure(start.same(&back), &format!("down is not the start\n{}{}", text(&start), text(&back)))?;
    if change.ops.iter().all(keeps) {
        let rows_back = live.contents(&back, &[]).await;
        ensure(rows == rows_back, &format!("rows do not survive\n{rows:#?}\n{rows_back:#?}"))?;
    }
    let (drop, _) = step(&back, &Schema::default(), Intent::default(), &dialect)?;
    live.run(&drop.up, &dialect).await?;
    let left = live.read().await?;
    ensure(left == Schema::default(), &format!("something is left: {left:#?}"))
}

fn ensure(holds: bool, otherwise: &str) -> Result<(), String> {
    if holds { Ok(()) } else { Err(otherwise.to_owned()) }
}

/// A proposal, and the intent with the answers that it took.
fn step(
    current: &Schema,
    target: &Schema,
    mut intent: Intent,
    dialect: &Postgres,
) -> Result<(Proposal, Intent), String> {
    let declined = Declined::new(["*"]).map_err(|error| error.to_string())?;
    let created = || everything(current);
    let scope = Scope { created: Box::new(created), ..Scope::default() };
    loop {
        let sides = Sides { current, target, intent: &intent, declined: &declined, scope: &scope };
        let compared = compare(&sides, dialect).map_err(|error| error.to_string())?;
        if compared.diff.questions.is_empty() {
            let proposal = propose(&compared, dialect).map_err(|error| error.to_string())?;
            return Ok((proposal, intent));
        }
        for question in compared.diff.questions {
            match question {
                Question::Convert { table, column, .. } => {
                    let said = intent.tables.entry(table).or_default();
                    let said = said.columns.entry(column).or_default();
                    said.convert = Some(Conversion::Database);
                }
                Question::Fill { table, column, .. } => {
                    let ty = &target.tables[&table].column(&column).unwrap().ty;
                    let fill = Some(Expr::new(value(ty, 77)));
                    let said = intent.tables.entry(table).or_default();
                    said.columns.entry(column).or_default().fill = fill;
                }
                question => return Err(format!("{question:?}")),
            }
        }
    }
}

fn in_sync(
    current: &Schema,
    target: &Schema,
    dialect: &Postgres,
    when: &str,
) -> Result<(), String> {
    let (proposal, _) = step(current, target, Intent::default(), dialect)?;
    ensure(proposal.ops.is_empty(), &format!("{when}, a second run finds {:#?}", proposal.ops))
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
