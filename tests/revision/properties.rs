//! What holds for any text, tried on random ones.

use std::path::Path;
use std::sync::Arc;

use autogen::revision::write::{Draft, DraftSide, DraftStep, render};
use autogen::revision::{self, Direction, Identifier, Selection, split};
use autogen_model::Source;
use libtest_mimic::{Failed, Trial};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use crate::{Case, named};

/// Pieces of SQL and of files that are awkward next to one another.
const FRAGMENTS: [&str; 58] = [
    "SELECT 1",
    ";",
    ";",
    "\n",
    "\n",
    "\r\n",
    " ",
    "'",
    "''",
    "\"",
    "`",
    "[",
    "]",
    "$$",
    "$a$",
    "--",
    "-- c;\n",
    "/*",
    "*/",
    "/* c; */",
    "#",
    "\\",
    "BEGIN",
    "BEGIN ATOMIC",
    "END",
    "END;",
    "CASE",
    "WHEN 1 THEN",
    "IF (a, b)",
    "IF x THEN",
    "END IF;",
    "LOOP",
    "REPEAT",
    "FOR",
    "CREATE TRIGGER t ",
    "CREATE PROCEDURE p()\n",
    "CREATE RULE r AS (",
    ")",
    "DELIMITER //\n",
    "//",
    "é",
    "\u{feff}",
    "🎉",
    ".",
    ",",
    "-- autogen: step\n",
    "\n-- autogen: statement\n",
    "\n-- autogen: end\n",
    "\n-- autogen: downgrade\n",
    "\n-- autogen: upgrade\n",
    "\n-- autogen: bind a = env(\"",
    ":a",
    "\n-- Revision: a1\n",
    "\n-- Revises: b, c\n",
    "-- Message\n",
    "\n-- autogen: when A = ",
    "(",
    "/*!50000 x */",
];

pub(crate) fn trials() -> impl Iterator<Item = Trial> {
    let tests: &[Case] = &[
        ("no_text_makes_the_reader_panic", any_file),
        ("statements_are_found_again", found_again),
        ("what_is_written_is_read", written),
        ("no_identifier_makes_the_reader_panic", any_identifier),
    ];
    named("property", tests)
}

fn text() -> impl Strategy<Value = String> {
    vec(proptest::sample::select(&FRAGMENTS[..]), 0..24).prop_map(|parts| parts.concat())
}

fn dialect() -> impl Strategy<Value = &'static str> {
    proptest::sample::select(vec!["sqlite", "postgres", "mysql"])
}

fn run<S: Strategy>(
    strategy: S,
    test: impl Fn(S::Value) -> Result<(), TestCaseError>,
) -> Result<(), Failed> {
    // The same cases in every run: a failure that comes and goes helps nobody.
    let config = ProptestConfig { failure_persistence: None, cases: 2000, ..Default::default() };
    let random = proptest::test_runner::TestRng::deterministic_rng(config.rng_algorithm);
    TestRunner::new_with_rng(config, random).run(&strategy, test).map_err(|e| e.to_string().into())
}

fn any_file() -> Result<(), Failed> {
    run((text(), dialect(), any::<bool>()), |(text, dialect, headed)| {
        let head = if headed { "-- M\n-- Revision: r\n-- autogen: upgrade\n" } else { "" };
        let text = format!("{head}{text}");
        let length = text.len();
        let source = Arc::new(Source::new("case.sql", text));
        let faults = revision::parse_whole(source, Path::new(""), dialect).err();
        for label in faults.iter().flatten().flat_map(|fault| &fault.labels) {
            let range = &label.place.range;
            prop_assert!(range.start <= range.end && range.end <= length, "{range:?}");
            prop_assert!(label.place.source.text.get(range.clone()).is_some(), "{range:?}");
        }
        Ok(())
    })
}

fn found_again() -> Result<(), Failed> {
    run((text(), dialect()), |(text, dialect)| {
        let syntax = split::syntax(dialect);
        let (pieces, open) = split::pieces(&text, syntax);
        for piece in &pieces {
            let sql = text.get(piece.range.clone()).map(|sql| sql.replace("\r\n", "\n"));
            prop_assert_eq!(sql.as_ref(), Some(&piece.sql));
        }
        if open.is_none() && pieces.iter().all(|piece| split::is_one(&piece.sql, syntax)) {
            let joined: String = pieces.iter().map(|piece| format!("{};\n", piece.sql)).collect();
            let (again, open) = split::pieces(&joined, syntax);
            let sql = |pieces: &[split::Piece]| -> Vec<String> {
                pieces.iter().map(|piece| piece.sql.clone()).collect()
            };
            prop_assert_eq!(sql(&again), sql(&pieces));
            prop_assert_eq!(open, None);
        }
        Ok(())
    })
}

/// A draft is written so that it reads the same, or refused; `render` compares.
fn written() -> Result<(), Failed> {
    run((vec(text(), 1..4), dialect()), |(statements, dialect)| {
        let syntax = split::syntax(dialect);
        let plain = |sql: &String| {
            let directive = sql.contains("autogen");
            !directive && split::whole(sql, syntax).is_some()
        };
        let statements: Vec<String> = statements.into_iter().filter(plain).collect();
        let steps = vec![DraftStep {
            autocommit: false,
            statements: statements.into_iter().map(Into::into).collect(),
        }];
        let side = DraftSide {
            direction: Direction::Upgrade,
            dialect: Some(dialect.to_owned()),
            steps,
            irreversible: None,
        };
        let draft = Draft { id: "r".to_owned(), sides: vec![side], ..Draft::default() };
        prop_assert_eq!(render(&draft, None, dialect).err().map(|error| error.to_string()), None);
        Ok(())
    })
}

fn any_identifier() -> Result<(), Failed> {
    run("[a-c@:+\\-0-9é headbs]{0,12}", |text| {
        if let Ok(Selection::One(one)) = Selection::parse(&text) {
            prop_assert_eq!(Identifier::parse(&text).ok(), Some(one));
        }
        Ok(())
    })
}
