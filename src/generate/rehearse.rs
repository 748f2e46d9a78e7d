//! A plan is run on a scratch database before anybody reads it, there and back: what memory cannot
//! prove, such as that an expression of the author is SQL, the database itself does.

use std::collections::BTreeSet;

use crate::db::{Database, Failure, Scratch};
use crate::dialect::Dialect;
use crate::error::{Error, Kind, Result};
use crate::op::Op;
use crate::plan::{Direction, Plan, plan};
use crate::schema::{Name, ObjectKind, Schema};
use crate::sql::{TokenKind, tokens, unquote};

use super::{Compared, Proposal};

/// Changes times tables. SQLite reads its whole schema again for each change of a table.
const AT_MOST: usize = 100_000;

/// How a rehearsal ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rehearsal {
    /// There and back, as planned.
    Passed,
    /// The old state cannot be made on a scratch database, for this reason: a collation or function
    /// that only the application knows, or too much of it.
    NotPossible(String),
}

/// Runs the proposal on an empty copy of what it touches. `live` is the whole old state; `place`
/// is where the copy is made, when there is one.
pub async fn rehearse(
    live: &Schema,
    compared: &Compared,
    proposal: &Proposal,
    dialect: &dyn Dialect,
    place: Option<&Scratch>,
) -> Result<Rehearsal> {
    room(live, proposal)?;
    let copy = touched(live, &proposal.ops, dialect);
    let (changes, tables) = (proposal.up.ops().count(), copy.tables.len());
    if changes * tables > AT_MOST {
        let why = format!("{changes} changes among {tables} tables would take long");
        return Ok(Rehearsal::NotPossible(why));
    }
    let Some(place) = place else {
        let why = format!("no URL names a {} server to make one on", dialect.name());
        return Ok(Rehearsal::NotPossible(why));
    };
    let mut scratch = match Database::scratch(place).await {
        Ok(scratch) => scratch,
        Err(failure) => return Ok(Rehearsal::NotPossible(failure.message)),
    };
    if let Err(failure) = make(&mut scratch, &copy, dialect).await? {
        scratch.close().await?;
        return Ok(Rehearsal::NotPossible(failure.message));
    }
    run(&mut scratch, &proposal.up, dialect).await.map_err(refused)?;
    expect(&mut scratch, &compared.diff.target, &compared.current, "upgrade").await?;
    run(&mut scratch, &proposal.down, dialect).await.map_err(refused)?;
    expect(&mut scratch, &compared.current, &compared.diff.target, "downgrade").await?;
    scratch.close().await?;
    Ok(Rehearsal::Passed)
}

/// Refuses a copy of a table under a name that something has already.
fn room(live: &Schema, proposal: &Proposal) -> Result<()> {
    let names = live.tables.keys().chain(live.objects.iter().map(|object| &object.name));
    let taken: BTreeSet<String> = names.map(|name| name.name.to_ascii_lowercase()).collect();
    let copies = proposal.up.ops().chain(proposal.down.ops()).filter_map(|op| match op {
        Op::Rebuild(rebuild) => Some((&rebuild.new.name, rebuild.scratch())),
        _ => None,
    });
    for (table, scratch) in copies {
        if taken.contains(&scratch.to_ascii_lowercase()) {
            let message =
                format!("{table} must be copied under the name {scratch}, which is taken");
            return Err(Error::new(Kind::Question, message)
                .help(format!("rename {scratch}, or drop it if it was left behind by a copy")));
        }
    }
    Ok(())
}

/// The tables that the ops name, the views and triggers that speak of them, what these name, and
/// the tables next to them by a foreign key.
fn touched(live: &Schema, ops: &[Op], dialect: &dyn Dialect) -> Schema {
    let mut names: BTreeSet<Name> = ops.iter().filter_map(Op::table).cloned().collect();
    let syntax = dialect.spelling().syntax;
    let words = |sql: &str| -> BTreeSet<String> {
        let named = |kind| matches!(kind, TokenKind::Word | TokenKind::Quoted);
        let all = tokens(sql, syntax).filter(|token| named(token.kind));
        all.map(|token| unquote(&sql[token.range]).to_ascii_lowercase()).collect()
    };
    let mut copy = Schema::default();
    for object in live.objects.iter().filter(|it| it.kind != ObjectKind::VirtualTable) {
        let spoken = words(&object.sql);
        let about = |name: &&Name| spoken.contains(&name.name.to_ascii_lowercase());
        if names.iter().any(|name| about(&name)) {
            names.extend(live.tables.keys().filter(about).cloned().collect::<Vec<_>>());
            copy.objects.push(object.clone());
        }
    }
    let neighbours = live.tables.values().flat_map(|table| {
        let keys = table.foreign_keys.iter();
        let near = keys.filter(|key| names.contains(&key.table) || names.contains(&table.name));
        near.flat_map(|key| [table.name.clone(), key.table.clone()])
    });
    let near: BTreeSet<Name> = neighbours.collect();
    let wanted = |name: &Name| names.contains(name) || near.contains(name);
    let tables = live.tables.iter().filter(|(name, _)| wanted(name));
    copy.tables = tables.map(|(name, table)| (name.clone(), table.clone())).collect();
    copy
}

async fn make(
    scratch: &mut Database,
    copy: &Schema,
    dialect: &dyn Dialect,
) -> Result<std::result::Result<(), Failure>> {
    let tables = copy.tables.values().cloned().map(Op::CreateTable);
    let objects = copy.objects.iter().cloned().map(Op::CreateObject);
    let ops: Vec<Op> = tables.chain(objects).collect();
    let plan = plan(&ops, (&Schema::default(), copy), Direction::Up, dialect)?;
    Ok(run(scratch, &plan, dialect).await)
}

async fn run(
    scratch: &mut Database,
    plan: &Plan,
    dialect: &dyn Dialect,
) -> std::result::Result<(), Failure> {
    for statement in plan.statements(dialect).into_iter().flatten() {
        scratch.execute(&statement).await?;
    }
    Ok(())
}

fn refused(failure: Failure) -> Error {
    let statement: Vec<&str> = failure.statement.split_whitespace().collect();
    let error =
        Error::new(Kind::Model, format!("the database refuses this revision: {}", failure.message));
    let error = match failure.message.contains("no such column") {
        true => {
            error.help("if text is meant, put it in quotes, as in --fill \"users.locale='en'\"")
        }
        false => error,
    };
    error
        .help(format!("it was tried on an empty copy; the statement: {}", statement.join(" ")))
        .help("nothing was written; mend the expression in the models or in the flag")
}

/// What the scratch database has must be as planned, as far as it was copied.
async fn expect(
    scratch: &mut Database,
    planned: &Schema,
    before: &Schema,
    way: &str,
) -> Result<()> {
    let found = scratch.introspect().await?;
    for (name, table) in &found.tables {
        let as_planned = planned.tables.get(name).is_some_and(|it| it.same(table));
        // Tables that came along for the sake of a view may be nobody's.
        let stranger = !planned.tables.contains_key(name) && !before.tables.contains_key(name);
        if !as_planned && !stranger {
            let message = format!("the {way} would leave table {name} otherwise than planned");
            return Err(Error::new(Kind::Internal, message));
        }
    }
    Ok(())
}
