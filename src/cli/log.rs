//! `log`: the audit trail.

use clap::Args;
use serde::Serialize;

use super::database::{block_on, connect_to_read, reading};
use super::rows::Format;
use super::ui::{Paint, Ui};
use super::{Context, Outcome};
use crate::error::Result;
use crate::runner;
use crate::runner::ledger::{Attempt, Outcome as End};

/// List what was tried on the database, newest first
///
/// Who ran what, when, how long it took and how it ended. Rows are only ever added.
#[derive(Args)]
#[command(after_long_help = "\
Examples:
  autogen log
  autogen log -n 1 --format json
  autogen log --failed                 what went wrong, or never came to an end
  autogen log --revision 3f2a          what was done with this one")]
pub(super) struct Log {
    /// At most so many
    #[arg(short = 'n', long, value_name = "COUNT")]
    limit: Option<usize>,
    /// Only those of this revision, or of those whose ids begin so
    #[arg(long, value_name = "REV")]
    revision: Option<String>,
    /// Only those that failed, were rolled back or have no end
    #[arg(long)]
    failed: bool,
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
    tag: &'a str,
}

impl Log {
    pub(super) fn run(self, context: &Context) -> Result<Outcome> {
        let config = context.config()?;
        let mut attempts = block_on(async {
            let mut db = connect_to_read(&config).await?;
            let attempts = runner::log(&mut db, &reading(&config)).await?;
            db.close().await?;
            Ok(attempts)
        })?;
        attempts.reverse();
        let is_empty = attempts.is_empty();
        attempts.retain(|attempt| self.wants(attempt));
        attempts.truncate(self.limit.unwrap_or(usize::MAX));
        match (is_empty, attempts.is_empty()) {
            (true, _) => context.ui.status("Nothing was tried on this database yet"),
            (false, true) => context.ui.status("No attempt is like that"),
            _ => {}
        }
        let attempts = attempts.iter().map(AttemptFacts::new).collect::<Vec<_>>();
        match self.format {
            Format::Json => context.ui.json(&Attempts { version: 1, attempts })?,
            Format::Text => attempts.iter().for_each(|it| it.print(&context.ui)),
        }
        Ok(Outcome::Done)
    }
}

impl Log {
    fn wants(&self, attempt: &Attempt) -> bool {
        let is_bad = !matches!(attempt.outcome, End::Done | End::Skipped(_));
        // A stamp may name several.
        let mut ids = attempt.revision.split(", ");
        let is_meant = |start: &String| ids.any(|id| id.starts_with(start.as_str()));
        (!self.failed || is_bad) && self.revision.as_ref().is_none_or(is_meant)
    }
}

impl<'a> AttemptFacts<'a> {
    fn new(attempt: &'a Attempt) -> Self {
        let (outcome, reason) = match &attempt.outcome {
            End::Done => ("done", ""),
            End::Failed(why) => ("failed", why.as_str()),
            End::RolledBack(why) => ("rolled_back", why.as_str()),
            End::Skipped(why) => ("skipped", why.as_str()),
            End::Interrupted(why) => ("interrupted", why.as_str()),
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
            tag: &attempt.tag,
        }
    }

    fn print(&self, ui: &Ui) {
        let paint = match self.outcome {
            "done" => Paint::Good,
            "skipped" => Paint::Dim,
            _ => Paint::Bad,
        };
        let outcome = match self.outcome {
            "interrupted" if self.note.is_empty() => "did not end".to_owned(),
            word => word.replace('_', " "),
        };
        let outcome = ui.paint(paint, outcome);
        let mut row = format!(
            "{} {:9} {} {outcome} ({} ms, by {})",
            self.started_at,
            self.action,
            ui.paint(Paint::Id, self.revision),
            self.duration_ms,
            self.actor,
        );
        if !self.tag.is_empty() {
            row.push_str(&format!(" [{}]", self.tag));
        }
        if !self.note.is_empty() {
            row.push_str(": ");
            row.push_str(self.note);
        }
        ui.line(row);
    }
}
