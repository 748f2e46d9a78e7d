//! Revision files, read and written: every fixture is a test.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use autogen::error::render as render_fault;
use autogen::revision::write::{Draft, DraftSide, DraftStatement, DraftStep, render};
use autogen::revision::{self, Direction, Revision, Side, Sides};
use autogen_model::Source;
use libtest_mimic::{Arguments, Failed, Trial};
use snapbox::{Assert, Data};

#[path = "revision/drawings.rs"]
mod drawings;
#[path = "revision/files.rs"]
mod files;
#[path = "revision/properties.rs"]
mod properties;
#[path = "revision/rebases.rs"]
mod rebases;
#[path = "revision/tables.rs"]
mod tables;
#[path = "revision/traced.rs"]
mod traced;
#[path = "revision/writing.rs"]
mod writing;

fn main() {
    let mut trials = Vec::new();
    let ok = cases("fixtures/revision_files/ok", "sql");
    trials.extend(ok.map(|path| trial("ok", path, accepted)));
    let err = cases("fixtures/revision_files/err", "sql");
    trials.extend(err.map(|path| trial("err", path, refused)));
    trials.extend(tables::trials());
    trials.extend(drawings::trials());
    trials.extend(files::trials());
    trials.extend(rebases::trials());
    trials.extend(traced::trials());
    trials.extend(writing::trials());
    trials.extend(properties::trials());
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}

/// A test that needs no fixture.
pub(crate) type Case = (&'static str, fn() -> Result<(), Failed>);

/// Cases of one area as trials.
pub(crate) fn named(area: &str, cases: &'static [Case]) -> impl Iterator<Item = Trial> {
    cases.iter().map(move |(name, test)| Trial::test(format!("{area}::{name}"), test))
}

/// Compares with a file, or rewrites it when blessing.
pub(crate) fn compare(actual: &str, expected: &Path) -> Result<(), Failed> {
    let assert = Assert::new().action_env("SNAPSHOTS");
    let expected = Data::read_from(expected, None).raw();
    Ok(assert.try_eq(Some(&"file"), Data::text(actual).raw(), expected)?)
}

/// The cases of a folder: files of one kind. A folder without any is a mistake in its name.
pub(crate) fn cases(folder: &str, kind: &str) -> std::vec::IntoIter<PathBuf> {
    let entries = std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(folder));
    let paths = entries.into_iter().flatten().flatten().map(|entry| entry.path());
    let is_case = |path: &PathBuf| path.extension().is_some_and(|extension| extension == kind);
    let mut cases: Vec<PathBuf> = paths.filter(is_case).collect();
    cases.sort();
    assert!(!cases.is_empty(), "{folder} holds no cases");
    cases.into_iter()
}

pub(crate) fn trial(area: &str, path: PathBuf, test: fn(&Path) -> Result<(), Failed>) -> Trial {
    let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    Trial::test(format!("{area}::{name}"), move || test(&path))
}

/// A file is in SQLite's SQL unless its name begins with another dialect's.
fn dialect(path: &Path) -> &'static str {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let known = ["postgres", "mysql"].into_iter().find(|dialect| name.starts_with(dialect));
    known.unwrap_or("sqlite")
}

fn source(path: &Path) -> Result<Arc<Source>, Failed> {
    let name = path.file_name().unwrap_or_default();
    Ok(Arc::new(Source::new(name, std::fs::read_to_string(path)?)))
}

fn read(text: String, dialect: &str) -> Result<(Revision, Sides), Failed> {
    let source = Arc::new(Source::new("case.sql", text));
    revision::parse_whole(source, Path::new(""), dialect).map_err(|faults| told(&faults).into())
}

/// Complaints as a user sees them.
pub(crate) fn told(faults: &[autogen_model::Diagnostic]) -> String {
    let shown = faults.iter().map(|fault| render_fault(fault, false).trim_end().to_owned() + "\n");
    shown.collect::<Vec<_>>().join("\n")
}

fn refused(path: &Path) -> Result<(), Failed> {
    let result = revision::parse_whole(source(path)?, Path::new(""), dialect(path));
    let faults = result.err().ok_or("the file was accepted")?;
    compare(&told(&faults), &path.with_extension("stderr"))
}

fn accepted(path: &Path) -> Result<(), Failed> {
    let (dialect, text) = (dialect(path), source(path)?.text.clone());
    let (revision, sides) = read(text.clone(), dialect)?;
    compare(&shown(&revision, &sides, dialect), &path.with_extension("txt"))?;
    other_line_ends(&text, &revision, &sides, dialect)?;
    written_again(&revision, &sides, dialect)
}

/// Windows line ends, a byte order mark and space at the end of the file change nothing.
fn other_line_ends(
    text: &str,
    revision: &Revision,
    sides: &Sides,
    dialect: &str,
) -> Result<(), Failed> {
    let text = text.replace("\r\n", "\n").replace('\n', "\r\n");
    let marked = format!("\u{feff}{}  \r\n\r\n", text.trim_start_matches('\u{feff}'));
    let (again, sides_again) = read(marked, dialect)?;
    let same = revision::checksum(&again, dialect) == revision::checksum(revision, dialect)
        && statements(&sides_again) == statements(sides)
        && again.message == revision.message
        && again.parents == revision.parents;
    same.then_some(()).ok_or_else(|| "other line ends change the revision".into())
}

