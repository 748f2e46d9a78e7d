//! The terminal: the only place that prints or asks. Data goes to stdout, talk to stderr.

use std::fmt::Display;
use std::io::{self, BufWriter, ErrorKind, IsTerminal, StderrLock, Stdout, Write};
use std::process::{ExitCode, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anstream::{AutoStream, ColorChoice};
use autogen_model::Diagnostic;
use clap::ValueEnum;
use clap::builder::styling::{AnsiColor, Style};
use indicatif::{ProgressBar, ProgressStyle};

use super::Outcome;
use crate::error::{Error, Kind, Result, render};
use crate::runner::is_in_step;

/// When to use colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Color {
    /// On a terminal, unless NO_COLOR is set
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

impl Color {
    /// The choice as it stands in the raw arguments, for messages about the arguments themselves.
    pub(super) fn from_arguments(arguments: &[std::ffi::OsString]) -> Self {
        let words = arguments.iter().filter_map(|it| it.to_str()).collect::<Vec<_>>();
        let separate = words.windows(2).find(|pair| pair[0] == "--color").map(|pair| pair[1]);
        let joined = words.iter().find_map(|word| word.strip_prefix("--color="));
        let word = joined.or(separate).unwrap_or_default();
        Self::from_str(word, true).unwrap_or_default()
    }

    /// The same for clap.
    pub(super) fn for_clap(self) -> clap::ColorChoice {
        match self {
            Self::Auto => clap::ColorChoice::Auto,
            Self::Always => clap::ColorChoice::Always,
            Self::Never => clap::ColorChoice::Never,
        }
    }

    fn on<S: anstream::stream::RawStream>(self, stream: &S) -> bool {
        match self {
            Self::Auto => AutoStream::choice(stream) != ColorChoice::Never,
            Self::Always => true,
            Self::Never => false,
        }
    }
}

/// How much to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Volume {
    /// Data and errors only.
    Quiet,
    /// What happens.
    Normal,
    /// Details as well.
    Verbose,
}

/// What a piece of text is; the colours follow from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Paint {
    /// The id of a revision.
    Id,
    /// A good mark, such as `(head)`, or something that is added.
    Good,
    /// Something that is taken away.
    Bad,
    /// A mark to notice, such as `(current)`.
    Mark,
    /// Something of less interest.
    Dim,
    /// A heading.
    Bold,
}

impl Paint {
    fn style(self) -> Style {
        match self {
            Self::Id => AnsiColor::Yellow.on_default(),
            Self::Good => AnsiColor::Green.on_default(),
            Self::Bad => AnsiColor::Red.on_default(),
            Self::Mark => AnsiColor::Cyan.on_default(),
            Self::Dim => Style::new().dimmed(),
            Self::Bold => Style::new().bold(),
        }
    }
}

/// The terminal of one run.
pub(super) struct Ui {
    volume: Volume,
    colour_out: bool,
    colour_talk: bool,
    /// Behind a lock, because a run that reports its progress may be on any thread.
    out: Mutex<Out>,
    /// The line that says what goes on, on a terminal.
    live: Mutex<Option<ProgressBar>>,
    has_live: bool,
}

/// What was written to stdout.
struct Out {
    buffer: BufWriter<Stdout>,
    /// What went wrong; nothing more is written after that.
    fault: Option<ErrorKind>,
}

impl Out {
    fn attempt(&mut self, write: impl FnOnce(&mut BufWriter<Stdout>) -> io::Result<()>) {
        if self.fault.is_none()
            && let Err(fault) = write(&mut self.buffer)
        {
            self.fault = Some(fault.kind());
        }
    }
}

impl Ui {
    pub(super) fn new(color: Color, volume: Volume) -> Self {
        Self {
            volume,
            colour_out: color.on(&io::stdout()),
            colour_talk: color.on(&io::stderr()),
            out: Mutex::new(Out { buffer: BufWriter::new(io::stdout()), fault: None }),
            live: Mutex::default(),
            has_live: volume >= Volume::Normal && can_redraw(),
        }
    }

    pub(super) fn volume(&self) -> Volume {
        self.volume
    }

    /// A line of data.
    pub(super) fn line(&self, text: impl Display) {
        self.write(format_args!("{text}\n"));
    }

    /// Data as it is.
    pub(super) fn text(&self, text: &str) {
        self.write(format_args!("{text}"));
    }

