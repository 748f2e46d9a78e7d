//! `revision`: compare, ask what only the author knows, write one file.

mod join;
mod placing;
mod plans;
mod write;

pub(super) use plans::Planned;
pub(super) use write::sides as draft_sides;

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::Args;

use super::database::block_on;
use super::project::Project;
use super::questions::read_answers;
use super::sides::{self, From};
use super::{Context, Outcome};
use crate::error::Result;
use crate::generate::{Answers, review_of};
use crate::revision::Addition;

pub(super) use placing::Placing;
pub(super) use write::{Written, empty_sides, tell, write};

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
    /// The revision to stand on; `base` for none
    #[arg(long, value_name = "REV", default_value = "head", allow_hyphen_values = true)]
    head: String,
    #[command(flatten)]
    placing: Placing,
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
        let parents = self.parents(&project)?;
        let mut draft = self.placing.draft(&project, &self.message, parents)?;
        if self.empty {
            draft.sides = write::empty_sides(&project.config)?;
            return self.write(context, &project, draft, None);
        }
        let target = sides::target(&project.config)?;
        let Some(plans) = block_on(self.plans(context, &project, &target))? else {
            self.renew_lock_file(context, &project, &target.schema)?;
            return Ok(Outcome::Done);
        };
        let reviewed: Vec<_> = plans.iter().map(|it| (it.dialect.name(), &it.proposal)).collect();
        draft.review = review_of(&reviewed, &target.intent);
        draft.sides = write::sides(&plans);
        self.write(context, &project, draft, Some(&target.schema))
    }

    fn parents(&self, project: &Project) -> Result<Vec<String>> {
        let head = Some(self.head.clone());
        let addition = Addition { head, splice: self.placing.splice };
        let applied = match addition.is_about_database()? {
            true => block_on(project.applied())?,
            false => BTreeSet::new(),
        };
        project.graph.parents_of_new(&addition, &applied)
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
