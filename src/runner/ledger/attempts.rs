//! The log: what was tried, by whom, and how it ended.

use std::collections::BTreeMap;

use super::{Ledger, format};
use crate::db::Database;
use crate::error::Result;

/// What an attempt was meant to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Apply a revision.
    Upgrade,
    /// Undo a revision.
    Downgrade,
    /// Change the ledger alone.
    Stamp,
    /// Mend the ledger.
    Repair,
}

impl Action {
    const ALL: [Self; 4] = [Self::Upgrade, Self::Downgrade, Self::Stamp, Self::Repair];

    /// The word in the log.
    pub fn word(self) -> &'static str {
        match self {
            Self::Upgrade => "upgrade",
            Self::Downgrade => "downgrade",
            Self::Stamp => "stamp",
            Self::Repair => "repair",
        }
    }
}

/// A point in an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum What {
    Started,
    Done,
    Failed,
    RolledBack,
    Skipped,
    Interrupted,
}

impl What {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Started => "started",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::RolledBack => "rolled back",
            Self::Skipped => "skipped",
            Self::Interrupted => "interrupted",
        }
    }
}

/// A row of the log.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    pub(crate) attempt: String,
    pub(crate) revision: String,
    pub(crate) action: Action,
    pub(crate) what: What,
    pub(crate) at: String,
    pub(crate) duration_ms: u64,
    pub(crate) actor: String,
    pub(crate) tool: String,
    pub(crate) note: String,
    pub(crate) tag: String,
}

/// How an attempt ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It did what it was meant to do.
    Done,
    /// It failed, with what the database said.
    Failed(String),
    /// It was fine, but shared a transaction with one that failed.
    RolledBack(String),
    /// There was nothing left to do.
    Skipped(String),
    /// It was asked to end, as is said here; or, where nothing is said, it has no end: the process
    /// was killed, or still runs.
    Interrupted(String),
}

/// One attempt, from its start to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// The revision.
    pub revision: String,
    /// What was meant to be done.
    pub action: Action,
    /// When it began, in UTC.
    pub started_at: String,
    /// How long it took, when it ended.
    pub duration_ms: u64,
    /// By whom, as `user@host`.
    pub actor: String,
    /// The version of autogen.
    pub tool: String,
    /// What was done, where there is more to say.
    pub note: String,
    /// The mark that whoever ran it gave it; empty for none.
    pub tag: String,
    /// How it ended.
    pub outcome: Outcome,
}

impl Ledger {
    /// Reads the log, oldest attempt first. Never writes.
    pub async fn attempts(&self, db: &mut Database) -> Result<Vec<Attempt>> {
        self.read(db).await?;
        let Some(home) = self.log_home(db).await? else { return Ok(Vec::new()) };
        let rows = db.query_text_rows(&self.select_events(&home), &[]).await?;
        let mut attempts: Vec<Attempt> = Vec::new();
        let mut open: BTreeMap<String, usize> = BTreeMap::new();
        for row in rows {
            let Ok(columns) = <[_; format::EVENT_COLUMNS.len()]>::try_from(row) else {
                continue;
            };
            let [key, revision, action, event, at, duration, actor, tool, note, tag] =
                columns.map(Option::unwrap_or_default);
            let Some(action) = Action::ALL.into_iter().find(|it| it.word() == action) else {
                continue;
            };
            let number = *open.entry(key).or_insert_with(|| {
                attempts.push(Attempt {
                    revision,
                    action,
                    started_at: at,
                    duration_ms: 0,
                    actor,
                    tool,
                    note: String::new(),
                    tag,
                    outcome: Outcome::Interrupted(String::new()),
                });
                attempts.len() - 1
            });
            let Some(attempt) = attempts.get_mut(number) else { continue };
            attempt.duration_ms = duration.parse().unwrap_or_default();
            end(attempt, &event, note);
        }
        Ok(attempts)
    }
}

impl Ledger {
    /// Changes whenever a revision is begun or done; the log is only ever added to.
    pub(crate) async fn end_of_log(&self, db: &mut Database) -> Result<String> {
        let rows = db.query_text_rows(&self.select_end(), &[]).await?;
        Ok(rows.into_iter().flatten().flatten().next().unwrap_or_default())
    }
}

fn end(attempt: &mut Attempt, event: &str, note: String) {
    let is = |what: What| event == what.word();
    if is(What::Done) {
        attempt.outcome = Outcome::Done;
        attempt.note = note;
    } else if is(What::Failed) {
        attempt.outcome = Outcome::Failed(note);
    } else if is(What::RolledBack) {
        attempt.outcome = Outcome::RolledBack(note);
    } else if is(What::Skipped) {
        attempt.outcome = Outcome::Skipped(note);
    } else if is(What::Interrupted) {
        attempt.outcome = Outcome::Interrupted(note);
    }
}
