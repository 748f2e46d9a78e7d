//! The proof of a chain of revisions on scratch databases: up one by one, down one by one, and up
//! again. Each downgrade must leave the schema as it was before its upgrade.

mod look;
mod snapshot;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use super::ledger::{Ledger, State};
use super::plan::{self, Planner};
use super::{Job, Options, Planned, Run, Span, stamp, turn, walk};
use crate::db::{Database, Scratch};
use crate::dialect::Dialect;
use crate::error::{Error, Kind, Result};
use crate::revision::{Direction, Graph, Revision, Target};
use snapshot::Snapshot;

pub use look::Look;

/// What was found about one revision.
#[derive(Debug)]
pub struct Proof {
    /// Its id.
    pub id: String,
    /// What it is for, in one line.
    pub title: String,
    /// Its file.
    pub path: PathBuf,
    /// How long its upgrade took.
    pub up: Duration,
    /// How long its downgrade took, where it was run.
    pub down: Option<Duration>,
    /// What the downgrade is worth.
    pub verdict: Verdict,
}

/// What a downgrade is worth.
#[derive(Debug)]
pub enum Verdict {
    /// It undoes the upgrade exactly.
    Exact,
    /// There is none, and the file says why.
    Irreversible(String),
    /// Nobody wrote one.
    Missing,
    /// It leaves the schema otherwise than it was, in these lines.
    Differs(Vec<String>),
    /// The database refuses it.
    Refused(Error),
    /// After all was undone, the upgrade was refused or made something else.
    Again(Error),
}

impl Verdict {
    /// Whether nothing is wrong with it.
    pub fn is_sound(&self) -> bool {
        matches!(self, Self::Exact | Self::Irreversible(_))
    }

    /// The verdict in a word.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Irreversible(_) => "irreversible",
            Self::Missing => "missing",
            Self::Differs(_) => "differs",
            Self::Refused(_) => "refused",
            Self::Again(_) => "again",
        }
    }
}

/// Hears how far the proof is. A run may be on any thread, hence `Send`.
pub trait Watch: Send {
    /// So many of so many runs are done, as far as can be foreseen.
    fn done(&mut self, _runs: usize, _of: usize) {}
    /// A revision was judged; those above it were before.
    fn judged(&mut self, _proof: &Proof) {}
}

/// Nobody listens.
impl Watch for () {}

/// What is to be proved, and where.
pub struct Verification<'a> {
    graph: &'a Graph,
    target: Target,
    options: Options,
    place: &'a Scratch,
    path: Vec<&'a Revision>,
    /// The first in the path whose downgrade is looked at.
    from: usize,
    /// Before the first, and after each.
    snapshots: Vec<Snapshot>,
    took: Vec<Duration>,
    runs: usize,
}

impl<'a> Verification<'a> {
    /// The proof of what leads to the target, on scratch databases made there. The downgrades of
    /// what stands below `since` are not looked at.
    pub fn new(
        graph: &'a Graph,
        target: &Target,
        since: Option<&Target>,
        options: &Options,
        place: &'a Scratch,
    ) -> Self {
        let path = graph.upgrade_path(&std::collections::BTreeSet::new(), target);
        let members = since.map(|since| graph.descendants(&since.revisions));
        let is_member = |it: &&Revision| members.as_ref().is_none_or(|all| all.contains(&it.id));
        let from = path.iter().position(is_member).unwrap_or(path.len());
        let mut options = Options { transaction: Span::Revision, ..options.clone() };
        options.inputs.steps = options.inputs.steps.or_idle();
        if !place.holds_namespaces() {
            // What is named with a database is not on the scratch database, but the real one.
            options.ledger = Ledger::new(&options.ledger).table().to_owned();
        }
        Self {
            graph,
            target: target.clone(),
            options,
            place,
            path,
            from,
            snapshots: Vec::new(),
            took: Vec::new(),
            runs: 0,
        }
    }

    /// Runs every upgrade on a new scratch database, and looks at it before the first and after
    /// each. The database is at the target then.
    pub async fn up(&mut self, watch: &mut dyn Watch) -> Result<Database> {
        let mut db = Database::scratch(self.place).await?;
        match self.climb(&mut db, watch).await {
            Ok(()) => Ok(db),
            Err(error) => {
                db.close().await?;
                Err(error)
            }
        }
    }

