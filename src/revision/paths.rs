//! The ways through the graph: what a command applies, undoes, or only records.

use std::collections::BTreeSet;

use super::Revision;
use super::graph::{Graph, Target};
use crate::error::{Error, Kind, Result};

/// What `stamp` changes in the ledger.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stamping<'a> {
    /// The ids that no longer count as applied.
    pub removed: BTreeSet<String>,
    /// The revisions that do from now on, in order.
    pub added: Vec<&'a Revision>,
}

impl Graph {
    /// What an upgrade must apply, in order.
    pub fn upgrade_path(&self, applied: &BTreeSet<String>, target: &Target) -> Vec<&Revision> {
        let wanted = self.below(&self.numbers(&target.revisions));
        let applied = self.marks(applied);
        self.pick(|at| wanted[at] && !applied[at])
    }

    /// What a downgrade must undo, in order: all applied revisions above the target, but none
    /// that the target itself stands on.
    pub fn downgrade_path(&self, applied: &BTreeSet<String>, target: &Target) -> Vec<&Revision> {
        let (gone, applied) = (self.gone(target), self.marks(applied));
        let mut path = self.pick(|at| gone[at] && applied[at]);
        path.reverse();
        path
    }

    /// Refuses to go down to where the database is not.
    pub fn refuse_downgrade(&self, applied: &BTreeSet<String>, target: &Target) -> Result<()> {
        // Steps down that end in a gap are fine: something above it is undone.
        let counted = target.undo.iter().any(|id| applied.contains(id));
        let missing = target.revisions.iter().find(|id| !applied.contains(*id));
        let Some(id) = missing.filter(|_| !counted) else { return Ok(()) };
        let current: Vec<&str> = self.current(applied).iter().map(|it| it.id.as_str()).collect();
        let at = if current.is_empty() { "base".to_owned() } else { current.join(", ") };
        let message = format!("{id} is not applied, so no downgrade leads to it");
        Err(Error::new(Kind::Revision, message).help(format!("the database is at {at}")))
    }

    /// Whether all of the target is applied, and something above it.
    pub fn is_past(&self, applied: &BTreeSet<String>, target: &Target) -> bool {
        let numbers = self.numbers(&target.revisions);
        let applied = self.marks(applied);
        let above = match numbers.is_empty() {
            true => vec![true; applied.len()],
            false => self.above(&numbers),
        };
        let is_above = |at: usize| above[at] && applied[at] && !numbers.contains(&at);
        numbers.iter().all(|at| applied[*at]) && (0..applied.len()).any(is_above)
    }

    /// Revisions that are not applied although one above them is, each with the nearest such.
    pub fn late(&self, applied: &BTreeSet<String>) -> Vec<(&Revision, &Revision)> {
        let applied = self.marks(applied);
        let mut nearest: Vec<Option<usize>> = vec![None; applied.len()];
        for at in (0..applied.len()).rev() {
            let above = self.above_one(at);
            let found =
                above.filter_map(|next| if applied[next] { Some(next) } else { nearest[next] });
            nearest[at] = found.min();
        }
        let late = (0..applied.len()).filter(|at| !applied[*at]);
        late.filter_map(|at| Some((&self.revisions[at], &self.revisions[nearest[at]?]))).collect()
    }

    /// What `stamp` changes. Targets are taken together: what one of them stands on counts as
    /// applied, what stands above one of them does not, and what is on other lines stays. `purge`
    /// takes away whatever was recorded before.
    pub fn stamping(
        &self,
        recorded: &BTreeSet<String>,
        applied: &BTreeSet<String>,
        targets: &[Target],
        purge: bool,
    ) -> Result<Stamping<'_>> {
        self.refuse_overlap(targets)?;
        let mut gone = vec![false; self.revisions.len()];
        for target in targets {
            for (mark, own) in gone.iter_mut().zip(self.gone(target)) {
                *mark |= own;
            }
        }
        let wanted: Vec<String> = targets.iter().flat_map(|it| it.revisions.clone()).collect();
        let kept = self.below(&self.numbers(&wanted));
        let removed = match purge {
            true => recorded.clone(),
            false => {
                let marks: Vec<bool> =
                    gone.iter().zip(&kept).map(|(gone, kept)| *gone && !kept).collect();
                self.id_set(&marks).intersection(recorded).cloned().collect()
            }
        };
        let left: BTreeSet<String> = applied.difference(&removed).cloned().collect();
        let added = self.upgrade_path(&left, &Target::at(wanted));
        Ok(Stamping { removed, added })
    }

    /// Two targets on one line contradict each other: the lower says that the higher is gone.
    fn refuse_overlap(&self, targets: &[Target]) -> Result<()> {
        for (at, target) in targets.iter().enumerate() {
            if target.revisions.is_empty() {
                self.refuse_base(target, at, targets)?;
            }
            for high in &target.revisions {
                let line = self.line_below(high);
                let below = |id: &&String| self.ids.get(*id).is_some_and(|at| line[*at]);
                let others = targets.iter().filter(|other| *other != target);
                let Some(low) = others.flat_map(|other| &other.revisions).find(below) else {
                    continue;
                };
                let message = format!("{low} lies below {high}, so the two cannot be stamped both");
                return Err(Error::new(Kind::Usage, message)
                    .help(format!("`{high}` says already that {low} is applied")));
            }
        }
        Ok(())
    }

    /// A base takes away what it covers; another target must not need it.
    fn refuse_base(&self, base: &Target, at: usize, targets: &[Target]) -> Result<()> {
        let gone = self.gone(base);
        for (_, other) in targets.iter().enumerate().filter(|(number, _)| *number != at) {
            let needed = self.below(&self.numbers(&other.revisions));
            // What is gone takes along what stands on it, so that a target itself is among it.
            let Some(both) = (0..gone.len()).rev().find(|at| gone[*at] && needed[*at]) else {
                continue;
            };
            let word = match &base.branch {
                Some(branch) => format!("{branch}@base"),
                None => "base".to_owned(),
            };
            let message = format!("`{word}` takes away {}", self.revisions[both].id);
            return Err(Error::new(Kind::Usage, message).help("leave one of the two out"));
        }
        Ok(())
    }

    /// What a revision stands on, dependencies aside.
    pub(super) fn line_below(&self, id: &str) -> Vec<bool> {
        let mut marks = vec![false; self.revisions.len()];
        let Some(start) = self.ids.get(id) else { return marks };
        for at in (0..=*start).rev() {
            if marks[at] || at == *start {
                self.parents[at].iter().for_each(|parent| marks[*parent] = true);
            }
        }
        marks
    }

    /// What is not applied once the database is at the target, of what is on its line.
    fn gone(&self, target: &Target) -> Vec<bool> {
        let numbers = self.numbers(&target.revisions);
        let kept = self.below(&numbers);
        let removed = match (target.undo.as_slice(), numbers.as_slice()) {
            ([], []) => vec![true; kept.len()],
            ([], _) => self.above(&numbers),
            (undo, _) => self.above(&self.numbers(undo)),
        };
        let branch = target.branch.as_ref().filter(|_| target.undo.is_empty());
        let touched = match branch.and_then(|name| self.branch(name)) {
            Some(members) => self.above(&self.numbers(&Vec::from_iter(members))),
            None => vec![true; kept.len()],
        };
        (0..kept.len()).map(|at| removed[at] && touched[at] && !kept[at]).collect()
    }
}
