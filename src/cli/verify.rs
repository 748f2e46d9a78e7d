//! `verify`: do the revisions lead to the models, and back?

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use clap::Args;
use serde::Serialize;

use super::check::{DifferenceFacts, line};
use super::database::{block_on, options};
use super::project::Project;
use super::rows::Format;
use super::sides::{self, Current, From};
use super::signals::stoppable;
use super::ui::{Paint, Ui};
use super::{Context, Outcome};
use crate::config::{Origin, Url};
use crate::db::{Database, Scratch};
use crate::dialect::Dialect;
use crate::diff::Declined;
use crate::error::{Error, Kind, Result};
use crate::generate::{Difference, differences};
use crate::revision::{Selection, Target};
use crate::runner::{Proof, Verdict, Verification, Watch};

/// Prove on scratch that every revision can be undone
///
/// Runs every revision on a scratch database, one by one; compares what they lead to with the
/// models; undoes every revision, the last one first; and applies all of them again. Before each
/// upgrade and after its downgrade the schema must be the same: tables, types, views, triggers,
/// functions and all else that is there. Rows are not compared. It is done for each dialect of
/// the project: SQLite in memory, the others on the server of the URL, or of `scratch` under
/// [database], in a database that is made for it and dropped.
///
/// Exit code 0: all is exact. 1: something differs. 2: it could not be told.
#[derive(Args)]
#[command(after_long_help = "\
Examples:
  autogen verify
  autogen verify -v                    with times
  autogen verify -r 3f2a:head          only the ways back down to this one
  autogen verify --scratch postgres://me@localhost/postgres
  autogen verify --format json")]
pub(super) struct Verify {
    /// The server to make a scratch database on, one for each dialect; may be given several times
    #[arg(long, value_name = "URL")]
    scratch: Vec<String>,
    /// Only these: up to REV, or up to B and down to A
    #[arg(short = 'r', long = "range", value_name = "A:B", allow_hyphen_values = true)]
    range: Option<String>,
    /// How to print what was found
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: Format,
}

/// The shape of `verify`.
#[derive(Serialize)]
struct Answer<'a> {
    version: u32,
    /// Whether nothing is wrong, for any dialect.
    sound: bool,
    dialects: Vec<DialectFacts<'a>>,
}

#[derive(Serialize)]
struct DialectFacts<'a> {
    dialect: &'a str,
    /// Between the models and what all upgrades lead to; absent where it was not compared.
    #[serde(skip_serializing_if = "Option::is_none")]
    differences: Option<Vec<DifferenceFacts<'a>>>,
    /// The last one first, as they were undone.
    revisions: Vec<Row<'a>>,
}

#[derive(Serialize)]
struct Row<'a> {
    id: &'a str,
    message: &'a str,
    path: &'a Path,
    /// `exact`, `irreversible`, `missing`, `differs`, `refused` or `again`.
    verdict: &'a str,
    /// Why there is no way back, or what the database said.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// What is otherwise after the downgrade than before the upgrade.
    differences: &'a [String],
    upgrade_ms: u128,
    downgrade_ms: Option<u128>,
}

/// What was found for one dialect.
struct Found {
    dialect: &'static str,
    models: Option<Vec<Difference>>,
    proofs: Vec<Proof>,
}

impl Found {
    fn is_sound(&self) -> bool {
        self.models.as_ref().is_none_or(Vec::is_empty)
            && self.proofs.iter().all(|proof| proof.verdict.is_sound())
    }
}

/// What is looked at.
struct Range {
    target: Target,
    since: Option<Target>,
    /// Whether it ends where the models are.
    whole: bool,
}

impl Verify {
    pub(super) fn run(self, context: &Context) -> Result<Outcome> {
        let mut project = Project::open(context)?;
        let urls = self.scratch.iter().map(|text| {
            let url = Url::parse(text, Origin::Flag);
            url.map_err(|report| Error::from_reports(Kind::Usage, vec![report]))
        });
        let urls = urls.collect::<Result<Vec<_>>>()?;
        project.config.database.scratch.splice(0..0, urls);
        if project.graph.revisions().is_empty() {
            project.report_nothing(context);
            return Ok(Outcome::Done);
        }
        let range = self.range(context, &project)?;
        let target = models(context, &project, &range)?;
        let (mut all, mut failed) = (Vec::new(), None);
        let several = sides::dialects(&project.config)?;
        let text = self.format == Format::Text;
        let (project, range, target) = (&project, &range, target.as_ref());
        let work = Work { context, project, range, target, text };
        for dialect in &several {
            if several.len() > 1 && text {
                context.ui.line(context.ui.paint(Paint::Bold, dialect.name()));
            }
            match block_on(stoppable(work.run(&**dialect))) {
                Ok(found) => all.push(found),
                Err(error) if failed.is_none() => failed = Some(error),
                Err(error) => context.ui.error(&error),
            }
        }
        if let Some(error) = failed {
            return Err(error);
        }
        if self.format == Format::Json {
            context.ui.json(&answer(&all))?;
        }
        let sound = all.iter().all(Found::is_sound);
        Ok(if sound { Outcome::Done } else { Outcome::Differences })
    }

