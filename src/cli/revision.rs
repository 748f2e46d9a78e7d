//! `revision`: compare, ask what only the author knows, write one file.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use autogen_model::Source;
use clap::Args;

use super::database::block_on;
use super::project::{Project, is_about_database};
use super::questions::{ask, ask_one_way, read_answers};
use super::shell::run_hooks;
use super::sides::{self, Current, From, Target};
use super::{Context, Outcome};
use crate::config::Config;
use crate::dialect::Dialect;
use crate::error::{Error, Kind, Result};
use crate::generate::{
    Answers, Compared, Proposal, Rehearsal, Sides, idle_answers, propose, propose_one_way, rehearse,
};
use crate::plan::Plan;
use crate::revision::{self, Direction, Draft, DraftSide, DraftStep, NameParts, Selection, folder};
use crate::runner::Finding;
use crate::schema::Schema;

/// Write a revision: what the models say and the database lacks
///
/// Compares the models with the database, asks where a guess could lose data, proves the plan both
/// ways in memory, and writes one SQL file for review. Nothing is applied. Without a terminal an
/// open question ends with exit code 2 and the flags that answer it. The path of the file goes to
/// stdout, the review to stderr.
#[derive(Args)]
#[command(after_long_help = "\
Examples:
  autogen revision -m \"Add favorites\"
  autogen revision -m \"Rename\" --rename favorites.preset=favorites.preset_id
  autogen revision -m \"Rank\" --fill favorites.rank=0
  autogen revision -m \"Seed data\" --empty
  autogen revision -m \"Try\" --dry-run")]
pub(super) struct Revise {
    /// What the revision is for; the first line is its title
    #[arg(short, long, default_value = "", hide_default_value = true)]
    message: String,
    /// Compare nothing: write a revision to be filled by hand
    #[arg(long, conflicts_with_all = ["from", "allow_empty", "rename", "no_rename", "fill", "convert", "irreversible", "answers"])]
    empty: bool,
    /// Write a file even when nothing differs
    #[arg(long)]
    allow_empty: bool,
    /// Print the file and write nothing
    #[arg(long)]
    dry_run: bool,
    /// The id; 12 random characters otherwise
    #[arg(long, value_name = "ID")]
    rev_id: Option<String>,
    /// The revision to stand on; `base` for none
    #[arg(long, value_name = "REV", default_value = "head", allow_hyphen_values = true)]
    head: String,
    /// Stand on a revision that is no head, and so begin a branch
    #[arg(long)]
    splice: bool,
    /// A label for the branch that begins here; may be given several times
    #[arg(long, value_name = "LABEL")]
    branch_label: Vec<String>,
    /// A revision or label that must be applied before; may be given several times
    #[arg(long, value_name = "REV")]
    depends_on: Vec<String>,
    /// The folder for the file: one of the configuration, or a folder in it; otherwise the first
    #[arg(long, value_name = "DIR")]
    folder: Option<PathBuf>,
    /// OLD was renamed to NEW and keeps its data: table=table, table.column=table.column, or a label
    /// of an enumeration, table.column:label=label
    #[arg(long, value_name = "OLD=NEW")]
    rename: Vec<String>,
    /// NAME is new and was not renamed; patterns such as '*' are allowed
    #[arg(long, value_name = "NAME")]
    no_rename: Vec<String>,
    /// The value of old rows in a column that refuses NULL: table.column=expression
    #[arg(long, value_name = "COL=EXPR")]
    fill: Vec<String>,
    /// Old values of COL take its new type as the database converts them, or become EXPR
    #[arg(long, value_name = "COL[=EXPR]")]
    convert: Vec<String>,
    /// Write no way back: whoever tries the downgrade is told WHY
    #[arg(long, value_name = "WHY")]
    irreversible: Option<String>,
    /// Read answers from a file: a flag such as `rename users.mail=users.email` on each line
    #[arg(long, value_name = "FILE")]
    answers: Option<PathBuf>,
    /// What to compare the models with
    #[arg(long, value_enum, default_value_t, value_name = "SIDE")]
    from: From,
    /// Accepted for those who come from Alembic; this is what `revision` does anyway
    #[arg(long)]
    autogenerate: bool,
}

impl Revise {
    pub(super) fn run(self, context: &Context) -> Result<Outcome> {
        let project = Project::open_or_empty(context)?;
        let mut draft = Draft {
            message: self.message.clone(),
            id: self.id(&project)?,
            parents: self.parents(&project)?,
            labels: self.branch_label.clone(),
            depends_on: self.depends_on(&project)?,
            ..Draft::default()
        };
        let folder = self.folder(&project.config)?;
        if self.empty {
            draft.sides = both_sides(None);
            return self.write(context, &project, draft, &folder, None);
        }
        let target = sides::target(&project.config)?;
        let proposal = block_on(self.proposal(context, &project, &target))?;
        let Some((proposal, dialect)) = proposal else {
            self.renew_lock_file(context, &project, &target.schema)?;
            return Ok(Outcome::Done);
        };
        draft.review = proposal.review.clone();
        draft.sides = both_sides(Some((&proposal, &*dialect)));
        self.write(context, &project, draft, &folder, Some(&target.schema))
    }

