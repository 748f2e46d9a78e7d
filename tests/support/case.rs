//! A folder of `fixtures/diff` as a case.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use autogen::dialect::Dialect;
use autogen::dialect::postgres::Postgres;
use autogen::dialect::sqlite::Sqlite;
use autogen::lower::{Naming, lower};
use autogen::schema::{Intent, Schema};
use autogen_model::Source;
use serde::Deserialize;

/// The versions of PostgreSQL that plans are made for without a server.
pub(crate) const VERSIONS: std::ops::RangeInclusive<u16> = 12..=18;

/// One case, for one dialect. `before.rs` or `before.sql` is the old state; with neither the
/// database is empty.
#[derive(Clone)]
pub(crate) struct Case {
    /// Its folder.
    pub(crate) folder: PathBuf,
    /// `area/case`.
    pub(crate) name: String,
    /// What the flags say.
    pub(crate) options: Options,
    /// The dialect that it is looked at for.
    pub(crate) dialect: &'static str,
}

/// `case.toml`.
#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Options {
    /// What the case is there for.
    #[serde(default)]
    #[allow(dead_code, reason = "for people who read the case")]
    pub(crate) why: String,
    /// The dialects that it is for; by itself all that are whole, or in areas named `pg_..` that of
    /// PostgreSQL.
    #[serde(default)]
    pub(crate) dialects: Vec<String>,
    /// The versions of a server that it is for: `14..`, `..15` (without 15), `12..14`.
    #[serde(default)]
    pub(crate) versions: Option<String>,
    /// What comes of it can be told by a server alone, even where there is no `before.sql`.
    #[serde(default)]
    pub(crate) needs_server: bool,
    /// What was there before cannot be made by a revision, so the way back is not run.
    #[serde(default)]
    pub(crate) one_way: bool,
    /// The version of SQLite that the plan is for; a case with one is not run live.
    #[serde(default)]
    pub(crate) sqlite: Option<(u16, u16, u16)>,
    /// `schemas` under `[database]`: names stand in the first that name none.
    #[serde(default)]
    pub(crate) schemas: Vec<String>,
    /// Tables that no revision created.
    #[serde(default)]
    pub(crate) unmanaged: Vec<String>,
    /// What is said for every dialect.
    #[serde(flatten)]
    pub(crate) said: Said,
    /// What is said for PostgreSQL instead, key by key.
    #[serde(default)]
    pub(crate) postgres: Said,
}

/// Answers, and what is expected of rows.
#[derive(Clone, Default, Deserialize)]
pub(crate) struct Said {
    /// `--rename`.
    pub(crate) rename: Option<Vec<String>>,
    /// `--no-rename`.
    pub(crate) no_rename: Option<Vec<String>>,
    /// `--convert`.
    pub(crate) convert: Option<Vec<String>>,
    /// `--fill`.
    pub(crate) fill: Option<Vec<String>>,
    /// `--irreversible`.
    pub(crate) irreversible: Option<String>,
    /// Rows that the upgrade must refuse, by a part of the message.
    pub(crate) refused: Option<String>,
    /// Rows that the downgrade must refuse, by a part of the message.
    pub(crate) down_refused: Option<String>,
    /// What does not come back, since it was dropped, filled or numbered anew: `table`,
    /// `table.column` or `table.rowid`.
    pub(crate) lossy: Option<Vec<String>>,
}

impl Said {
    /// These, and where one is silent those of another.
    fn or(self, other: Self) -> Self {
        Self {
            rename: self.rename.or(other.rename),
            no_rename: self.no_rename.or(other.no_rename),
            convert: self.convert.or(other.convert),
            fill: self.fill.or(other.fill),
            irreversible: self.irreversible.or(other.irreversible),
            refused: self.refused.or(other.refused),
            down_refused: self.down_refused.or(other.down_refused),
            lossy: self.lossy.or(other.lossy),
        }
    }
}

impl Case {
    /// All cases, by name, one for each dialect of theirs.
    pub(crate) fn all(root: &Path) -> Vec<Vec<Self>> {
        let folders = folders(root).into_iter().flat_map(|area| self::folders(&area));
        let mut cases: Vec<Vec<Self>> = folders.map(|folder| Self::read(root, &folder)).collect();
        cases.sort_by(|one, two| one[0].name.cmp(&two[0].name));
        cases
    }

