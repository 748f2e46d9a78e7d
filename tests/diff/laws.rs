//! The laws: a database is brought there and back, with rows in it.

use autogen::db::Scratch;
use autogen::generate::{Proposal, Rehearsal, rehearse};
use autogen::op::{Change, Op};
use autogen::plan::Plan;
use autogen::schema::{Column, Name, Object, Schema};

use crate::planning::{self, after, ask, expect, refused};
use crate::support::case::Case;
use crate::support::expectation;
use crate::support::live::{Live, Positions};

/// Makes the old state, plans, and where there is a plan runs it there and back. `place` is where
/// the plan is rehearsed, if it is.
pub(crate) async fn check(
    case: &Case,
    live: &mut Live,
    version: u16,
    place: Option<&Scratch>,
) -> Result<(), String> {
    let dialect = case.dialect(version);
    let current = before(case, live, version).await?;
    let mut intent = after(case).1;
    let outcome = planning::plan(case, &current, &mut intent, &*dialect);
    // Without rows or a server's own words, what is planned does not depend on the server.
    let pinned = case.dialect == "sqlite" || case.needs_server();
    let (proposal, compared) = match &outcome {
        Ok(outcome) => outcome,
        Err(_) if pinned => return expect(case, version, &outcome, &intent),
        Err(_) => return Ok(()),
    };
    if case.options.sqlite.is_none() && place.is_some() {
        match rehearse(&current, compared, proposal, &*dialect, place).await {
            Ok(Rehearsal::Passed) => {}
            Ok(Rehearsal::OneWay(error)) if pinned => return refused(case, version, &error),
            Ok(Rehearsal::OneWay(error)) => return Err(format!("no way back: {error}")),
            Ok(Rehearsal::NotPossible(why)) => return Err(format!("no rehearsal: {why}")),
            Err(error) if pinned => return refused(case, version, &error),
            Err(error) => return Err(format!("the rehearsal fails: {error}")),
        }
    }
    if pinned {
        expect(case, version, &outcome, &intent)?;
    }
    if case.options.sqlite.is_some() {
        return Ok(());
    }
    there_and_back(case, live, version, &current, proposal).await
}

/// Makes the old state and reads it back. What models say is read back as they say it.
async fn before(case: &Case, live: &mut Live, version: u16) -> Result<Schema, String> {
    let dialect = case.dialect(version);
    let script = case.file("before.sql");
    if let Some((models, mut intent)) = case.models("before.rs") {
        let silent = case.silent();
        let created = ask(&silent, &Schema::default(), &models, &mut intent, &*dialect);
        let created = created.and_then(|it| autogen::generate::propose(&it, &*dialect));
        let created = created.map_err(|error| error.to_string())?;
        live.run(&created.up, &*dialect).await?;
        let there = live.read().await?;
        in_sync(&silent, &there, "before.rs", version, "created from the models")?;
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
    version: u16,
    when: &str,
) -> Result<(), String> {
    let (models, mut intent) = case.models(models).unwrap_or_default();
    let again = ask(case, there, &models, &mut intent, &*case.dialect(version));
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
    version: u16,
    current: &Schema,
    proposal: &Proposal,
) -> Result<(), String> {
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
    if !went(case, live, version, (&proposal.up, &said.refused)).await? {
        let unchanged = live.read().await?;
        assert!(unchanged.same(current), "a refused upgrade changed the schema");
        assert_eq!(rows, live.contents(current, skip).await);
        return Ok(());
    }
    let there = live.read().await?;
    in_sync(&case.silent(), &there, "after.rs", version, "after the upgrade")?;
    assert_eq!(live.faults(&there).await, [""; 0], "after the upgrade");
    let (held, rights) = (standing(current, &there, proposal), standing(&there, current, proposal));
    assert_eq!(held, rights, "who may do what after the upgrade");
    assert_eq!(rows_kept, live.contents(&kept, skip).await, "after the upgrade");
    let on = live.positions(&there).await;
    assert_eq!(counted(&positions, &on, skip), counted(&on, &positions, skip), "after the upgrade");
    after_up(case, live, version).await?;
    if case.options.one_way || proposal.irreversible.is_some() {
        return Ok(());
    }
    if !went(case, live, version, (&proposal.down, &said.down_refused)).await? {
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
    case: &Case,
    live: &mut Live,
    version: u16,
    (plan, refusal): (&Plan, &Option<String>),
) -> Result<bool, String> {
    match (live.run(plan, &*case.dialect(version)).await, refusal) {
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
        let end = if rows.is_ok() { "RELEASE question" } else { "ROLLBACK TO question" };
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
