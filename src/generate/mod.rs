//! The whole pipeline on one screen: models and a database in, a proved plan or questions out.

mod answers;
mod difference;
mod idle;
mod judge;
mod ownership;
mod rehearse;
mod several;

use autogen_model::Diagnostic;

use crate::db::Database;
use crate::dialect::Dialect;
use crate::diff::{Declined, Diff, diff};
use crate::error::{Error, Kind, Result};
use crate::op::{Change, Op};
use crate::plan::{Direction, Plan, Review, plan, review, undo};
use crate::schema::{Intent, Name, Schema};

pub use answers::{Answers, explain};
pub use difference::{Difference, differences, differences_of};
pub use idle::idle_answers;
pub use judge::{Verdicts, judge};
pub use ownership::{Scope, everything};
pub use rehearse::{Rehearsal, rehearse};
pub use several::{open_questions, review_of};

/// The two sides of a comparison and what steers it.
pub struct Sides<'a> {
    /// The old state, canonical: as introspected, or made so.
    pub current: &'a Schema,
    /// What the models say, neutral.
    pub target: &'a Schema,
    /// What the author says about the change.
    pub intent: &'a Intent,
    /// What is no rename.
    pub declined: &'a Declined,
    /// What is compared at all.
    pub scope: &'a Scope<'a>,
}

/// A comparison that was made.
#[derive(Debug)]
pub struct Compared {
    /// The old state that was compared: canonical, without what is out of scope.
    pub current: Schema,
    /// The differences.
    pub diff: Diff,
    /// Tables that no model and no revision knows; they are left alone.
    pub unmanaged: Vec<Name>,
    /// What stands in the way of a revision: tables out of scope that point to a table which goes.
    pub obstacles: Vec<Diagnostic>,
    /// What happens otherwise than the models say, though nothing stops for it.
    pub warnings: Vec<Diagnostic>,
}

/// A plan both ways, with its review.
#[derive(Clone, Debug)]
pub struct Proposal {
    /// The neutral ops.
    pub ops: Vec<Op>,
    /// There.
    pub up: Plan,
    /// And back.
    pub down: Plan,
    /// Why there is no way back, where there shall be none.
    pub irreversible: Option<String>,
    /// What a reader is told of both.
    pub review: Review,
}

/// Compares.
pub fn compare(sides: &Sides<'_>, dialect: &dyn Dialect) -> Result<Compared> {
    compare_with(sides, dialect, &Verdicts::default())
}

/// Compares, and asks the database of the old state about differences that may be in the words
/// alone. What made its answers less sure is the second value.
pub async fn compare_asking(
    sides: &Sides<'_>,
    dialect: &dyn Dialect,
    db: &mut Database,
) -> Result<(Compared, Option<String>)> {
    let compared = compare(sides, dialect)?;
    let verdicts = judge(&compared.diff, dialect, db).await;
    let compared =
        if verdicts.is_empty() { compared } else { compare_with(sides, dialect, &verdicts)? };
    Ok((compared, verdicts.note))
}

/// Compares, knowing what the database said.
pub fn compare_with(
    sides: &Sides<'_>,
    dialect: &dyn Dialect,
    verdicts: &Verdicts,
) -> Result<Compared> {
    let (mut target, problems) = dialect.canonical(sides.target, sides.intent);
    let (warnings, problems): (Vec<_>, Vec<_>) = problems.into_iter().partition(|it| it.warning);
    if !problems.is_empty() {
        return Err(Error::from_reports(Kind::Model, problems));
    }
    verdicts.apply(&mut target);
    let mut current = sides.current.clone();
    // What was never in a database leaves open what a database would have decided.
    dialect.settle(&Schema::default(), &mut current);
    let unmanaged = sides.scope.narrow(&mut current, &mut target, sides.intent, dialect);
    let diff = diff(&current, target, sides.intent, sides.declined, dialect)?;
    let obstacles = ownership::stranded(sides.current, &current, &diff.ops);
    Ok(Compared { current, diff, unmanaged, obstacles, warnings })
}

/// Makes the plan of a comparison, up and down, and proves both in memory. Questions that are open
/// are an error that names the flags which answer them.
pub fn propose(compared: &Compared, dialect: &dyn Dialect) -> Result<Proposal> {
    let up = there(compared, dialect)?;
    let (current, target) = (&compared.current, &compared.diff.target);
    let ops = compared.diff.ops.clone();
    let back = healed(current);
    let mut undone = undo(&ops, current, dialect);
    undone.retain(
        |op| !matches!(op, Op::Alter { change: Change::Add(part), .. } if part.is_broken()),
    );
    let down = plan(&undone, (target, &back), Direction::Down, dialect)?;
    let review = review(&ops, (current, &up), (target, &down), dialect);
    Ok(Proposal { ops, up, down, irreversible: None, review })
}

/// The same without a way back, for this reason.
pub fn propose_one_way(compared: &Compared, dialect: &dyn Dialect, why: &str) -> Result<Proposal> {
    let (up, down) = (there(compared, dialect)?, Plan::default());
    let (current, target) = (&compared.current, &compared.diff.target);
    let ops = compared.diff.ops.clone();
    let mut review = review(&ops, (current, &up), (target, &down), dialect);
    let effects = &mut review.effects;
    let data = effects.iter().position(|line| line.starts_with("data:"));
    effects.insert(data.unwrap_or(effects.len()), format!("back:  none: {why}"));
    Ok(Proposal { ops, up, down, irreversible: Some(why.to_owned()), review })
}

/// The way there, once nothing is open.
fn there(compared: &Compared, dialect: &dyn Dialect) -> Result<Plan> {
    if !compared.diff.questions.is_empty() {
        return Err(explain(&compared.diff.questions));
    }
    if !compared.obstacles.is_empty() {
        return Err(Error::from_reports(Kind::Question, compared.obstacles.clone()));
    }
    let sides = (&compared.current, &compared.diff.target);
    plan(&compared.diff.ops, sides, Direction::Up, dialect)
}

/// The schema without what failed to be made: no way back restores that.
fn healed(schema: &Schema) -> Schema {
    let mut healed = schema.clone();
    for table in healed.tables.values_mut() {
        table.indexes.retain(|index| !index.is_broken());
    }
    healed
}
