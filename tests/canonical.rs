//! Canonical forms: each `fixtures/canonical/<dialect>/*.lock` is a neutral schema, and what the
//! dialect makes of it, or has to say against it, is beside it as `.txt`. `SNAPSHOTS=overwrite`
//! writes those files. For PostgreSQL and MySQL
//! the cases are models.

#[path = "canonical/live.rs"]
mod live;
#[path = "canonical/mysql.rs"]
mod mysql;
#[path = "canonical/mysql_live.rs"]
mod mysql_live;
#[path = "support/mysql.rs"]
mod mysql_servers;
#[path = "canonical/postgres.rs"]
mod postgres;
#[path = "support/postgres.rs"]
mod servers;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use autogen::dialect::sqlite::canonical;
use autogen::schema::{Column, Intent, Schema, Table, Type, read_lock, write_lock};
use autogen_model::{Place, Source};
use libtest_mimic::{Arguments, Failed, Trial};
use snapbox::{Assert, Data};

fn main() {
    let arguments = Arguments::from_args();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/canonical/sqlite");
    let mut all = trials(&folder);
    all.push(Trial::test("sqlite::complaints_have_places", complaints_have_places));
    all.extend(postgres::trials());
    all.extend(mysql::trials());
    libtest_mimic::run(&arguments, all).exit();
}

fn trials(folder: &Path) -> Vec<Trial> {
    let entries = std::fs::read_dir(folder).expect("the folder of the cases can be read");
    let mut cases: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    cases.sort();
    let locks = cases.into_iter().filter(|path| path.extension().is_some_and(|it| it == "lock"));
    locks
        .map(|path| {
            let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            Trial::test(format!("sqlite::{name}"), move || run(&path))
        })
        .collect()
}

/// The column's place before the table's, and none for a table that is not ours to change.
fn complaints_have_places() -> Result<(), Failed> {
    let source = Arc::new(Source::new("models.rs", "a\nb\nc\n"));
    let line = |at: usize| Some(Place { source: source.clone(), range: at..at + 1 });
    let columns = ["tags", "names"].map(|name| Column::new(name, Type::Array(Type::Bool.into())));
    let mut table = Table::new("t".into());
    table.columns.extend(columns);
    let mut schema = Schema::default();
    schema.insert(table);
    let mut intent = Intent::default();
    let said = intent.tables.entry("t".into()).or_default();
    said.place = line(0);
    said.columns.entry("tags".into()).or_default().place = line(2);
    let reports = canonical(&schema, &intent).1;
    let lines: Vec<_> = reports.iter().map(|it| it.labels[0].place.line()).collect();
    if lines != [2, 1] {
        return Err(format!("the complaints point to the lines {lines:?}").into());
    }
    intent.tables.entry("t".into()).or_default().unmanaged = true;
    match canonical(&schema, &intent).1.as_slice() {
        [] => Ok(()),
        reports => Err(format!("complaints about an unmanaged table: {reports:?}").into()),
    }
}

fn run(path: &Path) -> Result<(), Failed> {
    let (schema, reports) =
        canonical(&read_lock(&std::fs::read_to_string(path)?)?, &Intent::default());
    let mut text = String::new();
    for report in &reports {
        writeln!(text, "error: {}", report.message)?;
        for help in &report.help {
            writeln!(text, "  help: {help}")?;
        }
    }
    for line in write_lock(&schema)?.lines().skip(2) {
        writeln!(text, "{line}")?;
    }
    let (again, more) = canonical(&schema, &Intent::default());
    if again != schema || !more.is_empty() {
        return Err(format!("a second time: {again:#?}\n{more:?}").into());
    }
    let expected = Data::read_from(&path.with_extension("txt"), None).raw();
    Assert::new().action_env("SNAPSHOTS").try_eq(None, Data::text(text).raw(), expected)?;
    Ok(())
}
