//! What all objects have: who made them, and the settings that they keep.

use super::super::facts::Place;
use super::super::text::{literal, written};
use super::Catalog;
use crate::schema::{Object, ObjectKind};
use crate::sql::{Syntax, Token, TokenKind, tokens, unquote};

/// A statement that a server showed, taken apart.
pub(super) struct Made<'s> {
    text: &'s str,
    all: Vec<Token>,
    /// Where the word for the kind of thing stands among the tokens.
    kind: usize,
}

impl<'s> Made<'s> {
    fn new(text: &'s str, kind: &str) -> Option<Self> {
        let all = tokens(text, Syntax::MYSQL);
        let all: Vec<Token> = all.filter(|it| it.kind != TokenKind::Space).collect();
        let is_kind = |it: &Token| {
            it.kind == TokenKind::Word && text[it.range.clone()].eq_ignore_ascii_case(kind)
        };
        let kind = all.iter().position(is_kind)?;
        Some(Self { text, all, kind })
    }

    /// Whether a word stands in front of the word for the kind of thing.
    pub(super) fn says(&self, words: &[&str]) -> bool {
        let head = &self.all[..self.kind];
        head.windows(words.len())
            .any(|all| all.iter().zip(words).all(|(it, word)| self.is(it, word)))
    }

    fn is(&self, token: &Token, word: &str) -> bool {
        self.text[token.range.clone()].eq_ignore_ascii_case(word)
    }

    /// What follows the name.
    pub(super) fn rest(&self) -> &'s str {
        // Views alone are shown with their database, where it is not the connection's.
        let dot = self.all.get(self.kind + 2).is_some_and(|it| self.is(it, "."));
        let name = self.all.get(self.kind + if dot { 3 } else { 1 });
        ended(name.map_or("", |it| &self.text[it.range.end..]))
    }

    /// What is done for each row.
    pub(super) fn body(&self) -> &'s str {
        let each = |all: &[Token]| {
            all.iter().zip(["FOR", "EACH", "ROW"]).all(|(it, word)| self.is(it, word))
        };
        let Some(at) = self.all.windows(3).position(each) else { return "" };
        let ordered = self.all.get(at + 3).is_some_and(|it| {
            it.kind == TokenKind::Word && (self.is(it, "FOLLOWS") || self.is(it, "PRECEDES"))
        });
        let first = self.all.get(at + if ordered { 5 } else { 3 });
        ended(first.map_or("", |it| &self.text[it.range.start..]))
    }

    /// Who made it, as it stands in the statement, and as accounts are told.
    fn definer(&self) -> Option<(&'s str, String)> {
        let at = self.all[..self.kind].iter().position(|it| self.is(it, "DEFINER"))?;
        let user = self.all.get(at + 2)?;
        let name = |token: &Token| unquote(&self.text[token.range.clone()]);
        match self.all.get(at + 3..at + 5) {
            Some([sign, host]) if self.is(sign, "@") => {
                let account = format!("{}@{}", name(user), name(host));
                Some((&self.text[user.range.start..host.range.end], account))
            }
            _ => Some((&self.text[user.range.clone()], name(user))),
        }
    }
}

/// A statement without what ended it when it was sent with others.
fn ended(text: &str) -> &str {
    text.trim_end_matches(|letter: char| letter == ';' || letter.is_whitespace())
}

impl Catalog<'_> {
    /// What the server showed of an object, if this user may see it.
    pub(super) fn made(&self, kind: &str, place: Place) -> Option<Made<'_>> {
        Made::new(self.shown.statement(kind, place)?, kind)
    }

    /// Who it belongs to, where that is not the one who asks.
    pub(super) fn definer(&self, made: &Made) -> String {
        match made.definer() {
            Some((written, account)) if account != self.facts.session.user => {
                format!("DEFINER={written} ")
            }
            _ => String::new(),
        }
    }

    /// An object keeps settings of the session that made it: a session that has others takes them
    /// for that one statement.
    pub(super) fn keep_settings(&self, object: &mut Object, sql_mode: &str, zone: Option<&str>) {
        let session = &self.facts.session;
        let settings = [
            ("sql_mode", Some(sql_mode), session.sql_mode),
            ("time_zone", zone, session.time_zone),
        ];
        for (setting, kept, current) in settings {
            let Some(kept) = kept.filter(|kept| *kept != current) else { continue };
            let kept = literal(kept);
            object.before.push(format!(
                "SET @autogen_{setting} = @@SESSION.{setting}, SESSION {setting} = {kept}"
            ));
            object.after.push(format!("SET SESSION {setting} = @autogen_{setting}"));
        }
    }
}

/// Sequences that stand for themselves.
pub(super) fn sequences(catalog: &Catalog) -> Vec<Object> {
    let facts = catalog.facts.tables.iter().filter(|it| it.kind == "SEQUENCE");
    let sequence = |place| {
        let name = catalog.name(place);
        let made = catalog.made("SEQUENCE", place);
        let sql = made.map(|made| format!("CREATE SEQUENCE {}{}", written(&name), made.rest()));
        Object::new(ObjectKind::Sequence, name, sql.unwrap_or_default())
    };
    facts.map(|it| sequence(it.place)).collect()
}
