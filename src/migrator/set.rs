//! Where the revisions of a program are: in folders, or in the program itself.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use autogen_model::Source;

use crate::error::{Error, Kind, Result};
use crate::revision::{self, Graph, folder};

/// Where the revisions are.
#[derive(Clone, Debug)]
pub(super) enum Set {
    Folders(Vec<PathBuf>),
    Embedded(Embedded),
}

/// Revision files that a program carries; [`embed!`](crate::embed) makes them.
#[derive(Clone, Copy)]
pub struct Embedded {
    /// Folder, path and text of each revision, by path.
    revisions: &'static [(&'static str, &'static str, &'static str)],
    /// Name and text of each file that a `bind` names.
    pub(super) files: &'static [(&'static str, &'static str)],
}

impl Embedded {
    /// The files, as `embed!` writes them: folder, path and text of each revision; name and text of
    /// each file that a `bind` names.
    pub const fn new(
        revisions: &'static [(&'static str, &'static str, &'static str)],
        files: &'static [(&'static str, &'static str)],
    ) -> Self {
        Self { revisions, files }
    }

    /// How many revision files there are.
    pub const fn len(&self) -> usize {
        self.revisions.len()
    }

    /// Whether there is no revision file.
    pub const fn is_empty(&self) -> bool {
        self.revisions.is_empty()
    }

    pub(super) fn read(&self) -> Result<Graph> {
        let (mut revisions, mut faults) = (Vec::with_capacity(self.revisions.len()), Vec::new());
        for (folder, path, text) in self.revisions {
            let source = Arc::new(Source::new(Path::new(path), (*text).to_owned()));
            match revision::parse(source, Path::new(folder)) {
                Ok(revision) => revisions.push(revision),
                Err(mut reports) => faults.append(&mut reports),
            }
        }
        match faults.is_empty() {
            true => folder::graph(revisions),
            false => Err(Error::from_reports(Kind::Revision, faults)),
        }
    }
}

impl std::fmt::Debug for Embedded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.revisions.iter().map(|(_, path, _)| path)).finish()
    }
}

/// That no configuration tells which database is meant.
pub(super) fn no_url() -> Error {
    Error::new(Kind::Config, "this migrator was opened without a configuration, and knows no URL")
        .help("name the database with each call, or open it by `Migrator::from_config`")
}
