//! Expressions on PostgreSQL: which mean the same. The form decides most of it, offline; on live
//! servers what it leaves open is asked, and whatever the server reports has the form of what it was
//! given.

mod cases;
mod live;
mod offline;
#[path = "../support/postgres.rs"]
mod postgres;
mod sound;
mod whole;

use autogen::dialect::judge::Verdict;
use autogen::dialect::postgres::expr::{form, is_null};
use cases::{Case, Relation, Table};
use libtest_mimic::{Arguments, Failed, Trial};
use postgres::Server;
use sqlx::PgConnection;
use tokio::runtime::Runtime;

/// Versions that differ in what they report.
const VERSIONS: [u16; 3] = [12, 15, 18];

fn main() {
    let arguments = Arguments::from_args();
    let offline =
        |version| Trial::test(format!("offline::{version}"), move || offline::relations(version));
    let mut trials: Vec<Trial> = VERSIONS.into_iter().map(offline).collect();
    trials.push(Trial::test("offline::renamed", offline::renamed));
    trials.push(Trial::test("offline::deep", offline::deep));
    trials.push(Trial::test("offline::collations", offline::collations));
    trials.push(Trial::test("offline::any_text", offline::any_text));
    for server in postgres::servers() {
        let name = server.name();
        let mut add = |what: &str, run: fn(&Server) -> Result<(), Failed>| {
            let server = server.clone();
            trials.push(Trial::test(format!("{name}::{what}"), move || run(&server)));
        };
        add("reported", |server| on(server, reported));
        add("judged", |server| on(server, judged));
        add("planned", |server| on(server, planned));
        add("sound", |server| on(server, sound::sound));
        add("compared", whole::compared);
        add("read_only", whole::read_only);
    }
    libtest_mimic::run(&arguments, trials).exit();
}

/// A test on a server: with a connection to a database that has the table.
type Live = fn(&Runtime, &mut PgConnection, &Table, u16) -> Vec<String>;

fn on(server: &Server, run: Live) -> Result<(), Failed> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let database = server.database()?;
    let table = Table::read();
    let mut connection = runtime.block_on(database.connect())?;
    runtime.block_on(live::prepare(&mut connection, &table))?;
    told(&run(&runtime, &mut connection, &table, server.version))
}

fn told(wrong: &[String]) -> Result<(), Failed> {
    if wrong.is_empty() {
        return Ok(());
    }
    Err(format!("{} are wrong:\n{}", wrong.len(), wrong.join("\n")).into())
}

/// What the server reports has the form of what it was given, and again when it is given that.
fn reported(
    runtime: &Runtime,
    connection: &mut PgConnection,
    table: &Table,
    version: u16,
) -> Vec<String> {
    let (mut wrong, mut open) = (Vec::new(), Vec::new());
    for case in cases::all() {
        let scope = table.scope(&case.kind, version);
        let others = case.others.iter().filter(|(relation, _)| *relation != Relation::Judged);
        for text in std::iter::once(&case.first).chain(others.map(|(_, text)| text)) {
            if !text.is_for(version) {
                continue;
            }
            let given = form(&text.sql, &scope);
            let mut ask = |sql: &str| runtime.block_on(live::reported(connection, &case.kind, sql));
            let once = ask(&text.sql);
            let twice = match &once {
                Ok(Some(said)) => ask(said),
                _ => once.clone(),
            };
            let place = format!("{}: {}", case.place, text.sql);
            for said in [once, twice] {
                match said {
                    Ok(Some(said)) => {
                        let form = form(&said, &scope);
                        if text.judged {
                            let only = Case { first: text.clone(), ..case.clone() };
                            open.push((only, said.clone()));
                        }
                        if (form == given) == text.judged {
                            wrong.push(format!("{place}\n    {given}\n    {said}\n    {form}"));
                        }
                    }
                    Ok(None) if is_null(&text.sql, &scope) => {}
                    Ok(None) => wrong.push(format!("{place}: the server keeps nothing")),
                    Err(error) => wrong.push(format!("{place}: {error}")),
                }
            }
        }
    }
    let asked: Vec<(&Case, &str)> = open.iter().map(|(case, said)| (case, &**said)).collect();
    match runtime.block_on(live::judged(connection, (table, version), &asked, "BEGIN")) {
        Ok((verdicts, _)) => {
            let each = asked.iter().zip(verdicts).filter(|(_, it)| *it != Verdict::Same);
            wrong.extend(each.map(|((case, said), it)| format!("{}: {said}: {it:?}", case.place)));
        }
        Err(error) => wrong.push(error),
    }
    wrong
}

/// By form or by judge the same are the same; by both the others are not.
fn judged(
    runtime: &Runtime,
    connection: &mut PgConnection,
    table: &Table,
    version: u16,
) -> Vec<String> {
    verdicts(runtime, connection, (table, version), "BEGIN")
}

/// A server that may not be written to tells as much by its plans.
fn planned(
    runtime: &Runtime,
    connection: &mut PgConnection,
    table: &Table,
    version: u16,
) -> Vec<String> {
    verdicts(runtime, connection, (table, version), "BEGIN READ ONLY")
}

fn verdicts(
    runtime: &Runtime,
    connection: &mut PgConnection,
    (table, version): (&Table, u16),
    begin: &str,
) -> Vec<String> {
    let all = cases::all();
    let pairs: Vec<(&Case, &str, Relation)> = all
        .iter()
        .filter(|case| case.first.is_for(version))
        .flat_map(|case| {
            let others = case.others.iter().filter(|(_, other)| other.is_for(version));
            others.map(move |(relation, other)| (case, other.sql.as_str(), *relation))
        })
        .collect();
    let asked: Vec<(&Case, &str)> = pairs.iter().map(|(case, other, _)| (*case, *other)).collect();
    let answer = runtime.block_on(live::judged(connection, (table, version), &asked, begin));
    let (verdicts, note) = match answer {
        Ok(answer) => answer,
        Err(error) => return vec![error],
    };
    let mut wrong = Vec::new();
    if note.is_some() != (begin != "BEGIN") {
        wrong.push(format!("the note is {note:?}"));
    }
    for ((case, other, relation), verdict) in pairs.iter().zip(verdicts) {
        let scope = table.scope(&case.kind, version);
        let formed = form(&case.first.sql, &scope) == form(other, &scope);
        let same = verdict == Verdict::Same;
        let right = match relation {
            Relation::Same => formed || same,
            Relation::Judged => same,
            Relation::Different => !formed && verdict == Verdict::Different,
        };
        if !right {
            let (place, first) = (&case.place, &case.first.sql);
            wrong.push(format!("{place}: {first} | {other}: {verdict:?}"));
        }
    }
    wrong
}
