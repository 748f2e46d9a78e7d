//! What a run will do: the path through the graph, each revision made ready or refused.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use autogen_model::{Diagnostic, Source};
use sha2::{Digest as _, Sha256};

use super::finding::{Finding, findings, finish};
use super::ledger::{Entry, Ledger, Stage, State};
use super::prepare::{Inputs, Prepared, prepare};
use super::{Engine, Job, Options, Planned, Span, attempt_key, postgres, replaced};
use crate::error::{Error, Kind, Result};
use crate::revision::{self, Anchor, Direction, Graph, Identifier, Revision, Side, Target};

/// The folder that the revisions have whose files are gone.
const STORED: &str = "<ledger>";

/// The graph with the applied revisions that no file has, as the ledger remembers them, so that
/// they can be named and undone.
pub fn with_stored(graph: &Graph, state: &State) -> Result<Graph> {
    // Checksums are not asked for, so it may be for any dialect.
    let view = replaced::view(graph, state.clone(), "")?;
    let graph = view.graph(graph);
    match enlarged(graph, &view.state) {
        Some(graph) => Ok(graph),
        None => Graph::new(graph.revisions().to_vec()).map_err(refused),
    }
}

/// What an identifier means to a command that also knows the revisions without files. The heads
/// are those of the files all the same: what is gone is nowhere to go to.
pub fn resolve(graph: &Graph, state: &State, identifier: &Identifier) -> Result<Target> {
    let stored = match identifier.anchor {
        Anchor::Head | Anchor::Heads => None,
        _ => enlarged(graph, state),
    };
    stored.as_ref().unwrap_or(graph).resolve(identifier, &state.applied())
}

/// As `with_stored`; none when every applied revision has a file, as is the rule. A row that fits
/// nowhere, because somebody changed it, must not hide the others.
pub(super) fn enlarged(graph: &Graph, state: &State) -> Option<Graph> {
    let unknown: Vec<&Entry> =
        state.entries.values().filter(|entry| graph.get(&entry.id).is_none()).collect();
    if unknown.is_empty() {
        return None;
    }
    let ids = unknown.iter().map(|entry| entry.id.as_str());
    let known: BTreeSet<&str> = graph.ids().chain(ids).collect();
    let with = |known: &BTreeSet<&str>| {
        let stored = unknown.iter().filter_map(|entry| stored(entry, known).ok());
        Graph::new(graph.revisions().iter().cloned().chain(stored).collect()).ok()
    };
    // Without what joins them, they can still be named.
    with(&known).or_else(|| with(&BTreeSet::new()))
}

/// The applied revisions that no other applied one stands on or depends on.
pub(super) fn heads(graph: &Graph, state: &State) -> Vec<String> {
    let stored = enlarged(graph, state);
    let current = stored.as_ref().unwrap_or(graph).current(&state.applied());
    current.into_iter().map(|revision| revision.id.clone()).collect()
}

fn refused(reports: Vec<Diagnostic>) -> Error {
    Error::from_reports(Kind::Revision, reports)
}

fn stored(entry: &Entry, known: &BTreeSet<&str>) -> Result<Revision, Vec<Diagnostic>> {
    let mut head = format!("-- Revision: {}\n", entry.id);
    for (key, ids) in [("Revises", &entry.parents), ("Depends on", &entry.depends_on)] {
        let ids: Vec<&str> =
            ids.iter().map(String::as_str).filter(|id| known.contains(id)).collect();
        if !ids.is_empty() {
            head.push_str(&format!("-- {key}: {}\n", ids.join(", ")));
        }
    }
    let path = Path::new(STORED).join(format!("{}.sql", entry.id));
    let read = |text: String| {
        let source = Arc::new(Source::new(&path, text));
        revision::parse(source, Path::new(STORED))
    };
    let [up, down] = [Direction::Upgrade, Direction::Downgrade].map(Direction::word);
    let head = format!("{head}-- autogen: {up}\n");
    // A downgrade that this version cannot read must not hide the revision; it has none then.
    let mut revision = read(format!("{head}-- autogen: {down}\n{}", entry.downgrade))
        .or_else(|_| read(head.clone()))?;
    revision.message.clone_from(&entry.message);
    Ok(revision)
}

/// Whether a revision is known from the ledger alone.
pub(super) fn is_stored(revision: &Revision) -> bool {
    revision.folder == Path::new(STORED)
}

/// What a damaged row means nobody can tell, so nothing is built on it.
pub(super) fn refuse_damage(
    graph: &Graph,
    state: &State,
    dialect: &str,
    options: &Options,
) -> Result<()> {
    if state.damaged.is_empty() {
        return Ok(());
    }
    let all = findings(graph, state, dialect, options);
    let damaged = all.iter().filter(|finding| matches!(finding, Finding::Damaged { .. }));
    Err(Error::from_reports(Kind::Database, damaged.map(Finding::report).collect()))
}

