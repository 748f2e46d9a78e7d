//! `heads` and `check --heads`: what nothing stands on.

use clap::Args;
use serde::Serialize;

use super::project::Project;
use super::rows::{Facts, Format, Parents, View, list, print};
use super::{Context, Outcome};
use crate::error::Result;

const MEND: &str = "`autogen merge` joins them, `autogen rebase` puts one on top of the other";

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
        if self.format == Format::Text && project.graph.effective_heads().len() > 1 {
            context.ui.hint(MEND);
        }
        Ok(Outcome::Done)
    }
}

/// The shape of `check --heads`.
#[derive(Serialize)]
struct Answer<'a> {
    version: u32,
    one_head: bool,
    heads: Vec<Facts<'a>>,
}

/// Whether `upgrade head` has one meaning. Reads the files alone.
pub(super) fn check(context: &Context, project: &Project, format: Format) -> Result<Outcome> {
    let (ui, view) = (&context.ui, View::new(&project.graph, None));
    let heads = project.graph.effective_heads();
    let rows: Vec<Facts<'_>> = heads.iter().map(|head| view.facts(head)).collect();
    let one_head = rows.len() < 2;
    match (format, heads.as_slice()) {
        (Format::Json, _) => ui.json(&Answer { version: 1, one_head, heads: rows })?,
        (Format::Text, []) => project.report_nothing(context),
        (Format::Text, [one]) => ui.status(format_args!("One head: {}", one.id)),
        (Format::Text, several) => {
            print(ui, Parents::Hidden, &rows);
            ui.status(format_args!("{} heads, where one is wanted", several.len()));
            ui.hint(MEND);
        }
    }
    Ok(if one_head { Outcome::Done } else { Outcome::Differences })
}
