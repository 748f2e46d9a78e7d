//! `revision`: compare, ask what only the author knows, write one file.

use std::path::{Path, PathBuf};
use std::process::Command;

use clap::Args;

use super::database::block_on;
use super::project::Project;
use super::sides::{self, From, Target};
use super::{Context, Outcome};
use crate::config::Config;
use crate::dialect::Dialect;
use crate::diff::Question;
use crate::error::{Error, Kind, Result};
use crate::generate::{Answers, Compared, Proposal, Sides, compare, idle_renames, propose};
use crate::plan::Plan;
use crate::revision::{self, Direction, Draft, DraftSide, DraftStep, NameParts, Selection, folder};
use crate::schema::Schema;

/// Write a revision: what the models say and the database lacks
///
/// Compares the models with the database, asks where a guess could lose data, proves the plan both
/// ways in memory, and writes one SQL file for review. Nothing is applied. Without a terminal an
/// open question ends with exit code 2 and the flags that answer it.
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
    #[arg(short, long, default_value = "")]
    message: String,
    /// Write an empty revision, to be filled by hand
    #[arg(long)]
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
    /// The revision to stand on
    #[arg(long, value_name = "REV", default_value = "head")]
    head: String,
    /// A revision or label that must be applied before; may be given several times
    #[arg(long, value_name = "REV")]
    depends_on: Vec<String>,
    /// The folder for the file, if not the first of the configuration
    #[arg(long, value_name = "DIR")]
    folder: Option<PathBuf>,
    /// OLD was renamed to NEW and keeps its data: table=table or table.column=table.column
    #[arg(long, value_name = "OLD=NEW")]
    rename: Vec<String>,
    /// NAME is new and was not renamed; patterns such as '*' are allowed
    #[arg(long, value_name = "NAME")]
    no_rename: Vec<String>,
    /// The value of old rows in a column that refuses NULL: table.column=expression
    #[arg(long, value_name = "COL=EXPR")]
    fill: Vec<String>,
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
        let dialect = sides::dialect(&project.config)?;
        let id = self.id(&project)?;
        let parents = self.parents(&project)?;
        let (proposal, target) = match self.empty {
            true => (None, None),
            false => {
                let target = sides::target(&project.config)?;
                match self.proposal(context, &project, &*dialect, &target)? {
                    None => return Ok(Outcome::Done),
                    some => (some, Some(target)),
                }
            }
        };
        let draft = self.draft(&project.config, (id, parents), proposal.as_ref(), &*dialect)?;
        self.write(context, &project, &draft, target.map(|target| target.schema))
    }

    fn id(&self, project: &Project) -> Result<String> {
        let Some(id) = &self.rev_id else { return revision::new_id() };
        if let Some(fault) = revision::name_fault(id) {
            return Err(Error::new(Kind::Usage, fault));
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
        let identifier = Selection::parse(&self.head)?.one()?;
        let target = project.graph.resolve(&identifier, &Default::default())?;
        for id in &target.revisions {
            if !project.graph.children(id).is_empty() {
                return Err(Error::new(Kind::Usage, format!("revision {id} is not a head"))
                    .help("a new revision stands on a head; `autogen heads` lists them"));
            }
        }
        Ok(target.revisions)
    }

    /// The plan, or nothing where there is nothing to write.
    fn proposal(
        &self,
        context: &Context,
        project: &Project,
        dialect: &dyn Dialect,
        target: &Target,
    ) -> Result<Option<Proposal>> {
        let current = block_on(sides::current(context, project, self.from, dialect))?;
        if !current.pending.is_empty() {
            let (count, name) = (current.pending.len(), &current.name);
            return Err(Error::new(
                Kind::Database,
                format!("{name} lacks {count} of the revisions that are written already"),
            )
            .help("`autogen upgrade head` applies them")
            .help("or compare with the revisions instead of the database: --from revisions"));
        }
        let mut answers = self.answers()?;
        let scope = sides::scope(project, self.from, &current.schema);
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
            let compared = compare(&sides, dialect)?;
            match compared.diff.questions.first() {
                Some(question) if context.ui.interactive() => ask(context, question, &mut answers)?,
                _ => break compared,
            }
        };
        self.refuse_idle(&answers, &compared)?;
        for name in &compared.unmanaged {
            context.ui.status(format_args!("Left alone: table {name}, which no revision created"));
        }
        if compared.diff.ops.is_empty() && !self.allow_empty {
            let name = &current.name;
            context.ui.status(format_args!("Nothing to write: the models are as {name}"));
            return Ok(None);
        }
        propose(&compared, dialect).map(Some)
    }

    fn answers(&self) -> Result<Answers> {
        let mut answers = Answers::default();
        if let Some(path) = &self.answers {
            read_answers(path, &mut answers)?;
        }
        self.rename.iter().try_for_each(|text| answers.rename(text))?;
        self.no_rename.iter().for_each(|name| answers.decline(name));
        self.fill.iter().try_for_each(|text| answers.fill(text))?;
        Ok(answers)
    }

    fn refuse_idle(&self, answers: &Answers, compared: &Compared) -> Result<()> {
        match idle_renames(answers, &compared.diff).first() {
            None => Ok(()),
            Some(old) => {
                Err(Error::new(Kind::Usage, format!("`--rename {old}=..` renames nothing"))
                    .help("OLD is a name in the database, NEW one in the models that it lacks"))
            }
        }
    }

    fn draft(
        &self,
        config: &Config,
        (id, parents): (String, Vec<String>),
        proposal: Option<&Proposal>,
        dialect: &dyn Dialect,
    ) -> Result<Draft> {
        let side = |direction, plan: Option<&Plan>| DraftSide {
            direction,
            dialect: None,
            steps: plan.map(|plan| steps(plan, dialect)).unwrap_or_default(),
            irreversible: None,
        };
        let moment = revision::in_zone(jiff::Timestamp::now(), &config.revision.timezone)?;
        Ok(Draft {
            message: self.message.clone(),
            id,
            parents,
            depends_on: self.depends_on.clone(),
            created: Some(revision::rfc3339(&moment)),
            review: proposal.map(|proposal| proposal.review.clone()).unwrap_or_default(),
            sides: vec![
                side(Direction::Upgrade, proposal.map(|proposal| &proposal.up)),
                side(Direction::Downgrade, proposal.map(|proposal| &proposal.down)),
            ],
            ..Draft::default()
        })
    }

    fn write(
        &self,
        context: &Context,
        project: &Project,
        draft: &Draft,
        models: Option<Schema>,
    ) -> Result<Outcome> {
        let config = &project.config;
        let ui = &context.ui;
        let template = config.revision.template.as_deref().map(folder::read).transpose()?;
        let dialect = sides::dialect(config)?.name();
        let text = revision::render(draft, template.as_ref(), dialect)?;
        if self.dry_run {
            ui.text(&text);
            return Ok(Outcome::Done);
        }
        let moment = revision::in_zone(jiff::Timestamp::now(), &config.revision.timezone)?;
        let name = revision::file_name(
            &config.revision.file,
            &NameParts {
                id: &draft.id,
                message: &draft.message,
                slug_length: config.revision.slug_length,
                created: &moment,
            },
        )?;
        let first = config.revisions.first().cloned().unwrap_or_default();
        let path = self.folder.clone().unwrap_or(first).join(name);
        folder::write_new(&path, &text)?;
        run_hooks(context, config, &path)?;
        if let Some(models) = models {
            sides::write_lock_file(config, &models)?;
        }
        ui.line(path.display());
        draft.review.iter().for_each(|line| ui.status(format_args!("  {line}")));
        ui.hint("read the file, then `autogen upgrade head` applies it");
        Ok(Outcome::Done)
    }
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

