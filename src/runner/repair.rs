//! `repair`: bring the ledger and the files together again, by hand.

use super::ledger::{Action, Entry, Stage};
use super::{Options, Run, plan, replaced, stamp, transaction};
use crate::db::Database;
use crate::error::{Error, Kind, Result};
use crate::revision::Graph;

/// What to mend.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Repair {
    /// The files of these revisions are right as they are now; none means all that were edited.
    Accept(Vec<String>),
    /// The next statement of a half done revision was run by hand, or shall be left out.
    SkipStatement(String),
    /// The ledger shall forget a revision whose file is gone, without undoing it.
    Forget(String),
    /// The ledger belongs to this project from now on, whosever it was.
    Adopt,
}

/// Mends the ledger. Returns the ids of the revisions whose record changed.
pub async fn repair(
    db: &mut Database,
    graph: &Graph,
    repair: &Repair,
    options: &Options,
) -> Result<Vec<String>> {
    let mut nobody = ();
    let mut run = Run::new(db, options, &mut nobody);
    transaction::readable(&mut run).await?;
    if *repair == Repair::Adopt {
        return adopt(&mut run).await;
    }
    let state = run.read().await?;
    let view = replaced::view(graph, state, run.db.dialect_name())?;
    if view.is_stale() {
        replaced::settle(&mut run, &view).await?;
    }
    let (graph, state) = (view.graph(graph), &view.state);
    let recorded = |id: &String| {
        state.entries.get(id).ok_or_else(|| {
            let message = format!("the ledger has no revision {id}");
            Error::new(Kind::Database, message).help("`autogen current -v` lists what it has")
        })
    };
    let (mut statements, mut changed) = (Vec::new(), Vec::new());
    let mut record = |entry: Entry, note: &str| -> Result<()> {
        statements.extend(run.ledger.record(&entry));
        statements.extend(stamp::events(&run, Action::Repair, &entry.id, note)?);
        changed.push(entry.id);
        Ok(())
    };
    match repair {
        Repair::Accept(ids) => {
            let entries: Vec<&Entry> = match ids.is_empty() {
                true => state.entries.values().collect(),
                false => ids.iter().map(recorded).collect::<Result<_>>()?,
            };
            for entry in entries {
                if let Some(entry) = accepted(graph, entry, run.db.dialect_name(), ids)? {
                    record(entry, "the file was accepted as it is")?;
                }
            }
        }
        Repair::SkipStatement(id) => {
            let (entry, done) = skipped(graph, recorded(id)?, run.db.dialect_name())?;
            record(entry, &format!("statement {done} was marked as done"))?;
        }
        Repair::Forget(id) => {
            let is_damaged = state.damaged.iter().any(|row| row.id == *id);
            if !is_damaged {
                recorded(id)?;
            }
            if graph.get(id).is_some() && !is_damaged {
                let message = format!("{id} has a file, so it need not be forgotten");
                let help = "use `autogen stamp` to change what counts as applied";
                return Err(Error::new(Kind::Database, message).help(help));
            }
            statements.push(run.ledger.forget(id));
            let note = "forgotten without being undone";
            statements.extend(stamp::events(&run, Action::Repair, id, note)?);
            changed.push(id.clone());
        }
        Repair::Adopt => {}
    }
    if !statements.is_empty() {
        run.write(&statements).await?;
    }
    Ok(changed)
}

/// The project that the ledger belongs to; none when it is nobody's. Never writes.
pub async fn owner(db: &mut Database, options: &Options) -> Result<Option<String>> {
    let state = options.ledger(db).read_of_anybody(db).await?;
    Ok((!state.project.is_empty()).then_some(state.project))
}

/// Makes the ledger this project's.
async fn adopt(run: &mut Run<'_>) -> Result<Vec<String>> {
    let state = run.ledger.read_of_anybody(run.db).await?;
    if run.ledger.project().is_empty() {
        let error = Error::new(Kind::Config, "this project has no name to mark the ledger with");
        return Err(match state.project.as_str() {
            "" => error.help("add `project = \"..\"` at the top of autogen.toml"),
            name => error.help(format!("add `project = \"{name}\"` at the top of autogen.toml")),
        });
    }
    if !state.unowned && [run.ledger.project(), ""].contains(&state.project.as_str()) {
        return Ok(Vec::new());
    }
    let mut statements = run.missing_ledger(&state).await?;
    statements.push(run.ledger.take_over());
    let from = match state.project.as_str() {
        "" => "nobody".to_owned(),
        project => format!("the project `{project}`"),
    };
    let note = format!("the ledger was taken over from {from}");
    statements.extend(stamp::events(run, Action::Repair, &state.position(), &note)?);
    run.write(&statements).await?;
    Ok(state.entries.into_keys().collect())
}

/// The entry with what its file says now, if that is anything new.
fn accepted(
    graph: &Graph,
    entry: &Entry,
    dialect: &str,
    asked: &[String],
) -> Result<Option<Entry>> {
    let Some(revision) = graph.get(&entry.id) else {
        if asked.is_empty() {
            return Ok(None);
        }
        let message = format!("no file has {}, so there is nothing to accept", entry.id);
        return Err(Error::new(Kind::Revision, message));
    };
    let file = plan::entry(graph, revision, dialect);
    let of =
        |entry: &Entry| (entry.checksum.clone(), entry.parents.clone(), entry.depends_on.clone());
    let same = of(&file) == of(entry);
    if same || entry.stage != Stage::Applied {
        return Ok(None);
    }
    Ok(Some(Entry {
        stage: entry.stage.clone(),
        applied_at: entry.applied_at.clone(),
        duration_ms: entry.duration_ms,
        applied_by: entry.applied_by.clone(),
        tool: entry.tool.clone(),
        ..file
    }))
}

/// The entry of a half done revision with one more statement done, and the number of that.
fn skipped(graph: &Graph, entry: &Entry, dialect: &str) -> Result<(Entry, usize)> {
    let Stage::Half { direction, done, .. } = &entry.stage else {
        let message = format!("{} is not half done, so it has no next statement", entry.id);
        return Err(Error::new(Kind::Database, message));
    };
    let Some(revision) = graph.get(&entry.id) else {
        let message = format!("no file has {}", entry.id);
        return Err(Error::new(Kind::Revision, message));
    };
    let side = revision
        .side(*direction, dialect)
        .map_err(|reports| Error::from_reports(Kind::Revision, reports))?;
    let prefixes = plan::prefixes(&side.unwrap_or_default());
    let done = done + 1;
    let Some(begun) = prefixes.get(done).cloned() else {
        let message = format!("all statements of {} are done", entry.id);
        return Err(Error::new(Kind::Database, message).help("run the command again to finish it"));
    };
    let stage =
        Stage::Half { direction: *direction, done, in_doubt: false, seen: String::new(), begun };
    Ok((Entry { stage, ..entry.clone() }, done))
}
