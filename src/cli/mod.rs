//! The command line: what can be typed, and which function answers.

mod agreement;
mod branches;
mod check;
mod current;
mod database;
mod diff;
mod docs;
mod edit;
mod heads;
mod history;
mod init;
mod ledger;
mod log;
mod merge;
mod patience;
mod project;
mod questions;
mod rebase;
mod repair;
mod revision;
mod rows;
mod shell;
mod sides;
mod signals;
mod sql;
mod squash;
mod told;
mod ui;
mod upgrade;
mod verify;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::config::{self, Config, Flags};
use crate::error::{Error, Kind, Result};
use crate::migrator::Migrator;
use ui::{Color, Ui, Volume};

/// How a command that did not fail ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    /// Exit code 0.
    Done,
    /// Exit code 1: what was compared differs.
    Differences,
}

const LONG_ABOUT: &str = "\
Edit your Rust structs; autogen compares them with the database, writes the schema revision that \
is missing as one SQL file, and runs it.

A first day with it:
  autogen init                        write autogen.toml and an example model
  autogen revision -m \"First tables\"  compare, and write the revision
  autogen upgrade head                run it
  autogen check                       in CI: do models and database agree?";

const AFTER_HELP: &str = "\
Exit codes: 0 done, 1 differences found (check, verify, diff --exit-code, \
current --check-heads), \
2 refused or failed.

REV is an id or the start of one, `head`, `heads`, `base`, `current`, a label, `label@head`, or \
counted from one of these: `+1` and `-1` from what the database has, `head-2`, `base+1`, `3f2a-1`.

`autogen help COMMAND` has examples.";

/// Database schema revisions, written from Rust structs
#[derive(Parser)]
#[command(
    name = "autogen",
    version,
    long_about = LONG_ABOUT,
    after_help = "Start with `autogen init`. `autogen help COMMAND` has examples.",
    after_long_help = AFTER_HELP,
    propagate_version = true,
    subcommand_required = true,
    arg_required_else_help = true
)]
struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

#[derive(Args)]
#[command(next_help_heading = "Global options")]
struct Global {
    /// Configuration file
    ///
    /// Without it: AUTOGEN_CONFIG, then the first autogen.toml (or Cargo.toml with
    /// [package.metadata.autogen]) upwards from the working directory.
    #[arg(short = 'c', long = "config", global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Run as if started in DIR
    #[arg(short = 'C', long = "directory", global = true, value_name = "DIR")]
    directory: Option<PathBuf>,
    /// Environment of the configuration
    ///
    /// Keys of [env.NAME] win over those of the file itself. Without it: AUTOGEN_ENV.
    #[arg(long, global = true, value_name = "NAME")]
    env: Option<String>,
    /// Database
    ///
    /// Such as sqlite://app.db, sqlite:///srv/app.db or postgres://me@localhost/app. Without
    /// it: DATABASE_URL, then the configuration, then sqlite://autogen.db.
    #[arg(long, global = true, value_name = "URL")]
    database_url: Option<String>,
    /// Argument for revision files, repeatable
    ///
    /// Read by the directives `when KEY = ..` and `bind NAME = x("KEY")`.
    #[arg(short = 'x', global = true, value_name = "KEY=VALUE", value_parser = pair)]
    x: Vec<(String, String)>,
    /// Print data, warnings and errors only
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    quiet: bool,
    /// Print details
    #[arg(short, long, global = true)]
    verbose: bool,
    /// When to use colour
    #[arg(long, global = true, value_name = "WHEN", value_enum, default_value_t)]
    color: Color,
}

fn pair(text: &str) -> std::result::Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err("write KEY=VALUE".to_owned()),
    }
}

#[derive(Subcommand)]
enum Command {
    Init(init::Init),
    Revision(Box<revision::Revise>),
    Merge(merge::Merge),
    Rebase(rebase::Rebase),
    Upgrade(upgrade::Upgrade),
    Downgrade(upgrade::Downgrade),
    Check(check::Check),
    Verify(verify::Verify),
    Squash(squash::Squash),
    Diff(diff::Diff),
    Current(current::Current),
    History(history::History),
    Heads(heads::Heads),
    Branches(branches::Branches),
    Show(history::Show),
    Edit(edit::Edit),
    Stamp(ledger::Stamp),
    Log(log::Log),
    Repair(repair::Repair),
    EnsureLedger(ledger::EnsureLedger),
    Completions(docs::Completions),
    Man(docs::Man),
}

