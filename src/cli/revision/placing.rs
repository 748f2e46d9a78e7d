//! Where a new revision stands: its id, its labels, what it depends on, its folder.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;

use super::super::project::{Project, is_about_database};
use crate::config::Config;
use crate::error::{Error, Kind, Result};
use crate::revision::{self, Draft, Selection};

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
    /// The folder for the file: one of the configuration, or a folder in it; otherwise the first
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
        // A folder that is wrong is said before anything is compared.
        self.folder(&project.config)?;
        Ok(Draft {
            message: message.to_owned(),
            id: self.id(project)?,
            parents,
            labels: self.branch_label.clone(),
            depends_on: self.depends_on(project)?,
            ..Draft::default()
        })
    }

    fn id(&self, project: &Project) -> Result<String> {
        let Some(id) = &self.rev_id else { return revision::new_id() };
        if let Some(fault) = revision::name_fault(id) {
            return Err(Error::new(Kind::Usage, format!("--rev-id: {fault}")));
        }
        match project.graph.file(id) {
            None => Ok(id.clone()),
            Some(known) => Err(Error::new(
                Kind::Usage,
                format!("revision {id} exists already: {}", known.path.display()),
            )
            .help("leave out --rev-id for a new one")),
        }
    }

    /// Refuses to stand on a revision that has others on it already, unless that is meant.
    pub(in crate::cli) fn allow(&self, project: &Project, parents: &[String]) -> Result<()> {
        let branches = |id: &&String| !project.graph.children(id).is_empty();
        match parents.iter().find(branches) {
            Some(id) if !self.splice => {
                Err(Error::new(Kind::Usage, format!("revision {id} is not a head"))
                    .help("`autogen heads` lists the heads")
                    .help("to begin a branch there, say --splice as well"))
            }
            _ => Ok(()),
        }
    }

    /// The dependencies: labels as they are, because they move with their branch; ids in full.
    fn depends_on(&self, project: &Project) -> Result<Vec<String>> {
        let graph = &project.graph;
        let mut ids = Vec::new();
        for word in &self.depends_on {
            if graph.labelled(word).is_some() {
                ids.push(word.clone());
                continue;
            }
            let selection = Selection::parse(word)?;
            if is_about_database(&selection) {
                let message = format!("`--depends-on {word}` is not the same on every database");
                return Err(Error::new(Kind::Usage, message).help("name an id or a label"));
            }
            ids.extend(graph.resolve(&selection.one()?, &BTreeSet::new())?.revisions);
        }
        Ok(ids)
    }

    /// The folder for the file. Outside of those that are read, it would be lost.
    pub(super) fn folder(&self, config: &Config) -> Result<PathBuf> {
        let first = config.revisions.first().cloned().unwrap_or_default();
        let Some(folder) = &self.folder else { return Ok(first) };
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