/// The jobs that lead from the state to the target.
pub(super) fn jobs(
    graph: &Graph,
    state: &State,
    target: &Target,
    direction: Direction,
    planner: &Planner<'_>,
) -> Result<Vec<Job>> {
    let applied = state.applied();
    let mut path = match direction {
        Direction::Upgrade => graph.upgrade_path(&applied, target),
        Direction::Downgrade => {
            if !planner.begun {
                graph.refuse_downgrade(&applied, target)?;
            }
            let path = graph.downgrade_path(&applied, target);
            refuse_strangers(graph, target, &path)?;
            path
        }
    };
    if let Some(half) = state.half() {
        finish_first(half, direction, &mut path)?;
    }
    let (mut jobs, mut faults) = (Vec::new(), Vec::new());
    for revision in path {
        match planner.job(graph, state, revision, direction) {
            Ok(job) => jobs.push(job),
            Err(mut found) => faults.append(&mut found),
        }
    }
    if faults.is_empty() && planner.options.transaction == Span::Run {
        faults.extend(jobs.iter().filter(|job| !job.prepared.is_one_transaction()).map(|job| {
            let message = format!("{} does not fit into one transaction", job.planned.id);
            Diagnostic::new(message).help(
                "it has a step, or a statement, that runs outside of one; set `transaction = \
                 \"revision\"` for this run",
            )
        }));
    }
    if !faults.is_empty() {
        return Err(refused(faults));
    }
    for job in &mut jobs {
        job.attempt = attempt_key()?;
    }
    Ok(jobs)
}

/// `base` means the base of what this project knows. Revisions without files that nothing joins to
/// the files may be another project's, in the same ledger; they are undone by name alone.
fn refuse_strangers(graph: &Graph, target: &Target, path: &[&Revision]) -> Result<()> {
    let files = graph.revisions().iter().filter(|revision| !is_stored(revision));
    let files: BTreeSet<String> = files.map(|revision| revision.id.clone()).collect();
    if *target != Target::default() || files.is_empty() {
        return Ok(());
    }
    let joined = graph.joined(&files);
    let Some(stranger) = path.iter().rfind(|revision| !joined.contains(&revision.id)) else {
        return Ok(());
    };
    let message = format!("{} has no file, and nothing joins it to those that have", stranger.id);
    Err(Error::new(Kind::Revision, message)
        .help("another project may keep its revisions here: give each its own `ledger`")
        .help(format!("to undo it all the same: `autogen downgrade {}-1`", stranger.id)))
}

/// A revision that was begun comes before all others.
fn finish_first(half: &Entry, direction: Direction, path: &mut [&Revision]) -> Result<()> {
    let Stage::Half { direction: begun, done, .. } = &half.stage else { return Ok(()) };
    let at = path.iter().position(|revision| revision.id == half.id);
    match at.filter(|_| *begun == direction) {
        Some(at) => {
            path[..=at].rotate_right(1);
            Ok(())
        }
        None => {
            let message =
                format!("the {} of {} was begun and is not finished", begun.word(), half.id);
            let help = format!("finish it first: `{}`", finish(*begun, &half.id));
            let kept = format!("{done} of its statements are committed");
            Err(Error::new(Kind::Database, message).help(kept).help(help))
        }
    }
}

/// What making a job needs.
pub(super) struct Planner<'a> {
    pub(super) options: &'a Options,
    pub(super) dialect: &'static str,
    /// Whether the session is ours alone.
    pub(super) direct: bool,
    /// Whether this run has undone something, which the target may have been counted from.
    pub(super) begun: bool,
}

/// Outside transactions a pooler lends any session to any client: what is set in one, or locked,
/// is not there in the next.
fn lent(prepared: &Prepared, dialect: &str) -> Result<(), Vec<Diagnostic>> {
    let alone = prepared.segments.iter().filter(|segment| segment.autocommit);
    let bare: Vec<Diagnostic> = alone
        .flat_map(|segment| &segment.statements)
        .filter(|ready| {
            Engine::of(dialect).must_be_bare(&ready.sql) || postgres::changes_session(&ready.sql)
        })
        .map(|ready| {
            let message = "this runs outside transactions, which is not safe through a pooler";
            Diagnostic::new(message)
                .at(ready.place.clone(), "this statement")
                .help(
                    "the URL leads to a pooler, or to a server that takes no settings when a \
                     session starts",
                )
                .help("for this run, connect straight to the server: --database-url URL")
        })
        .collect();
    if bare.is_empty() { Ok(()) } else { Err(bare) }
}

