//! The old files of squashes go, once the database at hand is past them.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use super::super::database::{block_on, connect_to_read, reading};
use super::super::project::Project;
use super::super::{Context, Outcome};
use super::named;
use crate::error::{Error, Kind, Result};
use crate::revision::Revision;
use crate::runner;

/// Deletes the files of all revisions that were replaced.
pub(super) fn prune(context: &Context, project: &Project, dry_run: bool) -> Result<Outcome> {
    let ui = &context.ui;
    let graph = &project.graph;
    let squashes = graph.revisions().iter().filter(|it| !graph.replaced(it).is_empty());
    let squashes: Vec<&Revision> = squashes.collect();
    if squashes.is_empty() {
        ui.status("Nothing to delete: no file is of a revision that was squashed");
        return Ok(Outcome::Done);
    }
    let (seen, url) = block_on(async {
        let mut db = connect_to_read(&project.config).await?;
        let state = reading(&project.config).ledger(&db).read(&mut db).await?;
        let view = runner::view(graph, state, db.dialect_name())?;
        let seen: BTreeSet<String> =
            view.graph(graph).revisions().iter().map(|it| it.id.clone()).collect();
        let url = db.url().to_owned();
        db.close().await?;
        Ok((seen, url))
    })?;
    if let Some(squash) = squashes.iter().find(|it| !seen.contains(&it.id)) {
        let message = format!("{url} has only a part of what {} replaces", named(squash));
        return Err(Error::new(Kind::Database, message)
            .help("`autogen upgrade` brings it past them")
            .help("nothing was deleted"));
    }
    let files: Vec<PathBuf> = squashes
        .iter()
        .flat_map(|squash| graph.replaced(squash))
        .map(|revision| revision.path.clone())
        .collect();
    for path in &files {
        if !dry_run {
            fs::remove_file(path).map_err(|cause| {
                Error::new(Kind::File, format!("{} cannot be deleted", path.display())).cause(cause)
            })?;
        }
        ui.line(path.display());
    }
    let noun = if files.len() == 1 { "file" } else { "files" };
    match dry_run {
        true => ui.status(format_args!("{} {noun} would be deleted", files.len())),
        false => {
            ui.status(format_args!("Deleted {} {noun}", files.len()));
            ui.hint("a database that has only some of them needs the files: see that none is left");
        }
    }
    Ok(Outcome::Done)
}
