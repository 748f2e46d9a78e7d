//! Upgrades and downgrades of a real history, killed at random moments.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::pipeline::{self, IDS};
use super::support::{alone, ended, one, said, started, succeeds};

/// How many runs are killed, in all.
const KILLS: u32 = 200;

/// Another seed gives other moments: `AUTOGEN_SEED=7 cargo test --test crash`.
fn seed() -> u64 {
    std::env::var("AUTOGEN_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or(20_261_120)
}

/// A number between 0 and 1 for each turn of each seed (splitmix64).
#[expect(clippy::cast_precision_loss, reason = "any moment will do")]
fn moment(seed: u64, turn: u32) -> f64 {
    let mut mixed = seed.wrapping_add(u64::from(turn + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((mixed ^ (mixed >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
}

/// A run that is killed, and what a database may be after it.
struct Run {
    command: &'static [&'static str],
    start: tempfile::TempDir,
    /// The database at each revision on the way, by its id.
    way: BTreeMap<String, String>,
    took: Duration,
}

impl Run {
    /// Does the run step by step to see the way, and at once to see how long it takes.
    async fn new(
        start: tempfile::TempDir,
        command: &'static [&'static str],
        step: &'static [&'static str],
    ) -> Self {
        let slowly = pipeline::copy(start.path());
        let mut way = BTreeMap::new();
        for _ in IDS {
            let id = pipeline::position(slowly.path()).await;
            way.insert(id, pipeline::dump(slowly.path()).await);
            if way.len() < IDS.len() {
                said(slowly.path(), step);
            }
        }
        let quickly = pipeline::copy(start.path());
        let clock = Instant::now();
        said(quickly.path(), command);
        Self { command, start, way, took: clock.elapsed() }
    }

    /// Kills the run at a part of its time; says where the database was then.
    async fn killed(&self, part: f64) -> String {
        let folder = pipeline::copy(self.start.path());
        let folder = folder.path();
        let mut child = started(folder, self.command);
        tokio::time::sleep(self.took.mul_f64(part)).await;
        child.kill().expect("it can be killed");
        child.wait().expect("it ends");
        let id = pipeline::position(folder).await;
        assert_eq!(one(folder, "PRAGMA integrity_check").await, "ok");
        assert_eq!(one(folder, "PRAGMA foreign_key_check").await, "");
        assert_eq!(
            self.way.get(&id),
            Some(&pipeline::dump(folder).await),
            "the database is not as it is at {id}"
        );
        self.goes_on(folder).await;
        id
    }

    /// What follows a kill is as if it had not been.
    async fn goes_on(&self, folder: &Path) {
        said(folder, self.command);
        let end = pipeline::position(folder).await;
        assert_eq!(self.way.get(&end), Some(&pipeline::dump(folder).await), "the end differs");
        said(folder, &["upgrade", "head"]);
        let check = ended(folder, &["check"]);
        assert_eq!(check.status.code(), Some(0), "{}", String::from_utf8_lossy(&check.stdout));
    }
}

async fn at_first() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    pipeline::write(folder.path());
    pipeline::seed(folder.path()).await;
    folder
}

async fn kill_many(run: Run) {
    let (run, seed) = (Arc::new(run), seed());
    let mut places = BTreeSet::new();
    for turn in 0..KILLS / 2 {
        let this = Arc::clone(&run);
        let killed = tokio::spawn(async move { this.killed(moment(seed, turn)).await });
        match killed.await {
            Ok(place) => drop(places.insert(place)),
            Err(_) => panic!("{:?}: AUTOGEN_SEED={seed}, turn {turn}; see above", run.command),
        }
    }
    assert!(places.len() > 2, "the kills were all at one time: {places:?}");
}

#[tokio::test]
async fn a_killed_upgrade_is_at_one_revision_and_goes_on() {
    let _alone = alone().await;
    let start = at_first().await;
    kill_many(Run::new(start, &["upgrade", "head"], &["upgrade", "+1"]).await).await;
}

#[tokio::test]
async fn a_killed_downgrade_is_at_one_revision_and_goes_on() {
    let _alone = alone().await;
    let start = at_first().await;
    said(start.path(), &["upgrade", "head"]);
    kill_many(Run::new(start, &["downgrade", IDS[0]], &["downgrade", "-1"]).await).await;
}

/// One of two processes is killed; the other does all that is left.
#[tokio::test]
async fn a_killed_process_is_replaced_by_the_one_that_waits() {
    let _alone = alone().await;
    let run = Run::new(at_first().await, &["upgrade", "head"], &["upgrade", "+1"]).await;
    for turn in 0..8 {
        let folder = pipeline::copy(run.start.path());
        let mut first = started(folder.path(), run.command);
        let second = started(folder.path(), run.command);
        tokio::time::sleep(run.took.mul_f64(moment(seed(), KILLS + turn))).await;
        first.kill().expect("it can be killed");
        first.wait().expect("it ends");
        succeeds(second);
        assert_eq!(run.way.get(IDS[4]), Some(&pipeline::dump(folder.path()).await));
    }
}
