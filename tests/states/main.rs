//! States that hurt: each file of `fixtures/states` is a transcript, run on every database at hand.
//! It begins with three revisions, `a1`, `b2` and `c3`, each with a table of the models, in a project
//! `shop`, and none of them applied. A line that begins `$` is a command, what follows it is what
//! that prints; `#` begins a remark. `sqlite| ` or another name before a line says where it holds;
//! `[..]` stands for anything.

#[path = "../support/mysql.rs"]
mod mysql;
mod place;
#[path = "../support/postgres.rs"]
mod postgres;
mod transcript;

use std::any::Any;
use std::path::{Path, PathBuf};

use libtest_mimic::{Arguments, Trial};
use place::Place;
use transcript::Transcript;

/// Where a case runs: the name of the dialect, and an empty database with what keeps it.
type Make = Box<dyn Fn() -> Result<(String, Box<dyn Any>), String> + Send>;

fn main() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/states");
    let mut trials = Vec::new();
    for entry in std::fs::read_dir(&root).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.extension().is_none_or(|it| it != "case") {
            continue;
        }
        let case = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        for (server, dialect, make) in servers() {
            let path = path.clone();
            let name = format!("{server}::{case}");
            trials.push(Trial::test(name, move || Ok(run(path, dialect, &make)?)));
        }
    }
    assert!(!trials.is_empty(), "no cases in {}", root.display());
    trials.sort_by(|one, two| one.name().cmp(two.name()));
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}

fn servers() -> Vec<(String, &'static str, Make)> {
    let sqlite: Make = Box::new(|| Ok(("sqlite://app.db".to_owned(), Box::new(()))));
    let mut all = vec![("sqlite".to_owned(), "sqlite", sqlite)];
    for server in postgres::servers() {
        let name = server.name();
        let make: Make = Box::new(move || {
            let database = server.database()?;
            Ok((database.url.clone(), Box::new(database)))
        });
        all.push((name, "postgres", make));
    }
    for server in mysql::servers() {
        let name = server.name().to_owned();
        let make: Make = Box::new(move || {
            let database = server.database()?;
            Ok((database.url.clone(), Box::new(database)))
        });
        all.push((name, "mysql", make));
    }
    all
}

fn run(path: PathBuf, dialect: &'static str, make: &Make) -> Result<(), String> {
    let text = std::fs::read_to_string(&path).map_err(|error| error.to_string())?;
    let transcript = Transcript::parse(&text, dialect);
    if transcript.is_left_out {
        return Ok(());
    }
    let (url, database) = make()?;
    let place = Place::new(&url, database);
    let said: Vec<Vec<String>> = transcript.commands().map(|command| place.run(command)).collect();
    transcript.compare(&said, dialect)?;
    if dialect == "sqlite" && std::env::var("SNAPSHOTS").is_ok_and(|it| it == "overwrite") {
        std::fs::write(&path, transcript.blessed(&said)).map_err(|error| error.to_string())?;
    }
    Ok(())
}
