//! `stamp` and `ensure-ledger`: the ledger is made and set by hand.

use clap::Args;

use super::database::{block_on, connect_to_write, options};
use super::project::Project;
use super::sql::{self, Whom};
use super::told::Told;
use super::{Context, Outcome};
use crate::error::{Error, Kind, Result};
use crate::revision::{Graph, Selection, Target};
use crate::runner;

/// Set what counts as applied, and run nothing
///
/// For a database that got its tables in another way. What stands below REV counts as applied,
/// what stands above it no longer does. Everything is checked before anything is written.
#[derive(Args)]
#[command(after_long_help = "\
Examples:
  autogen stamp head        the tables are there already
  autogen stamp 3f2a        everything up to this one is there
  autogen stamp base        nothing is
  autogen stamp --purge 3f2a 8a51
                            forget all rows first, also of revisions that have no file
  autogen stamp --sql head  a script that says so in a ledger without rows
  autogen stamp --sql 3f2a:8a51
                            the same where the ledger says 3f2a")]
pub(super) struct Stamp {
    /// The newest revisions that count as applied
    #[arg(value_name = "REV", required = true, allow_negative_numbers = true)]
    revisions: Vec<String>,
    /// Forget every row of the ledger first
    #[arg(long)]
    purge: bool,
    /// Print a script instead, for the database's own client; connects to nothing
    #[arg(long)]
    sql: bool,
    #[command(flatten)]
    whom: Whom,
}

impl Stamp {
    pub(super) fn run(self, context: &Context) -> Result<Outcome> {
        if self.sql {
            return sql::stamp(context, &self.revisions, self.purge, &self.whom);
        }
        let project = Project::open(context)?;
        let heads = block_on(self.stamp(context, &project))?;
        let at = if heads.is_empty() { "base".to_owned() } else { heads.join(", ") };
        context.ui.status(format_args!("The ledger says that the database is at {at}"));
        Ok(Outcome::Done)
    }

    async fn stamp(&self, context: &Context, project: &Project) -> Result<Vec<String>> {
        let mut db = connect_to_write(&project.config).await?;
        let options = options(context, project);
        let state = runner::read_ledger(&mut db, &options, &mut Told::new(&context.ui, "")).await?;
        // What is said of a database that is mended by this need not fit yet.
        let state = match runner::view(&project.graph, state.clone(), db.dialect_name()) {
            Ok(view) => view.state,
            Err(_) => state,
        };
        let known = match runner::with_stored(&project.graph, &state) {
            Ok(known) => known,
            Err(_) => Graph::new(project.graph.revisions().to_vec())
                .map_err(|reports| Error::from_reports(Kind::Revision, reports))?,
        };
        let mut target = Target::default();
        for word in &self.revisions {
            let identifier = Selection::parse(word)?.one()?;
            let one = known.resolve(&identifier, &state.applied())?;
            target.revisions.extend(one.revisions);
            target.branch = one.branch.filter(|_| self.revisions.len() == 1);
        }
        let heads = runner::stamp(&mut db, &project.graph, &target, self.purge, &options).await?;
        db.close().await?;
        Ok(heads)
    }
}

/// Make the ledger's tables, if they are missing
///
/// `upgrade` makes them by itself. This is for a database in which the one who upgrades may not
/// create tables.
#[derive(Args)]
pub(super) struct EnsureLedger {
    /// Print a script instead, for the database's own client; connects to nothing
    #[arg(long)]
    sql: bool,
    #[command(flatten)]
    whom: Whom,
}

impl EnsureLedger {
    pub(super) fn run(self, context: &Context) -> Result<Outcome> {
        if self.sql {
            return sql::ensure_ledger(context, &self.whom);
        }
        let project = Project::open(context)?;
        let options = options(context, &project);
        block_on(async {
            let mut db = connect_to_write(&project.config).await?;
            runner::ensure_ledger(&mut db, &options).await?;
            Ok(db.close().await?)
        })?;
        context.ui.status(format_args!("The ledger {} is there", options.ledger));
        Ok(Outcome::Done)
    }
}
