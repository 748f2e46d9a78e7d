//! The server as judge: it makes a temporary table with both expressions, and what it then says
//! their definitions are is compared. Such a table commits nothing, is seen by nobody else, and goes
//! with the session at the latest; no table of a user is locked or even looked at.

use std::collections::BTreeSet;

use super::Mysql;
use super::expr::{Scope, form};
use crate::dialect::judge::{Inquiry, Judgement, Kind, Probe, Question, Row, Verdict};
use crate::sql::{Syntax, names};

const TABLE: &str = "autogen_judge";
const AUTHOR: &str = "autogen_author";
const REPORTED: &str = "autogen_reported";

/// How all questions are asked.
pub(super) fn inquiry(mysql: &Mysql, questions: &[Question]) -> Inquiry {
    let (mysql, known) = (mysql.clone(), questions.to_vec());
    let drop = format!("DROP TEMPORARY TABLE IF EXISTS {TABLE}");
    Inquiry {
        // Who may make none is told so at once, and not at every question.
        statements: vec![
            drop.clone(),
            format!("CREATE TEMPORARY TABLE {TABLE} (autogen_value int)"),
            drop.clone(),
        ],
        probes: questions
            .iter()
            .map(|question| Probe {
                make: table(question),
                ask: format!("SHOW CREATE TABLE {TABLE}"),
                unmake: drop.clone(),
            })
            .collect(),
        ask: String::new(),
        read: Box::new(move |rows| Judgement {
            verdicts: known
                .iter()
                .enumerate()
                .map(|(at, question)| verdict(&mysql, question, rows.get(at)))
                .collect(),
            note: None,
        }),
    }
}

/// A table that has both.
fn table(question: &Question) -> String {
    let both = [(AUTHOR, &question.author), (REPORTED, &question.reported)];
    let mut parts: Vec<String> = mentioned(question)
        .map(|(name, ty)| format!("`{}` {ty} NULL", name.replace('`', "``")))
        .chain(std::iter::once("autogen_value int NULL".to_owned()))
        .collect();
    parts.extend(both.map(|(name, text)| match &question.kind {
        Kind::Default { ty } => format!("{name} {ty} NULL DEFAULT {text}\n"),
        Kind::Generated { ty } => format!("{name} {ty} GENERATED ALWAYS AS ({text}\n) VIRTUAL"),
        Kind::Check | Kind::Predicate => format!("CONSTRAINT {name} CHECK ({text}\n)"),
        Kind::Index => format!("KEY {name} (({text}\n))"),
        Kind::Type => format!("{name} {text} NULL"),
    }));
    // What the author says need not be in the character set of the database.
    format!("CREATE TEMPORARY TABLE {TABLE} ({}) DEFAULT CHARACTER SET utf8mb4", parts.join(", "))
}

/// The columns that one of the two speaks of: types of others may not be there yet.
fn mentioned(question: &Question) -> impl Iterator<Item = &(String, String)> {
    let texts = [&question.author, &question.reported];
    let all = texts.into_iter().flat_map(|text| names(text, Syntax::MYSQL));
    let all: BTreeSet<String> = all.map(|name| name.to_lowercase()).collect();
    let typed = question.kind == Kind::Type;
    let columns = question.columns.iter();
    columns.filter(move |(name, _)| !typed && all.contains(&name.to_lowercase()))
}

fn verdict(mysql: &Mysql, question: &Question, row: Option<&Row>) -> Verdict {
    let text = match row.map(Vec::as_slice) {
        Some([Some(refusal), ..]) => return Verdict::Refused(refusal.clone()),
        Some([None, _, Some(text), ..]) => text,
        _ => return Verdict::Different,
    };
    let said = |name| definition(text, name);
    let same = match (said(AUTHOR), said(REPORTED)) {
        (Some(author), Some(reported)) => {
            author == reported || same(mysql, question, author, reported)
        }
        _ => false,
    };
    if same { Verdict::Same } else { Verdict::Different }
}

/// What the server says behind the name.
fn definition<'a>(table: &'a str, name: &str) -> Option<&'a str> {
    let quoted = format!("`{name}` ");
    let line = table.lines().find_map(|line| line.split_once(&quoted))?.1;
    Some(line.strip_suffix(',').unwrap_or(line))
}

/// What the server makes of something may be something else again when it is given that.
fn same(mysql: &Mysql, question: &Question, author: &str, reported: &str) -> bool {
    let marker = match &question.kind {
        Kind::Default { .. } => " DEFAULT ",
        Kind::Generated { .. } => " GENERATED ALWAYS AS ",
        Kind::Check | Kind::Predicate => "CHECK ",
        Kind::Index => "(",
        Kind::Type => return false,
    };
    let scope = Scope::new(question.columns.iter().map(|(name, _)| name.as_str()));
    let part = |text: &str| {
        let (before, expr) = text.split_once(marker)?;
        let expr = expr.strip_suffix(" VIRTUAL").unwrap_or(expr);
        let expr = if question.kind == Kind::Index { expr.strip_suffix(')')? } else { expr };
        Some((before.to_owned(), form(mysql, expr, &scope)?))
    };
    part(author).is_some_and(|author| part(reported) == Some(author))
}
