//! What identifiers mean in a graph of revisions.

use std::collections::BTreeSet;

use autogen_model::nearest;

use super::graph::{Graph, Target};
use super::identifier::{Anchor, Identifier};
use super::{RESERVED, Revision};
use crate::error::{Error, Kind, Result};

/// The members of the branch that an identifier names.
struct Branch {
    name: String,
    members: BTreeSet<String>,
}

impl Graph {
    /// The revisions that an identifier means, with these applied.
    pub fn resolve(&self, identifier: &Identifier, applied: &BTreeSet<String>) -> Result<Target> {
        let branch = self.named_branch(identifier)?;
        let start = self.anchor(identifier, branch.as_ref(), applied)?;
        self.walk(start, identifier.offset, branch)
    }

    /// Both ends of a range. A relative start counts from the end (`-3:current`), a relative end
    /// from the start (`3f2a:+2`); an end left out is the base or the heads.
    pub fn resolve_range(
        &self,
        start: Option<&Identifier>,
        end: Option<&Identifier>,
        applied: &BTreeSet<String>,
    ) -> Result<(Target, Target)> {
        let relative = |end: &Identifier| end.anchor == Anchor::Relative;
        let heads = || Target::at(self.heads().into_iter().map(|head| head.id.as_str()));
        let start_alone = || match start {
            Some(start) => self.resolve(start, applied),
            None => Ok(Target::default()),
        };
        if let Some(end) = end.filter(|end| relative(end) && end.offset >= 0)
            && start.is_some_and(|start| !relative(start))
        {
            let start = start_alone()?;
            let branch = self.named_branch(end)?;
            let end = self.walk(start.revisions.clone(), end.offset, branch)?;
            return Ok((start, end));
        }
        let end = match end {
            Some(end) => self.resolve(end, applied)?,
            None => heads(),
        };
        match start.filter(|start| relative(start) && start.offset <= 0) {
            Some(start) => {
                let branch = self.named_branch(start)?;
                Ok((self.walk(end.revisions.clone(), start.offset, branch)?, end))
            }
            None => Ok((start_alone()?, end)),
        }
    }

    /// The one revision of this id, beginning of an id, or label.
    pub fn find(&self, name: &str) -> Result<&Revision> {
        if let Some(exact) = self.get(name).or_else(|| self.labelled(name)) {
            return Ok(exact);
        }
        let begun: Vec<&str> = self.ids().filter(|id| id.starts_with(name)).collect();
        match begun[..] {
            [id] => self.get(id).ok_or_else(|| self.not_found(name)),
            [] => self.replacing(name).ok_or_else(|| self.not_found(name)),
            _ => Err(self.ambiguous(&format!("`{name}` begins several ids"), &begun)),
        }
    }

    fn named_branch(&self, identifier: &Identifier) -> Result<Option<Branch>> {
        let Some(name) = &identifier.branch else { return Ok(None) };
        let name = match self.labelled(name) {
            Some(_) => name.clone(),
            None => self.find(name)?.id.clone(),
        };
        let members = self.branch(&name).unwrap_or_default();
        Ok(Some(Branch { name, members }))
    }

    fn anchor(
        &self,
        identifier: &Identifier,
        branch: Option<&Branch>,
        applied: &BTreeSet<String>,
    ) -> Result<Vec<String>> {
        let inside = |revisions: Vec<&Revision>| -> Vec<String> {
            let ids = revisions.into_iter().map(|revision| revision.id.clone());
            ids.filter(|id| branch.is_none_or(|branch| branch.members.contains(id))).collect()
        };
        match &identifier.anchor {
            Anchor::Base => Ok(Vec::new()),
            Anchor::Heads => Ok(inside(self.heads())),
            Anchor::Head => {
                let (heads, effective) = (inside(self.heads()), inside(self.effective_heads()));
                match (heads.len(), effective.len()) {
                    (0 | 1, _) => Ok(heads),
                    (_, 1) => Ok(effective),
                    _ => Err(self
                        .ambiguous("there are several heads", &as_strs(&heads))
                        .help("say `heads` for all of them, or `label@head` for one branch")
                        .help(
                            "`autogen merge` joins them, `autogen rebase` puts one on the other",
                        )),
                }
            }
            Anchor::Current => Ok(self.tips(branch, applied)),
            Anchor::Relative => match self.tips(branch, applied) {
                tips if tips.len() > 1 => {
                    let message = "the database is at several revisions";
                    Err(self
                        .ambiguous(message, &as_strs(&tips))
                        .help("say from which to count, as in `label@+1` or `3f2a-1`"))
                }
                tips => Ok(tips),
            },
            Anchor::Name(name) => self.member(name, branch).map(|found| vec![found]),
        }
    }

    /// The topmost applied revisions; within a branch, of those that belong to it.
    fn tips(&self, branch: Option<&Branch>, applied: &BTreeSet<String>) -> Vec<String> {
        let within = match branch {
            Some(branch) => applied.intersection(&branch.members).cloned().collect(),
            None => applied.clone(),
        };
        self.current(&within).into_iter().map(|revision| revision.id.clone()).collect()
    }

