//! A project in a throw-away folder, and the commands that are run there.

use std::any::Any;
use std::io::{Read as _, Seek as _};
use std::path::PathBuf;
use std::process::Command;

use autogen::db::{ConnectOptions, Database};

/// A project and its database.
pub(crate) struct Place {
    folder: tempfile::TempDir,
    url: String,
    _database: Box<dyn Any>,
}

const CONFIG: &str = "project = \"shop\"\n\n[database]\nurl = \"${URL}\"\n";

/// The revisions: id, parent, month in which it was made, table.
const REVISIONS: [(&str, &str, &str, &str); 3] =
    [("a1", "", "01", "users"), ("b2", "a1", "02", "posts"), ("c3", "b2", "03", "tags")];

impl Place {
    pub(crate) fn new(url: &str, database: Box<dyn Any>) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let place = Self { folder, url: url.to_owned(), _database: database };
        std::fs::create_dir(place.path("migrations")).expect("a folder");
        place.write("autogen.toml", CONFIG);
        let mut models = String::new();
        for (id, parent, month, table) in REVISIONS {
            let struct_name = format!("{}{}", table[..1].to_uppercase(), &table[1..]);
            models.push_str(&format!(
                "#[derive(Table)]\npub struct {struct_name} {{\n    \
                 #[column(primary_key, length = 20)]\n    pub name: String,\n}}\n\n"
            ));
            let revises = match parent {
                "" => String::new(),
                parent => format!("-- Revises: {parent}\n"),
            };
            let text = format!(
                "-- {struct_name}\n--\n-- Revision: {id}\n{revises}\
                 -- Created: 2026-{month}-01T00:00:00Z\n\n-- autogen: upgrade\n\
                 CREATE TABLE {table} (\n    name VARCHAR(20) NOT NULL,\n    \
                 CONSTRAINT pk_{table} PRIMARY KEY (name)\n);\n\n-- autogen: downgrade\n\
                 DROP TABLE {table};\n"
            );
            place.write(&format!("migrations/{id}.sql"), &text);
        }
        place.write("models.rs", &models);
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).expect("a file");
    }

    /// Runs a command and gives what it printed, line by line, with its exit code first unless that
    /// is 0.
    pub(crate) fn run(&self, (line, written): (&str, Vec<&str>)) -> Vec<String> {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        let mut lines = match word {
            "autogen" => self.autogen(&words(rest)),
            "sql" => self.sql(rest),
            "rm" => {
                std::fs::remove_file(self.path(rest)).expect("a file");
                Vec::new()
            }
            "mv" => {
                let (from, to) = rest.split_once(' ').expect("two names");
                std::fs::rename(self.path(from), self.path(to)).expect("a file");
                Vec::new()
            }
            "write" => {
                self.write(rest, &(written.join("\n") + "\n"));
                Vec::new()
            }
            "edit" => {
                let (file, change) = rest.split_once(' ').expect("a file");
                let (old, new) = change.split_once(" => ").expect("a change");
                let text = std::fs::read_to_string(self.path(file)).expect("a file");
                assert!(text.contains(old), "`{old}` is not in:\n{text}");
                self.write(file, &text.replace(old, new));
                Vec::new()
            }
            _ => panic!("`{word}` is no command"),
        };
        lines.iter_mut().for_each(|line| *line = self.tidied(line));
        lines.retain(|line| !line.trim().is_empty());
        lines
    }

    fn autogen(&self, words: &[String]) -> Vec<String> {
        // One file for both, so that they stay in order.
        let mut said = tempfile::tempfile().expect("a file");
        let both = || said.try_clone().expect("a file");
        let status = Command::new(env!("CARGO_BIN_EXE_autogen"))
            .current_dir(self.folder.path())
            .args(words)
            .env("URL", &self.url)
            .env("NO_COLOR", "1")
            .env_remove("DATABASE_URL")
            .env_remove("AUTOGEN_ENV")
            .env_remove("AUTOGEN_CONFIG")
            .stdin(std::process::Stdio::null())
            .stdout(both())
            .stderr(both())
            .status()
            .expect("the program runs");
        let mut text = String::new();
        said.rewind().expect("a file");
        said.read_to_string(&mut text).expect("text");
        let code = status.code().unwrap_or(-1);
        let code = (code != 0).then(|| format!("? {code}"));
        code.into_iter().chain(text.lines().map(str::to_owned)).collect()
    }

    /// Runs a statement, or prints the rows of a query.
    fn sql(&self, sql: &str) -> Vec<String> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("a runtime").block_on(async {
            let options = ConnectOptions {
                base: self.folder.path().to_owned(),
                create: true,
                ..ConnectOptions::default()
            };
            let mut db = Database::connect(&self.url, &options).await.expect("a connection");
            let rows = match sql.starts_with("SELECT") {
                true => db.query_text_rows(sql, &[]).await,
                false => db.execute(sql).await.map(|_| Vec::new()),
            };
            let rows = rows.unwrap_or_else(|failure| panic!("{sql}: {failure}"));
            db.close().await.expect("the end");
            let cell = |cell: Option<String>| cell.unwrap_or_else(|| "NULL".to_owned());
            let row = |row: Vec<Option<String>>| row.into_iter().map(cell).collect::<Vec<_>>();
            rows.into_iter().map(|cells| row(cells).join("|")).collect()
        })
    }

    /// A line without what differs from run to run: the database, times, and who ran it.
    fn tidied(&self, line: &str) -> String {
        let shown = autogen::db::redact(&self.url);
        let name = self.url.rsplit('/').next().unwrap_or_default();
        let name = name.split('?').next().unwrap_or_default();
        let line = line.replace(&shown, "[URL]").replace(name, "[DB]");
        let words: Vec<String> = line.split(' ').map(tidied).collect();
        let mut line = words.join(" ");
        while let Some(at) = line.find(" ms") {
            let digits = line[..at].bytes().rev().take_while(u8::is_ascii_digit).count();
            if digits == 0 {
                break;
            }
            line.replace_range(at - digits..at + 3, "[..]");
        }
        line
    }
}

/// A moment or an account as `[..]`.
fn tidied(word: &str) -> String {
    let is_moment = word.len() > 20 && word.starts_with("20") && word.ends_with('Z');
    let is_actor = word.contains('@') && word.ends_with([')', ':', ',']) && !word.contains('`');
    match (is_moment, is_actor) {
        (true, _) => "[..]".to_owned(),
        (_, true) => format!("[..]{}", &word[word.find([')', ':']).unwrap_or(word.len())..]),
        _ => word.to_owned(),
    }
}

/// The words of a line; quotes hold what has spaces.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let (mut word, mut quote, mut is_word) = (String::new(), None, false);
    for c in line.chars() {
        match (c, quote) {
            ('\'' | '"', None) => (quote, is_word) = (Some(c), true),
            (_, Some(mark)) if c == mark => quote = None,
            (' ', None) => {
                if std::mem::take(&mut is_word) {
                    words.push(std::mem::take(&mut word));
                }
            }
            _ => {
                is_word = true;
                word.push(c);
            }
        }
    }
    if is_word {
        words.push(word);
    }
    words
}
