//! What transcripts may call: `autogen`, a few words of the shell, and `sql` to look into a
//! database.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use autogen::db::{ConnectOptions, Database};

/// Runs transcripts.
pub(crate) fn run_all(pattern: &Path) {
    let cases = trycmd::TestCases::new();
    // What the caller's own environment says must not matter.
    cases.env("NO_COLOR", "1").env("COLUMNS", "100");
    for name in ["DATABASE_URL", "AUTOGEN_CONFIG", "AUTOGEN_ENV", "VISUAL", "EDITOR"] {
        cases.env(name, "");
    }
    let own = std::env::current_exe().expect("this program has a path");
    cases.register_bin("sql", own.as_path()).register_bin("cargo", own.as_path());
    for name in ["cat", "cp", "grep", "ls", "mkdir", "rm", "env"] {
        cases.register_bin(name, found(name).as_path());
    }
    cases.case(pattern);
}

fn found(name: &str) -> PathBuf {
    let paths = std::env::var_os("PATH").unwrap_or_default();
    let mut candidates = std::env::split_paths(&paths).map(|folder| folder.join(name));
    candidates.find(|path| path.is_file()).unwrap_or_else(|| panic!("no {name} in PATH"))
}

/// When this program is called as a tool: does its work.
pub(crate) fn answer() -> Option<ExitCode> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [file, "dump"] if file.ends_with(".db") => Some(dump(file)),
        [file, query] if file.ends_with(".db") => Some(print(file, query)),
        ["run", "-q", "--", ..] => {
            let run = Command::new(env!("CARGO_BIN_EXE_autogen")).args(&arguments[3..]).status();
            let code = run.expect("autogen runs").code().unwrap_or(2);
            Some(ExitCode::from(u8::try_from(code).unwrap_or(2)))
        }
        _ => None,
    }
}

fn print(file: &str, query: &str) -> ExitCode {
    say(&rows(file, &[query]))
}

/// Everything in a database but what autogen keeps for itself.
fn dump(file: &str) -> ExitCode {
    let tables = "SELECT name FROM sqlite_schema WHERE type = 'table' \
                  AND name NOT LIKE 'autogen_%' ORDER BY name";
    let mut queries = vec![
        "SELECT sql || ';' FROM sqlite_schema WHERE tbl_name NOT LIKE \
                            'autogen_%' AND sql IS NOT NULL ORDER BY name"
            .to_owned(),
    ];
    queries
        .extend(rows(file, &[tables]).iter().map(|name| format!("SELECT '{name}', * FROM {name}")));
    let queries = queries.iter().map(String::as_str).collect::<Vec<_>>();
    say(&rows(file, &queries))
}

fn say(rows: &[String]) -> ExitCode {
    let mut out = std::io::stdout().lock();
    rows.iter().for_each(|row| writeln!(out, "{row}").expect("stdout takes it"));
    ExitCode::SUCCESS
}

/// The rows of all queries. What is no query is run with foreign keys enforced.
fn rows(file: &str, queries: &[&str]) -> Vec<String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(async {
        let options = ConnectOptions::default();
        let mut db = Database::connect(&format!("sqlite://{file}"), &options).await.expect("opens");
        let mut lines = Vec::new();
        for query in queries {
            let word = query.split_whitespace().next().unwrap_or_default().to_ascii_uppercase();
            if !matches!(word.as_str(), "SELECT" | "PRAGMA") {
                db.execute("PRAGMA foreign_keys = ON").await.expect("foreign keys");
                db.execute(query).await.expect("the statement runs");
                continue;
            }
            for row in db.query_text_rows(query, &[]).await.expect("the query runs") {
                let cells = row.into_iter().map(|cell| cell.unwrap_or_else(|| "NULL".into()));
                lines.push(cells.collect::<Vec<_>>().join("|"));
            }
        }
        lines
    })
}
