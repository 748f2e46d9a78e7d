//! A plan is run on a scratch database before anybody reads it, there and back: what memory cannot
//! prove, such as that an expression of the author is SQL, the database itself does.

mod copy;

use std::collections::BTreeSet;

use crate::db::{Database, Failure, Scratch};
use crate::dialect::Dialect;
use crate::error::{Error, Kind, Result};
use crate::op::{Change, Op};
use crate::plan::{Direction, Plan, plan};
use crate::schema::{Column, Name, Schema, Standing, Table};

use super::{Compared, Proposal, healed};

/// Changes times tables. SQLite reads its whole schema again for each change of a table.
const AT_MOST: usize = 100_000;

/// How much of a refused statement is shown, in characters.
const STATEMENT: usize = 400;

/// How a rehearsal ended.
#[derive(Debug)]
pub enum Rehearsal {
    /// There and back, as planned.
    Passed,
    /// There, but not back: the database refuses the downgrade, for this reason.
    OneWay(Error),
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
    let copy = copy::touched(live, &compared.diff.target, proposal, dialect);
    let (changes, tables) = (proposal.up.ops().count(), copy.tables.len());
    if changes * tables > AT_MOST {
        let why = format!("{changes} changes among {tables} tables would take long");
        return Ok(Rehearsal::NotPossible(why));
    }
    let Some(place) = place else {
        let why = format!("no URL names a {} server to make one on", dialect.name());
        return Ok(Rehearsal::NotPossible(why));
    };
    let is_new = |name: &&Name| !live.tables.contains_key(name);
    let touched = copy.tables.keys().chain(compared.diff.target.tables.keys().filter(is_new));
    if !place.holds_namespaces() && { touched }.any(|name| name.schema.is_some()) {
        let why = "it touches tables of another database, which must be left alone";
        return Ok(Rehearsal::NotPossible(why.to_owned()));
    }
    let mut scratch = match Database::scratch(place).await {
        Ok(scratch) => scratch,
        Err(failure) => return Ok(Rehearsal::NotPossible(failure.message)),
    };
    let rehearsal = match same_product(&scratch, dialect) {
        Ok(()) => there_and_back(&mut scratch, &copy, compared, proposal, dialect).await,
        Err(error) => Err(error),
    };
    scratch.close().await?;
    rehearsal
}

/// Without a database to ask, the URL alone said which of two that share a dialect is meant.
fn same_product(scratch: &Database, dialect: &dyn Dialect) -> Result<()> {
    let found = scratch.dialect()?.product();
    if found == dialect.product() {
        return Ok(());
    }
    let message = format!("the statements are {}'s, and the server is {found}", dialect.product());
    let help = format!("let the URL begin with `{}://`", found.to_ascii_lowercase());
    Err(Error::new(Kind::Config, message).help(help))
}

async fn there_and_back(
    scratch: &mut Database,
    copy: &Schema,
    compared: &Compared,
    proposal: &Proposal,
    dialect: &dyn Dialect,
) -> Result<Rehearsal> {
    if let Err(failure) = make(scratch, copy, dialect).await? {
        return Ok(Rehearsal::NotPossible(failure.message));
    }
    run(scratch, &proposal.up, dialect).await.map_err(|it| refused(it, "this revision"))?;
    expect(scratch, &compared.diff.target, &compared.current, "upgrade").await?;
    if proposal.irreversible.is_some() {
        return Ok(Rehearsal::Passed);
    }
    if let Err(failure) = run(scratch, &proposal.down, dialect).await {
        let error = refused(failure, "the way back of this revision");
        return Ok(Rehearsal::OneWay(
            error.help("or write it without a way back: --irreversible 'WHY'"),
        ));
    }
    expect(scratch, &healed(&compared.current), &compared.diff.target, "downgrade").await?;
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

async fn make(
    scratch: &mut Database,
    copy: &Schema,
    dialect: &dyn Dialect,
) -> Result<std::result::Result<(), Failure>> {
    let namespaces = copy.namespaces.iter().cloned().map(Op::CreateNamespace);
    let enums = copy.enums.values().cloned().map(Op::CreateEnum);
    let tables = copy.tables.values().cloned().map(Op::CreateTable);
    let objects = copy.objects.iter().cloned().map(Op::CreateObject);
    let ops: Vec<Op> = namespaces.chain(enums).chain(tables).chain(objects).collect();
    let plan = plan(&ops, (&Schema::default(), copy), Direction::Up, dialect)?;
    Ok(run(scratch, &plan, dialect).await)
}

async fn run(
    scratch: &mut Database,
    plan: &Plan,
    dialect: &dyn Dialect,
) -> std::result::Result<(), Failure> {
    let mut plan = plan.clone();
    plan.steps.iter_mut().flat_map(|step| &mut step.ops).for_each(disown);
    for statement in plan.statements(dialect).into_iter().flatten() {
        scratch.execute(&statement).await?;
    }
    Ok(())
}

/// Leaves out who owns a thing and who may use it: a scratch database may stand on a server that
/// knows other people, and gives them no rights.
fn disown(op: &mut Op) {
    let bare = |column: &mut Column| column.standing = Standing::default();
    match op {
        Op::CreateEnum(it) | Op::DropEnum(it) => it.standing = Standing::default(),
        Op::ReplaceEnum(it) => it.new.standing = Standing::default(),
        Op::CreateTable(table) => table.columns.iter_mut().for_each(bare),
        Op::Alter { change: Change::AddColumn { column, .. }, .. } => bare(column),
        Op::CreateObject(it) => it.after.retain(|sql| {
            !sql.starts_with("GRANT ") && !sql.starts_with("REVOKE ") && !sql.contains(" OWNER TO ")
        }),
        _ => {}
    }
}

fn refused(failure: Failure, what: &str) -> Error {
    let statement: Vec<&str> = failure.statement.split_whitespace().collect();
    let statement = statement.join(" ");
    // A table can have more than a thousand columns.
    let shown = match statement.char_indices().nth(STATEMENT) {
        Some((end, _)) => format!("{}..", &statement[..end]),
        None => statement,
    };
    let error =
        Error::new(Kind::Model, format!("the database refuses {what}: {}", failure.message));
    let error = match failure.message.contains("no such column") {
        true => {
            error.help("if text is meant, put it in quotes, as in --fill \"users.locale='en'\"")
        }
        false => error,
    };
    let kinds = ["type ", "function ", "sequence ", "collation "];
    let missing = failure.message.ends_with("does not exist")
        && kinds.iter().any(|kind| failure.message.starts_with(kind));
    let error = match missing {
        true => error.help(
            "where an extension has it, or it was made by hand: a revision before this one must \
             make it; `autogen revision --empty` writes an empty one",
        ),
        false => error,
    };
    error
        .help(format!("it was tried on an empty copy; the statement: {shown}"))
        .help("nothing was written; mend the expression in the models or in the flag")
}

/// The same, but for what the database makes of an expression: it was made from that text just now.
fn alike(planned: &Table, found: &Table) -> bool {
    planned.same(found) || planned.without_expressions().same(&found.without_expressions())
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
        let as_planned = planned.tables.get(name).is_some_and(|it| {
            let mut it = it.clone();
            copy::keep_keys(&mut it, |name| found.tables.contains_key(name));
            alike(&it, table)
        });
        // Tables that came along for the sake of a view may be nobody's.
        let stranger = !planned.tables.contains_key(name) && !before.tables.contains_key(name);
        if !as_planned && !stranger {
            let message = format!("the {way} would leave table {name} otherwise than planned");
            return Err(Error::new(Kind::Internal, message));
        }
    }
    Ok(())
}
