//! Where a database is, and what is odd about it.

use std::collections::BTreeSet;

use super::finding::{Finding, findings};
use super::ledger::{Attempt, State};
use super::{Options, Progress, Run, Standing, plan, replaced, transaction};
use crate::db::Database;
use crate::error::Result;
use crate::revision::Graph;

/// Where a database is.
#[derive(Clone, Debug, Default)]
pub struct Status {
    /// What the ledger says.
    pub state: State,
    /// The applied revisions that no other applied one stands on or depends on.
    pub heads: Vec<String>,
    /// The revisions that are not applied, in the order in which they would be.
    pub pending: Vec<String>,
    /// What is odd.
    pub findings: Vec<Finding>,
}

/// Where the database is. Never writes; a database without a ledger has nothing applied.
pub async fn status(db: &mut Database, graph: &Graph, options: &Options) -> Result<Status> {
    let state = options.ledger(db).read(db).await?;
    let mut view = replaced::view(graph, state, db.dialect_name())?;
    let state = std::mem::take(&mut view.state);
    let graph = view.graph(graph);
    let applied = state.applied();
    let stored = plan::enlarged(graph, &state);
    let whole = stored.as_ref().unwrap_or(graph);
    let heads = whole.current(&applied).into_iter().map(|it| it.id.clone()).collect();
    let pending = pending(graph, &applied);
    let findings = findings(graph, &state, db.dialect_name(), options);
    Ok(Status { state, heads, pending, findings })
}

/// The revisions that are not applied, in the order in which they would be.
fn pending(graph: &Graph, applied: &BTreeSet<String>) -> Vec<String> {
    let pending = graph.revisions().iter().filter(|it| !applied.contains(&it.id));
    pending.map(|it| it.id.clone()).collect()
}

/// How a database stands to the revisions. Never writes, and compares no texts.
pub async fn standing(db: &mut Database, graph: &Graph, options: &Options) -> Result<Standing> {
    let state = options.ledger(db).read(db).await?;
    let mut view = replaced::view(graph, state, db.dialect_name())?;
    let state = std::mem::take(&mut view.state);
    let graph = view.graph(graph);
    let applied = state.applied();
    let unknown = applied.iter().filter(|id| graph.get(id).is_none()).cloned().collect();
    let half = state.half().map(|entry| entry.id.clone());
    let current = state.heads().into_iter().map(str::to_owned).collect();
    Ok(Standing { pending: pending(graph, &applied), unknown, half, current })
}

/// What the ledger says, for a command that is about to write: waits as patiently as the run will
/// while another runner keeps readers out.
pub async fn read_ledger(
    db: &mut Database,
    options: &Options,
    progress: &mut dyn Progress,
) -> Result<State> {
    let mut run = Run::new(db, options, progress);
    transaction::readable(&mut run).await?;
    run.read().await
}

/// Every attempt, the oldest first. Never writes.
pub async fn log(db: &mut Database, options: &Options) -> Result<Vec<Attempt>> {
    options.ledger(db).attempts(db).await
}
