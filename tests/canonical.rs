//! Canonical forms: each `fixtures/canonical/<dialect>/*.lock` is a neutral schema, and what the
//! dialect makes of it, or has to say against it, is beside it as `.txt`. `SNAPSHOTS=overwrite`
//! writes those files.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use autogen::dialect::sqlite::canonical;
use autogen::schema::{Intent, read_lock, write_lock};
use libtest_mimic::{Arguments, Failed, Trial};
use snapbox::{Assert, Data};

fn main() {
    let arguments = Arguments::from_args();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/canonical/sqlite");
    libtest_mimic::run(&arguments, trials(&folder)).exit();
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
