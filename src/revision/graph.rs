//! The graph of revisions: what stands on what.

use std::collections::{BTreeMap, BTreeSet};

use autogen_model::Diagnostic;

use super::replaced::{Shelf, set_aside};
use super::{Revision, links};

/// Revisions that are known to fit together.
#[derive(Debug, Default)]
pub struct Graph {
    /// In an order in which each comes after all it stands on; numbers below are places in it.
    pub(super) revisions: Vec<Revision>,
    pub(super) ids: BTreeMap<String, usize>,
    pub(super) labels: BTreeMap<String, usize>,
    pub(super) parents: Vec<Vec<usize>>,
    pub(super) children: Vec<Vec<usize>>,
    pub(super) needs: Vec<Vec<usize>>,
    pub(super) dependants: Vec<Vec<usize>>,
    pub(super) shelf: Shelf,
}

/// Where a command shall lead.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Target {
    /// The ids; none means the base, before all revisions.
    pub revisions: Vec<String>,
    /// The label or revision whose branch alone is meant.
    pub branch: Option<String>,
    /// The revisions that steps down led over: a downgrade undoes these with what stands on them,
    /// and nothing on other branches.
    pub undo: Vec<String>,
}

impl Target {
    /// These revisions, on whatever branch.
    pub fn at<T: Into<String>>(revisions: impl IntoIterator<Item = T>) -> Self {
        Self { revisions: revisions.into_iter().map(Into::into).collect(), ..Self::default() }
    }
}

impl Graph {
    /// Puts revisions together, or says everything that does not fit.
    pub fn new(revisions: Vec<Revision>) -> Result<Self, Vec<Diagnostic>> {
        Self::arranged(revisions, BTreeSet::new())
    }

