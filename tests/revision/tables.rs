//! Tables of questions; the answers stand beside them.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use autogen::error::Error;
use autogen::revision::graph::{Graph, Target};
use autogen::revision::identifier::{Identifier, Selection};
use autogen::revision::name::{NameParts, file_name, in_zone, rfc3339, slug};
use autogen::revision::{self, Revision};
use autogen_model::{Diagnostic, Source};
use libtest_mimic::{Failed, Trial};

use crate::{cases, compare, trial};

pub(crate) fn trials() -> impl Iterator<Item = Trial> {
    cases("fixtures/revision_tables", "txt").map(|path| trial("table", path, table))
}

fn table(path: &Path) -> Result<(), Failed> {
    compare(&answered(&std::fs::read_to_string(path)?)?, &path.with_extension("out"))
}

/// What the questions are about: the graph drawn last, and what is applied.
#[derive(Default)]
struct Scene {
    drawn: Vec<Revision>,
    graph: Option<Result<Graph, Vec<Diagnostic>>>,
    applied: BTreeSet<String>,
}

/// The text with an answer to each line that starts with a question mark.
fn answered(text: &str) -> Result<String, Failed> {
    let mut scene = Scene::default();
    let mut result = String::new();
    for line in text.lines() {
        match line.strip_prefix("? ") {
            Some(question) => {
                let answer = scene.answer(question)?;
                writeln!(result, "{}", format!("{question} => {answer}").trim_end())?;
            }
            None => {
                scene.draw(line)?;
                writeln!(result, "{line}")?;
            }
        }
    }
    Ok(result)
}

impl Scene {
    /// `graph` starts anew, `at ids` says what is applied, `id message | Key: value` adds one.
    fn draw(&mut self, line: &str) -> Result<(), Failed> {
        if line.is_empty() || line.starts_with('#') {
            return Ok(());
        }
        if line == "graph" {
            *self = Self::default();
        } else if let Some(ids) = line.strip_prefix("at") {
            self.applied = ids.split_whitespace().map(str::to_owned).collect();
        } else {
            let mut parts = line.split('|').map(str::trim);
            let (id, message) =
                parts.next().and_then(|name| name.split_once(' ')).ok_or("no message")?;
            let mut text = format!("-- {message}\n--\n-- Revision: {id}\n");
            parts.try_for_each(|key| writeln!(text, "-- {key}"))?;
            text.push_str("-- autogen: upgrade\n");
            let path = format!("{}_{id}.sql", self.drawn.len());
            let source = Arc::new(Source::new(path, text));
            let revision =
                revision::parse(source, Path::new("")).map_err(|faults| told(&faults))?;
            self.drawn.push(revision);
            self.graph = Some(Graph::new(self.drawn.clone()));
        }
        Ok(())
    }

    fn answer(&self, question: &str) -> Result<String, Failed> {
        let (verb, rest) = question.split_once(' ').unwrap_or((question, ""));
        match verb {
            "slug" | "file" | "time" => name_answer(verb, rest),
            "faults" => match self.graph.as_ref().ok_or("no graph")? {
                Ok(_) => Ok("none".to_owned()),
                Err(faults) => Ok(told(faults)),
            },
            _ => match self.graph.as_ref().ok_or("no graph")? {
                Ok(graph) => self.graph_answer(graph, verb, rest),
                Err(faults) => Err(told(faults).into()),
            },
        }
    }

    fn graph_answer(&self, graph: &Graph, verb: &str, rest: &str) -> Result<String, Failed> {
        let path = |find: fn(&Graph, &BTreeSet<String>, &Target) -> Vec<String>| {
            let target =
                Identifier::parse(rest).and_then(|name| graph.resolve(&name, &self.applied));
            match target {
                Ok(target) => find(graph, &self.applied, &target).join(" "),
                Err(error) => refused(&error),
            }
        };
        Ok(match verb {
            "resolve" => self.resolved(graph, rest),
            "order" => ids(graph.revisions().iter().collect()).join(" "),
            "heads" => ids(graph.heads()).join(" "),
            "effective" => ids(graph.effective_heads()).join(" "),
            "bases" => ids(graph.bases()).join(" "),
            "current" => ids(graph.current(&self.applied)).join(" "),
            "branchpoints" => ids(graph.branch_points()).join(" "),
            "children" => ids(graph.children(rest)).join(" "),
            "branch" => Vec::from_iter(graph.branch(rest).ok_or("no branch")?).join(" "),
            "ancestors" => Vec::from_iter(graph.ancestors(&[rest.to_owned()])).join(" "),
            "upgrade" => path(|graph, applied, to| ids(graph.upgrade_path(applied, to))),
            "downgrade" => path(|graph, applied, to| ids(graph.downgrade_path(applied, to))),
            _ => return Err(format!("unknown question `{verb}`").into()),
        })
    }

    fn resolved(&self, graph: &Graph, text: &str) -> String {
        let text = text.trim_matches('\'');
        let target = |target: &Target| {
            let branch = target.branch.as_ref().map(|name| format!(" on {name}"));
            let at = match target.revisions.is_empty() {
                true => "base".to_owned(),
                false => target.revisions.join(" "),
            };
            let undo = match target.undo.is_empty() {
                true => String::new(),
                false => format!(", undoing {}", target.undo.join(" ")),
            };
            format!("{at}{}{undo}", branch.unwrap_or_default())
        };
        let result = Selection::parse(text).and_then(|selection| match selection {
            Selection::One(one) => graph.resolve(&one, &self.applied).map(|to| target(&to)),
            Selection::Range(start, end) => {
                let range = graph.resolve_range(start.as_ref(), end.as_ref(), &self.applied);
                range.map(|(start, end)| format!("{} .. {}", target(&start), target(&end)))
            }
        });
        result.unwrap_or_else(|error| refused(&error))
    }
}

fn ids(revisions: Vec<&Revision>) -> Vec<String> {
    revisions.into_iter().map(|revision| revision.id.clone()).collect()
}

fn refused(error: &Error) -> String {
    format!("! {}", told(error.reports()))
}

/// Complaints in one line.
fn told(faults: &[Diagnostic]) -> String {
    let one = |fault: &Diagnostic| {
        let places: Vec<String> =
            fault.labels.iter().map(|label| label.place.to_string()).collect();
        let places = match places.is_empty() {
            true => String::new(),
            false => format!(" [{}]", places.join(", ")),
        };
        format!("{}{places} ({})", fault.message, fault.help.join("; "))
    };
    faults.iter().map(one).collect::<Vec<_>>().join(" / ")
}

/// `slug LENGTH message`, `file PATTERN message`, `time ZONE`; the time is always the same.
fn name_answer(verb: &str, rest: &str) -> Result<String, Failed> {
    let moment: jiff::Timestamp = "2026-11-20T23:30:05Z".parse()?;
    let (first, message) = rest.split_once(' ').unwrap_or((rest, ""));
    if verb == "slug" {
        return Ok(slug(message, first.parse()?));
    }
    if verb == "time" {
        let told = in_zone(moment, first).map(|time| rfc3339(&time));
        return Ok(told.unwrap_or_else(|error| refused(&error)));
    }
    let created = in_zone(moment, "Asia/Tokyo").map_err(|error| refused(&error))?;
    let parts = NameParts { id: "3f2a9c1b7d04", message, created: &created, slug_length: 40 };
    let name = file_name(first, &parts).map(|path| path.display().to_string());
    Ok(name.unwrap_or_else(|error| refused(&error)))
}
