//! From the models of a case to a plan, and the plan beside what the case expects.

use autogen::dialect::Dialect;
use autogen::error::{Error, Result};
use autogen::generate::{
    Answers, Compared, Proposal, Scope, Sides, compare, differences, everything, propose,
    propose_one_way,
};
use autogen::schema::{Intent, Schema, read_lock, write_lock};

use crate::support::case::{Case, Said};
use crate::support::expectation::{self, absent};

/// What comes of comparing.
pub(crate) type Outcome = Result<(Proposal, Compared)>;

/// Plans without a server, for each version.
pub(crate) fn at_every_version(case: &Case) -> std::result::Result<(), String> {
    if case.needs_server() {
        return Ok(());
    }
    for version in case.versions() {
        let dialect = case.dialect(version);
        let current = match case.models("before.rs") {
            Some((models, mut intent)) => {
                let silent = case.silent();
                let created = ask(&silent, &Schema::default(), &models, &mut intent, &*dialect);
                created.map_err(|error| error.to_string())?.diff.target
            }
            None => Schema::default(),
        };
        let mut intent = after(case).1;
        let outcome = plan(case, &current, &mut intent, &*dialect);
        if let (Ok((proposal, _)), Ok((again, _))) =
            (&outcome, &plan(case, &current, &mut intent, &*dialect))
        {
            assert_eq!(sql(proposal, &*dialect), sql(again, &*dialect), "same input, same bytes");
        }
        expect(case, version, &outcome, &intent)?;
        if version == case.versions()[0] {
            from_lock(case, &outcome, &*dialect)?;
        }
    }
    Ok(())
}

/// Where the lock file tells the old state, the plan is the same.
fn from_lock(
    case: &Case,
    outcome: &Outcome,
    dialect: &dyn Dialect,
) -> std::result::Result<(), String> {
    let (Some((models, _)), Ok((expected, _))) = (case.models("before.rs"), outcome) else {
        return Ok(());
    };
    let lock = write_lock(&models).and_then(|text| read_lock(&text));
    let lock = lock.map_err(|error| error.to_string())?;
    let current = dialect.canonical(&lock, &Intent::default()).0;
    let found = plan(case, &current, &mut after(case).1, dialect);
    let (found, _) = found.map_err(|error| format!("from the lock file: {error}"))?;
    assert_eq!(sql(expected, dialect), sql(&found, dialect), "from the lock file");
    Ok(())
}

/// The models after, and what their author says about the change.
pub(crate) fn after(case: &Case) -> (Schema, Intent) {
    case.models("after.rs").unwrap_or_default()
}

/// The plan from a schema to the models after. The answers of the case go into the intent.
pub(crate) fn plan(
    case: &Case,
    current: &Schema,
    intent: &mut Intent,
    dialect: &dyn Dialect,
) -> Outcome {
    let compared = ask(case, current, &after(case).0, intent, dialect)?;
    let proposal = match &case.options.said.irreversible {
        Some(why) => propose_one_way(&compared, dialect, why),
        None => propose(&compared, dialect),
    };
    proposal.map(|proposal| (proposal, compared))
}

/// Compares, with the answers of the case where there is something to ask about.
pub(crate) fn ask(
    case: &Case,
    current: &Schema,
    target: &Schema,
    intent: &mut Intent,
    dialect: &dyn Dialect,
) -> Result<Compared> {
    let mut answers = Answers::default();
    if !current.tables.is_empty() {
        let said = &case.options.said;
        said.rename.iter().flatten().try_for_each(|it| answers.rename(it))?;
        said.no_rename.iter().flatten().for_each(|it| answers.decline(it));
        said.fill.iter().flatten().try_for_each(|it| answers.fill(it))?;
        said.convert.iter().flatten().try_for_each(|it| answers.convert(it))?;
    }
    answers.put(intent, target)?;
    let declined = answers.declined(target)?;
    let created = || {
        let mut created = everything(current);
        created.tables.retain(|name| !case.options.unmanaged.contains(name));
        created.types.retain(|name| !case.options.unmanaged.contains(name));
        created.namespaces.retain(|name| !case.options.unmanaged.contains(name));
        created
    };
    let scope = Scope { created: Box::new(created), ..Scope::default() };
    let sides = Sides { current, target, intent, declined: &declined, scope: &scope };
    compare(&sides, dialect)
}

/// What came is what the case has files for.
pub(crate) fn expect(
    case: &Case,
    version: u16,
    outcome: &Outcome,
    intent: &Intent,
) -> std::result::Result<(), String> {
    let script = format!("{}.sql", case.dialect);
    match outcome {
        Err(error) => refused(case, version, error),
        Ok((proposal, _)) => {
            absent(case, &["error.txt"])?;
            let text = ops(proposal, intent);
            expectation::compare(case, version, "ops.txt", &text)?;
            let text = sql(proposal, &*case.dialect(version));
            expectation::compare(case, version, &script, &text)
        }
    }
}

/// No revision is written: the reports are as expected.
pub(crate) fn refused(case: &Case, version: u16, error: &Error) -> std::result::Result<(), String> {
    let reports = error.reports();
    let text: Vec<String> =
        reports.iter().map(|report| autogen::error::render(report, false)).collect();
    absent(case, &["ops.txt", &format!("{}.sql", case.dialect), "after_up.txt"])?;
    expectation::compare(case, version, "error.txt", &text.join("\n"))
}

fn ops(proposal: &Proposal, intent: &Intent) -> String {
    let mut text = String::new();
    for difference in differences(&proposal.ops, intent) {
        let place = difference.place.map(|place| format!("  ({place})")).unwrap_or_default();
        text.push_str(&format!("{}{place}\n", difference.text));
    }
    text.push('\n');
    proposal.review.lines().for_each(|line| text.push_str(&format!("{line}\n")));
    text
}

fn sql(proposal: &Proposal, dialect: &dyn Dialect) -> String {
    let side = |plan: &autogen::plan::Plan| {
        let steps = plan.statements(dialect).into_iter().zip(&plan.steps).enumerate();
        let steps = steps.map(|(at, (statements, step))| {
            let cut = match (at, step.autocommit) {
                (_, true) => "\n-- step autocommit\n\n",
                (0, false) => "",
                (_, false) => "\n-- step\n\n",
            };
            let statements = statements.into_iter().map(|statement| format!("{statement};\n"));
            format!("{cut}{}", statements.collect::<String>())
        });
        steps.collect::<String>()
    };
    format!("{}\n-- downgrade\n\n{}", side(&proposal.up), side(&proposal.down))
}

impl Case {
    /// Whether a server alone can tell what the plan is.
    pub(crate) fn needs_server(&self) -> bool {
        self.options.needs_server || self.file("before.sql").is_some()
    }

    /// The same without answers, which are for one revision.
    pub(crate) fn silent(&self) -> Self {
        let mut silent = self.clone();
        silent.options.said = Said::default();
        silent
    }
}
