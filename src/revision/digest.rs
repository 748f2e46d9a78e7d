//! What a revision amounts to, told from its text: its checksum and the tables it makes.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

use super::{Direction, Revision, split};
use crate::sql::{TokenKind, tokens, unquote};

/// The checksum of the two sides that hold for a dialect. It looks through line ends, a byte
/// order mark, space at the end of lines and blank lines at the end, so that an editor or git
/// cannot change it, and through sides that are for other dialects.
pub fn checksum(revision: &Revision, dialect: &str) -> String {
    let mut hash = Sha256::new();
    for direction in [Direction::Upgrade, Direction::Downgrade] {
        hash.update(direction.word());
        hash.update("\n");
        hash.update(normalised(revision.side_text(direction, dialect).unwrap_or_default()));
    }
    hash.finalize().iter().fold(String::new(), |mut hex, byte| {
        // Writing to a string cannot fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

fn normalised(text: &str) -> String {
    let mut lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    while lines.last().is_some_and(|line| line.is_empty()) {
        lines.pop();
    }
    let first = lines.iter().position(|line| !line.is_empty()).unwrap_or_default();
    lines[first..].iter().map(|line| format!("{line}\n")).collect()
}

/// The tables that exist because of these revisions, taken in order: created or renamed by the
/// upgrade sides of a dialect, and not dropped or renamed since. A name is written as in the
/// file, without quotes, with its schema if one is given. PostgreSQL folds to lower case what is
/// not quoted, so here it is folded too.
pub fn created_tables<'a>(
    revisions: impl IntoIterator<Item = &'a Revision>,
    dialect: &str,
) -> BTreeSet<String> {
    let mut tables = BTreeSet::new();
    for revision in revisions {
        if let Some(text) = revision.side_text(Direction::Upgrade, dialect) {
            follow(text, dialect, &mut tables);
        }
    }
    tables
}

fn follow(text: &str, dialect: &str, tables: &mut BTreeSet<String>) {
    let syntax = split::syntax(dialect);
    let solid = |kind| !matches!(kind, TokenKind::Space | TokenKind::Comment);
    let mut words = Words {
        parts: tokens(text, syntax)
            .filter(|token| solid(token.kind))
            .map(|token| (token.kind, &text[token.range]))
            .collect(),
        at: 0,
        fold: dialect == "postgres",
    };
    while words.at < words.parts.len() {
        if !words.statement(tables) {
            words.at += 1;
        }
    }
}

/// The tokens of a side, read from left to right.
struct Words<'a> {
    parts: Vec<(TokenKind, &'a str)>,
    at: usize,
    fold: bool,
}

impl Words<'_> {
    /// Reads a statement that makes, renames or drops tables, if one starts here.
    fn statement(&mut self, tables: &mut BTreeSet<String>) -> bool {
        let start = self.at;
        let known = self.create(tables) || self.rename(tables) || self.drop(tables);
        if !known {
            self.at = start;
        }
        known
    }

    fn create(&mut self, tables: &mut BTreeSet<String>) -> bool {
        let start = self.at;
        if !self.word("CREATE") {
            return false;
        }
        let _ = self.words(&["OR", "REPLACE"]);
        let _ = self.word("UNLOGGED") || self.word("FOREIGN") || self.word("VIRTUAL");
        if !self.word("TABLE") {
            self.at = start;
            return false;
        }
        let _ = self.words(&["IF", "NOT", "EXISTS"]);
        self.name().is_some_and(|name| {
            tables.insert(name);
            true
        })
    }

    /// `ALTER TABLE a RENAME TO b`, and MySQL's `RENAME TABLE a TO b, c TO d`.
    fn rename(&mut self, tables: &mut BTreeSet<String>) -> bool {
        let start = self.at;
        let list = self.words(&["RENAME", "TABLE"]);
        if !list && !self.words(&["ALTER", "TABLE"]) {
            return false;
        }
        loop {
            let _ = self.words(&["IF", "EXISTS"]);
            let _ = self.word("ONLY");
            let old = self.name();
            if !list && !self.word("RENAME") {
                self.at = start;
                return false;
            }
            let renamed = self.word("TO") || (!list && self.word("AS"));
            let (Some(old), true) = (old, renamed) else {
                self.at = start;
                return false;
            };
            let Some(new) = self.name() else { return false };
            tables.remove(&old);
            // PostgreSQL's and SQLite's new name has no schema: the table stays where it is.
            let schema = old.rsplit_once('.').map(|(schema, _)| schema);
            tables.insert(match schema.filter(|_| !new.contains('.')) {
                Some(schema) => format!("{schema}.{new}"),
                None => new,
            });
            if !list || !self.symbol(",") {
                return true;
            }
        }
    }

    fn drop(&mut self, tables: &mut BTreeSet<String>) -> bool {
        if !self.words(&["DROP", "TABLE"]) {
            return false;
        }
        let _ = self.words(&["IF", "EXISTS"]);
        while let Some(name) = self.name() {
            tables.remove(&name);
            if !self.symbol(",") {
                break;
            }
        }
        true
    }

    fn words(&mut self, words: &[&str]) -> bool {
        let start = self.at;
        let all = words.iter().all(|word| self.word(word));
        if !all {
            self.at = start;
        }
        all
    }

    fn word(&mut self, word: &str) -> bool {
        self.accept(|kind, part| kind == TokenKind::Word && part.eq_ignore_ascii_case(word))
    }

    fn symbol(&mut self, symbol: &str) -> bool {
        self.accept(|kind, part| kind == TokenKind::Symbol && part == symbol)
    }

    fn accept(&mut self, test: impl Fn(TokenKind, &str) -> bool) -> bool {
        let found = self.parts.get(self.at).is_some_and(|(kind, part)| test(*kind, part));
        self.at += usize::from(found);
        found
    }

    /// A name with its schema.
    fn name(&mut self) -> Option<String> {
        let mut name = self.part()?;
        while self.symbol(".") {
            name = format!("{name}.{}", self.part()?);
        }
        Some(name)
    }

    fn part(&mut self) -> Option<String> {
        let (kind, part) = *self.parts.get(self.at)?;
        let name = match kind {
            TokenKind::Word if self.fold => part.to_lowercase(),
            TokenKind::Word => part.to_owned(),
            TokenKind::Quoted | TokenKind::String => unquote(part),
            _ => return None,
        };
        self.at += 1;
        Some(name)
    }
}
