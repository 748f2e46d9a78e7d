//! The links between revisions, checked and put in order.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use autogen_model::{Diagnostic, Place, nearest};
use petgraph::algo::kosaraju_scc;
use petgraph::graph::{DiGraph, NodeIndex};

use super::{Revision, name_fault};

/// Revisions by id and label, before they are known to form a graph.
pub(super) struct Names {
    pub(super) ids: BTreeMap<String, usize>,
    pub(super) labels: BTreeMap<String, usize>,
}

/// For each revision, those that must be applied before it.
#[derive(Debug, Default)]
pub(super) struct Links {
    pub(super) parents: Vec<Vec<usize>>,
    pub(super) needs: Vec<Vec<usize>>,
}

/// Gives each name to a revision, and complains of names that two have.
pub(super) fn names(revisions: &[Revision], faults: &mut Vec<Diagnostic>) -> Names {
    let mut names = Names { ids: BTreeMap::new(), labels: BTreeMap::new() };
    for (at, revision) in revisions.iter().enumerate() {
        if let Some(first) = names.ids.get(&revision.id) {
            let first = &revisions[*first];
            let report = Diagnostic::new(format!("two files are revision {}", revision.id))
                .at(revision.place(), "again here")
                .at(first.place(), "first here")
                .help("give one of them another id, or delete it if it is a copy");
            faults.push(report);
        } else {
            names.ids.insert(revision.id.clone(), at);
        }
    }
    for (at, revision) in revisions.iter().enumerate() {
        for (number, label) in revision.labels.iter().enumerate() {
            let place = revision.label_place(number);
            if *label == revision.id {
                let message = format!("the label `{label}` is the revision's own id");
                let report = Diagnostic::new(message).at(place, "the label");
                faults.push(report.help("choose another label, or none: the id names it already"));
            } else if let Some(named) = names.ids.get(label) {
                let message = format!("the label `{label}` is the id of another revision");
                let report = Diagnostic::new(message).at(place, "the label");
                let report = report.at(revisions[*named].place(), "the id");
                faults.push(report.help("choose another label"));
            } else if let Some(first) = names.labels.get(label) {
                let message = format!("two revisions carry the label `{label}`");
                let report = Diagnostic::new(message).at(place, "again here");
                let report = report.at(labelled(&revisions[*first], label), "first here");
                faults.push(report.help("a label belongs to one revision; rename one of them"));
            } else {
                names.labels.insert(label.clone(), at);
            }
        }
    }
    names
}

fn labelled(revision: &Revision, label: &str) -> Place {
    let number = revision.labels.iter().position(|known| known == label);
    revision.label_place(number.unwrap_or_default())
}

/// Follows every name in the headers, and complains of those that lead nowhere.
pub(super) fn links(revisions: &[Revision], names: &Names, faults: &mut Vec<Diagnostic>) -> Links {
    let mut links = Links::default();
    let mut missing = Missing { names, left: SUGGESTED };
    for (at, revision) in revisions.iter().enumerate() {
        let mut parents = Vec::new();
        for (number, parent) in revision.parents.iter().enumerate() {
            let place = || revision.parent_place(number);
            match names.ids.get(parent) {
                Some(found) if *found == at => faults.push(own(place(), "revises")),
                Some(found) => parents.push(*found),
                None => faults.extend(match names.labels.get(parent) {
                    Some(carrier) => Some(label_as_parent(parent, &revisions[*carrier], place())),
                    None => missing.report(parent, place(), "revises"),
                }),
            }
        }
        links.parents.push(parents);
        let mut needs = Vec::new();
        for (number, name) in revision.depends_on.iter().enumerate() {
            let place = || revision.dependency_place(number);
            match names.get(name) {
                Some(found) if found == at => faults.push(own(place(), "depends on")),
                Some(found) => needs.push(found),
                None => faults.extend(missing.report(name, place(), "depends on")),
            }
        }
        links.needs.push(needs);
    }
    links
}

impl Names {
    /// The revision of an id or label.
    fn get(&self, name: &str) -> Option<usize> {
        self.ids.get(name).or_else(|| self.labels.get(name)).copied()
    }
}

fn own(place: Place, verb: &str) -> Diagnostic {
    Diagnostic::new(format!("a revision that {verb} itself"))
        .at(place, "")
        .help("name the revision that comes before it, or take the line away")
}

fn label_as_parent(label: &str, carrier: &Revision, place: Place) -> Diagnostic {
    Diagnostic::new(format!("`{label}` is a label, and a parent is named by its id"))
        .at(place, "")
        .help(format!("the revision that carries it is {}", carrier.id))
}

/// For so many names that lead nowhere a similar one is looked for: that takes a look at every
/// name, and whoever lacks a folder of files learns nothing from it.
const SUGGESTED: usize = 20;

