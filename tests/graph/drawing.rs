//! Revisions as a case draws them, one to a line:
//!
//! ```text
//! c3: a1, b2 [left, right] depends d4, lib created 2026-01-03 in old/c3.sql
//! ```
//!
//! Everything but the id may be left out. An id that could not be told from the rest of the line
//! stands in quotes.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use libtest_mimic::Failed;

/// The folder of revisions, where the case names none.
const FOLDER: &str = "migrations";

/// The files that a case has drawn so far.
pub(crate) struct Drawing {
    root: tempfile::TempDir,
    folders: Vec<PathBuf>,
    count: usize,
}

impl Drawing {
    pub(crate) fn new() -> Result<Self, Failed> {
        let root = tempfile::tempdir()?;
        std::fs::create_dir(root.path().join(FOLDER))?;
        let folders = vec![root.path().join(FOLDER)];
        Ok(Self { root, folders, count: 0 })
    }

    /// The folders that are read.
    pub(crate) fn folders(&self) -> &[PathBuf] {
        &self.folders
    }

    /// A path as the case knows it.
    pub(crate) fn strip(&self, text: &str) -> String {
        let root = format!("{}/", self.root.path().display());
        text.replace(&root, "").replace("migrations/", "")
    }

    /// `folders: a, b` names the folders that are read.
    pub(crate) fn read_from(&mut self, names: &str) -> Result<(), Failed> {
        self.folders = names.split(',').map(|name| self.root.path().join(name.trim())).collect();
        for folder in &self.folders {
            std::fs::create_dir_all(folder)?;
        }
        Ok(())
    }

    /// `link NAME -> TARGET` puts a link beside the files.
    pub(crate) fn link(&self, text: &str) -> Result<(), Failed> {
        let (name, target) = text.split_once(" -> ").ok_or("a link has an arrow")?;
        let name = self.root.path().join(name);
        std::fs::create_dir_all(name.parent().unwrap_or(Path::new("")))?;
        Ok(std::os::unix::fs::symlink(self.root.path().join(target), name)?)
    }

    pub(crate) fn add(&mut self, line: &str) -> Result<(), Failed> {
        let revision = Drawn::parse(line)?;
        let name = match &revision.path {
            Some(path) => path.clone(),
            None => {
                let plain: String =
                    revision.id.chars().filter(char::is_ascii_alphanumeric).take(20).collect();
                format!("{FOLDER}/{:03}_{plain}.sql", self.count)
            }
        };
        self.count += 1;
        let path = self.root.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap_or(Path::new("")))?;
        if path.exists() {
            return Err(format!("{} is drawn twice", path.display()).into());
        }
        Ok(std::fs::write(path, revision.text()?)?)
    }
}

#[derive(Default)]
struct Drawn {
    id: String,
    parents: String,
    labels: String,
    depends_on: String,
    created: String,
    path: Option<String>,
}

impl Drawn {
    fn parse(line: &str) -> Result<Self, Failed> {
        let mut drawn = Self::default();
        let rest = match line.strip_prefix('"') {
            Some(quoted) => {
                let (id, rest) = quoted.split_once('"').ok_or("a quote is open")?;
                drawn.id = id.to_owned();
                rest
            }
            None => {
                let end = line.find([':', ' ']).unwrap_or(line.len());
                drawn.id = line[..end].to_owned();
                &line[end..]
            }
        };
        let (rest, path) = cut(rest, " in ");
        let (rest, created) = cut(rest, " created ");
        let (rest, depends_on) = cut(rest, " depends ");
        let (rest, labels) = cut(rest, " [");
        drawn.path = Some(path.to_owned()).filter(|path| !path.is_empty());
        drawn.created = created.to_owned();
        drawn.depends_on = depends_on.to_owned();
        drawn.labels = labels.trim_end_matches(']').to_owned();
        drawn.parents = rest.trim_start_matches(':').trim().to_owned();
        Ok(drawn)
    }

    fn text(&self) -> Result<String, Failed> {
        let Self { id, .. } = self;
        let mut text = format!("-- Make {id}\n--\n-- Revision: {id}\n");
        for (key, value) in [
            ("Revises", &self.parents),
            ("Labels", &self.labels),
            ("Depends on", &self.depends_on),
            ("Created", &self.created),
        ] {
            if !value.is_empty() {
                writeln!(text, "-- {key}: {value}")?;
            }
        }
        for (direction, sign) in [("upgrade", '+'), ("downgrade", '-')] {
            let quoted = id.replace('\'', "''");
            writeln!(text, "\n-- autogen: {direction}")?;
            writeln!(text, "INSERT INTO trace (step) VALUES ('{sign}{quoted}');")?;
        }
        Ok(text)
    }
}

/// What stands before and after a word.
fn cut<'a>(text: &'a str, word: &str) -> (&'a str, &'a str) {
    let (before, after) = text.split_once(word).unwrap_or((text, ""));
    (before, after.trim())
}
