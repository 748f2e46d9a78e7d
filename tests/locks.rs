//! `fixtures/locks`: what is said of an op's locks, scans, builds and rewrites is what servers do.
//!
//! A file holds cases, each with a state before and SQL that leads to the state after. Both are read
//! back and compared, and each op of the plan is run in a transaction in which the server is asked
//! what was locked, read, built and written anew. Beside the file stands what is said, with the
//! review, once for all versions that agree.

#[path = "locks/case.rs"]
mod case;
#[path = "locks/measure.rs"]
mod measure;
#[path = "support/postgres.rs"]
mod postgres;

use std::path::{Path, PathBuf};

use autogen::dialect::postgres::Postgres;
use autogen::dialect::postgres::introspect::{IntrospectOptions, introspect};
use autogen::dialect::{Dialect, Effect, Sharing, Work};
use autogen::generate::{Answers, Scope, Sides, compare, everything, propose};
use autogen::op::{Change, Op};
use autogen::plan::{Plan, Step, describe, review};
use autogen::schema::{Intent, Schema};
use libtest_mimic::{Arguments, Failed, Trial};
use sqlx::PgConnection;

use case::Case;
use measure::Measured;
use postgres::{Database, Server, execute};

fn main() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/locks");
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|it| it == "sql"));
    paths.sort();
    let trial = |path: PathBuf| {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        Trial::test(name, move || check(&path).map_err(Failed::from))
    };
    let trials = if postgres::servers().is_empty() { Vec::new() } else { paths };
    let trials = trials.into_iter().map(trial).collect();
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}

/// A file of cases, on every server.
fn check(path: &Path) -> Result<(), String> {
    let cases = Case::all(&std::fs::read_to_string(path).map_err(|error| error.to_string())?);
    let servers = postgres::servers();
    let mut said: Vec<Vec<(u16, String)>> = vec![Vec::new(); cases.len()];
    let mut wrong = Vec::new();
    for server in &servers {
        let database = server.database()?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut connection = database.connect().await?;
            for (case, said) in cases.iter().zip(&mut said) {
                if !case.versions.contains(&server.version) {
                    continue;
                }
                let ran = run(case, (server, &database), &mut connection).await;
                let (text, complaints) = ran.unwrap_or_else(|error| (String::new(), vec![error]));
                let place = format!("{}, {}", server.name(), case.name);
                wrong.extend(complaints.into_iter().map(|it| format!("{place}: {it}")));
                said.push((server.version, text));
            }
            Ok::<_, String>(())
        })?;
    }
    if !wrong.is_empty() {
        return Err(wrong.join("\n"));
    }
    let text: String =
        cases.iter().zip(said).map(|(case, said)| case::block(&case.name, said)).collect();
    let usual = [12, 15, 18];
    if servers.iter().map(|server| server.version).ne(usual) {
        return Ok(());
    }
    let expected = snapbox::Data::read_from(&path.with_extension("txt"), None);
    let actual = snapbox::Data::text(text);
    let compared = snapbox::Assert::new().action_env("SNAPSHOTS").try_eq(None, actual, expected);
    compared.map_err(|error| error.to_string())
}

/// What is said, and where the server disagrees.
async fn run(
    case: &Case,
    (server, database): (&Server, &Database),
    connection: &mut PgConnection,
) -> Result<(String, Vec<String>), String> {
    let mut dialect = Postgres::new(server.version);
    dialect.concurrent_indexes = case.concurrently;
    measure::clean(connection).await?;
    execute(connection, &case.before).await?;
    execute(connection, &case.after).await?;
    let target = read(connection, &dialect).await?;
    measure::clean(connection).await?;
    execute(connection, &case.before).await?;
    let current = read(connection, &dialect).await?;
    let (up, review) = match case.plain {
        true => plain((&current, &target), &dialect),
        false => proposed(case, (&current, &target), &dialect)?,
    };
    let (mut said, mut wrong) = (String::new(), Vec::new());
    let ops: Vec<_> = up.ops().cloned().collect();
    let effects = dialect.effects(&ops, &current);
    for (op, effects) in ops.iter().zip(&effects) {
        said.push_str(&format!("{}\n", describe(op).join("; ")));
        said.extend(effects.locks.iter().map(|effect| format!("    {}\n", line(effect))));
        let statements = dialect.render(op);
        let measured = match dialect.sharing(op) {
            Sharing::Alone => measure::held_up(database, connection, &statements).await?,
            _ => measure::measure(connection, &statements).await?,
        };
        let complaints = judge(&effects.locks, &measured);
        let what = describe(op).join("; ");
        wrong.extend(complaints.into_iter().map(|it| format!("{what}: {it}")));
    }
    let reached = read(connection, &dialect).await?;
    if !reached.same(&target) {
        wrong.push(format!("the plan leads elsewhere:\n{reached:#?}\n{target:#?}"));
    }
    said.extend(review.iter().map(|line| format!("| {line}\n")));
    Ok((said, wrong))
}

