//! The ledger: what the database says was applied, and the log of every attempt.

mod attempts;
mod statements;

use std::collections::{BTreeMap, BTreeSet};

use crate::db::{self, Database};
use crate::error::{Error, Kind, Result};
use crate::revision::Direction;

pub use attempts::{Action, Attempt, Outcome};
pub(crate) use attempts::{Event, What};
pub use statements::Ledger;

/// The version of the ledger's tables. A tool refuses a ledger with a higher one.
pub const FORMAT: i64 = 1;

/// PostgreSQL's code for it, and MySQL's.
const UNDEFINED_COLUMN: [&str; 2] = ["42703", "1054"];

/// How far a revision has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stage {
    /// All of its upgrade was done.
    Applied,
    /// One of its sides was begun, in several transactions, and is not finished.
    Half {
        /// The side.
        direction: Direction,
        /// How many of its statements are done.
        done: usize,
        /// The next statement may have been done as well; the process ended before it could
        /// say so.
        in_doubt: bool,
        /// What the catalog said before the statement in doubt, where that tells whether it was
        /// done.
        seen: String,
        /// The checksum of the statements that are done.
        begun: String,
    },
}

/// A revision as the ledger knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its id.
    pub id: String,
    /// The ids of its parents.
    pub parents: Vec<String>,
    /// What it named as its dependencies.
    pub depends_on: Vec<String>,
    /// What it is for.
    pub message: String,
    /// The checksum of both its sides, over normalised text.
    pub checksum: String,
    /// The text of its downgrade, so that it can be undone when its file is gone.
    pub downgrade: String,
    /// How far it has come.
    pub stage: Stage,
    /// When it was applied, in UTC.
    pub applied_at: String,
    /// How long that took.
    pub duration_ms: u64,
    /// By whom, as `user@host`.
    pub applied_by: String,
    /// The version of autogen that did it.
    pub tool: String,
}

/// What the ledger says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State {
    /// Whether there is a ledger.
    pub exists: bool,
    /// The revisions, by id.
    pub entries: BTreeMap<String, Entry>,
}

impl State {
    /// The ids of the revisions that are applied; one that is half undone still counts.
    pub fn applied(&self) -> BTreeSet<String> {
        let applied = self.entries.values().filter(|entry| entry.is_applied());
        applied.map(|entry| entry.id.clone()).collect()
    }

    /// The applied revisions that no other applied revision stands on.
    pub fn heads(&self) -> Vec<&str> {
        let applied = || self.entries.values().filter(|entry| entry.is_applied());
        let below: BTreeSet<&String> = applied().flat_map(|entry| &entry.parents).collect();
        applied().map(|entry| &entry.id).filter(|id| !below.contains(id)).map(|id| &**id).collect()
    }

    /// The revision that was begun and not finished, if there is one.
    pub fn half(&self) -> Option<&Entry> {
        self.entries.values().find(|entry| entry.stage != Stage::Applied)
    }

    /// Where the database is, in words.
    pub fn position(&self) -> String {
        let heads = self.heads();
        let at = if heads.is_empty() { "base".to_owned() } else { heads.join(", ") };
        match self.half() {
            Some(entry) => format!("{at}, with {} half done", entry.id),
            None => at,
        }
    }
}

impl Entry {
    /// Whether all of its upgrade was done, whatever came after.
    pub fn is_applied(&self) -> bool {
        !matches!(self.stage, Stage::Half { direction: Direction::Upgrade, .. })
    }
}

impl Ledger {
    /// Reads the ledger; a database without one has nothing applied. Never writes.
    pub async fn read(&self, db: &mut Database) -> Result<State> {
        if !db.has_table(self.schema(), self.table()).await? {
            return Ok(State::default());
        }
        self.check_format(db).await?;
        let rows = db.query_text_rows(&self.select_entries(), &[]).await?;
        let mut entries = BTreeMap::new();
        for row in rows {
            let entry = self.entry(row)?;
            entries.insert(entry.id.clone(), entry);
        }
        Ok(State { exists: true, entries })
    }

    /// The statements that create what is missing of it. To ask first spares a role that may not
    /// create anything the refusal.
    pub(crate) async fn missing(&self, db: &mut Database) -> db::Result<Vec<String>> {
        let mut statements = Vec::new();
        for (table, create) in [self.table(), self.log_table()].into_iter().zip(self.create()) {
            if !db.has_table(self.schema(), table).await? {
                statements.push(create);
            }
        }
        let home = self.schema().or_else(|| db.default_namespace()).map(str::to_owned);
        if !statements.is_empty()
            && let Some(namespace) = home
            && !db.has_namespace(&namespace).await?
        {
            statements.insert(0, self.create_namespace(&namespace));
        }
        Ok(statements)
    }

    async fn check_format(&self, db: &mut Database) -> Result<()> {
        let rows = db.query_text_rows(&self.select_format(), &[]).await.map_err(|failure| {
            let undefined = UNDEFINED_COLUMN.iter().any(|code| failure.is(code));
            if !failure.message.contains("no such column") && !undefined {
                return failure.into_error();
            }
            let message = format!("the table {} is no ledger: {failure}", self.table());
            Error::new(Kind::Database, message)
                .help("another program may own it; name another table by `ledger` under [database]")
        })?;
        let mut row = rows.into_iter().flatten();
        let format = row.next().flatten().and_then(|format| format.parse::<i64>().ok());
        let tool = row.next().flatten().unwrap_or_default();
        match format {
            Some(format) if format > FORMAT => {
                let message = format!(
                    "the ledger {} was written by autogen {tool}, in format {format}; this is \
                     autogen {} and knows format {FORMAT}",
                    self.table(),
                    env!("CARGO_PKG_VERSION"),
                );
                Err(Error::new(Kind::Database, message).help(format!("install autogen {tool}")))
            }
            _ => Ok(()),
        }
    }

    fn entry(&self, row: Vec<Option<String>>) -> Result<Entry> {
        let damaged = |what: &str| {
            let message = format!("the ledger {} is damaged: {what}", self.table());
            Error::new(Kind::Database, message)
        };
        let columns: [Option<String>; statements::ENTRY_COLUMNS.len()] =
            row.try_into().map_err(|_| damaged("it has other columns than it should"))?;
        let [
            id,
            parents,
            depends_on,
            message,
            checksum,
            downgrade,
            state,
            done,
            in_doubt,
            seen,
            begun,
            applied_at,
            duration,
            applied_by,
            tool,
        ] = columns.map(Option::unwrap_or_default);
        let ids = |text: &str| {
            let list: std::result::Result<Vec<String>, _> = serde_json::from_str(text);
            list.map_err(|_| damaged(&format!("revision {id} has parents `{text}`")))
        };
        let number = |text: &str| text.parse::<u64>().unwrap_or_default();
        let half = |direction| Stage::Half {
            direction,
            done: usize::try_from(number(&done)).unwrap_or_default(),
            in_doubt: in_doubt == "1",
            seen: seen.clone(),
            begun: begun.clone(),
        };
        let stage = match state.as_str() {
            "applied" => Stage::Applied,
            "upgrading" => half(Direction::Upgrade),
            "downgrading" => half(Direction::Downgrade),
            _ => return Err(damaged(&format!("revision {id} has the state `{state}`"))),
        };
        let (parents, depends_on) = (ids(&parents)?, ids(&depends_on)?);
        let duration_ms = number(&duration);
        Ok(Entry {
            id,
            parents,
            depends_on,
            message,
            checksum,
            downgrade,
            stage,
            applied_at,
            duration_ms,
            applied_by,
            tool,
        })
    }
}