    /// As `new`, with the old revisions of these squashes in their place.
    pub(super) fn arranged(
        mut revisions: Vec<Revision>,
        open: BTreeSet<String>,
    ) -> Result<Self, Vec<Diagnostic>> {
        // Whatever order the files came in, the complaints come in one.
        revisions.sort_by(|a, b| a.path.as_os_str().cmp(b.path.as_os_str()));
        let mut faults = Vec::new();
        let (revisions, shelf) = set_aside(revisions, open, &mut faults);
        let names = links::names(&revisions, &mut faults);
        let links = links::links(&revisions, &names, &mut faults);
        let order = links::order(&revisions, &links);
        if order.len() < revisions.len() {
            faults.extend(links::circles(&revisions, &names, &links));
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        let mut rank = vec![0; order.len()];
        for (new, old) in order.iter().enumerate() {
            rank[*old] = new;
        }
        let moved = |links: &[Vec<usize>]| -> Vec<Vec<usize>> {
            let row = |old: &usize| links[*old].iter().map(|below| rank[*below]).collect();
            order.iter().map(row).collect()
        };
        let (parents, needs) = (moved(&links.parents), moved(&links.needs));
        let by_rank = |names: BTreeMap<String, usize>| {
            names.into_iter().map(|(name, old)| (name, rank[old])).collect()
        };
        let mut slots: Vec<Option<Revision>> = revisions.into_iter().map(Some).collect();
        let revisions = order.iter().filter_map(|old| slots[*old].take()).collect();
        Ok(Self {
            revisions,
            ids: by_rank(names.ids),
            labels: by_rank(names.labels),
            children: reversed(&parents),
            dependants: reversed(&needs),
            parents,
            needs,
            shelf,
        })
    }

    /// All of them, each after those it stands on.
    pub fn revisions(&self) -> &[Revision] {
        &self.revisions
    }

    /// The revision of this id.
    pub fn get(&self, id: &str) -> Option<&Revision> {
        self.ids.get(id).map(|at| &self.revisions[*at])
    }

    /// The revision that carries this label.
    pub fn labelled(&self, label: &str) -> Option<&Revision> {
        self.labels.get(label).map(|at| &self.revisions[*at])
    }

    /// All labels, in order.
    pub fn labels(&self) -> impl Iterator<Item = &str> + Clone {
        self.labels.keys().map(String::as_str)
    }

    /// All ids, in order.
    pub fn ids(&self) -> impl Iterator<Item = &str> + Clone {
        self.ids.keys().map(String::as_str)
    }

    /// Revisions without children.
    pub fn heads(&self) -> Vec<&Revision> {
        self.pick(|at| self.children[at].is_empty())
    }

    /// Heads that no other revision depends on: applying these applies all.
    pub fn effective_heads(&self) -> Vec<&Revision> {
        self.pick(|at| self.above_one(at).next().is_none())
    }

    /// Revisions without parents.
    pub fn bases(&self) -> Vec<&Revision> {
        self.pick(|at| self.parents[at].is_empty())
    }

    /// Revisions with several children.
    pub fn branch_points(&self) -> Vec<&Revision> {
        self.pick(|at| self.children[at].len() > 1)
    }

    /// The revisions that stand on this one.
    pub fn children(&self, id: &str) -> Vec<&Revision> {
        self.neighbours(id, &self.children)
    }

    /// The revisions that this one stands on.
    pub fn parents(&self, id: &str) -> Vec<&Revision> {
        self.neighbours(id, &self.parents)
    }

    /// The revisions that this one depends on, labels followed.
    pub fn dependencies(&self, id: &str) -> Vec<&Revision> {
        self.neighbours(id, &self.needs)
    }

    /// The revisions with all that must be applied before them, dependencies too.
    pub fn ancestors(&self, ids: &[String]) -> BTreeSet<String> {
        self.id_set(&self.below(&self.numbers(ids)))
    }

    /// The revisions with all that must be gone before them, dependants too.
    pub fn descendants(&self, ids: &[String]) -> BTreeSet<String> {
        self.id_set(&self.above(&self.numbers(ids)))
    }

    /// Of the applied revisions, those that no other applied one stands on or depends on, however
    /// far below it. Ids that no file has are passed over.
    pub fn current(&self, applied: &BTreeSet<String>) -> Vec<&Revision> {
        let applied = self.marks(applied);
        let covered = self.strictly_below(&applied);
        self.pick(|at| applied[at] && !covered[at])
    }

    /// All revisions that links lead to from these, up or down.
    pub fn joined(&self, ids: &BTreeSet<String>) -> BTreeSet<String> {
        let mut marks = self.marks(ids);
        let mut left: Vec<usize> = (0..marks.len()).filter(|at| marks[*at]).collect();
        while let Some(at) = left.pop() {
            for next in self.above_one(at).chain(self.below_one(at)) {
                if !std::mem::replace(&mut marks[next], true) {
                    left.push(next);
                }
            }
        }
        self.id_set(&marks)
    }

    pub(super) fn pick(&self, test: impl Fn(usize) -> bool) -> Vec<&Revision> {
        (0..self.revisions.len()).filter(|at| test(*at)).map(|at| &self.revisions[at]).collect()
    }

    fn neighbours(&self, id: &str, links: &[Vec<usize>]) -> Vec<&Revision> {
        let rows = self.ids.get(id).into_iter().flat_map(|at| &links[*at]);
        rows.map(|at| &self.revisions[*at]).collect()
    }

    pub(super) fn numbers(&self, ids: &[String]) -> Vec<usize> {
        ids.iter().filter_map(|id| self.ids.get(id).copied()).collect()
    }

    pub(super) fn named(&self, numbers: &[usize]) -> Vec<String> {
        numbers.iter().map(|at| self.revisions[*at].id.clone()).collect()
    }

    /// Which revisions are among these.
    pub(super) fn marks(&self, ids: &BTreeSet<String>) -> Vec<bool> {
        // Mostly the set is nearly the graph, so that to look each revision up is no waste.
        self.revisions.iter().map(|revision| ids.contains(&revision.id)).collect()
    }

    pub(super) fn id_set(&self, members: &[bool]) -> BTreeSet<String> {
        let members = members.iter().zip(&self.revisions).filter(|(member, _)| **member);
        members.map(|(_, revision)| revision.id.clone()).collect()
    }

    pub(super) fn below_one(&self, at: usize) -> impl Iterator<Item = usize> + '_ {
        self.parents[at].iter().chain(&self.needs[at]).copied()
    }

    pub(super) fn above_one(&self, at: usize) -> impl Iterator<Item = usize> + '_ {
        self.children[at].iter().chain(&self.dependants[at]).copied()
    }

    /// Marks these and all that they stand on.
    pub(super) fn below(&self, numbers: &[usize]) -> Vec<bool> {
        let mut marks = vec![false; self.revisions.len()];
        numbers.iter().for_each(|at| marks[*at] = true);
        let covered = self.strictly_below(&marks);
        marks.iter().zip(covered).map(|(own, covered)| *own || covered).collect()
    }

    /// Marks all that these stand on. Those have lower numbers, so one pass does it.
    pub(super) fn strictly_below(&self, marks: &[bool]) -> Vec<bool> {
        let mut covered = vec![false; marks.len()];
        for at in (0..marks.len()).rev() {
            if marks[at] || covered[at] {
                self.below_one(at).for_each(|below| covered[below] = true);
            }
        }
        covered
    }

    /// Marks these and all that stands on them.
    pub(super) fn above(&self, numbers: &[usize]) -> Vec<bool> {
        let mut marks = vec![false; self.revisions.len()];
        numbers.iter().for_each(|at| marks[*at] = true);
        for at in 0..marks.len() {
            marks[at] = marks[at] || self.below_one(at).any(|below| marks[below]);
        }
        marks
    }
}

fn reversed(links: &[Vec<usize>]) -> Vec<Vec<usize>> {
    let mut reversed = vec![Vec::new(); links.len()];
    for (at, row) in links.iter().enumerate() {
        for below in row {
            reversed[*below].push(at);
        }
    }
    reversed
}
