//! `revision`: compare, ask what only the author knows, write one file.

mod join;
mod plans;
mod write;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;

use super::database::block_on;
use super::project::Project;
use super::questions::read_answers;
use super::sides::{self, From};
use super::{Context, Outcome};
use crate::error::{Error, Kind, Result};
use crate::generate::{Answers, review_of};
use crate::revision::{Addition, Draft};

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
    /// The folder for the file: one of the configuration, or a folder in it; otherwise that of the
    /// revision to stand on
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
    /// Every table is new to this dialect, which joins the others now: older revisions are given
    /// sides in which nothing happens for it; may be given several times
    #[arg(long, value_name = "DIALECT", conflicts_with = "empty")]
    begin: Vec<String>,
    /// Accepted for those who come from Alembic; this is what `revision` does anyway
    #[arg(long)]
    autogenerate: bool,
}

impl Revise {
    pub(super) fn run(self, context: &Context) -> Result<Outcome> {
        let project = Project::open_or_empty(context)?;
        join::refuse(&project, &self.begin)?;
        let mut draft = self.draft(&project)?;
        let folder = self.folder(&project, &draft.parents)?;
        if self.empty {
            draft.sides = write::empty_sides(&project.config)?;
            return self.write(context, &project, draft, &folder, None);
        }
        let target = sides::target(&project.config)?;
        let Some(plans) = block_on(self.plans(context, &project, &target))? else {
            self.renew_lock_file(context, &project, &target.schema)?;
            return Ok(Outcome::Done);
        };
        let reviewed: Vec<_> = plans.iter().map(|it| (it.dialect.name(), &it.proposal)).collect();
        draft.review = review_of(&reviewed, &target.intent);
        draft.sides = write::sides(&plans);
        self.write(context, &project, draft, &folder, Some(&target.schema))
    }

    /// The draft without its statements: all that can be wrong with its place in the graph is
    /// found here, before anything is compared or written.
    fn draft(&self, project: &Project) -> Result<Draft> {
        let graph = &project.graph;
        let addition = Addition { head: Some(self.head.clone()), splice: self.splice };
        let id = graph.id_of_new(self.rev_id.as_deref())?;
        let labels = graph.labels_of_new(&id, &self.branch_label)?;
        let depends_on = graph.dependencies_of_new(&self.depends_on)?;
        let applied = match addition.is_about_database()? {
            true => block_on(project.applied())?,
            false => BTreeSet::new(),
        };
        let parents = graph.parents_of_new(&addition, &applied)?;
        let message = self.message.clone();
        Ok(Draft { message, id, parents, labels, depends_on, ..Draft::default() })
    }

    /// The folder for the file: that of its parent unless it is named. Outside of those that are
    /// read, it would be lost.
    fn folder(&self, project: &Project, parents: &[String]) -> Result<PathBuf> {
        let folders = &project.config.revisions;
        let first = folders.first().cloned().unwrap_or_default();
        let Some(folder) = &self.folder else {
            let parent = parents.first().and_then(|id| project.graph.get(id));
            return Ok(parent.map_or(first, |parent| parent.folder.clone()));
        };
        let known = |it: &PathBuf| real(folder).starts_with(real(it));
        match folders.iter().any(known) {
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
