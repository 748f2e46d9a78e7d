//! What a command answers: by the pure functions, and by the runner, which must agree.

use std::collections::BTreeSet;
use std::fmt::Display;
use std::path::Path;
use std::sync::Arc;

use autogen::error::{Error, Result};
use autogen::revision::write::{Draft, DraftSide};
use autogen::revision::{
    self, Addition, Direction, Graph, Identifier, Revision, Selection, Target, folder,
};
use autogen::runner::{self, ledger::State};
use autogen_model::Source;
use libtest_mimic::Failed;

use super::drawing::Drawing;
use super::ledger::Live;

/// The graph that is drawn, and the database.
pub(crate) struct Scene {
    drawing: Drawing,
    graph: Option<Result<Graph>>,
    live: Live,
}

type Lines = Vec<String>;

impl Scene {
    pub(crate) async fn new() -> Result<Self, Failed> {
        Ok(Self { drawing: Drawing::new()?, graph: None, live: Live::new().await? })
    }

    pub(crate) async fn draw(&mut self, line: &str) -> Result<(), Failed> {
        if line.is_empty() || line.starts_with('#') {
            return Ok(());
        }
        if let Some(folders) = line.strip_prefix("folders: ") {
            return self.drawing.read_from(folders);
        }
        if let Some(link) = line.strip_prefix("link ") {
            return self.drawing.link(link);
        }
        if let Some(ids) = line.strip_prefix("applied:") {
            // `x9<b2` has no file and stood on b2.
            let ids = ids.split_whitespace().map(|word| {
                let (id, parents) = word.split_once('<').unwrap_or((word, ""));
                let parents = parents.split('+').filter(|it| !it.is_empty());
                (id.to_owned(), parents.map(str::to_owned).collect())
            });
            let ids: Vec<(String, Vec<String>)> = ids.collect();
            let graph = self.load().as_ref().map_err(ToString::to_string)?;
            let graph = revision::folder::graph(graph.revisions().to_vec())?;
            return self.live.set(&graph, &ids).await;
        }
        self.graph = None;
        self.drawing.add(line)
    }

    fn load(&mut self) -> &Result<Graph> {
        let folders = self.drawing.folders();
        self.graph.get_or_insert_with(|| folder::load_graph(folders))
    }

    pub(crate) async fn answer(&mut self, command: &str) -> Result<Lines, Failed> {
        let (verb, rest) = command.split_once(' ').unwrap_or((command, ""));
        self.load();
        let Self { drawing, graph, live } = self;
        let strip = |lines: Lines| lines.iter().map(|line| drawing.strip(line)).collect();
        let graph = match graph {
            Some(Ok(graph)) => graph,
            Some(Err(error)) => return Ok(strip(refused(error))),
            None => return Err("no graph".into()),
        };
        let lines = match verb {
            "upgrade" => walk(live, graph, Direction::Upgrade, rest).await?,
            "downgrade" => walk(live, graph, Direction::Downgrade, rest).await?,
            "stamp" => stamp(live, graph, rest).await?,
            "current" => current(live, graph).await?,
            _ => {
                let applied = live.applied().await?;
                told(pure(graph, &applied, verb, rest)?)
            }
        };
        Ok(strip(lines))
    }
}

/// An answer, or the refusal in its place.
fn told(result: Result<Lines>) -> Lines {
    result.unwrap_or_else(|error| refused(&error))
}

fn refused(error: &Error) -> Lines {
    let mut lines = Vec::new();
    for report in error.reports() {
        let places: Vec<String> = report.labels.iter().map(|it| it.place.to_string()).collect();
        let places =
            if places.is_empty() { String::new() } else { format!(" [{}]", places.join(", ")) };
        lines.push(format!("! {}{places}", report.message));
        lines.extend(report.help.iter().map(|help| format!("  help: {help}")));
    }
    lines
}

fn listed(word: &str, names: impl IntoIterator<Item = impl Display>) -> String {
    let names: Vec<String> = names.into_iter().map(|it| it.to_string()).collect();
    let names = if names.is_empty() { "nothing".to_owned() } else { names.join(" ") };
    format!("{word} {names}")
}

fn ids<'a>(revisions: impl IntoIterator<Item = &'a Revision>) -> Vec<String> {
    revisions.into_iter().map(|it| it.id.clone()).collect()
}

/// Where the database is, and all that it has.
async fn state(live: &mut Live, graph: &Graph) -> Result<Lines, Failed> {
    let applied = live.applied().await?;
    let known = runner::with_stored(graph, &live.state().await?)?;
    let at = ids(known.current(&applied));
    let at = if at.is_empty() { vec!["base".to_owned()] } else { at };
    Ok(vec![listed("at", at), listed("applied", applied)])
}

