//! `current`: where the database is.

use std::path::Path;

use autogen_model::Diagnostic;
use clap::Args;
use serde::Serialize;

use super::database::{block_on, connect_to_read, reading};
use super::patience::Patience;
use super::project::Project;
use super::rows::{Facts, Format, Parents, View, print};
use super::{Context, Outcome};
use crate::error::Result;
use crate::runner::{self, Finding};

/// Say which revisions the database is at
///
/// Reads the ledger and never writes. What does not fit, such as an edited file, is told as well.
#[derive(Args)]
#[command(after_long_help = "\
Examples:
  autogen current
  autogen current --check-heads   exit code 1 when revisions are pending
  autogen current --format json")]
pub(super) struct Current {
    /// Exit with 1 when revisions are not applied
    #[arg(long)]
    check_heads: bool,
    /// How to print them
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: Format,
    #[command(flatten)]
    patience: Patience,
}

/// The shape of `current`.
#[derive(Serialize)]
struct Answer<'a> {
    version: u32,
    current: Vec<Facts<'a>>,
    pending: &'a [String],
    findings: Vec<FindingFacts>,
}

#[derive(Serialize)]
pub(super) struct FindingFacts {
    /// `edited`, `unknown`, `late`, `older`, `half` or `damaged`.
    kind: &'static str,
    message: String,
    path: Option<Box<Path>>,
    line: Option<usize>,
    help: Vec<String>,
}

impl Current {
    pub(super) fn run(self, context: &Context) -> Result<Outcome> {
        let mut project = Project::open(context)?;
        self.patience.apply(&mut project.config);
        let status = block_on(async {
            let mut db = connect_to_read(&project.config).await?;
            let options = reading(&project.config);
            let status = runner::status(&mut db, &project.graph, &options).await?;
            db.close().await?;
            Ok(status)
        })?;
        let ui = &context.ui;
        let known = runner::with_stored(&project.graph, &status.state)?;
        let applied = status.state.applied();
        let view = View::new(&known, Some(&applied));
        let heads = status.heads.iter().filter_map(|id| known.get(id));
        let rows = heads.map(|it| view.facts(it)).collect::<Vec<_>>();
        match self.format {
            Format::Json => ui.json(&Answer {
                version: 1,
                current: rows,
                pending: &status.pending,
                findings: status.findings.iter().map(FindingFacts::new).collect(),
            })?,
            Format::Text => {
                print(ui, Parents::Hidden, &rows);
                status.findings.iter().for_each(|finding| ui.warn(&finding.report()));
                if rows.is_empty() {
                    ui.status("No revision is applied");
                }
            }
        }
        match (status.pending.len(), self.check_heads) {
            (0, _) => Ok(Outcome::Done),
            (pending, check) => {
                let words = if pending == 1 { "revision is" } else { "revisions are" };
                ui.status(format_args!("{pending} {words} pending"));
                ui.hint(
                    "`autogen upgrade` applies what is missing, `autogen upgrade --plan` lists it",
                );
                Ok(if check { Outcome::Differences } else { Outcome::Done })
            }
        }
    }
}

impl FindingFacts {
    pub(super) fn new(finding: &Finding) -> Self {
        let Diagnostic { message, labels, help, .. } = finding.report();
        let place = labels.first().map(|label| &label.place);
        Self {
            kind: match finding {
                Finding::Edited { .. } => "edited",
                Finding::Unknown { .. } => "unknown",
                Finding::Late { .. } => "late",
                Finding::Older { .. } => "older",
                Finding::Half { .. } => "half",
                Finding::Damaged { .. } => "damaged",
            },
            message,
            path: place.map(|place| place.source.path.clone().into()),
            line: place.map(autogen_model::Place::line),
            help,
        }
    }
}
