//! Typed reading of attribute entries. The keys that are asked for are the keys that exist, so
//! that "unknown key" and its suggestion cannot go stale.

use proc_macro2::Span;

use crate::ast::Placed;
use crate::diagnostic::{Diagnostic, Place, nearest};
use crate::reader::Reader;
use crate::tokens::{Entry, Value};

/// The entries of one attribute, or of a list inside one.
pub(crate) struct Keys<'a> {
    pub(crate) reader: &'a mut Reader,
    entries: Vec<Entry>,
    asked: Vec<&'static str>,
    /// Where they stand, as the user writes it: `#[table(..)]`, `foreign_key(..)`.
    home: &'static str,
}

/// Where else a key is at home, for keys in a wrong place.
const HOMES: [(&str, &[&str]); 9] = [
    ("#[table(sqlite(..))]", &["strict", "without_rowid"]),
    ("#[table(mysql(..))]", &["engine", "row_format", "auto_increment", "system_versioned"]),
    (
        "#[table(postgres(..))]",
        &[
            "unlogged",
            "partition_by",
            "partition_of",
            "inherits",
            "access_method",
            "replica_identity",
            "row_security",
            "force_row_security",
        ],
    ),
    ("#[column(postgres(..))]", &["storage", "statistics"]),
    ("#[column(sqlite(..))]", &["autoincrement"]),
    ("#[column(mysql(..))]", &["charset", "after", "srid", "compressed"]),
    ("#[table(..)]", &["schema", "unmanaged", "foreign_key", "exclude"]),
    (
        "#[column(..)]",
        &[
            "type",
            "length",
            "precision",
            "scale",
            "auto",
            "identity",
            "nullable",
            "default",
            "generated",
            "stored",
            "virtual",
            "fill",
            "flatten",
            "skip",
            "compare",
            "references",
            "on_delete",
            "on_update",
            "collate",
        ],
    ),
    (
        "#[index(..)]",
        &["columns", "where", "using", "include", "concurrently", "fulltext", "spatial"],
    ),
];

/// Keys of other tools, and what they are called here.
#[rustfmt::skip]
const ELSEWHERE: [(&str, &str, &str); 36] = [
    ("column", "autoincrement", "auto"), ("column", "auto_increment", "auto"),
    ("column", "belongs_to", "references"), ("column", "column_name", "name"),
    ("column", "column_type", "type"), ("column", "db_type", "type"),
    ("column", "default_expr", "default"), ("column", "default_sql", "default"),
    ("column", "default_value", "default"), ("column", "foreign_key", "references"),
    ("column", "ignore", "skip"), ("column", "indexed", "index"), ("column", "key", "primary_key"),
    ("column", "max_length", "length"), ("column", "not_null", "nullable = false"),
    ("column", "null", "nullable"), ("column", "pk", "primary_key"),
    ("column", "primary", "primary_key"), ("column", "rename", "name"),
    ("column", "server_default", "default"), ("column", "size", "length"),
    ("column", "sql_type", "type"), ("column", "unique_key", "unique"),
    ("table", "table_name", "name"), ("table", "rename", "name"), ("table", "schema_name", "schema"),
    ("table", "pk", "primary_key"), ("table", "external", "unmanaged"),
    ("table", "managed", "unmanaged"), ("table", "skip", "unmanaged"),
    ("table", "exclusion", "exclude"), ("table", "constraint", "check"),
    ("index", "fields", "columns"), ("index", "predicate", "where"), ("index", "method", "using"),
    ("index", "on", "columns"),
];

impl<'a> Keys<'a> {
    /// The entries of `home`.
    pub(crate) fn new(reader: &'a mut Reader, entries: Vec<Entry>, home: &'static str) -> Self {
        Self { reader, entries, asked: Vec::with_capacity(40), home }
    }

