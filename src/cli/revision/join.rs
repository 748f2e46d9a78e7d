//! A project that was written for one dialect is from now on written for several.

use std::path::PathBuf;

use super::super::project::Project;
use super::super::sides::{has_begun, made_any};
use crate::error::{Error, Kind, Result};
use crate::revision::{holds_for_all, joined};

/// Refuses to write for a dialect of which nobody said what its older sides are.
pub(super) fn refuse(project: &Project, begin: &[String]) -> Result<()> {
    let listed = &project.config.dialects;
    for name in begin {
        if !listed.contains(name) {
            let message = format!("`--begin {name}`: revisions are written for {}", said(listed));
            return Err(
                Error::new(Kind::Usage, message).help("add it to `dialects` in autogen.toml first")
            );
        }
        if listed.len() == 1 || project.graph.revisions().is_empty() || has_begun(project, name) {
            let message = format!("`--begin {name}`: there is nothing to join");
            return Err(Error::new(Kind::Usage, message).help("leave it out"));
        }
    }
    let open: Vec<&String> =
        listed.iter().filter(|name| !begin.contains(name) && !has_begun(project, name)).collect();
    let holders = listed.iter().filter(|name| !begin.contains(name)).count();
    let unnamed = project.graph.revisions().iter().any(holds_for_all);
    // Sides without a name are those of the one dialect that was there before.
    let settled = open.is_empty() || (!begin.is_empty() && holders == 1 && unnamed);
    if listed.len() < 2 || settled || !made_any(project) {
        return Ok(());
    }
    let error = match unnamed {
        true => Error::new(
            Kind::Revision,
            format!("older revisions do not say whether they are for {}", said(listed)),
        ),
        false => Error::new(Kind::Revision, format!("no revision has a side for {} yet", open[0])),
    };
    Err(open.iter().fold(error, |error, name| {
        error.help(format!(
            "where {name} is new: --begin {name} makes all tables there, and gives older revisions \
             sides in which nothing happens for it"
        ))
    }))
}

/// The files of older revisions that are to change, with what they say then.
pub(super) fn files(project: &Project, begin: &[String]) -> Result<Vec<(PathBuf, String)>> {
    if begin.is_empty() {
        return Ok(Vec::new());
    }
    let mut holders = project.config.dialects.iter().filter(|name| !begin.contains(name));
    let holder = holders.next().map(String::as_str).unwrap_or_default();
    let revisions = project.graph.revisions().iter();
    Ok(revisions.map(|it| (it.path.clone(), joined(it, holder, begin))).collect())
}

fn said(names: &[String]) -> String {
    names.join(", ")
}