impl Planner<'_> {
    fn inputs(&self) -> &Inputs {
        &self.options.inputs
    }

    /// The job of one revision, wherever the paths of the graph lead.
    pub(super) fn single(
        &self,
        graph: &Graph,
        state: &State,
        revision: &Revision,
        direction: Direction,
    ) -> Result<Job> {
        let job = self.job(graph, state, revision, direction).map_err(refused)?;
        Ok(Job { attempt: attempt_key()?, ..job })
    }

    fn job(
        &self,
        graph: &Graph,
        state: &State,
        revision: &Revision,
        direction: Direction,
    ) -> Result<Job, Vec<Diagnostic>> {
        let side = self.side(revision, direction)?;
        let ledger = Ledger::new(&self.options.ledger);
        let prepared = prepare(&side, self.inputs(), &ledger, self.dialect)?;
        if !self.direct {
            lent(&prepared, self.dialect)?;
        }
        let prefixes = match prepared.is_one_transaction() {
            true => Vec::new(),
            false => prefixes(&side),
        };
        let existing = state.entries.get(&revision.id);
        let (done, in_doubt, seen) = match existing.map(|entry| &entry.stage) {
            Some(Stage::Half { done, begun, in_doubt, seen, .. }) => {
                resumable(begun, &prefixes, *done, revision)?;
                (*done, *in_doubt, seen.clone())
            }
            _ => (0, false, String::new()),
        };
        let planned = Planned {
            id: revision.id.clone(),
            title: revision.title().to_owned(),
            direction,
            path: (!is_stored(revision)).then(|| revision.path.clone()),
            statements: prepared.total,
            skipped: prepared.skipped,
            done,
        };
        let ids = |revisions: Vec<&Revision>| -> Vec<String> {
            revisions.into_iter().map(|revision| revision.id.clone()).collect()
        };
        let (entry, neighbours) = match (direction, existing) {
            (Direction::Downgrade, Some(entry)) => {
                (entry.clone(), ids(graph.children(&revision.id)))
            }
            _ => {
                let entry = entry(graph, revision, self.dialect);
                let needs = entry.parents.iter().chain(&entry.depends_on).cloned().collect();
                (entry, needs)
            }
        };
        Ok(Job {
            planned,
            prepared,
            entry,
            prefixes,
            done,
            in_doubt,
            seen,
            neighbours,
            attempt: String::new(),
            announced: false,
            clock: None,
            ended: false,
        })
    }

    fn side(&self, revision: &Revision, direction: Direction) -> Result<Side, Vec<Diagnostic>> {
        let word = direction.word();
        let Some(side) = revision.side(direction, self.dialect)? else {
            let message = format!("{} has no {word} for {}", revision.id, self.dialect);
            let report = Diagnostic::new(message).at(revision.place(), "this revision");
            let others: Vec<&str> = revision.dialects(direction).collect();
            return Err(vec![match others.is_empty() {
                true => report.help(format!("add `-- autogen: {word}` with its statements")),
                false => {
                    report.help(format!("it has one for {}", others.join(" and "))).help(format!(
                        "add `-- autogen: {word} {}` with its statements, or with none where \
                         nothing is to happen",
                        self.dialect
                    ))
                }
            }]);
        };
        match &side.irreversible {
            Some(why) if direction == Direction::Downgrade => {
                let message = format!("{} cannot be undone: {why}", revision.id);
                let report = Diagnostic::new(message).at(revision.place(), "says the revision");
                Err(vec![report.help("nothing was run; restore a backup, or write its downgrade")])
            }
            _ => Ok(side),
        }
    }
}

/// What was done must still stand in the file as it was; what is left may have been mended.
fn resumable(
    begun: &String,
    prefixes: &[String],
    done: usize,
    revision: &Revision,
) -> Result<(), Vec<Diagnostic>> {
    if prefixes.get(done) == Some(begun) {
        return Ok(());
    }
    let message = format!("{} was changed after {done} of its statements were run", revision.id);
    let report = Diagnostic::new(message).at(revision.place(), "this revision");
    Err(vec![report.help(format!(
        "bring its first {done} statements back to what they were; those after may change"
    ))])
}

/// What the ledger will say of a revision.
pub(super) fn entry(graph: &Graph, revision: &Revision, dialect: &str) -> Entry {
    // Without a word, a downgrade that is missing would be one that does nothing when the file is lost.
    let none = "-- autogen: irreversible \"it has no downgrade\"\n";
    let downgrade = revision.side_text(Direction::Downgrade, dialect).unwrap_or(none);
    let needs = graph.dependencies(&revision.id);
    Entry {
        id: revision.id.clone(),
        parents: revision.parents.clone(),
        depends_on: needs.into_iter().map(|needed| needed.id.clone()).collect(),
        message: revision.message.clone(),
        checksum: revision::checksum(revision, dialect),
        downgrade: downgrade.to_owned(),
        stage: Stage::Applied,
        applied_at: String::new(),
        duration_ms: 0,
        applied_by: String::new(),
        tool: String::new(),
    }
}

/// The checksum of the first statements of a side, for each number of them.
pub(super) fn prefixes(side: &Side) -> Vec<String> {
    let mut hash = Sha256::new();
    let mut all = vec![hex(&hash.clone().finalize())];
    for statement in side.steps.iter().flat_map(|step| &step.statements) {
        hash.update(&statement.sql);
        hash.update(";\n");
        all.push(hex(&hash.clone().finalize()));
    }
    all
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
