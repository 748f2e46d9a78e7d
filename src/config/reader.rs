//! A typed reader of TOML tables that goes on after a mistake, so that one run reports them all.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use autogen_model::{Diagnostic, Place, Source, nearest};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::text::{Unexpanded, check_tokens, duration, expand};

/// Every key and the table it belongs to; the root has the empty name.
pub(super) const KEYS: [(&str, &[&str]); 9] = [
    (
        "",
        &[
            "project",
            "models",
            "revisions",
            "dialects",
            "database",
            "revision",
            "compare",
            "naming",
            "upgrade",
            "postgres",
            "hook",
            "env",
        ],
    ),
    ("database", &["url", "schemas", "ledger", "scratch"]),
    ("revision", &["file", "slug_length", "timezone", "template"]),
    ("compare", &["include", "exclude", "unmanaged"]),
    ("naming", &["index", "unique", "foreign_key", "check", "primary_key", "plural"]),
    (
        "upgrade",
        &[
            "transaction",
            "out_of_order",
            "lock_timeout",
            "statement_timeout",
            "queue_timeout",
            "retries",
            "wait",
        ],
    ),
    ("postgres", &["concurrent_indexes"]),
    ("hook", &["run"]),
    ("env", &[]),
];

/// A table and what it is called in messages.
#[derive(Clone, Copy)]
pub(super) struct Section<'t> {
    pub(super) table: &'t DeTable<'t>,
    /// The name in [`KEYS`].
    pub(super) name: &'static str,
}

impl<'t> Section<'t> {
    pub(super) fn get(&self, key: &str) -> Option<&'t Spanned<DeValue<'t>>> {
        self.table.iter().find(|(name, _)| name.get_ref() == key).map(|(_, value)| value)
    }
}

/// What reading needs besides the table, and what it finds wrong.
pub(super) struct Reader<'a> {
    pub(super) source: &'a Arc<Source>,
    pub(super) variables: &'a BTreeMap<String, String>,
    /// What stands before the name of a table in this file: nothing, or `env.production.`.
    pub(super) prefix: String,
    /// False while an environment is read that was not chosen: its variables need not be set.
    pub(super) chosen: bool,
    pub(super) problems: Vec<Diagnostic>,
}

