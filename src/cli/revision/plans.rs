//! The plans of a revision: one for each dialect, from one comparison and the same answers.

use std::collections::BTreeSet;

use super::super::Context;
use super::super::project::Project;
use super::super::questions::{ask, ask_one_way};
use super::super::sides::{self, Current, From, Share, Target};
use super::Revise;
use crate::dialect::Dialect;
use crate::diff::Declined;
use crate::error::{Error, Kind, Result};
use crate::generate::{
    Answers, Compared, Proposal, Rehearsal, differences, explain, idle_answers, open_questions,
    propose, propose_one_way, rehearse,
};
use crate::runner::Finding;
use crate::schema::Intent;

/// What is to be written for one dialect.
pub(in crate::cli) struct Planned {
    pub(in crate::cli) dialect: Box<dyn Dialect>,
    pub(in crate::cli) proposal: Proposal,
}

impl Revise {
    /// The plans, or nothing where there is nothing to write.
    pub(super) async fn plans(
        &self,
        context: &Context,
        project: &Project,
        target: &Target,
    ) -> Result<Option<Vec<Planned>>> {
        let (currents, missing) = self.currents(context, project).await?;
        for current in &currents {
            refuse_unfit(context, current)?;
        }
        let mut answers = self.answers()?;
        let mut shares = self.shares(context, project, target, currents, &mut answers).await?;
        let differs = shares.iter().any(|it| !it.compared.diff.ops.is_empty());
        let missing = match missing {
            Some(error) if differs => return Err(error),
            missing => missing.is_some(),
        };
        if differs && shares.len() > 1 {
            for share in &mut shares {
                tell_drift(context, project, &mut share.current, &target.intent).await?;
            }
        }
        for share in &mut shares {
            share.current.close().await?;
        }
        tell(context, target, &shares);
        if !differs && !self.allow_empty {
            let names = sides::names(shares.iter().map(|it| &it.current));
            context.ui.status(format_args!("Nothing to write: the models agree with {names}"));
            if missing {
                context.ui.warning(
                    "what the models may have changed for the other dialects alone was not seen",
                );
            }
            return Ok(None);
        }
        for share in &shares {
            refuse_strange(project, share)?;
        }
        let open = open_questions(shares.iter().map(|it| &it.compared), &target.schema);
        if !open.is_empty() {
            return Err(explain(&open));
        }
        let mut plans = Vec::with_capacity(shares.len());
        for share in shares {
            plans.push(planned(context, project, share, &mut answers).await?);
        }
        Ok(Some(plans))
    }

    /// The old sides. Where the lock file cannot tell them, the database alone may still tell that
    /// nothing is to be written; otherwise the second value says why not.
    async fn currents(
        &self,
        context: &Context,
        project: &Project,
    ) -> Result<(Vec<Current>, Option<Error>)> {
        let error = match sides::currents(context, project, self.from, &self.begin).await {
            Ok(currents) => return Ok((currents, None)),
            Err(error) => error,
        };
        let alone = match project.config.dialects.len() > 1 && self.begin.is_empty() {
            true => sides::asked_alone(context, project, self.from).await?,
            false => None,
        };
        match alone {
            Some(current) => Ok((vec![current], Some(error))),
            None => Err(error),
        }
    }

    /// Compares until no question is left that can be asked.
    async fn shares(
        &self,
        context: &Context,
        project: &Project,
        target: &Target,
        mut currents: Vec<Current>,
        answers: &mut Answers,
    ) -> Result<Vec<Share>> {
        let compared = loop {
            let mut intent = target.intent.clone();
            answers.put(&mut intent, &target.schema)?;
            let declined = answers.declined(&target.schema)?;
            let mut compared = Vec::with_capacity(currents.len());
            for current in &mut currents {
                let models = (&target.schema, &intent);
                let one = sides::compared(context, project, current, models, &declined).await?;
                compared.push(one);
            }
            let open = open_questions(&compared, &target.schema);
            match open.first().filter(|_| context.ui.interactive()) {
                Some(question) => ask(context, question, answers)?,
                None => break compared,
            }
        };
        refuse_idle(answers, &compared)?;
        let shares = currents.into_iter().zip(compared);
        Ok(shares.map(|(current, compared)| Share { current, compared }).collect())
    }
}

async fn planned(
    context: &Context,
    project: &Project,
    share: Share,
    answers: &mut Answers,
) -> Result<Planned> {
    let Share { current, compared } = share;
    let dialect = current.dialect;
    let place = sides::scratch(&project.config, &*dialect)?;
    loop {
        let proposal = match answers.irreversible() {
            None => propose(&compared, &*dialect)?,
            Some(why) => propose_one_way(&compared, &*dialect, why)?,
        };
        let (live, place) = (&current.schema, place.as_ref());
        match rehearse(live, &compared, &proposal, &*dialect, place).await? {
            Rehearsal::Passed => {}
            Rehearsal::OneWay(error) if context.ui.interactive() => {
                ask_one_way(context, error, answers)?;
                continue;
            }
            Rehearsal::OneWay(error) => return Err(error),
            Rehearsal::NotPossible(why) => {
                context.ui.status(format_args!("Not rehearsed on a scratch database: {why}"));
            }
        }
        return Ok(Planned { dialect, proposal });
    }
}