    fn id(&self, project: &Project) -> Result<String> {
        let Some(id) = &self.rev_id else { return revision::new_id() };
        if let Some(fault) = revision::name_fault(id) {
            return Err(Error::new(Kind::Usage, format!("--rev-id: {fault}")));
        }
        match project.graph.get(id) {
            None => Ok(id.clone()),
            Some(known) => Err(Error::new(
                Kind::Usage,
                format!("revision {id} exists already: {}", known.path.display()),
            )
            .help("leave out --rev-id for a new one")),
        }
    }

    fn parents(&self, project: &Project) -> Result<Vec<String>> {
        if project.graph.revisions().is_empty() && self.head == "head" {
            return Ok(Vec::new());
        }
        let selection = Selection::parse(&self.head)?;
        let applied = match is_about_database(&selection) {
            true => block_on(project.applied())?,
            false => BTreeSet::new(),
        };
        let parents = project.graph.resolve(&selection.one()?, &applied)?.revisions;
        if parents.len() > 1 {
            let message = format!("`--head {}` means {}", self.head, parents.join(" and "));
            return Err(Error::new(Kind::Usage, message).help("name the one to stand on"));
        }
        let branches = |id: &String| !project.graph.children(id).is_empty();
        match parents.iter().find(|id| branches(id)) {
            Some(id) if !self.splice => {
                Err(Error::new(Kind::Usage, format!("revision {id} is not a head"))
                    .help("`autogen heads` lists the heads")
                    .help("to begin a branch there, say --splice as well"))
            }
            _ => Ok(parents),
        }
    }

    /// The dependencies: labels as they are, because they move with their branch; ids in full.
    fn depends_on(&self, project: &Project) -> Result<Vec<String>> {
        let graph = &project.graph;
        let mut ids = Vec::new();
        for word in &self.depends_on {
            if graph.labelled(word).is_some() {
                ids.push(word.clone());
                continue;
            }
            let selection = Selection::parse(word)?;
            if is_about_database(&selection) {
                let message = format!("`--depends-on {word}` is not the same on every database");
                return Err(Error::new(Kind::Usage, message).help("name an id or a label"));
            }
            ids.extend(graph.resolve(&selection.one()?, &BTreeSet::new())?.revisions);
        }
        Ok(ids)
    }

    /// The folder for the file. Outside of those that are read, it would be lost.
    fn folder(&self, config: &Config) -> Result<PathBuf> {
        let first = config.revisions.first().cloned().unwrap_or_default();
        let Some(folder) = &self.folder else { return Ok(first) };
        let known = |it: &PathBuf| real(folder).starts_with(real(it));
        match config.revisions.iter().any(known) {
            true => Ok(folder.clone()),
            false => Err(Error::new(
                Kind::Usage,
                format!("no revisions are read from {}", folder.display()),
            )
            .help(format!(
                "add it to `revisions` in the configuration, or name a folder in {}",
                first.display()
            ))),
        }
    }

