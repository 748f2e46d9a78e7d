//! A project in a throw-away folder with a database, and the program run there.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, ChildStderr, Command, Stdio};
use std::time::{Duration, Instant};

use autogen::db::{ConnectOptions, Database};
use autogen::revision::folder;
use autogen::runner::{self, Status};

/// Which database it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Sqlite,
    Postgres,
    Mysql,
}

/// Revisions in a folder, and a database.
pub(crate) struct Place {
    folder: tempfile::TempDir,
    url: String,
    pub(crate) kind: Kind,
    /// Dropped with this.
    _database: Option<Box<dyn std::any::Any>>,
}

/// What a process said, and its exit code.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) code: Option<i32>,
    pub(crate) text: String,
}

impl Place {
    pub(crate) fn new(url: &str, kind: Kind, database: Option<Box<dyn std::any::Any>>) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::create_dir(folder.path().join("migrations")).expect("a folder");
        Self { folder, url: url.to_owned(), kind, _database: database }
    }

    pub(crate) fn sqlite() -> Self {
        Self::new("sqlite://app.db", Kind::Sqlite, None)
    }

    /// Writes a revision; no parent means a base.
    pub(crate) fn revision(&self, id: &str, parent: &str, upgrade: &str, downgrade: &str) {
        let revises = match parent {
            "" => String::new(),
            parent => format!("-- Revises: {parent}\n"),
        };
        let text = format!(
            "-- Revision {id}\n--\n-- Revision: {id}\n{revises}\n\
             -- autogen: upgrade\n{upgrade}\n\n-- autogen: downgrade\n{downgrade}\n"
        );
        let file = self.folder.path().join("migrations").join(format!("{id}.sql"));
        std::fs::write(file, text).expect("a file");
    }

    /// The program, to be started here.
    pub(crate) fn program(&self, words: &[&str]) -> Command {
        // Whoever runs the tests in the background has signals ignored, and children inherit that.
        let mut program = Command::new("env");
        program.args(["--default-signal=HUP,INT,TERM", env!("CARGO_BIN_EXE_autogen")]);
        self.here(&mut program);
        program.args(words);
        program
    }

    /// A line of the shell, in which `autogen` is the program.
    pub(crate) fn shell(&self, line: &str) -> Said {
        let mut shell = Command::new("bash");
        self.here(&mut shell);
        let line = line.replace("autogen", env!("CARGO_BIN_EXE_autogen"));
        shell.args(["-o", "pipefail", "-c", &line]);
        said(shell.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("a shell"))
    }

    fn here(&self, command: &mut Command) {
        command.current_dir(self.folder.path()).env("DATABASE_URL", &self.url);
        command.env_remove("AUTOGEN_CONFIG").env_remove("AUTOGEN_ENV").env("NO_COLOR", "1");
    }

    /// Starts the program and does not wait.
    pub(crate) fn started(&self, words: &[&str]) -> Child {
        let mut program = self.program(words);
        program.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("the program starts")
    }

    /// Runs the program to its end.
    pub(crate) fn ran(&self, words: &[&str]) -> Said {
        said(self.started(words))
    }

    /// Runs the program, which must end well.
    pub(crate) fn runs(&self, words: &[&str]) -> String {
        let Said { code, text } = self.ran(words);
        assert_eq!(code, Some(0), "{words:?}: {text}");
        text
    }

    pub(crate) async fn db(&self) -> Database {
        let options = ConnectOptions {
            base: self.folder.path().to_owned(),
            create: true,
            ..ConnectOptions::default()
        };
        Database::connect(&self.url, &options).await.expect("a connection")
    }

    /// The cells of a query, with commas between.
    pub(crate) async fn one(&self, sql: &str) -> String {
        let rows = self.db().await.query_text_rows(sql, &[]).await.expect("the query runs");
        rows.into_iter().flatten().flatten().collect::<Vec<String>>().join(",")
    }

    pub(crate) async fn status(&self) -> Status {
        let graph = folder::load_graph(&[self.folder.path().join("migrations")]);
        let graph = graph.expect("the revisions fit together");
        let status =
            runner::status(&mut self.db().await, &graph, &runner::Options::default()).await;
        status.expect("the ledger can be read")
    }

    pub(crate) async fn applied(&self) -> Vec<String> {
        self.status().await.state.applied().into_iter().collect()
    }

    /// The log: revision, action, outcome.
    pub(crate) async fn log(&self) -> Vec<String> {
        let attempts = runner::log(&mut self.db().await, &runner::Options::default()).await;
        let line = |it: runner::ledger::Attempt| {
            format!("{} {} {:?}", it.revision, it.action.word(), it.outcome)
        };
        attempts.expect("the log").into_iter().map(line).collect()
    }

    /// Waits until nobody else is connected: what a server was told it may do for a while after the
    /// one who told it is gone.
    pub(crate) async fn alone(&self) {
        let others = match self.kind {
            Kind::Sqlite => return,
            Kind::Postgres => {
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() \
                 AND backend_type = 'client backend' AND pid <> pg_backend_pid()"
            }
            Kind::Mysql => {
                "SELECT count(*) FROM information_schema.PROCESSLIST \
                 WHERE DB = DATABASE() AND ID <> CONNECTION_ID()"
            }
        };
        let mut db = self.db().await;
        let clock = Instant::now();
        loop {
            let rows = db.query_text_rows(others, &[]).await.expect("the query runs");
            if rows == [[Some("0".to_owned())]] {
                return;
            }
            assert!(clock.elapsed() < Duration::from_secs(20), "somebody stays connected");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

fn said(child: Child) -> Said {
    let output = child.wait_with_output().expect("it ends");
    let text = [&output.stdout[..], &output.stderr[..]].concat();
    Said { code: output.status.code(), text: String::from_utf8_lossy(&text).into_owned() }
}

/// A process that is read line by line.
pub(crate) struct Heard {
    child: Child,
    lines: BufReader<ChildStderr>,
    text: String,
}

impl Heard {
    pub(crate) fn new(mut child: Child) -> Self {
        let lines = BufReader::new(child.stderr.take().expect("it is piped"));
        Self { child, lines, text: String::new() }
    }

    /// Waits until it has said these words.
    pub(crate) fn until(&mut self, words: &str) {
        while !self.text.contains(words) {
            let read = self.lines.read_line(&mut self.text).expect("it is text");
            assert!(read > 0, "it ended and did not say `{words}`:\n{}", self.text);
        }
    }

    /// Sends a signal such as `TERM`.
    pub(crate) fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        let sent = Command::new("kill").args(["-s", name, &id]).status().expect("kill is there");
        assert!(sent.success(), "the process {id} is gone:\n{}", self.text);
    }

    /// Its end, which must come within some seconds.
    pub(crate) fn ends(mut self) -> Said {
        let clock = Instant::now();
        let code = loop {
            if let Some(status) = self.child.try_wait().expect("it is ours") {
                break status.code();
            }
            if clock.elapsed() > Duration::from_secs(20) {
                self.child.kill().expect("it is ours");
                let _ = self.child.wait();
                panic!("it does not end");
            }
            std::thread::sleep(Duration::from_millis(5));
        };
        self.lines.read_to_string(&mut self.text).expect("it is text");
        Said { code, text: self.text }
    }
}

/// Fails unless the text has all parts.
pub(crate) fn says(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "`{part}` is not in:\n{text}");
    }
}
