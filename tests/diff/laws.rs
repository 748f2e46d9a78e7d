//! The laws: a database is brought there and back, with rows in it.

use autogen::dialect::Dialect;
use autogen::generate::{Proposal, Rehearsal, rehearse};
use autogen::op::{Change, Op};
use autogen::plan::Plan;
use autogen::schema::{Column, Intent, Name, Object, Schema};

use crate::planning::{self, Outcome, after, ask, refused};
use crate::support::case::Case;
use crate::support::expectation;
use crate::support::live::{Live, Positions};

/// Where a case is run.
pub(crate) struct At {
    /// The version of PostgreSQL.
    pub(crate) version: u16,
    /// The dialect of this very server.
    pub(crate) dialect: Box<dyn Dialect>,
    /// Whether the plan is rehearsed.
    pub(crate) rehearsed: bool,
    /// Whether the files of the case speak of this server.
    pub(crate) pinned: bool,
}

/// Makes the old state, plans, and where there is a plan runs it there and back.
pub(crate) async fn check(case: &Case, live: &mut Live, at: &At) -> Result<(), String> {
    let (dialect, version) = (&*at.dialect, at.version);
    let current = before(case, live, dialect).await?;
    let mut intent = after(case).1;
    let outcome = planning::plan(case, &current, &mut intent, dialect);
    let (proposal, compared) = match &outcome {
        Ok(outcome) => outcome,
        Err(_) if at.pinned => return expect(case, at, &outcome, &intent),
        Err(_) if expectation::exists(case, version, "error.txt") => return Ok(()),
        Err(error) => return Err(format!("only here: {error}")),
    };
    if case.options.sqlite.is_none() && at.rehearsed {
        let place = live.scratch();
        match rehearse(&current, compared, proposal, dialect, Some(&place)).await {
            Ok(Rehearsal::Passed) => {}
            Ok(Rehearsal::OneWay(error)) if at.pinned => return refused(case, version, &error),
            Ok(Rehearsal::OneWay(error)) => return Err(format!("no way back: {error}")),
            Ok(Rehearsal::NotPossible(why)) => return Err(format!("no rehearsal: {why}")),
            Err(error) if at.pinned => return refused(case, version, &error),
            Err(error) => return Err(format!("the rehearsal fails: {error}")),
        }
    }
    if at.pinned {
        expect(case, at, &outcome, &intent)?;
    }
    if case.options.sqlite.is_some() {
        return Ok(());
    }
    there_and_back(case, live, at, &current, proposal).await
}

fn expect(case: &Case, at: &At, outcome: &Outcome, intent: &Intent) -> Result<(), String> {
    planning::expect(case, (at.version, &*at.dialect), outcome, intent)
}

/// Makes the old state and reads it back. What models say is read back as they say it.
async fn before(case: &Case, live: &mut Live, dialect: &dyn Dialect) -> Result<Schema, String> {
    let script = case.file("before.sql");
    if let Some((models, mut intent)) = case.models("before.rs") {
        let silent = case.silent();
        let created = ask(&silent, &Schema::default(), &models, &mut intent, dialect);
        let created = created.and_then(|it| autogen::generate::propose(&it, dialect));
        let created = created.map_err(|error| error.to_string())?;
        live.run(&created.up, dialect).await?;
        let there = live.read().await?;
        in_sync(&silent, &there, "before.rs", dialect, "created from the models")?;
        if script.is_none() {
            return Ok(there);
        }
    }
    live.execute(&script.unwrap_or_default()).await?;
    live.read().await
}

/// A second run finds nothing.
fn in_sync(
    case: &Case,
    there: &Schema,
    models: &str,
    dialect: &dyn Dialect,
    when: &str,
) -> Result<(), String> {
    let (models, mut intent) = case.models(models).unwrap_or_default();
    let again = ask(case, there, &models, &mut intent, dialect);
    let again = again.map_err(|error| format!("{when}: {error}"))?;
    if !again.diff.ops.is_empty() {
        return Err(format!("{when}: the second run finds {:#?}", again.diff.ops));
    }
    match again.diff.target.same(&again.current) {
        true => Ok(()),
        false => Err(format!(
            "{when}: no difference is found, yet there are some\n{:#?}\n{:#?}",
            again.current, again.diff.target
        )),
    }
}

