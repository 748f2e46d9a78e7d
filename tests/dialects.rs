//! One project for several databases: the program writes revisions with a side for each dialect,
//! and every side brings its own server through the history and back, with rows. Chains of
//! `fixtures/chains` that have rows (`1.sql`) are for every dialect: `1.ask` is asked in each state,
//! and all databases give the answer `1.answer`, on the way back `1.back` where that differs.

#[path = "support/mysql.rs"]
mod mysql;
#[path = "support/postgres.rs"]
mod postgres;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use autogen::db::{ConnectOptions, Database};
use libtest_mimic::{Arguments, Failed, Trial};

/// What revisions are written for.
const DIALECTS: &str = "[\"sqlite\", \"postgres\", \"mysql\"]";

fn main() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/chains");
    let entries = std::fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path());
    let mut chains: Vec<PathBuf> = entries.filter(|chain| chain.join("1.sql").exists()).collect();
    chains.sort();
    let mut trials = Vec::new();
    for chain in chains {
        let name = chain.file_name().unwrap_or_default().to_string_lossy().into_owned();
        for server in servers() {
            let (chain, name) = (chain.clone(), format!("{name}::{}", server.name()));
            if let Server::Mysql(mysql) = &server {
                let (chain, server, mariadb) = (chain.clone(), server.clone(), mysql.is_mariadb());
                let run = move || mistaken(&chain, &server, mariadb).map_err(Failed::from);
                trials.push(Trial::test(format!("{name}::mistaken_{}", mysql.name()), run));
            }
            let run = move || there_and_back(&chain, &server).map_err(Failed::from);
            trials.push(Trial::test(name, run));
        }
    }
    assert!(!trials.is_empty(), "there is a chain for every dialect");
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}

/// Where a side is run.
#[derive(Clone, Debug)]
enum Server {
    Sqlite,
    Postgres(postgres::Server),
    Mysql(mysql::Server),
}

fn servers() -> Vec<Server> {
    let postgres = postgres::servers().into_iter().map(Server::Postgres);
    let mysql = mysql::servers().into_iter().map(Server::Mysql);
    [Server::Sqlite].into_iter().chain(postgres).chain(mysql).collect()
}

impl Server {
    fn name(&self) -> String {
        match self {
            Self::Sqlite => "sqlite".to_owned(),
            Self::Postgres(server) => server.name(),
            Self::Mysql(server) => server.name().to_owned(),
        }
    }

    /// Runs with the URL of an empty database of that server.
    fn with_database(&self, work: impl FnOnce(&str) -> Result<(), String>) -> Result<(), String> {
        match self {
            Self::Sqlite => work("sqlite://live.db"),
            Self::Postgres(server) => work(&server.database()?.url),
            Self::Mysql(server) => {
                let database = server.database_of(server.dialect().default_collation())?;
                // What is written offline is for the server that the URL speaks of.
                let scheme = if server.is_mariadb() { "mariadb" } else { "mysql" };
                work(&database.url.replacen("mysql", scheme, 1))
            }
        }
    }
}

fn there_and_back(chain: &Path, server: &Server) -> Result<(), String> {
    let project = Project::new(chain)?;
    let states = (1..).take_while(|at| chain.join(format!("{at}.rs")).exists()).count();
    server.with_database(|url| {
        for state in 1..=states {
            project.advance(state, url)?;
            project.run(url, &["upgrade", "head"])?;
            project.run(url, &["check"])?;
            project.fill(state, url)?;
            project.ask(state, url, "answer")?;
        }
        for state in (1..states).rev() {
            project.run(url, &["downgrade", "-1"])?;
            project.ask(state, url, "back")?;
        }
        project.run(url, &["downgrade", "base"])?;
        project.run(url, &["upgrade", "head"])?;
        project.run(url, &["check"])
    })
}

/// Without a database to compare with, the URL says which server is meant; where it is the other, that
/// is said before a file is written.
fn mistaken(chain: &Path, server: &Server, mariadb: bool) -> Result<(), String> {
    let project = Project::new(chain)?;
    let (is, other) = if mariadb { ("mariadb", "mysql") } else { ("mysql", "mariadb") };
    server.with_database(|url| {
        std::fs::write(project.folder.path().join("models.rs"), project.file(1, "rs")?)
            .map_err(|error| error.to_string())?;
        let url = url.replacen(is, other, 1);
        match project.run(&url, &["revision", "-m", "first", "--from", "lock"]) {
            Ok(()) => Err(format!("{other}:// was taken for {is}")),
            Err(said) if said.contains(&format!("let the URL begin with `{is}://`")) => Ok(()),
            Err(said) => Err(said),
        }
    })
}

/// A folder with a configuration and revisions.
struct Project {
    folder: tempfile::TempDir,
    chain: PathBuf,
}

impl Project {
    fn new(chain: &Path) -> Result<Self, String> {
        let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
        let text = format!("models = \"models.rs\"\ndialects = {DIALECTS}\n");
        let written = std::fs::write(folder.path().join("autogen.toml"), text);
        let project = Self { folder, chain: chain.to_owned() };
        written.map_err(|error| error.to_string()).map(|()| project)
    }

