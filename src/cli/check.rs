//! `check`: are the models, the revisions and the database at one?

use std::collections::BTreeSet;

use clap::Args;
use serde::Serialize;

use super::current::FindingFacts;
use super::database::block_on;
use super::heads;
use super::patience::Patience;
use super::project::Project;
use super::rows::Format;
use super::sides::{self, From, Share, Target};
use super::ui::{Paint, Ui};
use super::{Context, Outcome};
use crate::error::Result;
use crate::generate::{Compared, Difference, differences_of};
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
  autogen check --heads            is the history one line? needs neither models nor database
  autogen check --format json")]
pub(super) struct Check {
    /// The old side of the comparison
    #[arg(long, value_enum, default_value_t, value_name = "SIDE")]
    from: From,
    /// Run the revisions on a scratch database and compare with that: as `--from revisions`
    #[arg(long, conflicts_with = "from")]
    scratch: bool,
    /// Compare nothing: say whether the revisions have one head, with exit code 1 when they have
    /// several
    #[arg(long, conflicts_with_all = ["from", "scratch"])]
    heads: bool,
    /// How to print the differences
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: Format,
    #[command(flatten)]
    patience: Patience,
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
    /// The dialects that differ so, where revisions are written for several.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    dialects: &'a [&'static str],
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
            dialects: &difference.dialects,
        }
    }
}

impl Check {
    pub(super) fn run(self, context: &Context) -> Result<Outcome> {
        let mut project = Project::open_or_empty(context)?;
        if self.heads {
            return heads::check(context, &project, self.format);
        }
        self.patience.apply(&mut project.config);
        let from = if self.scratch { From::Revisions } else { self.from };
        let target = sides::target(&project.config)?;
        let shares = block_on(sides::shares(context, &project, from, &target))?;
        let warnings = shares.iter().flat_map(|it| &it.compared.warnings);
        let mut said = BTreeSet::new();
        for warning in warnings.filter(|it| said.insert(&it.message)) {
            context.ui.warn(warning);
        }
        let seen = Seen::new(&project, &shares, &target);
        match self.format {
            Format::Text => text(&context.ui, &seen),
            Format::Json => json(&context.ui, &seen)?,
        }
        Ok(if seen.in_sync { Outcome::Done } else { Outcome::Differences })
    }
}

/// What there is to say, for all dialects.
struct Seen<'a> {
    project: &'a Project,
    name: String,
    pending: Vec<String>,
    differences: Vec<Difference>,
    findings: Vec<&'a Finding>,
    unmanaged: Vec<String>,
    not_compared: BTreeSet<String>,
    tables: usize,
    /// Whether all is well. A file that was edited is warned of, but its revision is applied.
    in_sync: bool,
}

impl<'a> Seen<'a> {
    fn new(project: &'a Project, shares: &'a [Share], target: &Target) -> Self {
        let pending: Vec<String> =
            shares.iter().flat_map(|it| &it.current.pending).cloned().collect();
        let findings: Vec<&Finding> = shares.iter().flat_map(|it| &it.current.findings).collect();
        let differences = differences_of(&sides::ops(shares), &target.intent);
        let fits =
            |finding: &&Finding| matches!(finding, Finding::Edited { .. } | Finding::Older { .. });
        let unmanaged = shares.iter().flat_map(|it| &it.compared.unmanaged);
        let compared = shares.iter().map(|it| &it.compared);
        Self {
            project,
            name: sides::names(shares.iter().map(|it| &it.current)),
            in_sync: pending.is_empty() && differences.is_empty() && findings.iter().all(fits),
            pending,
            differences,
            findings,
            unmanaged: unmanaged.map(ToString::to_string).collect(),
            not_compared: compared.flat_map(|it| not_compared(it, &target.schema)).collect(),
            tables: shares
                .iter()
                .map(|it| it.compared.diff.target.tables.len())
                .max()
                .unwrap_or_default(),
        }
    }
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

fn text(ui: &Ui, seen: &Seen<'_>) {
    let (project, name) = (seen.project, &seen.name);
    for id in &seen.pending {
        let title = project.graph.file(id).map(Revision::title).unwrap_or_default();
        let comma = if title.is_empty() { "" } else { ", " };
        ui.line(format_args!("not applied: {id}{comma}{title}"));
    }
    seen.differences.iter().for_each(|difference| ui.line(line(ui, difference)));
    seen.findings.iter().for_each(|finding| ui.warn(&finding.report()));
    for name in &seen.not_compared {
        ui.status(format_args!("Not compared: {name}"));
    }
    match seen.differences.len() {
        0 if !seen.in_sync => {}
        0 => {
            let noun = if seen.tables == 1 { "table" } else { "tables" };
            let tables = format!("{} {noun}", seen.tables);
            ui.status(format_args!("In sync: the models agree with {name} ({tables})"));
        }
        1 => ui.status(format_args!("1 difference between the models and {name}")),
        count => ui.status(format_args!("{count} differences between the models and {name}")),
    }
    let heads = if project.graph.heads().len() > 1 { "heads" } else { "head" };
    match (!seen.pending.is_empty(), seen.differences.is_empty()) {
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
    tables.chain(objects).collect()
}

fn json(ui: &Ui, seen: &Seen<'_>) -> Result<()> {
    ui.json(&Answer {
        version: 1,
        in_sync: seen.in_sync,
        compared_with: &seen.name,
        pending: &seen.pending,
        differences: seen.differences.iter().map(DifferenceFacts::of).collect(),
        findings: seen.findings.iter().map(|it| FindingFacts::new(it)).collect(),
        unmanaged: seen.unmanaged.clone(),
        not_compared: seen.not_compared.iter().cloned().collect(),
    })
}
