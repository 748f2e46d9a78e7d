//! A new revision file, rendered from a template and read back before anybody sees it.

use std::path::Path;
use std::sync::Arc;

use askama::Template as _;
use autogen_model::{Diagnostic, Place, Source};
use serde::Serialize;

use super::{Direction, Revision, Side, Sides, directive, file, split};
use crate::error::{Error, Kind, Result};

/// What is to be written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Draft {
    /// What the revision is for; its first line is the title.
    pub message: String,
    /// The id.
    pub id: String,
    /// The revisions it stands on.
    pub parents: Vec<String>,
    /// The branch labels it carries.
    pub labels: Vec<String>,
    /// Ids or labels that must be applied before.
    pub depends_on: Vec<String>,
    /// When it is written, as RFC 3339.
    pub created: Option<String>,
    /// Keys of the team's own.
    pub extra: Vec<(String, String)>,
    /// The lines of the review.
    pub review: Vec<String>,
    /// The sides, in the order of the file.
    pub sides: Vec<DraftSide>,
}

/// One side of a draft.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DraftSide {
    /// The way it goes.
    pub direction: Direction,
    /// The one dialect it holds for.
    pub dialect: Option<String>,
    /// Its steps.
    pub steps: Vec<DraftStep>,
    /// Why it cannot be run.
    pub irreversible: Option<String>,
}

/// One step of a draft.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DraftStep {
    /// Runs outside a transaction.
    pub autocommit: bool,
    /// The statements.
    pub statements: Vec<DraftStatement>,
}

/// One statement of a draft.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DraftStatement {
    /// The SQL; a semicolon at its end may be left out.
    pub sql: String,
    /// Lines written above it, for the reader.
    pub comment: Vec<String>,
    /// It is repeated until it changes no row.
    pub repeat: bool,
}

impl<T: Into<String>> From<T> for DraftStatement {
    fn from(sql: T) -> Self {
        Self { sql: sql.into(), ..Self::default() }
    }
}

/// What a template is given; a team's own template sees the same names.
#[derive(Debug, Serialize, askama::Template)]
#[template(path = "revision.sql", escape = "none")]
struct View {
    /// The lines of the message.
    message: Vec<String>,
    revision: String,
    revises: String,
    labels: String,
    depends_on: String,
    created: String,
    extra: Vec<KeyView>,
    has_review: bool,
    review: Vec<String>,
    sides: Vec<SideView>,
}

#[derive(Debug, Serialize)]
struct KeyView {
    name: String,
    value: String,
}

#[derive(Debug, Serialize)]
struct SideView {
    direction: &'static str,
    dialect: String,
    /// The reason in quotes, or nothing.
    irreversible: String,
    empty: bool,
    steps: Vec<StepView>,
}

#[derive(Debug, Serialize)]
struct StepView {
    /// `step`, `step autocommit`, or nothing for the first.
    directive: &'static str,
    /// Ready text, with semicolons and brackets.
    statements: Vec<String>,
}

/// The template that is used when a project has none of its own.
pub fn built_in_template() -> &'static str {
    include_str!("../../templates/revision.sql")
}

/// Writes a draft as the text of a file, by the team's template if there is one. A side without a
/// dialect is in the default one's SQL. The text is read back, and must say what the draft says.
pub fn render(
    draft: &Draft,
    template: Option<&Arc<Source>>,
    default_dialect: &str,
) -> Result<String> {
    let view = view(draft, default_dialect);
    let text = match template {
        None => view.render().map_err(|error| {
            Error::new(Kind::Internal, "the built-in template cannot be rendered").cause(error)
        })?,
        Some(template) => by_template(&view, template)?,
    };
    let text = format!("{}\n", text.trim_end());
    check(draft, &text, template, default_dialect)?;
    Ok(text)
}

