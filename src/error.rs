//! The one error: a kind, what is wrong, where, and the command that mends it.

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use autogen_model::{Diagnostic, Label};

/// What a failure is about; it decides nothing but the words around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// The command line.
    Usage,
    /// `autogen.toml`.
    Config,
    /// The models.
    Model,
    /// A revision file or the graph of revisions.
    Revision,
    /// The plan cannot be made without an answer from the user.
    Question,
    /// The database, or what it says was applied.
    Database,
    /// A file or folder.
    File,
    /// A bug in autogen.
    Internal,
}

/// A failure, made of one or more diagnostics.
#[derive(Debug)]
pub struct Error(Box<Inner>);

#[derive(Debug)]
struct Inner {
    kind: Kind,
    reports: Vec<Diagnostic>,
    cause: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// The result of anything that can fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// A failure said in one sentence.
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self::from_reports(kind, vec![Diagnostic::new(message)])
    }

    /// A failure with several complaints, or with places.
    pub fn from_reports(kind: Kind, reports: Vec<Diagnostic>) -> Self {
        Self(Box::new(Inner { kind, reports, cause: None }))
    }

    /// Adds a way to mend it to the last complaint.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        if let Some(report) = self.0.reports.last_mut() {
            report.help.push(help.into());
        }
        self
    }

    /// Adds what brought it about.
    #[must_use]
    pub fn cause(mut self, cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.0.cause = Some(cause.into());
        self
    }

    /// What it is about.
    pub fn kind(&self) -> Kind {
        self.0.kind
    }

    /// The complaints, in the order in which they were found.
    pub fn reports(&self) -> &[Diagnostic] {
        &self.0.reports
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (at, report) in self.0.reports.iter().enumerate() {
            if at > 0 {
                f.write_str("\n")?;
            }
            if let Some(label) = report.labels.first() {
                write!(f, "{}: ", label.place)?;
            }
            f.write_str(&report.message)?;
        }
        match &self.0.cause {
            Some(cause) => write!(f, ": {cause}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.cause.as_deref().map(|cause| cause as _)
    }
}

/// A complaint as rustc prints them: the sentence, the excerpts, and what helps.
pub fn render(report: &Diagnostic, colour: bool) -> String {
    let mut group = Group::with_title(Level::ERROR.primary_title(report.message.as_str()));
    let mut sources: Vec<Vec<&Label>> = Vec::new();
    for label in &report.labels {
        match sources.iter_mut().find(|it| it[0].place.source == label.place.source) {
            Some(same) => same.push(label),
            None => sources.push(vec![label]),
        }
    }
    for (at, labels) in sources.iter().enumerate() {
        let source = &labels[0].place.source;
        let path = source.path.display().to_string();
        let mut snippet = Snippet::source(source.text.as_str()).path(path);
        for (nth, label) in labels.iter().enumerate() {
            let first = at == 0 && nth == 0;
            let kind = if first { AnnotationKind::Primary } else { AnnotationKind::Context };
            let word = Some(label.text.as_str()).filter(|text| !text.is_empty());
            snippet = snippet.annotation(kind.span(label.place.range.clone()).label(word));
        }
        group = group.element(snippet);
    }
    for help in &report.help {
        group = group.element(Level::HELP.message(help.as_str()));
    }
    let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
    renderer.render(&[group])
}
