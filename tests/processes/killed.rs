//! Upgrades and downgrades of a long chain, killed at random moments. However often and wherever
//! that happens, the database is what the ledger says, and the next run goes on from there.
//!
//! ```text
//! AUTOGEN_KILLS=2000 scripts/test -- cargo test --test processes -- killed
//! ```

use std::time::{Duration, Instant};

use autogen::revision::Direction;

use super::chain::{Chain, Position};
use super::place::{Kind, Place};
use super::tests;

tests!(a_chain_that_is_killed_again_and_again_is_always_in_a_known_state);

/// How many revisions the chain has.
const LENGTH: usize = 50;

/// How often a run is killed on each database: 300 times in all on those of the default tier.
fn kills(kind: Kind) -> u32 {
    let wanted = std::env::var("AUTOGEN_KILLS").ok().and_then(|text| text.parse().ok());
    wanted.unwrap_or(match kind {
        Kind::Sqlite => 100,
        Kind::Postgres => 30,
        Kind::Mysql => 55,
    })
}

/// Another seed gives other moments: `AUTOGEN_SEED=7`.
fn seed() -> u64 {
    std::env::var("AUTOGEN_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or(20_261_121)
}

/// A number below 1000 for each turn of each seed (splitmix64).
fn chance(turn: u32) -> u32 {
    let mut mixed = seed().wrapping_add(u64::from(turn + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    u32::try_from((mixed ^ (mixed >> 31)) % 1000).unwrap_or_default()
}

/// The words that go a way to its end.
fn words(direction: Direction) -> [&'static str; 2] {
    match direction {
        Direction::Upgrade => ["upgrade", "head"],
        Direction::Downgrade => ["downgrade", "base"],
    }
}

async fn a_chain_that_is_killed_again_and_again_is_always_in_a_known_state(place: Place) {
    let chain = Chain::new(&place, LENGTH);
    let head = Position { applied: LENGTH, half: None };
    let base = Position { applied: 0, half: None };
    let mut took = [Duration::ZERO; 2];
    for (direction, end) in [(Direction::Upgrade, &head), (Direction::Downgrade, &base)] {
        let clock = Instant::now();
        place.runs(&words(direction));
        took[direction as usize] = clock.elapsed();
        assert_eq!(chain.position().await, *end);
    }
    let mut at = base;
    let mut direction = Direction::Upgrade;
    let mut cut = 0;
    let kills = kills(place.kind);
    for turn in 0..kills {
        direction = match at.half {
            // What is half done is finished first.
            Some(half) => half,
            None if at.applied == 0 => Direction::Upgrade,
            None if at.applied == LENGTH => Direction::Downgrade,
            None if chance(turn * 2) < 150 => other(direction),
            None => direction,
        };
        let left = match direction {
            Direction::Upgrade => LENGTH - at.applied,
            Direction::Downgrade => at.applied,
        };
        let whole = took[direction as usize].mul_f64((left + 2) as f64 / (LENGTH + 2) as f64);
        let mut child = place.started(&words(direction));
        std::thread::sleep(whole.mul_f64(f64::from(chance(turn * 2 + 1)) / 1000.0));
        child.kill().expect("it is ours");
        child.wait().expect("it ends");
        place.alone().await;
        at = chain.position().await;
        cut += u32::from(at.half.is_some() || !matches!(at.applied, 0 | LENGTH));
        if turn % 10 == 9 {
            // What is left is done as if nothing had been.
            let direction = at.half.unwrap_or(Direction::Upgrade);
            place.runs(&words(direction));
            place.runs(&words(Direction::Upgrade));
            at = chain.position().await;
            assert_eq!(at, head, "turn {turn}, seed {}", seed());
        }
    }
    place.runs(&words(at.half.unwrap_or(Direction::Upgrade)));
    place.runs(&words(Direction::Upgrade));
    assert_eq!(chain.position().await, head);
    place.runs(&words(Direction::Downgrade));
    assert_eq!(chain.position().await, Position { applied: 0, half: None });
    assert!(cut > kills / 3, "only {cut} of {kills} runs were cut short");
}

fn other(direction: Direction) -> Direction {
    match direction {
        Direction::Upgrade => Direction::Downgrade,
        Direction::Downgrade => Direction::Upgrade,
    }
}
