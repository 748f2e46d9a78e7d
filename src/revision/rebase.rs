//! A branch is put on top of another: which revisions stand on something else then, and what their
//! files say.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use super::{Graph, Revision, directive, header};

/// What moving a branch means.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rebase {
    /// The revisions of the branch, oldest first: it and all that stands on it.
    pub moved: Vec<String>,
    /// Those of the other side that the branch did not have below it, oldest first.
    pub passed: Vec<String>,
    /// The new parents of those whose file changes.
    pub parents: BTreeMap<String, Vec<String>>,
}

/// A file that says something else afterwards.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rewritten {
    /// The revision.
    pub id: String,
    /// Its file.
    pub path: PathBuf,
    /// What it stood on.
    pub before: Vec<String>,
    /// What it stands on now.
    pub after: Vec<String>,
    /// The whole text of the file.
    pub text: String,
}

/// The revisions with all that they stand on, dependencies left aside.
pub fn lineage<'a>(graph: &'a Graph, ids: &[&'a str]) -> BTreeSet<&'a str> {
    let mut found: BTreeSet<&str> = BTreeSet::new();
    let mut open: Vec<&str> = ids.to_vec();
    while let Some(id) = open.pop() {
        if found.insert(id) {
            open.extend(graph.parents(id).into_iter().map(|it| it.id.as_str()));
        }
    }
    found
}

/// What changes when the branch of one revision is put on another. Nothing moves where one of the
/// two stands on the other already.
pub fn rebase(graph: &Graph, branch: &str, onto: &str) -> Rebase {
    let (own, below) = (lineage(graph, &[branch]), lineage(graph, &[onto]));
    if own.contains(onto) || below.contains(branch) {
        return Rebase::default();
    }
    let mut moved: BTreeSet<&str> = own.difference(&below).copied().collect();
    // What stands on them comes along.
    for revision in graph.revisions() {
        let stands = revision.parents.iter().any(|parent| moved.contains(parent.as_str()));
        if stands && !below.contains(revision.id.as_str()) {
            moved.insert(&revision.id);
        }
    }
    let mut rebase = Rebase::default();
    for revision in graph.revisions() {
        let id = revision.id.as_str();
        if below.contains(id) && !own.contains(id) {
            rebase.passed.push(id.to_owned());
        }
        if !moved.contains(id) {
            continue;
        }
        rebase.moved.push(id.to_owned());
        let root = revision.parents.is_empty() && own.contains(id);
        let is_below = |parent: &&String| below.contains(parent.as_str());
        if !root && !revision.parents.iter().any(|parent| is_below(&parent)) {
            continue;
        }
        // What is moved has all of the other side below it, so that a merge with it says nothing.
        let kept = revision.parents.iter().filter(|parent| !is_below(parent));
        let mut parents: Vec<String> = kept.cloned().collect();
        if !parents.iter().any(|parent| moved.contains(parent.as_str())) {
            parents.insert(0, onto.to_owned());
        }
        rebase.parents.insert(id.to_owned(), parents);
    }
    rebase
}

impl Rebase {
    /// The files that change, oldest revision first.
    pub fn files(&self, graph: &Graph) -> Vec<Rewritten> {
        let revisions = self.moved.iter().filter_map(|id| graph.get(id));
        let files = revisions.filter_map(|revision| {
            let after = self.parents.get(&revision.id).filter(|it| **it != revision.parents)?;
            Some(Rewritten {
                id: revision.id.clone(),
                path: revision.path.clone(),
                before: revision.parents.clone(),
                after: after.clone(),
                text: standing_on(revision, after),
            })
        });
        files.collect()
    }
}

/// The text of a revision's file with other parents; every other byte stays.
pub fn standing_on(revision: &Revision, parents: &[String]) -> String {
    let text = revision.source.text.as_str();
    let named = parents.join(", ");
    let places = &revision.places;
    if let (Some(first), Some(last)) = (places.parents.first(), places.parents.last()) {
        return format!("{}{named}{}", &text[..first.start], &text[last.end..]);
    }
    // A base has no such line, or an empty one.
    let empty = directive::lines(text, 0)
        .take_while(|line| {
            line.start < revision.scripts.first().map_or(text.len(), |it| it.text.start)
        })
        .find(|line| header::is_key(&text[line.clone()], "Revises"));
    if let Some(line) = empty {
        let end = line.start + text[line.clone()].trim_end().len();
        return format!("{} {named}{}", &text[..end], &text[end..]);
    }
    let own = directive::lines(text, 0).find(|line| line.end >= places.id.end);
    let own = own.unwrap_or(places.id.clone());
    let rest = &text[own.end..];
    let end = if rest.starts_with("\r\n") { "\r\n" } else { "\n" };
    let before = &text[own.start..places.id.start];
    let before = before.trim_start_matches('\u{feff}');
    let dashes = before.find("--").map_or("-- ", |at| {
        let words = before[at + 2..].find(|c: char| !c.is_whitespace()).unwrap_or_default();
        &before[..at + 2 + words]
    });
    format!("{}{end}{dashes}Revises:  {named}{rest}", &text[..own.end])
}
