//! Questions of `revision`: asked on a terminal, or answered by flags and files.

use std::path::Path;
use std::sync::Arc;

use autogen_model::Place;

use super::Context;
use crate::diff::Question;
use crate::error::{Error, Kind, Result};
use crate::generate::Answers;
use crate::revision::folder;

/// Reads answers from a file, one to a line.
pub(super) fn read_answers(path: &Path, answers: &mut Answers) -> Result<()> {
    let source = folder::read(path)?;
    let mut start = 0;
    let mut faults = Vec::new();
    for line in source.text.split_inclusive('\n') {
        let range = start..start + line.trim_end().len();
        start += line.len();
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Err(error) = read_answer(line, answers) {
            let place = Place { source: Arc::clone(&source), range };
            faults.extend(error.reports().iter().cloned().map(|it| it.at(place.clone(), "")));
        }
    }
    match faults.is_empty() {
        true => Ok(()),
        false => Err(Error::from_reports(Kind::Usage, faults)),
    }
}

fn read_answer(line: &str, answers: &mut Answers) -> Result<()> {
    let (word, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    match (word.trim_start_matches("--"), rest.trim()) {
        ("rename", rest) => answers.rename(rest),
        ("no-rename", rest) if !rest.is_empty() => {
            answers.decline(rest);
            Ok(())
        }
        ("fill", rest) => answers.fill(rest),
        ("convert", rest) if !rest.is_empty() => answers.convert(rest),
        ("irreversible", rest) => answers.one_way(rest),
        _ => Err(Error::new(Kind::Usage, format!("`{line}` is no answer")).help(
            "a line is `rename OLD=NEW`, `no-rename NAME`, `fill TABLE.COLUMN=EXPRESSION`, \
             `convert TABLE.COLUMN` or `irreversible WHY`",
        )),
    }
}

/// Asks one question on the terminal.
pub(super) fn ask(context: &Context, question: &Question, answers: &mut Answers) -> Result<()> {
    let ui = &context.ui;
    match question {
        Question::NamespaceRenamed { new, old } => {
            let (new, old) = (format!("schema:{new}"), [format!("schema:{old}")]);
            ask_rename(context, &new, &new, &old, answers)
        }
        Question::TableRenamed { new, candidates } => {
            let old: Vec<String> = candidates.iter().map(ToString::to_string).collect();
            ask_rename(context, &format!("Table {new}"), &new.to_string(), &old, answers)
        }
        Question::ColumnRenamed { table, new, candidates } => {
            let old: Vec<String> = candidates.iter().map(|it| format!("{table}.{it}")).collect();
            let new = format!("{table}.{new}");
            ask_rename(context, &format!("Column {new}"), &new, &old, answers)
        }
        Question::EnumLabelRenamed { name, new, candidates } => {
            let label = |label: &String| format!("{name}:{label}");
            let old: Vec<String> = candidates.iter().map(label).collect();
            ask_rename(context, &format!("Label {}", label(new)), &label(new), &old, answers)
        }
        Question::LabelRenamed { table, column, new, candidates } => {
            let name = |label: &String| format!("{table}.{column}:{label}");
            let old: Vec<String> = candidates.iter().map(name).collect();
            ask_rename(context, &format!("Label {}", name(new)), &name(new), &old, answers)
        }
        Question::Convert { table, column, types: (old, new) } => {
            let name = format!("{table}.{column}");
            let choices =
                ["what the database makes of them".into(), "the value of an expression".into()];
            let question = format!("{name} was {old} and is to be {new}. Old values become");
            match ui.ask_choice(&question, &choices)? {
                0 => answers.convert(&name),
                _ => answers.convert(&format!("{name}={}", ui.ask_text("SQL expression")?)),
            }
        }
        Question::Fill { table, column, exists } => {
            let rows = if *exists { "rows that hold NULL" } else { "the rows that are there" };
            let name = format!("{table}.{column}");
            let expr = ui.ask_text(&format!("{name} refuses NULL. SQL value for {rows}"))?;
            answers.fill(&format!("{name}={expr}"))
        }
    }
}

/// Asks why there is no way back; the error where there shall be one.
pub(super) fn ask_one_way(context: &Context, error: Error, answers: &mut Answers) -> Result<()> {
    let choices = ["without a way back".into(), "not written".into()];
    let why = error.reports().first().map_or("it cannot be undone", |it| it.message.as_str());
    let question = format!("{why}. The revision is");
    match context.ui.ask_choice(&question, &choices)? {
        0 => answers.one_way(&context.ui.ask_text("Why it cannot be undone")?),
        _ => Err(error),
    }
}

fn ask_rename(
    context: &Context,
    subject: &str,
    new: &str,
    old: &[String],
    answers: &mut Answers,
) -> Result<()> {
    let mut choices: Vec<String> = old.iter().map(|old| format!("renamed from {old}")).collect();
    choices.push("new; the old one is dropped with its values".into());
    let choice = context.ui.ask_choice(&format!("{subject} is"), &choices)?;
    match old.get(choice) {
        Some(old) => answers.rename(&format!("{old}={new}")),
        None => {
            answers.decline(new);
            Ok(())
        }
    }
}
