//! Expressions on PostgreSQL: which mean the same. The form decides most of it, offline; on live
//! servers what it leaves open is asked, and whatever the server reports has the form of what it was
//! given.

mod cases;
#[path = "../support/comparison.rs"]
mod comparison;
#[path = "../support/dice.rs"]
mod dice;
#[path = "../support/expressions.rs"]
mod expressions;
mod live;
mod offline;
#[path = "../support/postgres.rs"]
mod postgres;
mod sound;
mod whole;

use autogen::dialect::judge::Kind;
use autogen::dialect::postgres::expr::{form, is_null};
use cases::Table;
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
    let form = |kind: &Kind, text: &str| form(text, &table.scope(kind, version));
    let is_nothing = |kind: &Kind, text: &str| is_null(text, &table.scope(kind, version));
    let (mut wrong, open) = expressions::reported(
        &cases::all(),
        &cases::knows(version),
        &form,
        &mut |kind, sql| runtime.block_on(live::reported(connection, kind, sql)),
        &is_nothing,
    );
    wrong.extend(expressions::settled(&open, |asked| {
        runtime.block_on(live::judged(connection, (table, version), asked, "BEGIN"))
    }));
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
    expressions::verdicts(
        &cases::all(),
        &cases::knows(version),
        &|kind, text| form(text, &table.scope(kind, version)),
        |asked| runtime.block_on(live::judged(connection, (table, version), asked, begin)),
        begin != "BEGIN",
    )
}