fn by_template(view: &View, template: &Arc<Source>) -> Result<String> {
    let mut environment = minijinja::Environment::new();
    environment.set_undefined_behavior(minijinja::UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| minijinja::AutoEscape::None);
    let name = template.path.display().to_string();
    let rendered = environment
        .add_template(&name, &template.text)
        .and_then(|()| environment.get_template(&name)?.render(minijinja::value::Serde(view)));
    rendered.map_err(|error| {
        let reason = error.detail().map_or_else(|| error.kind().to_string(), str::to_owned);
        let line = error.line().unwrap_or(1).saturating_sub(1);
        let range = directive::lines(&template.text, 0).nth(line).unwrap_or(0..0);
        let place = Place { source: Arc::clone(template), range };
        let report = Diagnostic::new(format!("the template cannot be rendered: {reason}"))
            .at(place, "")
            .help("`autogen init --template` writes the built-in template to start from");
        Error::from_reports(Kind::Config, vec![report])
    })
}

fn view(draft: &Draft, default_dialect: &str) -> View {
    View {
        message: message_lines(&draft.message),
        revision: draft.id.clone(),
        revises: draft.parents.join(", "),
        labels: draft.labels.join(", "),
        depends_on: draft.depends_on.join(", "),
        created: draft.created.clone().unwrap_or_default(),
        extra: draft
            .extra
            .iter()
            .map(|(name, value)| KeyView { name: name.clone(), value: one_line(value) })
            .collect(),
        has_review: !draft.review.is_empty(),
        review: draft.review.iter().flat_map(|line| line.lines()).map(str::to_owned).collect(),
        sides: draft.sides.iter().map(|side| side_view(side, default_dialect)).collect(),
    }
}

fn side_view(side: &DraftSide, default_dialect: &str) -> SideView {
    let dialect = side.dialect.as_deref().unwrap_or(default_dialect);
    let filled = side.steps.iter().filter(|step| !step.statements.is_empty());
    let steps: Vec<StepView> = filled
        .enumerate()
        .map(|(number, step)| StepView {
            directive: match (step.autocommit, number) {
                (true, _) => "step autocommit",
                (false, 0) => "",
                (false, _) => "step",
            },
            statements: statement_texts(&step.statements, dialect),
        })
        .collect();
    SideView {
        direction: side.direction.word(),
        dialect: side.dialect.clone().unwrap_or_default(),
        irreversible: side.irreversible.as_deref().map(quote).unwrap_or_default(),
        empty: steps.is_empty() && side.irreversible.is_none(),
        steps,
    }
}

/// Statements as they stand in the file. Those of several lines have air around them.
fn statement_texts(statements: &[DraftStatement], dialect: &str) -> Vec<String> {
    let mut long_before = false;
    let mut texts = Vec::with_capacity(statements.len());
    for (number, statement) in statements.iter().enumerate() {
        let text = statement_text(statement, dialect);
        let long = text.contains('\n');
        let gap = number > 0 && (long || long_before);
        texts.push(if gap { format!("\n{text}") } else { text });
        long_before = long;
    }
    texts
}

fn statement_text(statement: &DraftStatement, dialect: &str) -> String {
    let mut text: String =
        statement.comment.iter().map(|line| format!("-- {}\n", one_line(line))).collect();
    if statement.repeat {
        text.push_str("-- autogen: repeat\n");
    }
    let sql = plain_sql(&statement.sql, dialect);
    match split::is_one(&sql, split::syntax(dialect)) {
        // A routine in one line is one to the splitter; the bracket is for those it would cut,
        // and for those that a reader, or another tool, could take for several.
        true if !holds_semicolon(&sql, dialect) => text.push_str(&format!("{sql};")),
        _ => {
            text.push_str(&format!("-- autogen: statement\n{sql};\n-- autogen: end"));
        }
    }
    text
}

/// The SQL as the splitter gives it back: no comments around it, no semicolon after it.
fn plain_sql(sql: &str, dialect: &str) -> String {
    let whole = split::whole(sql, split::syntax(dialect));
    whole.map(|piece| piece.sql).unwrap_or_default()
}