impl Command {
    fn run(self, context: &Context) -> Result<Outcome> {
        match self {
            Self::Init(it) => it.run(context),
            Self::Revision(it) => it.run(context),
            Self::Merge(it) => it.run(context),
            Self::Rebase(it) => it.run(context),
            Self::Upgrade(it) => it.run(context),
            Self::Downgrade(it) => it.run(context),
            Self::Check(it) => it.run(context),
            Self::Verify(it) => it.run(context),
            Self::Squash(it) => it.run(context),
            Self::Diff(it) => it.run(context),
            Self::Current(it) => it.run(context),
            Self::History(it) => it.run(context),
            Self::Heads(it) => it.run(context),
            Self::Branches(it) => it.run(context),
            Self::Show(it) => it.run(context),
            Self::Edit(it) => it.run(context),
            Self::Stamp(it) => it.run(context),
            Self::Log(it) => it.run(context),
            Self::Repair(it) => it.run(context),
            Self::EnsureLedger(it) => it.run(context),
            Self::Completions(it) => it.run(context),
            Self::Man(it) => it.run(context),
        }
    }
}

/// What every command gets besides its own arguments.
struct Context {
    ui: Ui,
    flags: Flags,
    x: Vec<(String, String)>,
    /// What the project's own program brings along.
    migrator: Option<Migrator>,
}

impl Context {
    fn config(&self) -> Result<Config> {
        let mut config = config::load(&self.flags)?;
        if let Some(ledger) = self.migrator.as_ref().and_then(Migrator::own_ledger) {
            config.database.ledger = ledger.to_owned();
        }
        if let Ok(url) = &config.database.url {
            for key in url.ignored() {
                let message =
                    format!("the parameter `{key}` of the URL is unknown and is passed over");
                self.ui.warning(message);
            }
        }
        Ok(config)
    }
}

/// The command line of a project's own program: every command of `autogen`, with the revisions and
/// the Rust steps of the migrator.
///
/// ```no_run
/// # use autogen::Migrator;
/// fn main() -> std::process::ExitCode {
///     autogen::cli::run(Migrator::embedded(autogen::embed!("examples/service/migrations")))
/// }
/// ```
///
/// An embedded set stands for the folders of the configuration, but for the commands that write
/// revisions. A folder that the migrator was opened with does not: the configuration names it.
pub fn run(migrator: Migrator) -> ExitCode {
    answer(std::env::args_os(), Some(migrator))
}

/// Runs one command line, the program's name first, and gives the exit code.
pub fn run_plain(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    answer(arguments, None)
}

fn answer(arguments: impl IntoIterator<Item = OsString>, migrator: Option<Migrator>) -> ExitCode {
    ui::catch_panics();
    let arguments = arguments.into_iter().collect::<Vec<_>>();
    let color = Color::from_arguments(&arguments).for_clap();
    let parsed = Cli::command().color(color).try_get_matches_from(arguments);
    let cli = match parsed.and_then(|matches| Cli::from_arg_matches(&matches)) {
        Ok(cli) => cli,
        Err(message) => return ui::usage(&message),
    };
    let Cli { global, command } = cli;
    let volume = match (global.quiet, global.verbose) {
        (true, _) => Volume::Quiet,
        (_, true) => Volume::Verbose,
        _ => Volume::Normal,
    };
    let flags =
        Flags { file: global.config, environment: global.env, database_url: global.database_url };
    let context = Context { ui: Ui::new(global.color, volume), flags, x: global.x, migrator };
    let outcome = enter(global.directory).and_then(|()| command.run(&context));
    context.ui.finish(&outcome)
}

fn enter(directory: Option<PathBuf>) -> Result<()> {
    let Some(directory) = directory else { return Ok(()) };
    std::env::set_current_dir(&directory).map_err(|cause| {
        Error::new(Kind::Usage, format!("{} cannot be entered", directory.display())).cause(cause)
    })
}
