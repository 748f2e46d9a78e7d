//! Squashes: one revision in place of several. Both may have files side by side; a database that
//! has some of the old ones goes on with these, and every other sees the one that replaces them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use autogen_model::Diagnostic;

use super::{Graph, Revision};

/// What stands beside the graph.
#[derive(Clone, Debug, Default)]
pub(super) struct Shelf {
    /// All files as they are, where any of them replaces others.
    files: Arc<Vec<Revision>>,
    /// The squashes whose old revisions are seen in their place.
    open: BTreeSet<String>,
    /// What an id that is not seen stands for.
    aliases: BTreeMap<String, String>,
}

/// The graph as one database sees it.
#[derive(Debug)]
pub struct Seen {
    /// The graph, where it is another.
    pub graph: Option<Graph>,
    /// The squashes whose old revisions the database has, with these.
    pub past: Vec<(String, Vec<String>)>,
}

/// Takes out what is not seen: the revisions that are replaced, but for those of the squashes that
/// are open, which go themselves. Whoever names one of them means what is seen in its place.
pub(super) fn set_aside(
    files: Vec<Revision>,
    open: BTreeSet<String>,
    faults: &mut Vec<Diagnostic>,
) -> (Vec<Revision>, Shelf) {
    if files.iter().all(|revision| revision.replaces.is_empty()) {
        return (files, Shelf::default());
    }
    complain(&files, faults);
    let files = Arc::new(files);
    let mut aliases = BTreeMap::new();
    let closed = files.iter().filter(|it| !it.replaces.is_empty() && !open.contains(&it.id));
    for squash in outermost(closed.collect()) {
        aliases.extend(squash.replaces.iter().map(|id| (id.clone(), squash.id.clone())));
    }
    let there: BTreeSet<&str> = files.iter().map(|it| it.id.as_str()).collect();
    for squash in files.iter().filter(|it| open.contains(&it.id)) {
        // Where the last of them is seen, or what it is seen as: they stand in their order.
        let known = |id: &&String| there.contains(id.as_str()) && !open.contains(*id);
        if let Some(last) = squash.replaces.iter().rev().find(known) {
            aliases.entry(squash.id.clone()).or_insert_with(|| last.clone());
        }
    }
    let mut seen: Vec<Revision> =
        files.iter().filter(|it| !aliases.contains_key(&it.id)).cloned().collect();
    for revision in &mut seen {
        let (parents, places) = followed(&revision.parents, &revision.places.parents, &aliases);
        (revision.parents, revision.places.parents) = (parents, places);
        let needs = followed(&revision.depends_on, &revision.places.depends_on, &aliases);
        (revision.depends_on, revision.places.depends_on) = needs;
    }
    (seen, Shelf { files, open, aliases })
}

/// The squashes that no other of them replaces.
fn outermost(squashes: Vec<&Revision>) -> Vec<&Revision> {
    let inner: BTreeSet<&String> = squashes.iter().flat_map(|it| &it.replaces).collect();
    let outer: Vec<bool> = squashes.iter().map(|it| !inner.contains(&it.id)).collect();
    squashes.into_iter().zip(outer).filter(|(_, outer)| *outer).map(|(it, _)| it).collect()
}

type Places = Vec<std::ops::Range<usize>>;

/// The names that are meant, each once, with their places.
fn followed(
    names: &[String],
    places: &[std::ops::Range<usize>],
    aliases: &BTreeMap<String, String>,
) -> (Vec<String>, Places) {
    let mut known: Vec<String> = Vec::new();
    let mut kept = Vec::new();
    for (name, place) in names.iter().zip(places) {
        let meant = meant(name, aliases);
        if !known.iter().any(|it| it == meant) {
            known.push(meant.to_owned());
            kept.push(place.clone());
        }
    }
    (known, kept)
}

/// What a name stands for in the end.
fn meant<'a>(name: &'a str, aliases: &'a BTreeMap<String, String>) -> &'a str {
    let mut at = name;
    // No alias leads in a circle, but a wrong header could.
    for _ in 0..=aliases.len() {
        match aliases.get(at) {
            Some(next) => at = next,
            None => break,
        }
    }
    at
}

