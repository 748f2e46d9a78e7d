//! `check`: are the models, the revisions and the database at one?

use std::collections::BTreeSet;

use clap::Args;
use serde::Serialize;

use super::current::FindingFacts;
use super::database::block_on;
use super::project::Project;
use super::rows::Format;
use super::sides::{self, Current, From, Target};
use super::ui::{Paint, Ui};
use super::{Context, Outcome};
use crate::error::Result;
use crate::generate::{Compared, Difference, differences};
use crate::revision::Revision;
use crate::runner::Finding;
use crate::schema::Schema;

/// Say whether models and database are in sync
///
/// Exit code 0: in sync. 1: there are differences, or revisions that are not applied. 2: it could
/// not be told. Each difference stands on a line of its own, after the place in the models that
/// says so. Nothing is written anywhere.
#[derive(Args)]
#[command(after_long_help = "\
Examples:
  autogen check                    models against the database
  autogen check --scratch          models against the revisions; needs no database
  autogen check --from lock        models against models.lock; for pre-commit hooks
  autogen check --format json")]
pub(super) struct Check {
    /// The old side of the comparison
    #[arg(long, value_enum, default_value_t, value_name = "SIDE")]
    from: From,
    /// Run the revisions on a scratch database and compare with that: as `--from revisions`
    #[arg(long, conflicts_with = "from")]
    scratch: bool,
    /// How to print the differences
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: Format,
}

/// The shape of `check`.
#[derive(Serialize)]
struct Answer<'a> {
    version: u32,
    in_sync: bool,
    compared_with: &'a str,
    pending: &'a [String],
    differences: Vec<DifferenceFacts<'a>>,
    /// What does not fit between the database and the files.
    findings: Vec<FindingFacts>,
    /// Tables that neither a model nor a revision knows.
    unmanaged: Vec<String>,
    /// Objects that are kept and protected, but not compared.
    not_compared: Vec<String>,
}

#[derive(Serialize)]
pub(super) struct DifferenceFacts<'a> {
    op: &'a str,
    table: Option<String>,
    name: Option<&'a str>,
    text: &'a str,
    path: Option<String>,
    line: Option<usize>,
}

impl<'a> DifferenceFacts<'a> {
    pub(super) fn of(difference: &'a Difference) -> Self {
        let place = difference.place.as_ref();
        Self {
            op: difference.kind,
            table: difference.table.as_ref().map(ToString::to_string),
            name: difference.name.as_deref(),
            text: &difference.text,
            path: place.map(|place| place.source.path.display().to_string()),
            line: place.map(autogen_model::Place::line),
        }
    }
}

impl Check {
    pub(super) fn run(self, context: &Context) -> Result<Outcome> {
        let project = Project::open_or_empty(context)?;
        let from = if self.scratch { From::Revisions } else { self.from };
        let target = sides::target(&project.config)?;
        let (current, compared) = block_on(sides::compared(context, &project, from, &target))?;
        compared.warnings.iter().for_each(|it| context.ui.warn(it));
        match self.format {
            Format::Text => text(context, &project, &current, &compared, &target),
            Format::Json => json(context, &current, &compared, &target)?,
        }
        Ok(if in_sync(&current, &compared) { Outcome::Done } else { Outcome::Differences })
    }
}

/// Whether all is well. A file that was edited is warned of, but its revision is applied.
fn in_sync(current: &Current, compared: &Compared) -> bool {
    let fits = |finding: &Finding| matches!(finding, Finding::Edited { .. });
    current.pending.is_empty() && compared.diff.ops.is_empty() && current.findings.iter().all(fits)
}

/// A difference, with the place in the models that says so in front.
pub(super) fn line(ui: &Ui, difference: &Difference) -> String {
    let paint = match difference.text.chars().next() {
        Some('+') => Paint::Good,
        Some('-') => Paint::Bad,
        _ => Paint::Mark,
    };
    let text = ui.paint(paint, &difference.text);
    match &difference.place {
        Some(place) => format!("{place}: {text}"),
        None => text,
    }
}

fn text(
    context: &Context,
    project: &Project,
    current: &Current,
    compared: &Compared,
    target: &Target,
) {
    let (ui, name) = (&context.ui, &current.name);
    for id in &current.pending {
        let title = project.graph.get(id).map(Revision::title).unwrap_or_default();
        let comma = if title.is_empty() { "" } else { ", " };
        ui.line(format_args!("not applied: {id}{comma}{title}"));
    }
    let found = differences(&compared.diff.ops, &target.intent);
    found.iter().for_each(|difference| ui.line(line(ui, difference)));
    current.findings.iter().for_each(|finding| ui.warn(&finding.report()));
    for name in not_compared(compared, &target.schema) {
        ui.status(format_args!("Not compared: {name}"));
    }
    let pending = !current.pending.is_empty();
    match found.len() {
        0 if !in_sync(current, compared) => {}
        0 => {
            let tables = compared.diff.target.tables.len();
            let tables = format!("{tables} {}", if tables == 1 { "table" } else { "tables" });
            ui.status(format_args!("In sync: the models agree with {name} ({tables})"));
        }
        1 => ui.status(format_args!("1 difference between the models and {name}")),
        count => ui.status(format_args!("{count} differences between the models and {name}")),
    }
    let heads = if project.graph.heads().len() > 1 { "heads" } else { "head" };
    match (pending, found.is_empty()) {
        (true, true) => ui.hint(format_args!("`autogen upgrade {heads}` applies what is missing")),
        (true, false) => ui.hint(format_args!(
            "`autogen upgrade {heads}` applies what is missing; then check again"
        )),
        (false, false) => ui.hint("`autogen revision -m MESSAGE` writes them as a revision"),
        (false, true) => {}
    }
}

/// What a clean check says nothing about, by name.
fn not_compared(compared: &Compared, target: &Schema) -> Vec<String> {
    let objects = compared.current.objects.iter().chain(&target.objects);
    let objects = objects.map(|object| format!("{} {}", object.kind.noun(), object.name));
    let tables = compared.unmanaged.iter().map(|name| format!("unmanaged table {name}"));
    let all: BTreeSet<String> = tables.chain(objects).collect();
    all.into_iter().collect()
}

fn json(context: &Context, current: &Current, compared: &Compared, target: &Target) -> Result<()> {
    let found = differences(&compared.diff.ops, &target.intent);
    context.ui.json(&Answer {
        version: 1,
        in_sync: in_sync(current, compared),
        compared_with: &current.name,
        pending: &current.pending,
        differences: found.iter().map(DifferenceFacts::of).collect(),
        findings: current.findings.iter().map(FindingFacts::new).collect(),
        unmanaged: compared.unmanaged.iter().map(ToString::to_string).collect(),
        not_compared: not_compared(compared, &target.schema),
    })
}