fn holds_semicolon(sql: &str, dialect: &str) -> bool {
    let mut tokens = crate::sql::tokens(sql, split::syntax(dialect));
    tokens.any(|token| &sql[token.range] == ";")
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A reason as the directive `irreversible` reads it.
fn quote(text: &str) -> String {
    format!("\"{}\"", one_line(text).replace('\\', "\\\\").replace('"', "\\\""))
}

/// The lines of a message, with single blank lines between paragraphs.
fn message_lines(message: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for line in message.trim().lines().map(str::trim) {
        if !(line.is_empty() && lines.last().is_some_and(String::is_empty)) {
            lines.push(line.to_owned());
        }
    }
    lines
}

/// Reads the text back and compares it with the draft.
fn check(
    draft: &Draft,
    text: &str,
    template: Option<&Arc<Source>>,
    default_dialect: &str,
) -> Result<()> {
    let source = Arc::new(Source::new("new revision", text));
    let lost = match file::parse_whole(source, Path::new(""), default_dialect) {
        Ok((revision, sides)) => difference(draft, &revision, &sides, default_dialect),
        Err(_) if is_header(&draft.message) => {
            return Err(Error::new(Kind::Usage, MISTAKEN).help(MISTAKEN_HELP));
        }
        Err(reports) => {
            let (kind, message) = blame(draft, template);
            let reports = std::iter::once(Diagnostic::new(message)).chain(reports).collect();
            return Err(Error::from_reports(kind, reports));
        }
    };
    let Some(lost) = lost else { return Ok(()) };
    if lost == "message" {
        return Err(Error::new(Kind::Usage, MISTAKEN).help(MISTAKEN_HELP));
    }
    let (kind, message) = blame(draft, template);
    Err(Error::new(kind, message).help(format!("read back, the {lost} would not be the same")))
}

const MISTAKEN: &str = "the message would be taken for other parts of the file";
const MISTAKEN_HELP: &str = "begin no line of it with `Review`, `autogen:`, or a key and a colon";

/// Whether the message is enough to make a file that cannot be read.
fn is_header(message: &str) -> bool {
    let lines = message_lines(message).into_iter().map(|line| format!("-- {line}\n"));
    let lines: String = lines.collect();
    let text = format!("{lines}--\n-- Revision: any\n\n-- autogen: upgrade\n");
    let source = Arc::new(Source::new("message", text));
    file::parse_whole(source, Path::new(""), "sqlite").is_err()
}

fn blame(draft: &Draft, template: Option<&Arc<Source>>) -> (Kind, String) {
    match template {
        Some(template) => {
            let path = template.path.display();
            (Kind::Config, format!("the template {path} makes a file that cannot be read back"))
        }
        None => (Kind::Internal, format!("revision {} cannot be read back", draft.id)),
    }
}

/// The first thing that was lost in writing.
fn difference(
    draft: &Draft,
    revision: &Revision,
    sides: &Sides,
    default_dialect: &str,
) -> Option<&'static str> {
    let checks = [
        ("message", revision.message == message_lines(&draft.message).join("\n")),
        ("id", revision.id == draft.id),
        ("parents", revision.parents == draft.parents),
        ("labels", revision.labels == draft.labels),
        ("dependencies", revision.depends_on == draft.depends_on),
    ];
    let lost = checks.into_iter().find(|(_, same)| !same).map(|(what, _)| what);
    let count = sides.upgrade.len() + sides.downgrade.len();
    let kept = count == draft.sides.len()
        && draft.sides.iter().all(|side| {
            let by_dialect = match side.direction {
                Direction::Upgrade => &sides.upgrade,
                Direction::Downgrade => &sides.downgrade,
            };
            let written = by_dialect.get(side.dialect.as_deref().unwrap_or_default());
            written.is_some_and(|written| same_side(side, written, default_dialect))
        });
    lost.or((!kept).then_some("statements"))
}

fn same_side(draft: &DraftSide, side: &Side, default_dialect: &str) -> bool {
    let dialect = draft.dialect.as_deref().unwrap_or(default_dialect);
    let steps: Vec<&DraftStep> =
        draft.steps.iter().filter(|step| !step.statements.is_empty()).collect();
    let same = steps.iter().zip(&side.steps).all(|(draft, step)| {
        draft.autocommit == step.autocommit
            && draft.statements.len() == step.statements.len()
            && draft.statements.iter().zip(&step.statements).all(|(draft, statement)| {
                plain_sql(&draft.sql, dialect) == statement.sql && draft.repeat == statement.repeat
            })
    });
    let reason = draft.irreversible.as_deref().map(one_line);
    same && steps.len() == side.steps.len() && reason == side.irreversible
}
