//! Branches of the graph, and the labels that name them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

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

    /// The labels of the branches that each revision is in. Revisions of one branch share one set.
    pub fn branch_labels(&self) -> BTreeMap<&str, Arc<BTreeSet<&str>>> {
        let own: Vec<Arc<BTreeSet<&str>>> = self
            .revisions
            .iter()
            .map(|it| Arc::new(it.labels.iter().map(String::as_str).collect()))
            .collect();
        let mut below = own.clone();
        for (at, parents) in self.parents.iter().enumerate() {
            for parent in parents {
                below[at] = joined(&below[at], &below[*parent]);
            }
        }
        let mut all = below;
        let mut above: Vec<Arc<BTreeSet<&str>>> = vec![Arc::default(); own.len()];
        for at in (0..own.len()).rev() {
            if let [child] = self.children[at][..]
                && self.parents[child].len() == 1
            {
                above[at] = joined(&above[child], &own[child]);
                all[at] = joined(&all[at], &above[at]);
            }
        }
        let labelled = self.revisions.iter().zip(all).filter(|(_, labels)| !labels.is_empty());
        labelled.map(|(revision, labels)| (revision.id.as_str(), labels)).collect()
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

/// Both sets; the one of them that holds the other, where one does.
fn joined<'a>(
    one: &Arc<BTreeSet<&'a str>>,
    other: &Arc<BTreeSet<&'a str>>,
) -> Arc<BTreeSet<&'a str>> {
    if Arc::ptr_eq(one, other) || other.is_empty() {
        Arc::clone(one)
    } else if one.is_empty() {
        Arc::clone(other)
    } else {
        Arc::new(one.union(other).copied().collect())
    }
}
