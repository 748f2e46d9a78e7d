//! What exists because of revisions, told from their text.

use std::collections::BTreeSet;

use super::{Direction, Revision, split};
use crate::sql::{TokenKind, tokens, unquote};

/// What exists because of revisions, taken in order: created or renamed by the upgrade sides of a
/// dialect, and not dropped or renamed since. A name is written as in the file, without quotes, with
/// its schema if one is given. PostgreSQL folds to lower case what is not quoted, so here it is
/// folded too.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Created {
    /// Tables.
    pub tables: BTreeSet<String>,
    /// Named types.
    pub types: BTreeSet<String>,
    /// Namespaces.
    pub namespaces: BTreeSet<String>,
}

/// What these revisions made.
pub fn created<'a>(revisions: impl IntoIterator<Item = &'a Revision>, dialect: &str) -> Created {
    let mut created = Created::default();
    for revision in revisions {
        if let Some(text) = revision.side_text(Direction::Upgrade, dialect) {
            follow(text, dialect, &mut created);
        }
    }
    created
}

fn follow(text: &str, dialect: &str, created: &mut Created) {
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
        if !words.statement(created) {
            words.at += 1;
        }
    }
}

/// What kind of thing a statement is about.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Thing {
    Table,
    Type,
    Namespace,
}

impl Created {
    fn of(&mut self, thing: Thing) -> &mut BTreeSet<String> {
        match thing {
            Thing::Table => &mut self.tables,
            Thing::Type => &mut self.types,
            Thing::Namespace => &mut self.namespaces,
        }
    }

    fn rename(&mut self, thing: Thing, old: &str, new: String) {
        if thing == Thing::Namespace {
            for names in [&mut self.tables, &mut self.types] {
                let moved = |name: String| match name.split_once('.') {
                    Some((schema, name)) if schema == old => format!("{new}.{name}"),
                    _ => name,
                };
                *names = std::mem::take(names).into_iter().map(moved).collect();
            }
        }
        self.of(thing).remove(old);
        self.of(thing).insert(new);
    }
}

/// The tokens of a side, read from left to right.
struct Words<'a> {
    parts: Vec<(TokenKind, &'a str)>,
    at: usize,
    fold: bool,
}

impl Words<'_> {
    /// Reads a statement that makes, renames or drops such a thing, if one starts here.
    fn statement(&mut self, created: &mut Created) -> bool {
        let start = self.at;
        let known = self.create(created) || self.rename(created) || self.drop(created);
        if !known {
            self.at = start;
        }
        known
    }

    fn thing(&mut self) -> Option<Thing> {
        let things = [("TABLE", Thing::Table), ("TYPE", Thing::Type), ("SCHEMA", Thing::Namespace)];
        things.into_iter().find(|(word, _)| self.word(word)).map(|(_, thing)| thing)
    }

    fn create(&mut self, created: &mut Created) -> bool {
        let start = self.at;
        if !self.word("CREATE") {
            return false;
        }
        let _ = self.words(&["OR", "REPLACE"]);
        let _ = self.word("UNLOGGED") || self.word("FOREIGN") || self.word("VIRTUAL");
        let Some(thing) = self.thing() else {
            self.at = start;
            return false;
        };
        let _ = self.words(&["IF", "NOT", "EXISTS"]);
        self.name().is_some_and(|name| {
            created.of(thing).insert(name);
            true
        })
    }

    /// `ALTER TABLE a RENAME TO b`, `ALTER TABLE a SET SCHEMA b`, the same of types and schemas, and
    /// MySQL's `RENAME TABLE a TO b, c TO d`.
    fn rename(&mut self, created: &mut Created) -> bool {
        let start = self.at;
        let list = self.words(&["RENAME", "TABLE"]);
        let thing = match list {
            true => Some(Thing::Table),
            false if self.word("ALTER") => self.thing(),
            false => None,
        };
        let Some(thing) = thing else {
            self.at = start;
            return false;
        };
        loop {
            let _ = self.words(&["IF", "EXISTS"]);
            let _ = self.word("ONLY");
            let old = self.name();
            if !list && self.words(&["SET", "SCHEMA"]) {
                let Some((old, home)) = old.zip(self.name()) else { return false };
                let own = old.rsplit_once('.').map_or(old.as_str(), |(_, own)| own);
                created.rename(thing, &old, format!("{home}.{own}"));
                return true;
            }
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
            // PostgreSQL's and SQLite's new name has no schema: the table stays where it is.
            let schema = old.rsplit_once('.').map(|(schema, _)| schema);
            let new = match schema.filter(|_| !new.contains('.')) {
                Some(schema) => format!("{schema}.{new}"),
                None => new,
            };
            created.rename(thing, &old, new);
            if !list || !self.symbol(",") {
                return true;
            }
        }
    }

    fn drop(&mut self, created: &mut Created) -> bool {
        let start = self.at;
        let thing = if self.word("DROP") { self.thing() } else { None };
        let Some(thing) = thing else {
            self.at = start;
            return false;
        };
        let _ = self.words(&["IF", "EXISTS"]);
        while let Some(name) = self.name() {
            created.of(thing).remove(&name);
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