    async fn climb(&mut self, db: &mut Database, watch: &mut dyn Watch) -> Result<()> {
        stamp::ensure_ledger(db, &self.options).await?;
        let (dialect, direct) = (db.dialect_name(), db.is_direct());
        let options = self.options.clone();
        let planner = Planner { options: &options, dialect, direct, begun: false };
        let state = State::default();
        let jobs = plan::jobs(self.graph, &state, &self.target, Direction::Upgrade, &planner)?;
        let ledger = options.ledger(db);
        self.snapshots.push(Snapshot::take(db, &ledger, None).await?);
        let mut nobody = ();
        let mut run = Run::new(db, &options, &mut nobody);
        run.turn = turn::take(&mut run).await?;
        let mut result = Ok(());
        for job in jobs {
            let clock = Instant::now();
            result = one(&mut run, job).await;
            if result.is_err() {
                break;
            }
            self.took.push(clock.elapsed());
            self.runs += 1;
            watch.done(self.runs, 2 * self.path.len());
            let next = Snapshot::take(run.db, &ledger, self.snapshots.last()).await?;
            self.snapshots.push(next);
        }
        give_back(run).await;
        result
    }

    /// Runs every downgrade, the last upgrade's first, and judges each. After one that is not exact,
    /// or that is not there, what lies below is looked at on a scratch database of its own.
    pub async fn down(&mut self, db: Database, watch: &mut dyn Watch) -> Result<Vec<Proof>> {
        let dialect = db.dialect()?;
        let mut proofs = Vec::new();
        let (mut scratch, mut top) = (Some(db), self.path.len());
        while top > self.from {
            if let Some(verdict) = self.no_way_back(top - 1, dialect.name())? {
                self.judge(top - 1, None, verdict, &mut proofs, watch);
                if let Some(db) = scratch.take() {
                    db.close().await?;
                }
                top -= 1;
                continue;
            }
            let mut db = match scratch.take() {
                Some(db) => db,
                None => self.raised(top).await?,
            };
            let low = self.descend(&mut db, top, &*dialect, &mut proofs, watch).await;
            let again = match &low {
                Ok((low, true)) => self.again(&mut db, *low, top, &*dialect).await,
                Ok((_, false)) | Err(_) => Ok(None),
            };
            db.close().await?;
            top = low?.0;
            if let Some((id, error)) = again?
                && let Some(proof) = proofs.iter_mut().find(|proof| proof.id == id)
            {
                proof.verdict = Verdict::Again(error);
                watch.judged(proof);
            }
        }
        Ok(proofs)
    }

    /// Why the downgrade of this revision cannot be run.
    fn no_way_back(&self, at: usize, dialect: &str) -> Result<Option<Verdict>> {
        let side = self.path[at].side(Direction::Downgrade, dialect);
        let side = side.map_err(|reports| Error::from_reports(Kind::Revision, reports))?;
        Ok(match side {
            None => Some(Verdict::Missing),
            Some(side) => side.irreversible.map(Verdict::Irreversible),
        })
    }

    fn judge(
        &self,
        at: usize,
        down: Option<Duration>,
        verdict: Verdict,
        proofs: &mut Vec<Proof>,
        watch: &mut dyn Watch,
    ) {
        let revision = self.path[at];
        let proof = Proof {
            id: revision.id.clone(),
            title: revision.title().to_owned(),
            path: revision.path.clone(),
            up: self.took.get(at).copied().unwrap_or_default(),
            down,
            verdict,
        };
        watch.judged(&proof);
        proofs.push(proof);
    }

    /// A new scratch database with the first so many revisions.
    async fn raised(&self, top: usize) -> Result<Database> {
        let mut db = Database::scratch(self.place).await?;
        let ready = async {
            stamp::ensure_ledger(&mut db, &self.options).await?;
            self.rise(&mut db, 0, top).await.map_err(|(_, error)| error)
        };
        match ready.await {
            Ok(()) => Ok(db),
            Err(error) => {
                db.close().await?;
                Err(error)
            }
        }
    }

