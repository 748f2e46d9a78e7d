//! `stamp`: change what the ledger says, and nothing else.

use std::collections::BTreeSet;

use super::ledger::{Action, Event, What};
use super::plan::{self, enlarged, refuse_damage};
use super::{Options, Run, attempt_key, now, replaced, tool, transaction};
use crate::db::Database;
use crate::error::Result;
use crate::revision::{Graph, Target};

/// Makes the ledger say that these targets are applied, with all they stand on, and that what
/// stands on them is not. Other branches stay as they are unless `purge` empties the ledger
/// first. All of it in one transaction, after the targets are known to exist. Returns the applied
/// heads.
pub async fn stamp(
    db: &mut Database,
    graph: &Graph,
    target: &Target,
    purge: bool,
    options: &Options,
) -> Result<Vec<String>> {
    let mut nobody = ();
    let mut run = Run::new(db, options, &mut nobody);
    transaction::readable(&mut run).await?;
    let state = run.read().await?;
    if !purge {
        refuse_damage(graph, &state, run.db.dialect_name(), options)?;
    }
    let view = replaced::view(graph, state.clone(), run.db.dialect_name()).ok();
    if let Some(view) = view.as_ref().filter(|view| view.is_stale()) {
        replaced::settle(&mut run, view).await?;
    }
    // Where files are gone, a stamp is what mends it.
    let (graph, state) = match &view {
        Some(view) => (view.graph(graph), &view.state),
        None => (graph, &state),
    };
    let stored = enlarged(graph, state);
    let whole = stored.as_ref().unwrap_or(graph);
    // What is half done counts as recorded, so that a stamp can take it away.
    let mut recorded: BTreeSet<String> = state.entries.keys().cloned().collect();
    let removed: BTreeSet<String> = match purge {
        true => {
            recorded.extend(state.damaged.iter().map(|row| row.id.clone()));
            recorded.clone()
        }
        false => {
            let path = whole.downgrade_path(&recorded, target);
            path.into_iter().map(|revision| revision.id.clone()).collect()
        }
    };
    let mut kept = state.applied();
    kept.retain(|id| !removed.contains(id));
    let added = whole.upgrade_path(&kept, target);
    let mut statements = run.missing_ledger(state).await?;
    statements.extend(removed.iter().map(|id| run.ledger.forget(id)));
    for revision in &added {
        let mut entry = match state.entries.get(&revision.id) {
            Some(known) if plan::is_stored(revision) => known.clone(),
            _ => plan::entry(whole, revision, run.db.dialect_name()),
        };
        entry.stage = super::ledger::Stage::Applied;
        entry.applied_at = now();
        entry.applied_by.clone_from(&run.actor);
        entry.tool = tool();
        statements.extend(run.ledger.record(&entry));
    }
    let names = match target.revisions.is_empty() {
        true => "base".to_owned(),
        false => target.revisions.join(", "),
    };
    let added: Vec<&str> = added.iter().map(|revision| revision.id.as_str()).collect();
    let removed: Vec<&str> = removed.iter().map(String::as_str).collect();
    let note = format!("added [{}], removed [{}]", added.join(", "), removed.join(", "));
    statements.extend(events(&run, Action::Stamp, &names, &note)?);
    run.write(&statements).await?;
    let state = run.read().await?;
    Ok(state.heads().into_iter().map(str::to_owned).collect())
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
