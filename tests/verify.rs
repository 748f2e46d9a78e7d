//! `autogen verify` on each kind of database: revisions with a way back that is wrong in one way
//! each. A case is a folder of `fixtures/verify`; a file for each kind says what is printed, and the
//! exit code.

#[path = "support/mysql.rs"]
mod mysql;
#[path = "support/postgres.rs"]
mod postgres;
#[path = "verify/squash.rs"]
mod squash;

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
    trials.extend(squashes());
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}

fn squashes() -> Vec<Trial> {
    let mut trials = vec![Trial::test("sqlite::squash", || {
        let folder = tempfile::tempdir()?;
        let url = |name: &str| format!("sqlite://{}", folder.path().join(name).display());
        Ok(squash::check([&url("new.db"), &url("half.db"), &url("past.db")])?)
    })];
    trials.extend(postgres::servers().into_iter().map(|server| {
        Trial::test(format!("{}::squash", server.name()), move || {
            let (new, half, past) = (server.database()?, server.database()?, server.database()?);
            Ok(squash::check([&new.url, &half.url, &past.url])?)
        })
    }));
    trials.extend(mysql::servers().into_iter().map(|server| {
        Trial::test(format!("{}::squash", server.name()), move || {
            let (new, half, past) = (server.database()?, server.database()?, server.database()?);
            Ok(squash::check([&new.url, &half.url, &past.url])?)
        })
    }));
    trials
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
        // What a version prints otherwise than those before holds from there on.
        let version = server.name().trim_start_matches("postgres").parse().unwrap_or(0);
        let own = |version: &u16| case.join(format!("postgres.{version}.txt")).exists();
        let kind = match (12..=version).rev().find(own) {
            Some(version) => format!("postgres.{version}"),
            None => "postgres".to_owned(),
        };
        trials.push(Trial::test(format!("{}::{name}", server.name()), move || {
            check(&case, &kind, server.url()?)
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
    let found = unnamed(&found.replace(&migrations.display().to_string(), "migrations"));
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

/// Without the names of scratch databases, which are new each time.
fn unnamed(text: &str) -> String {
    const NAME: &str = "autogen_scratch_";
    let is_random = |c: char| c.is_ascii_hexdigit() || c == '_';
    let mut parts = text.split(NAME);
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |all, part| format!("{all}{NAME}{}", part.trim_start_matches(is_random)))
}

/// A role of its own runs revisions that fail, and has no database afterwards.
fn leaves_nothing(server: &postgres::Server) -> Result<(), String> {
    let words = |error: std::io::Error| error.to_string();
    let folder = tempfile::tempdir().map_err(words)?;
    let (migrations, text) = (folder.path().join("migrations"), BROKEN);
    fs::create_dir(&migrations).map_err(words)?;
    fs::write(migrations.join("1.sql"), text).map_err(words)?;
    fs::write(folder.path().join("autogen.toml"), "revisions = \"migrations\"\n").map_err(words)?;
    let role = format!("autogen_verify_{}", std::process::id());
    let database = server.database()?;
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(words)?;
    runtime.block_on(async {
        let mut connection = database.connect().await?;
        let make = format!("CREATE ROLE {role} LOGIN CREATEDB PASSWORD 'x'");
        postgres::execute(&mut connection, &make).await
    })?;
    let (_, rest) = database.url.split_once('@').ok_or("a URL without a user")?;
    let run = Command::new(env!("CARGO_BIN_EXE_autogen"))
        .args(["verify", "--database-url", &format!("postgres://{role}:x@{rest}")])
        .current_dir(folder.path())
        .output()
        .map_err(words)?;
    let talk = String::from_utf8_lossy(&run.stderr).into_owned();
    // A role that still owns a database cannot be dropped.
    runtime.block_on(async {
        let mut connection = database.connect().await?;
        postgres::execute(&mut connection, &format!("DROP ROLE {role}")).await
    })?;
    match run.status.code() == Some(2) && talk.contains("no_such_type") {
        true => Ok(()),
        false => Err(format!("{:?}: {talk}", run.status)),
    }
}

const BROKEN: &str = "-- Broken
--
-- Revision: aaaa

-- autogen: upgrade
CREATE TABLE t (id no_such_type);
";
