//! The two sides of a comparison, as the commands find them: the models on one hand; on the other
//! the live database, the revisions run on a scratch database, or the lock file.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use clap::ValueEnum;

use super::Context;
use super::database::{agrees, connect_to_read, options, patience, reading};
use super::project::Project;
use crate::config::{Config, Url};
use crate::db::{Database, Scratch};
use crate::dialect::{self, Dialect};
use crate::diff::Declined;
use crate::error::{Error, Kind, Result};
use crate::generate::{Compared, Scope, Sides, compare, compare_asking, everything};
use crate::lower::lower_read;
use crate::op::Op;
use crate::revision::{Direction, Selection, created};
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
    /// How it was found.
    pub(super) from: From,
    /// What it is, for messages; nothing where there was none.
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

/// The dialects that revisions are written for, in the order of their sides.
pub(super) fn dialects(config: &Config) -> Result<Vec<Box<dyn Dialect>>> {
    if config.dialects.is_empty() {
        let url = config.url().map_err(|error| {
            error.help("or name what revisions are written for: dialects = [\"sqlite\"]")
        })?;
        return Ok(vec![named(config, url.dialect())?]);
    }
    config.dialects.iter().map(|name| named(config, name)).collect()
}

/// The dialect of that name, at home where the project is.
fn named(config: &Config, name: &str) -> Result<Box<dyn Dialect>> {
    // Both speak one dialect; which of them is meant offline only a URL can say.
    let mariadb = config.url().is_ok_and(|url| url.as_str().starts_with("mariadb:"));
    let name = if name == "mysql" && mariadb { "mariadb" } else { name };
    let mut dialect = dialect::by_name(name)?;
    if let Some(home) = config.database.schemas.first() {
        dialect.live_in(home);
    }
    Ok(dialect)
}

/// Reads the old side of each dialect. The one whose database is asked leaves its connection open;
/// the others were last what the lock file says. Those that `begin` have nothing yet.
pub(super) async fn currents(
    context: &Context,
    project: &Project,
    from: From,
    begin: &[String],
) -> Result<Vec<Current>> {
    let asked = asked(&project.config, from)?;
    let several = dialects(&project.config)?;
    let shared = several.len() > 1;
    let first = shared && !lock_path(&project.config).exists() && !made_any(project);
    let joins = |name: &str| shared && !has_begun(project, name);
    let mut all = Vec::with_capacity(several.len());
    for dialect in several {
        let begins = begin.iter().any(|name| name == dialect.name());
        all.push(match asked.as_deref() == Some(dialect.name()) {
            true if !begins => of_database(context, project, from, dialect).await?,
            _ if begins || first || joins(dialect.name()) => nothing(dialect),
            _ => locked(project, dialect)?,
        });
    }
    let concurrent = project.config.postgres.concurrent_indexes;
    all.iter_mut().filter(|_| concurrent).for_each(|it| it.dialect.build_concurrently());
    Ok(all)
}

/// The old side of the one dialect whose database is asked, where there is one.
pub(super) async fn asked_alone(
    context: &Context,
    project: &Project,
    from: From,
) -> Result<Option<Current>> {
    match asked(&project.config, from)? {
        Some(name) => {
            of_database(context, project, from, named(&project.config, &name)?).await.map(Some)
        }
        None => Ok(None),
    }
}

async fn of_database(
    context: &Context,
    project: &Project,
    from: From,
    dialect: Box<dyn Dialect>,
) -> Result<Current> {
    match from {
        From::Revisions => replayed(context, project, &*dialect).await,
        From::Live | From::Lock => live(project).await,
    }
}

/// The dialect whose database tells its old side: that of the URL, or for scratch databases
/// another whose server is known.
fn asked(config: &Config, from: From) -> Result<Option<String>> {
    let listed = |name: &str| config.dialects.iter().any(|it| it == name);
    match from {
        From::Lock => Ok(None),
        From::Live => {
            agrees(config).map_err(|error| error.help("or compare with --from revisions"))?;
            Ok(Some(config.url()?.dialect().to_owned()))
        }
        From::Revisions => {
            let own = config.database.url.as_ref().ok().map(Url::dialect);
            if let Some(name) = own.filter(|name| listed(name)) {
                return Ok(Some(name.to_owned()));
            }
            let all = dialects(config)?;
            for dialect in &all {
                if scratch(config, &**dialect)?.is_some() {
                    return Ok(Some(dialect.name().to_owned()));
                }
            }
            Ok(all.first().map(|dialect| dialect.name().to_owned()))
        }
    }
}