fn read_answers(path: &Path, answers: &mut Answers) -> Result<()> {
    let source = folder::read(path)?;
    for (at, line) in source.text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (word, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        match word.trim_start_matches("--") {
            "rename" => answers.rename(rest.trim())?,
            "no-rename" => answers.decline(rest.trim()),
            "fill" => answers.fill(rest.trim())?,
            _ => {
                let place = format!("{}:{}", path.display(), at + 1);
                return Err(Error::new(Kind::Usage, format!("{place}: `{word}` is no answer"))
                    .help("a line is `rename OLD=NEW`, `no-rename NAME` or `fill COL=EXPR`"));
            }
        }
    }
    Ok(())
}

/// Asks one question on the terminal.
fn ask(context: &Context, question: &Question, answers: &mut Answers) -> Result<()> {
    let ui = &context.ui;
    match question {
        Question::TableRenamed { new, candidates } => {
            let old: Vec<String> = candidates.iter().map(ToString::to_string).collect();
            ask_rename(context, &format!("Table {new}"), &new.to_string(), &old, answers)
        }
        Question::ColumnRenamed { table, new, candidates } => {
            let old: Vec<String> = candidates.iter().map(|it| format!("{table}.{it}")).collect();
            let new = format!("{table}.{new}");
            ask_rename(context, &format!("Column {new}"), &new, &old, answers)
        }
        Question::Fill { table, column, exists } => {
            let rows = if *exists { "rows that hold NULL" } else { "the rows that are there" };
            let name = format!("{table}.{column}");
            let expr = ui.ask_text(&format!("{name} refuses NULL. SQL value for {rows}"))?;
            answers.fill(&format!("{name}={expr}"))
        }
    }
}

fn ask_rename(
    context: &Context,
    subject: &str,
    new: &str,
    old: &[String],
    answers: &mut Answers,
) -> Result<()> {
    let mut choices: Vec<String> = old.iter().map(|old| format!("renamed from {old}")).collect();
    choices.push("new; the old one is dropped with its values".into());
    let choice = context.ui.ask_choice(&format!("{subject} is"), &choices)?;
    match old.get(choice) {
        Some(old) => answers.rename(&format!("{old}={new}")),
        None => {
            answers.decline(new);
            Ok(())
        }
    }
}

/// Runs the commands of the configuration on the new file, and reads what they left.
fn run_hooks(context: &Context, config: &Config, path: &Path) -> Result<()> {
    for hook in &config.hooks {
        let file = format!("'{}'", path.display().to_string().replace('\'', "'\\''"));
        let line = match hook.run.contains("{file}") {
            true => hook.run.replace("{file}", &file),
            false => format!("{} {file}", hook.run),
        };
        context.ui.detail(format_args!("Running {line}"));
        let status = Command::new("sh").arg("-c").arg(&line).status();
        let fault = |why: String| {
            Error::new(Kind::File, format!("the hook `{}` {why}", hook.run)).help(format!(
                "{} is written; mend the hook, or delete the file and run `revision` again",
                path.display()
            ))
        };
        let status = status.map_err(|cause| fault("cannot be run".into()).cause(cause))?;
        if !status.success() {
            return Err(fault(format!("failed: {status}")));
        }
    }
    if !config.hooks.is_empty() {
        let source = folder::read(path)?;
        let root = path.parent().unwrap_or(Path::new(""));
        revision::parse(source, root)
            .map_err(|problems| Error::from_reports(Kind::Revision, problems))?;
    }
    Ok(())
}
