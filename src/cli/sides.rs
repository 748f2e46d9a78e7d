//! The two sides of a comparison, as the commands find them: the models on one hand; on the other
//! the live database, the revisions run on a scratch database, or the lock file.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use clap::ValueEnum;

use super::Context;
use super::database::{connect_to_read, options, patience};
use super::project::Project;
use crate::config::Config;
use crate::db::{Database, Scratch};
use crate::dialect::{self, Dialect};
use crate::diff::Declined;
use crate::error::{Error, Kind, Result};
use crate::generate::{Compared, Scope, Sides, compare, compare_asking, everything};
use crate::lower::lower_read;
use crate::revision::{Selection, created};
use crate::runner::ledger::Ledger;
use crate::runner::{self, Finding};
use crate::schema::{Intent, Schema, read_lock, write_lock};

/// The old side of a comparison.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum From {
    /// The database of the URL
    #[default]
    Live,
    /// The revisions, run on a scratch database
    Revisions,
    /// models.lock, written with the last revision
    Lock,
}

/// The models, lowered.
pub(super) struct Target {
    pub(super) schema: Schema,
    pub(super) intent: Intent,
}

/// The old side.
pub(super) struct Current {
    pub(super) schema: Schema,
    /// The dialect, at the version of the database where one was asked.
    pub(super) dialect: Box<dyn Dialect>,
    /// The database that was read, live or scratch. It can be asked what it makes of an expression.
    pub(super) db: Option<Database>,
    /// What it is, for messages.
    pub(super) name: String,
    /// Revisions that the database lacks.
    pub(super) pending: Vec<String>,
    /// What does not fit between the database and the files.
    pub(super) findings: Vec<Finding>,
}

impl Current {
    /// Ends the connection, if there is one.
    pub(super) async fn close(&mut self) -> Result<()> {
        match self.db.take() {
            Some(db) => Ok(db.close().await?),
            None => Ok(()),
        }
    }
}

/// Reads the models.
pub(super) fn target(config: &Config) -> Result<Target> {
    if config.models.is_empty() {
        return Err(Error::new(Kind::Config, "there are no models")
            .help("write them to models.rs or src/models.rs, or name their files in autogen.toml")
            .help("`autogen init` writes a first one"));
    }
    if config.file.is_none() && config.models.iter().all(|path| !path.exists()) {
        return Err(Error::new(
            Kind::Config,
            "there is no autogen.toml here or above, and no models.rs",
        )
        .help("`autogen init` writes both, to start from")
        .help("-C DIR runs in another folder, -c FILE reads another configuration"));
    }
    let (models, problems) = autogen_model::read_paths(&config.models);
    let (schema, intent) = lower_read(&models, problems, &config.naming)
        .map_err(|problems| Error::from_reports(Kind::Model, problems))?;
    Ok(Target { schema, intent })
}

/// The dialect that revisions are written in.
pub(super) fn dialect(config: &Config) -> Result<Box<dyn Dialect>> {
    let mut dialect = written_for(config)?;
    if let Some(home) = config.database.schemas.first() {
        dialect.live_in(home);
    }
    Ok(dialect)
}

fn written_for(config: &Config) -> Result<Box<dyn Dialect>> {
    match config.dialects.as_slice() {
        [] => {
            let url = config.url().map_err(|error| {
                error.help("or name what revisions are written for: dialects = [\"sqlite\"]")
            })?;
            dialect::by_name(url.dialect())
        }
        [one] => dialect::by_name(one),
        several => {
            for name in several {
                dialect::by_name(name)?;
            }
            Err(Error::new(Kind::Config, "this build writes revisions for one dialect at a time"))
        }
    }
}

/// Reads the old side. The connection stays open.
pub(super) async fn current(context: &Context, project: &Project, from: From) -> Result<Current> {
    let config = &project.config;
    let mut current = match from {
        From::Live => {
            agrees(config)?;
            live(project).await?
        }
        From::Revisions => replayed(context, project).await?,
        From::Lock => locked(project, dialect(config)?)?,
    };
    if config.postgres.concurrent_indexes {
        current.dialect.build_concurrently();
    }
    Ok(current)
}

/// Revisions are written for the database that they are compared with.
fn agrees(config: &Config) -> Result<()> {
    let (url, written) = (config.url()?.dialect(), dialect(config)?.name());
    if url == written {
        return Ok(());
    }
    let message = format!("revisions are written for {written}, and the database is {url}");
    Err(Error::new(Kind::Config, message).help(
        "make `dialects` in autogen.toml and the URL agree, or compare with --from revisions",
    ))
}

async fn live(project: &Project) -> Result<Current> {
    let mut db = connect_to_read(&project.config).await?;
    let ledger = &project.config.database.ledger;
    let status = runner::status(&mut db, &project.graph, ledger).await?;
    let schema = db.introspect().await?;
    Ok(Current {
        schema,
        dialect: db.dialect()?,
        name: db.url().to_owned(),
        db: Some(db),
        pending: status.pending,
        findings: status.findings,
    })
}

