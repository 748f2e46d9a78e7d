//! What identifiers mean in a graph of revisions.

use std::collections::BTreeSet;
use std::ops::Bound;

use autogen_model::nearest;

use super::branch::Branch;
use super::graph::{Graph, Target};
use super::identifier::{Anchor, Identifier, Selection};
use super::{RESERVED, Revision};
use crate::error::{Error, Kind, Result};

/// Revisions by their numbers; none is the base.
type Places = Vec<usize>;

impl Graph {
    /// The revisions that an identifier means, with these applied.
    pub fn resolve(&self, identifier: &Identifier, applied: &BTreeSet<String>) -> Result<Target> {
        let branch = self.named_branch(identifier)?;
        let start = self.anchor(identifier, branch.as_ref(), applied)?;
        self.walk(start, identifier.offset, branch.as_ref())
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
        let counted = |from: &Target, by: &Identifier| {
            let branch = self.named_branch(by)?;
            let from = self.one_place(self.numbers(&from.revisions), by.offset)?;
            self.walk(from, by.offset, branch.as_ref())
        };
        if let Some(end) = end.filter(|end| relative(end) && end.offset >= 0)
            && start.is_some_and(|start| !relative(start))
        {
            let start = start_alone()?;
            let end = counted(&start, end)?;
            return Ok((start, end));
        }
        let end = match end {
            Some(end) => self.resolve(end, applied)?,
            None => heads(),
        };
        match start.filter(|start| relative(start) && start.offset <= 0) {
            Some(start) => Ok((counted(&end, start)?, end)),
            None => Ok((start_alone()?, end)),
        }
    }

    /// The revisions of a selection, newest first; those of a range include both ends.
    pub fn selected(
        &self,
        selection: &Selection,
        applied: &BTreeSet<String>,
    ) -> Result<Vec<&Revision>> {
        let mut wanted = vec![false; self.revisions.len()];
        match selection {
            Selection::One(identifier) => {
                let target = self.resolve(identifier, applied)?;
                self.numbers(&target.revisions).into_iter().for_each(|at| wanted[at] = true);
            }
            Selection::Range(start, end) => {
                let (start, end) = self.resolve_range(start.as_ref(), end.as_ref(), applied)?;
                wanted = self.between(&start, &end)?;
            }
        }
        let mut selected = self.pick(|at| wanted[at]);
        selected.reverse();
        Ok(selected)
    }

    fn between(&self, start: &Target, end: &Target) -> Result<Vec<bool>> {
        let below = self.below(&self.numbers(&end.revisions));
        let from = self.numbers(&start.revisions);
        if from.is_empty() {
            let Some(members) = start.branch.as_ref().and_then(|name| self.branch(name)) else {
                return Ok(below);
            };
            let members = self.marks(&members);
            return Ok(below.iter().zip(members).map(|(below, own)| *below && own).collect());
        }
        let above = self.above(&from);
        let between: Vec<bool> =
            above.iter().zip(below).map(|(above, below)| *above && below).collect();
        if between.iter().any(|it| *it) { Ok(between) } else { Err(apart(start, end)) }
    }

    /// The one revision of this id, beginning of an id, or label.
    pub fn find(&self, name: &str) -> Result<&Revision> {
        if let Some(exact) = self.get(name).or_else(|| self.labelled(name)) {
            return Ok(exact);
        }
        let begun: Vec<&str> = self.begun(name).map(|(id, _)| id).collect();
        match begun[..] {
            [id] => self.get(id).ok_or_else(|| self.not_found(name)),
            [] => self.replacing(name).ok_or_else(|| self.not_found(name)),
            _ => Err(self.ambiguous(&format!("`{name}` begins several ids"), &begun)),
        }
    }

