//! `upgrade` and `downgrade`: run revisions.

use std::path::Path;

use clap::Args;
use serde::Serialize;

use super::database::{block_on, connect_to_read, connect_to_write, options};
use super::patience::Limits;
use super::project::Project;
use super::rows::Format;
use super::signals;
use super::sql::{self, Offline};
use super::told::{Told, titled};
use super::ui::Ui;
use super::{Context, Outcome};
use crate::error::Result;
use crate::revision::Direction;
use crate::runner::{self, Interrupt, Planned, Report};

/// Apply the revisions that are missing
///
/// Each revision and its row in the ledger share a transaction where the database can do that, so
/// that a failure leaves nothing of it. Several runners at once are safe: one works, the others
/// wait and then find nothing to do.
#[derive(Args)]
#[command(after_long_help = "\
Examples:
  autogen upgrade                  everything
  autogen upgrade +1               the next revision
  autogen upgrade 3f2a             as far as this one
  autogen upgrade heads            all branches
  autogen upgrade --plan           say what would run, run nothing
  autogen upgrade --sql            a script that does it on a new database, for its own client
  autogen upgrade --sql 3f2a:head  the same for a database that is at 3f2a
  autogen -x tenant=acme upgrade   with a value for the files' directives")]
pub(super) struct Upgrade {
    /// How far
    #[arg(value_name = "REV", default_value = "head", allow_negative_numbers = true)]
    revision: String,
    #[command(flatten)]
    how: How,
}

/// Undo revisions
///
/// Everything that is applied and stands above REV is undone, newest first. Where a file is gone,
/// because another branch of the repository is checked out, the ledger's copy of its downgrade is
/// run.
#[derive(Args)]
#[command(after_long_help = "\
Examples:
  autogen downgrade -1             the last revision
  autogen downgrade 3f2a           back to this one, which stays
  autogen downgrade base           everything
  autogen downgrade -1 --plan      say what would run, run nothing
  autogen downgrade --sql head:-1  a script that undoes the newest; it must say from where")]
pub(super) struct Downgrade {
    /// How far back
    #[arg(value_name = "REV", allow_negative_numbers = true)]
    revision: String,
    #[command(flatten)]
    how: How,
}

#[derive(Args)]
struct How {
    /// Print what would run, and run nothing
    #[arg(long)]
    plan: bool,
    /// How to print what ran, or would run
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: Format,
    #[command(flatten)]
    limits: Limits,
    #[command(flatten)]
    offline: Offline,
}

/// The shape of `upgrade` and `downgrade`.
#[derive(Serialize)]
struct Answer<'a> {
    version: u32,
    /// What ran; with `--plan`, what would run.
    revisions: Vec<Row<'a>>,
    /// Where the database is afterwards; absent with `--plan`.
    #[serde(skip_serializing_if = "Option::is_none")]
    current: Option<&'a [String]>,
}

#[derive(Serialize)]
struct Row<'a> {
    id: &'a str,
    message: &'a str,
    path: Option<&'a Path>,
    statements: usize,
    /// Statements that do not run here, because their `when` says so.
    skipped: usize,
    /// Statements that an earlier run had done, which was interrupted.
    done_before: usize,
}

impl Upgrade {
    pub(super) fn run(self, context: &Context) -> Result<Outcome> {
        block_on(walk(context, Direction::Upgrade, &self.revision, &self.how))
    }
}

impl Downgrade {
    pub(super) fn run(self, context: &Context) -> Result<Outcome> {
        block_on(walk(context, Direction::Downgrade, &self.revision, &self.how))
    }
}

async fn walk(context: &Context, direction: Direction, word: &str, how: &How) -> Result<Outcome> {
    if how.offline.sql {
        return sql::walk(context, word, direction, &how.offline);
    }
    let ui = &context.ui;
    let mut project = Project::open(context)?;
    how.limits.apply(&mut project.config);
    let identifier = sql::of_run(word)?;
    let mut db = match how.plan {
        true => connect_to_read(&project.config).await?,
        false => connect_to_write(&project.config).await?,
    };
    let mut options = options(context, &project);
    let interrupt = options.interrupt.insert(Interrupt::default()).clone();
    let mut told = Told::new(&context.ui, verb(direction));
    let state = match how.plan {
        true => options.ledger(&db).read(&mut db).await?,
        false => runner::read_ledger(&mut db, &options, &mut told).await?,
    };
    let view = runner::view(&project.graph, state, db.dialect_name())?;
    let state = &view.state;
    let target = match direction {
        Direction::Upgrade => view.graph(&project.graph).resolve(&identifier, &state.applied())?,
        Direction::Downgrade => {
            let known = runner::with_stored(&project.graph, state)?;
            known.resolve(&identifier, &state.applied())?
        }
    };
    if how.plan {
        let planned = match direction {
            Direction::Upgrade => {
                runner::plan_upgrade(&mut db, &project.graph, &target, &options).await?
            }
            Direction::Downgrade => {
                runner::plan_downgrade(&mut db, &project.graph, &target, &options).await?
            }
        };
        db.close().await?;
        print_plan(ui, how.format, direction, &planned)?;
        return Ok(Outcome::Done);
    }
    let graph = &project.graph;
    let running = async {
        match direction {
            Direction::Upgrade => {
                runner::upgrade(&mut db, graph, &target, &options, &mut told).await
            }
            Direction::Downgrade => {
                runner::downgrade(&mut db, graph, &target, &options, &mut told).await
            }
        }
    };
    let report = signals::heeding(ui, &interrupt, running).await;
    ui.end_live();
    let report = report?;
    db.close().await?;
    print_report(ui, how.format, word, &report)?;
    Ok(Outcome::Done)
}

fn verb(direction: Direction) -> &'static str {
    match direction {
        Direction::Upgrade => "Applied",
        Direction::Downgrade => "Undid",
    }
}

fn print_plan(ui: &Ui, format: Format, direction: Direction, planned: &[Planned]) -> Result<()> {
    if format == Format::Json {
        return ui.json(&Answer { version: 1, revisions: rows(planned), current: None });
    }
    for revision in planned {
        let statements = match (revision.statements, revision.done) {
            (1, 0) => "1 statement".to_owned(),
            (all, 0) => format!("{all} statements"),
            (all, done) => format!("{all} statements, {done} of them done"),
        };
        ui.line(format_args!("{} {} ({statements})", direction.word(), titled(revision)));
    }
    if planned.is_empty() {
        ui.status("Nothing to do");
    }
    Ok(())
}

fn print_report(ui: &Ui, format: Format, word: &str, report: &Report) -> Result<()> {
    let at = match report.heads.is_empty() {
        true => "base".to_owned(),
        false => report.heads.join(", "),
    };
    match (report.ran.is_empty(), report.past) {
        (false, _) => ui.status(format_args!("The database is at {at}")),
        (true, false) => ui.status(format_args!("Nothing to do: the database is at {at}")),
        (true, true) => {
            ui.status(format_args!("Nothing to do: the database is past {word}, at {at}"));
            ui.hint(format_args!("`autogen downgrade {word}` goes back to it"));
        }
    }
    match format {
        Format::Text => Ok(()),
        Format::Json => ui.json(&Answer {
            version: 1,
            revisions: rows(&report.ran),
            current: Some(&report.heads),
        }),
    }
}

fn rows(planned: &[Planned]) -> Vec<Row<'_>> {
    let rows = planned.iter().map(|revision| Row {
        id: &revision.id,
        message: &revision.title,
        path: revision.path.as_deref(),
        statements: revision.statements,
        skipped: revision.skipped,
        done_before: revision.done,
    });
    rows.collect()
}