    fn range(&self, context: &Context, project: &Project) -> Result<Range> {
        let graph = &project.graph;
        let heads: BTreeSet<&str> = graph.heads().iter().map(|head| head.id.as_str()).collect();
        let word = self.range.as_deref().unwrap_or("heads");
        let none = BTreeSet::new();
        let selection = Selection::parse(word)?;
        project.graph.selected(&selection, &none)?;
        let (since, target) = match selection {
            Selection::One(identifier) => (None, graph.resolve(&identifier, &none)?),
            Selection::Range(start, end) => {
                let (start, end) = graph.resolve_range(start.as_ref(), end.as_ref(), &none)?;
                (Some(start).filter(|start| !start.revisions.is_empty()), end)
            }
        };
        if target.revisions.is_empty() {
            let message = format!("`{word}` names no revision to begin with");
            return Err(Error::new(Kind::Usage, message).help("say `autogen verify -r REV`"));
        }
        let ends: BTreeSet<&str> = target.revisions.iter().map(String::as_str).collect();
        if ends.len() > 1 {
            let heads = Vec::from_iter(ends.iter().copied()).join(" and ");
            context.ui.status(format_args!("The heads {heads} are verified together"));
        }
        Ok(Range { whole: ends == heads, target, since })
    }
}

/// What the models say, where they can be compared with what the upgrades lead to.
fn models(context: &Context, project: &Project, range: &Range) -> Result<Option<sides::Target>> {
    let models = &project.config.models;
    if !range.whole {
        return Ok(None);
    }
    if models.iter().all(|path| !path.exists()) {
        context.ui.status("There are no models to compare with");
        return Ok(None);
    }
    sides::target(&project.config).map(Some)
}

/// What is the same for every dialect.
struct Work<'a> {
    context: &'a Context,
    project: &'a Project,
    range: &'a Range,
    target: Option<&'a sides::Target>,
    /// Whether it is for people.
    text: bool,
}

impl Work<'_> {
    async fn run(&self, dialect: &dyn Dialect) -> Result<Found> {
        let ui = &self.context.ui;
        let place: Scratch = sides::needed_scratch(&self.project.config, dialect)?;
        let options = options(self.context, self.project);
        let (graph, Range { target, since, .. }) = (&self.project.graph, self.range);
        let mut work = Verification::new(graph, target, since.as_ref(), &options, &place);
        let mut told = Told { ui, text: self.text, dialect: dialect.name() };
        let mut db = work.up(&mut told).await?;
        let mut models = None;
        if let Some(target) = self.target {
            let (back, found) = self.at_head(target, db).await?;
            db = back;
            if self.text {
                found.iter().for_each(|difference| ui.line(line(ui, difference)));
            }
            models = Some(found);
        }
        let proofs = work.down(db, &mut told).await?;
        let found = Found { dialect: dialect.name(), models, proofs };
        conclude(ui, &found);
        Ok(found)
    }

    /// Compares the database, which is at the heads, with the models.
    async fn at_head(
        &self,
        target: &sides::Target,
        mut db: Database,
    ) -> Result<(Database, Vec<Difference>)> {
        let mut current = Current {
            schema: db.introspect().await?,
            dialect: db.dialect()?,
            db: Some(db),
            from: From::Revisions,
            name: String::new(),
            pending: Vec::new(),
            findings: Vec::new(),
        };
        let (models, nothing) = ((&target.schema, &target.intent), Declined::default());
        let compared =
            sides::compared(self.context, self.project, &mut current, models, &nothing).await?;
        let gone = || Error::new(Kind::Internal, "the connection was lost on the way");
        let db = current.db.take().ok_or_else(gone)?;
        Ok((db, differences(&compared.diff.ops, &target.intent)))
    }
}

