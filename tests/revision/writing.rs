//! Drafts, written by the built-in template and by a team's own.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use autogen::error::Kind;
use autogen::revision::name::new_id;
use autogen::revision::write::{
    Draft, DraftSide, DraftStatement, DraftStep, built_in_template, render,
};
use autogen::revision::{self, Direction};
use autogen_model::Source;
use libtest_mimic::{Failed, Trial};
use serde::Deserialize;

use crate::{Case, cases, compare, named, told, trial};

pub(crate) fn trials() -> impl Iterator<Item = Trial> {
    let tests: &[Case] = &[
        ("a_message_that_reads_as_a_key_is_refused", message_as_key),
        ("a_template_that_loses_something_is_refused", losing_template),
        ("a_template_with_a_mistake_is_shown", wrong_template),
        ("a_team_may_add_its_own_text", own_template),
        ("new_ids_are_valid_and_differ", ids),
    ];
    let drafts = cases("fixtures/revision_drafts", "toml");
    named("write", tests).chain(drafts.map(|path| trial("draft", path, written)))
}

/// A draft as a fixture says it.
#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
struct DraftFile {
    /// Of the sides that name none.
    default_dialect: String,
    message: String,
    id: String,
    parents: Vec<String>,
    labels: Vec<String>,
    depends_on: Vec<String>,
    created: Option<String>,
    extra: BTreeMap<String, String>,
    review: Vec<String>,
    side: Vec<SideFile>,
}

impl Default for DraftFile {
    fn default() -> Self {
        Self {
            default_dialect: "sqlite".to_owned(),
            message: "Add favorites".to_owned(),
            id: "3f2a9c1b7d04".to_owned(),
            parents: Vec::new(),
            labels: Vec::new(),
            depends_on: Vec::new(),
            created: None,
            extra: BTreeMap::new(),
            review: Vec::new(),
            side: Vec::new(),
        }
    }
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct SideFile {
    downgrade: bool,
    dialect: Option<String>,
    irreversible: Option<String>,
    step: Vec<StepFile>,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct StepFile {
    autocommit: bool,
    repeat: bool,
    comment: Vec<String>,
    sql: Vec<String>,
}

fn draft(file: DraftFile) -> Draft {
    Draft {
        message: file.message,
        id: file.id,
        parents: file.parents,
        labels: file.labels,
        depends_on: file.depends_on,
        created: file.created,
        extra: file.extra.into_iter().collect(),
        review: file.review,
        sides: file.side.into_iter().map(side).collect(),
    }
}

fn side(file: SideFile) -> DraftSide {
    let direction = if file.downgrade { Direction::Downgrade } else { Direction::Upgrade };
    let step = |step: StepFile| DraftStep {
        autocommit: step.autocommit,
        statements: step
            .sql
            .into_iter()
            .map(|sql| DraftStatement { sql, comment: step.comment.clone(), repeat: step.repeat })
            .collect(),
    };
    DraftSide {
        direction,
        dialect: file.dialect,
        steps: file.step.into_iter().map(step).collect(),
        irreversible: file.irreversible,
    }
}

fn template(text: &str) -> Arc<Source> {
    Arc::new(Source::new(PathBuf::from("revision.sql.jinja"), text))
}

/// Both engines make the same bytes of one template; what they make is as expected.
fn written(path: &Path) -> Result<(), Failed> {
    let file: DraftFile = toml::from_str(&std::fs::read_to_string(path)?)?;
    let dialect = file.default_dialect.clone();
    let draft = draft(file);
    let built_in = render(&draft, None, &dialect).map_err(|error| told(error.reports()))?;
    let own = template(built_in_template());
    let at_run_time =
        render(&draft, Some(&own), &dialect).map_err(|error| told(error.reports()))?;
    if built_in != at_run_time {
        return Err(format!("the engines differ:\n{built_in}\n---\n{at_run_time}").into());
    }
    compare(&built_in, &path.with_extension("sql"))
}

/// The least that is worth a revision.
fn small() -> Draft {
    let step = StepFile { sql: vec!["CREATE TABLE a (b int)".to_owned()], ..StepFile::default() };
    let side = SideFile { step: vec![step], ..SideFile::default() };
    draft(DraftFile { side: vec![side], ..DraftFile::default() })
}

fn kind_of(draft: &Draft, template: Option<&Arc<Source>>) -> Result<(Kind, String), Failed> {
    let error = render(draft, template, "sqlite").err().ok_or("the draft was written")?;
    Ok((error.kind(), error.to_string()))
}

fn expect(condition: bool, what: &str) -> Result<(), Failed> {
    condition.then_some(()).ok_or_else(|| what.into())
}

fn message_as_key() -> Result<(), Failed> {
    for message in ["Revises: everything", "Add\n\nTicket: 1", "Review", "a\nCreated: b"] {
        let draft = Draft { message: message.to_owned(), ..small() };
        let (kind, text) = kind_of(&draft, None)?;
        expect(kind == Kind::Usage && text.contains("the message"), &text)?;
    }
    Ok(())
}

fn losing_template() -> Result<(), Failed> {
    let lost = built_in_template().replace("{{ revises }}", "");
    let draft = Draft { parents: vec!["a1".to_owned()], ..small() };
    let (kind, text) = kind_of(&draft, Some(&template(&lost)))?;
    expect(kind == Kind::Config && text.contains("cannot be read back"), &text)?;
    let broken = built_in_template().replace("-- Revision:", "-- Revisoin:");
    let (kind, text) = kind_of(&small(), Some(&template(&broken)))?;
    expect(kind == Kind::Config && text.contains("unknown key `Revisoin`"), &text)
}

fn wrong_template() -> Result<(), Failed> {
    for (wrong, line) in [("one\n{% if %}", 2), ("one\ntwo\n{{ revison }}", 3), ("{{", 1)] {
        let (kind, text) = kind_of(&small(), Some(&template(wrong)))?;
        let place = format!("revision.sql.jinja:{line}:");
        expect(kind == Kind::Config && text.starts_with(&place), &text)?;
    }
    Ok(())
}

fn own_template() -> Result<(), Failed> {
    let own =
        built_in_template().replace("-- Revision:", "-- Owner: {{ \"dba\"|upper }}\n-- Revision:");
    let text =
        render(&small(), Some(&template(&own)), "sqlite").map_err(|error| told(error.reports()))?;
    let source = Arc::new(Source::new("case.sql", text));
    let read = revision::parse(source, Path::new("")).map_err(|faults| told(&faults))?;
    expect(read.extra == [("Owner".to_owned(), "DBA".to_owned())], "the key is not there")
}

fn ids() -> Result<(), Failed> {
    let (one, two) = (new_id(), new_id());
    let (one, two) = (one.map_err(|e| e.to_string())?, two.map_err(|e| e.to_string())?);
    let hex = one.len() == 12 && one.bytes().all(|byte| byte.is_ascii_hexdigit());
    expect(hex && one != two, &one)
}
