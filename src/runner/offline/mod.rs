//! Runs as scripts: what a run would do on a database of which only the position is known, as text
//! for the database's own command-line client. Connects to nothing.

mod client;
mod guard;
mod range;
mod values;
mod walk;
mod write;

use std::collections::BTreeSet;

use super::ledger::{Action, Ledger, Stage, State};
use super::plan::{self, Planner, jobs};
use super::{Options, Planned};
use crate::db::ConnectOptions;
use crate::error::{Error, Kind, Result};
use crate::revision::{Direction, Graph};
use guard::Needs;
use write::Writer;

pub use range::{Range, range, start};

/// The kind of database that a script is for.
#[derive(Clone, Debug)]
pub struct Site {
    /// `sqlite`, `postgres` or `mysql`.
    pub dialect: &'static str,
    /// How its sessions are to be set up.
    pub connect: ConnectOptions,
}

/// A script and what it runs.
#[derive(Clone, Debug)]
pub struct Script {
    /// The text.
    pub text: String,
    /// The revisions, in order.
    pub revisions: Vec<Planned>,
}

impl Site {
    /// Where the ledger is. The database of MySQL is whichever the client is in.
    fn ledger(&self, options: &Options) -> Ledger {
        let first = self.connect.schemas.first().map_or("public", String::as_str);
        let namespace = (self.dialect == "postgres").then_some(first);
        Ledger::within(self.dialect, namespace, &options.ledger, options.project.as_deref())
    }

    /// What a ledger says where just these are applied.
    fn state(&self, graph: &Graph, applied: &BTreeSet<String>) -> State {
        let revisions = graph.revisions().iter().filter(|it| applied.contains(&it.id));
        let entries = revisions.map(|it| (it.id.clone(), plan::entry(graph, it, self.dialect)));
        State { exists: !applied.is_empty(), entries: entries.collect(), ..State::default() }
    }
}

/// The script that runs revisions from one end of a range to the other.
pub fn walk(
    graph: &Graph,
    range: &Range,
    direction: Direction,
    site: &Site,
    options: &Options,
) -> Result<Script> {
    let applied = graph.ancestors(&range.start);
    let state = site.state(graph, &applied);
    let planner = Planner { options, dialect: site.dialect, direct: true };
    let jobs = jobs(graph, &state, &range.target, direction, &planner)?;
    if jobs.is_empty() && position(&range.start) != position(&range.target.revisions) {
        return Err(range.leads_nowhere(direction));
    }
    let mut writer = Writer::new(site, options);
    writer.faults.extend(jobs.iter().flat_map(|job| client::refused(writer.engine, job)));
    let count = match jobs.len() {
        1 => "1 revision".to_owned(),
        count => format!("{count} revisions"),
    };
    let ends = (position(&range.start), position(&range.target.revisions));
    writer.head(direction.word(), &ends, &format!(" ({count})"));
    walk::jobs(&mut writer, &jobs, direction, &range.start);
    let text = writer.finish()?;
    Ok(Script { text, revisions: jobs.into_iter().map(|job| job.planned).collect() })
}

/// The script that makes the ledger say that a target is applied. With `purge` it says so whatever
/// it said before, else it must be at the start.
pub fn stamp(
    graph: &Graph,
    range: &Range,
    purge: bool,
    site: &Site,
    options: &Options,
) -> Result<Script> {
    let applied = graph.ancestors(&range.start);
    let removed: Vec<String> = graph
        .downgrade_path(&applied, &range.target)
        .into_iter()
        .map(|revision| revision.id.clone())
        .collect();
    let mut kept = applied.clone();
    kept.retain(|id| !removed.contains(id));
    let added = graph.upgrade_path(&kept, &range.target);
    let mut writer = Writer::new(site, options);
    let ends = (position(&range.start), position(&range.target.revisions));
    let start = if purge { "whatever it says".to_owned() } else { ends.0.clone() };
    writer.head("stamp", &(start, ends.1.clone()), "");
    let ids: Vec<String> = added.iter().map(|revision| revision.id.clone()).collect();
    let lists = format!("added [{}], removed [{}]", ids.join(", "), removed.join(", "));
    let needs = Needs {
        present: removed.clone(),
        absent: ids,
        kept: range.start.clone(),
        removed: removed.clone(),
    };
    writer.open(range.start.is_empty() || purge, |writer| {
        match purge {
            true => {
                let [table, _] = writer.ledger.tables();
                writer.own(&format!("DELETE FROM {table}"));
            }
            false => writer.guard(&needs, !range.start.is_empty()),
        }
        writer.started(&ends.1, Action::Stamp);
        for id in &removed {
            writer.own(&writer.ledger.forget(id));
        }
        for revision in &added {
            writer.record(&plan::entry(graph, revision, site.dialect), Stage::Applied);
        }
        writer.done(&ends.1, Action::Stamp, &lists);
    });
    writer.close();
    Ok(Script { text: writer.finish()?, revisions: Vec::new() })
}

/// The script that makes the ledger's tables where they are missing.
pub fn ensure_ledger(site: &Site, options: &Options) -> Result<Script> {
    let mut writer = Writer::new(site, options);
    writer.introduce("ensure-ledger", "wherever it is");
    writer.begin();
    writer.create();
    writer.commit();
    Ok(Script { text: writer.finish()?, revisions: Vec::new() })
}

/// Revisions in words.
fn position(ids: &[String]) -> String {
    if ids.is_empty() { "base".to_owned() } else { ids.join(", ") }
}

fn refused(message: impl Into<String>) -> Error {
    Error::new(Kind::Revision, message)
}
