//! Branches put on one another: graphs with their answers, and files byte by byte.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use autogen::revision::rebase::{self, standing_on};
use autogen::revision::rewrite::replace_all;
use autogen::revision::touched::overlaps;
use autogen::revision::{self, Graph, Revision};
use autogen_model::Source;
use libtest_mimic::{Failed, Trial};

use crate::{Case, cases, compare, named, told, trial};

pub(crate) fn trials() -> impl Iterator<Item = Trial> {
    let graphs = cases("fixtures/rebases", "txt").map(|path| trial("rebase", path, graph));
    let tests: &'static [Case] = &[
        ("only_the_parents_change_in_a_file", bytes),
        ("files_are_rewritten_all_or_none", all_or_none),
        ("a_file_that_changed_meanwhile_is_left", meanwhile),
        ("what_both_sides_change_is_found", both),
    ];
    graphs.chain(named("rebase", tests))
}

fn parsed(name: &str, text: &str) -> Result<Revision, Failed> {
    let source = Arc::new(Source::new(name, text));
    revision::parse(source, Path::new("")).map_err(|faults| told(&faults).into())
}

/// `id: parent parent`, and questions `? branch onto other`.
fn graph(path: &Path) -> Result<(), Failed> {
    let text = fs::read_to_string(path)?;
    let mut revisions = Vec::new();
    for line in text.lines().filter(|line| !line.starts_with(['#', '?'])) {
        let (id, parents) = line.split_once(':').ok_or("a colon")?;
        let parents = parents.split_whitespace().collect::<Vec<_>>().join(", ");
        let revises = format!("-- Revises: {parents}\n");
        let revises = if parents.is_empty() { "" } else { &revises };
        let text = format!("-- {id}\n--\n-- Revision: {id}\n{revises}\n-- autogen: upgrade\n");
        revisions.push(parsed(id, &text)?);
    }
    let graph = Graph::new(revisions).map_err(|faults| told(&faults))?;
    let mut answers = String::new();
    for question in text.lines().filter_map(|line| line.strip_prefix("? ")) {
        let (branch, onto) = question.split_once(" onto ").ok_or("onto")?;
        answers += &format!("{question}\n{}", answer(&graph, branch, onto)?);
    }
    compare(&answers, &path.with_extension("out"))
}

fn answer(graph: &Graph, branch: &str, onto: &str) -> Result<String, Failed> {
    let rebase = rebase::rebase(graph, branch, onto);
    if rebase.moved.is_empty() {
        return Ok("  nothing\n".to_owned());
    }
    let mut answer =
        format!("  moves {} past {}\n", rebase.moved.join(" "), rebase.passed.join(" "));
    let files = rebase.files(graph);
    for file in &files {
        answer +=
            &format!("  {}: {} -> {}\n", file.id, file.before.join(" "), file.after.join(" "));
    }
    // What the files say then is a graph, in which nothing more is to be done.
    let mut revisions = graph.revisions().to_vec();
    for (old, file) in revisions.iter_mut().flat_map(|old| {
        let file = files.iter().find(|file| file.id == old.id);
        file.map(|file| (old, file))
    }) {
        *old = parsed(&file.id, &file.text)?;
    }
    let graph = Graph::new(revisions).map_err(|faults| told(&faults))?;
    match rebase::rebase(&graph, branch, onto).moved.is_empty() {
        true => Ok(answer),
        false => Err(format!("a second time something moves:\n{answer}").into()),
    }
}

/// Texts and what they are with the parents `x` and `y`.
const TEXTS: [(&str, &str); 8] = [
    ("-- A\n--\n-- Revision: a\n-- Revises:  b\n", "-- A\n--\n-- Revision: a\n-- Revises:  x, y\n"),
    (
        "\u{feff}-- Ä\r\n--\r\n-- Revision: a\r\n-- revises : b ,  c  \r\n-- Created: now\r\n",
        "\u{feff}-- Ä\r\n--\r\n-- Revision: a\r\n-- revises : x, y  \r\n-- Created: now\r\n",
    ),
    ("-- Revision: a\n", "-- Revision: a\n-- Revises:  x, y\n"),
    ("\u{feff}-- Revision: a\r\n", "\u{feff}-- Revision: a\r\n-- Revises:  x, y\r\n"),
    (
        "--   Revision:   a   \r\n--   Created: now\r\n",
        "--   Revision:   a   \r\n--   Revises:  x, y\r\n--   Created: now\r\n",
    ),
    ("-- Revises:\n-- Revision: a\n", "-- Revises: x, y\n-- Revision: a\n"),
    ("-- Revision: a\r\n-- Revises: \r\n", "-- Revision: a\r\n-- Revises: x, y \r\n"),
    (
        "-- The revision Revises: nothing\n--\n-- Revision: a\n",
        "-- The revision Revises: nothing\n--\n-- Revision: a\n-- Revises:  x, y\n",
    ),
];

