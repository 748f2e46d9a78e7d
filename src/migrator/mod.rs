//! Revisions and how to run them, for programs: a service that upgrades as it starts, or the
//! project's own command line.

mod configured;
mod run;
mod set;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use crate::config::{self, Config, Flags};
use crate::db::{self, ConnectOptions};
use crate::error::Result;
use crate::revision::{Graph, folder};
use crate::runner::{Inputs, Options, Progress, Span, StepResult, Steps};

pub(crate) use configured::configured;
pub use run::Answer;
pub use set::Embedded;
use set::Set;

/// Makes something that hears of one run.
type Listener = dyn Fn() -> Box<dyn Progress> + Send + Sync;

/// The revisions of a project, and how to run them.
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let folder = tempfile::tempdir()?;
/// # std::fs::write(
/// #     folder.path().join("first.sql"),
/// #     "-- Add stories\n--\n-- Revision: 3f2a\n\n-- autogen: upgrade\nCREATE TABLE stories (id);\n",
/// # )?;
/// # let path = folder.path();
/// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
/// use autogen::{Health, Migrator};
///
/// let migrator = Migrator::open(path)?;
/// let pool = sqlx::SqlitePool::connect_lazy("sqlite::memory:")?;
/// # let pool = { drop(pool); sqlx::pool::PoolOptions::new().max_connections(1).connect_lazy("sqlite::memory:")? };
///
/// let health = migrator.check_pending(&pool).await?;
/// assert_eq!(health.health(), Health::Pending);
///
/// let report = migrator.upgrade(&pool, "head").await?;
/// assert_eq!(report.heads, ["3f2a"]);
/// assert!(migrator.check_pending(&pool).await?.is_up_to_date());
/// # Ok(())
/// # })
/// # }
/// ```
#[derive(Clone)]
pub struct Migrator {
    set: Set,
    /// The revisions, once they were read.
    graph: Arc<OnceLock<Graph>>,
    options: Options,
    connect: ConnectOptions,
    /// The configuration that it was opened by.
    config: Option<Arc<Config>>,
    /// The name of the ledger, when the program said it.
    ledger: Option<String>,
    listener: Option<Arc<Listener>>,
}

impl Migrator {
    /// The revisions in a folder, with the defaults for everything else.
    pub fn open(folder: impl AsRef<Path>) -> Result<Self> {
        let folder = folder.as_ref().to_owned();
        // Names in `bind` start from the folder of the project, which is the one above.
        let above = folder.parent().map(Path::to_owned).unwrap_or_default();
        let opened = Self::new(Set::Folders(vec![folder]), above);
        opened.graph()?;
        Ok(opened)
    }

    /// The revisions of a project, with what its configuration says of how to run them.
    ///
    /// Which database is meant is said with each call; [`url`](Self::url) is the configured one.
    pub fn from_config(file: impl AsRef<Path>) -> Result<Self> {
        let flags = Flags { file: Some(file.as_ref().to_owned()), ..Flags::default() };
        let config = config::load(&flags)?;
        let mut opened = Self::new(Set::Folders(config.revisions.clone()), config.root.clone());
        let steps = std::mem::take(&mut opened.options.inputs.steps);
        opened.options = configured(&config);
        opened.options.inputs.steps = steps;
        opened.connect = ConnectOptions {
            wait: config.upgrade.wait,
            statement_timeout: config.upgrade.statement_timeout,
            schemas: config.database.schemas.clone(),
            ..opened.connect
        };
        opened.config = Some(Arc::new(config));
        opened.graph()?;
        Ok(opened)
    }

    /// The revisions that the program carries; [`embed!`](crate::embed) makes such a set.
    ///
    /// What is wrong with them is told by the first call that needs them, and by
    /// [`check`](Self::check).
    pub fn embedded(set: Embedded) -> Self {
        let files = set.files.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
        let files = files.collect();
        let mut opened = Self::new(Set::Embedded(set), PathBuf::new());
        opened.options.inputs.files = files;
        opened
    }

