//! A squash written anew: what the differ makes of the schema before and the schema after, where
//! that is all there is to it.

use super::super::revision::Planned;
use super::kept;
use crate::db::Scratch;
use crate::dialect::Dialect;
use crate::diff::Declined;
use crate::error::{Error, Kind, Result};
use crate::generate::{
    Rehearsal, Scope, Sides, compare, everything, propose, propose_one_way, rehearse,
};
use crate::op::Op;
use crate::revision::{Direction, Revision};
use crate::runner::Look;
use crate::schema::Intent;

/// What the revisions make on scratch.
pub(super) struct Chain {
    pub(super) dialect: Box<dyn Dialect>,
    /// The same once more, for the plan.
    pub(super) twin: Option<Box<dyn Dialect>>,
    pub(super) place: Scratch,
    /// Before the first of them.
    pub(super) before: Look,
    /// After the last.
    pub(super) after: Look,
}

/// The plan from the schema before to the schema after, or why there is none that does the same.
pub(super) async fn plan(
    chain: &mut Chain,
    members: &[&Revision],
) -> Result<std::result::Result<Planned, String>> {
    let twin = chain.twin.take();
    let chain = &*chain;
    let dialect = &*chain.dialect;
    if let Some(why) = holds_more(chain, members)? {
        return Ok(Err(why));
    }
    if !chain.before.same_objects(&chain.after, dialect) {
        return Ok(Err("views, triggers, functions and the like come and go in them".to_owned()));
    }
    let (current, target) = (&chain.before.schema, &chain.after.schema);
    let intent = Intent::default();
    let scope = Scope { created: Box::new(|| everything(current)), ..Scope::default() };
    let declined = Declined::default();
    let sides = Sides { current, target, intent: &intent, declined: &declined, scope: &scope };
    let compared = match compare(&sides, dialect) {
        Ok(compared) => compared,
        Err(error) => return Ok(Err(error.to_string())),
    };
    let old = |op: &&Op| op.table().is_some_and(|name| current.tables.contains_key(name));
    if let Some(op) = compared.diff.ops.iter().find(old) {
        let table = op.table().map(ToString::to_string).unwrap_or_default();
        return Ok(Err(format!("they change {table}, which was there before, with its rows")));
    }
    let proposed = match kept::all_one_way(members, dialect.name())? {
        Some(why) => propose_one_way(&compared, dialect, &why),
        None => propose(&compared, dialect),
    };
    let proposal = match proposed {
        Ok(proposal) => proposal,
        Err(error) => return Ok(Err(error.to_string())),
    };
    match rehearse(current, &compared, &proposal, dialect, Some(&chain.place)).await {
        Ok(Rehearsal::Passed) => {}
        Ok(Rehearsal::OneWay(error)) | Err(error) => return Ok(Err(error.to_string())),
        Ok(Rehearsal::NotPossible(why)) => return Ok(Err(why)),
    }
    match twin {
        Some(dialect) => Ok(Ok(Planned { dialect, proposal })),
        None => Err(Error::new(Kind::Internal, "a squash was planned twice")),
    }
}

/// What a schema does not tell: conditions, values from outside, and what was done to rows that are
/// not on scratch.
fn holds_more(chain: &Chain, members: &[&Revision]) -> Result<Option<String>> {
    const ROWS: [&str; 7] = ["INSERT", "UPDATE", "DELETE", "REPLACE", "MERGE", "WITH", "COPY"];
    let had_tables = !chain.before.schema.tables.is_empty();
    for revision in members {
        let side = revision.side(Direction::Upgrade, chain.dialect.name());
        let side = side.map_err(|reports| Error::from_reports(Kind::Revision, reports))?;
        let Some(side) = side else { continue };
        let id = &revision.id;
        if side.text.contains("autogen: step rust") {
            return Ok(Some(format!("{id} has a step in Rust")));
        }
        for statement in side.steps.iter().flat_map(|step| &step.statements) {
            let first = statement.sql.split_whitespace().next().unwrap_or_default();
            let is_of_rows = ROWS.iter().any(|word| first.eq_ignore_ascii_case(word));
            if !statement.when.is_empty() {
                return Ok(Some(format!("{id} runs a part only where its `when` holds")));
            }
            if !statement.binds.is_empty() {
                return Ok(Some(format!("{id} takes a value from outside by `bind`")));
            }
            if is_of_rows && had_tables {
                return Ok(Some(format!("{id} changes rows, and tables were there before it")));
            }
        }
    }
    Ok(None)
}
