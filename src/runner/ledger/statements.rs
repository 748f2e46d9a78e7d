//! The ledger's own statements as SQL text: run by the runner, printed by `--sql`.

use super::{Entry, Event, FORMAT, Stage};
use crate::revision::Direction;

/// Where the ledger is: two tables, the second named after the first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ledger {
    schema: Option<String>,
    table: String,
    log: String,
    project: String,
}

/// The columns of an entry, in the order in which they are read.
pub(super) const ENTRY_COLUMNS: [&str; 14] = [
    "id",
    "parents",
    "depends_on",
    "message",
    "checksum",
    "downgrade",
    "state",
    "statements_done",
    "in_doubt",
    "begun",
    "applied_at",
    "duration_ms",
    "applied_by",
    "tool",
];

/// The columns of an event, in the order in which they are read.
pub(super) const EVENT_COLUMNS: [&str; 9] =
    ["attempt", "revision", "action", "event", "at", "duration_ms", "actor", "tool", "note"];

impl Ledger {
    /// The ledger of a configured name, `table` or `schema.table`.
    pub fn new(name: &str) -> Self {
        let (schema, table) = match name.split_once('.') {
            Some((schema, table)) => (Some(schema.to_owned()), table),
            None => (None, name),
        };
        let stem = table.strip_suffix("_revisions").unwrap_or(table);
        Self { schema, table: table.to_owned(), log: format!("{stem}_log"), project: String::new() }
    }

    /// The schema, when one is configured.
    pub fn schema(&self) -> Option<&str> {
        self.schema.as_deref()
    }

    /// The table of the applied revisions.
    pub fn table(&self) -> &str {
        &self.table
    }

    /// The table of the attempts.
    pub fn log_table(&self) -> &str {
        &self.log
    }

    /// Creates both tables where they are missing.
    pub fn create(&self) -> [String; 2] {
        let revisions = format!(
            "CREATE TABLE IF NOT EXISTS {} (
    project TEXT NOT NULL,
    id TEXT NOT NULL,
    parents TEXT NOT NULL,
    depends_on TEXT NOT NULL,
    message TEXT NOT NULL,
    checksum TEXT NOT NULL,
    downgrade TEXT NOT NULL,
    state TEXT NOT NULL,
    statements_done INTEGER NOT NULL,
    in_doubt INTEGER NOT NULL,
    begun TEXT NOT NULL,
    applied_at TEXT NOT NULL,
    duration_ms INTEGER NOT NULL,
    applied_by TEXT NOT NULL,
    tool TEXT NOT NULL,
    format INTEGER NOT NULL,
    PRIMARY KEY (project, id)
)",
            self.qualified(&self.table)
        );
        let log = format!(
            "CREATE TABLE IF NOT EXISTS {} (
    sequence INTEGER NOT NULL PRIMARY KEY,
    project TEXT NOT NULL,
    attempt TEXT NOT NULL,
    revision TEXT NOT NULL,
    action TEXT NOT NULL,
    event TEXT NOT NULL,
    at TEXT NOT NULL,
    duration_ms INTEGER NOT NULL,
    actor TEXT NOT NULL,
    tool TEXT NOT NULL,
    note TEXT NOT NULL,
    format INTEGER NOT NULL
)",
            self.qualified(&self.log)
        );
        [revisions, log]
    }

    /// Records a revision, in place of what was recorded of it before.
    pub fn record(&self, entry: &Entry) -> [String; 2] {
        let list = |ids: &[String]| serde_json::Value::from(ids.to_vec()).to_string();
        let (state, done, in_doubt, begun) = match &entry.stage {
            Stage::Applied => ("applied", 0, false, ""),
            Stage::Half { direction, done, in_doubt, begun } => {
                let state = match direction {
                    Direction::Upgrade => "upgrading",
                    Direction::Downgrade => "downgrading",
                };
                (state, *done, *in_doubt, begun.as_str())
            }
        };
        let values = [
            text(&entry.id),
            text(&list(&entry.parents)),
            text(&list(&entry.depends_on)),
            text(&entry.message),
            text(&entry.checksum),
            text(&entry.downgrade),
            text(state),
            done.to_string(),
            u8::from(in_doubt).to_string(),
            text(begun),
            text(&entry.applied_at),
            entry.duration_ms.to_string(),
            text(&entry.applied_by),
            text(&entry.tool),
        ];
        let insert = self.insert(&self.table, &ENTRY_COLUMNS, &values);
        [self.forget(&entry.id), insert]
    }

    /// Removes a revision from the applied ones.
    pub fn forget(&self, id: &str) -> String {
        let table = self.qualified(&self.table);
        format!("DELETE FROM {table} WHERE project = {} AND id = {}", text(&self.project), text(id))
    }

    /// Adds an event to the log.
    pub(crate) fn log(&self, event: &Event) -> String {
        let values = [
            text(&event.attempt),
            text(&event.revision),
            text(event.action.word()),
            text(event.what.word()),
            text(&event.at),
            event.duration_ms.to_string(),
            text(&event.actor),
            text(&event.tool),
            text(&event.note),
        ];
        self.insert(&self.log, &EVENT_COLUMNS, &values)
    }

    pub(super) fn select_entries(&self) -> String {
        format!(
            "SELECT {} FROM {} WHERE project = {} ORDER BY id",
            ENTRY_COLUMNS.join(", "),
            self.qualified(&self.table),
            text(&self.project),
        )
    }

    pub(super) fn select_events(&self) -> String {
        format!(
            "SELECT {} FROM {} WHERE project = {} ORDER BY sequence",
            EVENT_COLUMNS.join(", "),
            self.qualified(&self.log),
            text(&self.project),
        )
    }

    pub(super) fn select_end(&self) -> String {
        format!("SELECT max(sequence) FROM {}", self.qualified(&self.log))
    }

    /// The highest format that anything was written in, and the tool that wrote it.
    pub(super) fn select_format(&self) -> String {
        let table = self.qualified(&self.table);
        format!("SELECT format, tool FROM {table} ORDER BY format DESC LIMIT 1")
    }

    fn insert(&self, table: &str, columns: &[&str], values: &[String]) -> String {
        format!(
            "INSERT INTO {} (project, {}, format) VALUES ({}, {}, {FORMAT})",
            self.qualified(table),
            columns.join(", "),
            text(&self.project),
            values.join(", "),
        )
    }

    fn qualified(&self, table: &str) -> String {
        let quote = |name: &str| format!("\"{}\"", name.replace('"', "\"\""));
        match &self.schema {
            Some(schema) => format!("{}.{}", quote(schema), quote(table)),
            None => quote(table),
        }
    }
}

/// A string literal. No database takes a NUL inside one.
fn text(value: &str) -> String {
    format!("'{}'", value.replace('\'', "''").replace('\0', "\u{fffd}"))
}
