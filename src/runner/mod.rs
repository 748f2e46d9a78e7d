//! Walks a path of revisions on a database and keeps the ledger. Prints nothing: what happens is
//! told to a `Progress`, what went wrong is in the error.

mod bare;
mod finding;
mod interrupt;
pub mod ledger;
mod mysql;
pub mod offline;
mod outcome;
mod plan;
mod postgres;
mod prepare;
mod repair;
mod replaced;
mod rounds;
mod rust;
mod sqlite;
mod stamp;
mod standing;
mod status;
mod step;
mod transaction;
mod turn;
mod upkeep;
mod verify;
mod walk;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use autogen_model::{Diagnostic, Place};

use crate::db::{self, Brake, Database, Failure};
use crate::error::{Error, Kind, Result};
use crate::revision::Direction;
use ledger::{Action, Entry, Event, Ledger, Stage, State, What};
use prepare::Prepared;

pub use finding::Finding;
pub use interrupt::Interrupt;
pub use plan::{resolve, with_stored};
pub use prepare::Inputs;
pub use repair::{Repair, owner, repair};
pub use replaced::{View, target, view};
pub use rust::{StepResult, Steps, is_in_step};
pub use stamp::{ensure_ledger, stamp};
pub use standing::{Health, Standing};
pub use status::{Status, log, read_ledger, standing, status};
pub use verify::{Look, Proof, Verdict, Verification, Watch};
pub use walk::{Report, downgrade, plan_downgrade, plan_upgrade, upgrade};

/// What shares a transaction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Span {
    /// Each revision has its own.
    #[default]
    Revision,
    /// The whole run is all or nothing.
    Run,
}

/// What becomes of revisions that are applied after others that were made later.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OutOfOrder {
    /// They are applied.
    Allow,
    /// They are applied, and that is said.
    #[default]
    Warn,
    /// The run is refused.
    Refuse,
}

/// How to run.
#[derive(Clone, Debug)]
pub struct Options {
    /// The name of the ledger, `table` or `schema.table`.
    pub ledger: String,
    /// The project that the ledger belongs to; none for whoever has it.
    pub project: Option<String>,
    /// A mark for the log, such as the number of a release; its first 255 characters are kept.
    pub tag: Option<String>,
    /// What shares a transaction.
    pub transaction: Span,
    /// What becomes of revisions that were merged late.
    pub out_of_order: OutOfOrder,
    /// How often to ask again for a lock.
    pub retries: u32,
    /// How long to wait for another run on the same server's database; zero is for ever.
    pub queue_timeout: Duration,
    /// How long a statement waits for a lock, as the connection was told; zero is for ever.
    pub lock_timeout: Duration,
    /// What the revisions may read from outside.
    pub inputs: Inputs,
    /// What may ask the run to end before it is done.
    pub interrupt: Option<Interrupt>,
}

impl Options {
    /// The ledger in a database.
    pub fn ledger(&self, db: &Database) -> Ledger {
        Ledger::of(db, &self.ledger, self.project.as_deref())
    }

    fn tag(&self) -> String {
        self.tag.iter().flat_map(|tag| tag.chars()).take(255).collect()
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            ledger: "autogen_revisions".to_owned(),
            project: None,
            tag: None,
            transaction: Span::Revision,
            out_of_order: OutOfOrder::Warn,
            retries: 10,
            queue_timeout: Duration::from_secs(600),
            lock_timeout: Duration::from_secs(5),
            inputs: Inputs::default(),
            interrupt: None,
        }
    }
}

/// A revision that is about to run, or has run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Planned {
    /// Its id.
    pub id: String,
    /// What it is for, in one line.
    pub title: String,
    /// The way it goes.
    pub direction: Direction,
    /// Its file; none when the file is gone and the ledger's text takes its place.
    pub path: Option<PathBuf>,
    /// How many statements it has.
    pub statements: usize,
    /// How many of them do not run here, because their `when` says so.
    pub skipped: usize,
    /// How many of them an interrupted run has done already.
    pub done: usize,
}

/// A statement of a revision that would run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its number in the revision, counted from 1.
    pub number: usize,
    /// What it says; of a Rust step, its name.
    pub sql: String,
    /// Whether it is committed by itself: a failure after it leaves it done.
    pub autocommit: bool,
}

/// A statement of a revision that runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Running<'a> {
    /// Its number in the revision, counted from 1.
    pub number: usize,
    /// What it says; of a Rust step, its name.
    pub sql: &'a str,
    /// How often it has begun, with this time; more than once where it is a `repeat`.
    pub round: u64,
}

