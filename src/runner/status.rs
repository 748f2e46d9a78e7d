//! Where a database is, and what is odd about it.

use std::collections::BTreeSet;

use autogen_model::{Diagnostic, Place};

use super::ledger::{Attempt, Entry, Stage, State};
use super::{Options, Progress, Run, plan, replaced, transaction};
use crate::db::Database;
use crate::error::Result;
use crate::revision::{self, Direction, Graph};

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

/// Something about the database and the files that does not fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// The file was edited after it was applied.
    Edited {
        /// The revision.
        id: String,
        /// The file.
        place: Place,
    },
    /// No file has a revision that is applied.
    Unknown {
        /// The revision, as the ledger knows it.
        entry: Box<Entry>,
    },
    /// A revision is not applied although one that stands on it is.
    Late {
        /// The revision.
        id: String,
        /// The one that stands on it.
        above: String,
        /// The file.
        place: Place,
    },
    /// A revision was begun and not finished.
    Half {
        /// The revision.
        id: String,
        /// The way it goes.
        direction: Direction,
        /// How many statements are done.
        done: usize,
    },
}

impl Finding {
    /// The finding in words, with what to do about it.
    pub fn report(&self) -> Diagnostic {
        match self {
            Self::Edited { id, place } => {
                let message = format!("{id} was edited after it was applied");
                Diagnostic::new(message)
                    .at(place.clone(), "this revision")
                    .help("bring the file back, and put the change into a new revision")
                    .help(format!("or accept the file as it is: `autogen repair --accept {id}`"))
            }
            Self::Unknown { entry } => {
                let title = entry.message.lines().next().unwrap_or_default();
                let message = format!("no file has {}, which is applied: {title}", entry.id);
                // A step down from it spares what else stands on its parent.
                let help = match entry.parents.as_slice() {
                    [one, _, ..] => format!("undo it: `autogen downgrade {one}`"),
                    _ => format!("undo it: `autogen downgrade {}-1`", entry.id),
                };
                Diagnostic::new(message)
                    .help("it may be on another branch of the repository, or in a newer release")
                    .help(format!("{help}; the ledger keeps its downgrade"))
            }
            Self::Late { id, above, place } => {
                let message = format!("{id} is not applied, but {above}, which stands on it, is");
                Diagnostic::new(message)
                    .at(place.clone(), "this revision")
                    .help("it was put in below after the other was applied; upgrade applies it now")
                    .help(format!("if it was applied by hand: `autogen stamp {above}`"))
            }
            Self::Half { id, direction, done } => {
                let word = direction.word();
                let message = format!("the {word} of {id} was begun and is not finished");
                Diagnostic::new(message)
                    .help(format!("{done} of its statements are committed"))
                    .help(format!("run `autogen {word}` again; it goes on from there"))
            }
        }
    }

    /// Whether someone who runs these revisions in this direction has to hear of it.
    pub(super) fn concerns_run(&self, ids: &BTreeSet<String>, direction: Direction) -> bool {
        match self {
            Self::Edited { id, .. } => ids.contains(id),
            Self::Unknown { .. } | Self::Late { .. } => direction == Direction::Upgrade,
            Self::Half { .. } => true,
        }
    }
}

/// Where the database is. Never writes; a database without a ledger has nothing applied.
pub async fn status(db: &mut Database, graph: &Graph, options: &Options) -> Result<Status> {
    let state = options.ledger(db).read(db).await?;
    let mut view = replaced::view(graph, state, db.dialect_name())?;
    let state = std::mem::take(&mut view.state);
    let graph = view.graph(graph);
    let applied = state.applied();
    let stored = plan::enlarged(graph, &state)?;
    let whole = stored.as_ref().unwrap_or(graph);
    let heads = whole.current(&applied).into_iter().map(|it| it.id.clone()).collect();
    let pending = graph.revisions().iter().filter(|it| !applied.contains(&it.id));
    let pending = pending.map(|it| it.id.clone()).collect();
    let findings = findings(graph, &state, db.dialect_name());
    Ok(Status { state, heads, pending, findings })
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
    run.ledger.read(run.db).await
}

/// Every attempt, the oldest first. Never writes.
pub async fn log(db: &mut Database, options: &Options) -> Result<Vec<Attempt>> {
    options.ledger(db).attempts(db).await
}

/// What is odd about a database, seen from the files.
pub(super) fn findings(graph: &Graph, state: &State, dialect: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    for entry in state.entries.values() {
        let edited = match graph.get(&entry.id) {
            Some(revision) => {
                // Of a half done revision the rest may be mended; the run checks what was done.
                let same = entry.checksum == revision::checksum(revision, dialect);
                let (id, place) = (entry.id.clone(), revision.place());
                (!same && entry.stage == Stage::Applied).then_some(Finding::Edited { id, place })
            }
            None => Some(Finding::Unknown { entry: Box::new(entry.clone()) }),
        };
        findings.extend(edited);
        if let Stage::Half { direction, done, .. } = &entry.stage {
            let (direction, done) = (*direction, *done);
            findings.push(Finding::Half { id: entry.id.clone(), direction, done });
        }
    }
    findings.extend(late(graph, state));
    findings
}

/// Revisions below applied ones that are not applied themselves.
fn late(graph: &Graph, state: &State) -> Vec<Finding> {
    let applied = state.applied();
    let heads: Vec<String> = graph.current(&applied).iter().map(|it| it.id.clone()).collect();
    let below = graph.ancestors(&heads);
    let pending = graph.revisions().iter();
    let pending = pending.filter(|it| below.contains(&it.id) && !applied.contains(&it.id));
    pending
        .filter_map(|revision| {
            let above = graph.descendants(std::slice::from_ref(&revision.id));
            // The nearest above, in the order of the graph.
            let above = graph
                .revisions()
                .iter()
                .find(|it| above.contains(&it.id) && applied.contains(&it.id))?;
            Some(Finding::Late {
                id: revision.id.clone(),
                above: above.id.clone(),
                place: revision.place(),
            })
        })
        .collect()
}