/// Says at the end what it comes to.
fn conclude(ui: &Ui, found: &Found) {
    let all = found.proofs.len();
    let noun = if all == 1 { "revision" } else { "revisions" };
    let (dialect, models) = (found.dialect, found.models.as_ref().map_or(0, Vec::len));
    let wrong = found.proofs.iter().filter(|proof| !proof.verdict.is_sound()).count();
    let one_way = |proof: &&Proof| matches!(proof.verdict, Verdict::Irreversible(_));
    let one_way = match found.proofs.iter().filter(one_way).count() {
        0 => String::new(),
        1 => "; 1 is irreversible".to_owned(),
        count => format!("; {count} are irreversible"),
    };
    match wrong {
        0 => ui.status(format_args!(
            "Verified {all} {noun} on {dialect}: each downgrade undoes its upgrade{one_way}"
        )),
        1 => ui.status(format_args!("1 of {all} {noun} is not undone on {dialect}{one_way}")),
        _ => {
            ui.status(format_args!("{wrong} of {all} {noun} are not undone on {dialect}{one_way}"))
        }
    }
    match found.models {
        Some(_) if models == 0 => ui.status("The upgrades lead to the models"),
        Some(_) => {
            let noun = if models == 1 { "difference" } else { "differences" };
            ui.status(format_args!("{models} {noun} between the models and what they lead to"));
            ui.hint("`autogen revision --from revisions -m MESSAGE` writes what is missing");
        }
        None => {}
    }
}

/// Tells the user how far it is.
struct Told<'a> {
    ui: &'a Ui,
    text: bool,
    dialect: &'static str,
}

impl Watch for Told<'_> {
    fn done(&mut self, runs: usize, of: usize) {
        self.ui.go_on_live(format_args!("Verifying on {}: {runs} of {of} runs", self.dialect));
    }

    fn judged(&mut self, proof: &Proof) {
        if !self.text {
            return;
        }
        let ui = self.ui;
        let paint = match proof.verdict {
            Verdict::Exact => Paint::Good,
            Verdict::Irreversible(_) => Paint::Mark,
            _ => Paint::Bad,
        };
        let comma = if proof.title.is_empty() { "" } else { ", " };
        let word = ui.paint(paint, format_args!("{:<12}", proof.verdict.word()));
        let id = ui.paint(Paint::Id, &proof.id);
        let took = match (ui.is_verbose(), proof.down) {
            (false, _) => String::new(),
            (true, None) => format!(" ({} ms up)", proof.up.as_millis()),
            (true, Some(down)) => {
                format!(" ({} ms up, {} ms down)", proof.up.as_millis(), down.as_millis())
            }
        };
        ui.line(format_args!("{word} {id}{comma}{}{took}", proof.title));
        match &proof.verdict {
            Verdict::Exact => {}
            Verdict::Missing => ui.line("    no downgrade is written"),
            Verdict::Irreversible(why) => ui.line(format_args!("    {why}")),
            Verdict::Differs(lines) => {
                lines.iter().for_each(|it| ui.line(format_args!("    {it}")))
            }
            Verdict::Refused(error) => ui.line(format_args!("    the downgrade fails: {error}")),
            Verdict::Again(error) => {
                ui.line(format_args!("    after all was undone: {error}"));
                let help = error.reports().iter().flat_map(|report| &report.help);
                help.for_each(|it| ui.line(format_args!("    {it}")));
            }
        }
    }
}

fn answer(all: &[Found]) -> Answer<'_> {
    let dialects = all.iter().map(|found| DialectFacts {
        dialect: found.dialect,
        differences: found.models.as_ref().map(|it| it.iter().map(DifferenceFacts::of).collect()),
        revisions: found.proofs.iter().map(row).collect(),
    });
    Answer { version: 1, sound: all.iter().all(Found::is_sound), dialects: dialects.collect() }
}

fn row(proof: &Proof) -> Row<'_> {
    let (reason, differences): (Option<String>, &[String]) = match &proof.verdict {
        Verdict::Exact | Verdict::Missing => (None, &[]),
        Verdict::Irreversible(why) => (Some(why.clone()), &[]),
        Verdict::Differs(lines) => (None, lines),
        Verdict::Refused(error) | Verdict::Again(error) => (Some(error.to_string()), &[]),
    };
    Row {
        id: &proof.id,
        message: &proof.title,
        path: &proof.path,
        verdict: proof.verdict.word(),
        reason,
        differences,
        upgrade_ms: proof.up.as_millis(),
        downgrade_ms: proof.down.as_ref().map(Duration::as_millis),
    }
}
