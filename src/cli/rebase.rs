//! `rebase`: a branch that is not applied yet moves on top of another.

use std::collections::{BTreeMap, BTreeSet};

use clap::Args;

use super::agreement::{Beside, settle};
use super::database::block_on;
use super::project::{Applied, Project, is_about_database};
use super::{Context, Outcome};
use crate::error::{Error, Kind, Result};
use crate::revision::rebase::{self, Rewritten, lineage};
use crate::revision::rewrite::replace_all;
use crate::revision::{self, Revision, Selection, folder};

/// Put a branch that is not applied yet on top of another
///
/// The files of its lowest revisions then stand on the other head; nothing else in them changes.
/// What the database has applied is not moved. Other databases are not asked: move only what
/// nobody else has yet. Without REV one of the two heads can be chosen on a terminal.
#[derive(Args)]
#[command(after_long_help = "\
Examples:
  autogen rebase                     asks which of the two heads moves
  autogen rebase 3f2a                the branch of 3f2a moves onto the other head
  autogen rebase 3f2a --onto 8a51
  autogen rebase --dry-run           say what would change")]
pub(super) struct Rebase {
    /// A revision of the branch that moves, usually its head
    #[arg(value_name = "REV", allow_negative_numbers = true)]
    revision: Option<String>,
    /// The revision that it shall stand on; otherwise the other head
    #[arg(long, value_name = "REV")]
    onto: Option<String>,
    /// Say what would change, and write nothing
    #[arg(long)]
    dry_run: bool,
}

impl Rebase {
    pub(super) fn run(self, context: &Context) -> Result<Outcome> {
        let ui = &context.ui;
        let project = Project::open(context)?;
        let graph = &project.graph;
        let asked = block_on(project.applied_or_begun());
        let nothing = Applied::new();
        let applied = asked.as_ref().unwrap_or(&nothing);
        let (branch, onto) = self.ends(context, &project, applied)?;
        let rebase = rebase::rebase(graph, &branch, &onto);
        if rebase.moved.is_empty() {
            ui.status(format_args!("Nothing to do: {}", standing(&project, &branch, &onto)));
            return Ok(Outcome::Done);
        }
        refuse_applied(&rebase, applied)?;
        if let Err(error) = &asked {
            ui.warning(format_args!(
                "no database could tell whether the branch is applied: {error}"
            ));
        }
        let files = rebase.files(graph);
        check(&project, &files)
            .map_err(|error| error.help("so it would be after the move; nothing is written"))?;
        Beside::new(&project, &rebase.passed, &rebase.moved)?.warn(ui);
        if !self.dry_run {
            let text = |it: &Rewritten| graph.get(&it.id).map(|old| old.source.text.clone());
            let before: Vec<String> = files.iter().filter_map(text).collect();
            let pairs = files.iter().zip(&before);
            let pairs = pairs.map(|(it, old)| (it.path.as_path(), old.as_str(), it.text.as_str()));
            replace_all(&pairs.collect::<Vec<_>>())?;
        }
        for file in &files {
            ui.line(file.path.display());
            let verb = if self.dry_run { "would stand" } else { "stands" };
            let (before, after) = (named(&file.before), named(&file.after));
            ui.status(format_args!("  {} {verb} on {after} instead of {before}", file.id));
        }
        if !self.dry_run {
            settle(context);
            ui.hint("`autogen verify` tries all revisions; then `autogen upgrade head`");
        }
        Ok(Outcome::Done)
    }

    /// The branch that moves, and what it moves onto.
    fn ends(
        &self,
        context: &Context,
        project: &Project,
        applied: &Applied,
    ) -> Result<(String, String)> {
        let branch = self.revision.as_deref().map(|word| one(project, word)).transpose()?;
        let onto = self.onto.as_deref().map(|word| one(project, word)).transpose()?;
        let other = |known: &str| -> Result<String> {
            let apart =
                |head: &&Revision| !lineage(&project.graph, &[head.id.as_str()]).contains(known);
            let heads: Vec<&Revision> = project.graph.heads().into_iter().filter(apart).collect();
            match heads[..] {
                [head] => Ok(head.id.clone()),
                [] => Err(Error::new(Kind::Usage, format!("there is no head apart from {known}"))
                    .help("`autogen heads` lists the heads")),
                _ => Err(several(&heads, "there are several other heads")
                    .help("say both: `autogen rebase REV --onto REV`")),
            }
        };
        match (branch, onto) {
            (Some(branch), Some(onto)) => Ok((branch, onto)),
            (Some(branch), None) => other(&branch).map(|onto| (branch, onto)),
            (None, Some(onto)) => other(&onto).map(|branch| (branch, onto)),
            (None, None) => asked(context, project, applied),
        }
    }
}