/// Whether some revision has a side for a dialect by name.
pub(super) fn has_begun(project: &Project, dialect: &str) -> bool {
    let ways = [Direction::Upgrade, Direction::Downgrade];
    let mut revisions = project.graph.revisions().iter();
    revisions.any(|it| ways.into_iter().any(|way| it.dialects(way).any(|name| name == dialect)))
}

/// Whether the revisions made any table, for whichever dialect.
pub(super) fn made_any(project: &Project) -> bool {
    let made = |name: &String| !created(project.graph.revisions(), name).tables.is_empty();
    project.config.dialects.iter().any(made)
}

async fn live(project: &Project) -> Result<Current> {
    let mut db = connect_to_read(&project.config).await?;
    let options = reading(&project.config);
    let status = runner::status(&mut db, &project.graph, &options).await?;
    let schema = db.introspect().await?;
    Ok(Current {
        schema,
        dialect: db.dialect()?,
        name: db.url().to_owned(),
        db: Some(db),
        from: From::Live,
        pending: status.pending,
        findings: status.findings,
    })
}

/// Where scratch databases of this dialect are made, when anything tells.
pub(super) fn scratch(config: &Config, dialect: &dyn Dialect) -> Result<Option<Scratch>> {
    let urls = config.database.scratch.iter().chain(config.database.url.as_ref().ok());
    match urls.into_iter().find(|url| url.dialect() == dialect.name()) {
        Some(url) => Scratch::of(url.as_str(), &patience(config)).map(Some),
        #[cfg(feature = "sqlite")]
        None if dialect.name() == "sqlite" => Ok(Some(Scratch::Memory)),
        None => Ok(None),
    }
}

/// Where the revisions of this dialect can be run on a scratch database, or why they cannot.
pub(super) fn needed_scratch(config: &Config, dialect: &dyn Dialect) -> Result<Scratch> {
    let place = scratch(config, dialect)?.ok_or_else(|| {
        let message = format!("no URL names a {} server for a scratch database", dialect.name());
        Error::new(Kind::Config, message).help("name one by `scratch` under [database]")
    })?;
    if !place.holds_namespaces() && config.database.schemas.len() > 1 {
        let message = "revisions of several databases cannot be run on a scratch database";
        return Err(Error::new(Kind::Config, message).help("compare with --from live"));
    }
    Ok(place)
}

/// Runs all revisions on a scratch database.
async fn replayed(context: &Context, project: &Project, dialect: &dyn Dialect) -> Result<Current> {
    let place = needed_scratch(&project.config, dialect)?;
    let mut options = options(context, project);
    options.inputs.steps = options.inputs.steps.or_idle();
    if !place.holds_namespaces() {
        // What is named with a database is not on the scratch database, but the real one.
        options.ledger = Ledger::new(&options.ledger).table().to_owned();
    }
    let mut db = Database::scratch(&place).await?;
    if !project.graph.revisions().is_empty() {
        let target = project.graph.resolve(&Selection::parse("heads")?.one()?, &BTreeSet::new())?;
        runner::upgrade(&mut db, &project.graph, &target, &options, &mut ()).await?;
    }
    Ok(Current {
        schema: db.introspect().await?,
        dialect: db.dialect()?,
        name: "the revisions".into(),
        db: Some(db),
        from: From::Revisions,
        pending: Vec::new(),
        findings: Vec::new(),
    })
}

