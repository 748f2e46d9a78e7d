//! `heads`, `history` and `show`: the graph of revisions as lists.

use clap::Args;

use super::database::block_on;
use super::project::{Applied, Project, is_about_database};
use super::rows::{Format, Parents, View, blocks, list};
use super::{Context, Outcome};
use crate::error::Result;
use crate::revision::Selection;

/// List the revisions that nothing stands on
///
/// A project usually has one head. Two heads mean that two branches of work added a revision to
/// the same one; `upgrade head` then has no single meaning, while `upgrade heads` still has.
#[derive(Args)]
#[command(after_long_help = "\
Examples:
  autogen heads
  autogen heads -v
  autogen heads --format json

A head on which another revision depends is an effective head: applying that one applies it too.")]
pub(super) struct Heads {
    /// Leave out heads on which another revision depends
    #[arg(long)]
    resolve_dependencies: bool,
    /// How to print them
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: Format,
}

impl Heads {
    pub(super) fn run(self, context: &Context) -> Result<Outcome> {
        let project = Project::open(context)?;
        let heads = match self.resolve_dependencies {
            true => project.graph.effective_heads(),
            false => project.graph.heads(),
        };
        if heads.is_empty() {
            project.report_nothing(context);
        }
        let view = View::new(&project.graph, None);
        let rows = heads.into_iter().map(|head| view.facts(head)).collect();
        list(context, self.format, Parents::Hidden, rows)?;
        Ok(Outcome::Done)
    }
}

/// List revisions, newest first
///
/// A row says what a revision stands on, its id, its marks, and its message. With -v each
/// revision is a block with its file.
#[derive(Args)]
#[command(after_long_help = "\
Examples:
  autogen history
  autogen history -v
  autogen history -r 3f2a:head
  autogen history -r -3:current
  autogen history -i
  autogen history --format json")]
pub(super) struct History {
    /// Only these: both ends of a range count, and either may be left out
    #[arg(short = 'r', long = "range", value_name = "A:B", allow_hyphen_values = true)]
    range: Option<String>,
    /// Ask the database, and mark what it is at
    #[arg(short = 'i', long)]
    indicate_current: bool,
    /// How to print them
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: Format,
}

impl History {
    pub(super) fn run(self, context: &Context) -> Result<Outcome> {
        let mut project = Project::open(context)?;
        let selection = Selection::parse(self.range.as_deref().unwrap_or(":"))?;
        let applied = match self.indicate_current || is_about_database(&selection) {
            true => Some(block_on(project.look())?),
            false => None,
        };
        let nothing = Applied::new();
        let revisions = project.members(&selection, applied.as_ref().unwrap_or(&nothing))?;
        if project.graph.revisions().is_empty() {
            project.report_nothing(context);
        }
        let view = View::new(&project.graph, applied.as_ref());
        let rows = revisions.into_iter().map(|it| view.facts(it)).collect();
        list(context, self.format, Parents::Shown, rows)?;
        Ok(Outcome::Done)
    }
}

/// Tell everything about revisions
#[derive(Args)]
#[command(after_long_help = "\
Examples:
  autogen show head
  autogen show 3f2a 8a51
  autogen show head-2:head --format json")]
pub(super) struct Show {
    /// The revisions; a range includes both ends
    #[arg(value_name = "REV", required = true, allow_negative_numbers = true)]
    revisions: Vec<String>,
    /// How to print them
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: Format,
}

impl Show {
    pub(super) fn run(self, context: &Context) -> Result<Outcome> {
        let project = Project::open(context)?;
        let revisions = project.select(&self.revisions)?;
        let view = View::new(&project.graph, None);
        let rows = revisions.into_iter().map(|it| view.facts(it)).collect::<Vec<_>>();
        match self.format {
            Format::Json => list(context, self.format, Parents::Shown, rows)?,
            Format::Text => blocks(&context.ui, &rows),
        }
        Ok(Outcome::Done)
    }
}
