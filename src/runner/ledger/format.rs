//! The shape of the ledger's tables, and how tables of an older shape are brought up to it: read as
//! they are, and given what they lack by the next write.

use super::statements::Ledger;
use super::{FORMAT, State};
use crate::db::{self, Database, Relation};
use crate::error::{Error, Kind, Result};

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Holds {
    /// What is compared: ids and words.
    Word,
    /// What may be long.
    Text,
    Number,
    /// Some integers end after 24 days.
    Milliseconds,
}

/// A column of the ledger.
#[derive(Clone, Copy, Debug)]
pub(super) struct Column {
    pub(super) name: &'static str,
    pub(super) holds: Holds,
    /// A table without it is no ledger, and is left alone.
    is_core: bool,
    /// Whether the database fills it where nothing is said: a later addition, unknown to versions
    /// that wrote the same format.
    pub(super) is_filled: bool,
}

const fn core(name: &'static str, holds: Holds) -> Column {
    Column { name, holds, is_core: true, is_filled: false }
}

/// A table that lacks it is given it, empty or zero.
const fn more(name: &'static str, holds: Holds) -> Column {
    Column { name, holds, is_core: false, is_filled: false }
}

/// Whose rows they are.
pub(super) const PROJECT: Column = more("project", Holds::Word);

/// The version of the shape that a row was written in.
pub(super) const ROW_FORMAT: Column = core("format", Holds::Number);

/// How the log is ordered.
const SEQUENCE: Column = core("sequence", Holds::Number);

/// The columns of an entry, in the order in which they are read.
pub(super) const ENTRY_COLUMNS: [Column; 15] = [
    core("id", Holds::Word),
    core("parents", Holds::Text),
    more("depends_on", Holds::Text),
    more("message", Holds::Text),
    core("checksum", Holds::Word),
    more("downgrade", Holds::Text),
    core("state", Holds::Word),
    more("statements_done", Holds::Number),
    more("in_doubt", Holds::Number),
    more("seen", Holds::Text),
    more("begun", Holds::Word),
    more("applied_at", Holds::Word),
    more("duration_ms", Holds::Milliseconds),
    more("applied_by", Holds::Text),
    more("tool", Holds::Word),
];

/// The columns of an event, in the order in which they are read.
pub(super) const EVENT_COLUMNS: [Column; 10] = [
    core("attempt", Holds::Word),
    more("revision", Holds::Text),
    core("action", Holds::Word),
    core("event", Holds::Word),
    more("at", Holds::Word),
    more("duration_ms", Holds::Milliseconds),
    more("actor", Holds::Text),
    more("tool", Holds::Word),
    more("note", Holds::Text),
    Column { name: "tag", holds: Holds::Word, is_core: false, is_filled: true },
];

/// MySQL's code for a column that is there already.
const DUPLICATE_COLUMN: &str = "1060";

impl Ledger {
    /// The table of the applied revisions; none when there is no such table.
    pub(super) async fn home(&self, db: &mut Database) -> Result<Option<Relation>> {
        let found = db.relation(self.schema(), self.table()).await?;
        let entries = ENTRY_COLUMNS.into_iter().chain([ROW_FORMAT]);
        self.judged(found, self.table(), entries)
    }

    /// The table of the attempts; none when there is no such table.
    pub(super) async fn log_home(&self, db: &mut Database) -> Result<Option<Relation>> {
        let found = db.relation(self.schema(), self.log_table()).await?;
        let events = EVENT_COLUMNS.into_iter().chain([ROW_FORMAT, SEQUENCE]);
        self.judged(found, self.log_table(), events)
    }

    fn judged(
        &self,
        found: Option<Relation>,
        table: &str,
        columns: impl Iterator<Item = Column>,
    ) -> Result<Option<Relation>> {
        let Some(relation) = found else { return Ok(None) };
        let no_ledger = |why: String| {
            let message = format!("the table {table} is no ledger: {why}");
            Err(Error::new(Kind::Database, message)
                .help("another program may own it; name another table by `ledger` under [database]")
                .help(format!(
                    "if it was a ledger: rename {table}, then `autogen stamp REV` writes a new one"
                )))
        };
        if !relation.is_table {
            return no_ledger("it is a view".to_owned());
        }
        let lacks = |column: &Column| column.is_core && !relation.has(column.name);
        let lacking: Vec<&str> = columns.filter(lacks).map(|column| column.name).collect();
        match lacking.is_empty() {
            true => Ok(Some(relation)),
            false => no_ledger(format!("it has no column {}", lacking.join(", "))),
        }
    }

    /// The statements that create what is missing of it, and bring up to date what is there. To ask
    /// first spares a role that may not create anything the refusal.
    pub(crate) async fn upkeep(&self, db: &mut Database, state: &State) -> Result<Vec<String>> {
        let mut statements = Vec::new();
        let mut creates = false;
        let [revisions, log] = self.create();
        for (table, home, create, columns) in [
            (self.table(), self.home(db).await?, revisions, &ENTRY_COLUMNS[..]),
            (self.log_table(), self.log_home(db).await?, log, &EVENT_COLUMNS[..]),
        ] {
            let Some(relation) = home else {
                creates = true;
                statements.push(create);
                continue;
            };
            let lacks = |column: &&Column| self.keeps(column) && !relation.has(column.name);
            let lacking = columns.iter().chain([&PROJECT]).filter(lacks);
            statements.extend(lacking.map(|column| self.add_column(table, column)));
        }
        let home = self.schema().or_else(|| db.default_namespace()).map(str::to_owned);
        if creates
            && let Some(namespace) = home
            && !db.has_namespace(&namespace).await?
        {
            statements.insert(0, self.create_namespace(&namespace));
        }
        if state.unowned && !self.project().is_empty() {
            statements.push(self.take_over());
        }
        Ok(statements)
    }
}

/// Whether a statement of the upkeep failed because another session was faster.
pub(crate) fn was_done(failure: &db::Failure) -> bool {
    failure.is(DUPLICATE_COLUMN)
}

/// Refuses rows that a newer version wrote in another shape.
pub(super) fn check(table: &str, format: Option<&str>, tool: &str) -> Result<()> {
    match format.and_then(|format| format.parse::<i64>().ok()) {
        Some(format) if format > FORMAT => {
            let message = format!(
                "the ledger {table} was written by autogen {tool}, in format {format}; this is \
                 autogen {} and knows format {FORMAT}",
                env!("CARGO_PKG_VERSION"),
            );
            Err(Error::new(Kind::Database, message).help(format!("install autogen {tool}")))
        }
        _ => Ok(()),
    }
}
