//! What is fuzzed, and what must hold.

mod config;
mod header;
mod identifier;
mod side;
mod statement;

use std::path::Path;
use std::sync::Arc;

use autogen::error::render;
use autogen::revision::{Revision, Sides, parse_whole};
use autogen_model::{Diagnostic, Source};

use crate::run::Target;

/// All of them.
pub(crate) fn all() -> Vec<Target> {
    let mut all = identifier::targets();
    all.extend(header::targets());
    all.extend(side::targets());
    all.extend(statement::targets());
    all.extend(config::targets());
    all
}

const DIALECTS: [&str; 3] = ["sqlite", "postgres", "mysql"];

/// Fails with the words unless it holds.
fn must(holds: bool, otherwise: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(otherwise()) }
}

fn same<T: PartialEq + std::fmt::Debug>(what: &str, one: &T, other: &T) -> Result<(), String> {
    must(one == other, || format!("{what}: {one:?} became {other:?}"))
}

/// Reads a whole revision file; complaints must be about places in it.
fn whole(text: &str, dialect: &str) -> Result<Option<(Revision, Sides)>, String> {
    let source = Arc::new(Source::new("case.sql", text));
    match parse_whole(source, Path::new(""), dialect) {
        Ok(read) => Ok(Some(read)),
        Err(reports) => {
            must(!reports.is_empty(), || "refused without a reason".to_owned())?;
            reports.iter().try_for_each(|report| placed(report, text))?;
            Ok(None)
        }
    }
}

/// A complaint has a place in the text, and can be shown.
fn placed(report: &Diagnostic, text: &str) -> Result<(), String> {
    must(!report.labels.is_empty(), || format!("`{}` has no place", report.message))?;
    for label in &report.labels {
        let range = label.place.range.clone();
        must(label.place.source.text.get(range.clone()).is_some(), || {
            format!("`{}` is at {range:?} of {} bytes", report.message, text.len())
        })?;
    }
    shown(report)
}

/// A complaint can be shown; only short texts, since an excerpt is looked for in all of them.
fn shown(report: &Diagnostic) -> Result<(), String> {
    let small = |text: &str| text.len() < 10_000;
    if report.labels.iter().all(|label| small(&label.place.source.text)) {
        must(render(report, false).contains("error: "), || "an error without a title".to_owned())?;
    }
    Ok(())
}