    /// Runs the upgrades of a part of the path. A failure says which revision it was.
    async fn rise(
        &self,
        db: &mut Database,
        low: usize,
        top: usize,
    ) -> Result<(), (Option<String>, Error)> {
        let unnamed = |error| (None, error);
        let (dialect, direct) = (db.dialect_name(), db.is_direct());
        let planner = Planner { options: &self.options, dialect, direct, begun: false };
        let state = self.options.ledger(db).read(db).await.map_err(unnamed)?;
        let mut nobody = ();
        let mut run = Run::new(db, &self.options, &mut nobody);
        run.turn = turn::take(&mut run).await.map_err(unnamed)?;
        let mut result = Ok(());
        for revision in &self.path[low..top] {
            let job = planner.single(self.graph, &state, revision, Direction::Upgrade);
            result = match job {
                Ok(job) => one(&mut run, job).await,
                Err(error) => Err(error),
            };
            if let Err(error) = result {
                give_back(run).await;
                return Err((Some(revision.id.clone()), error));
            }
        }
        give_back(run).await;
        result.map_err(unnamed)
    }

    /// Undoes revision after revision, as long as each has a way back that is exact. Says how many
    /// are left, and whether all of it was exact.
    async fn descend(
        &mut self,
        db: &mut Database,
        top: usize,
        dialect: &dyn Dialect,
        proofs: &mut Vec<Proof>,
        watch: &mut dyn Watch,
    ) -> Result<(usize, bool)> {
        let options = self.options.clone();
        let planner = Planner {
            options: &options,
            dialect: db.dialect_name(),
            direct: db.is_direct(),
            begun: false,
        };
        let ledger = options.ledger(db);
        let state = ledger.read(db).await?;
        let mut nobody = ();
        let mut run = Run::new(db, &options, &mut nobody);
        run.turn = turn::take(&mut run).await?;
        let (mut at, mut exact) = (top, true);
        while exact && at > self.from && self.no_way_back(at - 1, dialect.name())?.is_none() {
            at -= 1;
            let clock = Instant::now();
            let job = planner.single(self.graph, &state, self.path[at], Direction::Downgrade)?;
            let verdict = match one(&mut run, job).await {
                Err(error) => Verdict::Refused(error),
                Ok(()) => {
                    let took = clock.elapsed();
                    let was = &self.snapshots[at];
                    let now = Snapshot::take(run.db, &ledger, Some(was)).await?;
                    let lines = was.differences(&now, dialect)?;
                    let verdict = match lines.is_empty() {
                        true => Verdict::Exact,
                        false => Verdict::Differs(lines),
                    };
                    self.runs += 1;
                    watch.done(self.runs, 2 * self.path.len());
                    exact = verdict.is_sound();
                    self.judge(at, Some(took), verdict, proofs, watch);
                    continue;
                }
            };
            exact = false;
            self.judge(at, None, verdict, proofs, watch);
        }
        give_back(run).await;
        Ok((at, exact))
    }

    /// Runs the upgrades once more where all was undone, and looks whether they lead where they led.
    async fn again(
        &self,
        db: &mut Database,
        low: usize,
        top: usize,
        dialect: &dyn Dialect,
    ) -> Result<Option<(String, Error)>> {
        match self.rise(db, low, top).await {
            Err((Some(id), error)) => return Ok(Some((id, error))),
            Err((None, error)) => return Err(error),
            Ok(()) => {}
        }
        let ledger = self.options.ledger(db);
        let now = Snapshot::take(db, &ledger, self.snapshots.get(top)).await?;
        let lines = self.snapshots[top].differences(&now, dialect)?;
        let Some(last) = top.checked_sub(1).filter(|_| !lines.is_empty()) else { return Ok(None) };
        let message = "the upgrades make something else when they are run again";
        let error = lines.into_iter().fold(Error::new(Kind::Revision, message), Error::help);
        Ok(Some((self.path[last].id.clone(), error)))
    }
}

async fn give_back(run: Run<'_>) {
    if let Some(turn) = run.turn {
        turn.give_back().await;
    }
}

/// Runs one job, as in a run of its own.
async fn one(run: &mut Run<'_>, job: Job) -> Result<()> {
    let (mut jobs, mut ran) = ([job], Vec::<Planned>::new());
    match walk::run_all(run, &mut jobs, &mut ran).await {
        Ok(()) => Ok(()),
        Err(stop) => Err(walk::failed(run, &mut jobs, stop).await),
    }
}
