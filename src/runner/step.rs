//! Runs one revision in one direction: in one transaction, or in several with a journal.

use std::time::Instant;

use autogen_model::Diagnostic;

use super::interrupt::braking;
use super::ledger::{Stage, State, What};
use super::prepare::{Ready, Segment, Session};
use super::rounds::Rounds;
use super::turn::Watch;
use super::{Engine, Job, Run, Stop, bare, mysql, postgres, sqlite, transaction};
use crate::db;
use crate::error::Result;
use crate::revision::Direction;

/// Runs jobs in one transaction, the ledger with them.
pub(super) async fn together(
    run: &mut Run<'_>,
    jobs: &mut [Job],
    next: Option<&mut Job>,
) -> Result<(), Stop> {
    let mut session = Session::default();
    for segment in jobs.iter().flat_map(|job| &job.prepared.segments) {
        session.foreign_keys_off |= segment.session.foreign_keys_off;
        session.legacy_alter_table |= segment.session.legacy_alter_table;
    }
    let mut attempt = 0;
    run.known = loop {
        let open = transaction::open(run, session).await?;
        let done = inside(run, jobs, next.as_deref()).await;
        match transaction::close(run, open, done).await {
            Err(stop @ Stop::Busy(..)) => transaction::again(run, &mut attempt, stop).await?,
            closed => break Some(closed?),
        }
    };
    if let Some(next) = next {
        next.announced = true;
    }
    let mut ran = jobs.iter().flat_map(|job| &job.prepared.segments);
    if ran.any(|segment| leaves_session(run, segment)) {
        run.db.renew().await?;
    }
    for job in jobs {
        finished(run, job);
    }
    Ok(())
}

/// Says what the ledger holds when this is committed.
async fn inside(
    run: &mut Run<'_>,
    jobs: &mut [Job],
    next: Option<&Job>,
) -> Result<(String, State), Stop> {
    let mut state = run.state().await?;
    for job in jobs {
        if !job.fits(&state) {
            return Err(Stop::Changed);
        }
        begin(run, job, &mut state).await?;
        for segment in &job.prepared.segments {
            statements(run, segment, 0).await?;
        }
        end(run, job, &mut state).await?;
    }
    if let Some(next) = next {
        run.log(next, What::Started, "").await?;
    }
    Ok((run.ledger.end_of_log(run.db).await?, state))
}

/// Runs a job that is more than one transaction. After each of them the ledger says how far it
/// has come, so that a crash in between loses nothing and repeats nothing.
pub(super) async fn journaled(run: &mut Run<'_>, job: &mut Job) -> Result<(), Stop> {
    let segments = job.prepared.segments.clone();
    for ready in segments.iter().flat_map(|segment| &segment.statements) {
        let connects = run.engine == Engine::Sqlite && sqlite::is_of_connection(&ready.sql);
        if ready.number < job.done && connects {
            statement(run, ready).await?;
        }
    }
    let mut resumed = job.done == 0;
    for (at, segment) in segments.iter().enumerate() {
        if segment.end <= job.done {
            continue;
        }
        if !std::mem::replace(&mut resumed, true) && run.engine == Engine::Mysql {
            mysql::resume(run, job, at).await?;
        }
        if segment.autocommit {
            one_by_one(run, job, segment).await?;
        } else {
            let mut attempt = 0;
            loop {
                let open = transaction::open(run, segment.session).await?;
                let done = part(run, job, segment).await;
                match transaction::close(run, open, done).await {
                    Err(stop @ Stop::Busy(..)) => {
                        transaction::again(run, &mut attempt, stop).await?;
                    }
                    closed => break closed?,
                }
            }
            job.announced = true;
            job.done = segment.end;
        }
        let is_end = segments.get(at + 1).is_none_or(|next| next.step != segment.step);
        let mut of_step = segments.iter().filter(|it| it.step == segment.step);
        if is_end && of_step.any(|segment| leaves_session(run, segment)) {
            run.db.renew().await?;
        }
    }
    let open = transaction::open(run, Session::default()).await?;
    let done = last(run, job).await;
    transaction::close(run, open, done).await?;
    finished(run, job);
    Ok(())
}