    /// A revision by name, which must belong to the branch.
    fn member(&self, name: &str, branch: Option<&Branch>) -> Result<String> {
        let Some(branch) = branch else { return Ok(self.find(name)?.id.clone()) };
        // The branch may decide between several ids of one beginning.
        let exact = self.get(name).is_some() || self.labelled(name).is_some();
        let begun: Vec<&String> =
            branch.members.iter().filter(|id| !exact && id.starts_with(name)).collect();
        if let [id] = begun[..] {
            return Ok(id.clone());
        }
        let found = self.find(name)?;
        if branch.members.contains(&found.id) {
            return Ok(found.id.clone());
        }
        let message = format!("revision {} is not on the branch `{}`", found.id, branch.name);
        let labels = self.branch_labels();
        let error = Error::new(Kind::Revision, message);
        Err(match labels.get(&found.id).and_then(|labels| labels.first()) {
            Some(label) => error.help(format!("it is on `{label}`: say `{label}@{}`", found.id)),
            None => error.help(format!("say `{}` alone", found.id)),
        })
    }

    fn walk(&self, start: Vec<String>, offset: i64, branch: Option<Branch>) -> Result<Target> {
        let members = branch.as_ref().map(|branch| &branch.members);
        let mut undo = BTreeSet::new();
        let mut at = start;
        for step in 0..offset.unsigned_abs() {
            let from = at.clone();
            at = match offset > 0 {
                true => self.step_up(at, members)?,
                false => self.step_down(at, members),
            };
            if at == from {
                return Err(too_far(offset, step));
            }
            if offset < 0 {
                undo.extend(from);
            }
        }
        let undo = undo.into_iter().collect();
        Ok(Target { revisions: at, branch: branch.map(|branch| branch.name), undo })
    }

    fn step_up(&self, at: Vec<String>, members: Option<&BTreeSet<String>>) -> Result<Vec<String>> {
        let belongs = |id: &str| members.is_none_or(|members| members.contains(id));
        let next: Vec<&Revision> = match at.as_slice() {
            // From the base: whatever has nothing of the branch below it.
            [] => {
                let lowest = |revision: &&Revision| {
                    belongs(&revision.id)
                        && !self.parents(&revision.id).iter().any(|parent| {
                            members.is_none_or(|members| members.contains(&parent.id))
                        })
                };
                self.revisions().iter().filter(lowest).collect()
            }
            [id] => self.children(id).into_iter().filter(|next| belongs(&next.id)).collect(),
            several => {
                let message = "steps up are counted from one revision";
                return Err(self.ambiguous(message, &as_strs(several)));
            }
        };
        match next[..] {
            [] => Ok(at),
            [next] => Ok(vec![next.id.clone()]),
            _ => {
                let ids: Vec<&str> = next.iter().map(|revision| revision.id.as_str()).collect();
                Err(self.ambiguous("the history forks here", &ids))
            }
        }
    }

    /// Below a merge lie all its parents, or those of the branch.
    fn step_down(&self, at: Vec<String>, members: Option<&BTreeSet<String>>) -> Vec<String> {
        let parents = at.iter().flat_map(|id| self.parents(id));
        let below: BTreeSet<String> = parents.map(|parent| parent.id.clone()).collect();
        let within: Vec<String> = below
            .iter()
            .filter(|id| members.is_some_and(|members| members.contains(*id)))
            .cloned()
            .collect();
        if within.is_empty() { below.into_iter().collect() } else { within }
    }

    fn not_found(&self, name: &str) -> Error {
        let error = Error::new(Kind::Revision, format!("no revision is called `{name}`"));
        let known = self.ids().chain(self.labels()).chain(RESERVED);
        match nearest(name, known) {
            Some(near) => error.help(format!("did you mean `{near}`?")),
            None => error.help("`autogen history` lists them"),
        }
    }

    fn ambiguous(&self, message: &str, candidates: &[&str]) -> Error {
        const SHOWN: usize = 10;
        let mut error = Error::new(Kind::Revision, message);
        for id in candidates.iter().take(SHOWN) {
            let title = self.get(id).map(Revision::title).unwrap_or_default();
            error = error.help(format!("candidate: {id} {title}").trim_end());
        }
        match candidates.len().checked_sub(SHOWN) {
            Some(rest @ 1..) => error.help(format!("and {rest} more")),
            _ => error,
        }
    }
}

fn as_strs(ids: &[String]) -> Vec<&str> {
    ids.iter().map(String::as_str).collect()
}

fn too_far(offset: i64, steps: u64) -> Error {
    let (side, end) = if offset > 0 { ("above", "head") } else { ("below", "base") };
    let there = match steps {
        0 => format!("nothing is {side}"),
        1 => format!("one revision is {side}"),
        _ => format!("{steps} revisions are {side}"),
    };
    let message = format!("`{offset:+}` leads past the {end}: {there}");
    Error::new(Kind::Revision, message).help(format!("say `{end}` to go all the way"))
}
