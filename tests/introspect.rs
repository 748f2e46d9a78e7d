//! Reading databases: each `fixtures/introspect/<dialect>/*.sql` is run on an empty database, and
//! what is read back is beside it as `.txt`. `SNAPSHOTS=overwrite` writes those files.

#[path = "introspect/again.rs"]
mod again;
#[path = "introspect/mysql.rs"]
mod mysql;
#[path = "support/mysql.rs"]
mod mysql_servers;
#[path = "introspect/postgres.rs"]
mod postgres;
#[path = "support/pragmas.rs"]
mod pragmas;
#[path = "support/postgres.rs"]
mod servers;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use autogen::dialect::sqlite::{canonical, introspect};
use autogen::error::Error;
use autogen::schema::{Intent, Schema, write_lock};
use libtest_mimic::{Arguments, Failed, Trial};
use snapbox::{Assert, Data};
use sqlx::{AssertSqlSafe, Connection as _, SqliteConnection};

fn main() {
    let arguments = Arguments::from_args();
    let mut trials =
        cases("sqlite", |name, path| Trial::test(format!("sqlite::{name}"), move || run(&path)));
    trials.extend(postgres::trials());
    trials.extend(mysql::trials());
    libtest_mimic::run(&arguments, trials).exit();
}

/// A trial of each SQL file in a folder of cases, from its name and path.
fn cases(dialect: &str, trial: impl Fn(String, PathBuf) -> Trial) -> Vec<Trial> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/introspect").join(dialect);
    let entries = std::fs::read_dir(folder).expect("the folder of the cases can be read");
    let mut cases: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    cases.sort();
    let sql = cases.into_iter().filter(|path| path.extension().is_some_and(|it| it == "sql"));
    sql.map(|path| trial(path.file_stem().unwrap_or_default().to_string_lossy().into_owned(), path))
        .collect()
}

fn run(path: &Path) -> Result<(), Failed> {
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    let schema = runtime.block_on(async {
        let mut connection = SqliteConnection::connect("sqlite::memory:").await?;
        let script = std::fs::read_to_string(path)?;
        sqlx::raw_sql(AssertSqlSafe(script)).execute(&mut connection).await?;
        let schema = match introspect(&mut connection).await {
            Ok(schema) => schema,
            Err(error) => return Ok(Err(error)),
        };
        for table in schema.tables.values() {
            pragmas::agree(&mut connection, table).await?;
        }
        Ok::<_, Failed>(Ok(schema))
    })?;
    let text = match schema {
        Ok(schema) => settled(&schema)?,
        Err(error) => refused(&error)?,
    };
    expect(text, &path.with_extension("txt"))
}

fn expect(text: String, path: &Path) -> Result<(), Failed> {
    let expected = Data::read_from(path, None).raw();
    Assert::new().action_env("SNAPSHOTS").try_eq(None, Data::text(text).raw(), expected)?;
    Ok(())
}

/// The schema as text, if it is canonical.
fn settled(schema: &Schema) -> Result<String, Failed> {
    let (again, reports) = canonical(schema, &Intent::default());
    if again != *schema || !again.same(schema) || !reports.is_empty() {
        let (one, two) = (text(schema)?, text(&again)?);
        return Err(format!("the canonical form changes:\n{one}\n{two}\n{reports:?}").into());
    }
    text(schema)
}

fn refused(error: &Error) -> Result<String, Failed> {
    let mut text = String::new();
    writeln!(text, "error: {error}")?;
    for help in error.reports().iter().flat_map(|report| &report.help) {
        writeln!(text, "  help: {help}")?;
    }
    Ok(text)
}

/// What a line at the beginning of a script says after a word.
fn said<'s>(script: &'s str, word: &str) -> Option<&'s str> {
    let lines = script.lines().map_while(|line| line.strip_prefix("-- "));
    lines.filter_map(|line| line.strip_prefix(word)).map(str::trim).next()
}

/// The lines of a lock file, without its head.
fn text(schema: &Schema) -> Result<String, Failed> {
    let mut text = String::new();
    for line in write_lock(schema)?.lines().skip(2) {
        writeln!(text, "{line}")?;
    }
    Ok(text)
}
