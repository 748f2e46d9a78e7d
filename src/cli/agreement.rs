//! Branches that come together: what both change, and whether the models say what all revisions
//! make. The lock file follows.

use std::collections::{BTreeMap, BTreeSet};

use super::Context;
use super::check::line;
use super::database::block_on;
use super::project::Project;
use super::sides::{self, From};
use super::ui::Ui;
use crate::error::Result;
use crate::generate::differences_of;
use crate::revision::Revision;
use crate::revision::rebase::lineage;
use crate::revision::touched::{Overlap, overlaps};

/// What branches change side by side.
pub(super) struct Beside {
    overlaps: Vec<Overlap>,
}

impl Beside {
    /// Of two sets of revisions.
    pub(super) fn new(project: &Project, here: &[String], there: &[String]) -> Result<Self> {
        let get = |ids: &[String]| -> Vec<&Revision> {
            ids.iter().filter_map(|id| project.graph.get(id)).collect()
        };
        let (here, there) = (get(here), get(there));
        let (mut found, mut said) = (Vec::new(), BTreeSet::new());
        for dialect in sides::dialects(&project.config)? {
            for overlap in overlaps(&here, &there, dialect.name()) {
                // What is said of one dialect need not be said of the next.
                if said.insert(overlap.table.clone()) {
                    found.push(overlap);
                }
            }
        }
        Ok(Self { overlaps: found })
    }

    /// Of all that is merged, each branch without what it shares with the others.
    pub(super) fn of_merge(project: &Project, parents: &[String]) -> Result<Self> {
        let graph = &project.graph;
        let lines: Vec<_> = parents.iter().map(|id| lineage(graph, &[id.as_str()])).collect();
        let mut on: BTreeMap<&str, usize> = BTreeMap::new();
        lines.iter().flatten().for_each(|id| *on.entry(id).or_default() += 1);
        let own = |at: usize| -> Vec<String> {
            let revisions = graph.revisions().iter().map(|it| it.id.as_str());
            let own = revisions.filter(|id| lines[at].contains(id) && on.get(id) == Some(&1));
            own.map(str::to_owned).collect()
        };
        let branches: Vec<Vec<String>> = (0..parents.len()).map(own).collect();
        let mut overlaps = Vec::new();
        let mut before = Vec::new();
        for branch in &branches {
            overlaps.extend(Self::new(project, &before, branch)?.overlaps);
            before.extend_from_slice(branch);
        }
        Ok(Self { overlaps })
    }

    /// A line for each table that both sides change.
    pub(super) fn lines(&self) -> Vec<String> {
        let line = |it: &Overlap| {
            let columns = match it.columns.is_empty() {
                true => String::new(),
                false => format!(" ({})", it.columns.join(", ")),
            };
            let (here, there) = (it.here.join(", "), it.there.join(", "));
            format!("both sides change {}{columns}: look at {here} beside {there}", it.table)
        };
        self.overlaps.iter().map(line).collect()
    }

    /// Says so on the terminal.
    pub(super) fn warn(&self, ui: &Ui) {
        self.lines().iter().for_each(|line| ui.warning(line));
    }
}

/// Compares the models with what all revisions make now, and writes the lock file where they agree.
/// The revisions are written already, so that whatever goes wrong here is only said.
pub(super) fn settle(context: &Context) {
    let told = Project::open(context).and_then(|project| compare(context, &project));
    if let Err(error) = told {
        context.ui.warning("whether the models say what all revisions make could not be told");
        error.reports().iter().for_each(|report| context.ui.warn(report));
    }
}

fn compare(context: &Context, project: &Project) -> Result<()> {
    let (config, ui) = (&project.config, &context.ui);
    let path = sides::lock_path(config);
    if !path.exists() && config.models.iter().all(|models| !models.exists()) {
        return Ok(());
    }
    let target = sides::target(config)?;
    let (shares, unknown) = block_on(sides::remade(context, project, &target))?;
    let found = differences_of(&sides::ops(&shares), &target.intent);
    for (name, error) in &unknown {
        ui.warning(format_args!("what the revisions make on {name} could not be told: {error}"));
    }
    if shares.is_empty() {
        return Ok(());
    }
    if found.is_empty() {
        if sides::write_lock_file(config, &target.schema)? {
            ui.status(format_args!("Wrote {}", path.display()));
        }
        return Ok(());
    }
    let made = match shares.iter().any(|it| it.current.from == From::Revisions) {
        true => "all revisions make".to_owned(),
        false => format!("{} says", path.display()),
    };
    ui.warning(match found.len() {
        1 => format!("the models are not what {made}: 1 difference"),
        count => format!("the models are not what {made}: {count} differences"),
    });
    found.iter().for_each(|difference| ui.status(format_args!("  {}", line(ui, difference))));
    if let Err(error) = sides::lock(project) {
        ui.warning(format_args!("{} is left as it is: {error}", path.display()));
    }
    ui.hint("take the models of both branches together, or write what differs: `autogen revision`");
    Ok(())
}
