//! `--sql`: what a command would do, as a script for the database's own client.

use clap::Args;

use super::database::{options, patience};
use super::project::Project;
use super::{Context, Outcome};
use crate::config::{Config, Origin};
use crate::error::{Error, Kind, Result};
use crate::revision::{Direction, Selection};
use crate::runner::offline::{self, Range, Script, Site};

/// How a script is asked for.
#[derive(Args)]
pub(super) struct Offline {
    /// Print a script instead, for the database's own client; connects to nothing
    #[arg(long, conflicts_with_all = ["plan", "format"])]
    pub(super) sql: bool,
    #[command(flatten)]
    whom: Whom,
}

/// What a script is for.
#[derive(Args)]
pub(super) struct Whom {
    /// The kind of database that a script is for, where the URL does not tell
    #[arg(long, value_name = "NAME", requires = "sql", value_parser = KINDS)]
    dialect: Option<String>,
}

const KINDS: [&str; 4] = ["sqlite", "postgres", "mysql", "mariadb"];

impl Whom {
    /// The database that a script is for, by what was said or else by the URL.
    fn site(&self, config: &Config) -> Result<Site> {
        let url = config.database.url.as_ref().ok();
        let said = self.dialect.as_deref().map(|name| match name {
            "mariadb" => "mysql",
            name => name,
        });
        let nothing_said = url.is_none_or(|url| url.origin == Origin::Default);
        let of_url = || url.filter(|url| url.origin != Origin::Default).map(|url| url.dialect());
        let wanted = match (said.or_else(of_url), config.dialects.as_slice()) {
            (Some(wanted), _) => wanted,
            (None, [one]) => one.as_str(),
            (None, [] | [_, _, ..]) => {
                let several = config.dialects.join(" and ");
                let message = match several.is_empty() {
                    true => "nothing tells for which database the script is to be".to_owned(),
                    false => format!("revisions are written for {several}"),
                };
                return Err(Error::new(Kind::Usage, message).help("say it: `--dialect NAME`"));
            }
        };
        let is_written = config.dialects.iter().any(|name| name == wanted);
        // Without a word in the configuration the URL's is meant, and there is none.
        if !is_written && !(nothing_said && config.dialects.len() <= 1) {
            let written = config.dialects.join(" and ");
            let message = format!("revisions are written for {written}, and not for {wanted}");
            return Err(Error::new(Kind::Config, message)
                .help("`dialects` in autogen.toml says what they are written for"));
        }
        let dialect = KINDS.into_iter().find(|kind| *kind == wanted).unwrap_or("sqlite");
        let mut connect = patience(config);
        connect.statement_timeout = config.upgrade.statement_timeout;
        let same = url.filter(|url| url.dialect() == dialect);
        if let Some(url) = same.filter(|_| connect.schemas.is_empty()) {
            connect.schemas = url.search_path();
        }
        Ok(Site { dialect, connect })
    }
}

/// The script of `upgrade` and `downgrade`.
pub(super) fn walk(
    context: &Context,
    word: &str,
    direction: Direction,
    offline: &Offline,
) -> Result<Outcome> {
    let project = Project::open(context)?;
    let site = offline.whom.site(&project.config)?;
    let range = offline::range(&project.graph, &Selection::parse(word)?, direction)?;
    let options = options(context, &project);
    let script = offline::walk(&project.graph, &range, direction, &site, &options)?;
    if script.revisions.is_empty() {
        context.ui.status("Nothing to do: the script runs no revision");
    }
    print(context, &script)
}

/// The script of `stamp`.
pub(super) fn stamp(
    context: &Context,
    words: &[String],
    purge: bool,
    whom: &Whom,
) -> Result<Outcome> {
    let project = Project::open(context)?;
    let site = whom.site(&project.config)?;
    let graph = &project.graph;
    let range = match words {
        [word] => match Selection::parse(word)? {
            Selection::Range(..) if purge => {
                return Err(Error::new(Kind::Usage, "--purge forgets whatever the ledger says")
                    .help("name the revision alone, without where the database is"));
            }
            one => offline::range(graph, &one, Direction::Upgrade)?,
        },
        several => {
            let mut range = Range::default();
            for word in several {
                let one = Selection::One(Selection::parse(word)?.one()?);
                let target = offline::range(graph, &one, Direction::Upgrade)?.target;
                range.target.revisions.extend(target.revisions);
            }
            range
        }
    };
    let options = options(context, &project);
    print(context, &offline::stamp(graph, &range, purge, &site, &options)?)
}

/// The script of `ensure-ledger`.
pub(super) fn ensure_ledger(context: &Context, whom: &Whom) -> Result<Outcome> {
    let project = Project::open(context)?;
    let site = whom.site(&project.config)?;
    print(context, &offline::ensure_ledger(&site, &options(context, &project))?)
}

fn print(context: &Context, script: &Script) -> Result<Outcome> {
    context.ui.text(&script.text);
    Ok(Outcome::Done)
}

/// The one revision that a run leads to.
pub(super) fn of_run(word: &str) -> Result<crate::revision::Identifier> {
    match Selection::parse(word)? {
        Selection::One(identifier) => Ok(identifier),
        Selection::Range(..) => {
            let message = format!("`{word}` says from where, which a run sees in the database");
            Err(Error::new(Kind::Usage, message)
                .help("name where it is to lead alone; with `--sql` a range makes a script"))
        }
    }
}