/// Whether the session is another after these statements, where a new one takes its place at the
/// end of a step.
fn leaves_session(run: &Run<'_>, segment: &Segment) -> bool {
    let changes = |ready: &Ready| ready.rust.is_some() || mysql::changes_session(&ready.sql);
    run.engine == Engine::Mysql && segment.statements.iter().any(changes)
}

/// An autocommit step. What its statements set for the session holds to its end, also in a run that
/// goes on where another was cut short.
async fn one_by_one(run: &mut Run<'_>, job: &mut Job, segment: &Segment) -> Result<(), Stop> {
    let sets = |ready: &Ready| postgres::changes_session(&ready.sql);
    let has_session = run.engine == Engine::Postgres;
    let mut done = Ok(());
    for ready in &segment.statements {
        done = match ready.number < job.done {
            true if has_session && sets(ready) => statement(run, ready).await,
            true => Ok(()),
            false => alone(run, job, ready).await,
        };
        if done.is_err() {
            break;
        }
    }
    if has_session && segment.statements.iter().any(sets) {
        let restored = postgres::restore(run.db).await;
        if done.is_ok() {
            restored?;
        }
    }
    done
}

fn finished(run: &mut Run<'_>, job: &mut Job) {
    job.ended = true;
    run.progress.finished(&job.planned, job.took());
}

async fn part(run: &mut Run<'_>, job: &mut Job, segment: &Segment) -> Result<(), Stop> {
    let mut state = check(run, job).await?;
    begin(run, job, &mut state).await?;
    statements(run, segment, job.done).await?;
    mark(run, job, segment.end, false).await
}

async fn last(run: &mut Run<'_>, job: &mut Job) -> Result<(), Stop> {
    let mut state = check(run, job).await?;
    begin(run, job, &mut state).await?;
    end(run, job, &mut state).await
}

/// Runs one statement of an autocommit step.
async fn alone(run: &mut Run<'_>, job: &mut Job, ready: &Ready) -> Result<(), Stop> {
    if run.engine != Engine::Sqlite && run.engine.must_be_bare(&ready.sql) {
        return bare::run(run, job, ready).await;
    }
    if run.engine == Engine::Sqlite && sqlite::must_be_bare(&ready.sql) {
        journal(run, job, ready.number, true).await?;
        if let Err(stop) = statement(run, ready).await {
            // The database said no, so there is no doubt.
            journal(run, job, ready.number, false).await?;
            return Err(stop);
        }
        return journal(run, job, ready.number + 1, false).await;
    }
    let clock = Instant::now();
    let (mut attempt, mut rounds) = (0, Rounds::default());
    loop {
        let open = transaction::open(run, Session::default()).await?;
        let done = batch(run, job, ready, &rounds).await;
        let changed = match transaction::close(run, open, done).await {
            Err(stop @ Stop::Busy(..)) => {
                transaction::again(run, &mut attempt, stop).await?;
                continue;
            }
            closed => closed?,
        };
        attempt = 0;
        job.announced = true;
        if changed == 0 || !ready.repeat {
            job.done = ready.number + 1;
            run.progress.ran(&ready.running(rounds.count + 1), clock.elapsed());
            return Ok(());
        }
        rounds.ended(run, ready, changed, false).await?;
    }
}

/// One round of a statement, and the word in the ledger that it is done, in one transaction.
async fn batch(
    run: &mut Run<'_>,
    job: &mut Job,
    ready: &Ready,
    rounds: &Rounds,
) -> Result<u64, Stop> {
    let mut state = check(run, job).await?;
    begin(run, job, &mut state).await?;
    let changed = once(run, ready, rounds).await?;
    let done = if ready.repeat && changed > 0 { ready.number } else { ready.number + 1 };
    mark(run, job, done, false).await?;
    Ok(changed)
}

