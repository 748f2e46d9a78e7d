//! The project that a command works on: its revisions, and what the words for them mean.

use std::collections::BTreeSet;

use super::Context;
use crate::config::Config;
use crate::error::{Error, Kind, Result};
use crate::revision::Selection;
use crate::revision::{Graph, Revision, folder};

/// The configuration and the revisions.
pub(super) struct Project {
    pub(super) config: Config,
    pub(super) graph: Graph,
}

/// What the database has, when it was asked.
pub(super) type Applied = BTreeSet<String>;

impl Project {
    pub(super) fn open(context: &Context) -> Result<Self> {
        let config = context.config()?;
        let graph = folder::load_graph(&config.revisions)?;
        Ok(Self { config, graph })
    }

    /// The revisions that the words mean, without the database.
    pub(super) fn select(&self, words: &[String]) -> Result<Vec<&Revision>> {
        let nothing = Applied::new();
        let mut found: Vec<&Revision> = Vec::new();
        for word in words {
            let selection = Selection::parse(word)?;
            for revision in self.members(&selection, &nothing)? {
                if found.iter().all(|it| it.id != revision.id) {
                    found.push(revision);
                }
            }
        }
        Ok(found)
    }

    /// The revisions of a selection, newest first; those of a range include both ends.
    pub(super) fn members(
        &self,
        selection: &Selection,
        applied: &Applied,
    ) -> Result<Vec<&Revision>> {
        let graph = &self.graph;
        let wanted: Applied = match selection {
            Selection::One(identifier) => {
                let target = graph.resolve(identifier, applied)?;
                target.revisions.into_iter().collect()
            }
            Selection::Range(start, end) => {
                let (start, end) = graph.resolve_range(start.as_ref(), end.as_ref(), applied)?;
                let below = graph.ancestors(&end.revisions);
                match start.revisions.is_empty() {
                    true => below,
                    false => {
                        let above = graph.descendants(&start.revisions);
                        let between: Applied = above.intersection(&below).cloned().collect();
                        if between.is_empty() {
                            return Err(apart(&start.revisions, &end.revisions));
                        }
                        between
                    }
                }
            }
        };
        Ok(graph.revisions().iter().rev().filter(|it| wanted.contains(&it.id)).collect())
    }

    /// Says that there are no revisions, and what to do about it.
    pub(super) fn report_nothing(&self, context: &Context) {
        let folders = self.config.revisions.iter().map(|folder| folder.display().to_string());
        let folders = folders.collect::<Vec<_>>().join(", ");
        context.ui.status(format_args!("There are no revisions in {folders}"));
        context.ui.hint("`autogen revision -m \"First tables\"` writes the first");
    }
}

fn apart(start: &[String], end: &[String]) -> Error {
    let message =
        format!("no line of revisions leads from {} to {}", start.join(", "), end.join(", "));
    Error::new(Kind::Revision, message).help("the older revision comes first, as in `3f2a:head`")
}
