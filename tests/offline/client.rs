//! The kinds of database, a database of each, and the clients that run scripts on them.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use super::{mysql, postgres};

/// Where a test runs.
#[derive(Clone, Debug)]
pub(crate) enum Place {
    Sqlite,
    Postgres(postgres::Server),
    Mysql(mysql::Server),
}

/// A database that is dropped with this value.
pub(crate) struct Database {
    pub(crate) url: String,
    place: Place,
    name: String,
    _kept: Kept,
}

enum Kept {
    Folder { _it: tempfile::TempDir },
    Postgres { _it: postgres::Database },
    Mysql { _it: mysql::Database },
}

impl Place {
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Sqlite => "sqlite".to_owned(),
            Self::Postgres(server) => server.name(),
            Self::Mysql(server) => server.name().to_owned(),
        }
    }

    /// The word for `--dialect`.
    pub(crate) fn dialect(&self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres(_) => "postgres",
            Self::Mysql(_) => "mysql",
        }
    }

    /// An empty database.
    pub(crate) fn database(&self) -> Result<Database, String> {
        let place = self.clone();
        Ok(match self {
            Self::Sqlite => {
                let folder = tempfile::tempdir().map_err(|it| it.to_string())?;
                let name = folder.path().join("app.db").display().to_string();
                let url = format!("sqlite://{name}");
                Database { url, place, name, _kept: Kept::Folder { _it: folder } }
            }
            Self::Postgres(server) => {
                let it = server.database()?;
                let (url, name) = (it.url.clone(), it.name.clone());
                Database { url, place, name, _kept: Kept::Postgres { _it: it } }
            }
            Self::Mysql(server) => {
                let it = server.database()?;
                let (url, name) = (it.url.clone(), it.name.clone());
                Database { url, place, name, _kept: Kept::Mysql { _it: it } }
            }
        })
    }
}

impl Database {
    /// Runs a script as its first lines say. The error is what the client said.
    pub(crate) fn run(&self, script: &str) -> Result<(), String> {
        let mut command = match &self.place {
            Place::Sqlite => {
                let mut command = Command::new("sqlite3");
                command.args(["-bail", &self.name]);
                command
            }
            Place::Postgres(_) => {
                let mut command = Command::new("psql");
                command.args(["-X", "-q", "-d", &self.url, "-f", "-"]);
                command
            }
            Place::Mysql(server) => self.mysql(server)?,
        };
        let output = fed(&mut command, script)?;
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        if output.status.success() { Ok(()) } else { Err(said) }
    }

    /// The client that came with the server, or else the machine's.
    fn mysql(&self, server: &mysql::Server) -> Result<Command, String> {
        let fetched = std::env::var("AUTOGEN_TEST_SERVERS").unwrap_or_default();
        let mut command = match PathBuf::from(&fetched).join(server.name()).is_dir() {
            true => {
                let mut command = Command::new("scripts/server");
                command.args(["client", server.name()]);
                command.current_dir(env!("CARGO_MANIFEST_DIR"));
                command
            }
            false if server.is_mariadb() => Command::new("mariadb"),
            false => Command::new("mysql"),
        };
        let rest = self.url.split_once("://").map_or("", |(_, rest)| rest);
        let (login, rest) = rest.split_once('@').ok_or("the URL names a user")?;
        let (user, password) = login.split_once(':').unwrap_or((login, ""));
        let (host, _) = rest.split_once('/').ok_or("the URL names a database")?;
        let (host, port) = host.split_once(':').unwrap_or((host, "3306"));
        command.arg("--no-defaults").args(["--comments", "-h", host, "-P", port, "-u", user]);
        command.args(["--protocol=tcp", &self.name]).env("MYSQL_PWD", password);
        Ok(command)
    }
}

fn fed(command: &mut Command, input: &str) -> Result<Output, String> {
    let program = command.get_program().to_string_lossy().into_owned();
    let missing = |error| format!("{program} cannot be run ({error}); scripts/test provides it");
    let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = piped.spawn().map_err(missing)?;
    let mut stdin = child.stdin.take().ok_or("a pipe")?;
    let text = input.to_owned();
    // A client that stops at an error reads no further.
    let writer = std::thread::spawn(move || drop(stdin.write_all(text.as_bytes())));
    let output = child.wait_with_output().map_err(|error| error.to_string())?;
    writer.join().map_err(|_| "the script was not written".to_owned())?;
    Ok(output)
}