/// Says in the ledger, in a transaction of its own, how far the job has come.
pub(super) async fn journal(
    run: &mut Run<'_>,
    job: &mut Job,
    done: usize,
    in_doubt: bool,
) -> Result<(), Stop> {
    let open = transaction::open(run, Session::default()).await?;
    let result = match check(run, job).await {
        Ok(mut state) => match begin(run, job, &mut state).await {
            Ok(()) => mark(run, job, done, in_doubt).await,
            Err(stop) => Err(stop),
        },
        Err(stop) => Err(stop),
    };
    transaction::close(run, open, result).await?;
    job.announced = true;
    job.done = done;
    Ok(())
}

async fn check(run: &mut Run<'_>, job: &Job) -> Result<State, Stop> {
    let state = run.read().await?;
    if job.fits(&state) { Ok(state) } else { Err(Stop::Changed) }
}

async fn mark(run: &mut Run<'_>, job: &Job, done: usize, in_doubt: bool) -> Result<(), Stop> {
    let begun = job.prefixes.get(done).cloned().unwrap_or_default();
    let seen = if in_doubt { job.seen.clone() } else { String::new() };
    let stage = Stage::Half { direction: job.planned.direction, done, in_doubt, seen, begun };
    let entry = run.entry(job, stage);
    Ok(run.all(&run.ledger.record(&entry)).await?)
}

/// Creates the ledger where it is missing and notes the start, once for a job.
async fn begin(run: &mut Run<'_>, job: &mut Job, state: &mut State) -> Result<(), Stop> {
    if !state.exists {
        let missing = run.missing_ledger(state).await?;
        run.all(&missing).await?;
        state.exists = true;
        // A start that was noted in a ledger that is gone was rolled back with it.
        job.announced = false;
    }
    if job.clock.is_none() {
        job.clock = Some(Instant::now());
        run.progress.started(&job.planned);
    }
    if !job.announced {
        run.log(job, What::Started, "").await?;
    }
    Ok(())
}

async fn end(run: &mut Run<'_>, job: &Job, state: &mut State) -> Result<(), Stop> {
    let id = &job.planned.id;
    match job.planned.direction {
        Direction::Upgrade => {
            let entry = run.entry(job, Stage::Applied);
            run.all(&run.ledger.record(&entry)).await?;
            state.entries.insert(id.clone(), entry);
        }
        Direction::Downgrade => {
            run.all(&[run.ledger.forget(id)]).await?;
            state.entries.remove(id);
        }
    }
    Ok(run.log(job, What::Done, "").await?)
}

/// Runs the statements of a segment from the one of this number.
async fn statements(run: &mut Run<'_>, segment: &Segment, from: usize) -> Result<(), Stop> {
    for ready in segment.statements.iter().filter(|ready| ready.number >= from) {
        statement(run, ready).await?;
    }
    if segment.session.legacy_alter_table {
        run.db.execute("PRAGMA legacy_alter_table = OFF").await?;
    }
    let sets = |ready: &Ready| ready.rust.is_some() || postgres::changes_session(&ready.sql);
    if run.engine == Engine::Postgres && segment.statements.iter().any(sets) {
        postgres::restore(run.db).await?;
    }
    Ok(())
}

pub(super) async fn statement(run: &mut Run<'_>, ready: &Ready) -> Result<(), Stop> {
    let clock = Instant::now();
    let mut rounds = Rounds::default();
    loop {
        let changed = once(run, ready, &rounds).await?;
        if changed == 0 || !ready.repeat {
            run.progress.ran(&ready.running(rounds.count + 1), clock.elapsed());
            return Ok(());
        }
        rounds.ended(run, ready, changed, true).await?;
    }
}