    /// The plan, or nothing where there is nothing to write.
    async fn proposal(
        &self,
        context: &Context,
        project: &Project,
        target: &Target,
    ) -> Result<Option<(Proposal, Box<dyn Dialect>)>> {
        let mut current = sides::current(context, project, self.from).await?;
        refuse_unfit(context, &current)?;
        let mut answers = self.answers()?;
        let compared =
            self.compared(context, project, target, (&mut current, &mut answers)).await?;
        current.close().await?;
        self.tell(context, target, &compared);
        if compared.diff.ops.is_empty() && !self.allow_empty {
            let name = &current.name;
            context.ui.status(format_args!("Nothing to write: the models agree with {name}"));
            return Ok(None);
        }
        refuse_strange(project, &current.name, self.from, &compared)?;
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
                    ask_one_way(context, error, &mut answers)?;
                    continue;
                }
                Rehearsal::OneWay(error) => return Err(error),
                Rehearsal::NotPossible(why) => {
                    context.ui.status(format_args!("Not rehearsed on a scratch database: {why}"));
                }
            }
            return Ok(Some((proposal, dialect)));
        }
    }

    /// Compares until no question is left that can be asked.
    async fn compared(
        &self,
        context: &Context,
        project: &Project,
        target: &Target,
        (current, answers): (&mut Current, &mut Answers),
    ) -> Result<Compared> {
        let (dialect, db) = (&*current.dialect, &mut current.db);
        let scope = sides::scope(project, self.from, &current.schema, dialect);
        let compared = loop {
            let mut intent = target.intent.clone();
            answers.put(&mut intent, &target.schema)?;
            let declined = answers.declined()?;
            let sides = Sides {
                current: &current.schema,
                target: &target.schema,
                intent: &intent,
                declined: &declined,
                scope: &scope,
            };
            let compared = sides::judged(context, &sides, dialect, db.as_mut()).await?;
            match compared.diff.questions.first() {
                Some(question) if context.ui.interactive() => ask(context, question, answers)?,
                _ => break compared,
            }
        };
        refuse_idle(answers, &compared)?;
        Ok(compared)
    }

    /// Says what was left out.
    fn tell(&self, context: &Context, target: &Target, compared: &Compared) {
        compared.warnings.iter().for_each(|it| context.ui.warn(it));
        for name in &compared.unmanaged {
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

    fn answers(&self) -> Result<Answers> {
        let mut answers = Answers::default();
        if let Some(path) = &self.answers {
            read_answers(path, &mut answers)?;
        }
        self.rename.iter().try_for_each(|text| answers.rename(text))?;
        self.no_rename.iter().for_each(|name| answers.decline(name));
        self.fill.iter().try_for_each(|text| answers.fill(text))?;
        self.convert.iter().try_for_each(|text| answers.convert(text))?;
        self.irreversible.iter().try_for_each(|why| answers.one_way(why))?;
        Ok(answers)
    }

    /// A lock file that was lost, or says less than the models, is written without a revision.
    fn renew_lock_file(&self, context: &Context, project: &Project, models: &Schema) -> Result<()> {
        if self.dry_run || project.graph.revisions().is_empty() {
            return Ok(());
        }
        if sides::write_lock_file(&project.config, models)? {
            let path = sides::lock_path(&project.config);
            context.ui.status(format_args!("Wrote {}", path.display()));
        }
        Ok(())
    }

    fn write(
        &self,
        context: &Context,
        project: &Project,
        mut draft: Draft,
        folder: &Path,
        models: Option<&Schema>,
    ) -> Result<Outcome> {
        let (config, ui) = (&project.config, &context.ui);
        let moment = revision::in_zone(jiff::Timestamp::now(), &config.revision.timezone)?;
        draft.created = Some(revision::rfc3339(&moment));
        let template = config.revision.template.as_deref().map(folder::read).transpose()?;
        let dialect = sides::dialect(config)?.name();
        let text = revision::render(&draft, template.as_ref(), dialect)?;
        let parts = NameParts {
            id: &draft.id,
            message: &draft.message,
            slug_length: config.revision.slug_length,
            created: &moment,
        };
        let path = folder.join(revision::file_name(&config.revision.file, &parts)?);
        fits(project, &draft.id, Source::new(&path, text.as_str()))?;
        if self.dry_run {
            ui.text(&text);
            return Ok(Outcome::Done);
        }
        folder::write_new(&path, &text)?;
        if let Err(error) = finish(context, project, &draft.id, &path, models) {
            return Err(take_back(error, &path));
        }
        ui.line(path.display());
        draft.review.iter().for_each(|line| ui.status(format_args!("  {line}")));
        ui.hint(match self.empty {
            true => "fill in both sides of the file, then run `autogen upgrade head`",
            false => "review the file, then run `autogen upgrade head`",
        });
        Ok(Outcome::Done)
    }
}

/// What must be in order before anything is compared with a database.
fn refuse_unfit(context: &Context, current: &Current) -> Result<()> {
    let name = &current.name;
    let mut unfit = Vec::new();
    for finding in &current.findings {
        match finding {
            Finding::Unknown { .. } | Finding::Half { .. } => unfit.push(finding.report()),
            // It is pending, which is said below.
            Finding::Late { .. } => {}
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

fn refuse_idle(answers: &Answers, compared: &Compared) -> Result<()> {
    match idle_answers(answers, &compared.diff).into_iter().next() {
        None => Ok(()),
        Some((message, help)) => Err(Error::new(Kind::Usage, message).help(help)),
    }
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
    if added.id != id {
        return Err(Error::new(Kind::Revision, format!("{path} is no longer revision {id}")));
    }
    let mut revisions = project.graph.revisions().to_vec();
    revisions.push(added);
    folder::graph(revisions).map(|_| ())
}

/// A path without links and detours, as far as it exists.
fn real(path: &Path) -> PathBuf {
    let whole = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let found = whole.ancestors().find_map(|above| Some((above, fs::canonicalize(above).ok()?)));
    match found.and_then(|(above, real)| Some(real.join(whole.strip_prefix(above).ok()?))) {
        Some(real) => real,
        None => whole,
    }
}

fn both_sides(proposal: Option<(&Proposal, &dyn Dialect)>) -> Vec<DraftSide> {
    let side = |direction, steps: Option<Vec<DraftStep>>, why: Option<&String>| DraftSide {
        direction,
        dialect: None,
        steps: steps.unwrap_or_default(),
        irreversible: why.cloned(),
    };
    let why = proposal.and_then(|(it, _)| it.irreversible.as_ref());
    vec![
        side(Direction::Upgrade, proposal.map(|(it, dialect)| steps(&it.up, dialect)), None),
        side(Direction::Downgrade, proposal.map(|(it, dialect)| steps(&it.down, dialect)), why),
    ]
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

/// Two plans that nobody means: changes of tables that no revision makes, and the end of them all.
fn refuse_strange(project: &Project, name: &str, from: From, compared: &Compared) -> Result<()> {
    let tables = compared.current.tables.len();
    if from == From::Live && project.graph.revisions().is_empty() && tables > 0 {
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
