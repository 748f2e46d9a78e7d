//! A project, the program run in it, and what a database holds in words.

use std::path::{Path, PathBuf};
use std::process::Command;

use autogen::db::{ConnectOptions, Database as Connection};

use super::client::Database;

/// A folder with a configuration and revisions.
pub(crate) struct Project {
    folder: tempfile::TempDir,
}

impl Project {
    pub(crate) fn new(dialect: &str) -> Result<Self, String> {
        let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
        std::fs::create_dir(folder.path().join("migrations")).map_err(|it| it.to_string())?;
        let it = Self { folder };
        let text =
            format!("project = \"offline\"\nmodels = \"models.rs\"\ndialects = [\"{dialect}\"]\n");
        it.write("autogen.toml", &text)?;
        it.write("models.rs", "")?;
        Ok(it)
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) -> Result<(), String> {
        std::fs::write(self.path(name), text).map_err(|error| error.to_string())
    }

    /// Writes a revision; no parent means a base.
    pub(crate) fn revision(
        &self,
        id: &str,
        parent: &str,
        (upgrade, downgrade): (&str, &str),
    ) -> Result<(), String> {
        let revises = match parent {
            "" => String::new(),
            parent => format!("-- Revises: {parent}\n"),
        };
        self.write(
            &format!("migrations/{id}.sql"),
            &format!(
                "-- The revision {id}: it's one\n--\n-- Revision: {id}\n{revises}\n-- autogen: \
                 upgrade\n{upgrade}\n\n-- autogen: downgrade\n{downgrade}\n"
            ),
        )
    }

    /// What a command says on stdout.
    pub(crate) fn autogen(&self, args: &[&str], url: Option<&str>) -> Result<String, String> {
        let mut command = Command::new(env!("CARGO_BIN_EXE_autogen"));
        command.args(args).current_dir(self.folder.path()).env_remove("DATABASE_URL");
        command.args(["-x", "who=it's :x \\n", "-x", "stage=test"]);
        if let Some(url) = url {
            command.args(["--database-url", url]);
        }
        let output = command.output().map_err(|error| error.to_string())?;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        match output.status.success() {
            true => Ok(text(&output.stdout)),
            false => Err(format!("{args:?}: {}{}", text(&output.stdout), text(&output.stderr))),
        }
    }

    /// A script.
    pub(crate) fn script(&self, args: &[&str]) -> Result<String, String> {
        self.autogen(&[args, &["--sql"]].concat(), None)
    }
}

/// Two databases hold the same, but for times and who did it.
pub(crate) fn same(one: &Database, two: &Database, rows: &[&str]) -> Result<(), String> {
    let (one, two) = (held(one, rows)?, held(two, rows)?);
    let different = one.lines().zip(two.lines()).find(|(one, two)| one != two);
    match one == two {
        true => Ok(()),
        false => Err(format!("{different:#?}\n== by a run:\n{one}\n== by a script:\n{two}")),
    }
}

/// The schema, the rows of these tables, the ledger and the log.
pub(crate) fn held(database: &Database, tables: &[&str]) -> Result<String, String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let failed = |error: &dyn std::fmt::Display| error.to_string();
    runtime.map_err(|error| failed(&error))?.block_on(async {
        let options = ConnectOptions::default();
        let connected = Connection::connect(&database.url, &options).await;
        let mut db = connected.map_err(|error| failed(&error))?;
        let schema = db.introspect().await.map_err(|error| failed(&error))?;
        let mut text = format!("{schema:#?}\n");
        let mysql = db.dialect_name() == "mysql";
        let ledger = "SELECT project, id, parents, depends_on, message, checksum, downgrade, state, \
                      statements_done, in_doubt, begun, tool, format FROM autogen_revisions \
                      ORDER BY id";
        let seen = "SELECT id, seen FROM autogen_revisions ORDER BY id";
        let log = "SELECT project, revision, action, event, tool, note, tag, format, \
                   (SELECT count(*) FROM autogen_log AS other WHERE other.attempt = \
                   autogen_log.attempt), length(attempt) FROM autogen_log ORDER BY sequence";
        let mut queries = vec![ledger.to_owned(), log.to_owned()];
        queries.extend(mysql.then(|| seen.to_owned()));
        queries.extend(tables.iter().map(|table| format!("SELECT * FROM {table} ORDER BY 1")));
        for query in queries {
            let rows = db.query_text_rows(&query, &[]).await.map_err(|error| failed(&error))?;
            text.push_str(&format!("{query}\n"));
            rows.iter().for_each(|row| text.push_str(&format!("{row:?}\n")));
        }
        db.close().await.map_err(|error| failed(&error))?;
        Ok(text)
    })
}

/// The times of the ledger and the log are times as a run writes them, and somebody did it.
pub(crate) fn is_told(database: &Database) -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let rows = runtime.map_err(|error| error.to_string())?.block_on(async {
        let options = ConnectOptions::default();
        let connected = Connection::connect(&database.url, &options).await;
        let mut db = connected.map_err(|error| error.to_string())?;
        let query = "SELECT at, actor FROM autogen_log UNION ALL SELECT applied_at, applied_by \
                     FROM autogen_revisions";
        db.query_text_rows(query, &[]).await.map_err(|error| error.to_string())
    })?;
    for row in rows {
        let [at, actor] = [0, 1].map(|it| row[it].clone().unwrap_or_default());
        let time: jiff::Timestamp = at.parse().map_err(|error| format!("{at}: {error}"))?;
        let age = jiff::Timestamp::now().duration_since(time).as_secs();
        if !(-5..600).contains(&age) || actor.is_empty() || at.len() != 24 {
            return Err(format!("{at} by {actor}"));
        }
    }
    Ok(())
}

/// A file of the repository.
pub(crate) fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(name)
}
