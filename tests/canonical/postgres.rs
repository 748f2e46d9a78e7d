//! Models as PostgreSQL 12, 15 and 18 would report them, or refuse them; and what is to change where
//! something is there already.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use autogen::dialect::{Dialect as _, postgres::Postgres};
use autogen::diff::{Declined, diff};
use autogen::lower::{Naming, lower_sources};
use autogen::plan::{Direction, describe, plan};
use autogen::schema::{Intent, Schema, write_lock};
use autogen_model::{Diagnostic, Source};
use libtest_mimic::{Failed, Trial};
use snapbox::{Assert, Data};

use super::live;

const VERSIONS: [u16; 3] = [12, 15, 18];

pub(crate) fn trials() -> Vec<Trial> {
    let mut cases = cases("fixtures/canonical/postgres");
    cases.push(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/models.md"));
    let mut paths = cases.clone();
    let cases = cases
        .into_iter()
        .map(|path| Trial::test(format!("postgres::{}", name(&path)), move || run(&path)));
    paths.retain(|path| !offline(path));
    let there = self::cases("fixtures/canonical/postgres_there").into_iter().map(|path| {
        Trial::test(format!("postgres_there::{}", name(&path)), move || changes(&path))
    });
    cases.chain(there).chain(live::trials(paths)).collect()
}

pub(crate) fn cases(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let entries = std::fs::read_dir(folder).expect("the folder of the cases can be read");
    let mut cases: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    cases.retain(|path| path.extension().is_some_and(|it| it == "rs"));
    cases.sort();
    cases
}

/// What is to change when a database made from the first models meets those after `//@ then`.
fn changes(path: &Path) -> Result<(), Failed> {
    let text = std::fs::read_to_string(path)?;
    let (before, after) = text.split_once("//@ then\n").ok_or("`//@ then` is missing")?;
    let postgres = Postgres::new(18);
    let canonical = |text: &str| {
        let (schema, intent) = lowered_text(path, text.to_owned())?;
        let (schema, reports) = postgres.canonical(&schema, &intent);
        match reports.iter().any(|report| !report.warning) {
            true => Err(Failed::from(said(&reports))),
            false => Ok((schema, intent)),
        }
    };
    let (mut there, (wanted, intent)) = (canonical(before)?.0, canonical(after)?);
    postgres.settle(&Schema::default(), &mut there);
    let diff = diff(&there, wanted.clone(), &intent, &Declined::default(), &postgres)?;
    let mut text = String::new();
    for op in &diff.ops {
        writeln!(text, "{}", describe(op).join("; "))?;
    }
    match plan(&diff.ops, (&there, &diff.target), Direction::Up, &postgres) {
        Ok(plan) => {
            for statement in plan.statements(&postgres).into_iter().flatten() {
                writeln!(text, "    {}", statement.replace('\n', "\n    "))?;
            }
        }
        Err(error) => text.push_str(&said(error.reports())),
    }
    if text.is_empty() {
        text.push_str("nothing\n");
    }
    let expected = Data::read_from(&path.with_extension("txt"), None).raw();
    Assert::new().action_env("SNAPSHOTS").try_eq(None, Data::text(text).raw(), expected)?;
    Ok(())
}

/// A case that says `// offline: why` wants something that a new database does not have.
pub(crate) fn offline(path: &Path) -> bool {
    std::fs::read_to_string(path).is_ok_and(|text| text.starts_with("// offline: "))
}

pub(crate) fn name(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

pub(crate) fn lowered(path: &Path) -> Result<(Schema, Intent), Failed> {
    let text = std::fs::read_to_string(path)?;
    lowered_text(path, if is_page(path) { section(&text, "PostgreSQL") } else { text })
}

pub(crate) fn is_page(path: &Path) -> bool {
    path.extension().is_some_and(|it| it == "md")
}

/// The models in a section of a page.
pub(crate) fn section(page: &str, title: &str) -> String {
    let sections = page.split("\n## ").filter(|text| text.starts_with(title));
    let blocks = sections.flat_map(|text| text.split("```rust,ignore\n").skip(1));
    blocks.filter_map(|it| it.split_once("```")).map(|(block, _)| block).collect()
}

pub(crate) fn lowered_text(path: &Path, text: String) -> Result<(Schema, Intent), Failed> {
    let file = path.file_name().unwrap_or_default();
    let source = Arc::new(Source::new(file, text));
    lower_sources(vec![source], &Naming::default()).map_err(|problems| said(&problems).into())
}

/// Each distinct answer once, under the versions that give it.
fn run(path: &Path) -> Result<(), Failed> {
    let (schema, intent) = lowered(path)?;
    let mut answers: Vec<(String, String)> = Vec::new();
    for version in VERSIONS {
        let answer = answer(Postgres::new(version), &schema, &intent)?;
        match answers.iter_mut().find(|(_, known)| *known == answer) {
            Some((versions, _)) => versions.push_str(&format!(", {version}")),
            None => answers.push((version.to_string(), answer)),
        }
    }
    let mut text = String::new();
    for (versions, answer) in answers {
        writeln!(text, "PostgreSQL {versions}\n{answer}")?;
    }
    if is_page(path) {
        let refused = text.contains("error: ");
        return if refused { Err(text.into()) } else { Ok(()) };
    }
    let expected = Data::read_from(&path.with_extension("txt"), None).raw();
    Assert::new().action_env("SNAPSHOTS").try_eq(None, Data::text(text).raw(), expected)?;
    Ok(())
}

fn answer(postgres: Postgres, schema: &Schema, intent: &Intent) -> Result<String, Failed> {
    let (canonical, reports) = postgres.canonical(schema, intent);
    let mut text = said(&reports);
    if reports.iter().any(|report| !report.warning) {
        return Ok(text);
    }
    let namespaces = canonical.namespaces.iter();
    namespaces.for_each(|name| text.push_str(&format!("namespace {name}\n")));
    for line in write_lock(&canonical)?.lines().skip(2) {
        writeln!(text, "{line}")?;
    }
    let (again, more) = postgres.canonical(&canonical, intent);
    if again != canonical || more.iter().any(|report| !report.warning) {
        return Err(format!("a second time: {again:#?}\n{more:?}").into());
    }
    // What is there already stands for what the models say of it.
    let (mut found, mut wanted) = (canonical.clone(), canonical);
    postgres.settle(&Schema::default(), &mut found);
    postgres.settle(&found, &mut wanted);
    if found != wanted {
        return Err(format!("not the same once it is there: {found:#?}\n{wanted:#?}").into());
    }
    Ok(text)
}

pub(crate) fn said(reports: &[Diagnostic]) -> String {
    let mut text = String::new();
    for report in reports {
        let kind = if report.warning { "warning" } else { "error" };
        let lines = report.labels.iter().map(|label| label.place.line().to_string());
        let lines = lines.collect::<Vec<_>>().join(", ");
        text.push_str(&format!("{kind}: {}\n  line: {lines}\n", report.message));
        for help in &report.help {
            text.push_str(&format!("  help: {help}\n"));
        }
    }
    text
}