/// Where scratch databases of this dialect are made, when anything tells.
pub(super) fn scratch(config: &Config, dialect: &dyn Dialect) -> Result<Option<Scratch>> {
    let own = config.database.scratch.as_ref();
    let url = own.or(config.database.url.as_ref().ok());
    match url.filter(|url| url.dialect() == dialect.name()) {
        Some(url) => Scratch::of(url.as_str(), &patience(config)).map(Some),
        #[cfg(feature = "sqlite")]
        None if dialect.name() == "sqlite" => Ok(Some(Scratch::Memory)),
        None => Ok(None),
    }
}

/// Runs all revisions on a scratch database.
async fn replayed(context: &Context, project: &Project) -> Result<Current> {
    let dialect = dialect(&project.config)?;
    let place = scratch(&project.config, &*dialect)?.ok_or_else(|| {
        let message = format!("no URL names a {} server for a scratch database", dialect.name());
        Error::new(Kind::Config, message).help("name one by `scratch` under [database]")
    })?;
    let mut db = Database::scratch(&place).await?;
    if !project.graph.revisions().is_empty() {
        let target = project.graph.resolve(&Selection::parse("heads")?.one()?, &BTreeSet::new())?;
        let options = options(context, project);
        runner::upgrade(&mut db, &project.graph, &target, &options, &mut ()).await?;
    }
    Ok(Current {
        schema: db.introspect().await?,
        dialect: db.dialect()?,
        name: "the revisions".into(),
        db: Some(db),
        pending: Vec::new(),
        findings: Vec::new(),
    })
}

fn locked(project: &Project, dialect: Box<dyn Dialect>) -> Result<Current> {
    let path = lock_path(&project.config);
    let text = fs::read_to_string(&path).map_err(|cause| {
        Error::new(Kind::File, format!("{} cannot be read", path.display()))
            .cause(cause)
            .help("`autogen revision` writes it; until then compare with --from revisions")
    })?;
    let (schema, problems) = dialect.canonical(&read_lock(&text)?, &Intent::default());
    if problems.iter().any(|it| !it.warning) {
        return Err(Error::from_reports(Kind::File, problems));
    }
    Ok(Current {
        schema,
        dialect,
        name: path.display().to_string(),
        db: None,
        pending: Vec::new(),
        findings: Vec::new(),
    })
}

/// `models.lock` stands beside the revisions.
pub(super) fn lock_path(config: &Config) -> PathBuf {
    let folder = config.revisions.first().cloned().unwrap_or_else(|| config.root.clone());
    folder.join("models.lock")
}

/// Writes the lock file, if it says anything new; says whether it did.
pub(super) fn write_lock_file(config: &Config, models: &Schema) -> Result<bool> {
    let path = lock_path(config);
    let text = write_lock(models)?;
    if fs::read_to_string(&path).is_ok_and(|known| known == text) {
        return Ok(false);
    }
    fs::write(&path, text).map(|()| true).map_err(|cause| {
        Error::new(Kind::File, format!("{} cannot be written", path.display())).cause(cause)
    })
}

/// Compares, and asks the database, where there is one, what it makes of expressions that differ.
pub(super) async fn judged(
    context: &Context,
    sides: &Sides<'_>,
    dialect: &dyn Dialect,
    db: Option<&mut Database>,
) -> Result<Compared> {
    let Some(db) = db else { return compare(sides, dialect) };
    let (compared, note) = compare_asking(sides, dialect, db).await?;
    if let Some(note) = note {
        context.ui.warning(format_args!("{note}"));
    }
    Ok(compared)
}

/// What is compared at all. From the lock file everything is the models' own.
pub(super) fn scope<'a>(
    project: &'a Project,
    from: From,
    current: &'a Schema,
    dialect: &dyn Dialect,
) -> Scope<'a> {
    let config = &project.config;
    let ledger = Ledger::new(&config.database.ledger);
    let home = dialect.home().to_owned();
    let placed = |table: &str, ledger: &Ledger| match ledger.schema() {
        Some(namespace) if namespace != home => format!("{namespace}.{table}"),
        _ => table.to_owned(),
    };
    let dialect = dialect.name();
    Scope {
        filter: config.compare.filter.clone(),
        ledger: [ledger.table(), ledger.log_table()].map(|table| placed(table, &ledger)).into(),
        created: Box::new(move || match from {
            From::Lock => everything(current),
            From::Live | From::Revisions => created(project.graph.revisions(), dialect),
        }),
        unmanaged: config.compare.unmanaged,
    }
}

/// Both sides, compared with nothing answered: what a question would ask shows as differences.
pub(super) async fn compared(
    context: &Context,
    project: &Project,
    from: From,
    target: &Target,
) -> Result<(Current, Compared)> {
    let mut current = current(context, project, from).await?;
    let compared = {
        let sides = Sides {
            current: &current.schema,
            target: &target.schema,
            intent: &target.intent,
            declined: &Declined::default(),
            scope: &scope(project, from, &current.schema, &*current.dialect),
        };
        judged(context, &sides, &*current.dialect, current.db.as_mut()).await?
    };
    current.close().await?;
    Ok((current, compared))
}
