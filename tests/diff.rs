//! `fixtures/diff`: a folder is a case. Each is planned without rows, its ops and SQL compared with
//! the files beside it, and then run on SQLite with rows in the tables, there and back.

mod support;

use std::path::Path;

use autogen::dialect::sqlite::Sqlite;
use autogen::generate::{
    Answers, Compared, Proposal, Rehearsal, Scope, Sides, compare, differences, propose, rehearse,
};
use autogen::op::{Change, Op};
use autogen::schema::{Intent, Object, Schema};
use libtest_mimic::{Arguments, Failed, Trial};
use snapbox::data::DataFormat;
use support::case::{Case, Options};
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
            propose(&compared, &dialect(case)).map(|proposal| (proposal, compared))
        });
        let (proposal, compared) = match outcome {
            Ok(outcome) => outcome,
            Err(error) => return refused(case, &error),
        };
        if case.options.sqlite.is_none() {
            let scratch = autogen::db::Database::scratch().await.unwrap();
            match rehearse(scratch, &current, &compared, &proposal, &dialect(case)).await {
                Ok(rehearsal) => assert_eq!(rehearsal, Rehearsal::Passed),
                Err(error) => return refused(case, &error),
            }
        }
        absent(case, &["error.txt"])?;
        compare_file(case, "ops.txt", &ops(&proposal, &intent))?;
        compare_file(case, "sqlite.sql", &sql(&proposal, case))?;
        if case.options.sqlite.is_some() {
            return Ok(());
        }
        there_and_back(case, &mut connection, (&current, &after), &proposal).await
    })
}

/// No revision is written: the reports are as expected.
fn refused(case: &Case, error: &autogen::error::Error) -> Result<(), String> {
    let reports = error.reports();
    let text: Vec<String> =
        reports.iter().map(|report| autogen::error::render(report, false)).collect();
    absent(case, &["ops.txt", "sqlite.sql", "after_up.txt"])?;
    compare_file(case, "error.txt", &text.join("\n"))
}

/// What a case expects is what it has files for.
fn absent(case: &Case, names: &[&str]) -> Result<(), String> {
    let there = names.iter().find(|name| case.file(name).is_some());
    there.map_or(Ok(()), |name| Err(format!("nothing came that {name} could be compared with")))
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
        case.options.convert.iter().try_for_each(|it| answers.convert(it))?;
    }
    answers.put(intent, target)?;
    let declined = answers.declined()?;
    let created = || {
        let names = current.tables.keys().map(ToString::to_string);
        names.filter(|name| !case.options.unmanaged.contains(name)).collect()
    };
    let scope = Scope { created: Box::new(created), ..Scope::default() };
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
    let skip = &case.options.lossy;
    let rows = live::contents(connection, current, skip).await;
    let kept = kept(current, proposal);
    let rows_kept = live::contents(connection, &kept, skip).await;
    match (live::run(connection, &proposal.up).await, &case.options.refused) {
        (Ok(()), None) => {}
        (Err(error), Some(part)) if error.contains(part.as_str()) => {
            let unchanged = live::read(connection).await;
            assert!(unchanged.same(current), "a refused upgrade changed the schema");
            assert_eq!(rows, live::contents(connection, current, skip).await);
            return Ok(());
        }
        (outcome, refused) => return Err(format!("{outcome:?}, expected refusal: {refused:?}")),
    }
    let there = live::read(connection).await;
    let mut intent = case.models("after.rs").map(|it| it.1).unwrap_or_default();
    // Answers are for one revision, so the second run has none.
    let options = Options { unmanaged: case.options.unmanaged.clone(), ..Options::default() };
    let silent = Case { folder: case.folder.clone(), name: case.name.clone(), options };
    let again = ask(&silent, &there, after, &mut intent).map_err(|error| error.to_string())?;
    assert!(again.diff.ops.is_empty(), "the second run finds {:#?}", again.diff.ops);
    assert_eq!(live::faults(connection, &there).await, [""; 0], "after the upgrade");
    assert_eq!(rows_kept, live::contents(connection, &kept, skip).await, "after the upgrade");
    after_up(case, connection).await?;
    match (live::run(connection, &proposal.down).await, &case.options.down_refused) {
        (Ok(()), None) => {}
        (Err(error), Some(part)) if error.contains(part.as_str()) => return Ok(()),
        (outcome, refused) => return Err(format!("{outcome:?}, expected refusal: {refused:?}")),
    }
    let back = live::read(connection).await;
    assert!(current.same(&back), "the way back ends elsewhere\n{current:#?}\n{back:#?}");
    assert_eq!(objects(current), objects(&back), "views and triggers after the way back");
    assert_eq!(live::faults(connection, &back).await, [""; 0], "after the way back");
    let rows_back = live::contents(connection, &back, skip).await;
    assert_eq!(rows, rows_back, "rows after the way back");
    Ok(())
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
async fn after_up(case: &Case, connection: &mut sqlx::SqliteConnection) -> Result<(), String> {
    let Some(text) = case.file("after_up.sql") else { return Ok(()) };
    let mut answers = String::new();
    live::execute(connection, "PRAGMA foreign_keys = ON; BEGIN").await?;
    for query in text.split_inclusive(";\n") {
        for row in live::texts(connection, query).await.unwrap_or_else(|error| vec![error]) {
            answers.push_str(&format!("{row}\n"));
        }
    }
    live::execute(connection, "ROLLBACK").await?;
    compare_file(case, "after_up.txt", &answers)
}

/// Views and triggers, whatever quotes SQLite put around the names it changed.
fn objects(schema: &Schema) -> Vec<(String, String)> {
    let plain = |it: &Object| (it.name.to_string(), it.sql.replace(['"', '`', '[', ']'], ""));
    let mut objects: Vec<(String, String)> = schema.objects.iter().map(plain).collect();
    objects.sort();
    objects
}
