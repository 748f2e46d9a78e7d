//! `fixtures/diff`: a folder is a case. Each is planned without rows, its ops and SQL compared with
//! the files beside it, and then run on SQLite with rows in the tables, there and back.

mod support;

use std::path::Path;

use autogen::dialect::sqlite::Sqlite;
use autogen::generate::{Answers, Compared, Proposal, Scope, Sides, compare, differences, propose};
use autogen::schema::{Intent, Schema};
use libtest_mimic::{Arguments, Failed, Trial};
use snapbox::data::DataFormat;
use support::case::Case;
use support::live;

fn main() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/diff");
    let mut trials = Vec::new();
    for case in Case::all(&root) {
        let name = case.name.clone();
        trials.push(Trial::test(name, move || check(&case).map_err(Failed::from)));
    }
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}

fn check(case: &Case) -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let mut connection = live::memory().await;
        let current = before(case, &mut connection).await?;
        let (after, mut intent) = case.models("after.rs").unwrap_or_default();
        let compared = ask(case, &current, &after, &mut intent);
        let outcome = compared.and_then(|compared| {
            propose(&compared, &dialect(case)).map(|proposal| (proposal, compared.diff.target))
        });
        let (proposal, _) = match outcome {
            Ok(outcome) => outcome,
            Err(error) => {
                let text: Vec<String> = error
                    .reports()
                    .iter()
                    .map(|report| autogen::error::render(report, false))
                    .collect();
                return compare_file(case, "error.txt", &text.join("\n"));
            }
        };
        compare_file(case, "ops.txt", &ops(&proposal, &intent))?;
        compare_file(case, "sqlite.sql", &sql(&proposal, case))?;
        match case.options.sqlite {
            Some(_) => Ok(()),
            None => there_and_back(case, &mut connection, (&current, &after), &proposal).await,
        }
    })
}

fn dialect(case: &Case) -> Sqlite {
    case.options.sqlite.map_or(Sqlite::BUNDLED, |version| Sqlite { version })
}

/// Makes the old state and reads it back.
async fn before(case: &Case, connection: &mut sqlx::SqliteConnection) -> Result<Schema, String> {
    if let Some((models, mut intent)) = case.models("before.rs") {
        let created = ask(case, &Schema::default(), &models, &mut intent);
        let created = created.and_then(|it| propose(&it, &dialect(case)));
        let created = created.map_err(|error| error.to_string())?;
        live::run(connection, &created.up).await?;
    }
    if let Some(sql) = case.file("before.sql") {
        live::execute(connection, &sql).await?;
    }
    Ok(live::read(connection).await)
}

fn ask(
    case: &Case,
    current: &Schema,
    target: &Schema,
    intent: &mut Intent,
) -> autogen::error::Result<Compared> {
    let mut answers = Answers::default();
    if !current.tables.is_empty() {
        case.options.rename.iter().try_for_each(|it| answers.rename(it))?;
        case.options.no_rename.iter().for_each(|it| answers.decline(it));
        case.options.fill.iter().try_for_each(|it| answers.fill(it))?;
    }
    answers.put(intent, target)?;
    let declined = answers.declined()?;
    let created = current.tables.keys().map(ToString::to_string);
    let created = created.filter(|name| !case.options.unmanaged.contains(name)).collect();
    let scope = Scope { created, ..Scope::default() };
    let sides = Sides { current, target, intent, declined: &declined, scope: &scope };
    compare(&sides, &dialect(case))
}

fn ops(proposal: &Proposal, intent: &Intent) -> String {
    let mut text = String::new();
    for difference in differences(&proposal.ops, intent) {
        let place = difference.place.map(|place| format!("  ({place})")).unwrap_or_default();
        text.push_str(&format!("{}{place}\n", difference.text));
    }
    text.push('\n');
    proposal.review.iter().for_each(|line| text.push_str(&format!("{line}\n")));
    text
}

fn sql(proposal: &Proposal, case: &Case) -> String {
    let side = |plan: &autogen::plan::Plan| {
        let steps = plan.statements(&dialect(case));
        let statements = steps.into_iter().flatten().map(|statement| format!("{statement};\n"));
        statements.collect::<String>()
    };
    format!("{}\n-- downgrade\n\n{}", side(&proposal.up), side(&proposal.down))
}

fn compare_file(case: &Case, name: &str, actual: &str) -> Result<(), String> {
    let expected = snapbox::Data::read_from(&case.folder.join(name), Some(DataFormat::Text));
    let actual = snapbox::Data::text(actual.to_owned());
    snapbox::Assert::new()
        .action_env("SNAPSHOTS")
        .try_eq(Some(&name), actual, expected)
        .map_err(|error| error.to_string())
}

async fn there_and_back(
    case: &Case,
    connection: &mut sqlx::SqliteConnection,
    (current, after): (&Schema, &Schema),
    proposal: &Proposal,
) -> Result<(), String> {
    match case.file("rows.sql") {
        Some(rows) => live::execute(connection, &rows).await?,
        None => live::seed(connection, current).await?,
    }
    let rows = live::contents(connection, current).await;
    match (live::run(connection, &proposal.up).await, &case.options.refused) {
        (Ok(()), None) => {}
        (Err(error), Some(part)) if error.contains(part.as_str()) => {
            let unchanged = live::read(connection).await;
            assert!(unchanged.same(current), "a refused upgrade changed the schema");
            assert_eq!(rows, live::contents(connection, current).await);
            return Ok(());
        }
        (outcome, refused) => return Err(format!("{outcome:?}, expected refusal: {refused:?}")),
    }
    let there = live::read(connection).await;
    let mut intent = case.models("after.rs").map(|it| it.1).unwrap_or_default();
    let again = ask(case, &there, after, &mut intent).map_err(|error| error.to_string())?;
    assert!(again.diff.ops.is_empty(), "the second run finds {:#?}", again.diff.ops);
    live::run(connection, &proposal.down).await?;
    let back = live::read(connection).await;
    assert!(current.same(&back), "the way back ends elsewhere\n{current:#?}\n{back:#?}");
    let rows_back = live::contents(connection, &back).await;
    assert_eq!(rows.len(), rows_back.len(), "rows are missing");
    assert!(case.options.lossy || rows == rows_back, "{rows:#?}\n{rows_back:#?}");
    Ok(())
}
