//! `upgrade` and `downgrade`: plan, run, and plan again when another runner was faster.

use std::collections::BTreeSet;

use autogen_model::Diagnostic;

use super::finding::{Finding, findings};
use super::ledger::{State, What};
use super::plan::{self, Planner, enlarged, jobs, refuse_damage};
use super::{
    Engine, Job, Listed, Options, OutOfOrder, Planned, Progress, Run, Span, Stop, replaced, step,
    transaction, turn,
};
use crate::db::Database;
use crate::error::{Error, Kind, Result};
use crate::revision::{Direction, Graph, Target};

/// What a run did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// The revisions that it ran, in order.
    pub ran: Vec<Planned>,
    /// Whether there was nothing to do because the database is past the target.
    pub past: bool,
    /// The applied revisions that no other applied one stands on, afterwards.
    pub heads: Vec<String>,
}

/// How often a run is planned anew before it gives up.
const ROUNDS: usize = 100;

/// Applies what the target needs and the database lacks.
pub async fn upgrade(
    db: &mut Database,
    graph: &Graph,
    target: &Target,
    options: &Options,
    progress: &mut dyn Progress,
) -> Result<Report> {
    walk(Run::new(db, options, progress), graph, target, Direction::Upgrade).await
}

/// Undoes what stands above the target. Revisions whose files are gone are undone by the text
/// that the ledger has of them.
pub async fn downgrade(
    db: &mut Database,
    graph: &Graph,
    target: &Target,
    options: &Options,
    progress: &mut dyn Progress,
) -> Result<Report> {
    walk(Run::new(db, options, progress), graph, target, Direction::Downgrade).await
}

/// What `upgrade` would run, each revision with its statements. Writes nothing, and refuses what `upgrade` would refuse.
pub async fn plan_upgrade(
    db: &mut Database,
    graph: &Graph,
    target: &Target,
    options: &Options,
) -> Result<Vec<(Planned, Vec<Listed>)>> {
    list(db, graph, target, options, Direction::Upgrade).await
}

/// What `downgrade` would run, each revision with its statements. Writes nothing, and refuses what `downgrade` would refuse.
pub async fn plan_downgrade(
    db: &mut Database,
    graph: &Graph,
    target: &Target,
    options: &Options,
) -> Result<Vec<(Planned, Vec<Listed>)>> {
    list(db, graph, target, options, Direction::Downgrade).await
}

async fn list(
    db: &mut Database,
    graph: &Graph,
    target: &Target,
    options: &Options,
    direction: Direction,
) -> Result<Vec<(Planned, Vec<Listed>)>> {
    let state = options.ledger(db).read(db).await?;
    let (dialect, direct) = (db.dialect_name(), db.is_direct());
    let planner = Planner { options, dialect, direct, begun: false };
    let view = replaced::view(graph, state, dialect)?;
    let jobs = planned(view.graph(graph), &view.state, target, direction, &planner)?;
    let listed = |job: Job| {
        let list = job.prepared.listed(job.done);
        (job.planned, list)
    };
    Ok(jobs.into_iter().map(listed).collect())
}

/// An upgrade sees the files alone: a revision that only the ledger knows cannot be applied.
fn planned(
    graph: &Graph,
    state: &State,
    target: &Target,
    direction: Direction,
    planner: &Planner<'_>,
) -> Result<Vec<Job>> {
    refuse_damage(graph, state, planner.dialect, planner.options)?;
    match direction {
        Direction::Upgrade => {
            let jobs = jobs(graph, state, target, direction, planner)?;
            refuse_disorder(graph, state, &jobs, planner)?;
            Ok(jobs)
        }
        Direction::Downgrade => {
            let stored = enlarged(graph, state);
            jobs(stored.as_ref().unwrap_or(graph), state, target, direction, planner)
        }
    }
}

