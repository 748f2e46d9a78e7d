//! Runs a statement that cannot share a transaction with the ledger. The journal says before that
//! it may have been done, and after that it was; whoever finds only the first asks the catalog.

use std::borrow::Cow;
use std::time::Instant;

use autogen_model::Diagnostic;

use super::outcome::Outcome;
use super::postgres::{self, Way};
use super::prepare::Ready;
use super::turn::{self, Wait, Watch};
use super::{Engine, Job, Run, Stop, mysql, step, transaction};
use crate::db::{self, Failure};
use crate::error::{Error, Kind, Result};

/// Runs one statement, or finds that an earlier run did.
pub(super) async fn run(run: &mut Run<'_>, job: &mut Job, ready: &Ready) -> Result<(), Stop> {
    let number = ready.number;
    let mut ready = Cow::Borrowed(ready);
    if job.in_doubt && number == job.done {
        // Under the lock of those who write, so that what the earlier run began has ended.
        step::journal(run, job, number, true).await?;
        match outcome(run, job, &ready.sql).await? {
            Outcome::Done => return settled(run, job, number + 1).await,
            Outcome::Unknown => return Err(unknown(job, &ready)),
            Outcome::Again => {}
            Outcome::Rest(sql) => ready.to_mut().sql = sql,
        }
    }
    if run.engine == Engine::Mysql {
        let facts = mysql::seen::look(run.db, &ready.sql).await?;
        job.seen = facts.map(|facts| facts.digest()).unwrap_or_default();
    }
    step::journal(run, job, number, true).await?;
    let mut attempt = 0;
    loop {
        let Err(stop) = guarded(run, &ready).await else {
            return settled(run, job, number + 1).await;
        };
        match stop {
            Stop::Busy(..) => match transaction::again(run, &mut attempt, stop).await {
                Ok(()) => {}
                Err(stop) => return not_done(run, job, &ready, stop).await,
            },
            Stop::Failed(_) => return not_done(run, job, &ready, stop).await,
            stop if stop.is_interruption() => return not_done(run, job, &ready, stop).await,
            // Of a connection that broke nothing tells what became of the statement.
            stop => return Err(stop),
        }
    }
}

async fn outcome(run: &mut Run<'_>, job: &Job, sql: &str) -> db::Result<Outcome> {
    match run.engine {
        Engine::Mysql => mysql::seen::outcome(run.db, sql, &job.seen).await,
        Engine::Postgres | Engine::Sqlite => postgres::outcome(run.db, sql).await,
    }
}

async fn settled(run: &mut Run<'_>, job: &mut Job, done: usize) -> Result<(), Stop> {
    job.in_doubt = false;
    step::journal(run, job, done, false).await
}

/// The database said no, so there is no doubt; unless the catalog shows otherwise.
async fn not_done(run: &mut Run<'_>, job: &mut Job, ready: &Ready, stop: Stop) -> Result<(), Stop> {
    if run.engine == Engine::Mysql {
        let facts = mysql::seen::look(run.db, &ready.sql).await?;
        if facts.is_some_and(|facts| facts.digest() != job.seen) {
            job.in_doubt = true;
            return Err(stop.with_help("the catalog shows that it was done at least in part"));
        }
    }
    settled(run, job, ready.number).await?;
    Err(stop)
}

fn unknown(job: &Job, ready: &Ready) -> Stop {
    let id = &job.planned.id;
    let message =
        "an earlier run ended during this statement, and nothing tells whether it was done";
    let report = Diagnostic::new(message).at(ready.place.clone(), "this statement");
    Stop::Failed(Box::new(
        report
            .help(format!("if it was done: `autogen repair --skip-statement {id}`"))
            .help("if it was not, undo what it began, if anything, and run it by hand first"),
    ))
}

/// Runs the statement while the session itself keeps all others from writing to the ledger: the
/// lock ends with the very session that works, even when this process ends before it.
async fn guarded(run: &mut Run<'_>, ready: &Ready) -> Result<(), Stop> {
    lock(run).await?;
    let done = work(run, ready).await;
    let freed = turn::end_writing(run, false).await;
    done?;
    freed?;
    Ok(())
}

async fn lock(run: &mut Run<'_>) -> Result<(), Stop> {
    // What a step has set on MySQL holds to its end.
    if run.engine == Engine::Postgres {
        run.db.settings().await?;
    }
    let mut wait = Wait::of(run.options);
    loop {
        if turn::ask_to_write(run, false).await?.taken {
            return transaction::still_ours(run).await;
        }
        if !wait.pause().await? {
            let message = "another session runs a statement of this ledger's revisions";
            let help = "wait for it, or raise `queue_timeout` under [upgrade]";
            return Err(Error::new(Kind::Database, message).help(help).into());
        }
    }
}

async fn work(run: &mut Run<'_>, ready: &Ready) -> Result<(), Stop> {
    let mut wait = Wait::of(run.options);
    while run.engine == Engine::Postgres {
        match postgres::clear_way(run, &ready.sql).await? {
            Way::Done => return Ok(()),
            Way::Clear => break,
            Way::Building if wait.pause().await? => {}
            Way::Building => {
                let message = "another session is building an index of this name";
                let help = "wait for it; pg_stat_progress_create_index shows how far it is";
                return Err(Error::new(Kind::Database, message).help(help).into());
            }
        }
    }
    run.check_interrupt()?;
    run.progress.running(&ready.running(1));
    let (clock, mut blockers) = (Instant::now(), Vec::new());
    let done = watched(run, ready, &mut blockers).await;
    if done.is_ok() {
        run.progress.ran(&ready.running(1), clock.elapsed());
    }
    done.map(drop).map_err(|failure| {
        if let Some(error) = run.cancelled(&failure) {
            return error.into();
        }
        let report = Box::new(failure.at(ready.place.clone()));
        match (failure.busy, broke(&failure)) {
            (true, _) => Stop::Busy(report, blockers),
            (false, false) => Stop::Failed(report),
            (false, true) => Stop::Error(failure.into_error()),
        }
    })
}

/// Whether the server ended the session, or the connection broke.
fn broke(failure: &Failure) -> bool {
    const MYSQL: [&str; 4] = ["1053", "1927", "3169", "4031"];
    let ends = |code: &String| {
        code.starts_with("08") || code.starts_with("57P") || MYSQL.contains(&code.as_str())
    };
    failure.code.as_ref().is_none_or(ends)
}

/// A concurrent statement waits for the end of all transactions that may see its table. It blocks
/// no reader and no writer meanwhile, so it waits as long as that takes, and says for whom.
async fn watched(
    run: &mut Run<'_>,
    ready: &Ready,
    blockers: &mut Vec<String>,
) -> Result<u64, Failure> {
    let patient =
        run.engine == Engine::Postgres && postgres::Concurrent::parse(&ready.sql).is_some();
    if patient {
        run.db.execute("SET lock_timeout TO 0").await?;
    }
    let db = &mut *run.db;
    let work = async {
        match ready.values.is_empty() {
            true => db.execute(&ready.sql).await,
            false => db.execute_bound(&ready.sql, &ready.values).await,
        }
    };
    let done: db::Result<u64> = match &mut run.turn {
        Some(turn) => {
            let watch = Watch::new(&run.pid, run.options, blockers);
            let mut watch = if patient { watch.endless(run.progress) } else { watch };
            turn.watching(work, &mut watch).await
        }
        None => work.await,
    };
    // A session that is gone has no settings.
    if patient && !done.as_ref().is_err_and(broke) {
        run.db.settings().await?;
    }
    done
}
