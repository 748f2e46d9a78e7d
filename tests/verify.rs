//! `autogen verify` on each kind of database: revisions with a way back that is wrong in one way
//! each. A case is a folder of `fixtures/verify`; a file for each kind says what is printed, and the
//! exit code.

#[path = "support/mysql.rs"]
mod mysql;
#[path = "support/postgres.rs"]
mod postgres;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use libtest_mimic::{Arguments, Failed, Trial};

fn main() {
    let mut trials = Vec::new();
    for case in cases() {
        trials.extend(of_case(&case));
    }
    trials.extend(postgres::servers().into_iter().map(|server| {
        let name = format!("{}::no_scratch_is_left", server.name());
        Trial::test(name, move || Ok(leaves_nothing(&server)?))
    }));
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}

fn cases() -> Vec<PathBuf> {
    let folders = fs::read_dir("fixtures/verify").expect("cases");
    let mut cases: Vec<PathBuf> = folders.map(|it| it.expect("an entry").path()).collect();
    cases.sort();
    cases
}

fn of_case(case: &Path) -> Vec<Trial> {
    let name = case.file_name().expect("a name").to_string_lossy().into_owned();
    let mut trials = Vec::new();
    if case.join("sqlite.txt").exists() {
        let case = case.to_owned();
        trials.push(Trial::test(format!("sqlite::{name}"), move || {
            check(&case, "sqlite", "sqlite://never.db")
        }));
    }
    for server in postgres::servers().into_iter().filter(|_| case.join("postgres.txt").exists()) {
        let case = case.to_owned();
        trials.push(Trial::test(format!("{}::{name}", server.name()), move || {
            check(&case, "postgres", server.url()?)
        }));
    }
    for server in mysql::servers() {
        let kind = if server.name().starts_with("mariadb") { "mariadb" } else { "mysql" };
        if !case.join(format!("{kind}.txt")).exists() {
            continue;
        }
        let case = case.to_owned();
        trials.push(Trial::test(format!("{}::{name}", server.name()), move || {
            check(&case, kind, server.url()?)
        }));
    }
    trials
}

/// Runs the command in an empty folder: nothing may be written there.
fn check(case: &Path, kind: &str, url: &str) -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let migrations = fs::canonicalize(case.join("migrations"))?;
    let config = format!("revisions = {:?}\n", migrations.display().to_string());
    fs::write(folder.path().join("autogen.toml"), config)?;
    let run = Command::new(env!("CARGO_BIN_EXE_autogen"))
        .args(["verify", "--database-url", url])
        .current_dir(folder.path())
        .env("NO_COLOR", "1")
        .output()?;
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    let (out, talk) = (text(run.stdout), text(run.stderr));
    let code = run.status.code().unwrap_or(-1);
    let found = format!("{out}---\n{talk}exit code {code}\n");
    let left = fs::read_dir(folder.path())?.count();
    snapbox::Assert::new()
        .action_env("SNAPSHOTS")
        .try_eq(
            None,
            found.into(),
            snapbox::Data::read_from(&case.join(format!("{kind}.txt")), None),
        )
        .map_err(|error| error.to_string())?;
    if left > 1 {
        return Err("something was written".into());
    }
    Ok(())
}

/// After all runs above, and after one that fails, no scratch database of ours is there.
fn leaves_nothing(server: &postgres::Server) -> Result<(), String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let migrations = folder.path().join("migrations");
    let text = "-- Broken\n--\n-- Revision: aaaa\n\n-- autogen: upgrade\nCREATE TABLE t (id no_such_type);\n";
    let written = fs::create_dir(&migrations)
        .and_then(|()| fs::write(migrations.join("1.sql"), text))
        .and_then(|()| fs::write(folder.path().join("autogen.toml"), "revisions = \"migrations\"\n"));
    written.map_err(|error| error.to_string())?;
    let database = server.database()?;
    let run = Command::new(env!("CARGO_BIN_EXE_autogen"))
        .args(["verify", "--database-url", database.url()])
        .current_dir(folder.path())
        .output()
        .map_err(|error| error.to_string())?;
    let talk = String::from_utf8_lossy(&run.stderr).into_owned();
    if run.status.code() != Some(2) || !talk.contains("no_such_type") {
        return Err(format!("{:?}: {talk}", run.status));
    }
    Ok(())
}