    /// The ids that begin like this, with their numbers.
    fn begun<'a>(&'a self, name: &'a str) -> impl Iterator<Item = (&'a str, usize)> {
        let from = self.ids.range::<str, _>((Bound::Included(name), Bound::Unbounded));
        from.map(|(id, at)| (id.as_str(), *at)).take_while(move |(id, _)| id.starts_with(name))
    }

    fn named_branch(&self, identifier: &Identifier) -> Result<Option<Branch>> {
        let Some(word) = &identifier.branch else { return Ok(None) };
        let start = self.find(word)?;
        let name = if self.labelled(word).is_some() { word.clone() } else { start.id.clone() };
        let number = self.ids.get(&start.id).copied().unwrap_or_default();
        let (members, below) = (self.branch_marks(number), self.line_below(&start.id));
        Ok(Some(Branch { name, members, below }))
    }

    fn anchor(
        &self,
        identifier: &Identifier,
        branch: Option<&Branch>,
        applied: &BTreeSet<String>,
    ) -> Result<Places> {
        let inside = |at: &usize| branch.is_none_or(|branch| branch.members[*at]);
        let heads = || -> Places {
            let all = 0..self.revisions.len();
            all.filter(|at| self.children[*at].is_empty()).filter(inside).collect()
        };
        match &identifier.anchor {
            Anchor::Base => Ok(Vec::new()),
            Anchor::Heads => Ok(heads()),
            Anchor::Head => {
                let heads = heads();
                // What another head depends on is applied with that one.
                let tops = self.topmost(&heads);
                match tops.len() {
                    0 | 1 => Ok(tops),
                    _ => Err(self
                        .ambiguous("there are several heads", &self.ids_at(&tops))
                        .help("say `heads` for all of them, or `label@head` for one branch")
                        .help(
                            "`autogen merge` joins them, `autogen rebase` puts one on the other",
                        )),
                }
            }
            Anchor::Current | Anchor::Relative => {
                let marks: Vec<usize> = self.numbers_in(applied).filter(inside).collect();
                self.one_place(self.topmost(&marks), identifier.offset)
            }
            Anchor::Name(name) => self.member(name, branch).map(|found| vec![found]),
        }
    }

    /// Steps are counted from one place.
    fn one_place(&self, places: Places, offset: i64) -> Result<Places> {
        if places.len() < 2 || offset == 0 {
            return Ok(places);
        }
        Err(self
            .ambiguous("there are several revisions to count from", &self.ids_at(&places))
            .help("say from which to count, as in `label@+1` or `3f2a-1`"))
    }

    /// A revision by name, which must be on the line of the branch.
    fn member(&self, name: &str, branch: Option<&Branch>) -> Result<usize> {
        let number = |revision: &Revision| self.ids.get(&revision.id).copied().unwrap_or_default();
        let Some(branch) = branch else { return self.find(name).map(number) };
        // The branch may decide between several ids of one beginning.
        let exact = self.get(name).is_some() || self.labelled(name).is_some();
        let begun = self.begun(name).filter(|(_, at)| !exact && branch.members[*at]);
        if let [at] = begun.map(|(_, at)| at).take(2).collect::<Vec<_>>()[..] {
            return Ok(at);
        }
        let found = self.find(name)?;
        let at = number(found);
        if branch.members[at] || branch.below[at] {
            return Ok(at);
        }
        let message = format!("revision {} is not on the branch `{}`", found.id, branch.name);
        let error = Error::new(Kind::Revision, message);
        Err(match self.label_of(&found.id) {
            Some(label) => error.help(format!("it is on `{label}`: say `{label}@{}`", found.id)),
            None => error.help(format!("say `{}` alone", found.id)),
        })
    }

    fn walk(&self, start: Places, offset: i64, branch: Option<&Branch>) -> Result<Target> {
        let (at, undo) = match offset {
            0 => (start, Vec::new()),
            1.. => (self.up(start, offset, branch)?, Vec::new()),
            _ => self.down(&start, offset, branch)?,
        };
        Ok(Target {
            revisions: self.named(&at),
            branch: branch.map(|branch| branch.name.clone()),
            undo: self.named(&undo),
        })
    }

    fn up(&self, mut at: Places, offset: i64, branch: Option<&Branch>) -> Result<Places> {
        let belongs = |at: &usize| branch.is_none_or(|branch| branch.members[*at]);
        for step in 0..offset.unsigned_abs() {
            let next: Places = match at[..] {
                // From the base: whatever has nothing of the branch below it.
                [] => {
                    let lowest = |at: &usize| !self.parents[*at].iter().any(belongs);
                    (0..self.revisions.len()).filter(belongs).filter(lowest).collect()
                }
                [one] => self.children[one].iter().copied().filter(belongs).collect(),
                _ => return self.one_place(at, offset),
            };
            match next.len() {
                0 => return Err(too_far(offset, step)),
                1 => at = next,
                _ => {
                    let base = at.is_empty();
                    let what = if base {
                        "several revisions stand on the base"
                    } else {
                        "the history forks here"
                    };
                    return Err(self.ambiguous(what, &self.ids_at(&next)));
                }
            }
        }
        Ok(at)
    }

    /// Where so many steps down lead, and the revisions that they lead over. Below a merge lie
    /// all its parents, or those of the branch; a revision that several ways lead to is as far
    /// down as the longest of them.
    fn down(
        &self,
        start: &[usize],
        offset: i64,
        branch: Option<&Branch>,
    ) -> Result<(Places, Places)> {
        let steps = usize::try_from(offset.unsigned_abs()).unwrap_or(usize::MAX);
        let mut depths: Vec<Option<usize>> = vec![None; self.revisions.len()];
        start.iter().for_each(|at| depths[*at] = Some(0));
        for at in (0..depths.len()).rev() {
            let Some(depth) = depths[at] else { continue };
            let belongs = |at: &usize| branch.is_some_and(|branch| branch.members[*at]);
            let within = self.parents[at].iter().any(belongs);
            for parent in self.parents[at].iter().filter(|it| !within || belongs(it)) {
                depths[*parent] = depths[*parent].max(Some(depth + 1));
            }
        }
        let base = depths.iter().flatten().max().map_or(0, |deepest| deepest + 1);
        if steps > base {
            return Err(too_far(offset, u64::try_from(base).unwrap_or(u64::MAX)));
        }
        let deep = |test: &dyn Fn(usize) -> bool| -> Places {
            (0..depths.len()).filter(|at| depths[*at].is_some_and(test)).collect()
        };
        Ok((deep(&|depth| depth == steps), deep(&|depth| depth < steps)))
    }

    fn numbers_in(&self, ids: &BTreeSet<String>) -> impl Iterator<Item = usize> + use<> {
        let marks = self.marks(ids);
        (0..marks.len()).filter(move |at| marks[*at])
    }

    /// Of these, the ones that no other of them stands on or depends on.
    fn topmost(&self, places: &[usize]) -> Places {
        let mut marks = vec![false; self.revisions.len()];
        places.iter().for_each(|at| marks[*at] = true);
        let covered = self.strictly_below(&marks);
        places.iter().copied().filter(|at| !covered[*at]).collect()
    }

    fn ids_at(&self, places: &[usize]) -> Vec<&str> {
        places.iter().map(|at| self.revisions[*at].id.as_str()).collect()
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

fn apart(start: &Target, end: &Target) -> Error {
    let (start, end) = (start.revisions.join(", "), end.revisions.join(", "));
    let end = if end.is_empty() { "base".to_owned() } else { end };
    Error::new(Kind::Revision, format!("no line of revisions leads from {start} to {end}"))
        .help("the older revision comes first, as in `3f2a:head`")
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