fn refuse_disorder(
    graph: &Graph,
    state: &State,
    jobs: &[Job],
    planner: &Planner<'_>,
) -> Result<()> {
    if planner.options.out_of_order != OutOfOrder::Refuse || jobs.is_empty() {
        return Ok(());
    }
    let ids = jobs.iter().map(|job| job.planned.id.clone()).collect();
    let all = findings(graph, state, planner.dialect, planner.options);
    let disorder: Vec<Diagnostic> = all
        .iter()
        .filter(|it| it.is_out_of_order() && it.concerns_run(&ids, Direction::Upgrade))
        .map(Finding::report)
        .collect();
    match disorder.is_empty() {
        true => Ok(()),
        false => Err(Error::from_reports(Kind::Database, disorder)),
    }
}

async fn walk(
    mut run: Run<'_>,
    graph: &Graph,
    target: &Target,
    direction: Direction,
) -> Result<Report> {
    if run.options.interrupt.is_some() {
        run.brake = run.db.brake().await.map_err(Error::from)?;
    }
    let walked = rounds(&mut run, graph, target, direction).await;
    if let Some(turn) = run.turn.take() {
        turn.give_back().await;
    }
    walked
}

async fn rounds(
    run: &mut Run<'_>,
    graph: &Graph,
    target: &Target,
    direction: Direction,
) -> Result<Report> {
    let (dialect, direct) = (run.db.dialect_name(), run.db.is_direct());
    let mut planner = Planner { options: run.options, dialect, direct, begun: false };
    let mut report = Report::default();
    for round in 0..ROUNDS {
        transaction::readable(run).await?;
        let state = run.read().await?;
        let view = replaced::view(graph, state, dialect)?;
        let (graph, state) = (view.graph(graph), &view.state);
        if round == 0 {
            run.from_nothing = state.entries.is_empty();
            warn(run, graph, state, target, direction);
        }
        let mut jobs = planned(graph, state, target, direction, &planner)?;
        if jobs.is_empty() {
            let past = direction == Direction::Upgrade && graph.is_past(&state.applied(), target);
            report.past = past && report.ran.is_empty();
            report.heads = plan::heads(graph, state);
            return Ok(report);
        }
        if run.turn.is_none() {
            run.turn = turn::take(run).await?;
            // Whoever had the turn may have done it all.
            if run.turn.is_some() {
                continue;
            }
        }
        if state.exists || run.engine == Engine::Mysql {
            // There it cannot share a transaction with anything.
            run.missing_ledger(state).await?;
        }
        if view.is_stale() {
            replaced::settle(run, &view).await?;
            continue;
        }
        let ended = run_all(run, &mut jobs, &mut report.ran).await;
        planner.begun = !report.ran.is_empty();
        match ended {
            Ok(()) | Err(Stop::Changed) => {}
            Err(stop) => return Err(failed(run, &mut jobs, stop).await),
        }
    }
    Err(Stop::Changed.into_error())
}

/// Runs the jobs, each in its own transaction or all in one.
pub(super) async fn run_all(
    run: &mut Run<'_>,
    jobs: &mut [Job],
    ran: &mut Vec<Planned>,
) -> Result<(), Stop> {
    let width = match run.options.transaction {
        Span::Revision => 1,
        Span::Run => jobs.len(),
    };
    for at in (0..jobs.len()).step_by(width.max(1)) {
        let (first, rest) = jobs.split_at_mut((at + width).min(jobs.len()));
        let Some(first) = first.get_mut(at..) else { break };
        run.check_interrupt()?;
        announce(run, first).await?;
        let done = match first {
            [job] if !job.prepared.is_one_transaction() => step::journaled(run, job).await,
            _ => step::together(run, first, rest.first_mut()).await,
        };
        if matches!(done, Err(Stop::Changed)) {
            skip(run, first).await?;
        }
        done?;
        ran.extend(first.iter().map(|job| job.planned.clone()));
    }
    Ok(())
}

/// Notes the start where it outlives a crash. Where there is no ledger yet it is made with the first
/// revision, or for its failure, so the start is noted with the end.
async fn announce(run: &mut Run<'_>, jobs: &mut [Job]) -> Result<(), Stop> {
    let Some(job) = jobs.first_mut().filter(|job| !job.announced) else { return Ok(()) };
    if run.ledger.has_log(run.db).await? {
        let event = run.event(job, What::Started, "");
        run.write(&[run.ledger.log(&event)]).await?;
        job.announced = true;
    }
    Ok(())
}

