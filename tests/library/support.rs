//! Databases to test on, each test on an empty one, and what is asked of them.

use std::path::{Path, PathBuf};

use autogen::Migrator;
use autogen::db::{ConnectOptions, Database};
use libtest_mimic::Trial;
use tempfile::TempDir;

use super::{Test, mysql, postgres};

/// An empty database, and a folder for revisions.
pub(crate) struct Place {
    /// How it is reached.
    pub(crate) url: String,
    folder: TempDir,
    _database: Option<Box<dyn std::any::Any>>,
}

/// One trial for each database at hand.
pub(crate) fn at_all(name: &str, test: Test) -> Vec<Trial> {
    let run = move |place: Place| runtime().block_on(test(place));
    let mut trials = vec![Trial::test(format!("sqlite::{name}"), move || {
        let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
        let url = format!("sqlite://{}", folder.path().join("app.db").display());
        run(Place { url, folder, _database: None });
        Ok(())
    })];
    for server in postgres::servers().into_iter().filter(|it| it.version == 15) {
        trials.push(Trial::test(format!("{}::{name}", server.name()), move || {
            let database = server.database()?;
            let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
            run(Place { url: database.url.clone(), folder, _database: Some(Box::new(database)) });
            Ok(())
        }));
    }
    for server in mysql::servers() {
        trials.push(Trial::test(format!("{}::{name}", server.name()), move || {
            let database = server.database()?;
            let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
            run(Place { url: database.url.clone(), folder, _database: Some(Box::new(database)) });
            Ok(())
        }));
    }
    trials
}

/// A runtime as services have it.
pub(crate) fn runtime() -> tokio::runtime::Runtime {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder.worker_threads(2).enable_all().build().expect("a runtime")
}

impl Place {
    /// Writes a revision.
    pub(crate) fn write(&self, id: &str, parent: &str, sides: &str) {
        write(&self.folder(), id, parent, sides);
    }

    /// The folder of revisions.
    pub(crate) fn folder(&self) -> PathBuf {
        let folder = self.folder.path().join("migrations");
        std::fs::create_dir_all(&folder).expect("a folder");
        folder
    }

    /// The folder of the project.
    pub(crate) fn root(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn migrator(&self) -> Migrator {
        Migrator::open(self.folder()).expect("the revisions fit together")
    }

    /// The word that begins the URL.
    pub(crate) fn kind(&self) -> &str {
        self.url.split(':').next().unwrap_or_default()
    }

    /// The first column of a query, read by a connection of its own; none where it fails.
    pub(crate) async fn column(&self, sql: &str) -> Option<Vec<String>> {
        let options = ConnectOptions { read_only: true, ..ConnectOptions::default() };
        let mut db = Database::connect(&self.url, &options).await.expect("a connection");
        let rows = db.query_text_rows(sql, &[]).await.ok()?;
        db.close().await.expect("it closes");
        Some(rows.into_iter().filter_map(|row| row.into_iter().next()?).collect())
    }
}

/// Writes a revision to a folder.
pub(crate) fn write(folder: &Path, id: &str, parent: &str, sides: &str) {
    let parent = match parent {
        "" => String::new(),
        parent => format!("-- Revises: {parent}\n"),
    };
    let text = format!("-- The revision {id}\n--\n-- Revision: {id}\n{parent}\n{sides}");
    std::fs::write(folder.join(format!("{id}.sql")), text).expect("a revision");
}
