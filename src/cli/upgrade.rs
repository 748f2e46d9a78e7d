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
use super::ui::{Ui, Volume};
use super::{Context, Outcome};
use crate::error::Result;
use crate::revision::{Direction, Identifier};
use crate::runner::{self, Interrupt, Listed, Options, Planned, Report};

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
    /// Print what would run, and run nothing; with -v, each statement
    #[arg(long)]
    plan: bool,
    /// A mark for the log, such as the number of a release
    #[arg(long, value_name = "TEXT", conflicts_with = "plan")]
    tag: Option<String>,
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
    let mut options = options(context, &project);
    options.tag.clone_from(&how.tag);
    if how.plan {
        let planned = plan(&project, direction, &identifier, &options).await?;
        print_plan(ui, how.format, direction, &planned)?;
        return Ok(Outcome::Done);
    }
    let mut db = connect_to_write(&project.config).await?;
    let interrupt = options.interrupt.insert(Interrupt::default()).clone();
    let mut told = Told::new(ui, verb(direction));
    let running = async {
        let state = runner::read_ledger(&mut db, &options, &mut told).await?;
        let target =
            runner::target(&project.graph, (state, db.dialect_name()), direction, &identifier)?;
        let (db, graph) = (&mut db, &project.graph);
        match direction {
            Direction::Upgrade => runner::upgrade(db, graph, &target, &options, &mut told).await,
            Direction::Downgrade => {
                runner::downgrade(db, graph, &target, &options, &mut told).await
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

/// What would run. Reads alone.
async fn plan(
    project: &Project,
    direction: Direction,
    identifier: &Identifier,
    options: &Options,
) -> Result<Vec<(Planned, Vec<Listed>)>> {
    let mut db = connect_to_read(&project.config).await?;
    let state = options.ledger(&db).read(&mut db).await?;
    let target = runner::target(&project.graph, (state, db.dialect_name()), direction, identifier)?;
    let planned = match direction {
        Direction::Upgrade => {
            runner::plan_upgrade(&mut db, &project.graph, &target, options).await?
        }
        Direction::Downgrade => {
            runner::plan_downgrade(&mut db, &project.graph, &target, options).await?
        }
    };
    db.close().await?;
    Ok(planned)
}

fn verb(direction: Direction) -> &'static str {
    match direction {
        Direction::Upgrade => "Applied",
        Direction::Downgrade => "Undid",
    }
}

fn print_plan(
    ui: &Ui,
    format: Format,
    direction: Direction,
    planned: &[(Planned, Vec<Listed>)],
) -> Result<()> {
    if format == Format::Json {
        let revisions = planned.iter().map(|(revision, _)| Row::new(revision)).collect();
        return ui.json(&Answer { version: 1, revisions, current: None });
    }
    for (revision, statements) in planned {
        print_planned(ui, direction, revision);
        if ui.volume() == Volume::Verbose {
            statements.iter().for_each(|statement| print_statement(ui, statement));
        }
    }
    if planned.is_empty() {
        ui.status("Nothing to do");
    }
    Ok(())
}

fn print_planned(ui: &Ui, direction: Direction, revision: &Planned) {
    let statements = match (revision.statements, revision.done) {
        (1, 0) => "1 statement".to_owned(),
        (all, 0) => format!("{all} statements"),
        (all, done) => format!("{all} statements, {done} of them done"),
    };
    ui.line(format_args!("{} {} ({statements})", direction.word(), titled(revision)));
}

/// A statement as it stands in its file, beside its number.
fn print_statement(ui: &Ui, statement: &Listed) {
    let mark = if statement.autocommit { "-- committed by itself\n" } else { "" };
    let text = format!("{mark}{}", statement.sql);
    for (at, line) in text.lines().enumerate() {
        let number = if at == 0 { statement.number.to_string() } else { String::new() };
        ui.line(format_args!("{number:>5}  {line}"));
    }
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
            revisions: report.ran.iter().map(Row::new).collect(),
            current: Some(&report.heads),
        }),
    }
}

impl<'a> Row<'a> {
    fn new(revision: &'a Planned) -> Self {
        Self {
            id: &revision.id,
            message: &revision.title,
            path: revision.path.as_deref(),
            statements: revision.statements,
            skipped: revision.skipped,
            done_before: revision.done,
        }
    }
}
