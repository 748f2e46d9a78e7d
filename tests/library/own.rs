//! A project's own program: the whole command line, with the project's revisions and Rust steps.

use std::path::Path;
use std::process::{Command, ExitCode, Output};

use autogen::{Migrator, StepResult, Transaction};
use libtest_mimic::Trial;

use super::support::{Place, at_all};
use super::{service, trial};

/// Says that this process is to be the project's own program, and of which kind.
const OWN: &str = "AUTOGEN_TEST_OWN";

pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = vec![trial("own::the_whole_command_line", the_whole_command_line)];
    trials.extend(at_all("own::killed_in_a_step", |place| Box::pin(killed_in_a_step(place))));
    trials
}

/// Runs as the project's own program, when a test has said so.
pub(crate) fn answer() -> Option<ExitCode> {
    let migrator = match std::env::var(OWN).ok()?.as_str() {
        "killed" => Migrator::from_config("autogen.toml").ok()?.step("fill", fill_and_die),
        "whole" => Migrator::from_config("autogen.toml").ok()?.step("fill", fill),
        _ => service::migrator(),
    };
    Some(autogen::cli::run(migrator))
}

async fn fill(mut transaction: Transaction) -> StepResult {
    transaction.execute("INSERT INTO notes VALUES (2)").await?;
    Ok(())
}

async fn fill_and_die(transaction: Transaction) -> StepResult {
    fill(transaction).await?;
    std::process::abort();
}

fn own(root: &Path, kind: &str, arguments: &[&str]) -> Output {
    let program = std::env::current_exe().expect("this program");
    let mut command = Command::new(program);
    command.current_dir(root).env(OWN, kind).env_remove("DATABASE_URL");
    command.args(arguments).output().expect("it starts")
}

fn plain(root: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_autogen"));
    command.current_dir(root).env_remove("DATABASE_URL");
    command.args(arguments).output().expect("it starts")
}

/// What it said on both streams.
fn said(output: &Output) -> String {
    let both = [&output.stdout, &output.stderr].map(|it| String::from_utf8_lossy(it));
    format!("{:?}\n{}{}", output.status.code(), both[0], both[1])
}

fn the_whole_command_line() {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path();
    std::fs::write(root.join("autogen.toml"), "[database]\nurl = \"sqlite://app.db\"\n")
        .expect("it");
    std::fs::write(
        root.join("models.rs"),
        "/// Stories.\n#[derive(autogen::Table)]\n#[table(name = \"stories\")]\npub struct Story {\n    \
         #[column(primary_key)]\n    pub id: i64,\n    #[column(length = 100)]\n    pub title: String,\n    \
         #[column(length = 100)]\n    pub slug: Option<String>,\n}\n",
    )
    .expect("models");
    // Without any folder of revisions: it carries them.
    let done = own(root, "carried", &["upgrade"]);
    assert!(done.status.success() && said(&done).contains("Applied 22bb"), "{}", said(&done));
    let current = own(root, "carried", &["current"]);
    assert!(said(&current).contains("22bb"), "{}", said(&current));
    for words in [&["heads"][..], &["history"], &["show", "head"], &["check", "--from", "live"]] {
        let output = own(root, "carried", words);
        assert_ne!(output.status.code(), Some(2), "{words:?}: {}", said(&output));
    }
    // The plain program knows of none; with the files it refuses the one that is Rust.
    let migrations = root.join("migrations");
    std::fs::create_dir(&migrations).expect("a folder");
    std::fs::create_dir_all(root.join("fixtures/library")).expect("a folder");
    for (from, to) in [
        ("fixtures/library/migrations/1_stories.sql", "migrations/1_stories.sql"),
        ("fixtures/library/migrations/2_slugs.sql", "migrations/2_slugs.sql"),
        ("fixtures/library/first.txt", "fixtures/library/first.txt"),
    ] {
        std::fs::copy(from, root.join(to)).expect("a copy");
    }
    let other = ["--database-url", "sqlite://other.db"];
    let refused = plain(root, &["upgrade", other[0], other[1]]);
    assert_eq!(refused.status.code(), Some(2));
    let text = said(&refused);
    assert!(text.contains("`rust slugs` is code of the project"), "{text}");
    assert!(text.contains("autogen::cli::run(migrator)"), "{text}");
    let current = plain(root, &["current", other[0], other[1]]);
    assert!(said(&current).contains("No revision is applied"), "{}", said(&current));
    // What runs nothing needs no functions.
    for words in [&["heads"][..], &["history"], &["show", "head"], &["current"]] {
        let output = plain(root, words);
        assert!(output.status.success(), "{words:?}: {}", said(&output));
    }
    // On scratch there are no rows that it could change.
    let checked = plain(root, &["check", "--from", "revisions"]);
    assert_ne!(checked.status.code(), Some(2), "{}", said(&checked));
}

/// The journal and the transaction see to it that nothing is done twice, nor left out.
async fn killed_in_a_step(place: Place) {
    let first = "-- autogen: upgrade\nCREATE TABLE notes (n INTEGER NOT NULL);\n\
                 INSERT INTO notes VALUES (1);\n\n-- autogen: step rust fill\n\n\
                 -- autogen: step\nINSERT INTO notes VALUES (3);\n\n\
                 -- autogen: downgrade\nDROP TABLE notes;\n";
    place.write("aa", "", first);
    let config = format!("[database]\nurl = \"{}\"\n", place.url);
    std::fs::write(place.root().join("autogen.toml"), config).expect("a configuration");
    for _ in 0..3 {
        let killed = own(place.root(), "killed", &["upgrade"]);
        assert_eq!(killed.status.code(), None, "{}", said(&killed));
    }
    let done = own(place.root(), "whole", &["upgrade"]);
    assert!(done.status.success(), "{}", said(&done));
    let rows = place.column("SELECT n FROM notes ORDER BY n").await;
    assert_eq!(rows.expect("the table"), ["1", "2", "3"]);
    let done = own(place.root(), "whole", &["downgrade", "base"]);
    assert!(done.status.success(), "{}", said(&done));
}
