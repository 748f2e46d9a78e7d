//! The project that a command works on: its revisions, and what the words for them mean.

use std::collections::BTreeSet;

use super::Context;
use super::database::{block_on, connect_to_read, reading};
use crate::config::Config;
use crate::error::{Error, Kind, Result};
use crate::migrator::Migrator;
use crate::revision::{Graph, Revision, Selection, folder};
use crate::runner::{self, ledger::State};

/// The configuration and the revisions.
pub(super) struct Project {
    pub(super) config: Config,
    pub(super) graph: Graph,
    /// With what no file has, once the database was asked and had such.
    whole: Option<Graph>,
}

/// What the database has, when it was asked.
pub(super) type Applied = BTreeSet<String>;

impl Project {
    /// A project that has a configuration and no revisions yet has no folder for them either, as
    /// git keeps none that is empty. It is said, because the name may be mistyped.
    pub(super) fn open(context: &Context) -> Result<Self> {
        let config = context.config()?;
        if let Some(graph) = context.migrator.as_ref().and_then(Migrator::carried) {
            return Ok(Self { config, graph: graph?, whole: None });
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
            return Ok(Self { config, graph, whole: None });
        }
        for folder in &config.revisions {
            let folder = folder.display();
            context.ui.warning(format_args!("{folder} is not there: no revisions are known"));
        }
        Ok(Self { config, graph: folder::graph(Vec::new())?, whole: None })
    }

    /// As [`open`](Self::open); where no folder of revisions is there yet, there are none.
    pub(super) fn open_or_empty(context: &Context) -> Result<Self> {
        let config = context.config()?;
        let graph = folder::load_existing_graph(&config.revisions)?;
        Ok(Self { config, graph, whole: None })
    }

    /// What the database has. What of it no file has is [`known`](Self::known) from then on, as the
    /// ledger remembers it.
    pub(super) fn ask(&mut self) -> Result<Applied> {
        let state = block_on(self.state())?;
        if state.entries.keys().any(|id| self.graph.get(id).is_none()) {
            self.whole = Some(runner::with_stored(&self.graph, &state)?);
        }
        Ok(state.applied())
    }

    /// The graph, with what the ledger alone knows where it was asked.
    pub(super) fn known(&self) -> &Graph {
        self.whole.as_ref().unwrap_or(&self.graph)
    }

    /// The same where one of the words is about the database; otherwise it is left alone.
    pub(super) fn ask_for(&mut self, words: &[String]) -> Result<Option<Applied>> {
        let selections = words.iter().map(|word| Selection::parse(word));
        let selections = selections.collect::<Result<Vec<_>>>()?;
        let about = selections.iter().any(Selection::is_about_database);
        about.then(|| self.ask()).transpose()
    }

    /// The revisions that the words mean.
    pub(super) fn select(
        &self,
        words: &[String],
        asked: Option<&Applied>,
    ) -> Result<Vec<&Revision>> {
        let nothing = Applied::new();
        let applied = asked.unwrap_or(&nothing);
        let (mut found, mut seen) = (Vec::new(), BTreeSet::new());
        for word in words {
            let selection = Selection::parse(word)?;
            // `head` is what the files say, whatever the database has beside.
            let graph = if selection.is_about_database() { self.known() } else { &self.graph };
            let selected = graph.selected(&selection, applied)?.into_iter();
            found.extend(selected.filter(|it| seen.insert(it.id.as_str())));
        }
        if found.is_empty() {
            let words = words.join(" ");
            return Err(Error::new(Kind::Revision, format!("`{words}` names no revision")));
        }
        Ok(found)
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

    /// Says that there are no revisions, and what to do about it.
    pub(super) fn report_nothing(&self, context: &Context) {
        let folders = self.config.revisions.iter().map(|folder| folder.display().to_string());
        let folders = folders.collect::<Vec<_>>().join(", ");
        context.ui.status(format_args!("There are no revisions in {folders}"));
        context.ui.hint("`autogen revision -m \"First tables\"` writes the first");
    }
}