async fn walk(
    live: &mut Live,
    graph: &Graph,
    direction: Direction,
    word: &str,
) -> Result<Lines, Failed> {
    let state_before = live.state().await?;
    let applied = state_before.applied();
    let known = match direction {
        Direction::Upgrade => runner::with_stored(graph, &State::default())?,
        Direction::Downgrade => runner::with_stored(graph, &state_before)?,
    };
    let meant = one(word).and_then(|it| match direction {
        Direction::Upgrade => graph.resolve(&it, &applied),
        Direction::Downgrade => runner::resolve(graph, &state_before, &it),
    });
    let target = match meant {
        Ok(target) => target,
        Err(error) => return Ok(refused(&error)),
    };
    let path = match direction {
        Direction::Upgrade => Ok(known.upgrade_path(&applied, &target)),
        Direction::Downgrade => known
            .refuse_downgrade(&applied, &target)
            .map(|()| known.downgrade_path(&applied, &target)),
    };
    let report = live.walk(graph, direction, &target).await;
    let (path, report) = match (path, report) {
        (Ok(path), Ok(report)) => (ids(path), report),
        (_, Err(error)) => return same(live, &applied, refused(&error)).await,
        (Err(error), Ok(_)) => {
            return Err(format!("the runner ran what is refused: {error}").into());
        }
    };
    let ran: Vec<String> = report.ran.iter().map(|it| it.id.clone()).collect();
    let sign = if direction == Direction::Upgrade { '+' } else { '-' };
    let signed: Vec<String> = path.iter().map(|id| format!("{sign}{id}")).collect();
    let trace = live.trace().await?;
    if ran != path || trace != signed {
        return Err(format!("planned {path:?}, ran {ran:?}, seen {trace:?}").into());
    }
    let mut lines = vec![listed("runs", path)];
    if report.past {
        lines.push("is past it already".to_owned());
    }
    let after = state(live, graph).await?;
    if after[0] != listed("at", at(&report.heads)) {
        return Err(format!("{after:?}, but the report says {:?}", report.heads).into());
    }
    lines.extend(after);
    Ok(lines)
}

fn at(heads: &[String]) -> Vec<String> {
    if heads.is_empty() { vec!["base".to_owned()] } else { heads.to_vec() }
}

/// A refusal, which must leave everything as it was.
async fn same(live: &mut Live, before: &BTreeSet<String>, lines: Lines) -> Result<Lines, Failed> {
    let trace = live.trace().await?;
    match live.applied().await? == *before && trace.is_empty() {
        true => Ok(lines),
        false => Err(format!("a refusal changed the database: {lines:?}").into()),
    }
}

fn one(word: &str) -> Result<Identifier> {
    Selection::parse(word.trim_matches('\'')).and_then(Selection::one)
}

async fn stamp(live: &mut Live, graph: &Graph, rest: &str) -> Result<Lines, Failed> {
    let words = rest.split(' ').filter(|it| *it != "--purge" && !it.is_empty());
    let purge = rest.contains("--purge");
    let wanted: Result<Vec<Identifier>> = words.map(one).collect();
    let before = live.state().await?;
    let (recorded, applied) = (before.entries.keys().cloned().collect(), before.applied());
    let wanted = match wanted {
        Ok(wanted) => wanted,
        Err(error) => return Ok(refused(&error)),
    };
    let known = runner::with_stored(graph, &before)?;
    let pure = wanted.iter().map(|it| runner::resolve(graph, &before, it));
    let pure = pure.collect::<Result<Vec<Target>>>();
    let pure = pure.and_then(|targets| known.stamping(&recorded, &applied, &targets, purge));
    let written = live.stamp(graph, &wanted, purge).await;
    let (pure, heads) = match (pure, written) {
        (Ok(pure), Ok(heads)) => (pure, heads),
        (_, Err(error)) => return same(live, &applied, refused(&error)).await,
        (Err(error), Ok(_)) => {
            return Err(format!("the runner stamped what is refused: {error}").into());
        }
    };
    let mut expected: BTreeSet<String> = recorded.difference(&pure.removed).cloned().collect();
    expected.extend(ids(pure.added.iter().copied()));
    let after = live.applied().await?;
    if after != expected || !live.trace().await?.is_empty() {
        return Err(format!("planned {expected:?}, the ledger has {after:?}").into());
    }
    // What is taken away and put back at once is no change.
    let mut lines = vec![
        listed("adds", after.difference(&applied)),
        listed("removes", applied.difference(&after)),
    ];
    let state = state(live, graph).await?;
    if state[0] != listed("at", at(&heads)) {
        return Err(format!("{state:?}, but the stamp says {heads:?}").into());
    }
    lines.extend(state);
    Ok(lines)
}

