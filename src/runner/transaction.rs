//! Opening and closing a transaction: the lock, the session settings, the check of foreign keys.

use std::time::Duration;

use autogen_model::Diagnostic;

use super::prepare::Session;
use super::sqlite::{self, Orphans};
use super::turn::{self, Wait};
use super::{Engine, Run, Stop, interrupt};
use crate::db::{self, Database};
use crate::error::{Error, Kind, Result};

/// A transaction that was begun.
pub(super) struct Open {
    session: Session,
    before: Option<Orphans>,
}

/// Takes the lock and begins. What was read from the ledger before is out of date by then.
pub(super) async fn open(run: &mut Run<'_>, session: Session) -> Result<Open> {
    // SQLite ignores this setting inside a transaction.
    if session.foreign_keys_off {
        run.db.execute("PRAGMA foreign_keys = OFF").await?;
    }
    if let Err(error) = begin(run).await {
        restore(run.db, session).await?;
        return Err(error);
    }
    let before = match session.foreign_keys_off {
        true => Some(sqlite::orphans(run.db).await),
        false => None,
    };
    Ok(Open { session, before })
}

/// Commits what went well and rolls back what did not, and gives the session back as it was.
pub(super) async fn close<T>(
    run: &mut Run<'_>,
    open: Open,
    result: Result<T, Stop>,
) -> Result<T, Stop> {
    let result = match result {
        Ok(value) => match finish(run, &open).await {
            Ok(()) => Ok(value),
            Err(stop) => Err(stop),
        },
        Err(stop) => Err(stop),
    };
    let rolled_back = match &result {
        Ok(_) => Ok(()),
        Err(stop) => roll_back(run, stop.is_interruption()).await,
    };
    free(run).await;
    restore(run.db, open.session).await?;
    // The first failure tells more than one that followed from it.
    let value = result?;
    rolled_back?;
    Ok(value)
}

/// Where a statement was cancelled, a cancellation that comes late may hit the rollback.
async fn roll_back(run: &mut Run<'_>, cancelled: bool) -> db::Result<()> {
    match run.db.rollback().await {
        Err(failure) if cancelled && failure.was_cancelled() => run.db.rollback().await,
        done => done,
    }
}

async fn finish(run: &mut Run<'_>, open: &Open) -> Result<(), Stop> {
    if let Some(before) = &open.before {
        let broken = sqlite::broken(before, &sqlite::orphans(run.db).await);
        if !broken.is_empty() {
            let help = "the tables were rebuilt with foreign keys off; keep the rows that others \
                        point to, and the columns that they point by";
            return Err(dangling(&broken, help));
        }
    }
    still_ours(run).await?;
    let mut attempt = 0;
    loop {
        match run.db.commit().await {
            Ok(true) => return Ok(()),
            Ok(false) => pause(run, &mut attempt).await?,
            Err(failure) if run.engine != Engine::Sqlite => return Err(failure.into()),
            Err(failure) => {
                let all = sqlite::broken(&Orphans::default(), &sqlite::orphans(run.db).await);
                return Err(match failure.message.starts_with("FOREIGN KEY") && !all.is_empty() {
                    true => dangling(&all, "deferred keys are checked at the end of the step"),
                    false => failure.into(),
                });
            }
        }
    }
}

fn dangling(rows: &[String], help: &str) -> Stop {
    let message = format!("foreign keys would be broken: {}", rows.join("; "));
    Stop::Failed(Box::new(Diagnostic::new(message).help(help)))
}

/// Waits until the database can be read: a writer keeps readers out while it commits.
pub(super) async fn readable(run: &mut Run<'_>) -> Result<()> {
    let mut attempt = 0;
    loop {
        match run.db.has_table(run.ledger.schema(), run.ledger.table()).await {
            Ok(_) => return Ok(()),
            Err(failure) if failure.busy => pause(run, &mut attempt).await?,
            Err(failure) => return Err(failure.into_error()),
        }
    }
}

