//! What the ledger says, where revisions were squashed: a database that has all of the old ones
//! counts as having the one that replaces them, and the next write says so in the ledger.

use std::collections::{BTreeMap, BTreeSet};

use super::ledger::{Action, Entry, Stage, State};
use super::{Run, plan, stamp};
use crate::error::{Error, Kind, Result};
use crate::revision::{Direction, Graph, Identifier, Target};

/// The graph and the ledger, as they fit together.
#[derive(Debug)]
pub struct View {
    graph: Option<Graph>,
    /// What the ledger says, of the revisions that are seen.
    pub state: State,
    /// What the ledger shall forget.
    gone: Vec<String>,
    /// What it shall say.
    changed: Vec<Entry>,
    /// The squashes that the database is past, with what they replace there.
    past: Vec<(String, Vec<String>)>,
}

impl View {
    /// The graph as this database sees it.
    pub fn graph<'a>(&'a self, graph: &'a Graph) -> &'a Graph {
        self.graph.as_ref().unwrap_or(graph)
    }

    /// The graph, where it is another, and what the ledger says.
    pub fn into_parts(self) -> (Option<Graph>, State) {
        (self.graph, self.state)
    }

    /// Whether the ledger still speaks of revisions that were replaced.
    pub(super) fn is_stale(&self) -> bool {
        !self.past.is_empty()
    }
}

/// How a database sees the graph. Refuses where it has some of what a squash replaces, and the files
/// of the others are gone.
pub fn view(graph: &Graph, mut state: State, dialect: &str) -> Result<View> {
    let recorded: BTreeSet<String> = state.entries.keys().cloned().collect();
    let settled = state.entries.values().filter(|entry| entry.stage == Stage::Applied);
    let settled: BTreeSet<String> = settled.map(|entry| entry.id.clone()).collect();
    let seen = graph
        .seen_by(&settled, &recorded)
        .map_err(|reports| Error::from_reports(Kind::Database, reports))?;
    let whole = seen.graph.as_ref().unwrap_or(graph);
    let (mut gone, mut changed) = (Vec::new(), Vec::new());
    let mut now: BTreeMap<&str, &str> = BTreeMap::new();
    for (squash, old) in &seen.past {
        now.extend(old.iter().map(|id| (id.as_str(), squash.as_str())));
        let entries = old.iter().filter_map(|id| state.entries.remove(id));
        let entries: Vec<Entry> = entries.collect();
        gone.extend(old.iter().cloned());
        if let (None, Some(revision)) = (state.entries.get(squash), whole.get(squash)) {
            let entry = together(plan::entry(whole, revision, dialect), entries);
            changed.push(entry.clone());
            state.entries.insert(squash.clone(), entry);
        }
    }
    for entry in state.entries.values_mut() {
        let parents = followed(&entry.parents, &now);
        let depends_on = followed(&entry.depends_on, &now);
        if (&parents, &depends_on) != (&entry.parents, &entry.depends_on) {
            (entry.parents, entry.depends_on) = (parents, depends_on);
            changed.push(entry.clone());
        }
    }
    Ok(View { past: seen.past, graph: seen.graph, state, gone, changed })
}

/// Where an identifier leads on a database; a downgrade may name what only the ledger knows.
pub fn target(
    graph: &Graph,
    (state, dialect): (State, &str),
    direction: Direction,
    identifier: &Identifier,
) -> Result<Target> {
    let view = view(graph, state, dialect)?;
    let graph = view.graph(graph);
    match direction {
        Direction::Upgrade => graph.resolve(identifier, &view.state.applied()),
        Direction::Downgrade => plan::resolve(graph, &view.state, identifier),
    }
}

fn followed(ids: &[String], now: &BTreeMap<&str, &str>) -> Vec<String> {
    let mut known: Vec<String> = Vec::new();
    for id in ids {
        let id = now.get(id.as_str()).copied().unwrap_or(id);
        if !known.iter().any(|it| it == id) {
            known.push(id.to_owned());
        }
    }
    known
}

/// It was applied when the last of the old ones was.
fn together(entry: Entry, old: Vec<Entry>) -> Entry {
    let duration_ms = old.iter().map(|it| it.duration_ms).sum();
    let last = old.into_iter().max_by(|one, two| one.applied_at.cmp(&two.applied_at));
    match last {
        Some(last) => Entry {
            applied_at: last.applied_at,
            applied_by: last.applied_by,
            tool: last.tool,
            duration_ms,
            ..entry
        },
        None => entry,
    }
}

/// Makes the ledger say what is seen.
pub(super) async fn settle(run: &mut Run<'_>, view: &View) -> Result<()> {
    let mut statements = run.missing_ledger(&view.state).await?;
    statements.extend(view.gone.iter().map(|id| run.ledger.forget(id)));
    for entry in &view.changed {
        statements.extend(run.ledger.record(entry));
    }
    for (squash, old) in &view.past {
        let note = format!("it replaces {}, which are applied", old.join(", "));
        statements.extend(stamp::events(run, Action::Stamp, squash, &note)?);
    }
    run.write(&statements).await
}
