//! Revisions as rows, as blocks of facts and as JSON: the same facts for people and for machines.

use std::collections::BTreeSet;
use std::path::Path;

use clap::ValueEnum;
use serde::Serialize;

use super::Context;
use super::ui::{Paint, Ui, Volume};
use crate::error::Result;
use crate::revision::draw::Knot;
use crate::revision::{Direction, Graph, Revision};

/// How results are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For people
    #[default]
    Text,
    /// For programs; the shape carries a version
    Json,
}

/// What is told about a revision. The names are the keys of the JSON, so they stay.
#[derive(Serialize)]
pub(super) struct Facts<'a> {
    id: &'a str,
    message: &'a str,
    parents: Vec<&'a str>,
    depends_on: Vec<&'a str>,
    children: Vec<&'a str>,
    labels: &'a [String],
    created: Option<&'a str>,
    path: &'a Path,
    /// The revisions that it was made of.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    replaces: &'a [String],
    /// The dialects that have sides of their own.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    dialects: BTreeSet<&'a str>,
    /// Nothing stands on it.
    head: bool,
    /// It is a head, but another revision depends on it, so that applying that one applies it.
    effective_head: bool,
    branch_point: bool,
    merge_point: bool,
    /// Whether the database stands there; absent when the database was not asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    current: Option<bool>,
    /// Whether it was applied; absent when the database was not asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    applied: Option<bool>,
}

/// The shape of `heads`, `history` and `show`.
#[derive(Serialize)]
struct Listing<'a> {
    version: u32,
    revisions: Vec<Facts<'a>>,
}

/// Whether a row says what the revision stands on.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Parents {
    /// `parent -> id`.
    Shown,
    /// `id` alone.
    Hidden,
}

/// The graph, with what the database has when it was asked.
pub(super) struct View<'a> {
    graph: &'a Graph,
    applied: Option<&'a BTreeSet<String>>,
    effective: BTreeSet<&'a str>,
    current: BTreeSet<&'a str>,
}

impl<'a> View<'a> {
    /// Works out once what every row needs.
    pub(super) fn new(graph: &'a Graph, applied: Option<&'a BTreeSet<String>>) -> Self {
        let ids = |revisions: Vec<&'a Revision>| revisions.into_iter().map(|it| it.id.as_str());
        Self {
            graph,
            applied,
            effective: ids(graph.effective_heads()).collect(),
            current: applied
                .map(|applied| ids(graph.current(applied)).collect())
                .unwrap_or_default(),
        }
    }

    /// Gathers the facts about one revision.
    pub(super) fn facts(&self, revision: &'a Revision) -> Facts<'a> {
        let ids = |revisions: Vec<&'a Revision>| {
            revisions.into_iter().map(|it| it.id.as_str()).collect::<Vec<_>>()
        };
        let id = revision.id.as_str();
        let children = ids(self.graph.children(id));
        Facts {
            id,
            message: &revision.message,
            parents: ids(self.graph.parents(id)),
            depends_on: ids(self.graph.dependencies(id)),
            labels: &revision.labels,
            created: revision.created.as_deref(),
            path: &revision.path,
            replaces: &revision.replaces,
            dialects: [Direction::Upgrade, Direction::Downgrade]
                .into_iter()
                .flat_map(|direction| revision.dialects(direction))
                .collect(),
            head: children.is_empty(),
            effective_head: children.is_empty() && !self.effective.contains(id),
            branch_point: children.len() > 1,
            merge_point: revision.parents.len() > 1,
            current: self.applied.map(|_| self.current.contains(id)),
            applied: self.applied.map(|applied| applied.contains(id)),
            children,
        }
    }
}

/// Prints revisions in the format that was asked for.
pub(super) fn list(
    context: &Context,
    format: Format,
    parents: Parents,
    rows: Vec<Facts<'_>>,
) -> Result<()> {
    let ui = &context.ui;
    if format == Format::Json {
        return ui.json(&Listing { version: 1, revisions: rows });
    }
    print(ui, parents, &rows);
    Ok(())
}

