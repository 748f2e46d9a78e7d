//! Branches of the graph, and the labels that name them.

use std::collections::{BTreeMap, BTreeSet};

use super::graph::Graph;

/// A branch that an identifier names.
pub(super) struct Branch {
    /// The label, or the id in full.
    pub(super) name: String,
    /// Which revisions belong to it.
    pub(super) members: Vec<bool>,
    /// Which revisions it stands on.
    pub(super) below: Vec<bool>,
}

impl Graph {
    /// The branch of a label or revision: it, all that stands on it, and what it stands on back
    /// to where the branch began. None when there is no such label or revision.
    pub fn branch(&self, name: &str) -> Option<BTreeSet<String>> {
        let start = *self.labels.get(name).or_else(|| self.ids.get(name))?;
        Some(self.id_set(&self.branch_marks(start)))
    }

    /// The labels of the branches that each revision is in.
    pub fn branch_labels(&self) -> BTreeMap<String, Vec<String>> {
        let mut labels: Vec<BTreeSet<&str>> = vec![BTreeSet::new(); self.revisions.len()];
        for (at, revision) in self.revisions.iter().enumerate() {
            let mut own: BTreeSet<&str> = revision.labels.iter().map(String::as_str).collect();
            for parent in &self.parents[at] {
                own.extend(&labels[*parent]);
            }
            labels[at] = own;
        }
        for (label, start) in &self.labels {
            for at in self.stem(*start) {
                labels[at].insert(label);
            }
        }
        let labelled = labels.into_iter().zip(&self.revisions).filter(|(own, _)| !own.is_empty());
        let text = |own: BTreeSet<&str>| own.into_iter().map(str::to_owned).collect();
        labelled.map(|(own, revision)| (revision.id.clone(), text(own))).collect()
    }

    /// A label whose branch a revision is in: the nearest below it, or else above.
    pub fn label_of(&self, id: &str) -> Option<&str> {
        let start = *self.ids.get(id)?;
        let label = |at: usize| self.revisions[at].labels.first().map(String::as_str);
        let mut below = vec![false; self.revisions.len()];
        below[start] = true;
        for at in (0..=start).rev() {
            if below[at] {
                if let Some(label) = label(at) {
                    return Some(label);
                }
                self.parents[at].iter().for_each(|parent| below[*parent] = true);
            }
        }
        let mut at = start;
        while let [child] = self.children[at][..] {
            if self.parents[child].len() > 1 {
                return None;
            }
            if let Some(label) = label(child) {
                return Some(label);
            }
            at = child;
        }
        None
    }

    pub(super) fn branch_marks(&self, start: usize) -> Vec<bool> {
        let mut members = vec![false; self.revisions.len()];
        members[start] = true;
        // Children have higher numbers, so that one pass upwards finds all descendants.
        for at in start + 1..members.len() {
            members[at] = self.parents[at].iter().any(|parent| members[*parent]);
        }
        self.stem(start).for_each(|at| members[at] = true);
        members
    }

    /// What a revision stands on, down to where its branch began.
    fn stem(&self, start: usize) -> impl Iterator<Item = usize> + '_ {
        let below = |at: usize| match self.parents[at][..] {
            [parent] if self.children[parent].len() == 1 => Some(parent),
            _ => None,
        };
        std::iter::successors(below(start), move |at| below(*at))
    }
}
