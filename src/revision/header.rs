//! The header of a revision file: message, keys, review.

use std::collections::BTreeSet;
use std::ops::Range;

use autogen_model::nearest;

use super::{Places, directive, is_wrong_in_name, name_fault};

/// What the header says.
#[derive(Debug, Default)]
pub(super) struct Header {
    pub(super) id: Option<String>,
    pub(super) message: String,
    pub(super) parents: Vec<String>,
    pub(super) labels: Vec<String>,
    pub(super) depends_on: Vec<String>,
    pub(super) replaces: Vec<String>,
    pub(super) created: Option<String>,
    pub(super) extra: Vec<(String, String)>,
    pub(super) places: Places,
}

/// A complaint about some bytes of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) range: Range<usize>,
    pub(super) message: String,
    pub(super) help: Option<String>,
}

impl Fault {
    pub(super) fn new(range: Range<usize>, message: impl Into<String>) -> Self {
        Self { range, message: message.into(), help: None }
    }

    pub(super) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

const KEYS: [&str; 6] = ["Revision", "Revises", "Labels", "Depends on", "Replaces", "Created"];

/// Where in the header a line stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Message,
    Keys,
    Review,
}

struct Reader {
    header: Header,
    part: Part,
    /// A blank line came after a line of the message.
    gap: bool,
    seen: Vec<(&'static str, Range<usize>)>,
    faults: Vec<Fault>,
}

/// Reads comment lines (blank ones may be among them).
pub(super) fn read(text: &str, lines: &[Range<usize>]) -> (Header, Vec<Fault>) {
    let mut reader = Reader {
        header: Header::default(),
        part: Part::Message,
        gap: false,
        seen: Vec::new(),
        faults: Vec::new(),
    };
    for line in lines {
        let Some((dashes, content)) = directive::comment(&text[line.clone()]) else {
            reader.blank();
            continue;
        };
        let start = line.start + dashes;
        reader.line(content, start + (content.len() - content.trim_start().len()));
    }
    (reader.header, reader.faults)
}

impl Reader {
    fn blank(&mut self) {
        self.gap = !self.header.message.is_empty();
    }

    fn line(&mut self, content: &str, start: usize) {
        let line = content.trim();
        if line.is_empty() {
            return self.blank();
        }
        if self.part == Part::Review && content.starts_with(['\t', ' ']) {
            let indent = &content[..content.len() - content.trim_start().len()];
            if indent.contains('\t') || indent.len() > 1 {
                return;
            }
        }
        if line.trim_end_matches(':').eq_ignore_ascii_case("review") {
            self.part = Part::Review;
            return;
        }
        let range = start..start + line.len();
        if let Some((key, value)) = known_key(line) {
            self.part = Part::Keys;
            let value_start = start + line.len() - value.len();
            return self.key(key, range, value, value_start);
        }
        match other_key(line) {
            Some((key, value)) if self.gap || self.part != Part::Message => {
                self.part = Part::Keys;
                self.other(key, value, start);
            }
            _ if self.part == Part::Message => self.message(line),
            _ => {
                self.part = Part::Keys;
                self.note(line, range);
            }
        }
    }

    fn message(&mut self, line: &str) {
        if !self.header.message.is_empty() {
            self.header.message.push_str(if self.gap { "\n\n" } else { "\n" });
        }
        self.header.message.push_str(line);
        self.gap = false;
    }

    fn key(&mut self, key: &'static str, line: Range<usize>, value: &str, start: usize) {
        if self.seen.iter().any(|(seen, _)| *seen == key) {
            let fault = Fault::new(line, format!("the key `{key}` is given twice"));
            self.faults.push(fault.help("say everything in one line"));
            return;
        }
        self.seen.push((key, line.clone()));
        if key == "Created" {
            self.header.created = Some(value.to_owned()).filter(|value| !value.is_empty());
            return;
        }
        let names = self.names(key, value, start);
        let (words, places): (Vec<_>, Vec<_>) = names.into_iter().unzip();
        match key {
            "Revision" => self.id(line, words, places),
            "Revises" => (self.header.parents, self.header.places.parents) = (words, places),
            "Replaces" => (self.header.replaces, self.header.places.replaces) = (words, places),
            "Labels" => (self.header.labels, self.header.places.labels) = (words, places),
            _ => (self.header.depends_on, self.header.places.depends_on) = (words, places),
        }
    }

    fn id(&mut self, line: Range<usize>, words: Vec<String>, places: Vec<Range<usize>>) {
        let mut named = words.into_iter().zip(places);
        match (named.next(), named.next()) {
            (Some((id, place)), None) => {
                self.header.places.id = place;
                self.header.id = Some(id);
            }
            (None, _) => {
                let fault = Fault::new(line.clone(), "the key `Revision` has no id");
                self.faults.push(fault.help("an id is 12 hexadecimal digits, or a word"));
                (self.header.id, self.header.places.id) = (Some(String::new()), line);
            }
            (Some((id, place)), Some((_, second))) => {
                let fault = Fault::new(second, "a revision has one id");
                self.faults.push(fault.help("parents are named by `Revises`"));
                (self.header.id, self.header.places.id) = (Some(id), place);
            }
        }
    }

