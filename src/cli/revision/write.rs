//! The file of a revision: its sides, the checks that it can be read back, the lock file.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use autogen_model::Source;

use super::super::project::Project;
use super::super::shell::run_hooks;
use super::super::sides;
use super::super::{Context, Outcome};
use super::plans::Planned;
use super::{Placing, Revise, join};
use crate::config::Config;
use crate::dialect::Dialect;
use crate::error::{Error, Kind, Result};
use crate::plan::Plan;
use crate::revision::{self, Direction, Draft, DraftSide, DraftStep, NameParts, folder};
use crate::schema::Schema;

impl Revise {
    /// A lock file that was lost, or says less than the models, is written without a revision.
    pub(super) fn renew_lock_file(
        &self,
        context: &Context,
        project: &Project,
        models: &Schema,
    ) -> Result<()> {
        if self.placing.dry_run || project.graph.revisions().is_empty() {
            return Ok(());
        }
        if sides::write_lock_file(&project.config, models)? {
            let path = sides::lock_path(&project.config);
            context.ui.status(format_args!("Wrote {}", path.display()));
        }
        Ok(())
    }

    pub(super) fn write(
        &self,
        context: &Context,
        project: &Project,
        draft: Draft,
        models: Option<&Schema>,
    ) -> Result<Outcome> {
        let joined = join::files(project, &self.begin)?;
        let written = write(context, project, draft, &self.placing, models)?;
        for (path, text) in &joined {
            if written == Written::Shown {
                let path = path.display();
                context.ui.status(format_args!("Would be given sides: {path}"));
                continue;
            }
            folder::replace(path, text)?;
            context.ui.status(format_args!("Gave sides to {}", path.display()));
        }
        if let Written::File { path, review } = written {
            tell(context, &path, &review);
            context.ui.hint(match self.empty {
                true => "fill in both sides of the file, then run `autogen upgrade head`",
                false => "review the file, then run `autogen upgrade head`",
            });
        }
        Ok(Outcome::Done)
    }
}

/// What became of a draft.
#[derive(PartialEq, Eq)]
pub(in crate::cli) enum Written {
    /// It was only printed.
    Shown,
    /// It is a file now.
    File {
        /// The file.
        path: PathBuf,
        /// The lines of its review.
        review: Vec<String>,
    },
}

/// Says where a revision was written: the path is data.
pub(in crate::cli) fn tell(context: &Context, path: &Path, review: &[String]) {
    context.ui.line(path.display());
    review.iter().for_each(|line| context.ui.status(format_args!("  {line}")));
}

/// Writes a draft by the template, runs the hooks on the file, and writes the lock file with it. A
/// failure leaves nothing.
pub(in crate::cli) fn write(
    context: &Context,
    project: &Project,
    mut draft: Draft,
    placing: &Placing,
    models: Option<&Schema>,
) -> Result<Written> {
    let config = &project.config;
    let moment = revision::in_zone(jiff::Timestamp::now(), &config.revision.timezone)?;
    draft.created = Some(revision::rfc3339(&moment));
    let template = config.revision.template.as_deref().map(folder::read).transpose()?;
    let dialects = sides::dialects(config)?;
    let usual = dialects.first().map_or("sqlite", |dialect| dialect.name());
    let text = revision::render(&draft, template.as_ref(), usual)?;
    let parts = NameParts {
        id: &draft.id,
        message: &draft.message,
        slug_length: config.revision.slug_length,
        created: &moment,
    };
    let name = revision::file_name(&config.revision.file, &parts)?;
    let path = placing.folder(project, &draft.parents)?.join(name);
    fits(project, &draft.id, Source::new(&path, text.as_str()))?;
    if placing.dry_run {
        context.ui.text(&text);
        return Ok(Written::Shown);
    }
    folder::write_new(&path, &text)?;
    if let Err(error) = finish(context, project, &draft.id, &path, models) {
        return Err(take_back(error, &path));
    }
    Ok(Written::File { path, review: draft.review })
}

