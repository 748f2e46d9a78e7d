//! A run of revisions that can be taken as one: whoever comes from outside stands on its end, and
//! all of it stands on one thing.

use std::collections::BTreeSet;

use autogen_model::Diagnostic;

use super::{Graph, Revision};

/// A closed run of revisions.
#[derive(Debug)]
pub struct Piece<'a> {
    /// In the order in which they are applied.
    pub members: Vec<&'a Revision>,
    /// What it stands on.
    pub parents: Vec<String>,
    /// What must be applied before without being a parent.
    pub depends_on: Vec<String>,
}

impl Piece<'_> {
    /// All ids that it stands for, those of revisions that were replaced before as well, each
    /// squash after what it replaced.
    pub fn ids(&self) -> Vec<String> {
        let each = self.members.iter();
        each.flat_map(|it| it.replaces.iter().chain([&it.id])).cloned().collect()
    }

    /// The last of it.
    pub fn exit(&self) -> &str {
        self.members.last().map(|it| it.id.as_str()).unwrap_or_default()
    }
}

/// The run that these ids make, or the revisions that stick out of it.
pub fn closed<'a>(graph: &'a Graph, ids: &BTreeSet<String>) -> Result<Piece<'a>, Vec<Diagnostic>> {
    let members = graph.revisions().iter().filter(|it| ids.contains(&it.id));
    let members: Vec<&Revision> = members.collect();
    let outside = |all: Vec<&Revision>| -> Vec<String> {
        let all = all.into_iter().filter(|it| !ids.contains(&it.id));
        all.map(|it| it.id.clone()).collect()
    };
    let mut faults = Vec::new();
    let (mut parents, mut needs): (Option<Vec<String>>, Vec<String>) = (None, Vec::new());
    for revision in &members {
        let id = &revision.id;
        let below = graph.parents(id);
        let mut from = outside(below.clone());
        from.sort();
        for need in outside(graph.dependencies(id)) {
            if !needs.contains(&need) {
                needs.push(need);
            }
        }
        if below.len() > from.len() {
            if let Some(other) = from.first() {
                faults.push(sticks_out(revision, format!("it stands on {other}, too")));
            }
        } else {
            match &parents {
                Some(known) if *known != from => {
                    let on = if from.is_empty() { "nothing".to_owned() } else { from.join(", ") };
                    faults.push(sticks_out(revision, format!("it stands on {on}")));
                }
                Some(_) => {}
                None => parents = Some(from),
            }
        }
        let above = graph.children(id);
        let is_last = members.last().is_some_and(|last| last.id == *id);
        let within = above.iter().filter(|it| ids.contains(&it.id)).count();
        if !is_last && within == 0 {
            faults.push(sticks_out(revision, "nothing of the range stands on it".to_owned()));
        }
        if let Some(other) = outside(above).first().filter(|_| !is_last) {
            faults.push(sticks_out(revision, format!("{other} stands on it, too")));
        }
    }
    let parents = parents.unwrap_or_default();
    needs.retain(|id| !parents.contains(id));
    if faults.is_empty() { Ok(Piece { members, parents, depends_on: needs }) } else { Err(faults) }
}

fn sticks_out(revision: &Revision, why: String) -> Diagnostic {
    Diagnostic::new(format!("{} sticks out of the range: {why}", revision.id))
        .at(revision.place(), "this revision")
        .help("choose the ends so that all between them have one beginning and one end")
}
