//! Two developers with a database each, on every server at hand: both add a revision, and the
//! branches come together by `merge`, or by `rebase`.

use std::any::Any;
use std::fs;
use std::path::Path;
use std::process::Command;

use libtest_mimic::{Arguments, Failed, Trial};
use tempfile::TempDir;

#[path = "support/mysql.rs"]
mod mysql;
#[path = "support/postgres.rs"]
mod postgres;

const USER: &str = "#[derive(Table)]\n#[table(name = \"users\")]\npub struct User {\n    \
                    #[column(primary_key)]\n    pub id: i64,\n    pub name: String,\n}\n";
const MAIL: &str = "    pub email: Option<String>,\n}\n";
const TAG: &str = "#[derive(Table)]\n#[table(name = \"tags\")]\npub struct Tag {\n    \
                   #[column(primary_key)]\n    pub id: i64,\n    pub label: String,\n}\n";

/// A database that goes with this value, and its URL.
type Held = (Box<dyn Any>, String);
/// Makes an empty one.
type Make = Box<dyn Fn() -> Result<Held, String> + Send>;
type Test = fn(&Make) -> Result<(), Failed>;

fn main() {
    let mut servers: Vec<(String, Test, Make)> = Vec::new();
    let tests: [(&str, Test); 2] = [("merge", merge), ("rebase", rebase)];
    for (name, test) in tests {
        for server in postgres::servers() {
            let full = format!("{}::{name}", server.name());
            let make = move || server.database().map(|it| (it.url.clone(), it));
            servers.push((full, test, Box::new(move || make().map(held))));
        }
        for server in mysql::servers() {
            let full = format!("{}::{name}", server.name());
            let make = move || server.database().map(|it| (it.url.clone(), it));
            servers.push((full, test, Box::new(move || make().map(held))));
        }
    }
    let trials =
        servers.into_iter().map(|(name, test, make)| Trial::test(name, move || test(&make)));
    libtest_mimic::run(&Arguments::from_args(), trials.collect()).exit();
}

fn held<T: 'static>((url, database): (String, T)) -> Held {
    (Box::new(database), url)
}

/// A clone of the repository with the database of who works in it.
struct Developer {
    folder: TempDir,
    database: Held,
}

impl Developer {
    /// Has what everybody has: a table of users, applied.
    fn new(make: &Make) -> Result<Self, Failed> {
        let it = Self { folder: tempfile::tempdir()?, database: make()? };
        it.write("autogen.toml", "[revision]\nfile = \"{rev}.sql\"\n")?;
        it.write("models.rs", USER)?;
        Ok(it)
    }

    fn write(&self, name: &str, text: &str) -> Result<(), Failed> {
        Ok(fs::write(self.folder.path().join(name), text)?)
    }

    /// Takes files over, as git does.
    fn take(&self, other: &Self, names: &[&str]) -> Result<(), Failed> {
        for name in names {
            let to = self.folder.path().join(name);
            fs::create_dir_all(to.parent().unwrap_or(Path::new("")))?;
            fs::copy(other.folder.path().join(name), to)?;
        }
        Ok(())
    }

    /// Exit code, and all that was said.
    fn autogen(&self, arguments: &str) -> Result<(i32, String), Failed> {
        let mut autogen = Command::new(env!("CARGO_BIN_EXE_autogen"));
        for name in ["DATABASE_URL", "AUTOGEN_CONFIG", "AUTOGEN_ENV"] {
            autogen.env_remove(name);
        }
        autogen.current_dir(self.folder.path()).args(["--database-url", &self.database.1]);
        let output = autogen.args(arguments.split(' ')).output()?;
        let said = [output.stdout, output.stderr].concat();
        Ok((output.status.code().unwrap_or(-1), String::from_utf8_lossy(&said).into_owned()))
    }

    /// Ends with this code and says this.
    fn expect(&self, arguments: &str, code: i32, words: &str) -> Result<(), Failed> {
        match self.autogen(arguments)? {
            (ended, said) if ended == code && said.contains(words) => Ok(()),
            (ended, said) => Err(format!(
                "`{arguments}` must end with {code} and {words:?}, not {ended}:\n{said}"
            )
            .into()),
        }
    }

    fn runs(&self, lines: &[&str]) -> Result<(), Failed> {
        lines.iter().try_for_each(|line| self.expect(line, 0, ""))
    }
}

/// Both have added a revision and applied it at home; Ben has taken over Anna's. His lock file is in
/// conflict.
fn together(make: &Make) -> Result<(Developer, Developer), Failed> {
    let (anna, ben) = (Developer::new(make)?, Developer::new(make)?);
    anna.runs(&["revision -m Users --rev-id a1", "upgrade"])?;
    ben.take(&anna, &["migrations/a1.sql", "migrations/models.lock"])?;
    let mail = USER.trim_end().trim_end_matches('}').to_owned() + MAIL;
    anna.write("models.rs", &mail)?;
    anna.runs(&["revision -m Mail --rev-id b2", "upgrade"])?;
    ben.write("models.rs", &format!("{USER}{TAG}"))?;
    ben.runs(&["upgrade", "revision -m Tags --rev-id c3", "upgrade"])?;
    ben.take(&anna, &["migrations/b2.sql"])?;
    ben.write("models.rs", &format!("{mail}{TAG}"))?;
    let conflict = "version 1\n<<<<<<< HEAD\n=======\n>>>>>>> anna\n";
    ben.write("migrations/models.lock", conflict)?;
    ben.expect("heads", 0, "c3 (head), Tags")?;
    ben.expect("heads", 0, "b2 (head), Mail")?;
    ben.expect("check --heads", 1, "`autogen merge` joins them")?;
    ben.expect("check --from lock", 2, "a merge left a conflict here")?;
    ben.expect("upgrade head", 2, "`autogen rebase` puts one on")?;
    Ok((anna, ben))
}

/// Both databases and a fresh one agree with the models, there and back.
fn in_sync(make: &Make, anna: &Developer, ben: &Developer, files: &[&str]) -> Result<(), Failed> {
    ben.expect("check --heads", 0, "One head")?;
    ben.expect("check --from lock", 0, "In sync")?;
    let fresh = Developer::new(make)?;
    for other in [anna, &fresh] {
        other.take(ben, &["models.rs", "migrations/models.lock"])?;
        other.take(ben, files)?;
    }
    for developer in [anna, ben, &fresh] {
        developer.runs(&["upgrade head", "current --check-heads"])?;
        developer.expect("check", 0, "In sync")?;
        developer.runs(&["downgrade base", "upgrade head"])?;
        developer.expect("check", 0, "In sync")?;
        developer.expect("revision -m Nothing", 0, "Nothing to write")?;
    }
    Ok(())
}

fn merge(make: &Make) -> Result<(), Failed> {
    let (anna, ben) = together(make)?;
    ben.expect("merge --rev-id d4", 0, "models.lock")?;
    let files = ["a1", "b2", "c3", "d4"].map(|id| format!("migrations/{id}.sql"));
    in_sync(make, &anna, &ben, &files.each_ref().map(String::as_str))
}

fn rebase(make: &Make) -> Result<(), Failed> {
    let (anna, ben) = together(make)?;
    ben.expect("rebase c3", 2, "c3 is applied")?;
    ben.runs(&["downgrade c3-1"])?;
    ben.expect("rebase c3", 0, "c3 stands on b2 instead of a1")?;
    let files = ["a1", "b2", "c3"].map(|id| format!("migrations/{id}.sql"));
    in_sync(make, &anna, &ben, &files.each_ref().map(String::as_str))
}
