//! `merge`: one revision that stands on several.

use std::collections::BTreeSet;

use clap::Args;

use super::agreement::{Beside, settle};
use super::database::block_on;
use super::project::{Project, is_about_database};
use super::revision::{Placing, Written, empty_sides, tell, write};
use super::{Context, Outcome};
use crate::error::{Error, Kind, Result};
use crate::revision::Selection;
use crate::revision::rebase::lineage;

/// Write a revision that joins several heads
///
/// Both of its sides are empty: upgrading to it applies what it joins. Tables that several of the
/// branches change are named, and the models are compared with what all revisions make together.
/// Where nobody has applied one of the branches yet, `autogen rebase` keeps the history one line.
#[derive(Args)]
#[command(after_long_help = "\
Examples:
  autogen merge -m \"Notes and tags\"        all heads
  autogen merge 3f2a 8a51 -m \"Notes and tags\"
  autogen merge notes@head tags@head
  autogen merge --dry-run")]
pub(super) struct Merge {
    /// The revisions to stand on; without it all heads
    #[arg(value_name = "REV", allow_negative_numbers = true)]
    revisions: Vec<String>,
    /// What the revision is for; otherwise it says what it merges
    #[arg(short, long)]
    message: Option<String>,
    #[command(flatten)]
    placing: Placing,
}

impl Merge {
    pub(super) fn run(self, context: &Context) -> Result<Outcome> {
        let project = Project::open(context)?;
        let parents = self.parents(&project)?;
        self.placing.allow(&project, &parents)?;
        let message = match self.message.as_deref().map(str::trim) {
            None | Some("") => format!("Merge {}", listed(&parents)),
            Some(message) => message.to_owned(),
        };
        let mut draft = self.placing.draft(&project, &message, parents)?;
        draft.sides = empty_sides(&project.config)?;
        let merged = draft.parents.iter().filter_map(|id| project.graph.get(id));
        draft.review = merged.map(|it| format!("merges {} {}", it.id, it.title())).collect();
        draft.review.push("both sides are empty: nothing is to be run".to_owned());
        let beside = Beside::of_merge(&project, &draft.parents)?;
        let plain = draft.review.clone();
        draft.review.extend(beside.lines());
        let written = write(context, &project, draft, &self.placing, None)?;
        beside.warn(&context.ui);
        if let Written::File { path, .. } = written {
            tell(context, &path, &plain);
            settle(context);
            context.ui.hint("`autogen verify` tries all revisions; then `autogen upgrade head`");
        }
        Ok(Outcome::Done)
    }

    /// What is merged: at least two revisions, none of which stands on another.
    fn parents(&self, project: &Project) -> Result<Vec<String>> {
        let graph = &project.graph;
        let parents: Vec<String> = match self.revisions.is_empty() {
            true => graph.effective_heads().into_iter().map(|it| it.id.clone()).collect(),
            false => self.named(project)?,
        };
        match (parents.as_slice(), self.revisions.is_empty()) {
            ([], true) => return Err(nothing("there are no revisions".to_owned())),
            ([one], true) => return Err(nothing(format!("{one} is the only head"))),
            ([], false) => return Err(nothing("the base has no revision".to_owned())),
            ([one], false) => {
                return Err(nothing(format!("{one} is one revision"))
                    .help("name all that shall be merged, or none for all heads"));
            }
            _ => {}
        }
        let above = parents.iter().flat_map(|id| graph.parents(id)).map(|it| it.id.as_str());
        let below = lineage(graph, &above.collect::<Vec<_>>());
        let Some(low) = parents.iter().find(|id| below.contains(id.as_str())) else {
            return Ok(parents);
        };
        let stands =
            |id: &&String| *id != low && lineage(graph, &[id.as_str()]).contains(low.as_str());
        let high = parents.iter().find(stands).unwrap_or(low);
        Err(nothing(format!("{high} stands on {low} already")).help(format!("leave out {low}")))
    }

    fn named(&self, project: &Project) -> Result<Vec<String>> {
        let words = self.revisions.iter().map(|word| Selection::parse(word));
        let words = words.collect::<Result<Vec<_>>>()?;
        let applied = match words.iter().any(is_about_database) {
            true => block_on(project.applied())?,
            false => BTreeSet::new(),
        };
        let mut parents: Vec<String> = Vec::new();
        for word in words {
            for id in project.graph.resolve(&word.one()?, &applied)?.revisions {
                if !parents.contains(&id) {
                    parents.push(id);
                }
            }
        }
        Ok(parents)
    }
}

/// `a, b and c`.
fn listed(ids: &[String]) -> String {
    match ids {
        [] => String::new(),
        [one] => one.clone(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}

fn nothing(why: String) -> Error {
    Error::new(Kind::Usage, format!("nothing to merge: {why}"))
}
