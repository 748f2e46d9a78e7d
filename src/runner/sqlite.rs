//! What SQLite asks of a runner: which statements must stay out of a transaction or out of a
//! revision, and the check that takes the place of enforced foreign keys during a rebuild.

use std::collections::BTreeSet;

use autogen_model::Diagnostic;

use crate::db::{self, Database};
use crate::revision::Statement;
use crate::sql::{Syntax, TokenKind, tokens, unquote};

/// A session setting that the runner has to know of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pragma {
    ForeignKeysOff,
    ForeignKeysOther,
    LegacyAlter,
    JournalMode,
}

/// The session setting that a statement makes, if it is one of those.
pub(super) fn pragma(sql: &str) -> Option<Pragma> {
    let words = words(sql);
    let [first, name, rest @ ..] = words.as_slice() else { return None };
    if first != "PRAGMA" {
        return None;
    }
    // `PRAGMA main.foreign_keys = OFF` sets the same.
    let (name, rest) = match rest {
        [dot, real, rest @ ..] if dot == "." => (real, rest),
        _ => (name, rest),
    };
    let value = rest.iter().find(|word| !matches!(word.as_str(), "=" | "("))?;
    let off = matches!(value.as_str(), "OFF" | "NO" | "FALSE" | "0");
    match name.as_str() {
        "FOREIGN_KEYS" if off => Some(Pragma::ForeignKeysOff),
        "FOREIGN_KEYS" => Some(Pragma::ForeignKeysOther),
        "LEGACY_ALTER_TABLE" => Some(Pragma::LegacyAlter),
        "JOURNAL_MODE" => Some(Pragma::JournalMode),
        _ => None,
    }
}

/// Why a statement cannot stand in a revision.
pub(super) fn forbidden(statement: &Statement, pragma: Option<Pragma>) -> Option<Diagnostic> {
    let refuse = |message: &str, help: &str| {
        let report = Diagnostic::new(message).at(statement.place.clone(), "this statement");
        Some(report.help(help))
    };
    if pragma == Some(Pragma::JournalMode) {
        return refuse(
            "SQLite ignores journal_mode inside a transaction",
            "put it in a step of its own: `-- autogen: step autocommit`",
        );
    }
    if pragma.is_some() {
        return refuse(
            "this setting can only stand at the top of a step that runs in a transaction",
            "SQLite ignores foreign_keys inside a transaction; put `PRAGMA foreign_keys = OFF` \
             first, and leave out the way back: the runner restores both settings",
        );
    }
    match words(&statement.sql).first().map(String::as_str) {
        Some(word @ ("BEGIN" | "COMMIT" | "END" | "ROLLBACK" | "SAVEPOINT" | "RELEASE")) => refuse(
            &format!("{word} cannot stand in a revision: the runner begins and ends transactions"),
            "leave it out; `-- autogen: step autocommit` runs statements outside a transaction",
        ),
        _ => None,
    }
}

/// Whether SQLite refuses the statement inside a transaction, or ignores it there. All of these
/// can be repeated without harm.
pub(super) fn must_be_bare(sql: &str) -> bool {
    let words = words(sql);
    matches!(words.first().map(String::as_str), Some("VACUUM" | "PRAGMA" | "ATTACH" | "DETACH"))
}

/// Whether what the statement does ends with the connection, so that a run that goes on where
/// another was cut short must do it again.
pub(super) fn is_of_connection(sql: &str) -> bool {
    matches!(words(sql).first().map(String::as_str), Some("ATTACH" | "DETACH"))
}

/// The words and symbols of a statement, in upper case and without quotes.
fn words(sql: &str) -> Vec<String> {
    tokens(sql, Syntax::SQLITE)
        .filter(|token| !matches!(token.kind, TokenKind::Space | TokenKind::Comment))
        .map(|token| unquote(&sql[token.range]).to_ascii_uppercase())
        .take(6)
        .collect()
}

/// Rows whose foreign key points nowhere, before a rebuild.
#[derive(Clone, Debug)]
pub(super) enum Orphans {
    /// The rows: table, row, parent.
    Rows(BTreeSet<[String; 3]>),
    /// A key names columns that are not unique, so SQLite cannot tell.
    Unknown(String),
}

/// The rows whose foreign key points nowhere.
pub(super) async fn orphans(db: &mut Database) -> Orphans {
    match rows(db).await {
        Ok(rows) => Orphans::Rows(rows),
        Err(failure) => Orphans::Unknown(failure.message),
    }
}

async fn rows(db: &mut Database) -> db::Result<BTreeSet<[String; 3]>> {
    let rows = db.query_text_rows("PRAGMA foreign_key_check", &[]).await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let mut columns = row.into_iter().map(Option::unwrap_or_default);
            [(); 3].map(|()| columns.next().unwrap_or_default())
        })
        .collect())
}

impl Default for Orphans {
    fn default() -> Self {
        Self::Rows(BTreeSet::new())
    }
}

/// What a rebuild broke: nothing, or a sentence for each row, at most ten of them.
pub(super) fn broken(before: &Orphans, after: &Orphans) -> Vec<String> {
    match (before, after) {
        (Orphans::Unknown(before), Orphans::Unknown(after)) if before == after => Vec::new(),
        (_, Orphans::Unknown(reason)) => vec![format!("foreign keys cannot be checked: {reason}")],
        (before, Orphans::Rows(after)) => {
            let none = BTreeSet::new();
            let known = match before {
                Orphans::Rows(rows) => rows,
                Orphans::Unknown(_) => &none,
            };
            let new: Vec<_> = after.difference(known).collect();
            let line = |row: &&[String; 3]| {
                let [table, row, parent] = row;
                let row = if row.is_empty() { "a row".to_owned() } else { format!("row {row}") };
                format!("{row} of {table} points to no row of {parent}")
            };
            let mut lines: Vec<String> = new.iter().take(10).map(line).collect();
            if new.len() > 10 {
                lines.push(format!("and {} more", new.len() - 10));
            }
            lines
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn session_settings_are_known_in_every_spelling() {
        for (sql, expected) in [
            ("PRAGMA foreign_keys = OFF", Some(Pragma::ForeignKeysOff)),
            ("pragma Main.Foreign_Keys(0)", Some(Pragma::ForeignKeysOff)),
            ("PRAGMA \"foreign_keys\" = 'no'", Some(Pragma::ForeignKeysOff)),
            ("/* on */ PRAGMA foreign_keys=ON", Some(Pragma::ForeignKeysOther)),
            ("PRAGMA legacy_alter_table = 1", Some(Pragma::LegacyAlter)),
            ("PRAGMA legacy_alter_table = OFF", Some(Pragma::LegacyAlter)),
            ("PRAGMA journal_mode = wal", Some(Pragma::JournalMode)),
            ("PRAGMA journal_mode", None),
            ("PRAGMA foreign_keys", None),
            ("PRAGMA foreign_key_check", None),
            ("SELECT 1", None),
        ] {
            assert_eq!(pragma(sql), expected, "{sql}");
        }
    }
}
