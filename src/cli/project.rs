//! The project that a command works on: its revisions, and what the words for them mean.

use std::collections::BTreeSet;

use super::Context;
use super::database::{block_on, connect_to_read, reading};
use crate::config::Config;
use crate::error::{Error, Kind, Result};
use crate::migrator::Migrator;
use crate::revision::{Anchor, Graph, Identifier, Revision, Selection, folder};
use crate::runner::{self, ledger::State};

/// The configuration and the revisions.
pub(super) struct Project {
    pub(super) config: Config,
    pub(super) graph: Graph,
}

/// What the database has, when it was asked.
pub(super) type Applied = BTreeSet<String>;

impl Project {
    /// A project that has a configuration and no revisions yet has no folder for them either, as
    /// git keeps none that is empty. It is said, because the name may be mistyped.
    pub(super) fn open(context: &Context) -> Result<Self> {
        let config = context.config()?;
        if let Some(graph) = context.migrator.as_ref().and_then(Migrator::carried) {
            return Ok(Self { config, graph: graph? });
        }
        Self::open_folders(context, config)
    }

    /// As [`open`](Self::open), whatever revisions the program carries: for what changes files.
    pub(super) fn open_files(context: &Context) -> Result<Self> {
        let config = context.config()?;
        Self::open_folders(context, config)
    }

    fn open_folders(context: &Context, config: Config) -> Result<Self> {
        if config.file.is_none() || config.revisions.iter().any(|folder| folder.exists()) {
            let graph = folder::load_graph(&config.revisions)?;
            return Ok(Self { config, graph });
        }
        for folder in &config.revisions {
            let folder = folder.display();
            context.ui.warning(format_args!("{folder} is not there: no revisions are known"));
        }
        Ok(Self { config, graph: folder::graph(Vec::new())? })
    }

    /// As [`open`](Self::open); where no folder of revisions is there yet, there are none.
    pub(super) fn open_or_empty(context: &Context) -> Result<Self> {
        let config = context.config()?;
        let graph = folder::graph(folder::load_existing(&config.revisions)?)?;
        Ok(Self { config, graph })
    }

    /// The revisions that the words mean. The database is asked only when a word is about it; then
    /// what it has is given as well.
    pub(super) fn select(&self, words: &[String]) -> Result<(Vec<&Revision>, Option<Applied>)> {
        let selections = words.iter().map(|word| Selection::parse(word));
        let selections = selections.collect::<Result<Vec<_>>>()?;
        let asked = match selections.iter().any(is_about_database) {
            true => Some(block_on(self.applied())?),
            false => None,
        };
        let nothing = Applied::new();
        let applied = asked.as_ref().unwrap_or(&nothing);
        let (mut found, mut known) = (Vec::new(), BTreeSet::new());
        for selection in &selections {
            for revision in self.members(selection, applied)? {
                if known.insert(&revision.id) {
                    found.push(revision);
                }
            }
        }
        if found.is_empty() {
            let words = words.join(" ");
            return Err(Error::new(
                Kind::Revision,
                format!("`{words}` names no revision with a file"),
            ));
        }
        Ok((found, asked))
    }

    /// What the database has.
    pub(super) async fn applied(&self) -> Result<Applied> {
        Ok(self.state().await?.applied())
    }

    /// What the database has, with what was only begun there.
    pub(super) async fn applied_or_begun(&self) -> Result<Applied> {
        Ok(self.state().await?.entries.into_keys().collect())
    }

    async fn state(&self) -> Result<State> {
        let mut db = connect_to_read(&self.config).await?;
        let state = reading(&self.config).ledger(&db).read(&mut db).await?;
        let dialect = db.dialect_name();
        db.close().await?;
        Ok(runner::view(&self.graph, state, dialect)?.state)
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

    /// What the database has; from now on the graph is the one that it sees.
    pub(super) async fn look(&mut self) -> Result<Applied> {
        let mut db = connect_to_read(&self.config).await?;
        let state = reading(&self.config).ledger(&db).read(&mut db).await?;
        let dialect = db.dialect_name();
        db.close().await?;
        let (graph, state) = runner::view(&self.graph, state, dialect)?.into_parts();
        if let Some(graph) = graph {
            self.graph = graph;
        }
        Ok(state.applied())
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

/// Whether only the database can tell what is meant. An end of a range that is counted from the
/// other end needs it no more than that one does.
pub(super) fn is_about_database(selection: &Selection) -> bool {
    let is = |end: &Option<Identifier>, anchor| end.as_ref().is_some_and(|it| it.anchor == anchor);
    match selection {
        Selection::One(it) => matches!(it.anchor, Anchor::Current | Anchor::Relative),
        Selection::Range(start, end) => {
            let free = |end: &Option<Identifier>| end.is_none() || is(end, Anchor::Relative);
            is(start, Anchor::Current)
                || is(end, Anchor::Current)
                || (is(end, Anchor::Relative) && free(start))
                || start.as_ref().is_some_and(|it| it.anchor == Anchor::Relative && it.offset > 0)
        }
    }
}
