//! `history` and `show`: the graph of revisions as lists, drawings and documents.

use clap::{Args, ValueEnum};

use super::database::block_on;
use super::project::{Applied, Project, is_about_database};
use super::rows::{Facts, Format, Parents, View, blocks, list};
use super::ui::{Ui, Volume};
use super::{Context, Outcome};
use crate::error::Result;
use crate::revision::draw::draw;
use crate::revision::{Selection, document};

/// List revisions, newest first
///
/// A row says what a revision stands on, its id, its marks, and its message. With -v each
/// revision is a block with its file. With --graph lines lead from each revision down to what it
/// stands on, and dotted ones to what it depends on; `o` is a base, and below `~` lies what the
/// range leaves out.
#[derive(Args)]
#[command(after_long_help = "\
Examples:
  autogen history
  autogen history -v
  autogen history -r 3f2a:head
  autogen history -r -3:current
  autogen history -i
  autogen history --graph
  autogen history --format json
  autogen history --format mermaid")]
pub(super) struct History {
    /// Only these: both ends of a range count, and either may be left out
    #[arg(short = 'r', long = "range", value_name = "A:B", allow_hyphen_values = true)]
    range: Option<String>,
    /// Ask the database, and mark what it is at
    #[arg(short = 'i', long)]
    indicate_current: bool,
    /// Draw the graph beside the rows
    #[arg(long, conflicts_with = "format")]
    graph: bool,
    /// How to print them
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: Form,
}

/// How a history is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Form {
    /// For people
    #[default]
    Text,
    /// For programs; the shape carries a version
    Json,
    /// The graph as a picture, for Graphviz
    Dot,
    /// The graph as a picture, for a `mermaid` block in Markdown
    Mermaid,
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
        let rows: Vec<Facts<'_>> = revisions.into_iter().map(|it| view.facts(it)).collect();
        let knots = || rows.iter().map(Facts::knot).collect::<Vec<_>>();
        match self.format {
            Form::Text if self.graph => drawn(&context.ui, &rows),
            Form::Text => list(context, Format::Text, Parents::Shown, rows)?,
            Form::Json => list(context, Format::Json, Parents::Shown, rows)?,
            Form::Dot => context.ui.text(&document::dot(&knots())),
            Form::Mermaid => context.ui.text(&document::mermaid(&knots())),
        }
        Ok(Outcome::Done)
    }
}

/// Prints rows, or with `-v` blocks, beside the lines that lead from one to the other.
fn drawn(ui: &Ui, rows: &[Facts<'_>]) {
    let knots = rows.iter().map(Facts::knot).collect::<Vec<_>>();
    for (row, strip) in rows.iter().zip(draw(&knots)) {
        strip.above.iter().for_each(|line| ui.line(line));
        let text = match ui.volume() {
            Volume::Verbose => row.block(ui),
            _ => row.row(ui, Parents::Hidden),
        };
        for (at, line) in text.split('\n').enumerate() {
            let lanes = if at == 0 { &strip.row } else { &strip.beside };
            ui.line(format!("{lanes} {line}").trim_end());
        }
        strip.below.iter().for_each(|line| ui.line(line));
    }
}

/// Tell everything about revisions
#[derive(Args)]
#[command(after_long_help = "\
Examples:
  autogen show head
  autogen show 3f2a 8a51
  autogen show current
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
        let (revisions, applied) = project.select(&self.revisions)?;
        let view = View::new(&project.graph, applied.as_ref());
        let rows = revisions.into_iter().map(|it| view.facts(it)).collect::<Vec<_>>();
        match self.format {
            Format::Json => list(context, self.format, Parents::Shown, rows)?,
            Format::Text => blocks(&context.ui, &rows),
        }
        Ok(Outcome::Done)
    }
}
