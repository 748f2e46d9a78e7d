//! One source while it is read: turns spans into places and collects what is wrong.

use std::ops::Range;
use std::sync::Arc;

use proc_macro2::{LineColumn, Span};

use crate::diagnostic::{Diagnostic, Place, Source};

/// The first and the last token of a place: stable Rust cannot join their spans.
pub(crate) type Ends = (Span, Span);

/// Spans belong to the thread that parsed; places go anywhere. A reader stands between them.
#[derive(Debug)]
pub(crate) struct Reader {
    source: Arc<Source>,
    spans: Spans,
    problems: Vec<Diagnostic>,
}

/// What a span leads to.
#[derive(Debug)]
enum Spans {
    /// Lines and columns of a text, as byte offsets of the lines. `Span::byte_range` would do, but
    /// it fills a map with every place ever asked for and costs more than parsing.
    Text(Vec<usize>),
    /// Inside the compiler spans have no bytes on stable Rust; there a place is the number of its
    /// tokens in this list.
    Tokens(Vec<Ends>),
}

impl Reader {
    /// A reader of a piece of a source, which is parsed by itself.
    pub(crate) fn new(source: Arc<Source>, piece: Range<usize>) -> Self {
        let start = piece.start;
        let text = source.text.get(piece).unwrap_or_default();
        let breaks = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        let lines = breaks.map(|(at, _)| start + at + 1);
        let lines = std::iter::once(start).chain(lines).collect();
        Self { source, spans: Spans::Text(lines), problems: Vec::new() }
    }

    /// A reader of tokens that the compiler handed over.
    pub(crate) fn of_tokens() -> Self {
        let source = Source::new("", "");
        let spans = Spans::Tokens(Vec::new());
        Self { source: Arc::new(source), spans, problems: Vec::new() }
    }

    /// The place of a token.
    pub(crate) fn place(&mut self, span: Span) -> Place {
        if let Spans::Text(lines) = &self.spans {
            let start = offset(lines, &self.source.text, span.start());
            if let Some(length) = word(&self.source.text, start) {
                let source = Arc::clone(&self.source);
                return Place { source, range: start..start + length };
            }
        }
        self.between(span, span)
    }

    /// The place from one token to another.
    pub(crate) fn between(&mut self, first: Span, last: Span) -> Place {
        let range = match &mut self.spans {
            Spans::Tokens(spans) => {
                spans.push((first, last));
                spans.len() - 1..spans.len()
            }
            Spans::Text(lines) => range(lines, &self.source.text, first, last),
        };
        Place { source: Arc::clone(&self.source), range }
    }

    /// Adds a complaint.
    pub(crate) fn report(&mut self, problem: Diagnostic) {
        self.problems.push(problem);
    }

    /// Adds a complaint about one token.
    pub(crate) fn wrong(&mut self, span: Span, message: impl Into<String>, label: &str) {
        let place = self.place(span);
        self.report(Diagnostic::new(message).at(place, label));
    }

    /// Runs something whose complaints are not ours to make.
    pub(crate) fn quietly<T>(&mut self, run: impl FnOnce(&mut Self) -> T) -> T {
        let before = self.problems.len();
        let result = run(self);
        self.problems.truncate(before);
        result
    }

    /// The complaints so far.
    pub(crate) fn take_problems(&mut self) -> Vec<Diagnostic> {
        std::mem::take(&mut self.problems)
    }

    /// The tokens behind the places of [`Reader::of_tokens`].
    pub(crate) fn into_spans(self) -> Vec<Ends> {
        match self.spans {
            Spans::Tokens(spans) => spans,
            Spans::Text(_) => Vec::new(),
        }
    }
}

fn range(lines: &[usize], text: &str, first: Span, last: Span) -> Range<usize> {
    let start = offset(lines, text, first.start());
    let end = offset(lines, text, last.end());
    start..end.max(start)
}

/// How long a plain word is, which its text says sooner than its span.
fn word(text: &str, start: usize) -> Option<usize> {
    let rest = text.as_bytes().get(start..)?;
    rest.first().filter(|byte| byte.is_ascii_alphabetic() || **byte == b'_')?;
    let end = rest.iter().position(|byte| !byte.is_ascii_alphanumeric() && *byte != b'_')?;
    // A raw word, a prefixed literal or a letter outside of ASCII goes on.
    (!matches!(rest[end], b'#' | b'"' | b'\'' | 128..)).then_some(end)
}

/// The byte of a line and column, which are counted in characters.
fn offset(lines: &[usize], text: &str, place: LineColumn) -> usize {
    let Some(line) = place.line.checked_sub(1) else { return 0 };
    let start = lines.get(line).copied().unwrap_or(text.len());
    let end = lines.get(line + 1).copied().unwrap_or(text.len());
    let line = text.get(start..end).unwrap_or_default();
    let before = line.get(..place.column).filter(|before| before.is_ascii());
    let column = match before {
        Some(before) => before.len(),
        None => line.char_indices().nth(place.column).map_or(line.len(), |(at, _)| at),
    };
    start + column
}
