//! `fixtures/render/mysql`: the SQL of each change on MySQL and MariaDB, and what is said of it. Beside
//! a file of cases stands both, for the usual versions. On servers each case is run on tables with
//! rows: the server takes what statements assert, refuses each statement with the next stronger
//! assertion, and ends at the table that would have been made so at once; the way back ends at the
//! start. `SNAPSHOTS=overwrite` writes the expectations.

mod case;
mod live;
#[path = "../support/mysql.rs"]
mod servers;

use std::path::{Path, PathBuf};

use autogen::dialect::mysql::{Flavor, Mysql, Server};
use libtest_mimic::{Arguments, Failed, Trial};
use snapbox::{Assert, Data};

use case::Case;

/// The collation of every database here, whatever a server's own is.
const COLLATION: &str = "utf8mb4_general_ci";

fn dialect(server: Server) -> Mysql {
    Mysql { server, collation: COLLATION.into(), folds_tables: false }
}

fn main() {
    let arguments = Arguments::from_args();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/render/mysql");
    let entries = std::fs::read_dir(folder).expect("the folder of the cases can be read");
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.retain(|path| path.extension().is_some_and(|it| it == "case"));
    paths.sort();
    let mut trials = Vec::new();
    for path in paths {
        let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let cases = Case::all(&path);
        for server in servers::servers() {
            let planned = |case: &&Case| case.refused.is_none();
            let there = cases.iter().filter(|case| case.runs_on(server.is_mariadb()));
            for case in there.filter(planned) {
                let (case, server) = (case.clone(), server.clone());
                let name = format!("{}::{stem}::{}", server.name(), case.name);
                trials
                    .push(Trial::test(name, move || live::run(&server, &case).map_err(Into::into)));
            }
        }
        trials.push(Trial::test(format!("sql::{stem}"), move || written(&path, &cases)));
    }
    libtest_mimic::run(&arguments, trials).exit();
}

/// The statements are those beside the cases.
fn written(path: &Path, cases: &[Case]) -> Result<(), Failed> {
    let mut text = String::new();
    for case in cases {
        text.push_str(&format!("-- {}\n", case.name));
        let mut before: Option<String> = None;
        for (word, flavor) in [("mysql", Flavor::Mysql), ("mariadb", Flavor::Mariadb)] {
            if !case.runs_on(flavor == Flavor::Mariadb) {
                continue;
            }
            let said = case.said(&dialect(Server::usual(flavor)))?;
            match before.as_ref() == Some(&said) {
                true => text.push_str("-- mariadb: the same\n\n"),
                false => text.push_str(&format!("-- {word}\n\n{said}")),
            }
            before = Some(said);
        }
    }
    let expected = Data::read_from(&path.with_extension("sql"), None).raw();
    Assert::new().action_env("SNAPSHOTS").try_eq(None, Data::text(text).raw(), expected)?;
    Ok(())
}