async fn skip(run: &mut Run<'_>, jobs: &[Job]) -> Result<(), Stop> {
    for job in jobs.iter().filter(|job| job.announced) {
        let event = run.event(job, What::Skipped, "another runner was faster");
        run.write(&[run.ledger.log(&event)]).await?;
        run.progress.skipped(&job.planned);
    }
    Ok(())
}

/// Writes the failure to the log, after the rollback, and says what became of the database.
pub(super) async fn failed(run: &mut Run<'_>, jobs: &mut [Job], stop: Stop) -> Error {
    let note = stop.message();
    let interrupted = stop.is_interruption();
    let culprit = jobs.iter().rposition(|job| job.is_open());
    let logged = note_failure(run, jobs, culprit, interrupted, &note).await;
    let state = run.ledger.read(run.db).await;
    let busy = matches!(stop, Stop::Busy(..));
    let is_of_revision = busy || matches!(stop, Stop::Failed(_));
    let mut error = stop.into_error();
    if let (Some(job), Ok(state)) = (culprit.and_then(|at| jobs.get(at)), &state) {
        let alone = run.options.transaction == Span::Revision;
        error = error.help(step::aftermath(job, state, alone));
        if (is_of_revision || interrupted) && !step::is_without_ledger(&error) {
            error =
                step::ways_on(job, state, busy || interrupted).into_iter().fold(error, Error::help);
        }
    }
    match logged {
        Ok(()) => error,
        Err(reason) => error.help(format!("the failure could not be written to the log: {reason}")),
    }
}

async fn note_failure(
    run: &mut Run<'_>,
    jobs: &mut [Job],
    culprit: Option<usize>,
    interrupted: bool,
    note: &str,
) -> Result<()> {
    if !jobs.iter().any(Job::is_open) {
        return Ok(());
    }
    let there = run.db.has_table(run.ledger.schema(), run.ledger.log_table()).await;
    if there.is_err() {
        // What ended the attempt may have been the end of its connection.
        run.db.revive().await?;
    }
    let state = run.read().await?;
    let mut statements = match run.missing_ledger(&state).await {
        Ok(missing) => missing,
        // Whoever may not make a log has none.
        Err(_) if matches!(there, Ok(false)) => return Ok(()),
        Err(error) => return Err(error),
    };
    for (at, job) in jobs.iter().enumerate().filter(|(_, job)| job.is_open()) {
        if !job.announced {
            statements.push(run.ledger.log(&run.event(job, What::Started, "")));
        }
        let what = match Some(at) == culprit {
            true if interrupted => What::Interrupted,
            true => What::Failed,
            false => What::RolledBack,
        };
        statements.push(run.ledger.log(&run.event(job, what, note)));
    }
    // No patience here: what failed may have been the lock itself.
    if !transaction::begin_once(run).await? {
        return Err(Error::new(Kind::Database, "the database is locked"));
    }
    let written = match run.all(&statements).await {
        Err(_) if matches!(there, Ok(false)) => {
            run.db.rollback().await?;
            transaction::free(run).await;
            return Ok(());
        }
        written => written,
    };
    let committed = match &written {
        Ok(()) => run.db.commit().await,
        Err(_) => Ok(false),
    };
    if !matches!(committed, Ok(true)) {
        run.db.rollback().await?;
    }
    transaction::free(run).await;
    written?;
    committed?;
    Ok(())
}

fn warn(run: &mut Run<'_>, graph: &Graph, state: &State, target: &Target, direction: Direction) {
    let applied = state.applied();
    let path = match direction {
        Direction::Upgrade => graph.upgrade_path(&applied, target),
        Direction::Downgrade => graph.downgrade_path(&applied, target),
    };
    let concerned: BTreeSet<String> = path.into_iter().map(|it| it.id.clone()).collect();
    // What refuses the run is said by the refusal.
    let refuses = run.options.out_of_order == OutOfOrder::Refuse;
    for finding in findings(graph, state, run.db.dialect_name(), run.options) {
        let is_refused = match finding {
            Finding::Damaged { .. } => true,
            _ => refuses && finding.is_out_of_order(),
        };
        if !is_refused && finding.concerns_run(&concerned, direction) {
            run.progress.warning(&finding.report());
        }
    }
}