    fn new(set: Set, root: PathBuf) -> Self {
        let variables = std::env::vars_os().filter_map(|(name, value)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        });
        let inputs = Inputs {
            folder: root,
            environment: variables.collect(),
            steps: Steps::own(),
            ..Inputs::default()
        };
        Self {
            set,
            graph: Arc::default(),
            options: Options { inputs, ..Options::default() },
            connect: ConnectOptions { create: true, ..ConnectOptions::default() },
            config: None,
            ledger: None,
            listener: None,
        }
    }

    /// Keeps the ledger in this table, `table` or `schema.table`.
    #[must_use]
    pub fn ledger(mut self, name: impl Into<String>) -> Self {
        let name = name.into();
        self.options.ledger.clone_from(&name);
        self.ledger = Some(name);
        self
    }

    /// The project that the ledger belongs to, by the id in its configuration. A database whose
    /// ledger is another project's is refused.
    #[must_use]
    pub fn project(mut self, id: impl Into<String>) -> Self {
        self.options.project = Some(id.into());
        self
    }

    /// A mark for the log, such as the number of a release.
    #[must_use]
    pub fn tag(mut self, tag: impl Into<String>) -> Self {
        self.options.tag = Some(tag.into());
        self
    }

    /// What shares a transaction.
    #[must_use]
    pub fn transaction(mut self, span: Span) -> Self {
        self.options.transaction = span;
        self
    }

    /// How long a statement waits for a lock; zero is for ever.
    #[must_use]
    pub fn lock_timeout(mut self, limit: Duration) -> Self {
        self.options.lock_timeout = limit;
        self
    }

    /// How long a statement may run; zero is for ever.
    #[must_use]
    pub fn statement_timeout(mut self, limit: Duration) -> Self {
        self.connect.statement_timeout = limit;
        self
    }

    /// How long to wait for another run on the same database; zero is for ever.
    #[must_use]
    pub fn queue_timeout(mut self, limit: Duration) -> Self {
        self.options.queue_timeout = limit;
        self
    }

    /// How often to ask again for a lock.
    #[must_use]
    pub fn retries(mut self, count: u32) -> Self {
        self.options.retries = count;
        self
    }

    /// How long to wait for the database of a URL to come up.
    #[must_use]
    pub fn wait(mut self, limit: Duration) -> Self {
        self.connect.wait = limit;
        self
    }

    /// The namespaces of interest; names that name none stand in the first.
    #[must_use]
    pub fn schemas<T: Into<String>>(mut self, names: impl IntoIterator<Item = T>) -> Self {
        self.connect.schemas = names.into_iter().map(Into::into).collect();
        self
    }

    /// A value for the directives `when NAME = ..` and `bind .. = x("NAME")`, as `-x NAME=value`.
    #[must_use]
    pub fn x(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.options.inputs.x.insert(name.into(), value.into());
        self
    }

    /// The environment variables that revisions see, in the place of those of the process.
    #[must_use]
    pub fn environment(mut self, variables: BTreeMap<String, String>) -> Self {
        self.options.inputs.environment = variables;
        self
    }

    /// The function that revisions call by `-- autogen: step rust NAME`.
    ///
    /// It works on the open transaction of the revision: what it does and the word in the ledger
    /// that it is done are committed together, or not at all. On MySQL and MariaDB it may change
    /// rows only.
    ///
    /// ```
    /// use autogen::{Migrator, StepResult, Transaction};
    ///
    /// async fn backfill(mut transaction: Transaction) -> StepResult {
    ///     let connection = transaction.sqlite()?;
    ///     sqlx::query("UPDATE stories SET slug = lower(title)").execute(connection).await?;
    ///     Ok(())
    /// }
    ///
    /// # fn with(migrator: Migrator) -> Migrator {
    /// migrator.step("backfill", backfill)
    /// # }
    /// ```
    #[must_use]
    pub fn step<F, W>(mut self, name: impl Into<String>, function: F) -> Self
    where
        F: Fn(db::Transaction) -> W + Send + Sync + 'static,
        W: Future<Output = StepResult> + Send + 'static,
    {
        self.options.inputs.steps.add(name, function);
        self
    }

    /// Tells what happens in each run to a copy of this.
    #[must_use]
    pub fn on_progress<P>(mut self, progress: P) -> Self
    where
        P: Progress + Clone + Send + Sync + 'static,
    {
        self.listener = Some(Arc::new(move || Box::new(progress.clone())));
        self
    }

    /// Whether the revisions fit together: every fault of every file at once.
    pub fn check(&self) -> Result<()> {
        self.graph().map(|_| ())
    }

    /// The revisions.
    pub fn graph(&self) -> Result<&Graph> {
        if let Some(graph) = self.graph.get() {
            return Ok(graph);
        }
        let graph = self.read()?;
        Ok(self.graph.get_or_init(|| graph))
    }

    /// The database of the configuration that it was opened by.
    pub fn url(&self) -> Result<&str> {
        match &self.config {
            Some(config) => Ok(config.url()?.as_str()),
            None => Err(set::no_url()),
        }
    }

    fn read(&self) -> Result<Graph> {
        match &self.set {
            Set::Folders(folders) => folder::load_graph(folders),
            Set::Embedded(set) => set.read(),
        }
    }

    /// The revisions that the program carries, if it does.
    #[cfg(feature = "cli")]
    pub(crate) fn carried(&self) -> Option<Result<Graph>> {
        match &self.set {
            Set::Folders(_) => None,
            Set::Embedded(set) => Some(set.read()),
        }
    }

    /// Puts what the program has said in the place of what its command line would have.
    #[cfg(feature = "cli")]
    pub(crate) fn override_options(&self, options: &mut Options) {
        let own = &self.options.inputs;
        options.inputs.steps = own.steps.clone();
        options.inputs.files = own.files.clone();
        for (name, value) in &own.x {
            options.inputs.x.entry(name.clone()).or_insert_with(|| value.clone());
        }
    }

    /// The name of the ledger, when the program said it.
    #[cfg(feature = "cli")]
    pub(crate) fn own_ledger(&self) -> Option<&str> {
        self.ledger.as_deref()
    }
}

impl std::fmt::Debug for Migrator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let revisions = self.graph.get().map(|graph| graph.revisions().len());
        f.debug_struct("Migrator")
            .field("set", &self.set)
            .field("revisions", &revisions)
            .field("ledger", &self.options.ledger)
            .finish_non_exhaustive()
    }
}
