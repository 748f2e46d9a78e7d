//! Reading databases: each `fixtures/introspect/<dialect>/*.sql` is run on an empty database, and
//! what is read back is beside it as `.txt`. `SNAPSHOTS=overwrite` writes those files.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use autogen::dialect::sqlite::{canonical, introspect};
use autogen::schema::{Intent, Schema, write_lock};
use libtest_mimic::{Arguments, Failed, Trial};
use snapbox::{Assert, Data};
use sqlx::{Connection as _, SqliteConnection};

fn main() {
    let arguments = Arguments::from_args();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/introspect/sqlite");
    libtest_mimic::run(&arguments, trials(&folder)).exit();
}

fn trials(folder: &Path) -> Vec<Trial> {
    let entries = std::fs::read_dir(folder).expect("the folder of the cases can be read");
    let mut cases: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    cases.sort();
    let sql = cases.into_iter().filter(|path| path.extension().is_some_and(|it| it == "sql"));
    sql.map(|path| {
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        Trial::test(format!("sqlite::{name}"), move || run(&path))
    })
    .collect()
}

fn run(path: &Path) -> Result<(), Failed> {
    let schema = tokio::runtime::Builder::new_current_thread().build()?.block_on(read(path))?;
    let (again, reports) = canonical(&schema, &Intent::default());
    if again != schema || !reports.is_empty() {
        let (one, two) = (text(&schema)?, text(&again)?);
        return Err(format!("the canonical form changes:\n{one}\n{two}\n{reports:?}").into());
    }
    let expected = Data::read_from(&path.with_extension("txt"), None);
    Assert::new().action_env("SNAPSHOTS").try_eq(None, text(&schema)?.into(), expected)?;
    Ok(())
}

async fn read(path: &Path) -> Result<Schema, Failed> {
    let mut connection = SqliteConnection::connect("sqlite::memory:").await?;
    let script = std::fs::read_to_string(path)?;
    sqlx::raw_sql(sqlx::AssertSqlSafe(script)).execute(&mut connection).await?;
    Ok(introspect(&mut connection).await?)
}

/// The lines of a lock file, without its head.
fn text(schema: &Schema) -> Result<String, Failed> {
    let mut text = String::new();
    for line in write_lock(schema)?.lines().skip(2) {
        writeln!(text, "{line}")?;
    }
    Ok(text)
}