/// Which of two heads is newer to the others no file tells, so that the author does.
fn asked(context: &Context, project: &Project, applied: &Applied) -> Result<(String, String)> {
    let graph = &project.graph;
    let heads = graph.effective_heads();
    let (a, b) = match heads[..] {
        [a, b] => (a, b),
        [] | [_] => {
            let message = "nothing to rebase: there is no second head";
            return Err(Error::new(Kind::Usage, message).help("`autogen heads` lists the heads"));
        }
        _ => {
            return Err(several(&heads, "there are more than two heads")
                .help("say which moves, and onto which: `autogen rebase REV --onto REV`"));
        }
    };
    let put = |branch: &Revision, onto: &Revision| (branch.id.clone(), onto.id.clone());
    if context.ui.interactive() {
        let answer = |it: &Revision| format!("{} {}", it.id, it.title());
        let question = "Which shall stand on the other? It is the one that nobody else has yet";
        return match context.ui.ask_choice(question, &[answer(a), answer(b)])? {
            0 => Ok(put(a, b)),
            _ => Ok(put(b, a)),
        };
    }
    let help = |branch: &Revision, onto: &Revision| {
        let moved = rebase::rebase(graph, &branch.id, &onto.id).moved;
        let here = match moved.iter().any(|id| applied.contains(id)) {
            true => "; it is applied here, and is to be undone first",
            false => "",
        };
        format!("`autogen rebase {}` puts it on top: {}{here}", branch.id, branch.title())
    };
    Err(Error::new(Kind::Usage, "which of the two heads shall stand on the other?")
        .help(help(a, b))
        .help(help(b, a))
        .help("the one that nobody else has yet is the one to move"))
}

/// The one revision that a word means.
fn one(project: &Project, word: &str) -> Result<String> {
    let selection = Selection::parse(word)?;
    let applied = match is_about_database(&selection) {
        true => block_on(project.applied())?,
        false => BTreeSet::new(),
    };
    let found = project.graph.resolve(&selection.one()?, &applied)?.revisions;
    match found.as_slice() {
        [id] => Ok(id.clone()),
        [] => Err(Error::new(Kind::Usage, format!("`{word}` is no revision"))
            .help("name one, such as the head of the branch")),
        _ => Err(Error::new(Kind::Usage, format!("`{word}` means {}", found.join(" and ")))
            .help("name one of them")),
    }
}

fn several(heads: &[&Revision], message: &str) -> Error {
    let error = Error::new(Kind::Usage, message);
    heads.iter().take(10).fold(error, |error, it| {
        error.help(format!("candidate: {} {}", it.id, it.title()).trim_end())
    })
}

/// What was applied keeps what it stands on: the ledger knows it so.
fn refuse_applied(rebase: &rebase::Rebase, applied: &Applied) -> Result<()> {
    let held: Vec<&String> = rebase.moved.iter().filter(|id| applied.contains(*id)).collect();
    let Some(first) = held.first() else { return Ok(()) };
    let names = held.iter().map(|id| id.as_str()).collect::<Vec<_>>().join(", ");
    let verb = if held.len() == 1 { "is" } else { "are" };
    Err(Error::new(Kind::Usage, format!("{names} {verb} applied, and cannot be moved"))
        .help(format!("undo what is on this database alone: `autogen downgrade {first}-1`"))
        .help("or join the branches where they are: `autogen merge`"))
}

/// The revisions must fit together afterwards.
fn check(project: &Project, files: &[Rewritten]) -> Result<()> {
    let files: BTreeMap<&str, &Rewritten> = files.iter().map(|it| (it.id.as_str(), it)).collect();
    let mut revisions = Vec::with_capacity(project.graph.revisions().len());
    for old in project.graph.revisions() {
        let Some(file) = files.get(old.id.as_str()) else {
            revisions.push(old.clone());
            continue;
        };
        let source = autogen_model::Source::new(&file.path, file.text.as_str());
        let new = revision::parse(std::sync::Arc::new(source), &old.folder)
            .map_err(|reports| Error::from_reports(Kind::Revision, reports))?;
        if new.parents != file.after {
            let message = format!("{} cannot be given other parents", file.path.display());
            return Err(Error::new(Kind::Revision, message).help("change its `Revises` by hand"));
        }
        revisions.push(new);
    }
    folder::graph(revisions).map(|_| ())
}

fn standing(project: &Project, branch: &str, onto: &str) -> String {
    match lineage(&project.graph, &[branch]).contains(onto) {
        true => format!("{branch} stands on {onto} already"),
        false => format!("{onto} stands on {branch}"),
    }
}

fn named(ids: &[String]) -> String {
    if ids.is_empty() { "nothing".to_owned() } else { ids.join(", ") }
}