    fn file(&self, state: usize, kind: &str) -> Result<String, String> {
        let path = self.chain.join(format!("{state}.{kind}"));
        std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))
    }

    /// Writes the revision of a state from the lock file, after a look that the database would have
    /// led to the same upgrade.
    fn advance(&self, state: usize, url: &str) -> Result<(), String> {
        let models = self.file(state, "rs")?;
        let path = self.folder.path().join("models.rs");
        std::fs::write(path, models).map_err(|error| error.to_string())?;
        let args = self.file(state, "args").unwrap_or_default();
        let id = format!("r{state}");
        let mut flags = vec!["revision", "-m", "next", "--rev-id", &id];
        flags.extend(args.split_whitespace());
        let [live, lock] = ["live", "lock"]
            .map(|from| self.run_for(url, &[&flags[..], &["--dry-run", "--from", from]].concat()));
        let (live, lock) = (upgrades(&live?), upgrades(&lock?));
        if live != lock {
            return Err(format!("from the database:\n{live}\nfrom the lock file:\n{lock}"));
        }
        let output = self.output(url, &[&flags[..], &["--from", "lock"]].concat())?;
        // Where the URL leads, and in memory, there is always a place; another server is not named.
        let own = if url.starts_with("postgres") { "postgres" } else { "mysql" };
        let other = |line: &&str| line.contains("no URL names a") && !line.contains(own);
        let said = said(&output);
        let mut left_out = said.lines().filter(|line| line.contains("Not rehearsed"));
        match left_out.find(|line| url.starts_with("sqlite") || !other(line)) {
            Some(line) if !url.starts_with("sqlite") || line.contains("sqlite") => {
                Err(format!("its own dialect can be rehearsed: {line}"))
            }
            _ => Ok(()),
        }
    }

    /// Puts rows in.
    fn fill(&self, state: usize, url: &str) -> Result<(), String> {
        let rows = self.file(state, "sql")?;
        self.talk(url, async |db| {
            for statement in rows.split_inclusive(";\n") {
                db.execute(statement).await.map_err(|it| format!("{statement}: {}", it.message))?;
            }
            Ok(())
        })
    }

    /// Asks for rows, and compares.
    fn ask(&self, state: usize, url: &str, way: &str) -> Result<(), String> {
        let query = self.file(state, "ask")?;
        let expected = self.file(state, way).or_else(|_| self.file(state, "answer"))?;
        self.talk(url, async |db| {
            let rows = db.query_text_rows(&query, &[]).await.map_err(|it| it.message)?;
            let rows = rows.into_iter().flatten().flatten().map(|row| format!("{row}\n"));
            let rows: String = rows.collect();
            match rows == expected {
                true => Ok(()),
                false => Err(format!("state {state}, {way}: expected\n{expected}found\n{rows}")),
            }
        })
    }

    fn talk(
        &self,
        url: &str,
        work: impl AsyncFnOnce(&mut Database) -> Result<(), String>,
    ) -> Result<(), String> {
        let url = match url.strip_prefix("sqlite://") {
            Some(path) => format!("sqlite://{}", self.folder.path().join(path).display()),
            None => url.to_owned(),
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.map_err(|error| error.to_string())?.block_on(async {
            let connected = Database::connect(&url, &ConnectOptions::default()).await;
            let mut db = connected.map_err(|error| error.to_string())?;
            work(&mut db).await?;
            db.close().await.map_err(|it| it.message)
        })
    }

    fn run(&self, url: &str, args: &[&str]) -> Result<(), String> {
        self.run_for(url, args).map(drop)
    }

    /// What the program writes to its standard output.
    fn run_for(&self, url: &str, args: &[&str]) -> Result<String, String> {
        let output = self.output(url, args)?;
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    fn output(&self, url: &str, args: &[&str]) -> Result<Output, String> {
        let mut command = Command::new(env!("CARGO_BIN_EXE_autogen"));
        command.current_dir(self.folder.path()).env_remove("DATABASE_URL");
        let output = command.args(["--database-url", url]).args(args).output();
        let output = output.map_err(|error| error.to_string())?;
        match output.status.success() {
            true => Ok(output),
            false => Err(format!("{args:?}: {}", said(&output))),
        }
    }
}

/// The lines of the upgrade sides of a file, sorted: what drops several constraints drops them in
/// the order in which they are told. A downgrade spells old expressions as its database reports them.
fn upgrades(file: &str) -> String {
    let sides = file.split_once("-- autogen: upgrade").map_or("", |(_, sides)| sides);
    let sides = sides.split("-- autogen: downgrade").next().unwrap_or_default();
    let mut lines: Vec<&str> = sides.lines().filter(|line| !line.is_empty()).collect();
    lines.sort_unstable();
    lines.join("\n")
}

fn said(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    format!("{}{}", text(&output.stdout), text(&output.stderr))
}