/// Hears what happens, as it happens. A service runs on any of its threads, hence `Send`.
pub trait Progress: Send {
    /// A revision begins.
    fn started(&mut self, _revision: &Planned) {}
    /// A statement begins, or one more round of a `repeat`.
    fn running(&mut self, _statement: &Running<'_>) {}
    /// A statement is done; of a `repeat`, its last round.
    fn ran(&mut self, _statement: &Running<'_>, _took: Duration) {}
    /// A revision is done and committed.
    fn finished(&mut self, _revision: &Planned, _took: Duration) {}
    /// Another runner was faster.
    fn skipped(&mut self, _revision: &Planned) {}
    /// One round of a `repeat`, with the rows that it changed.
    fn batch(&mut self, _place: &Place, _rows: u64) {}
    /// Another connection holds the lock.
    fn waiting(&mut self) {}
    /// Something to know that does not stop the run.
    fn warning(&mut self, _warning: &Diagnostic) {}
}

/// Nobody listens.
impl Progress for () {}

/// What a run needs all the way.
struct Run<'a> {
    db: &'a mut Database,
    engine: Engine,
    /// The right to run, where it has to be taken.
    turn: Option<turn::Turn>,
    /// The server's process of the transaction that is open.
    pid: String,
    /// What stops a statement where there is no turn.
    brake: Option<Brake>,
    ledger: Ledger,
    /// Whether its tables are known to have all that they need.
    kept_up: bool,
    /// Whether nothing was applied when the run began.
    from_nothing: bool,
    options: &'a Options,
    progress: &'a mut dyn Progress,
    actor: String,
    /// What the ledger said at the end of the last transaction, and the end of the log then.
    known: Option<(String, State)>,
}

/// What a runner has to know of a kind of database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Engine {
    Sqlite,
    Postgres,
    Mysql,
}

impl Engine {
    /// That of a dialect, by its name.
    fn of(dialect: &str) -> Self {
        match dialect {
            "postgres" => Self::Postgres,
            "mysql" => Self::Mysql,
            _ => Self::Sqlite,
        }
    }

    /// Whether a statement of an autocommit step runs without a transaction.
    fn must_be_bare(self, sql: &str) -> bool {
        match self {
            Self::Sqlite => sqlite::must_be_bare(sql),
            Self::Postgres => postgres::must_be_bare(sql),
            Self::Mysql => mysql::commits(sql),
        }
    }
}

/// One revision to run in one direction.
#[derive(Clone, Debug)]
struct Job {
    planned: Planned,
    prepared: Prepared,
    /// What the ledger will say of it, but for the stage and the time.
    entry: Entry,
    /// The checksum of the statements that are done, by how many they are.
    prefixes: Vec<String>,
    /// How many statements are done.
    done: usize,
    /// Whether an earlier run began the next one and did not see its end.
    in_doubt: bool,
    /// What the catalog said before that one began.
    seen: String,
    /// What must be applied before it, or be gone.
    neighbours: Vec<String>,
    /// The key of its rows in the log.
    attempt: String,
    /// Whether its start is in the log, committed.
    announced: bool,
    clock: Option<Instant>,
    /// Whether its end is in the log, committed.
    ended: bool,
}

/// Why a run cannot go on.
enum Stop {
    /// The ledger is not as it was when the run was planned.
    Changed,
    /// A revision failed.
    Failed(Box<Diagnostic>),
    /// Another session was in the way of a revision, and these may be those; nothing of the
    /// transaction was kept, so it can be tried again.
    Busy(Box<Diagnostic>, Vec<String>),
    /// Something else failed.
    Error(Error),
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Self::Error(failure.into_error())
    }
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

impl<'a> Run<'a> {
    fn new(db: &'a mut Database, options: &'a Options, progress: &'a mut dyn Progress) -> Self {
        Self {
            engine: Engine::of(db.dialect_name()),
            turn: None,
            pid: String::new(),
            brake: None,
            ledger: options.ledger(db),
            kept_up: false,
            from_nothing: false,
            db,
            options,
            progress,
            actor: actor(),
            known: None,
        }
    }

    fn event(&self, job: &Job, what: What, note: &str) -> Event {
        let action = match job.planned.direction {
            Direction::Upgrade => Action::Upgrade,
            Direction::Downgrade => Action::Downgrade,
        };
        Event {
            attempt: job.attempt.clone(),
            revision: job.planned.id.clone(),
            action,
            what,
            at: now(),
            duration_ms: milliseconds(job.took()),
            actor: self.actor.clone(),
            tool: tool(),
            note: note.to_owned(),
            tag: self.options.tag(),
        }
    }

    fn entry(&self, job: &Job, stage: Stage) -> Entry {
        let mut entry = Entry { stage, ..job.entry.clone() };
        // Half a downgrade changes nothing about when the revision was applied.
        if job.planned.direction == Direction::Upgrade {
            entry.applied_at = now();
            entry.duration_ms = milliseconds(job.took());
            entry.applied_by.clone_from(&self.actor);
            entry.tool = tool();
        }
        entry
    }

