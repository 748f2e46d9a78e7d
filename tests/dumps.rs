//! `fixtures/chains`: the models of a project, one state after the other. A PostgreSQL database that
//! was brought through all of them by revisions is, in the words of `pg_dump`, the one that a single
//! revision makes of the last. The program itself writes and runs the revisions.

#[path = "support/postgres.rs"]
mod postgres;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use libtest_mimic::{Arguments, Failed, Trial};
use postgres::Server;

fn main() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/chains");
    let entries = std::fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path());
    // Where rows are kept, tables are renamed, and what hangs on them keeps its old name.
    let mut chains: Vec<PathBuf> = entries.filter(|chain| !chain.join("1.sql").exists()).collect();
    chains.sort();
    let mut trials = Vec::new();
    for server in postgres::servers() {
        let Some(dump) = dumper(server.version) else { continue };
        for chain in &chains {
            let name = chain.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let (server, chain, dump) = (server.clone(), chain.clone(), dump.clone());
            let name = format!("{name}::{}", server.name());
            let run = move || same_dump(&server, &chain, &dump).map_err(Failed::from);
            trials.push(Trial::test(name, run));
        }
    }
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}

/// A `pg_dump` that can read servers of that version. Those of later ones are read by nothing that
/// Debian has.
fn dumper(version: u16) -> Option<PathBuf> {
    let installed = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let folders = installed.map(|entry| entry.path().join("bin/pg_dump"));
    let all = folders.chain([PathBuf::from("pg_dump")]);
    let mut able = all.filter(|path| {
        let said = Command::new(path).arg("--version").output().ok();
        let text = said.map(|it| String::from_utf8_lossy(&it.stdout).into_owned());
        let number =
            text.as_deref().and_then(|text| text.split_whitespace().nth(2)?.split('.').next());
        number.and_then(|it| it.parse::<u16>().ok()).is_some_and(|it| it >= version)
    });
    able.next()
}

fn same_dump(server: &Server, chain: &Path, dump: &Path) -> Result<(), String> {
    let states: Vec<PathBuf> =
        (1..).map(|at| chain.join(format!("{at}.rs"))).take_while(|path| path.exists()).collect();
    let last = states.last().ok_or("a chain has states")?.clone();
    let (by_steps, at_once) = (server.database()?, server.database()?);
    let (steps, once) = (Project::new(&by_steps.url)?, Project::new(&at_once.url)?);
    for state in &states {
        let args = std::fs::read_to_string(state.with_extension("args")).unwrap_or_default();
        steps.advance(state, &args)?;
    }
    once.advance(&last, "")?;
    let (one, two) = (statements(dump, &by_steps.url)?, statements(dump, &at_once.url)?);
    let only = |one: &BTreeSet<String>, two: &BTreeSet<String>| {
        one.difference(two).cloned().collect::<Vec<_>>().join("\n")
    };
    if one != two {
        return Err(format!(
            "only by steps:\n{}\nonly at once:\n{}",
            only(&one, &two),
            only(&two, &one)
        ));
    }
    assert!(one.len() > 5, "a dump of something: {one:#?}");
    Ok(())
}

/// A folder with a configuration and revisions.
struct Project {
    folder: tempfile::TempDir,
}

impl Project {
    fn new(url: &str) -> Result<Self, String> {
        let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
        let text = format!("models = \"models.rs\"\n\n[database]\nurl = \"{url}\"\n");
        let written = std::fs::write(folder.path().join("autogen.toml"), text);
        written.map_err(|error| error.to_string()).map(|()| Self { folder })
    }

    /// Writes and runs the revision that leads to these models, and sees that nothing is missing.
    fn advance(&self, state: &Path, args: &str) -> Result<(), String> {
        std::fs::copy(state, self.folder.path().join("models.rs")).map_err(|it| it.to_string())?;
        let flags: Vec<&str> = args.split_whitespace().collect();
        self.run(&[&["revision", "-m", "next"], &flags[..]].concat())?;
        self.run(&["upgrade", "head"])?;
        self.run(&["check"])
    }

    fn run(&self, args: &[&str]) -> Result<(), String> {
        let program = env!("CARGO_BIN_EXE_autogen");
        let folder = self.folder.path();
        let output = Command::new(program)
            .args(args)
            .current_dir(folder)
            .env_remove("DATABASE_URL")
            .output();
        let output = output.map_err(|error| error.to_string())?;
        if output.status.success() { Ok(()) } else { Err(format!("{args:?}: {}", said(&output))) }
    }
}

fn said(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    format!("{}{}", text(&output.stdout), text(&output.stderr))
}

/// What a dump says, but for comments, settings of the session and the ledger. Columns that came
/// later stand further behind, which nobody can change, so lines of a statement are sorted.
fn statements(dump: &Path, url: &str) -> Result<BTreeSet<String>, String> {
    let mut command = Command::new(dump);
    command.args(["--schema-only", "--exclude-table=autogen_*", "--dbname", url]);
    let output = command.output().map_err(|error| error.to_string())?;
    if !output.status.success() {
        return Err(said(&output));
    }
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let lines = text.lines().filter(|line| !line.starts_with("--") && !line.starts_with('\\'));
    let text = lines.collect::<Vec<_>>().join("\n");
    let session = |text: &str| text.starts_with("SET ") || text.starts_with("SELECT pg_catalog.");
    let statements = text.split(";\n").map(str::trim).filter(|it| !it.is_empty() && !session(it));
    let sorted = |statement: &str| {
        let mut lines: Vec<&str> = statement.lines().map(|it| it.trim_end_matches(',')).collect();
        lines.sort_unstable();
        lines.join("\n")
    };
    Ok(statements.map(sorted).collect())
}
