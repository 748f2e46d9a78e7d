//! The configuration: `autogen.toml`, the environment and the flags, made into one plain value.

mod filter;
mod load;
mod parse;
mod reader;
mod text;
mod url;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use autogen_model::Diagnostic;

use crate::error::{Error, Kind, Result};
use crate::lower::Naming;
use crate::revision::name::{FILE_PATTERN, SLUG_LENGTH};

pub use filter::{Filter, Pattern, Subject};
pub use load::load;
pub use parse::{Input, parse};
pub use text::duration;
pub use url::{Origin, Url};

/// What the command line says about the configuration.
#[derive(Clone, Debug, Default)]
pub struct Flags {
    /// `-c FILE`.
    pub file: Option<PathBuf>,
    /// `--env NAME`.
    pub environment: Option<String>,
    /// `--database-url URL`.
    pub database_url: Option<String>,
}

/// Everything that can be set, with defaults filled in and paths ready to be opened.
#[derive(Clone, Debug)]
pub struct Config {
    /// The folder that relative paths start from: that of the file, or the working directory (empty).
    pub root: PathBuf,
    /// The file it was read from, if there was one.
    pub file: Option<PathBuf>,
    /// The environment that was chosen.
    pub environment: Option<String>,
    /// Whose revisions these are: a name or an id that the ledger is marked with.
    pub project: Option<String>,
    /// Rust files, `.sql` files and folders of them.
    pub models: Vec<PathBuf>,
    /// Folders of revision files; new files go to the first.
    pub revisions: Vec<PathBuf>,
    /// What revisions are written for: `sqlite`, `postgres`, `mysql`. Empty when neither the file
    /// nor a URL tells.
    pub dialects: Vec<String>,
    /// `[database]`.
    pub database: Database,
    /// `[revision]`.
    pub revision: Revision,
    /// `[compare]`.
    pub compare: Compare,
    /// `[naming]`.
    pub naming: Naming,
    /// `[upgrade]`.
    pub upgrade: Upgrade,
    /// `[postgres]`.
    pub postgres: Postgres,
    /// `[[hook]]`: what runs after a revision file is written.
    pub hooks: Vec<Hook>,
    /// The environment variables, with those of `.env` for the ones that are not set.
    pub variables: BTreeMap<String, String>,
}

/// `[database]`.
#[derive(Clone, Debug)]
pub struct Database {
    /// The database, or why it cannot be told. Only commands that need one may fail for it.
    pub url: std::result::Result<Url, Diagnostic>,
    /// The schemas to compare; empty means the default one of the connection.
    pub schemas: Vec<String>,
    /// The table that remembers what was applied, `schema.table` allowed.
    pub ledger: String,
    /// The servers to make scratch databases on, when they are not that of the database: one for
    /// each dialect.
    pub scratch: Vec<Url>,
}

/// `[revision]`.
#[derive(Clone, Debug)]
pub struct Revision {
    /// The pattern of file names.
    pub file: String,
    /// The most characters of a message in a file name.
    pub slug_length: usize,
    /// The time zone of dates in headers and file names; `local` is the machine's.
    pub timezone: String,
    /// A template of the team's own.
    pub template: Option<PathBuf>,
}

/// `[compare]`.
#[derive(Clone, Debug)]
pub struct Compare {
    /// `include` and `exclude`.
    pub filter: Filter,
    /// What becomes of tables that no revision made and no model has.
    pub unmanaged: Unmanaged,
}

/// What becomes of tables that no revision made and no model has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Unmanaged {
    /// They are reported and left.
    #[default]
    Leave,
    /// They are dropped.
    Drop,
}

/// `[upgrade]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upgrade {
    /// What shares a transaction.
    pub transaction: Transaction,
    /// What becomes of revisions that were merged late.
    pub out_of_order: OutOfOrder,
    /// How long a statement waits for a lock; zero is for ever.
    pub lock_timeout: Duration,
    /// How long a statement may run; zero is for ever.
    pub statement_timeout: Duration,
    /// How long to wait for another run on the same database to end; zero is for ever.
    pub queue_timeout: Duration,
    /// How often a step that timed out is tried again.
    pub retries: u32,
    /// How long to wait for the database to come up.
    pub wait: Duration,
}

/// `[postgres]`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Postgres {
    /// Indexes of tables that are there already are built and dropped while others write.
    pub concurrent_indexes: bool,
}

/// What shares a transaction when several revisions run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transaction {
    /// Each revision has its own.
    Revision,
    /// The whole run has one.
    Run,
}

/// What becomes of revisions that are applied after others that were made later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutOfOrder {
    /// They are applied.
    Allow,
    /// They are applied, and that is said.
    Warn,
    /// The run is refused.
    Refuse,
}

/// A command that runs after a revision file is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hook {
    /// The command line; `{file}` stands for the file.
    pub run: String,
}

impl Config {
    /// What holds when nothing is set.
    fn defaults() -> Self {
        Self {
            root: PathBuf::new(),
            file: None,
            environment: None,
            project: None,
            models: Vec::new(),
            revisions: vec!["migrations".into()],
            dialects: Vec::new(),
            database: Database {
                url: Ok(Url::default()),
                schemas: Vec::new(),
                ledger: "autogen_revisions".into(),
                scratch: Vec::new(),
            },
            revision: Revision {
                file: FILE_PATTERN.into(),
                slug_length: SLUG_LENGTH,
                timezone: "UTC".into(),
                template: None,
            },
            compare: Compare { filter: Filter::default(), unmanaged: Unmanaged::Leave },
            naming: Naming::default(),
            upgrade: Upgrade {
                transaction: Transaction::Revision,
                out_of_order: OutOfOrder::Warn,
                lock_timeout: Duration::from_secs(5),
                statement_timeout: Duration::ZERO,
                queue_timeout: Duration::from_secs(600),
                retries: 10,
                wait: Duration::ZERO,
            },
            postgres: Postgres::default(),
            hooks: Vec::new(),
            variables: BTreeMap::new(),
        }
    }

    /// The database, or why it cannot be told.
    pub fn url(&self) -> Result<&Url> {
        let problem = |report: &Diagnostic| Error::from_reports(Kind::Config, vec![report.clone()]);
        self.database.url.as_ref().map_err(problem)
    }
}
