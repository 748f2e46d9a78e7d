//! `heads` and `history`: the graph of revisions as lists.

use clap::Args;

use super::rows::{Format, Parents, View, list};
use super::{Context, Outcome, project};
use crate::error::Result;

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
        let config = context.config()?;
        let graph = project::graph(&config)?;
        let heads = match self.resolve_dependencies {
            true => graph.effective_heads(),
            false => graph.heads(),
        };
        if heads.is_empty() {
            project::nothing(context, &config);
        }
        let view = View::new(&graph, None);
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
  autogen history -v --format text
  autogen history --format json")]
pub(super) struct History {
    /// How to print them
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: Format,
}

impl History {
    pub(super) fn run(self, context: &Context) -> Result<Outcome> {
        let config = context.config()?;
        let graph = project::graph(&config)?;
        if graph.revisions().is_empty() {
            project::nothing(context, &config);
        }
        let view = View::new(&graph, None);
        let rows = graph.revisions().iter().rev().map(|it| view.facts(it)).collect();
        list(context, self.format, Parents::Shown, rows)?;
        Ok(Outcome::Done)
    }
}
