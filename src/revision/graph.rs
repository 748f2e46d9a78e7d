//! The graph of revisions: heads, bases, branches, and the paths between them.

use std::collections::{BTreeMap, BTreeSet};

use autogen_model::Diagnostic;

use super::replaced::{Shelf, set_aside};
use super::{Revision, links};

/// Revisions that are known to fit together.
#[derive(Debug)]
pub struct Graph {
    /// In an order in which each comes after all it stands on; numbers below are places in it.
    revisions: Vec<Revision>,
    ids: BTreeMap<String, usize>,
    labels: BTreeMap<String, usize>,
    parents: Vec<Vec<usize>>,
    children: Vec<Vec<usize>>,
    needs: Vec<Vec<usize>>,
    dependants: Vec<Vec<usize>>,
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
        revisions.sort_by(|a, b| a.path.cmp(&b.path));
        let mut faults = Vec::new();
        let (revisions, shelf) = set_aside(revisions, open, &mut faults);
        let names = links::names(&revisions, &mut faults);
        let links = links::links(&revisions, &names, &mut faults);
        let order = links::order(&revisions, &links);
        if order.len() < revisions.len() {
            faults.extend(links::circles(&revisions, &links));
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
        self.pick(|at| self.children[at].is_empty() && self.dependants[at].is_empty())
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

    /// The branch of a label or revision: it, all that stands on it, and what it stands on back
    /// to where the branch began. None when there is no such label or revision.
    pub fn branch(&self, name: &str) -> Option<BTreeSet<String>> {
        let start = *self.labels.get(name).or_else(|| self.ids.get(name))?;
        let mut members = vec![false; self.revisions.len()];
        members[start] = true;
        // Children have higher numbers, so that one pass upwards finds all descendants.
        for at in start + 1..members.len() {
            members[at] = self.parents[at].iter().any(|parent| members[*parent]);
        }
        let mut at = start;
        while let [parent] = self.parents[at][..] {
            if self.children[parent].len() > 1 {
                break;
            }
            members[parent] = true;
            at = parent;
        }
        Some(self.id_set(&members))
    }

    /// The labels of the branches that each revision is in.
    pub fn branch_labels(&self) -> BTreeMap<String, Vec<String>> {
        let mut labels: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for label in self.labels.keys() {
            for id in self.branch(label).unwrap_or_default() {
                labels.entry(id).or_default().push(label.clone());
            }
        }
        labels
    }

    /// Of the applied revisions, those that no other applied one stands on or depends on. Ids
    /// that no file has are passed over.
    pub fn current(&self, applied: &BTreeSet<String>) -> Vec<&Revision> {
        self.pick(|at| {
            let mut above = self.children[at].iter().chain(&self.dependants[at]);
            self.is_in(at, applied) && !above.any(|next| self.is_in(*next, applied))
        })
    }

    /// What an upgrade must apply, in order.
    pub fn upgrade_path(&self, applied: &BTreeSet<String>, target: &Target) -> Vec<&Revision> {
        let wanted = self.below(&self.numbers(&target.revisions));
        self.pick(|at| wanted[at] && !self.is_in(at, applied))
    }

    /// What a downgrade must undo, in order: all applied revisions above the target, but none
    /// that the target itself stands on.
    pub fn downgrade_path(&self, applied: &BTreeSet<String>, target: &Target) -> Vec<&Revision> {
        let numbers = self.numbers(&target.revisions);
        let kept = self.below(&numbers);
        let removed = match (target.undo.as_slice(), numbers.as_slice()) {
            ([], []) => vec![true; self.revisions.len()],
            ([], _) => self.above(&numbers),
            (undo, _) => self.above(&self.numbers(undo)),
        };
        let branch = target.branch.as_ref().filter(|_| target.undo.is_empty());
        let touched = match branch.and_then(|name| self.branch(name)) {
            Some(members) => self.above(&self.numbers(&Vec::from_iter(members))),
            None => vec![true; self.revisions.len()],
        };
        let gone = |at: usize| removed[at] && touched[at] && !kept[at];
        let mut path = self.pick(|at| gone(at) && self.is_in(at, applied));
        path.reverse();
        path
    }

    fn pick(&self, test: impl Fn(usize) -> bool) -> Vec<&Revision> {
        (0..self.revisions.len()).filter(|at| test(*at)).map(|at| &self.revisions[at]).collect()
    }

    fn is_in(&self, at: usize, ids: &BTreeSet<String>) -> bool {
        ids.contains(&self.revisions[at].id)
    }

    fn neighbours(&self, id: &str, links: &[Vec<usize>]) -> Vec<&Revision> {
        let rows = self.ids.get(id).into_iter().flat_map(|at| &links[*at]);
        rows.map(|at| &self.revisions[*at]).collect()
    }

    fn numbers(&self, ids: &[String]) -> Vec<usize> {
        ids.iter().filter_map(|id| self.ids.get(id).copied()).collect()
    }

    fn id_set(&self, members: &[bool]) -> BTreeSet<String> {
        let members = members.iter().zip(&self.revisions).filter(|(member, _)| **member);
        members.map(|(_, revision)| revision.id.clone()).collect()
    }

    /// Marks these and all that they stand on. Those have lower numbers, so one pass does it.
    fn below(&self, numbers: &[usize]) -> Vec<bool> {
        let mut marks = vec![false; self.revisions.len()];
        numbers.iter().for_each(|at| marks[*at] = true);
        for at in (0..marks.len()).rev() {
            if marks[at] {
                self.parents[at]
                    .iter()
                    .chain(&self.needs[at])
                    .for_each(|below| marks[*below] = true);
            }
        }
        marks
    }

    /// Marks these and all that stands on them.
    fn above(&self, numbers: &[usize]) -> Vec<bool> {
        let mut marks = vec![false; self.revisions.len()];
        numbers.iter().for_each(|at| marks[*at] = true);
        for at in 0..marks.len() {
            let mut below = self.parents[at].iter().chain(&self.needs[at]);
            marks[at] = marks[at] || below.any(|below| marks[*below]);
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
