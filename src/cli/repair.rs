//! `repair`: the ledger and the files are brought together again.

use clap::Args;

use super::database::{block_on, connect_to_read, connect_to_write, options, reading};
use super::project::Project;
use super::told::Told;
use super::{Context, Outcome};
use crate::error::{Error, Kind, Result};
use crate::runner::{self, Repair as Mend};

/// Bring the ledger and the files together again
///
/// Without an option it says what does not fit, and which command mends it. After a crash nothing
/// need be repaired: `upgrade` and `downgrade` go on where they were interrupted.
#[derive(Args)]
#[command(after_long_help = "\
Examples:
  autogen repair                         what is odd?
  autogen repair --accept 3f2a           the file was edited, and is right as it is
  autogen repair --accept                all edited files are
  autogen repair --skip-statement 3f2a   the next statement was run by hand
  autogen repair --forget 8a51           its file is gone for good, and nothing is to be undone
  autogen repair --adopt                 the ledger was this project's under another name")]
pub(super) struct Repair {
    /// Take the files of these revisions as they are now; without REV, all that were edited
    #[arg(long, value_name = "REV", num_args = 0.., group = "mend")]
    accept: Option<Vec<String>>,
    /// Count the next statement of a half done revision as done
    #[arg(long, value_name = "REV", group = "mend")]
    skip_statement: Option<String>,
    /// Forget a revision that has no file, without undoing it
    #[arg(long, value_name = "REV", group = "mend")]
    forget: Option<String>,
    /// Take the ledger over from the project that it belongs to
    #[arg(long, group = "mend")]
    adopt: bool,
    /// Do not ask
    #[arg(long, requires = "adopt")]
    yes: bool,
}

impl Repair {
    pub(super) fn run(self, context: &Context) -> Result<Outcome> {
        let project = Project::open(context)?;
        if self.adopt {
            return block_on(adopt(context, &project, self.yes));
        }
        match (self.accept, self.skip_statement, self.forget) {
            (Some(words), ..) => {
                let words = words.iter().map(String::as_str).collect::<Vec<_>>();
                block_on(mend(context, &project, &words, Mend::Accept))
            }
            (_, Some(word), _) => block_on(mend(context, &project, &[&word], |mut ids| {
                Mend::SkipStatement(ids.pop().unwrap_or_default())
            })),
            (_, _, Some(word)) => block_on(mend(context, &project, &[&word], |mut ids| {
                Mend::Forget(ids.pop().unwrap_or_default())
            })),
            _ => block_on(tell(context, &project)),
        }
    }
}

async fn tell(context: &Context, project: &Project) -> Result<Outcome> {
    let mut db = connect_to_read(&project.config).await?;
    let options = reading(&project.config);
    let status = runner::status(&mut db, &project.graph, &options).await?;
    db.close().await?;
    for finding in &status.findings {
        context.ui.warn(&finding.report());
    }
    if status.findings.is_empty() {
        context.ui.status("The ledger and the files fit together");
    }
    Ok(Outcome::Done)
}

async fn mend(
    context: &Context,
    project: &Project,
    words: &[&str],
    repair: impl FnOnce(Vec<String>) -> Mend,
) -> Result<Outcome> {
    let mut db = connect_to_write(&project.config).await?;
    let options = options(context, project);
    let state = runner::read_ledger(&mut db, &options, &mut Told::new(&context.ui, "")).await?;
    let known = runner::with_stored(&project.graph, &state)?;
    // A row that is damaged may name no revision at all.
    let exact = |word: &&str| state.damaged.iter().find(|row| row.id == **word);
    let ids = words.iter().map(|word| match exact(word) {
        Some(row) => Ok(row.id.clone()),
        None => Ok(known.find(word)?.id.clone()),
    });
    let repair = repair(ids.collect::<Result<Vec<_>>>()?);
    let changed = runner::repair(&mut db, &project.graph, &repair, &options).await?;
    db.close().await?;
    match changed.is_empty() {
        true => context.ui.status("Nothing to repair"),
        false => context.ui.status(format_args!("Repaired the record of {}", changed.join(", "))),
    }
    Ok(Outcome::Done)
}

async fn adopt(context: &Context, project: &Project, sure: bool) -> Result<Outcome> {
    let ui = &context.ui;
    let options = options(context, project);
    let mut db = connect_to_write(&project.config).await?;
    let owner = runner::owner(&mut db, &options).await?;
    if let (Some(theirs), Some(ours)) = (owner.filter(|_| !sure), &options.project)
        && theirs != *ours
    {
        let question = format!(
            "The ledger {} in {} belongs to the project `{theirs}`",
            options.ledger,
            db.url()
        );
        if !ui.interactive() {
            return Err(Error::new(Kind::Usage, question)
                .help(format!("add --yes if `{theirs}` is an older name of `{ours}`")));
        }
        let answers = [format!("stays `{theirs}`'s"), format!("is `{ours}`'s from now on")];
        if ui.ask_choice(&format!("{question}. It"), &answers)? == 0 {
            ui.status("Nothing was changed");
            return Ok(Outcome::Done);
        }
    }
    let changed = runner::repair(&mut db, &project.graph, &Mend::Adopt, &options).await?;
    db.close().await?;
    match changed.is_empty() {
        true => ui.status("The ledger is this project's already"),
        false => ui.status(format_args!("The ledger {} is this project's now", options.ledger)),
    }
    Ok(Outcome::Done)
}