/// Runs the hooks on the new file, reads what they left, and writes the lock file.
fn finish(
    context: &Context,
    project: &Project,
    id: &str,
    path: &Path,
    models: Option<&Schema>,
) -> Result<()> {
    let config = &project.config;
    run_hooks(config, path, |line| context.ui.detail(format_args!("Running {line}")))?;
    if !config.hooks.is_empty() {
        let source = folder::read(path)?;
        fits(project, id, Source::new(path, source.text.as_str()))
            .map_err(|error| error.help("the hooks left the file like this"))?;
    }
    if let Some(models) = models {
        sides::write_lock_file(config, models)?;
    }
    Ok(())
}

/// Removes the file again, so that a failure leaves everything as it was.
fn take_back(error: Error, path: &Path) -> Error {
    match fs::remove_file(path) {
        Ok(()) => error.help("the revision was taken back: nothing is written"),
        Err(_) => error.help(format!("the revision is written; delete {}", path.display())),
    }
}

/// Whether a new revision can be read back and stands well among the others.
fn fits(project: &Project, id: &str, source: Source) -> Result<()> {
    let root = project.config.revisions.first().cloned().unwrap_or_default();
    let path = source.path.display().to_string();
    let added = revision::parse(Arc::new(source), &root)
        .map_err(|reports| Error::from_reports(Kind::Revision, reports))?;
    let lower = |path: &Path| path.to_string_lossy().to_lowercase();
    let mut others = project.graph.revisions().iter().map(|it| &it.path);
    if let Some(twin) =
        others.find(|it| **it != added.path && lower(it.as_path()) == lower(&added.path))
    {
        let message = format!("the names of {path} and {} differ by case alone", twin.display());
        return Err(Error::new(Kind::File, message).help("choose another message or id"));
    }
    if added.id != id {
        return Err(Error::new(Kind::Revision, format!("{path} is no longer revision {id}")));
    }
    let mut revisions = project.graph.revisions().to_vec();
    revisions.push(added);
    folder::graph(revisions).map(|_| ())
}

/// Sides to be filled by hand, for each dialect where there are several.
pub(in crate::cli) fn empty_sides(config: &Config) -> Result<Vec<DraftSide>> {
    let names: Vec<&str> = sides::dialects(config)?.iter().map(|dialect| dialect.name()).collect();
    let names = match names.as_slice() {
        [_] => vec![None],
        several => several.iter().map(|name| Some(*name)).collect(),
    };
    let of = |way| names.iter().map(move |name| side(way, *name, Vec::new()));
    Ok(of(Direction::Upgrade).chain(of(Direction::Downgrade)).collect())
}

/// The sides of the plans. The only one names no dialect.
pub(in crate::cli) fn sides(plans: &[Planned]) -> Vec<DraftSide> {
    let name = |it: &Planned| (plans.len() > 1).then(|| it.dialect.name());
    let up = plans
        .iter()
        .map(|it| side(Direction::Upgrade, name(it), steps(&it.proposal.up, &*it.dialect)));
    let back = |it: &Planned| DraftSide {
        irreversible: it.proposal.irreversible.clone(),
        ..side(Direction::Downgrade, name(it), steps(&it.proposal.down, &*it.dialect))
    };
    up.chain(plans.iter().map(back)).collect()
}

fn side(direction: Direction, dialect: Option<&str>, steps: Vec<DraftStep>) -> DraftSide {
    DraftSide { direction, dialect: dialect.map(str::to_owned), steps, irreversible: None }
}

fn steps(plan: &Plan, dialect: &dyn Dialect) -> Vec<DraftStep> {
    let statements = plan.statements(dialect);
    let steps = plan.steps.iter().zip(statements);
    steps
        .map(|(step, statements)| DraftStep {
            autocommit: step.autocommit,
            statements: statements.into_iter().map(Into::into).collect(),
        })
        .collect()
}