fn bytes() -> Result<(), Failed> {
    const REST: &str = "\r\n-- autogen: upgrade\n-- Revises: b\nSELECT '-- Revises: b';\r\n\t";
    let parents = ["x".to_owned(), "y".to_owned()];
    for (before, after) in TEXTS {
        let (before, after) = (format!("{before}{REST}"), format!("{after}{REST}"));
        let written = standing_on(&parsed("a.sql", &before)?, &parents);
        if written != after || parsed("a.sql", &written)?.parents != parents {
            return Err(format!("{before:?}\nbecame {written:?}").into());
        }
    }
    Ok(())
}

fn files(folder: &Path) -> Result<Vec<String>, Failed> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let text = if path.is_file() { fs::read_to_string(&path)? } else { String::new() };
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        names.push(format!("{name} {text}"));
    }
    names.sort();
    Ok(names)
}

fn all_or_none() -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let [a, b, c] = ["a", "b", "c"].map(|name| folder.path().join(name));
    for path in [&a, &b] {
        fs::write(path, "old")?;
    }
    // The last is a folder, which no file replaces; nor is one read where none is.
    fs::create_dir(&c)?;
    for last in [&c, &folder.path().join("none")] {
        let rows = [(a.as_path(), "old", "new"), (b.as_path(), "old", "new"), (last, "", "new")];
        if replace_all(&rows).is_ok() {
            return Err("what cannot be written was".into());
        }
        let found = files(folder.path())?;
        if found != ["a old", "b old", "c "] {
            return Err(format!("{found:?}").into());
        }
    }
    replace_all(&[(&a, "old", "new"), (&b, "old", "newer")]).map_err(|error| error.to_string())?;
    match files(folder.path())? {
        found if found == ["a new", "b newer", "c "] => Ok(()),
        found => Err(format!("{found:?}").into()),
    }
}

fn meanwhile() -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let [a, b] = ["a", "b"].map(|name| folder.path().join(name));
    fs::write(&a, "old")?;
    fs::write(&b, "edited")?;
    let refused = replace_all(&[(&a, "old", "new"), (&b, "old", "new")]);
    let message = refused.err().ok_or("it was written")?.to_string();
    match (message.contains("changed"), files(folder.path())?) {
        (true, found) if found == ["a old", "b edited"] => Ok(()),
        found => Err(format!("{message}: {found:?}").into()),
    }
}

/// What each side does, and the tables and columns of both.
const SIDES: [(&str, &str, &str); 9] = [
    ("CREATE TABLE a (x int);", "CREATE TABLE b (x int);", ""),
    ("CREATE TABLE IF NOT EXISTS a (x int);", "create table \"a\" (y int)", "a"),
    ("ALTER TABLE a ADD COLUMN x int;", "ALTER TABLE a ADD y int; SELECT 1;", "a"),
    (
        "ALTER TABLE a ADD COLUMN x int, DROP y;",
        "ALTER TABLE ONLY a ALTER COLUMN y TYPE int;",
        "a y",
    ),
    ("ALTER TABLE s.a RENAME COLUMN x TO y", "DROP TABLE s.a", "s.a"),
    ("CREATE UNIQUE INDEX i ON a (x)", "UPDATE a SET x = 1", "a"),
    ("INSERT INTO a VALUES ('DROP TABLE b;')", "DELETE FROM b; -- a", ""),
    ("ALTER TABLE a ADD CONSTRAINT c CHECK (x > 1)", "ALTER TABLE a DROP CONSTRAINT c", "a"),
    (
        "CREATE TABLE t (x); INSERT INTO t SELECT x FROM a; DROP TABLE a; ALTER TABLE t RENAME TO a;",
        "CREATE TABLE t (x); DROP TABLE b; ALTER TABLE t RENAME TO b; ALTER TABLE a ADD y",
        "a",
    ),
];

fn both() -> Result<(), Failed> {
    for (here, there, expected) in SIDES {
        let side = |id: &str, sql: &str| {
            parsed(id, &format!("-- Revision: {id}\n\n-- autogen: upgrade\n{sql}\n"))
        };
        let (here, there) = (side("h", here)?, side("t", there)?);
        let found = overlaps(&[&here], &[&there], "postgres");
        let shown = found.iter().map(|it| format!("{} {}", it.table, it.columns.join(" ")));
        let shown = shown.collect::<Vec<_>>().join("; ");
        if shown.trim_end() != expected {
            return Err(format!("{expected:?} was expected: {found:?}").into());
        }
    }
    Ok(())
}