    /// A value as indented JSON.
    pub(super) fn json<T: serde::Serialize>(&self, value: &T) -> Result<()> {
        let text = serde_json::to_string_pretty(value).map_err(|cause| {
            Error::new(Kind::Internal, "the result cannot be written as JSON").cause(cause)
        })?;
        self.line(text);
        Ok(())
    }

    /// Coloured for stdout.
    pub(super) fn paint(&self, paint: Paint, text: impl Display) -> String {
        painted(self.colour_out, paint.style(), text)
    }

    fn write(&self, text: std::fmt::Arguments<'_>) {
        self.end_live();
        self.out().attempt(|buffer| buffer.write_fmt(text));
    }

    fn flush(&self) {
        self.out().attempt(Write::flush);
    }

    fn out(&self) -> MutexGuard<'_, Out> {
        self.out.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Says what was done or is going on.
    pub(super) fn status(&self, text: impl Display) {
        if self.volume >= Volume::Normal {
            self.say(text);
        }
    }

    /// Says what only `-v` wants to know.
    pub(super) fn detail(&self, text: impl Display) {
        if self.volume >= Volume::Verbose {
            self.say(text);
        }
    }

    /// Whether details are wanted.
    pub(super) fn is_verbose(&self) -> bool {
        self.volume >= Volume::Verbose
    }

    /// Warns; not even `--quiet` hides it, because it is about something to lose.
    pub(super) fn warning(&self, text: impl Display) {
        self.say(format_args!("{} {text}", self.heading(AnsiColor::Yellow, "warning:")));
    }

    /// Warns of something with places and help.
    pub(super) fn warn(&self, report: &Diagnostic) {
        self.warning(&report.message);
        for label in &report.labels {
            self.note("at:", &label.place);
        }
        report.help.iter().for_each(|help| self.note("help:", help));
    }

    /// Names the command to run next.
    pub(super) fn hint(&self, text: impl Display) {
        self.status(format_args!("{} {text}", self.heading(AnsiColor::Cyan, "hint:")));
    }

    /// Prints an error with its places, its cause and what helps.
    pub(super) fn error(&self, error: &Error) {
        for report in error.reports() {
            if report.labels.is_empty() {
                let heading = self.heading(AnsiColor::Red, "error:");
                self.say(format_args!("{heading} {}", report.message));
                for help in &report.help {
                    self.note("help:", help);
                }
            } else {
                self.say(render(report, self.colour_talk));
            }
        }
        let mut cause = std::error::Error::source(error);
        while let Some(fault) = cause {
            self.note("cause:", fault);
            cause = fault.source();
        }
        if error.kind() == Kind::Internal {
            self.note("help:", BUG);
        }
    }

    fn note(&self, heading: &str, text: impl Display) {
        self.say(format_args!("  {} {text}", self.heading(AnsiColor::Cyan, heading)));
    }

    fn heading(&self, colour: AnsiColor, text: &str) -> String {
        painted(self.colour_talk, colour.on_default().bold(), text)
    }

    fn say(&self, text: impl Display) {
        // Data that was written before stands before, also where both go to one terminal.
        self.flush();
        let say = || complain(&mut io::stderr().lock(), format_args!("{text}\n"));
        match self.live_line().as_ref() {
            Some(bar) => bar.suspend(say),
            None => say(),
        }
    }

    /// Whether a line that changes in place is of use.
    pub(super) fn has_live(&self) -> bool {
        self.has_live
    }

    /// Shows what goes on, with the time that it takes, until something else does.
    pub(super) fn live(&self, text: impl Display) {
        if self.has_live {
            let mut live = self.live_line();
            match live.as_ref() {
                Some(bar) => {
                    bar.set_message(text.to_string());
                    bar.reset_elapsed();
                }
                None => *live = Some(live_bar(text.to_string())),
            }
        }
    }

    /// Says more of what goes on; its time goes on, too.
    pub(super) fn go_on_live(&self, text: impl Display) {
        let told = self.live_line().as_ref().map(|bar| bar.set_message(text.to_string()));
        if told.is_none() {
            self.live(text);
        }
    }

    /// Takes the line away.
    pub(super) fn end_live(&self) {
        if let Some(bar) = self.live_line().take() {
            bar.finish_and_clear();
        }
    }

