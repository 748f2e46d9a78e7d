//! `stamp`, `log`, `repair` and `ensure-ledger`: the database's memory of what was applied.

use clap::Args;
use serde::Serialize;

use super::database::{Told, block_on, connect_to_read, connect_to_write, options};
use super::project::Project;
use super::rows::Format;
use super::ui::{Paint, Ui};
use super::{Context, Outcome};
use crate::error::{Error, Kind, Result};
use crate::revision::{Graph, Selection, Target};
use crate::runner::ledger::{Attempt, Outcome as End};
use crate::runner::{self, Repair as Mend};

/// Set what counts as applied, and run nothing
///
/// For a database that got its tables in another way. What stands below REV counts as applied,
/// what stands above it no longer does. Everything is checked before anything is written.
#[derive(Args)]
#[command(after_long_help = "\
Examples:
  autogen stamp head        the tables are there already
  autogen stamp 3f2a        everything up to this one is there
  autogen stamp base        nothing is
  autogen stamp --purge 3f2a 8a51
                            forget all rows first, also of revisions that have no file")]
pub(super) struct Stamp {
    /// The newest revisions that count as applied
    #[arg(value_name = "REV", required = true, allow_negative_numbers = true)]
    revisions: Vec<String>,
    /// Forget every row of the ledger first
    #[arg(long)]
    purge: bool,
}

impl Stamp {
    pub(super) fn run(self, context: &Context) -> Result<Outcome> {
        let project = Project::open(context)?;
        let heads = block_on(self.stamp(context, &project))?;
        let at = if heads.is_empty() { "base".to_owned() } else { heads.join(", ") };
        context.ui.status(format_args!("The ledger says that the database is at {at}"));
        Ok(Outcome::Done)
    }

    async fn stamp(&self, context: &Context, project: &Project) -> Result<Vec<String>> {
        let mut db = connect_to_write(&project.config).await?;
        let options = options(context, project);
        let state = runner::read_ledger(&mut db, &options, &mut Told::new(&context.ui, "")).await?;
        // What is said of a database that is mended by this need not fit yet.
        let state = match runner::view(&project.graph, state.clone(), db.dialect_name()) {
            Ok(view) => view.state,
            Err(_) => state,
        };
        let known = match runner::with_stored(&project.graph, &state) {
            Ok(known) => known,
            Err(_) => Graph::new(project.graph.revisions().to_vec())
                .map_err(|reports| Error::from_reports(Kind::Revision, reports))?,
        };
        let mut target = Target::default();
        for word in &self.revisions {
            let identifier = Selection::parse(word)?.one()?;
            let one = known.resolve(&identifier, &state.applied())?;
            target.revisions.extend(one.revisions);
            target.branch = one.branch.filter(|_| self.revisions.len() == 1);
        }
        let heads = runner::stamp(&mut db, &project.graph, &target, self.purge, &options).await?;
        db.close().await?;
        Ok(heads)
    }
}

/// List what was tried on the database, newest first
///
/// Who ran what, when, how long it took and how it ended. Rows are only ever added.
#[derive(Args)]
#[command(after_long_help = "\
Examples:
  autogen log
  autogen log -n 1 --format json")]
pub(super) struct Log {
    /// At most so many
    #[arg(short = 'n', long, value_name = "COUNT")]
    limit: Option<usize>,
    /// How to print them
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: Format,
}

/// The shape of `log`.
#[derive(Serialize)]
struct Attempts<'a> {
    version: u32,
    attempts: Vec<AttemptFacts<'a>>,
}

#[derive(Serialize)]
struct AttemptFacts<'a> {
    revision: &'a str,
    action: &'a str,
    started_at: &'a str,
    duration_ms: u64,
    actor: &'a str,
    tool: &'a str,
    /// `done`, `failed`, `rolled_back`, `skipped` or `interrupted`.
    outcome: &'a str,
    note: &'a str,
}

impl Log {
    pub(super) fn run(self, context: &Context) -> Result<Outcome> {
        let config = context.config()?;
        let mut attempts = block_on(async {
            let mut db = connect_to_read(&config).await?;
            let attempts = runner::log(&mut db, &config.database.ledger).await?;
            db.close().await?;
            Ok(attempts)
        })?;
        attempts.reverse();
        attempts.truncate(self.limit.unwrap_or(usize::MAX));
        if attempts.is_empty() {
            context.ui.status("Nothing was tried on this database yet");
        }
        let attempts = attempts.iter().map(AttemptFacts::new).collect::<Vec<_>>();
        match self.format {
            Format::Json => context.ui.json(&Attempts { version: 1, attempts })?,
            Format::Text => attempts.iter().for_each(|it| it.print(&context.ui)),
        }
        Ok(Outcome::Done)
    }
}

