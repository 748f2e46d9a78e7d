//! Models as PostgreSQL 12, 15 and 18 would report them, or refuse them; and, where there are
//! servers, names and operator classes held against what they say.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use autogen::dialect::postgres::introspect::{IntrospectOptions, introspect};
use autogen::dialect::postgres::types::quote;
use autogen::dialect::{Dialect as _, postgres::Postgres};
use autogen::diff::{Declined, diff};
use autogen::lower::{Naming, lower_sources};
use autogen::plan::{Direction, describe, plan};
use autogen::schema::{Intent, Schema, write_lock};
use autogen_model::{Diagnostic, Source};
use libtest_mimic::{Failed, Trial};
use snapbox::{Assert, Data};
use sqlx::Row as _;

use super::servers;

const VERSIONS: [u16; 3] = [12, 15, 18];

pub(crate) fn trials() -> Vec<Trial> {
    let mut cases = cases("fixtures/canonical/postgres");
    cases.push(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/models.md"));
    let paths = cases.clone();
    let cases = cases
        .into_iter()
        .map(|path| Trial::test(format!("postgres::{}", name(&path)), move || run(&path)));
    let live = servers::servers().into_iter().map(|server| {
        Trial::test(format!("{}::names_are_quoted_as_there", server.name()), move || {
            quoted_as_there(&server)
        })
    });
    let made = servers::servers().into_iter().flat_map(|server| {
        let known = paths.iter().filter(|path| !offline(path));
        known.map(move |path| made_there(path.clone(), server.clone())).collect::<Vec<_>>()
    });
    let there = self::cases("fixtures/canonical/postgres_there").into_iter().map(|path| {
        Trial::test(format!("postgres_there::{}", name(&path)), move || changes(&path))
    });
    cases.chain(live).chain(made).chain(there).collect()
}

fn cases(folder: &str) -> Vec<PathBuf> {
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
    let diff = diff(&there, &wanted, &intent, &Declined::default(), &postgres)?;
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
fn offline(path: &Path) -> bool {
    std::fs::read_to_string(path).is_ok_and(|text| text.starts_with("// offline: "))
}

fn name(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

fn made_there(path: PathBuf, server: servers::Server) -> Trial {
    Trial::test(format!("{}::{}", server.name(), name(&path)), move || {
        let (schema, intent) = lowered(&path)?;
        let postgres = Postgres::new(server.version);
        let (target, reports) = postgres.canonical(&schema, &intent);
        if reports.iter().any(|report| !report.warning) {
            return Ok(());
        }
        let empty = Schema::default();
        let none = Declined::default();
        let first = diff(&empty, &target, &intent, &none, &postgres)?;
        let plan = plan(&first.ops, (&empty, &first.target), Direction::Up, &postgres)?;
        let database = server.database()?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async {
            let mut connection = database.connect().await?;
            for statement in plan.statements(&postgres).into_iter().flatten() {
                servers::execute(&mut connection, &statement).await?;
            }
            let options = IntrospectOptions::default();
            let found = introspect(&mut connection, &options).await?;
            let found = postgres.canonical(&found, &Intent::default()).0;
            // How a partition key is spelled is the database's.
            let mut expected = first.target.clone();
            postgres.settle(&found, &mut expected);
            if !found.same(&expected) {
                let texts = (write_lock(&found)?, write_lock(&expected)?);
                return Err(format!("found\n{}\nexpected\n{}", texts.0, texts.1).into());
            }
            let again = diff(&found, &target, &intent, &none, &postgres)?;
            let again: Vec<String> = again.ops.iter().flat_map(describe).collect();
            if again.is_empty() { Ok(()) } else { Err(again.join("\n").into()) }
        })
    })
}

fn lowered(path: &Path) -> Result<(Schema, Intent), Failed> {
    let text = std::fs::read_to_string(path)?;
    let blocks = text.split("```rust,ignore\n").skip(1).filter_map(|it| it.split_once("```"));
    let text = match path.extension().is_some_and(|it| it == "md") {
        true => blocks.map(|(block, _)| block).collect(),
        false => text.clone(),
    };
    lowered_text(path, text)
}

fn lowered_text(path: &Path, text: String) -> Result<(Schema, Intent), Failed> {
    let file = path.file_name().unwrap_or_default();
    let source = Arc::new(Source { path: file.into(), text });
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
    if path.extension().is_some_and(|it| it == "md") {
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

fn said(reports: &[Diagnostic]) -> String {
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

/// Whatever the server must have in quotes has them, and a keyword of no version has none.
fn quoted_as_there(server: &servers::Server) -> Result<(), Failed> {
    let database = server.database()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let rows = runtime.block_on(async {
        let mut connection = database.connect().await?;
        let sql = "SELECT word, quote_ident(word) FROM (SELECT word FROM pg_get_keywords() UNION \
                   VALUES ('a b'), ('A'), ('1a'), ('a1'), ('é'), ('a\"b'), ('a$'), ('_'), ('')) t";
        sqlx::query(sql).fetch_all(&mut connection).await.map_err(|error| error.to_string())
    })?;
    let later: BTreeSet<&str> = BTreeSet::from([
        "json",
        "json_array",
        "json_arrayagg",
        "json_exists",
        "json_object",
        "json_objectagg",
        "json_query",
        "json_scalar",
        "json_serialize",
        "json_table",
        "json_value",
        "merge_action",
        "normalize",
        "system_user",
    ]);
    for row in rows {
        let (word, theirs): (String, String) = (row.try_get(0)?, row.try_get(1)?);
        let ours = quote(&word);
        let expected = ours == theirs || (later.contains(&*word) && ours.starts_with('"'));
        if !expected {
            return Err(format!("{word}: the server has {theirs}, and we {ours}").into());
        }
    }
    Ok(())
}