async fn read(connection: &mut PgConnection, dialect: &Postgres) -> Result<Schema, String> {
    let schema = introspect(connection, &IntrospectOptions::default()).await;
    let schema = schema.map_err(|error| error.to_string())?;
    Ok(dialect.canonical(&schema, &Intent::default()).0)
}

/// Tables that come and go, their settings and their columns; nothing is asked or left out.
fn plain((current, target): (&Schema, &Schema), dialect: &Postgres) -> (Plan, Vec<String>) {
    let mut ops = Vec::new();
    for table in current.tables.values().rev() {
        let Some(after) = target.tables.get(&table.name) else {
            ops.push(Op::DropTable(table.clone()));
            continue;
        };
        let alter = |change| Op::Alter { table: table.name.clone(), change };
        for old in &table.columns {
            let new = after.column(&old.name).filter(|new| *new != old);
            ops.extend(new.map(|new| {
                let (old, new) = (Box::new(old.clone()), Box::new(new.clone()));
                alter(Change::AlterColumn { old, new, fill: None, using: None })
            }));
        }
        if table.options != after.options {
            let (old, new) = (table.options.clone(), after.options.clone());
            ops.push(alter(Change::Options { old, new }));
        }
    }
    let new = target.tables.values().filter(|table| !current.tables.contains_key(&table.name));
    ops.extend(new.cloned().map(Op::CreateTable));
    let step = Step { ops: ops.clone(), ..Step::default() };
    let (up, down) = (Plan { steps: vec![step] }, Plan::default());
    let review = review(&ops, (current, &up), (target, &down), dialect);
    (up, review.lines().cloned().collect())
}

fn proposed(
    case: &Case,
    (current, target): (&Schema, &Schema),
    dialect: &Postgres,
) -> Result<(Plan, Vec<String>), String> {
    let said = || {
        let mut answers = Answers::default();
        case.rename.iter().try_for_each(|it| answers.rename(it))?;
        case.fill.iter().try_for_each(|it| answers.fill(it))?;
        case.convert.iter().try_for_each(|it| answers.convert(it))?;
        answers.decline("*");
        let mut intent = Intent::default();
        answers.put(&mut intent, target)?;
        let declined = answers.declined(target)?;
        let created = || everything(current);
        let scope = Scope { created: Box::new(created), ..Scope::default() };
        let sides = Sides { current, target, intent: &intent, declined: &declined, scope: &scope };
        let proposal = propose(&compare(&sides, dialect)?, dialect)?;
        Ok((proposal.up, proposal.review.lines().cloned().collect()))
    };
    said().map_err(|error: autogen::error::Error| {
        let reports = error.reports();
        reports.iter().map(|report| autogen::error::render(report, false)).collect()
    })
}

fn line(effect: &Effect) -> String {
    let on = effect.on.as_ref().map_or_else(|| "the database".into(), ToString::to_string);
    let work = match effect.work {
        Work::None => "",
        Work::Scan => ", read",
        Work::Build => ", indexes built",
        Work::Fill => ", filled",
        Work::Rewrite => ", written anew",
    };
    format!("{} on {on}{work}", effect.lock.name)
}

/// Where the server did something else than was said.
fn judge(said: &[Effect], measured: &Measured) -> Vec<String> {
    let mut wrong = Vec::new();
    for effect in said {
        let name = effect.on.as_ref().map(ToString::to_string).unwrap_or_default();
        let (lock, work) = measured.get(&name).copied().unwrap_or(("nothing", Work::None));
        if lock != effect.lock.name {
            wrong.push(format!("said {}, locked was {lock}", line(effect)));
        }
        if work != effect.work {
            wrong.push(format!("said {}, done was {work:?}", line(effect)));
        }
    }
    for (name, (lock, work)) in measured {
        let unsaid =
            !said.iter().any(|it| it.on.as_ref().is_some_and(|on| on.to_string() == *name));
        let harmless =
            ["nothing", "ACCESS SHARE", "ROW SHARE"].contains(lock) && *work == Work::None;
        if unsaid && !harmless {
            wrong.push(format!("{lock} on {name}, {work:?}, was not said"));
        }
    }
    wrong
}
