//! The one error: a kind, what is wrong, where, and the command that mends it.

use std::sync::Arc;

use annotate_snippets::{Annotation, AnnotationKind, Level, Renderer, Snippet};
use autogen_model::{Diagnostic, Label, Source};

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
    /// The run was asked to end, and did.
    Interrupted,
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

/// One line for each complaint; the alternate form, `{:#}`, adds what mends it.
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
            let helps = if f.alternate() { report.help.as_slice() } else { &[] };
            for help in helps {
                write!(f, "; {help}")?;
            }
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

/// A complaint the way the compiler prints one: the sentence, the places with their lines of
/// source, and ways to mend it.
pub fn render(report: &Diagnostic, colour: bool) -> String {
    let level = if report.warning { Level::WARNING } else { Level::ERROR };
    let mut group = level.primary_title(report.message.as_str()).elements(snippets(report));
    for help in &report.help {
        group = group.element(Level::HELP.message(help.as_str()));
    }
    let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
    renderer.render(&[group])
}

/// One excerpt for each source, that of the culprit first.
fn snippets(report: &Diagnostic) -> Vec<Snippet<'_, Annotation<'_>>> {
    let mut sources: Vec<&Arc<Source>> = Vec::new();
    for label in &report.labels {
        if !sources.iter().any(|source| Arc::ptr_eq(source, &label.place.source)) {
            sources.push(&label.place.source);
        }
    }
    let snippet = |source: &'_ Arc<Source>| {
        let labels = report.labels.iter().enumerate();
        let labels = labels.filter(|(_, label)| Arc::ptr_eq(source, &label.place.source));
        labels.map(|(at, label)| annotation(label, at == 0)).collect::<Vec<_>>()
    };
    let each = sources.into_iter().map(|source| {
        Snippet::source(source.text.as_str())
            .path(source.path.to_string_lossy())
            .annotations(snippet(source))
    });
    each.collect()
}

fn annotation(label: &Label, culprit: bool) -> Annotation<'_> {
    let kind = if culprit { AnnotationKind::Primary } else { AnnotationKind::Context };
    let end = label.place.source.text.len();
    let range = label.place.range.start.min(end)..label.place.range.end.min(end);
    let annotation = kind.span(range);
    if label.text.is_empty() { annotation } else { annotation.label(label.text.as_str()) }
}