/// Prints revisions for people: a row each, or with `-v` a block each.
pub(super) fn print(ui: &Ui, parents: Parents, rows: &[Facts<'_>]) {
    match ui.volume() {
        Volume::Verbose => blocks(ui, rows),
        _ => rows.iter().for_each(|row| ui.line(row.row(ui, parents))),
    }
}

/// Prints each revision as a block.
pub(super) fn blocks(ui: &Ui, rows: &[Facts<'_>]) {
    for (at, row) in rows.iter().enumerate() {
        if at > 0 {
            ui.line("");
        }
        ui.text(&row.block(ui));
    }
}

impl Facts<'_> {
    /// `parent -> id (label) (head) (current), message`.
    pub(super) fn row(&self, ui: &Ui, parents: Parents) -> String {
        let mut row = String::new();
        if parents == Parents::Shown {
            let parents = match self.parents.is_empty() {
                true => "<base>".to_owned(),
                false => self.parents.join(", "),
            };
            row.push_str(&ui.paint(Paint::Dim, parents));
            if !self.depends_on.is_empty() {
                let needs = format!(" (with {})", self.depends_on.join(", "));
                row.push_str(&ui.paint(Paint::Dim, needs));
            }
            row.push_str(" -> ");
        }
        row.push_str(&self.marked_id(ui));
        if !self.title().is_empty() {
            row.push_str(", ");
            row.push_str(self.title());
        }
        row
    }

    fn marked_id(&self, ui: &Ui) -> String {
        let mut text = ui.paint(Paint::Id, self.id);
        for (paint, mark) in self.marks() {
            text.push(' ');
            text.push_str(&ui.paint(paint, format!("({mark})")));
        }
        text
    }

    fn marks(&self) -> Vec<(Paint, String)> {
        let mut marks = Vec::new();
        if !self.labels.is_empty() {
            marks.push((Paint::Mark, self.labels.join(", ")));
        }
        let mut mark = |holds: bool, paint, word: &str| {
            if holds {
                marks.push((paint, word.to_owned()));
            }
        };
        mark(self.head && self.effective_head, Paint::Good, "effective head");
        mark(self.head && !self.effective_head, Paint::Good, "head");
        mark(self.current == Some(true), Paint::Mark, "current");
        mark(self.branch_point, Paint::Dim, "branchpoint");
        mark(self.merge_point, Paint::Dim, "mergepoint");
        marks
    }

    fn title(&self) -> &str {
        self.message.lines().next().unwrap_or_default()
    }

    /// The same for a drawing or document, in which edges say what it stands on.
    pub(super) fn knot(&self) -> Knot<'_> {
        let marks = self.marks().into_iter().map(|(_, mark)| format!("({mark})"));
        let marks = marks.collect::<Vec<_>>().join(" ");
        let lines = [self.id, self.title(), &marks].map(str::to_owned).into_iter();
        Knot {
            id: self.id,
            lines: lines.filter(|line| !line.is_empty()).collect(),
            parents: self.parents.clone(),
            needs: self.depends_on.clone(),
        }
    }

    /// Everything, one fact to a line.
    pub(super) fn block(&self, ui: &Ui) -> String {
        let parents = match self.parents.is_empty() {
            true => "<base>".to_owned(),
            false => self.parents.join(", "),
        };
        let branches = match self.branch_point {
            true => self.children.join(", "),
            false => String::new(),
        };
        let created = self.created.unwrap_or_default().to_owned();
        let dialects: Vec<&str> = self.dialects.iter().copied().collect();
        let mut block = format!("{} {}\n", ui.paint(Paint::Bold, "Revision"), self.marked_id(ui));
        for (word, value) in [
            (if self.merge_point { "Merges" } else { "Parent" }, parents),
            ("Depends on", self.depends_on.join(", ")),
            ("Replaces", self.replaces.join(", ")),
            ("Branches into", branches),
            ("Created", created),
            ("Dialects", dialects.join(", ")),
            ("File", self.path.display().to_string()),
        ] {
            if !value.is_empty() {
                block.push_str(&format!("  {:14} {value}\n", format!("{word}:")));
            }
        }
        for (at, line) in self.message.lines().enumerate() {
            block.push_str(if at == 0 { "\n    " } else { "    " });
            block.push_str(line.trim_end());
            block.push('\n');
        }
        block
    }
}
