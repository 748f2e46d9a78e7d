//! Tables of questions; the answers stand beside them.

use std::fmt::Write as _;
use std::path::Path;

use autogen::error::Error;
use autogen::revision::name::{NameParts, file_name, in_zone, rfc3339, slug};
use libtest_mimic::{Failed, Trial};

use crate::{cases, compare, trial};

pub(crate) fn trials() -> impl Iterator<Item = Trial> {
    cases("fixtures/revision_tables", "txt").map(|path| trial("table", path, table))
}

fn table(path: &Path) -> Result<(), Failed> {
    compare(&answered(&std::fs::read_to_string(path)?)?, &path.with_extension("out"))
}

/// The text with an answer to each line that starts with a question mark.
fn answered(text: &str) -> Result<String, Failed> {
    let mut result = String::new();
    for line in text.lines() {
        match line.strip_prefix("? ") {
            Some(question) => {
                let (verb, rest) = question.split_once(' ').unwrap_or((question, ""));
                let answer = name_answer(verb, rest)?;
                writeln!(result, "{}", format!("{question} => {answer}").trim_end())?;
            }
            None => writeln!(result, "{line}")?,
        }
    }
    Ok(result)
}

fn refused(error: &Error) -> String {
    let one = |it: &autogen_model::Diagnostic| format!("{} ({})", it.message, it.help.join("; "));
    format!("! {}", error.reports().iter().map(one).collect::<Vec<_>>().join(" / "))
}

/// `slug LENGTH message`, `file PATTERN message`, `time ZONE`; the time is always the same.
fn name_answer(verb: &str, rest: &str) -> Result<String, Failed> {
    let moment: jiff::Timestamp = "2026-11-20T23:30:05Z".parse()?;
    let (first, message) = rest.split_once(' ').unwrap_or((rest, ""));
    match verb {
        "slug" => Ok(slug(message, first.parse()?)),
        "time" => {
            let told = in_zone(moment, first).map(|time| rfc3339(&time));
            Ok(told.unwrap_or_else(|error| refused(&error)))
        }
        "file" => {
            let created = in_zone(moment, "Asia/Tokyo").map_err(|error| refused(&error))?;
            let parts =
                NameParts { id: "3f2a9c1b7d04", message, created: &created, slug_length: 40 };
            let name = file_name(first, &parts).map(|path| path.display().to_string());
            Ok(name.unwrap_or_else(|error| refused(&error)))
        }
        _ => Err(format!("unknown question `{verb}`").into()),
    }
}
