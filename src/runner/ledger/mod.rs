//! The ledger: what the database says was applied, and the log of every attempt.

mod attempts;
mod format;
mod statements;

use std::collections::{BTreeMap, BTreeSet};

use crate::db::{Database, TextRow};
use crate::error::{Error, Kind, Result};
use crate::revision::Direction;

pub use attempts::{Action, Attempt, Outcome};
pub(crate) use attempts::{Event, What};
pub(crate) use format::was_done;
pub use statements::Ledger;

/// The version of the ledger's tables. A tool refuses a ledger with a higher one.
pub const FORMAT: i64 = 1;

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

/// A row that cannot be what autogen wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damage {
    /// The revision that it names; empty when it names none.
    pub id: String,
    /// What is wrong with it.
    pub what: String,
    /// Whether it counts as applied all the same.
    pub is_applied: bool,
}

/// What the ledger says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State {
    /// Whether there is a ledger.
    pub exists: bool,
    /// The project that its rows belong to; empty while they belong to nobody.
    pub project: String,
    /// Whether it has rows that belong to nobody; the next write takes them over.
    pub unowned: bool,
    /// The rows that make no sense; they hide no others.
    pub damaged: Vec<Damage>,
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

    /// Whether the text of its downgrade can undo it.
    pub fn has_downgrade(&self) -> bool {
        !self.downgrade.contains("-- autogen: irreversible")
    }
}

impl Ledger {
    /// Reads the ledger; a database without one has nothing applied. Refuses one of another
    /// project. Never writes.
    pub async fn read(&self, db: &mut Database) -> Result<State> {
        let state = self.read_of_anybody(db).await?;
        self.refuse_others(db, &state)?;
        Ok(state)
    }

    /// As `read`, whosever it is. Of several projects, the first that is not this one is named.
    pub(crate) async fn read_of_anybody(&self, db: &mut Database) -> Result<State> {
        let Some(home) = self.home(db).await? else { return Ok(State::default()) };
        let mut rows = db.query_text_rows(&self.select_entries(&home), &[]).await?;
        let owners: Vec<(String, Option<String>)> = rows.iter_mut().map(take_owner).collect();
        let newest = owners.iter().zip(&rows).max_by_key(|((_, format), _)| number(format));
        if let Some(((_, format), row)) = newest {
            let tool = row.last().cloned().flatten().unwrap_or_default();
            format::check(self.table(), format.as_deref(), &tool)?;
        }
        let mut state = State { exists: true, ..State::default() };
        for (project, _) in owners {
            state.unowned |= project.is_empty();
            let is_first = state.project.is_empty() || state.project == self.project();
            if is_first && !project.is_empty() {
                state.project = project;
            }
        }
        for row in rows {
            state.take(row);
        }
        Ok(state)
    }

    /// Two projects in one ledger would undo each other's revisions.
    fn refuse_others(&self, db: &Database, state: &State) -> Result<()> {
        let (ours, theirs) = (self.project(), state.project.as_str());
        if ours.is_empty() || theirs.is_empty() || ours == theirs {
            return Ok(());
        }
        let message = format!(
            "the ledger {} in {} belongs to the project `{theirs}`, and this is the project `{ours}`",
            self.table(),
            db.url(),
        );
        Err(Error::new(Kind::Database, message)
            .help("if this is not the database that was meant: name another by `--database-url`")
            .help(
                "to keep both projects in one database, name another table by `ledger` under \
                 [database]",
            )
            .help(format!(
                "if `{theirs}` is an older name of this project: `autogen repair --adopt`"
            )))
    }
}

impl State {
    /// Takes a row in, as far as it makes sense.
    fn take(&mut self, row: TextRow) {
        let Ok(columns) = <[Option<String>; format::ENTRY_COLUMNS.len()]>::try_from(row) else {
            return;
        };
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
        let whole = |text: &str| text.parse::<u64>().unwrap_or_default();
        let half = |direction| Stage::Half {
            direction,
            done: usize::try_from(whole(&done)).unwrap_or_default(),
            in_doubt: in_doubt == "1",
            seen: seen.clone(),
            begun: begun.clone(),
        };
        let stage = match state.as_str() {
            "applied" => Some(Stage::Applied),
            "upgrading" => Some(half(Direction::Upgrade)),
            "downgrading" => Some(half(Direction::Downgrade)),
            _ => None,
        };
        let duration_ms = whole(&duration);
        let mut damage = |is_applied, what| {
            self.damaged.push(Damage { id: id.clone(), what, is_applied });
        };
        let mut ids = |text: &str, what: &str| {
            let list: std::result::Result<Vec<String>, _> = serde_json::from_str(text);
            list.unwrap_or_else(|_| {
                damage(stage.is_some(), format!("{id} has the {what} `{text}`, which are no list"));
                Vec::new()
            })
        };
        let parents = ids(&parents, "parents");
        // A table that was given the column later has nothing in it.
        let depends_on = match depends_on.as_str() {
            "" => Vec::new(),
            text => ids(text, "dependencies"),
        };
        match stage {
            _ if id.is_empty() => damage(false, "a row names no revision".to_owned()),
            _ if self.entries.contains_key(&id) => {
                damage(false, format!("{id} has more than one row"));
            }
            None => damage(false, format!("{id} has the state `{state}`, which means nothing")),
            Some(stage) => {
                let entry = Entry {
                    id: id.clone(),
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
                };
                self.entries.insert(id, entry);
            }
        }
    }
}

/// Takes whose row it is, and its format, off a row.
fn take_owner(row: &mut TextRow) -> (String, Option<String>) {
    let mut owner = row.drain(..2.min(row.len()));
    (owner.next().flatten().unwrap_or_default(), owner.next().flatten())
}

fn number(text: &Option<String>) -> i64 {
    text.as_deref().and_then(|text| text.parse().ok()).unwrap_or_default()
}
