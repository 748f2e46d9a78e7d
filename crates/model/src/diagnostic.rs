//! What is wrong, where, and how to mend it: the one shape of every complaint.

use std::ops::Range;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

/// A text that diagnostics can point into.
#[derive(Debug)]
pub struct Source {
    /// The path as the user would type it.
    pub path: PathBuf,
    /// The whole text.
    pub text: String,
    /// Where its lines end, once somebody asked for a line.
    breaks: OnceLock<Vec<usize>>,
}

impl Source {
    /// A text and where it comes from.
    pub fn new(path: impl Into<PathBuf>, text: impl Into<String>) -> Self {
        Self { path: path.into(), text: text.into(), breaks: OnceLock::new() }
    }

    /// The line of a byte, counted from 1.
    fn line(&self, at: usize) -> usize {
        let breaks = self.breaks.get_or_init(|| {
            let bytes = self.text.bytes().enumerate();
            bytes.filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at).collect()
        });
        1 + breaks.partition_point(|it| *it < at)
    }
}

impl PartialEq for Source {
    fn eq(&self, other: &Self) -> bool {
        (&self.path, &self.text) == (&other.path, &other.text)
    }
}

impl Eq for Source {}

/// A byte range in a source.
#[derive(Clone, PartialEq, Eq)]
pub struct Place {
    /// The file.
    pub source: Arc<Source>,
    /// The bytes.
    pub range: Range<usize>,
}

impl Place {
    /// The line, counted from 1.
    pub fn line(&self) -> usize {
        self.source.line(self.range.start)
    }
}

impl std::fmt::Debug for Place {
    // The whole text of a file is no help in a failed assertion.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{self}")
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.source.path.display(), self.line())
    }
}

/// One complaint: a sentence, the places it is about, and ways to mend it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// What is wrong, in one line.
    pub message: String,
    /// Where: the first place is the culprit, the others explain it.
    pub labels: Vec<Label>,
    /// What to do about it, a sentence each.
    pub help: Vec<String>,
    /// Nothing stops for it: what happens all the same should be known.
    pub warning: bool,
}

/// A place with a word about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// The place.
    pub place: Place,
    /// The word, possibly empty.
    pub text: String,
}

impl Diagnostic {
    /// A complaint without a place.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), labels: Vec::new(), help: Vec::new(), warning: false }
    }

    /// Something to know, for which nothing stops.
    pub fn warning(message: impl Into<String>) -> Self {
        Self { warning: true, ..Self::new(message) }
    }

    /// Adds a place with a word about it.
    #[must_use]
    pub fn at(mut self, place: Place, text: impl Into<String>) -> Self {
        self.labels.push(Label { place, text: text.into() });
        self
    }

    /// Adds a way to mend it.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help.push(help.into());
        self
    }
}

/// The candidate that the user most likely meant, if one is near.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let length = word.chars().count();
    let limit = (length / 3).max(1);
    candidates
        .into_iter()
        // A word much longer than the candidate needs no counting, which takes long for long words.
        .filter(|candidate| length.abs_diff(candidate.chars().count()) <= limit)
        .map(|candidate| (strsim::damerau_levenshtein(word, candidate), candidate))
        .filter(|(distance, _)| *distance <= limit)
        .min()
        .map(|(_, candidate)| candidate)
}