async fn once(run: &mut Run<'_>, ready: &Ready, rounds: &Rounds) -> Result<u64, Stop> {
    run.check_interrupt()?;
    run.progress.running(&ready.running(rounds.count + 1));
    let mut blockers = Vec::new();
    let changed = match execute(run, ready, &mut blockers).await {
        Ok(changed) => changed,
        Err(failure) => {
            if let Some(error) = run.cancelled(&failure) {
                return Err(error.into());
            }
            let mut report = failure.at(ready.place.clone());
            if failure.message.contains("within a transaction") {
                report = report.help("put it in a step of its own: `-- autogen: step autocommit`");
            }
            if run.from_nothing && failure.is_of_existing() {
                report = WITHOUT_LEDGER.into_iter().fold(report, Diagnostic::help);
            }
            return Err(match failure.busy && run.engine != Engine::Sqlite {
                true => Stop::Busy(Box::new(report), blockers),
                false => Stop::Failed(Box::new(report)),
            });
        }
    };
    if ready.repeat {
        run.progress.batch(&ready.place, changed);
    }
    Ok(changed)
}

/// What to do where the tables are there and nothing counts as applied.
const WITHOUT_LEDGER: [&str; 2] = [
    "nothing counts as applied here, but what the revision makes is there: the database may have been \
     restored without its ledger, or made in another way",
    "`autogen stamp REV` says how far it is and runs nothing, `autogen stamp head` that all is there; \
     `autogen check` then compares",
];

/// Runs the statement, and notes who blocks it meanwhile: afterwards nobody can tell.
async fn execute(run: &mut Run<'_>, ready: &Ready, blockers: &mut Vec<String>) -> db::Result<u64> {
    let db = &mut *run.db;
    let steps = &run.options.inputs.steps;
    let work = async {
        match (&ready.rust, ready.values.is_empty()) {
            (Some(name), _) => steps.run(db, name).await.map(|()| 0),
            (None, true) => db.execute(&ready.sql).await,
            (None, false) => db.execute_bound(&ready.sql, &ready.values).await,
        }
    };
    match &mut run.turn {
        Some(turn) => turn.watching(work, &mut Watch::new(&run.pid, run.options, blockers)).await,
        None => braking(work, run.options.interrupt.as_ref(), run.brake.as_ref()).await,
    }
}

/// What became of the database.
pub(super) fn aftermath(job: &Job, state: &State, alone: bool) -> String {
    let id = &job.planned.id;
    let word = job.planned.direction.word();
    let kept = match half(job, state) {
        Some((done, in_doubt)) => {
            let kept =
                format!("{done} of the {} statements of {id} are committed", job.prepared.total);
            match in_doubt {
                true => format!("{kept}; the next run looks up whether one more was done"),
                false => format!("{kept}, and nothing after them"),
            }
        }
        None if alone => format!("nothing of the {word} of {id} was kept"),
        None => "nothing of this run was kept".to_owned(),
    };
    format!("{kept}; the database is at {}", state.position())
}

/// How to go on.
pub(super) fn ways_on(job: &Job, state: &State, busy: bool) -> Vec<String> {
    let id = &job.planned.id;
    let word = job.planned.direction.word();
    // What was only in somebody's way needs no mending.
    let next = if busy { "run" } else { "mend the revision, then run" };
    let again = format!("{next} `autogen {word}` again; it goes on from there");
    let upgrades = job.planned.direction == Direction::Upgrade;
    match half(job, state) {
        Some((done @ 1.., false)) if upgrades => {
            let parent = job.entry.parents.first().map_or("base", String::as_str);
            let back = format!(
                "or give it up: undo the {done} by hand, then `autogen stamp {parent}`; a \
                 statement that was run by hand is left out by `autogen repair --skip-statement {id}`"
            );
            vec![again, back]
        }
        _ => vec![again],
    }
}

/// How many statements are committed of one that is half done, and whether the next is in doubt.
fn half(job: &Job, state: &State) -> Option<(usize, bool)> {
    let entry = state.half().filter(|entry| entry.id == job.planned.id)?;
    match &entry.stage {
        Stage::Half { done, in_doubt, .. } => Some((*done, *in_doubt)),
        Stage::Applied => None,
    }
}
