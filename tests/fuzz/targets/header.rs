//! The header of a revision file: what is read is written and read again.

use std::path::Path;
use std::sync::Arc;

use autogen::revision::{self, Direction, Draft, DraftSide, Revision};
use autogen_model::Source;

use super::{placed, same};
use crate::run::Target;
use crate::text::Language;

const PIECES: [&str; 40] = [
    "-- ",
    "-- ",
    "\n-- ",
    "\n-- ",
    "--",
    "\n--\n",
    "\n",
    "\n\n",
    "Revision: ",
    "Revision: r1",
    "Revises: ",
    "Revises: a, b",
    "Depends on: ",
    "Depends_On: c",
    "depends  on: billing",
    "Labels: ",
    "labels: billing",
    "Created: ",
    "Created:  2026-11-20T15:30:00Z",
    "Ticket: AB-12",
    "Owner: ann",
    "Review",
    "Review:",
    "  + table users",
    "Revison: r",
    "Revises r0",
    "head",
    "base",
    "a",
    ", ",
    ",,",
    "Add users",
    "/* ",
    " */",
    "http://example.org",
    "autogen: ",
    "autogen: upgrade",
    "\tx",
    "Reviewed: yes",
    "word",
];
const BODY: &str = "\n-- autogen: upgrade\nSELECT 1;\n";

pub(super) fn targets() -> Vec<Target> {
    vec![Target {
        name: "header",
        language: || {
            let folders = ["fixtures/revision_files/ok", "fixtures/revision_files/err"];
            let mut language = Language::new(&PIECES, &folders, "sql");
            for file in &mut language.files {
                file.truncate(file.find("-- autogen: upgrade").unwrap_or(0));
            }
            language
        },
        make: |language, dice| {
            let id = if dice.once_in(4) { "" } else { "-- Title\n--\n-- Revision: r1\n" };
            format!("{id}{}", language.text(dice))
        },
        check,
    }]
}

fn read(text: &str) -> Result<Option<Revision>, String> {
    let source = Arc::new(Source::new("case.sql", text));
    match revision::parse(source, Path::new("")) {
        Ok(revision) => Ok(Some(revision)),
        Err(reports) => {
            reports.iter().take(20).try_for_each(|report| placed(report, text))?;
            Ok(None)
        }
    }
}

fn check(text: &str) -> Result<(), String> {
    let text = format!("{text}{BODY}");
    let Some(revision) = read(&text)? else { return Ok(()) };
    let said = |place: autogen_model::Place| text[place.range].to_owned();
    same("place of the id", &said(revision.place()), &revision.id)?;
    for (number, parent) in revision.parents.iter().enumerate() {
        same("place of a parent", &said(revision.parent_place(number)), parent)?;
    }
    for (number, label) in revision.labels.iter().enumerate() {
        same("place of a label", &said(revision.label_place(number)), label)?;
    }
    for (number, name) in revision.depends_on.iter().enumerate() {
        same("place of a dependency", &said(revision.dependency_place(number)), name)?;
    }
    // The other side of the file, if it has one, is no part of a header.
    if revision.side_text(Direction::Upgrade, "sqlite") != Some("\nSELECT 1;\n") {
        return Ok(());
    }
    written(&revision)
}

fn written(revision: &Revision) -> Result<(), String> {
    let side = DraftSide {
        direction: Direction::Upgrade,
        dialect: None,
        steps: vec![revision::DraftStep {
            autocommit: false,
            statements: vec!["SELECT 1".to_owned().into()],
        }],
        irreversible: None,
    };
    let draft = Draft {
        message: revision.message.clone(),
        id: revision.id.clone(),
        parents: revision.parents.clone(),
        labels: revision.labels.clone(),
        depends_on: revision.depends_on.clone(),
        created: revision.created.clone(),
        extra: revision.extra.clone(),
        review: Vec::new(),
        sides: vec![side],
    };
    let text = revision::render(&draft, None, "sqlite").map_err(|error| error.to_string())?;
    let Some(again) = read(&text)? else { return Err(format!("cannot be read back: {text}")) };
    same("id", &revision.id, &again.id)?;
    same("message", &revision.message, &again.message)?;
    same("parents", &revision.parents, &again.parents)?;
    same("labels", &revision.labels, &again.labels)?;
    same("dependencies", &revision.depends_on, &again.depends_on)?;
    same("created", &revision.created, &again.created)?;
    let plain = |revision: &Revision| -> Vec<(String, Vec<String>)> {
        let words = |value: &str| value.split_whitespace().map(str::to_owned).collect();
        revision.extra.iter().map(|(key, value)| (key.clone(), words(value))).collect()
    };
    same("keys of a team", &plain(revision), &plain(&again))
}