async fn there_and_back(
    case: &Case,
    live: &mut Live,
    at: &At,
    current: &Schema,
    proposal: &Proposal,
) -> Result<(), String> {
    let dialect = &*at.dialect;
    match case.file("rows.sql") {
        Some(rows) => live.execute(&rows).await?,
        None => live.seed(current).await?,
    }
    let nothing = Vec::new();
    let said = &case.options.said;
    let skip = said.lossy.as_ref().unwrap_or(&nothing);
    let rows = live.contents(current, skip).await;
    let kept = kept(current, proposal);
    let rows_kept = live.contents(&kept, skip).await;
    let positions = live.positions(current).await;
    if !went(live, dialect, (&proposal.up, &said.refused)).await? {
        if dialect.commits_each() {
            assert_eq!(rows_kept, live.contents(&kept, skip).await, "a refused upgrade lost rows");
            return Ok(());
        }
        let unchanged = live.read().await?;
        assert!(unchanged.same(current), "a refused upgrade changed the schema");
        assert_eq!(rows, live.contents(current, skip).await);
        return Ok(());
    }
    let there = live.read().await?;
    in_sync(&case.silent(), &there, "after.rs", dialect, "after the upgrade")?;
    assert_eq!(live.faults(&there).await, [""; 0], "after the upgrade");
    let (held, rights) = (standing(current, &there, proposal), standing(&there, current, proposal));
    assert_eq!(held, rights, "who may do what after the upgrade");
    assert_eq!(rows_kept, live.contents(&kept, skip).await, "after the upgrade");
    let on = live.positions(&there).await;
    assert_eq!(counted(&positions, &on, skip), counted(&on, &positions, skip), "after the upgrade");
    after_up(case, live, at.version).await?;
    if case.options.one_way || proposal.irreversible.is_some() {
        return Ok(());
    }
    if !went(live, dialect, (&proposal.down, &said.down_refused)).await? {
        return Ok(());
    }
    let back = live.read().await?;
    assert!(current.same(&back), "the way back ends elsewhere\n{current:#?}\n{back:#?}");
    assert_eq!(objects(current), objects(&back), "views and triggers after the way back");
    assert_eq!(live.faults(&back).await, [""; 0], "after the way back");
    let (held, rights) = (standing(current, &back, proposal), standing(&back, current, proposal));
    assert_eq!(held, rights, "who may do what after the way back");
    let rows_back = live.contents(&back, skip).await;
    assert_eq!(rows, rows_back, "rows after the way back");
    let (from, to) = (counted(&positions, &on, skip), live.positions(&back).await);
    assert_eq!(from, counted(&to, &on, skip), "counters after the way back");
    Ok(())
}

/// Runs a plan; false where it was refused, as it should be.
async fn went(
    live: &mut Live,
    dialect: &dyn Dialect,
    (plan, refusal): (&Plan, &Option<String>),
) -> Result<bool, String> {
    match (live.run(plan, dialect).await, refusal) {
        (Ok(()), None) => Ok(true),
        (Err(error), Some(part)) if error.contains(part.as_str()) => Ok(false),
        (outcome, refused) => Err(format!("{outcome:?}, expected refusal: {refused:?}")),
    }
}

/// How far the columns have counted that two schemas share.
fn counted(positions: &Positions, other: &Positions, skip: &[String]) -> Vec<(String, String)> {
    let shared = positions.iter().filter(|(column, _)| other.contains_key(*column));
    let shared = shared.filter(|(column, _)| {
        let table = column.rsplit_once('.').map_or("", |(table, _)| table);
        !skip.iter().any(|it| it == *column || it == table)
    });
    shared.map(|(column, (_, position))| (column.clone(), position.clone())).collect()
}