impl<'a> AttemptFacts<'a> {
    fn new(attempt: &'a Attempt) -> Self {
        let (outcome, reason) = match &attempt.outcome {
            End::Done => ("done", ""),
            End::Failed(why) => ("failed", why.as_str()),
            End::RolledBack(why) => ("rolled_back", why.as_str()),
            End::Skipped(why) => ("skipped", why.as_str()),
            End::Interrupted => ("interrupted", ""),
        };
        Self {
            revision: &attempt.revision,
            action: attempt.action.word(),
            started_at: &attempt.started_at,
            duration_ms: attempt.duration_ms,
            actor: &attempt.actor,
            tool: &attempt.tool,
            outcome,
            note: if reason.is_empty() { &attempt.note } else { reason },
        }
    }

    fn print(&self, ui: &Ui) {
        let paint = match self.outcome {
            "done" => Paint::Good,
            "skipped" => Paint::Dim,
            _ => Paint::Bad,
        };
        let outcome = ui.paint(paint, self.outcome.replace('_', " "));
        let mut row = format!(
            "{} {:9} {} {outcome} ({} ms, by {})",
            self.started_at,
            self.action,
            ui.paint(Paint::Id, self.revision),
            self.duration_ms,
            self.actor,
        );
        if !self.note.is_empty() {
            row.push_str(": ");
            row.push_str(self.note);
        }
        ui.line(row);
    }
}

/// Bring the ledger and the files together again
///
/// Without an option it says what does not fit, and which command mends it. After a crash nothing
/// need be repaired: `upgrade` and `downgrade` go on where they were interrupted.
#[derive(Args)]
#[command(after_long_help = "\
Examples:
  autogen repair                         what is odd?
  autogen repair --accept 3f2a           the file was edited, and is right as it is
  autogen repair --accept                all edited files are
  autogen repair --skip-statement 3f2a   the next statement was run by hand
  autogen repair --forget 8a51           its file is gone for good, and nothing is to be undone")]
pub(super) struct Repair {
    /// Take the files of these revisions as they are now; without REV, all that were edited
    #[arg(long, value_name = "REV", num_args = 0.., group = "mend")]
    accept: Option<Vec<String>>,
    /// Count the next statement of a half done revision as done
    #[arg(long, value_name = "REV", group = "mend")]
    skip_statement: Option<String>,
    /// Forget a revision that has no file, without undoing it
    #[arg(long, value_name = "REV", group = "mend")]
    forget: Option<String>,
}

impl Repair {
    pub(super) fn run(self, context: &Context) -> Result<Outcome> {
        let project = Project::open(context)?;
        match (self.accept, self.skip_statement, self.forget) {
            (Some(words), ..) => {
                let words = words.iter().map(String::as_str).collect::<Vec<_>>();
                block_on(mend(context, &project, &words, Mend::Accept))
            }
            (_, Some(word), _) => block_on(mend(context, &project, &[&word], |mut ids| {
                Mend::SkipStatement(ids.pop().unwrap_or_default())
            })),
            (_, _, Some(word)) => block_on(mend(context, &project, &[&word], |mut ids| {
                Mend::Forget(ids.pop().unwrap_or_default())
            })),
            _ => block_on(tell(context, &project)),
        }
    }
}

async fn tell(context: &Context, project: &Project) -> Result<Outcome> {
    let mut db = connect_to_read(&project.config).await?;
    let ledger = &project.config.database.ledger;
    let status = runner::status(&mut db, &project.graph, ledger).await?;
    db.close().await?;
    for finding in &status.findings {
        context.ui.warn(&finding.report());
    }
    if status.findings.is_empty() {
        context.ui.status("The ledger and the files fit together");
    }
    Ok(Outcome::Done)
}

async fn mend(
    context: &Context,
    project: &Project,
    words: &[&str],
    repair: impl FnOnce(Vec<String>) -> Mend,
) -> Result<Outcome> {
    let mut db = connect_to_write(&project.config).await?;
    let options = options(context, project);
    let state = runner::read_ledger(&mut db, &options, &mut Told::new(&context.ui, "")).await?;
    let known = runner::with_stored(&project.graph, &state)?;
    let ids = words.iter().map(|word| Ok(known.find(word)?.id.clone()));
    let repair = repair(ids.collect::<Result<Vec<_>>>()?);
    let changed = runner::repair(&mut db, &project.graph, &repair, &options).await?;
    db.close().await?;
    match changed.is_empty() {
        true => context.ui.status("Nothing to repair"),
        false => context.ui.status(format_args!("Repaired the record of {}", changed.join(", "))),
    }
    Ok(Outcome::Done)
}

/// Make the ledger's tables, if they are missing
///
/// `upgrade` makes them by itself. This is for a database in which the one who upgrades may not
/// create tables.
#[derive(Args)]
pub(super) struct EnsureLedger {}

impl EnsureLedger {
    pub(super) fn run(self, context: &Context) -> Result<Outcome> {
        let project = Project::open(context)?;
        let options = options(context, &project);
        block_on(async {
            let mut db = connect_to_write(&project.config).await?;
            runner::ensure_ledger(&mut db, &options).await?;
            Ok(db.close().await?)
        })?;
        context.ui.status(format_args!("The ledger {} is there", options.ledger));
        Ok(Outcome::Done)
    }
}