    fn live_line(&self) -> MutexGuard<'_, Option<ProgressBar>> {
        self.live.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Says that a signal was heard, and what comes.
    pub(super) fn stopping(&self, signal: &str) {
        self.status(format_args!(
            "{signal}: ending after the statement that runs, which is cancelled where the database \
             can do that; once more ends at once"
        ));
    }

    /// Ends the process in the middle of a run.
    pub(super) fn stop(&self, signal: &str) -> ! {
        self.end_live();
        let message = format!("ended at once by {signal}, in the middle of the run");
        self.error(
            &Error::new(Kind::Interrupted, message)
                .help("what was not committed rolls back by itself")
                .help("run the command again; it looks up what was done and goes on from there"),
        );
        std::process::exit(2)
    }

    /// Whether there is somebody to ask.
    pub(super) fn interactive(&self) -> bool {
        io::stdin().is_terminal() && io::stderr().is_terminal()
    }

    /// Asks for one of several answers and gives its number.
    pub(super) fn ask_choice(&self, question: &str, answers: &[String]) -> Result<usize> {
        self.flush();
        let select = dialoguer::Select::new().with_prompt(question).items(answers).default(0);
        select.interact().map_err(unanswered)
    }

    /// Asks for a text.
    pub(super) fn ask_text(&self, question: &str) -> Result<String> {
        self.flush();
        let input = dialoguer::Input::<String>::new().with_prompt(question);
        input.interact_text().map_err(unanswered)
    }

    /// Ends the run. A reader who has seen enough (`| head`) is no failure; a full disk is.
    pub(super) fn finish(&self, outcome: &Result<Outcome>) -> ExitCode {
        self.flush();
        if let Err(error) = outcome {
            self.error(error);
        }
        let fault = self.out().fault;
        match (fault, outcome) {
            (_, Err(_)) => ExitCode::from(2),
            (None | Some(ErrorKind::BrokenPipe), Ok(Outcome::Done)) => ExitCode::SUCCESS,
            (None | Some(ErrorKind::BrokenPipe), Ok(Outcome::Differences)) => ExitCode::from(1),
            (Some(fault), Ok(_)) => {
                let error = Error::new(Kind::File, "the output cannot be written");
                self.error(&error.cause(io::Error::from(fault)));
                ExitCode::from(2)
            }
        }
    }
}

const BUG: &str = "this is a bug in autogen, not in your files; nothing half-done was kept. Please \
                   report it, with this message and the command that you ran";

fn painted(colour: bool, style: Style, text: impl Display) -> String {
    if colour { format!("{style}{text}{style:#}") } else { text.to_string() }
}

/// Whether stderr is a terminal that can change what stands there.
fn can_redraw() -> bool {
    io::stderr().is_terminal() && std::env::var_os("TERM").is_none_or(|name| name != "dumb")
}

/// A line that is redrawn while a statement runs.
fn live_bar(text: String) -> ProgressBar {
    let bar = ProgressBar::new_spinner().with_message(text);
    if let Ok(style) = ProgressStyle::with_template("{wide_msg} {elapsed}") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}

/// Nobody can be told that stderr is closed.
fn complain(stream: &mut StderrLock<'_>, text: std::fmt::Arguments<'_>) {
    let _ = stream.write_fmt(text);
}

/// Where talk goes, for another program to write to.
pub(super) fn talk() -> Stdio {
    Stdio::from(io::stderr())
}

fn unanswered(cause: dialoguer::Error) -> Error {
    Error::new(Kind::Question, "the question was not answered").cause(cause)
}

/// Prints what clap has to say: help and versions go to stdout, mistakes to stderr.
pub(super) fn usage(message: &clap::Error) -> ExitCode {
    match message.print() {
        Err(fault) if fault.kind() != ErrorKind::BrokenPipe => ExitCode::from(2),
        _ => ExitCode::from(u8::try_from(message.exit_code()).unwrap_or(2)),
    }
}

/// Makes a panic end like any other bug: with words for the user and exit code 2.
pub(super) fn catch_panics() {
    std::panic::set_hook(Box::new(|panic| {
        // The run tells of it, when it has rolled back.
        if is_in_step() {
            return;
        }
        let version = env!("CARGO_PKG_VERSION");
        complain(
            &mut io::stderr().lock(),
            format_args!("error: autogen {version} stopped: {panic}\n  help: {BUG}\n"),
        );
        std::process::exit(2);
    }));
}