fn complain(files: &[Revision], faults: &mut Vec<Diagnostic>) {
    let mut ids: BTreeMap<&str, &Revision> = BTreeMap::new();
    let replaced: BTreeSet<&String> = files.iter().flat_map(|it| &it.replaces).collect();
    for revision in files.iter().filter(|it| replaced.contains(&it.id)) {
        if let Some(first) = ids.insert(&revision.id, revision) {
            let report = Diagnostic::new(format!("two files are revision {}", revision.id))
                .at(revision.place(), "again here")
                .at(first.place(), "first here");
            faults.push(report.help("a squash replaced one of them: give the other another id"));
        }
    }
    let mut by: BTreeMap<&str, &Revision> = BTreeMap::new();
    for squash in files.iter().filter(|it| !it.replaces.is_empty()) {
        for id in &squash.replaces {
            if *id == squash.id {
                let report = Diagnostic::new("a revision that replaces itself");
                let report = report.at(squash.replaces_place(), "");
                faults.push(report.help("take its own id out of `Replaces`"));
            }
            let Some(other) = by.insert(id, squash) else { continue };
            if !squash.replaces.contains(&other.id) && !other.replaces.contains(&squash.id) {
                let message = format!("two revisions replace {id}");
                let report = Diagnostic::new(message).at(squash.replaces_place(), "again here");
                let report = report.at(other.replaces_place(), "first here");
                faults.push(report.help("delete one of the two, or squash them together"));
            }
        }
    }
}

impl Graph {
    /// The revision that is seen in the place of one that is replaced, by its id or the beginning
    /// of it.
    pub fn replacing(&self, name: &str) -> Option<&Revision> {
        let aliases = &self.shelf.aliases;
        let found = |id: &str| self.get(meant(id, aliases));
        if aliases.contains_key(name) {
            return found(name);
        }
        let from = aliases.range(name.to_owned()..);
        let mut begun = from.map(|(id, _)| id).take_while(|id| id.starts_with(name));
        let first = found(begun.next()?)?;
        begun.all(|id| found(id).is_some_and(|it| it.id == first.id)).then_some(first)
    }

    /// The revision of this id, also where another is seen in its place.
    pub fn file(&self, id: &str) -> Option<&Revision> {
        self.get(id).or_else(|| self.shelf.files.iter().find(|it| it.id == id))
    }

    /// All files, also of revisions that are not seen.
    pub fn files(&self) -> &[Revision] {
        match self.shelf.files.is_empty() {
            true => self.revisions(),
            false => &self.shelf.files,
        }
    }

    /// The files that a revision stands for, as far as they are there.
    pub fn replaced(&self, squash: &Revision) -> Vec<&Revision> {
        let ids: BTreeSet<&String> = squash.replaces.iter().collect();
        self.shelf.files.iter().filter(|it| ids.contains(&it.id)).collect()
    }

    /// The graph as a database sees it that has these revisions, and began those.
    pub fn seen_by(
        &self,
        applied: &BTreeSet<String>,
        recorded: &BTreeSet<String>,
    ) -> Result<Seen, Vec<Diagnostic>> {
        let files = &self.shelf.files;
        let squashes: BTreeMap<&str, &Revision> = files
            .iter()
            .filter(|it| !it.replaces.is_empty())
            .map(|it| (it.id.as_str(), it))
            .collect();
        let has = Has { squashes: &squashes, applied };
        let begun = |squash: &Revision| squash.replaces.iter().any(|id| recorded.contains(id));
        let open: BTreeSet<String> = squashes
            .values()
            .filter(|it| !recorded.contains(&it.id) && begun(it) && !has.all_of(it))
            .map(|it| it.id.clone())
            .collect();
        let faults: Vec<Diagnostic> = open
            .iter()
            .filter_map(|id| squashes.get(id.as_str()))
            .filter_map(|squash| lost(squash, files, applied))
            .collect();
        if !faults.is_empty() {
            return Err(faults);
        }
        let graph = match open == self.shelf.open {
            true => None,
            false => Some(Self::arranged(files.to_vec(), open)?),
        };
        let whole = graph.as_ref().unwrap_or(self);
        let there = squashes.values().filter(|it| whole.get(&it.id).is_some());
        let past = there.filter_map(|squash| {
            let old = squash.replaces.iter().filter(|id| recorded.contains(*id));
            let old: Vec<String> = old.cloned().collect();
            (!old.is_empty()).then(|| (squash.id.clone(), old))
        });
        let past = past.collect();
        Ok(Seen { graph, past })
    }
}

/// What a database has.
struct Has<'a> {
    squashes: &'a BTreeMap<&'a str, &'a Revision>,
    applied: &'a BTreeSet<String>,
}

impl Has<'_> {
    fn all_of(&self, squash: &Revision) -> bool {
        squash.replaces.iter().all(|id| self.has(id))
    }

    /// Whether it has a revision, or what replaces it, or all that it replaces.
    fn has(&self, id: &str) -> bool {
        let inside = |squash: &&Revision| {
            self.applied.contains(&squash.id) && squash.replaces.iter().any(|it| it == id)
        };
        self.applied.contains(id)
            || self.squashes.get(id).is_some_and(|squash| self.all_of(squash))
            || self.squashes.values().any(inside)
    }
}

