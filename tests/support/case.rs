//! A folder of `fixtures/diff` as a case.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use autogen::lower::{Naming, lower};
use autogen::schema::{Intent, Schema};
use autogen_model::Source;
use serde::Deserialize;

/// One case. `before.rs` or `before.sql` is the old state; with neither the database is empty.
pub(crate) struct Case {
    /// Its folder.
    pub(crate) folder: PathBuf,
    /// `area/case`.
    pub(crate) name: String,
    /// What the flags say.
    pub(crate) options: Options,
}

/// `case.toml`.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Options {
    /// What the case is there for.
    #[serde(default)]
    #[allow(dead_code, reason = "for people who read the case")]
    pub(crate) why: String,
    /// The dialects that it is for; by itself all that are whole, or in areas named `pg_..` that of
    /// PostgreSQL.
    #[serde(default)]
    #[allow(dead_code)]
    pub(crate) dialects: Vec<String>,
    /// `--rename`.
    #[serde(default)]
    pub(crate) rename: Vec<String>,
    /// `--no-rename`.
    #[serde(default)]
    pub(crate) no_rename: Vec<String>,
    /// `--convert`.
    #[serde(default)]
    pub(crate) convert: Vec<String>,
    /// `--fill`.
    #[serde(default)]
    pub(crate) fill: Vec<String>,
    /// The version of SQLite that the plan is for; a case with one is not run live.
    #[serde(default)]
    pub(crate) sqlite: Option<(u16, u16, u16)>,
    /// Tables that no revision created.
    #[serde(default)]
    pub(crate) unmanaged: Vec<String>,
    /// Rows that the upgrade must refuse, by a part of the message.
    #[serde(default)]
    pub(crate) refused: Option<String>,
    /// Rows that the downgrade must refuse, by a part of the message.
    #[serde(default)]
    pub(crate) down_refused: Option<String>,
    /// What does not come back, since it was dropped, filled or numbered anew: `table`,
    /// `table.column` or `table.rowid`.
    #[serde(default)]
    pub(crate) lossy: Vec<String>,
}

impl Case {
    /// All cases, by name.
    pub(crate) fn all(root: &Path) -> Vec<Self> {
        let mut cases: Vec<Self> = folders(root)
            .into_iter()
            .flat_map(|area| folders(&area))
            .map(|folder| Self::read(root, folder))
            .collect();
        cases.sort_by(|one, two| one.name.cmp(&two.name));
        cases
    }

    fn read(root: &Path, folder: PathBuf) -> Self {
        let name = folder.strip_prefix(root).unwrap().display().to_string().replace('\\', "/");
        let options = match std::fs::read_to_string(folder.join("case.toml")) {
            Ok(text) => toml::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}")),
            Err(_) => Options::default(),
        };
        Self { folder, name, options }
    }

    /// A file of the case, if it is there.
    pub(crate) fn file(&self, name: &str) -> Option<String> {
        std::fs::read_to_string(self.folder.join(name)).ok()
    }

    /// Models of the case, lowered.
    pub(crate) fn models(&self, name: &str) -> Option<(Schema, Intent)> {
        let text = self.file(name)?;
        let source = Arc::new(Source { path: name.into(), text });
        let (models, mut problems) = autogen_model::read(vec![source]);
        let lowered = lower(&models, &Naming::default());
        if let Err(more) = &lowered {
            problems.extend(more.iter().cloned());
        }
        assert!(problems.is_empty(), "{}: {problems:#?}", self.name);
        lowered.ok()
    }
}

fn folders(root: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path());
    entries.filter(|path| path.is_dir()).collect()
}