/// The columns whose values the upgrade leaves alone, by the ops.
fn kept(current: &Schema, proposal: &Proposal) -> Schema {
    let mut kept = current.clone();
    kept.objects.clear();
    for op in &proposal.ops {
        let (table, column) = match op {
            Op::DropTable(table) => (&table.name, None),
            Op::RenameTable { old, new } => {
                kept.tables.remove(new);
                (old, None)
            }
            Op::RenameNamespace { old, .. } => {
                kept.tables.retain(|name, _| name.schema.as_ref() != Some(old));
                continue;
            }
            Op::RenameLabel { name, .. } => {
                let was = proposal.ops.iter().find_map(|op| match op {
                    Op::RenameEnum { old, new } if new == name => Some(old),
                    _ => None,
                });
                let was = was.unwrap_or(name);
                let other = |column: &Column| column.ty.enumeration() != Some(was);
                kept.tables.values_mut().for_each(|table| table.columns.retain(other));
                continue;
            }
            Op::Alter { table, change } => match change {
                Change::DropColumn { column, .. } => (table, Some(&column.name)),
                Change::AlterColumn { old, .. } => (table, Some(&old.name)),
                Change::MapValues { column, .. } => (table, Some(column)),
                Change::RenameColumn { .. } | Change::Options { .. } => (table, None),
                _ => continue,
            },
            _ => continue,
        };
        match column {
            None => drop(kept.tables.remove(table)),
            Some(column) => {
                let table = kept.tables.get_mut(table);
                table.into_iter().for_each(|table| table.columns.retain(|it| it.name != *column));
            }
        }
    }
    kept
}

/// Asks the upgraded database what the case wants to know, and leaves no trace.
async fn after_up(case: &Case, live: &mut Live, version: u16) -> Result<(), String> {
    let Some(text) = case.file("after_up.sql") else { return Ok(()) };
    let mut answers = String::new();
    if case.dialect == "sqlite" {
        live.execute("PRAGMA foreign_keys = ON").await?;
    }
    live.execute("BEGIN").await?;
    for query in text.split_inclusive(";\n") {
        live.execute("SAVEPOINT question").await?;
        let rows = live.texts(query).await;
        let end = if rows.is_ok() { "RELEASE SAVEPOINT question" } else { "ROLLBACK TO question" };
        live.execute(end).await?;
        for row in rows.unwrap_or_else(|error| vec![error]) {
            answers.push_str(&format!("{row}\n"));
        }
    }
    live.execute("ROLLBACK").await?;
    expectation::compare(case, version, "after_up.txt", &answers)
}

/// Owners, grants and labels of types and columns that another schema has too. A table that was
/// dropped has lost its own.
fn standing(schema: &Schema, other: &Schema, proposal: &Proposal) -> Vec<String> {
    let dropped: Vec<&Name> = proposal
        .ops
        .iter()
        .filter_map(|op| match op {
            Op::DropTable(table) => Some(&table.name),
            _ => None,
        })
        .collect();
    let types = schema.enums.values().filter(|it| other.enums.contains_key(&it.name));
    let types = types.map(|it| format!("{}: {:?}", it.name, it.standing));
    let tables = schema.tables.values().filter(|it| !dropped.contains(&&it.name));
    let columns = tables.flat_map(|table| table.columns.iter().map(move |it| (&table.name, it)));
    let shared = columns.filter(|(table, column)| {
        other.tables.get(table).is_some_and(|it| it.column(&column.name).is_some())
    });
    let columns = shared.map(|(table, it)| format!("{table}.{}: {:?}", it.name, it.standing));
    let mut all: Vec<String> = types.chain(columns).collect();
    all.sort();
    all
}

/// Views and triggers, whatever quotes SQLite put around the names it changed.
fn objects(schema: &Schema) -> Vec<(String, String)> {
    let plain = |it: &Object| (it.name.to_string(), it.sql.replace(['"', '`', '[', ']'], ""));
    let mut objects: Vec<(String, String)> = schema.objects.iter().map(plain).collect();
    objects.sort();
    objects
}