struct Missing<'a> {
    names: &'a Names,
    left: usize,
}

impl Missing<'_> {
    /// Nothing, where the name is one that no file can have: that was said when it was read.
    fn report(&mut self, name: &str, place: Place, verb: &str) -> Option<Diagnostic> {
        if name_fault(name).is_some() {
            return None;
        }
        let report = Diagnostic::new(format!("no file is `{name}`, which this revision {verb}"));
        Some(match self.near(name, verb == "depends on") {
            Some(near) => report.at(place, "").help(format!("did you mean `{near}`?")),
            None => {
                report.at(place, "").help("its file may be on another branch of your repository")
            }
        })
    }

    fn near(&mut self, name: &str, labels: bool) -> Option<&str> {
        let ids = &self.names.ids;
        let begun = ids.range::<str, _>((Bound::Included(name), Bound::Unbounded)).next();
        if let Some((id, _)) = begun.filter(|(id, _)| id.starts_with(name)) {
            return Some(id);
        }
        self.left = self.left.checked_sub(1)?;
        let labels = self.names.labels.keys().filter(|_| labels);
        nearest(name, ids.keys().chain(labels).map(String::as_str))
    }
}

/// An order in which each revision comes after those it stands on. Branches stay together, and
/// what is free is decided by date and id, so that one set of files has one order. Revisions
/// that stand in or above a circle are left out.
pub(super) fn order(revisions: &[Revision], links: &Links) -> Vec<usize> {
    let mut above = vec![Vec::new(); revisions.len()];
    let mut waiting = vec![0_usize; revisions.len()];
    for (at, wait) in waiting.iter_mut().enumerate() {
        for below in links.parents[at].iter().chain(&links.needs[at]) {
            above[*below].push(at);
            *wait += 1;
        }
    }
    let newest_first = |ready: &mut Vec<usize>| {
        ready.sort_by_key(|at| std::cmp::Reverse((&revisions[*at].created, &revisions[*at].id)));
    };
    let mut stack: Vec<usize> = (0..revisions.len()).filter(|at| waiting[*at] == 0).collect();
    newest_first(&mut stack);
    let mut order = Vec::with_capacity(revisions.len());
    while let Some(at) = stack.pop() {
        order.push(at);
        let mut ready = Vec::new();
        for next in &above[at] {
            waiting[*next] -= 1;
            if waiting[*next] == 0 {
                ready.push(*next);
            }
        }
        newest_first(&mut ready);
        stack.append(&mut ready);
    }
    order
}

/// Complains of each circle once, naming all that stand in it.
pub(super) fn circles(revisions: &[Revision], names: &Names, links: &Links) -> Vec<Diagnostic> {
    let mut graph = DiGraph::<usize, ()>::new();
    for at in 0..revisions.len() {
        graph.add_node(at);
    }
    for at in 0..revisions.len() {
        for below in links.parents[at].iter().chain(&links.needs[at]) {
            graph.add_edge(NodeIndex::new(*below), NodeIndex::new(at), ());
        }
    }
    let circles = kosaraju_scc(&graph).into_iter().filter(|circle| circle.len() > 1);
    let mut reports: Vec<_> = circles
        .map(|circle| {
            let inside: BTreeSet<usize> = circle.iter().map(|node| node.index()).collect();
            circle_report(revisions, names, &inside)
        })
        .collect();
    reports.sort_by(|a, b| a.message.cmp(&b.message));
    reports
}

fn circle_report(revisions: &[Revision], names: &Names, inside: &BTreeSet<usize>) -> Diagnostic {
    const SHOWN: usize = 8;
    let mut members: Vec<&Revision> = inside.iter().map(|at| &revisions[*at]).collect();
    members.sort_by(|a, b| a.id.cmp(&b.id));
    let ids: Vec<&str> = members.iter().take(SHOWN).map(|revision| revision.id.as_str()).collect();
    let more = match members.len().checked_sub(SHOWN) {
        Some(rest @ 1..) => format!(" and {rest} more"),
        _ => String::new(),
    };
    let message =
        format!("the revisions {}{more} stand on one another in a circle", ids.join(", "));
    let within = |name: &String| names.get(name).is_some_and(|at| inside.contains(&at));
    let report = Diagnostic::new(message);
    let report = members.iter().take(SHOWN).fold(report, |report, revision| {
        let place = match revision.parents.iter().position(within) {
            Some(number) => revision.parent_place(number),
            None => {
                let number = revision.depends_on.iter().position(within);
                revision.dependency_place(number.unwrap_or_default())
            }
        };
        report.at(place, "")
    });
    report.help("correct `Revises` or `Depends on` in one of them")
}