/// Says where a database must go on with old revisions that have no files any more.
fn lost(squash: &Revision, files: &[Revision], applied: &BTreeSet<String>) -> Option<Diagnostic> {
    let there: BTreeSet<&str> = files.iter().map(|it| it.id.as_str()).collect();
    // What an inner squash replaced is not needed where that is there.
    let inner = files.iter().filter(|it| squash.replaces.contains(&it.id));
    let covered: BTreeSet<&String> = inner.flat_map(|it| &it.replaces).collect();
    let needed = |id: &&String| !there.contains(id.as_str()) && !covered.contains(*id);
    let gone = squash.replaces.iter().find(needed)?;
    let has = squash.replaces.iter().rev().find(|id| applied.contains(*id));
    let has = has.unwrap_or(gone);
    let id = &squash.id;
    let message = format!("the database has {has}, but not all of what {id} replaces");
    Some(
        Diagnostic::new(message)
            .at(squash.replaces_place(), format!("{gone} has no file any more"))
            .help("bring the files back from version control, and run `autogen upgrade` with them")
            .help(format!("if the database has it all the same: `autogen stamp {id}`")),
    )
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use autogen_model::Source;

    use super::*;
    use crate::revision::parse;

    /// Files by id, parents and what they replace.
    fn graph(files: &[[&str; 3]]) -> Result<Graph, Vec<Diagnostic>> {
        let one = |[id, parents, replaces]: &[&str; 3]| {
            let line = |key: &str, value: &str| match value {
                "" => String::new(),
                value => format!("-- {key}: {value}\n"),
            };
            let keys = line("Revises", parents) + &line("Replaces", replaces);
            let text = format!("-- Revision: {id}\n{keys}-- autogen: upgrade\n");
            parse(Arc::new(Source::new(Path::new(id), text)), Path::new(""))
        };
        Graph::new(files.iter().map(one).collect::<Result<_, _>>()?)
    }

    /// The ids that a database sees, then those it counts as replaced by what.
    fn seen(graph: &Graph, applied: &[&str]) -> String {
        let applied: BTreeSet<String> = applied.iter().map(|&id| id.to_owned()).collect();
        let Ok(seen) = graph.seen_by(&applied, &applied) else { return "lost".to_owned() };
        let whole = seen.graph.as_ref().unwrap_or(graph);
        let ids: Vec<&str> = whole.revisions().iter().map(|it| it.id.as_str()).collect();
        let past = seen.past.iter().map(|(id, old)| format!("{id} for {}", old.join("+")));
        format!("{} [{}]", ids.join(" "), past.collect::<Vec<_>>().join(", "))
    }

    const NESTED: [[&str; 3]; 7] = [
        ["a", "", ""],
        ["b", "a", ""],
        ["c", "b", ""],
        ["d", "c", ""],
        ["e", "d", ""],
        ["s", "a", "b, c"],
        ["t", "", "a, b, c, s, d"],
    ];

    #[test]
    fn each_database_sees_what_it_can_go_on_with() {
        let graph = graph(&NESTED).expect("a graph");
        for (applied, expected) in [
            (vec![], "t e []"),
            (vec!["a"], "a s d e []"),
            (vec!["a", "b"], "a b c d e []"),
            (vec!["a", "b", "c"], "a s d e [s for b+c]"),
            (vec!["a", "s"], "a s d e []"),
            (vec!["a", "s", "d"], "t e [t for a+s+d]"),
            (vec!["a", "b", "c", "d"], "t e [t for a+b+c+d]"),
            (vec!["t"], "t e []"),
            (vec!["t", "e"], "t e []"),
        ] {
            assert_eq!(seen(&graph, &applied), expected, "{applied:?}");
        }
    }

    #[test]
    fn a_database_halfway_needs_the_files() {
        let graph = graph(&[["t", "", "a, b"], ["e", "b", ""]]).expect("a graph");
        assert_eq!(seen(&graph, &[]), "t e []");
        assert_eq!(seen(&graph, &["a"]), "lost");
        assert_eq!(seen(&graph, &["a", "b"]), "t e [t for a+b]");
        assert_eq!(graph.replacing("b").map(|it| it.id.as_str()), Some("t"));
    }

    #[test]
    fn two_squashes_of_one_revision_are_a_fault() {
        let files = [["a", "", ""], ["b", "a", ""], ["s", "", "a, b"], ["t", "", "a, b"]];
        let faults = graph(&files).expect_err("two of them");
        assert_eq!(faults[0].message, "two revisions replace a");
    }
}
