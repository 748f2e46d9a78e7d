//! How revisions are named on the command line.

use autogen::error::Kind;
use autogen::revision::{Anchor, Identifier, Selection};

use super::{must, same};
use crate::run::Target;
use crate::text::Language;

const PIECES: [&str; 34] = [
    "head",
    "heads",
    "base",
    "current",
    "HEAD",
    "a1",
    "3f2a9c1b7d04",
    "label",
    "é",
    "日本",
    "@",
    "@",
    "+",
    "+",
    "-",
    "-",
    ":",
    ":",
    "1",
    "0",
    "01",
    "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775808",
    "a.b",
    "_",
    " ",
    "head-1",
    "base+2",
    "billing@",
    "\u{1f980}",
    "/",
    "\\",
    "..",
];

pub(super) fn targets() -> Vec<Target> {
    vec![Target {
        name: "identifier",
        language: || Language::new(&PIECES, &[], ""),
        make: |language, dice| (0..dice.below(7)).map(|_| language.piece(dice)).collect(),
        check,
    }]
}

fn check(text: &str) -> Result<(), String> {
    let selection = match Selection::parse(text) {
        Ok(selection) => selection,
        Err(error) => {
            let helped = error.reports().iter().all(|report| !report.help.is_empty());
            must(helped, || format!("`{error}` says nothing that helps"))?;
            return same("kind", &error.kind(), &Kind::Usage);
        }
    };
    let (printed, again) = match &selection {
        Selection::One(one) => {
            same("alone", &Identifier::parse(text).ok().as_ref(), &Some(one))?;
            (printed(one), selection.clone().one().map(Selection::One))
        }
        Selection::Range(start, end) => {
            let end_of = |it: &Option<Identifier>| it.as_ref().map(printed).unwrap_or_default();
            must(selection.clone().one().is_err(), || "a range is one".to_owned())?;
            (format!("{}:{}", end_of(start), end_of(end)), Ok(selection.clone()))
        }
    };
    same("printed", &again.ok().as_ref(), &Some(&selection))?;
    same("read again", &Selection::parse(&printed).ok().as_ref(), &Some(&selection))
}

fn printed(identifier: &Identifier) -> String {
    let branch = identifier.branch.as_ref().map(|branch| format!("{branch}@"));
    let anchor = match &identifier.anchor {
        Anchor::Head => "head",
        Anchor::Heads => "heads",
        Anchor::Base => "base",
        Anchor::Current => "current",
        Anchor::Relative => "",
        Anchor::Name(name) => name,
    };
    // `+0` is a place too: that where the database is.
    let offset = match (identifier.offset, &identifier.anchor) {
        (0, Anchor::Relative) => "+0".to_owned(),
        (0, _) => String::new(),
        (offset, _) => format!("{offset:+}"),
    };
    format!("{}{anchor}{offset}", branch.unwrap_or_default())
}