/// What is read can be written, and read again as the same.
fn written_again(revision: &Revision, sides: &Sides, dialect: &str) -> Result<(), Failed> {
    let draft = Draft {
        message: revision.message.clone(),
        id: revision.id.clone(),
        parents: revision.parents.clone(),
        labels: revision.labels.clone(),
        depends_on: revision.depends_on.clone(),
        created: revision.created.clone(),
        extra: revision.extra.clone(),
        review: vec!["written again".to_owned()],
        sides: drafts(sides),
    };
    let text = render(&draft, None, dialect).map_err(|error| told(error.reports()))?;
    let (again, sides_again) = read(text, dialect)?;
    let same = statements(&sides_again) == statements(sides)
        && again.extra == revision.extra
        && again.created == revision.created;
    same.then_some(()).ok_or_else(|| "what was written is not the same".into())
}

fn drafts(sides: &Sides) -> Vec<DraftSide> {
    let directions =
        [(Direction::Upgrade, &sides.upgrade), (Direction::Downgrade, &sides.downgrade)];
    let all = directions.into_iter().flat_map(|(direction, by_dialect)| {
        by_dialect.iter().map(move |(dialect, side)| DraftSide {
            direction,
            dialect: Some(dialect.clone()).filter(|dialect| !dialect.is_empty()),
            irreversible: side.irreversible.clone(),
            steps: side.steps.iter().map(draft_step).collect(),
        })
    });
    all.collect()
}

fn draft_step(step: &revision::Step) -> DraftStep {
    let statements = step.statements.iter().map(|statement| DraftStatement {
        sql: statement.sql.clone(),
        comment: vec!["kept apart; from the SQL".to_owned()],
        repeat: statement.repeat,
    });
    DraftStep { autocommit: step.autocommit, statements: statements.collect() }
}

/// Whether a step runs outside a transaction, and its SQL.
type PlainStep = (bool, Vec<String>);

/// All SQL of all sides, with what decides where it runs.
fn statements(sides: &Sides) -> BTreeMap<String, Vec<PlainStep>> {
    let plain = |side: &Side| {
        let steps = side.steps.iter();
        let sql = |step: &revision::Step| {
            step.statements.iter().map(|statement| statement.sql.clone()).collect()
        };
        steps.map(|step| (step.autocommit, sql(step))).collect()
    };
    let up = sides.upgrade.iter().map(|(dialect, side)| (format!("up {dialect}"), plain(side)));
    let down =
        sides.downgrade.iter().map(|(dialect, side)| (format!("down {dialect}"), plain(side)));
    up.chain(down).collect()
}

fn shown(revision: &Revision, sides: &Sides, dialect: &str) -> String {
    let mut lines = vec![
        format!("id {}", revision.id),
        format!("message {:?}", revision.message),
        format!("parents {}", revision.parents.join(" ")),
        format!("labels {}", revision.labels.join(" ")),
        format!("depends on {}", revision.depends_on.join(" ")),
        format!("created {}", revision.created.as_deref().unwrap_or_default()),
    ];
    lines.extend(revision.extra.iter().map(|(key, value)| format!("extra {key:?} {value:?}")));
    let created = revision::created([revision], dialect);
    lines.push(format!("tables {}", Vec::from_iter(created.tables).join(" ")));
    for (word, names) in [("types", created.types), ("schemas", created.namespaces)] {
        let names = Vec::from_iter(names);
        lines.extend((!names.is_empty()).then(|| format!("{word} {}", names.join(" "))));
    }
    lines.push(format!("checksum {}", revision::checksum(revision, dialect)));
    for (direction, by_dialect) in [("upgrade", &sides.upgrade), ("downgrade", &sides.downgrade)] {
        for (dialect, side) in by_dialect {
            lines.push(format!("\n{direction} {dialect}").trim_end().to_owned());
            lines.extend(side.irreversible.iter().map(|why| format!("  irreversible {why:?}")));
            for step in &side.steps {
                let autocommit = if step.autocommit { " autocommit" } else { "" };
                lines.push(format!("  step{autocommit}"));
                lines.extend(step.statements.iter().map(shown_statement));
            }
        }
    }
    let lines = lines.iter().map(|line| format!("{}\n", line.trim_end_matches(' ')));
    lines.collect()
}

fn shown_statement(statement: &revision::Statement) -> String {
    let mut text = format!("    line {}", statement.place.line());
    for bind in &statement.binds {
        text.push_str(&format!(" bind {} {:?}", bind.name, bind.value));
    }
    for condition in &statement.when {
        let relation = if condition.equal { "=" } else { "!=" };
        text.push_str(&format!(" when {} {relation} {:?}", condition.name, condition.value));
    }
    if statement.repeat {
        text.push_str(" repeat");
    }
    for line in statement.sql.lines() {
        text.push_str(&format!("\n      | {line}"));
    }
    text
}
