//! The revisions of a project, read from their folders.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use autogen_model::Source;

use super::Context;
use crate::config::Config;
use crate::error::{Error, Kind, Result};
use crate::revision::{Graph, parse};

/// Reads every `.sql` file below the folders of revisions. A folder that is missing holds none.
pub(super) fn graph(config: &Config) -> Result<Graph> {
    let mut revisions = Vec::new();
    let mut faults = Vec::new();
    for folder in &config.revisions {
        for path in files(folder)? {
            let text = std::fs::read_to_string(&path).map_err(|cause| unreadable(&path, cause))?;
            match parse(Arc::new(Source { path, text }), folder) {
                Ok(revision) => revisions.push(revision),
                Err(reports) => faults.extend(reports),
            }
        }
    }
    if !faults.is_empty() {
        return Err(Error::from_reports(Kind::Revision, faults));
    }
    Graph::new(revisions).map_err(|reports| Error::from_reports(Kind::Revision, reports))
}

fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let entries = match std::fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => continue,
            Err(cause) => return Err(unreadable(&folder, cause)),
        };
        for entry in entries {
            let entry = entry.map_err(|cause| unreadable(&folder, cause))?;
            // Editors keep hidden files beside the real ones.
            if entry.file_name().to_string_lossy().starts_with('.') {
                continue;
            }
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "sql") {
                files.push(path);
            }
        }
    }
    files.sort();
    Ok(files)
}

fn unreadable(path: &Path, cause: std::io::Error) -> Error {
    Error::new(Kind::File, format!("{} cannot be read", path.display())).cause(cause)
}

/// Says that there are no revisions, and what to do about it.
pub(super) fn nothing(context: &Context, config: &Config) {
    let folders = config.revisions.iter().map(|folder| folder.display().to_string());
    let folders = folders.collect::<Vec<_>>().join(", ");
    context.ui.status(format_args!("There are no revisions in {folders}"));
    context.ui.hint("`autogen revision -m \"First tables\"` writes the first");
}
