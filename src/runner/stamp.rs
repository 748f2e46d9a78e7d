//! `stamp`: change what the ledger says, and nothing else.

use std::collections::BTreeSet;

use super::ledger::{Action, Event, Stage, State, What};
use super::plan::{self, enlarged, refuse_damage};
use super::prepare::Session;
use super::{Options, Run, Stop, attempt_key, now, replaced, tool, transaction};
use crate::db::Database;
use crate::error::Result;
use crate::revision::{Graph, Identifier, Stamping};

/// Makes the ledger say that these are applied, with all they stand on, and that what stands on
/// them is not. Other branches stay as they are unless `purge` empties the ledger first. What the
/// words mean is decided in the transaction that writes, from what the ledger says then; what is
/// wrong with them is said before anything is written. Returns the applied heads.
pub async fn stamp(
    db: &mut Database,
    graph: &Graph,
    wanted: &[Identifier],
    purge: bool,
    options: &Options,
) -> Result<Vec<String>> {
    let mut nobody = ();
    let mut run = Run::new(db, options, &mut nobody);
    transaction::readable(&mut run).await?;
    let state = run.read().await?;
    planned(&run, graph, &state, (wanted, purge))?;
    let view = replaced::view(graph, state.clone(), run.db.dialect_name()).ok();
    if let Some(view) = view.as_ref().filter(|view| view.is_stale()) {
        replaced::settle(&mut run, view).await?;
    }
    let missing = run.missing_ledger(&state).await?;
    let open = transaction::open(&mut run, Session::default()).await?;
    let written = write(&mut run, graph, missing, (wanted, purge)).await;
    transaction::close(&mut run, open, written).await.map_err(Stop::into_error)?;
    let state = run.read().await?;
    Ok(plan::heads(graph, &state))
}

async fn write(
    run: &mut Run<'_>,
    graph: &Graph,
    missing: Vec<String>,
    asked: (&[Identifier], bool),
) -> Result<(), Stop> {
    run.all(&missing).await?;
    let state = run.read().await?;
    let statements = planned(run, graph, &state, asked)?;
    Ok(run.all(&statements).await?)
}

/// The statements that a stamp is made of.
fn planned(
    run: &Run<'_>,
    graph: &Graph,
    state: &State,
    (wanted, purge): (&[Identifier], bool),
) -> Result<Vec<String>> {
    if !purge {
        refuse_damage(graph, state, run.db.dialect_name(), run.options)?;
    }
    let view = replaced::view(graph, state.clone(), run.db.dialect_name()).ok();
    // Where files are gone, a stamp is what mends it.
    let (graph, state) = match &view {
        Some(view) => (view.graph(graph), &view.state),
        None => (graph, state),
    };
    let stored = enlarged(graph, state);
    let whole = stored.as_ref().unwrap_or(graph);
    // What is half done counts as recorded, so that a stamp can take it away.
    let mut recorded: BTreeSet<String> = state.entries.keys().cloned().collect();
    recorded.extend(state.damaged.iter().map(|row| row.id.clone()));
    let applied = state.applied();
    let targets = wanted.iter().map(|it| plan::resolve(graph, state, it));
    let targets = targets.collect::<Result<Vec<_>>>()?;
    let Stamping { removed, added } = whole.stamping(&recorded, &applied, &targets, purge)?;
    let mut statements: Vec<String> = removed.iter().map(|id| run.ledger.forget(id)).collect();
    for revision in &added {
        let mut entry = match state.entries.get(&revision.id) {
            Some(known) if plan::is_stored(revision) => known.clone(),
            _ => plan::entry(whole, revision, run.db.dialect_name()),
        };
        entry.stage = Stage::Applied;
        entry.applied_at = now();
        entry.applied_by.clone_from(&run.actor);
        entry.tool = tool();
        statements.extend(run.ledger.record(&entry));
    }
    let ids = targets.iter().flat_map(|target| &target.revisions);
    let names: Vec<&str> = ids.map(String::as_str).collect();
    let names = if names.is_empty() { "base".to_owned() } else { names.join(", ") };
    let added: Vec<&str> = added.iter().map(|revision| revision.id.as_str()).collect();
    let removed: Vec<&str> = removed.iter().map(String::as_str).collect();
    let note = format!("added [{}], removed [{}]", added.join(", "), removed.join(", "));
    statements.extend(events(run, Action::Stamp, &names, &note)?);
    Ok(statements)
}

/// Creates the ledger where there is none.
pub async fn ensure_ledger(db: &mut Database, options: &Options) -> Result<()> {
    let mut nobody = ();
    let mut run = Run::new(db, options, &mut nobody);
    let state = run.read().await?;
    let statements = run.missing_ledger(&state).await?;
    match statements.is_empty() {
        true => Ok(()),
        false => run.write(&statements).await,
    }
}

/// The start and the end of a change to the ledger alone.
pub(super) fn events(
    run: &Run<'_>,
    action: Action,
    revision: &str,
    note: &str,
) -> Result<[String; 2]> {
    let attempt = attempt_key()?;
    let event = |what, note: &str| {
        run.ledger.log(&Event {
            attempt: attempt.clone(),
            revision: revision.to_owned(),
            action,
            what,
            at: now(),
            duration_ms: 0,
            actor: run.actor.clone(),
            tool: tool(),
            note: note.to_owned(),
            tag: run.options.tag(),
        })
    };
    Ok([event(What::Started, ""), event(What::Done, note)])
}