    fn read(root: &Path, folder: &Path) -> Vec<Self> {
        let name = folder.strip_prefix(root).unwrap().display().to_string().replace('\\', "/");
        let options: Options = match std::fs::read_to_string(folder.join("case.toml")) {
            Ok(text) => toml::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}")),
            Err(_) => Options::default(),
        };
        let usual: &[&str] =
            if name.starts_with("pg_") { &["postgres"] } else { &["sqlite", "postgres"] };
        let wanted = |dialect: &&str| match options.dialects.is_empty() {
            true => usual.contains(dialect),
            false => options.dialects.iter().any(|it| it == dialect),
        };
        let dialects = ["sqlite", "postgres"].into_iter().filter(wanted);
        dialects.map(|dialect| Self::of(dialect, folder, &name, options.clone())).collect()
    }

    fn of(dialect: &'static str, folder: &Path, name: &str, mut options: Options) -> Self {
        if dialect == "postgres" {
            options.said = std::mem::take(&mut options.postgres).or(options.said);
        }
        Self { folder: folder.to_owned(), name: name.to_owned(), options, dialect }
    }

    /// Whether its other files belong to another dialect first.
    pub(crate) fn is_second(&self) -> bool {
        let first = self.options.dialects.first().map_or("sqlite", String::as_str);
        first != self.dialect && !self.name.starts_with("pg_")
    }

    /// The versions of PostgreSQL that it is for: the one that its files speak of, then away from it
    /// upwards and downwards.
    pub(crate) fn versions(&self) -> Vec<u16> {
        let (from, to) = match self.options.versions.as_deref().map(|it| it.split_once("..")) {
            None => (*VERSIONS.start(), *VERSIONS.end() + 1),
            Some(Some((from, to))) => {
                let number = |text: &str, usual| match text {
                    "" => usual,
                    text => text.parse().unwrap_or_else(|_| panic!("{}: {text}", self.name)),
                };
                (number(from, *VERSIONS.start()), number(to, *VERSIONS.end() + 1))
            }
            Some(None) => panic!("{}: versions are a range, as in \"14..\"", self.name),
        };
        assert!(from < to, "{}: no version is meant", self.name);
        let base = Postgres::USUAL.version.clamp(from, to - 1);
        (base..to).chain((from..base).rev()).collect()
    }

    /// The dialect at that version, which is PostgreSQL's alone.
    pub(crate) fn dialect(&self, version: u16) -> Box<dyn Dialect> {
        match self.dialect {
            "sqlite" => match self.options.sqlite {
                Some(version) => Box::new(Sqlite { version }),
                None => Box::new(Sqlite::BUNDLED),
            },
            _ => {
                let mut postgres = Postgres::new(version);
                self.options.schemas.first().into_iter().for_each(|home| postgres.live_in(home));
                Box::new(postgres)
            }
        }
    }

    /// A file of the case, if it is there: the dialect's own before the one for all.
    pub(crate) fn file(&self, name: &str) -> Option<String> {
        let own = self.folder.join(own_name(name, self.dialect));
        let read = std::fs::read_to_string(own);
        read.or_else(|_| std::fs::read_to_string(self.folder.join(name))).ok()
    }

    /// Models of the case, lowered.
    pub(crate) fn models(&self, name: &str) -> Option<(Schema, Intent)> {
        let text = std::fs::read_to_string(self.folder.join(name)).ok()?;
        let source = Arc::new(Source::new(name, text));
        let (models, mut problems) = autogen_model::read(vec![source]);
        let mut naming = Naming::default();
        naming.namespace = self.options.schemas.first().cloned().unwrap_or(naming.namespace);
        let lowered = lower(&models, &naming);
        if let Err(more) = &lowered {
            problems.extend(more.iter().cloned());
        }
        assert!(problems.is_empty(), "{}: {problems:#?}", self.name);
        lowered.ok()
    }
}

/// `ops.txt` as `ops.postgres.txt`.
pub(crate) fn own_name(name: &str, dialect: &str) -> String {
    let (stem, kind) = name.rsplit_once('.').unwrap_or((name, ""));
    format!("{stem}.{dialect}.{kind}")
}

fn folders(root: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path());
    entries.filter(|path| path.is_dir()).collect()
}
