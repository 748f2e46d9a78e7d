//! `revision`: compare, ask what only the author knows, write one file.

mod join;
mod plans;
mod write;

pub(super) use plans::Planned;
pub(super) use write::sides as draft_sides;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;

use super::database::block_on;
use super::project::{Project, is_about_database};
use super::questions::read_answers;
use super::sides::{self, From};
use super::{Context, Outcome};
use crate::config::Config;
use crate::error::{Error, Kind, Result};
use crate::generate::{Answers, review_of};
use crate::revision::{self, Draft, Selection};

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

    fn id(&self, project: &Project) -> Result<String> {
        let Some(id) = &self.rev_id else { return revision::new_id() };
        if let Some(fault) = revision::name_fault(id) {
            return Err(Error::new(Kind::Usage, format!("--rev-id: {fault}")));
        }
        match project.graph.file(id) {
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