    /// The entry of a key; a second one is reported.
    pub(crate) fn take(&mut self, key: &'static str) -> Option<Entry> {
        self.asked.push(key);
        let at = self.entries.iter().position(|entry| entry.key == key)?;
        let first = self.entries.remove(at);
        while let Some(at) = self.entries.iter().position(|entry| entry.key == key) {
            let second = self.entries.remove(at);
            let problem = Diagnostic::new(format!("`{key}` is said twice"))
                .at(self.reader.place(second.span), "said again here")
                .at(self.reader.place(first.span), "said here");
            self.reader.report(problem);
        }
        Some(first)
    }

    /// All entries of a key that may be repeated.
    pub(crate) fn all(&mut self, key: &'static str) -> Vec<Entry> {
        self.asked.push(key);
        let mut found = Vec::new();
        while let Some(at) = self.entries.iter().position(|entry| entry.key == key) {
            found.push(self.entries.remove(at));
        }
        found
    }

    /// Where a key is said, if it is.
    pub(crate) fn has(&self, key: &str) -> Option<Span> {
        self.entries.iter().find(|entry| entry.key == key).map(|entry| entry.span)
    }

    /// `key = "text"`.
    pub(crate) fn text(&mut self, key: &'static str) -> Option<Placed<String>> {
        let entry = self.take(key)?;
        match entry.value {
            Value::Text(text) => Some(self.placed(text, entry.value_span)),
            _ => self.misfit(&entry, "a string", &format!("{key} = \"..\"")),
        }
    }

    /// `key = "text"` that is not empty.
    pub(crate) fn name(&mut self, key: &'static str) -> Option<Placed<String>> {
        let text = self.text(key)?;
        if text.value.trim().is_empty() {
            self.reader.report(
                Diagnostic::new(format!("`{key}` is empty"))
                    .at(text.place, "a name is needed here"),
            );
            return None;
        }
        Some(text)
    }

    /// `key = "sql"`, where a number or truth value may stand without quotes.
    pub(crate) fn sql(&mut self, key: &'static str) -> Option<Placed<String>> {
        let entry = self.take(key)?;
        match entry.value {
            Value::Text(text) | Value::Number(text) => Some(self.placed(text, entry.value_span)),
            Value::Bool(value) => Some(self.placed(value.to_string(), entry.value_span)),
            _ => self.misfit(&entry, "SQL text", &format!("{key} = \"..\"")),
        }
    }

    /// `key = 1`.
    pub(crate) fn number(&mut self, key: &'static str) -> Option<Placed<u32>> {
        let entry = self.take(key)?;
        let number = match &entry.value {
            Value::Number(digits) => digits.parse().ok(),
            _ => None,
        };
        match number {
            Some(number) => Some(self.placed(number, entry.value_span)),
            None => self.misfit(&entry, "a whole number", &format!("{key} = 10")),
        }
    }

    /// `key`, `key = true` or `key = false`.
    pub(crate) fn toggle(&mut self, key: &'static str) -> Option<Placed<bool>> {
        let entry = self.take(key)?;
        match entry.value {
            Value::Flag => Some(self.placed(true, entry.span)),
            Value::Bool(value) => Some(self.placed(value, entry.span)),
            _ => {
                let usage = format!("{key}` or `{key} = false");
                self.misfit(&entry, "`true`, `false` or no value", &usage)
            }
        }
    }

    /// `key`: where it is said.
    pub(crate) fn flag(&mut self, key: &'static str) -> Option<Place> {
        self.toggle(key).filter(|flag| flag.value).map(|flag| flag.place)
    }

