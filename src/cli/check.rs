//! `check`: are the models, the revisions and the database at one?

use clap::Args;
use serde::Serialize;

use super::database::block_on;
use super::project::Project;
use super::rows::Format;
use super::sides::{self, From};
use super::{Context, Outcome};
use crate::diff::Declined;
use crate::error::Result;
use crate::generate::{Compared, Difference, Sides, compare, differences};
use crate::schema::Intent;

/// Say whether models and database are in sync
///
/// Exit code 0: in sync. 1: there are differences, or revisions that are not applied. 2: it could
/// not be told. Nothing is written anywhere.
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
        let dialect = sides::dialect(&project.config)?;
        let target = sides::target(&project.config)?;
        let current = block_on(sides::current(context, &project, from, &*dialect))?;
        let compared = compare(
            &Sides {
                current: &current.schema,
                target: &target.schema,
                intent: &target.intent,
                declined: &Declined::default(),
                scope: &sides::scope(&project, from, &current.schema),
            },
            &*dialect,
        )?;
        match self.format {
            Format::Text => text(context, &current, &compared, &target.intent),
            Format::Json => json(context, &current, &compared, &target.intent)?,
        }
        let clean = current.pending.is_empty() && compared.diff.ops.is_empty();
        Ok(if clean { Outcome::Done } else { Outcome::Differences })
    }
}

/// A difference, with the place in the models that says so in front.
pub(super) fn line(difference: &Difference) -> String {
    match &difference.place {
        Some(place) => format!("{place}: {}", difference.text),
        None => difference.text.clone(),
    }
}

fn text(context: &Context, current: &sides::Current, compared: &Compared, intent: &Intent) {
    let ui = &context.ui;
    for id in &current.pending {
        ui.line(format_args!("revision {id} is not applied"));
    }
    let found = differences(&compared.diff.ops, intent);
    found.iter().for_each(|difference| ui.line(line(difference)));
    for name in not_compared(compared) {
        ui.status(format_args!("Not compared: {name}"));
    }
    let tables = compared.diff.target.tables.len();
    let tables = format!("{tables} {}", if tables == 1 { "table" } else { "tables" });
    match (found.len(), current.pending.is_empty()) {
        (0, true) => ui.status(format_args!("In sync: {tables} as in {}", current.name)),
        (0, false) => ui.hint("`autogen upgrade head` applies what is pending"),
        (count, pending_none) => {
            let noun = if count == 1 { "difference" } else { "differences" };
            ui.status(format_args!("{count} {noun} between the models and {}", current.name));
            match pending_none {
                true => ui.hint("`autogen revision -m MESSAGE` writes them as a revision"),
                false => {
                    ui.hint("`autogen upgrade head` applies what is pending, then check again")
                }
            }
        }
    }
}

/// What a clean check says nothing about, by name.
fn not_compared(compared: &Compared) -> Vec<String> {
    let objects = compared.current.objects.iter();
    let objects = objects.map(|object| format!("{} {}", object.kind.noun(), object.name));
    let tables = compared.unmanaged.iter().map(|name| format!("unmanaged table {name}"));
    tables.chain(objects).collect()
}

fn json(
    context: &Context,
    current: &sides::Current,
    compared: &Compared,
    intent: &Intent,
) -> Result<()> {
    let found = differences(&compared.diff.ops, intent);
    context.ui.json(&Answer {
        version: 1,
        in_sync: found.is_empty() && current.pending.is_empty(),
        compared_with: &current.name,
        pending: &current.pending,
        differences: found.iter().map(DifferenceFacts::of).collect(),
        unmanaged: compared.unmanaged.iter().map(ToString::to_string).collect(),
        not_compared: not_compared(compared),
    })
}