async fn begin(run: &mut Run<'_>) -> Result<()> {
    if run.engine != Engine::Sqlite {
        return begin_exclusive(run).await;
    }
    let mut attempt = 0;
    while !run.db.begin().await? {
        pause(run, &mut attempt).await?;
    }
    Ok(())
}

/// One transaction at a time writes to the ledger, or a session that runs a statement outside of
/// transactions: that one may have outlived its client.
async fn begin_exclusive(run: &mut Run<'_>) -> Result<()> {
    let mut wait = Wait::of(run.options);
    let mut told = false;
    while !begin_once(run).await? {
        if !std::mem::replace(&mut told, true) {
            run.progress.waiting();
        }
        if !wait.pause().await? {
            let message = "another session runs a statement of this ledger's revisions";
            let help = "wait for it, or raise `queue_timeout` under [upgrade]";
            return Err(Error::new(Kind::Database, message).help(help));
        }
    }
    Ok(())
}

/// Begins if nobody else is writing.
pub(super) async fn begin_once(run: &mut Run<'_>) -> Result<bool> {
    if !run.db.begin().await? {
        return Ok(false);
    }
    if run.engine == Engine::Sqlite {
        return Ok(true);
    }
    let asked = match turn::ask_to_write(run, true).await {
        Ok(asked) => asked,
        Err(failure) => {
            // The first failure tells more than one that follows from it.
            let _ = run.db.rollback().await;
            return Err(failure.into_error());
        }
    };
    if !asked.taken || !asked.held {
        run.db.rollback().await?;
        if asked.taken {
            free(run).await;
        }
    }
    if asked.held { Ok(asked.taken) } else { Err(lost()) }
}

/// Lets others write again, where the end of a transaction does not. The server does it by itself
/// for a connection that is gone.
pub(super) async fn free(run: &mut Run<'_>) {
    let _ = turn::end_writing(run, true).await;
}

/// Fails when the turn was lost: its connection broke, or somebody ended it.
pub(super) async fn still_ours(run: &mut Run<'_>) -> Result<(), Stop> {
    match turn::is_held(run).await? {
        true => Ok(()),
        false => Err(Stop::Error(lost())),
    }
}

fn lost() -> Error {
    let message = "the connection that keeps other runs out was lost";
    let help = "nothing of this transaction was kept; run the command again";
    Error::new(Kind::Database, message).help(help)
}

/// Waits before a transaction is tried again that another session was in the way of.
pub(super) async fn again(run: &mut Run<'_>, attempt: &mut u32, stop: Stop) -> Result<(), Stop> {
    if *attempt >= run.options.retries {
        return Err(stop);
    }
    if *attempt == 0 {
        run.progress.waiting();
    }
    sleep(run, *attempt).await?;
    *attempt += 1;
    Ok(())
}

/// Waits before the next try, a little longer and less evenly each time, so that several
/// runners do not knock in step.
async fn pause(run: &mut Run<'_>, attempt: &mut u32) -> Result<()> {
    if *attempt >= run.options.retries {
        let message = format!("another connection has locked the database {}", run.db.url());
        let help = "wait for it to end, or raise `lock_timeout` or `retries` under [upgrade]";
        return Err(Error::new(Kind::Database, message).help(help));
    }
    if *attempt == 0 {
        run.progress.waiting();
    }
    sleep(run, *attempt).await?;
    *attempt += 1;
    Ok(())
}

/// Takes the whole run, because a shared one could not move between threads.
async fn sleep(run: &mut Run<'_>, attempt: u32) -> Result<()> {
    let longest = 25_u64 << attempt.min(6);
    let jitter = getrandom::u32().map_or(0, u64::from) % longest;
    let pause = Duration::from_millis(longest + jitter);
    interrupt::sleep(run.options.interrupt.as_ref(), pause).await
}

/// A session with foreign keys enforced and modern renames, whatever a revision set.
async fn restore(db: &mut Database, session: Session) -> Result<()> {
    if session.legacy_alter_table {
        db.execute("PRAGMA legacy_alter_table = OFF").await?;
    }
    if session.foreign_keys_off {
        db.execute("PRAGMA foreign_keys = ON").await?;
    }
    Ok(())
}