impl Reader<'_> {
    pub(super) fn place(&self, range: Range<usize>) -> Place {
        Place { source: self.source.clone(), range }
    }

    pub(super) fn complain(&mut self, message: String, range: Range<usize>, word: &str) -> usize {
        let place = self.place(range);
        self.problems.push(Diagnostic::new(message).at(place, word));
        self.problems.len() - 1
    }

    pub(super) fn complain_with(&mut self, message: String, range: Range<usize>, help: String) {
        let at = self.complain(message, range, "");
        self.problems[at].help.push(help);
    }

    fn wrong_type(&mut self, key: &str, value: &Spanned<DeValue<'_>>, wanted: &str) {
        let found = match value.get_ref() {
            DeValue::String(_) => "a string",
            DeValue::Integer(_) => "a whole number",
            DeValue::Float(_) => "a number",
            DeValue::Boolean(_) => "a boolean",
            DeValue::Datetime(_) => "a date",
            DeValue::Array(_) => "a list",
            DeValue::Table(_) => "a table",
        };
        self.complain(
            format!("`{key}` must be {wanted}"),
            value.span(),
            &format!("this is {found}"),
        );
    }

    /// Opens a table and complains of every key that does not belong there.
    pub(super) fn open<'t>(
        &mut self,
        name: &'static str,
        value: &'t Spanned<DeValue<'t>>,
    ) -> Option<Section<'t>> {
        let DeValue::Table(table) = value.get_ref() else {
            self.wrong_type(name, value, "a table");
            return None;
        };
        let section = Section { table, name };
        self.check_keys(section);
        Some(section)
    }

    pub(super) fn check_keys(&mut self, section: Section<'_>) {
        let here = KEYS.iter().find(|(name, _)| *name == section.name);
        let known = here.map_or(&[][..], |(_, keys)| keys);
        for key in section.table.keys() {
            if !known.contains(&key.get_ref().as_ref()) {
                self.unknown_key(section, key.get_ref(), known, key.span());
            }
        }
    }

    fn unknown_key(
        &mut self,
        section: Section<'_>,
        key: &str,
        known: &[&str],
        range: Range<usize>,
    ) {
        let home = KEYS.iter().find(|(name, keys)| *name != section.name && keys.contains(&key));
        let help = match (home, nearest(key, known.iter().copied())) {
            (Some(("", _)), _) => format!("`{key}` belongs at the top of the file"),
            (Some((home, _)), _) => format!("`{key}` belongs in `[{}{home}]`", self.prefix),
            (None, Some(near)) => format!("did you mean `{near}`?"),
            (None, None) => {
                let known = known.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>();
                format!("the keys here are {}", known.join(", "))
            }
        };
        self.complain_with(format!("unknown key `{key}`"), range, help);
    }

    /// A text, with its variables expanded; never empty.
    fn expanded(&mut self, key: &str, value: &Spanned<DeValue<'_>>) -> Option<String> {
        let DeValue::String(text) = value.get_ref() else {
            self.wrong_type(key, value, "a string");
            return None;
        };
        match expand(text, self.variables) {
            Ok(text) if text.is_empty() => {
                let _ = self.complain(format!("`{key}` is empty"), value.span(), "");
                None
            }
            Ok(text) => Some(text),
            Err(Unexpanded::Unset(_)) if !self.chosen => None,
            Err(fault) => {
                let place = self.place(value.span());
                self.problems.push(unexpanded(&fault, place));
                None
            }
        }
    }

    pub(super) fn text(
        &mut self,
        section: Section<'_>,
        key: &str,
    ) -> Option<(String, Range<usize>)> {
        let value = section.get(key)?;
        Some((self.expanded(key, value)?, value.span()))
    }

    /// A text or a list of texts, each with its place.
    pub(super) fn texts(
        &mut self,
        section: Section<'_>,
        key: &str,
    ) -> Option<Vec<(String, Range<usize>)>> {
        let value = section.get(key)?;
        match value.get_ref() {
            DeValue::String(_) => Some(vec![(self.expanded(key, value)?, value.span())]),
            DeValue::Array(items) => {
                let items = items.iter();
                Some(items.filter_map(|it| Some((self.expanded(key, it)?, it.span()))).collect())
            }
            _ => {
                self.wrong_type(key, value, "a list of strings");
                None
            }
        }
    }

    pub(super) fn put_texts(&mut self, section: Section<'_>, key: &str, into: &mut Vec<String>) {
        if let Some(texts) = self.texts(section, key) {
            *into = texts.into_iter().map(|(text, _)| text).collect();
        }
    }

    pub(super) fn put_paths(&mut self, section: Section<'_>, key: &str, into: &mut Vec<PathBuf>) {
        let Some(texts) = self.texts(section, key) else { return };
        if texts.is_empty()
            && let Some(value) = section.get(key)
        {
            self.complain(format!("`{key}` is an empty list"), value.span(), "name at least one");
        }
        *into = texts.into_iter().map(|(text, _)| text.into()).collect();
    }

    pub(super) fn put_flag(&mut self, section: Section<'_>, key: &str, into: &mut bool) {
        match section.get(key).map(|value| (value, value.get_ref())) {
            Some((_, DeValue::Boolean(flag))) => *into = *flag,
            Some((value, _)) => self.wrong_type(key, value, "`true` or `false`"),
            None => {}
        }
    }

    pub(super) fn put_number<T: TryFrom<u64>>(
        &mut self,
        section: Section<'_>,
        key: &str,
        into: &mut T,
    ) {
        let Some(value) = section.get(key) else { return };
        let DeValue::Integer(number) = value.get_ref() else {
            return self.wrong_type(key, value, "a whole number");
        };
        let read = u64::from_str_radix(number.as_str(), number.radix()).ok();
        match read.and_then(|number| T::try_from(number).ok()) {
            Some(number) => *into = number,
            None => {
                self.complain(format!("`{key}` is out of range"), value.span(), "");
            }
        }
    }

    pub(super) fn put_duration(&mut self, section: Section<'_>, key: &str, into: &mut Duration) {
        let Some((text, range)) = self.text(section, key) else { return };
        match duration(&text) {
            Some(read) => *into = read,
            None => self.complain_with(
                format!("`{text}` is no duration"),
                range,
                "write a number and a unit, such as \"5s\", \"250ms\" or \"1m30s\"; \"0\" is none"
                    .into(),
            ),
        }
    }

    /// One of a few words.
    pub(super) fn put_choice<T: Copy>(
        &mut self,
        section: Section<'_>,
        key: &str,
        choices: &[(&str, T)],
        into: &mut T,
    ) {
        let Some((text, range)) = self.text(section, key) else { return };
        match choices.iter().find(|(word, _)| *word == text) {
            Some((_, choice)) => *into = *choice,
            None => {
                let words = choices.iter().map(|(word, _)| *word).collect::<Vec<_>>();
                self.not_one_of(key, &text, &words, range);
            }
        }
    }

    pub(super) fn not_one_of(
        &mut self,
        key: &str,
        text: &str,
        words: &[&str],
        range: Range<usize>,
    ) {
        let help = match nearest(text, words.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => {
                let words = words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>();
                format!("`{key}` can be {}", words.join(", "))
            }
        };
        self.complain_with(format!("`{text}` is no value of `{key}`"), range, help);
    }

    /// A pattern with tokens in braces.
    pub(super) fn put_pattern(
        &mut self,
        section: Section<'_>,
        key: &str,
        tokens: &[&str],
        into: &mut String,
    ) {
        let Some((text, range)) = self.text(section, key) else { return };
        match check_tokens(&text, tokens) {
            Ok(()) => *into = text,
            Err((fault, help)) => self.complain_with(format!("{fault} in `{key}`"), range, help),
        }
    }
}

/// The complaint about a variable.
pub(super) fn unexpanded(fault: &Unexpanded, place: Place) -> Diagnostic {
    match fault {
        Unexpanded::Unset(name) => {
            Diagnostic::new(format!("the environment variable `{name}` is not set"))
                .at(place, "")
                .help(format!("set it, here or in `.env`, or write `${{{name}:-default}}`"))
        }
        Unexpanded::Malformed(text) => Diagnostic::new(format!("`{text}` is no variable"))
            .at(place, "")
            .help("write `${NAME}` or `${NAME:-default}`; `$${` stands for a plain `${`"),
    }
}