async fn current(live: &mut Live, graph: &Graph) -> Result<Lines, Failed> {
    let status = live.status(graph).await?;
    let mut lines = vec![listed("at", at(&status.heads)), listed("pending", &status.pending)];
    lines.extend(status.findings.iter().map(|it| format!("warning: {}", it.report().message)));
    Ok(lines)
}

/// What needs no runner.
fn pure(
    graph: &Graph,
    applied: &BTreeSet<String>,
    verb: &str,
    rest: &str,
) -> Result<Result<Lines>, Failed> {
    let name = rest.trim_matches('\'');
    Ok(match verb {
        "graph" => Ok(vec!["fits".to_owned()]),
        "resolve" => resolved(graph, applied, name),
        "history" | "show" => Selection::parse(name)
            .and_then(|selection| graph.selected(&selection, applied))
            .map(|found| vec![listed("lists", ids(found))]),
        "revision" => added(graph, applied, rest)?,
        "order" => Ok(vec![listed("order", ids(graph.revisions()))]),
        "heads" => Ok(vec![
            listed("heads", ids(graph.heads())),
            listed("effective", ids(graph.effective_heads())),
        ]),
        "bases" => Ok(vec![listed("bases", ids(graph.bases()))]),
        "branches" => Ok(vec![listed("branch points", ids(graph.branch_points()))]),
        "branch" => {
            let members = graph.branch(rest).ok_or("no such branch")?;
            Ok(vec![listed("members", members)])
        }
        "labels" => {
            let labels = graph.branch_labels().into_iter();
            Ok(labels.map(|(id, labels)| listed(&format!("{id}:"), labels.iter())).collect())
        }
        _ => return Err(format!("unknown command `{verb}`").into()),
    })
}

fn resolved(graph: &Graph, applied: &BTreeSet<String>, text: &str) -> Result<Lines> {
    let shown = |target: &Target| {
        let mut text = at(&target.revisions).join(" ");
        text.extend(target.branch.as_ref().map(|name| format!(" on {name}")));
        if !target.undo.is_empty() {
            text.push_str(&format!(", over {}", target.undo.join(" ")));
        }
        text
    };
    match Selection::parse(text)? {
        Selection::One(one) => Ok(vec![shown(&graph.resolve(&one, applied)?)]),
        Selection::Range(start, end) => {
            let (start, end) = graph.resolve_range(start.as_ref(), end.as_ref(), applied)?;
            Ok(vec![format!("{} .. {}", shown(&start), shown(&end))])
        }
    }
}

/// `revision` with its flags, as far as they are about the graph. What is accepted must fit when
/// it is written.
fn added(graph: &Graph, applied: &BTreeSet<String>, rest: &str) -> Result<Result<Lines>, Failed> {
    let (mut addition, mut id) = (Addition::default(), None);
    let (mut labels, mut depends_on) = (Vec::new(), Vec::new());
    let mut words = rest.split(' ').filter(|it| !it.is_empty());
    while let Some(flag) = words.next() {
        if flag == "--splice" {
            addition.splice = true;
            continue;
        }
        // A value in quotes may hold a blank, written as `_`, or be empty.
        let value = words.next().ok_or("a flag without a value")?;
        let value = match value.strip_prefix('\'') {
            Some(quoted) => quoted.trim_end_matches('\'').replace('_', " "),
            None => value.to_owned(),
        };
        match flag {
            "--head" => addition.head = Some(value),
            "--rev-id" => id = Some(value),
            "--branch-label" => labels.push(value),
            "--depends-on" => depends_on.push(value),
            _ => return Err(format!("unknown flag {flag}").into()),
        }
    }
    let drafted = || -> Result<Draft> {
        let id = graph.id_of_new(Some(id.as_deref().unwrap_or("new1")))?;
        let labels = graph.labels_of_new(&id, &labels)?;
        let depends_on = graph.dependencies_of_new(&depends_on)?;
        let parents = graph.parents_of_new(&addition, applied)?;
        Ok(Draft { id, parents, labels, depends_on, ..Draft::default() })
    };
    let draft = match drafted() {
        Ok(draft) => draft,
        Err(error) => return Ok(Err(error)),
    };
    let side = DraftSide {
        direction: Direction::Upgrade,
        dialect: None,
        steps: Vec::new(),
        irreversible: None,
    };
    let draft = Draft { sides: vec![side], ..draft };
    let text = revision::render(&draft, None, "sqlite")?;
    let source = Arc::new(Source::new("new.sql", text));
    let written = revision::parse(source, Path::new("")).map_err(|it| format!("{it:?}"))?;
    let mut revisions = graph.revisions().to_vec();
    revisions.push(written);
    folder::graph(revisions)?;
    Ok(Ok(vec![
        listed("revises", draft.parents),
        listed("labels", draft.labels),
        listed("depends on", draft.depends_on),
    ]))
}