/// Says what was left out.
fn tell(context: &Context, target: &Target, shares: &[Share]) {
    let mut said = BTreeSet::new();
    for warning in shares.iter().flat_map(|it| &it.compared.warnings) {
        if said.insert(&warning.message) {
            context.ui.warn(warning);
        }
    }
    for name in shares.iter().flat_map(|it| &it.compared.unmanaged) {
        context.ui.status(format_args!("Left alone: table {name}, which no revision created"));
    }
    for object in &target.schema.objects {
        let (kind, name) = (object.kind.noun(), &object.name);
        context.ui.warning(format_args!(
            "{kind} {name} is declared but not written: this build writes tables alone. \
             Put it into a revision by hand (--empty)"
        ));
    }
}

/// Says where a database is not what the lock file says, from which the other dialects start.
async fn tell_drift(
    context: &Context,
    project: &Project,
    current: &mut Current,
    intent: &Intent,
) -> Result<()> {
    if current.from == From::Lock || project.graph.revisions().is_empty() {
        return Ok(());
    }
    // By the time of the lock file nothing had its new name yet.
    let mut intent = intent.clone();
    intent.namespaces.clear();
    intent.enums.clear();
    for said in intent.tables.values_mut() {
        said.renamed_from = None;
        said.columns.values_mut().for_each(|column| {
            column.renamed_from = None;
            column.renamed_labels.clear();
        });
    }
    let lock = sides::lock(project)?;
    let declined = Declined::new(["*"])?;
    let compared = sides::compared(context, project, current, (&lock, &intent), &declined).await?;
    let found = differences(&compared.diff.ops, &intent);
    if let Some(first) = found.first() {
        let (name, path) = (&current.name, sides::lock_path(&project.config));
        let more = match found.len() {
            1 => String::new(),
            count => format!(", and {} more", count - 1),
        };
        context.ui.warning(format_args!(
            "{name} is not what {} says, where the other dialects start from: {}{more}",
            path.display(),
            first.text
        ));
    }
    Ok(())
}

/// What must be in order before anything is compared with a database.
fn refuse_unfit(context: &Context, current: &Current) -> Result<()> {
    let name = &current.name;
    let mut unfit = Vec::new();
    for finding in &current.findings {
        match finding {
            Finding::Unknown { .. } | Finding::Half { .. } | Finding::Damaged { .. } => {
                unfit.push(finding.report())
            }
            // It is pending, which is said below.
            Finding::Late { .. } | Finding::Older { .. } => {}
            Finding::Edited { .. } => context.ui.warn(&finding.report()),
        }
    }
    const INSTEAD: &str = "or compare with the revisions instead: --from revisions";
    if !unfit.is_empty() {
        return Err(Error::from_reports(Kind::Database, unfit).help(INSTEAD));
    }
    let message = match current.pending.len() {
        0 => return Ok(()),
        1 => format!("{name} lacks a revision that is written already"),
        count => format!("{name} lacks {count} revisions that are written already"),
    };
    Err(Error::new(Kind::Database, message)
        .help("apply what is pending first: `autogen upgrade head`")
        .help(INSTEAD))
}

fn refuse_idle(answers: &Answers, compared: &[Compared]) -> Result<()> {
    let mut idle = compared.iter().map(|it| BTreeSet::from_iter(idle_answers(answers, &it.diff)));
    let of_all = idle.next().unwrap_or_default();
    let of_all = idle.fold(of_all, |all, one| all.intersection(&one).cloned().collect());
    match of_all.first() {
        None => Ok(()),
        Some((message, help)) => Err(Error::new(Kind::Usage, message).help(*help)),
    }
}

/// Two plans that nobody means: changes of tables that no revision makes, and the end of them all.
fn refuse_strange(project: &Project, share: &Share) -> Result<()> {
    let Share { current: Current { name, from, .. }, compared } = share;
    let tables = compared.current.tables.len();
    if *from == From::Live && project.graph.revisions().is_empty() && tables > 0 {
        let message =
            format!("{name} has tables of the models already, and no revision makes them");
        return Err(Error::new(Kind::Database, message)
            .help("write a first revision that does: `autogen revision -m Baseline --from revisions`")
            .help("then `autogen stamp head` says that this database has it, and `autogen revision` writes what differs"));
    }
    if compared.diff.target.tables.is_empty() && tables > 0 {
        let message = format!("the models have no table: all {tables} of {name} would be dropped");
        return Err(Error::new(Kind::Model, message)
            .help("check `models` in autogen.toml")
            .help("if it is meant, write the revision by hand: --empty"));
    }
    Ok(())
}
