//! `branches`: where the history splits.

use clap::Args;
use serde::Serialize;

use super::project::Project;
use super::rows::{Facts, Format, Parents, View};
use super::ui::{Paint, Volume};
use super::{Context, Outcome};
use crate::error::Result;
use crate::revision::Revision;

/// List where the history splits, and into what
///
/// Each revision that several others stand on, and those others. Several revisions without a parent
/// are a split as well, below the first of them.
#[derive(Args)]
#[command(after_long_help = "\
Examples:
  autogen branches
  autogen branches -v
  autogen branches --format json")]
pub(super) struct Branches {
    /// How to print them
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: Format,
}

/// The shape of `branches`.
#[derive(Serialize)]
struct Answer<'a> {
    version: u32,
    branches: Vec<Split<'a>>,
}

#[derive(Serialize)]
struct Split<'a> {
    /// Null where several bases begin.
    revision: Option<Facts<'a>>,
    into: Vec<Facts<'a>>,
}

impl Branches {
    pub(super) fn run(self, context: &Context) -> Result<Outcome> {
        let project = Project::open(context)?;
        let graph = &project.graph;
        if graph.revisions().is_empty() {
            project.report_nothing(context);
        }
        let view = View::new(graph, None);
        let points = graph.branch_points().into_iter().rev();
        let mut splits: Vec<Split<'_>> = points
            .map(|it| Split {
                revision: Some(view.facts(it)),
                into: facts(&view, graph.children(&it.id)),
            })
            .collect();
        let bases = graph.bases();
        if bases.len() > 1 {
            splits.push(Split { revision: None, into: facts(&view, bases) });
        }
        match self.format {
            Format::Json => context.ui.json(&Answer { version: 1, branches: splits })?,
            Format::Text => text(context, &splits),
        }
        Ok(Outcome::Done)
    }
}

fn facts<'a>(view: &View<'a>, revisions: Vec<&'a Revision>) -> Vec<Facts<'a>> {
    revisions.into_iter().map(|it| view.facts(it)).collect()
}

fn text(context: &Context, splits: &[Split<'_>]) {
    let ui = &context.ui;
    let verbose = ui.volume() == Volume::Verbose;
    if splits.is_empty() {
        ui.status("The history does not branch");
    }
    for (at, split) in splits.iter().enumerate() {
        if verbose && at > 0 {
            ui.line("");
        }
        match &split.revision {
            Some(revision) if verbose => ui.text(&revision.block(ui)),
            Some(revision) => ui.line(revision.row(ui, Parents::Hidden)),
            None => ui.line(ui.paint(Paint::Dim, "<base>")),
        }
        for revision in &split.into {
            ui.line(format_args!("  -> {}", revision.row(ui, Parents::Hidden)));
        }
    }
}