    /// The names in a value that are separated by commas.
    fn names(&mut self, key: &str, value: &str, start: usize) -> Vec<(String, Range<usize>)> {
        let mut names: Vec<(String, Range<usize>)> = Vec::new();
        let mut seen = BTreeSet::new();
        let mut at = start;
        for part in value.split(',') {
            let word = part.trim();
            let from = at + (part.len() - part.trim_start().len());
            let range = from..from + word.len();
            at += part.len() + 1;
            if word.is_empty() {
                continue;
            }
            if let Some(message) = name_fault(word) {
                let fault = Fault::new(range.clone(), message);
                self.faults.push(match (key, word.to_ascii_lowercase().as_str()) {
                    ("Revises", "base") => fault.help("the first revision has no `Revises` line"),
                    _ if word.contains(char::is_whitespace) && key != "Revision" => {
                        fault.help("several names are separated by commas")
                    }
                    _ if word.contains(is_wrong_in_name) => {
                        fault.help("use letters, digits, `_` and `.`")
                    }
                    _ => fault.help("choose another"),
                });
            } else if !seen.insert(word) {
                self.faults.push(Fault::new(range.clone(), format!("`{word}` is named twice")));
                continue;
            }
            names.push((word.to_owned(), range));
        }
        names
    }

    fn other(&mut self, key: &str, value: &str, start: usize) {
        if let Some(near) = near_key(key) {
            if near == "Revision" {
                // One complaint about it is enough.
                self.header.id = Some(String::new());
            }
            let range = start..start + key.len();
            let fault = Fault::new(range, format!("unknown key `{key}`"));
            self.faults.push(fault.help(format!("did you mean `{near}`?")));
        }
        self.header.extra.push((key.to_owned(), value.to_owned()));
    }

    /// Text among the keys is free, but a key whose colon was forgotten would be lost in silence.
    fn note(&mut self, line: &str, range: Range<usize>) {
        let lost = KEYS[..5].iter().find(|key| {
            let rest = line.get(key.len()..).filter(|rest| rest.starts_with(char::is_whitespace));
            line.get(..key.len()).is_some_and(|start| start.eq_ignore_ascii_case(key))
                && rest.is_some_and(|rest| rest.split_whitespace().count() == 1)
        });
        if let Some(key) = lost {
            let fault = Fault::new(range, format!("the key `{key}` needs a colon"));
            self.faults.push(fault.help(format!("write `-- {key}: ..`")));
        }
    }
}

/// `Depends_On` and `depends  on` are one key.
fn plain(key: &str) -> String {
    let words = key.split(|c: char| c.is_whitespace() || c == '_' || c == '-');
    let words: Vec<_> = words.filter(|word| !word.is_empty()).collect();
    words.join(" ").to_ascii_lowercase()
}

/// Whether a line of the file says this key.
pub(super) fn is_key(line: &str, key: &str) -> bool {
    let known = directive::comment(line).and_then(|(_, text)| known_key(text.trim()));
    known.is_some_and(|(known, _)| known == key)
}

fn known_key(line: &str) -> Option<(&'static str, &str)> {
    let (key, value) = line.split_once(':')?;
    let key = plain(key);
    let known = KEYS.into_iter().find(|known| known.to_ascii_lowercase() == key)?;
    Some((known, value.trim()))
}

fn other_key(line: &str) -> Option<(&str, &str)> {
    const LONGEST: usize = 40;
    let (key, value) = line.split_once(':')?;
    let key = key.trim_end();
    let shaped = key.starts_with(char::is_alphabetic)
        && key.chars().count() <= LONGEST
        && key.chars().all(|c| c.is_alphanumeric() || matches!(c, ' ' | '_' | '-'));
    (shaped && (value.is_empty() || value.starts_with(char::is_whitespace)))
        .then(|| (key, value.trim()))
}

/// The key that was meant, when this one is nearly it: a misspelt `Revises` would otherwise make
/// a base of the revision.
fn near_key(key: &str) -> Option<&'static str> {
    let key = plain(key);
    let lower: Vec<String> = KEYS.iter().map(|known| known.to_ascii_lowercase()).collect();
    let near = nearest(&key, lower.iter().map(String::as_str));
    let begun = || lower.iter().map(String::as_str).find(|known| known.starts_with(&key));
    let found = near.or_else(|| begun().filter(|_| key.len() > 3))?;
    KEYS.into_iter().find(|known| known.eq_ignore_ascii_case(found))
}