/// What the revisions make on scratch databases, compared with the models. Dialects for which none
/// can be had are given with the reason; where that is all of them, the lock file speaks.
pub(super) async fn remade(
    context: &Context,
    project: &Project,
    target: &Target,
) -> Result<(Vec<Share>, Vec<(&'static str, Error)>)> {
    let (mut currents, mut unknown) = (Vec::new(), Vec::new());
    for dialect in dialects(&project.config)? {
        match replayed(context, project, &*dialect).await {
            Ok(current) => currents.push(current),
            Err(error) => unknown.push((dialect.name(), error)),
        }
    }
    if currents.is_empty() {
        let locked = dialects(&project.config)?.into_iter().map(|it| locked(project, it));
        currents.extend(locked.filter_map(Result::ok));
    }
    let mut shares = Vec::with_capacity(currents.len());
    for mut current in currents {
        let (models, declined) = ((&target.schema, &target.intent), Declined::default());
        let compared = compared(context, project, &mut current, models, &declined).await?;
        current.close().await?;
        shares.push(Share { current, compared });
    }
    Ok((shares, unknown))
}

/// The models as of the last revision.
pub(super) fn lock(project: &Project) -> Result<Schema> {
    let path = lock_path(&project.config);
    let text = fs::read_to_string(&path).map_err(|cause| {
        let error = Error::new(Kind::File, format!("{} cannot be read", path.display()));
        let error = error.cause(cause);
        match project.config.dialects.len() {
            0 | 1 => {
                error.help("`autogen revision` writes it; until then compare with --from revisions")
            }
            _ => error
                .help("it tells what the other dialects were: bring it back from version control")
                .help(
                    "or take the models back to the last revision: where nothing differs, \
                     `autogen revision` writes it anew",
                ),
        }
    })?;
    read_lock(&text)
}

fn locked(project: &Project, dialect: Box<dyn Dialect>) -> Result<Current> {
    let (mut schema, problems) = dialect.canonical(&lock(project)?, &Intent::default());
    if problems.iter().any(|it| !it.warning) {
        return Err(Error::from_reports(Kind::File, problems));
    }
    // What was never in a database leaves open what a database would have decided.
    dialect.settle(&Schema::default(), &mut schema);
    Ok(Current {
        schema,
        name: lock_path(&project.config).display().to_string(),
        ..nothing(dialect)
    })
}

/// The old side of a dialect that nothing was written for yet.
fn nothing(dialect: Box<dyn Dialect>) -> Current {
    Current {
        schema: Schema::default(),
        dialect,
        db: None,
        from: From::Lock,
        name: String::new(),
        pending: Vec::new(),
        findings: Vec::new(),
    }
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
async fn judged(
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
fn scope<'a>(project: &'a Project, current: &'a Current) -> Scope<'a> {
    let config = &project.config;
    let ledger = Ledger::new(&config.database.ledger);
    let home = current.dialect.home().to_owned();
    let placed = |table: &str, ledger: &Ledger| match ledger.schema() {
        Some(namespace) if namespace != home => format!("{namespace}.{table}"),
        _ => table.to_owned(),
    };
    let dialect = current.dialect.name();
    Scope {
        filter: config.compare.filter.clone(),
        ledger: [ledger.table(), ledger.log_table()].map(|table| placed(table, &ledger)).into(),
        created: Box::new(move || match current.from {
            From::Lock => everything(&current.schema),
            From::Live | From::Revisions => created(project.graph.revisions(), dialect),
        }),
        unmanaged: config.compare.unmanaged,
    }
}

/// What one dialect has to do with a comparison.
pub(super) struct Share {
    pub(super) current: Current,
    pub(super) compared: Compared,
}

/// Compares the old side of one dialect with a schema, as the author's words steer it.
pub(super) async fn compared(
    context: &Context,
    project: &Project,
    current: &mut Current,
    target: (&Schema, &Intent),
    declined: &Declined,
) -> Result<Compared> {
    let mut db = current.db.take();
    let compared = {
        let sides = Sides {
            current: &current.schema,
            target: target.0,
            intent: target.1,
            declined,
            scope: &scope(project, current),
        };
        judged(context, &sides, &*current.dialect, db.as_mut()).await?
    };
    current.db = db;
    Ok(compared)
}

/// Compares for every dialect, with nothing answered: what a question would ask shows as
/// differences. No connection stays open.
pub(super) async fn shares(
    context: &Context,
    project: &Project,
    from: From,
    target: &Target,
) -> Result<Vec<Share>> {
    let mut shares = Vec::new();
    for mut current in currents(context, project, from, &[]).await? {
        let models = (&target.schema, &target.intent);
        let compared =
            compared(context, project, &mut current, models, &Declined::default()).await?;
        current.close().await?;
        shares.push(Share { current, compared });
    }
    Ok(shares)
}

/// The ops of each dialect.
pub(super) fn ops(shares: &[Share]) -> Vec<(&'static str, &[Op])> {
    shares.iter().map(|it| (it.current.dialect.name(), &*it.compared.diff.ops)).collect()
}

/// What the old sides are, for messages.
pub(super) fn names<'a>(currents: impl IntoIterator<Item = &'a Current>) -> String {
    let mut names: Vec<&str> = Vec::new();
    for current in currents {
        let name = current.name.as_str();
        if !name.is_empty() && !names.contains(&name) {
            names.push(name);
        }
    }
    if names.is_empty() { "nothing".to_owned() } else { names.join(" and ") }
}