    /// `key = "one of these"`.
    pub(crate) fn choice<T: Copy>(
        &mut self,
        key: &'static str,
        words: &[(&'static str, T)],
    ) -> Option<Placed<T>> {
        let text = self.text(key)?;
        self.choose(key, text, words)
    }

    /// The one of the words that a text is; any other text is reported.
    pub(crate) fn choose<T: Copy>(
        &mut self,
        key: &'static str,
        text: Placed<String>,
        words: &[(&'static str, T)],
    ) -> Option<Placed<T>> {
        let found = words.iter().find(|(word, _)| same_word(word, &text.value));
        if let Some((_, value)) = found {
            return Some(Placed { value: *value, place: text.place });
        }
        let list: Vec<String> = words.iter().map(|(word, _)| format!("`\"{word}\"`")).collect();
        let problem = Diagnostic::new(format!("`{key}` cannot be `{}`", text.value))
            .at(text.place, "not a word known here");
        let near = nearest(&text.value, words.iter().map(|(word, _)| *word));
        self.reader.report(problem.help(match near {
            Some(word) => format!("did you mean `{word}`?"),
            None => format!("use {}", list.join(", ")),
        }));
        None
    }

    /// `key(..)`.
    pub(crate) fn list(&mut self, key: &'static str) -> Option<(Vec<Entry>, Span)> {
        let entry = self.take(key)?;
        self.list_of(entry)
    }

    /// The list of an entry that must be one.
    pub(crate) fn list_of(&mut self, entry: Entry) -> Option<(Vec<Entry>, Span)> {
        let usage = format!("{}(..)", entry.key);
        match entry.value {
            Value::List(entries) => Some((entries, entry.span)),
            _ => self.misfit(&entry, "a list", &usage),
        }
    }

    /// A value with the place it stands at.
    pub(crate) fn placed<T>(&mut self, value: T, span: Span) -> Placed<T> {
        Placed { value, place: self.reader.place(span) }
    }

    /// Complains about a value of the wrong kind.
    pub(crate) fn misfit<T>(&mut self, entry: &Entry, wanted: &str, usage: &str) -> Option<T> {
        if !matches!(entry.value, Value::Wrong) {
            let place = self.reader.place(entry.value_span);
            self.reader.report(
                Diagnostic::new(format!("`{}` takes {wanted}", entry.key))
                    .at(place, format!("expected {wanted}"))
                    .help(format!("write `{usage}`")),
            );
        }
        None
    }

    /// Complains about every key that nobody asked for.
    pub(crate) fn finish(mut self) {
        for entry in std::mem::take(&mut self.entries) {
            let place = self.reader.place(entry.span);
            let problem = self.unknown(&entry.key, place);
            self.reader.report(problem);
        }
    }

    fn unknown(&self, key: &str, place: Place) -> Diagnostic {
        if key.is_empty() {
            return Diagnostic::new(format!("expected a key in `{}`", self.home))
                .at(place, "a value without a key");
        }
        let owner = self.home.trim_start_matches("#[").trim_end_matches("(..)]");
        let other = ELSEWHERE.iter().find(|(home, word, _)| *home == owner && *word == key);
        if let Some((.., ours)) = other {
            return self.stranger(key, place).help(format!("it is called `{ours}` here"));
        }
        let near = nearest(key, self.asked.iter().copied());
        let elsewhere = HOMES
            .iter()
            .find(|(home, keys)| *home != self.home && keys.contains(&key))
            .map(|(home, _)| *home);
        match (elsewhere, near) {
            (Some(home), _) => {
                Diagnostic::new(format!("`{key}` does not belong in `{}`", self.home))
                    .at(place, "in the wrong place")
                    .help(format!("it is a key of `{home}`"))
            }
            (None, Some(near)) => self.stranger(key, place).help(format!("did you mean `{near}`?")),
            (None, None) => {
                let mut known: Vec<&str> = self.asked.clone();
                known.sort_unstable();
                self.stranger(key, place).help(format!("known keys: {}", known.join(", ")))
            }
        }
    }

    fn stranger(&self, key: &str, place: Place) -> Diagnostic {
        Diagnostic::new(format!("unknown key `{key}` in `{}`", self.home)).at(place, "unknown key")
    }
}

/// `set_null`, `SET NULL` and `set null` are the same word.
fn same_word(word: &str, said: &str) -> bool {
    word.len() == said.len()
        && word.bytes().zip(said.bytes()).all(|(one, two)| {
            one == two.to_ascii_lowercase() || (one == b'_' && matches!(two, b' ' | b'-'))
        })
}
