//! Drafts, written by the built-in template and by a team's own.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use autogen::error::Kind;
use autogen::revision::name::new_id;
use autogen::revision::write::{Draft, DraftSide, DraftStep, built_in_template, render};
use autogen::revision::{self, Direction};
use autogen_model::Source;
use libtest_mimic::{Failed, Trial};

use crate::{compare, fixture, told};

pub fn trials() -> impl Iterator<Item = Trial> {
    let tests: [(&str, fn() -> Result<(), Failed>); 5] = [
        ("a_message_that_reads_as_a_key_is_refused", message_as_key),
        ("a_template_that_loses_something_is_refused", losing_template),
        ("a_template_with_a_mistake_is_shown", wrong_template),
        ("a_team_may_add_its_own_text", own_template),
        ("new_ids_are_valid_and_differ", ids),
    ];
    let tests = tests.map(|(name, test)| Trial::test(format!("write::{name}"), test));
    let drafts = drafts().into_iter().map(|(name, dialect, draft)| {
        Trial::test(format!("write::{name}"), move || written(name, dialect, &draft))
    });
    tests.into_iter().chain(drafts)
}

fn template(text: &str) -> Arc<Source> {
    Arc::new(Source { path: PathBuf::from("revision.sql.jinja"), text: text.to_owned() })
}

/// Both engines make the same bytes of one template; what they make is as expected.
fn written(name: &str, dialect: &str, draft: &Draft) -> Result<(), Failed> {
    let built_in = render(draft, None, dialect).map_err(|error| told(error.reports()))?;
    let own = template(built_in_template());
    let at_run_time = render(draft, Some(&own), dialect).map_err(|error| told(error.reports()))?;
    if built_in != at_run_time {
        return Err(format!("the engines differ:\n{built_in}\n---\n{at_run_time}").into());
    }
    compare(&built_in, &fixture("revision_drafts").join(format!("{name}.sql")))
}

fn side(direction: Direction, dialect: Option<&str>, steps: &[(bool, &[&str])]) -> DraftSide {
    let step = |(autocommit, statements): &(bool, &[&str])| DraftStep {
        autocommit: *autocommit,
        statements: statements.iter().map(|sql| (*sql).into()).collect(),
    };
    DraftSide {
        direction,
        dialect: dialect.map(str::to_owned),
        steps: steps.iter().map(step).collect(),
        irreversible: None,
    }
}

fn small() -> Draft {
    Draft {
        message: "Add favorites".to_owned(),
        id: "3f2a9c1b7d04".to_owned(),
        sides: vec![
            side(Direction::Upgrade, None, &[(false, &["CREATE TABLE a (b int)"])]),
            side(Direction::Downgrade, None, &[(false, &["DROP TABLE a;"])]),
        ],
        ..Draft::default()
    }
}

fn drafts() -> Vec<(&'static str, &'static str, Draft)> {
    let empty = Draft {
        sides: vec![
            side(Direction::Upgrade, None, &[]),
            side(Direction::Downgrade, None, &[(false, &[])]),
        ],
        ..small()
    };
    vec![
        ("small", "sqlite", small()),
        ("empty", "sqlite", empty),
        ("full", "postgres", full()),
        ("mysql_routine", "mysql", routine()),
        ("awkward_text", "sqlite", awkward()),
        ("merge", "sqlite", Draft { parents: vec!["a1".into(), "b2".into()], ..small() }),
    ]
}

/// Everything that a header and a side can have.
fn full() -> Draft {
    let mut down = side(Direction::Downgrade, Some("postgres"), &[]);
    down.irreversible = Some("the rows of \"old\" are gone,\nand C:\\ too".to_owned());
    let table = "CREATE TABLE favorites (\n    id bigint PRIMARY KEY,\n    note text\n)";
    let up: &[(bool, &[&str])] = &[
        (false, &["SET lock_timeout = '5s'", "ANALYZE users", table, "SELECT 1"]),
        (true, &["CREATE INDEX CONCURRENTLY ix ON users (name)"]),
        (false, &["DO $$ BEGIN PERFORM 1; END $$"]),
    ];
    let mut upgrade = side(Direction::Upgrade, Some("postgres"), up);
    if let Some(statement) = upgrade.steps.last_mut().and_then(|step| step.statements.last_mut()) {
        statement.comment = vec!["A comment; with a semicolon".to_owned()];
    }
    let mut batch = side(Direction::Upgrade, Some("sqlite"), &[(true, &["DELETE FROM a"])]);
    batch.steps.iter_mut().flat_map(|step| &mut step.statements).for_each(|it| it.repeat = true);
    Draft {
        message: "Add favorites\nwith everything: notes, too\n\n\nA second paragraph.".to_owned(),
        parents: vec!["8a51c07e9f21".to_owned()],
        labels: vec!["favorites".to_owned(), "stars".to_owned()],
        depends_on: vec!["library".to_owned()],
        created: Some("2026-11-20T15:30:00Z".to_owned()),
        extra: vec![("Ticket".to_owned(), "APP-12".to_owned())],
        review: vec!["+ table favorites (2 columns)".to_owned(), "data:  nothing lost".to_owned()],
        sides: vec![upgrade, batch, down],
        ..small()
    }
}

fn routine() -> Draft {
    let body = "CREATE PROCEDURE p()\nBEGIN\n  IF 1 > 0 THEN\n    SELECT 1;\n  END IF;\nEND";
    let up: &[(bool, &[&str])] = &[(false, &[body, "SELECT ';'", "/*!50001 SET @a = 1 */"])];
    let sides = vec![
        side(Direction::Upgrade, None, up),
        side(Direction::Downgrade, None, &[(false, &["DROP PROCEDURE p"])]),
    ];
    Draft { sides, ..small() }
}

/// Text that a careless writer would get wrong.
fn awkward() -> Draft {
    let up: &[(bool, &[&str])] = &[(
        false,
        &[
            "INSERT INTO a VALUES ('<b>&amp;</b> {{ x }} {% if %}')",
            "-- a comment before\nSELECT 1 -- and one after\n;",
            "SELECT 'a\n\n  b;  '\n  , 2;",
            "CREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT CASE 1 WHEN 1 THEN 2 END; END",
            "BEGIN; SELECT 1; COMMIT",
        ],
    )];
    let sides = vec![side(Direction::Upgrade, None, up)];
    Draft { message: "<b> & {{ braces }} \u{1f389}".to_owned(), sides, ..small() }
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
    let source = Arc::new(Source { path: "case.sql".into(), text });
    let read = revision::parse(source, Path::new("")).map_err(|faults| told(&faults))?;
    expect(read.extra == [("Owner".to_owned(), "DBA".to_owned())], "the key is not there")
}

fn ids() -> Result<(), Failed> {
    let (one, two) = (new_id(), new_id());
    let (one, two) = (one.map_err(|e| e.to_string())?, two.map_err(|e| e.to_string())?);
    let hex = one.len() == 12 && one.bytes().all(|byte| byte.is_ascii_hexdigit());
    expect(hex && one != two, &one)
}