    /// Runs the ledger's own statements in one transaction.
    async fn write(&mut self, statements: &[String]) -> Result<()> {
        let open = transaction::open(self, prepare::Session::default()).await?;
        let result = self.all(statements).await.map_err(Stop::from);
        transaction::close(self, open, result).await.map_err(Stop::into_error)
    }

    /// Runs the ledger's own statements in the transaction that is open.
    async fn all(&mut self, statements: &[String]) -> db::Result<()> {
        for sql in statements {
            self.db.execute(sql).await?;
        }
        Ok(())
    }

    async fn log(&mut self, job: &Job, what: What, note: &str) -> db::Result<()> {
        let sql = self.ledger.log(&self.event(job, what, note));
        self.all(&[sql]).await
    }

    /// What the ledger says now, under the lock. It is read anew only when someone else has
    /// written to it, so that many revisions do not read it many times.
    async fn state(&mut self) -> Result<State> {
        if let Some((end, state)) = self.known.take()
            && self.ledger.end_of_log(self.db).await? == end
        {
            return Ok(state);
        }
        self.read().await
    }
}

impl Job {
    /// Whether it was begun, by this run, and its end is not in the log.
    fn is_open(&self) -> bool {
        (self.announced || self.clock.is_some()) && !self.ended
    }

    fn took(&self) -> Duration {
        self.clock.map(|clock| clock.elapsed()).unwrap_or_default()
    }

    /// Whether the ledger still allows this job.
    fn fits(&self, state: &State) -> bool {
        let id = &self.planned.id;
        if state.half().is_some_and(|half| half.id != *id) {
            return false;
        }
        let applied = |id: &String| state.entries.get(id).is_some_and(ledger::Entry::is_applied);
        let stage = state.entries.get(id).map(|entry| &entry.stage);
        let here = match stage {
            Some(Stage::Half { direction, done, .. }) => {
                *direction == self.planned.direction && *done == self.done
            }
            Some(Stage::Applied) => {
                self.planned.direction == Direction::Downgrade && self.done == 0
            }
            None => self.planned.direction == Direction::Upgrade && self.done == 0,
        };
        here && match self.planned.direction {
            Direction::Upgrade => self.neighbours.iter().all(applied),
            Direction::Downgrade => !self.neighbours.iter().any(applied),
        }
    }
}

impl Stop {
    fn into_error(self) -> Error {
        match self {
            Self::Changed => {
                let message = "the ledger was changed by someone else while this ran";
                Error::new(Kind::Database, message).help("run the command again")
            }
            Self::Failed(report) => Error::from_reports(Kind::Database, vec![*report]),
            Self::Busy(report, blockers) => {
                let report = blockers.into_iter().fold(*report, Diagnostic::help);
                Error::from_reports(Kind::Database, vec![report])
            }
            Self::Error(error) => error,
        }
    }

    /// The same with one more thing to know.
    fn with_help(self, help: &str) -> Self {
        match self {
            Self::Failed(report) => Self::Failed(Box::new(report.help(help))),
            Self::Busy(report, blockers) => Self::Busy(Box::new(report.help(help)), blockers),
            Self::Error(error) => Self::Error(error.help(help)),
            Self::Changed => Self::Changed,
        }
    }

    /// Whether the run was asked to end.
    fn is_interruption(&self) -> bool {
        matches!(self, Self::Error(error) if error.kind() == Kind::Interrupted)
    }

    fn message(&self) -> String {
        match self {
            Self::Changed => "another runner did it".to_owned(),
            Self::Failed(report) | Self::Busy(report, _) => match report.labels.first() {
                Some(label) => format!("{}: {}", label.place, report.message),
                None => report.message.clone(),
            },
            Self::Error(error) => error.to_string(),
        }
    }
}

/// Who runs this: `user@host`.
fn actor() -> String {
    let or_unknown = |name: whoami::Result<String>| name.unwrap_or_else(|_| "unknown".to_owned());
    format!("{}@{}", or_unknown(whoami::username()), or_unknown(whoami::hostname()))
}

fn tool() -> String {
    env!("CARGO_PKG_VERSION").to_owned()
}

fn now() -> String {
    let now = jiff::Timestamp::now();
    now.round(jiff::Unit::Millisecond).unwrap_or(now).to_string()
}

fn milliseconds(took: Duration) -> u64 {
    u64::try_from(took.as_millis()).unwrap_or(u64::MAX)
}

/// A key that no other attempt has.
fn attempt_key() -> Result<String> {
    let number = getrandom::u64().map_err(|error| {
        Error::new(Kind::Internal, format!("the system has no random numbers: {error}"))
    })?;
    Ok(format!("{number:016x}"))
}
