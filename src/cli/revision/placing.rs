//! Where a new revision stands: its id, its labels, what it depends on, its folder.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;

use super::super::project::Project;
use crate::error::{Error, Kind, Result};
use crate::revision::Draft;

/// What every command that writes a revision takes.
#[derive(Args)]
pub(in crate::cli) struct Placing {
    /// Stand on a revision that is no head, and so begin a branch
    #[arg(long)]
    pub(super) splice: bool,
    /// The id; 12 random characters otherwise
    #[arg(long, value_name = "ID")]
    rev_id: Option<String>,
    /// A label for the branch that begins here; may be given several times
    #[arg(long, value_name = "LABEL")]
    branch_label: Vec<String>,
    /// A revision or label that must be applied before; may be given several times
    #[arg(long, value_name = "REV")]
    depends_on: Vec<String>,
    /// The folder for the file: one of the configuration, or a folder in it; otherwise that of the
    /// revision to stand on
    #[arg(long, value_name = "DIR")]
    folder: Option<PathBuf>,
    /// Print the file and write nothing
    #[arg(long)]
    pub(super) dry_run: bool,
}

impl Placing {
    /// A revision without sides.
    pub(in crate::cli) fn draft(
        &self,
        project: &Project,
        message: &str,
        parents: Vec<String>,
    ) -> Result<Draft> {
        // What is wrong with its place is said before anything is compared or written.
        self.folder(project, &parents)?;
        let graph = &project.graph;
        let id = graph.id_of_new(self.rev_id.as_deref())?;
        let labels = graph.labels_of_new(&id, &self.branch_label)?;
        let depends_on = graph.dependencies_of_new(&self.depends_on)?;
        let message = message.to_owned();
        Ok(Draft { message, id, parents, labels, depends_on, ..Draft::default() })
    }

    /// Refuses to stand on a revision that has others on it already, unless that is meant.
    pub(in crate::cli) fn allow(&self, project: &Project, parents: &[String]) -> Result<()> {
        project.graph.refuse_fork(parents, self.splice)
    }

    /// The folder for the file: that of its parent unless it is named. Outside of those that are
    /// read, it would be lost.
    pub(super) fn folder(&self, project: &Project, parents: &[String]) -> Result<PathBuf> {
        let config = &project.config;
        let first = config.revisions.first().cloned().unwrap_or_default();
        let Some(folder) = &self.folder else {
            let parent = parents.first().and_then(|id| project.graph.get(id));
            return Ok(parent.map_or(first, |parent| parent.folder.clone()));
        };
        let known = |it: &PathBuf| real(folder).starts_with(real(it));
        match config.revisions.iter().any(known) {
            true => Ok(folder.clone()),
            false => Err(Error::new(
                Kind::Usage,
                format!("no revisions are read from {}", folder.display()),
            )
            .help(format!(
                "add it to `revisions` in the configuration, or name a folder in {}",
                first.display()
            ))),
        }
    }
}

/// A path without links and detours, as far as it exists.
fn real(path: &Path) -> PathBuf {
    let whole = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let found = whole.ancestors().find_map(|above| Some((above, fs::canonicalize(above).ok()?)));
    match found.and_then(|(above, real)| Some(real.join(whole.strip_prefix(above).ok()?))) {
        Some(real) => real,
        None => whole,
    }
}
