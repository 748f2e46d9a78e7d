//! One source while it is read: turns spans into places and collects what is wrong.

use std::sync::Arc;

use proc_macro2::Span;

use crate::diagnostic::{Diagnostic, Place, Source};

/// The first and the last token of a place: stable Rust cannot join their spans.
pub(crate) type Ends = (Span, Span);

/// Spans belong to the thread that parsed; places go anywhere. A reader stands between them.
#[derive(Debug)]
pub(crate) struct Reader {
    source: Arc<Source>,
    /// Bytes that were cut off before parsing (a byte order mark, a `#!` line).
    offset: usize,
    /// Inside the compiler spans have no bytes on stable Rust; there a place is the number of a
    /// span in this list.
    spans: Option<Vec<Ends>>,
    problems: Vec<Diagnostic>,
}

impl Reader {
    /// A reader of a source text.
    pub(crate) fn new(source: Arc<Source>, offset: usize) -> Self {
        Self { source, offset, spans: None, problems: Vec::new() }
    }

    /// A reader of tokens that the compiler handed over.
    pub(crate) fn of_tokens() -> Self {
        let source = Source { path: "".into(), text: String::new() };
        Self { source: Arc::new(source), offset: 0, spans: Some(Vec::new()), problems: Vec::new() }
    }

    /// The place of a token.
    pub(crate) fn place(&mut self, span: Span) -> Place {
        self.between(span, span)
    }

    /// The place from one token to another.
    pub(crate) fn between(&mut self, first: Span, last: Span) -> Place {
        let range = match &mut self.spans {
            Some(spans) => {
                spans.push((first, last));
                spans.len() - 1..spans.len()
            }
            None => {
                let start = first.byte_range();
                let end = last.byte_range().end;
                start.start + self.offset..end.max(start.start) + self.offset
            }
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

    /// The spans behind the places of [`Reader::of_tokens`].
    pub(crate) fn into_spans(self) -> Vec<Ends> {
        self.spans.unwrap_or_default()
    }
}
