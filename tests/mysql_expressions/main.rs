//! Expressions on MySQL and MariaDB: which mean the same. The form decides most of it, offline; on
//! live servers what it leaves open is asked, and whatever the server reports has the form of what it
//! was given.

#[path = "../support/comparison.rs"]
mod comparison;
#[path = "../support/dice.rs"]
mod dice;
#[path = "../support/expressions.rs"]
mod expressions;
mod live;
#[path = "../support/mysql.rs"]
mod mysql;
mod offline;
mod sound;
mod templates;
mod whole;

use autogen::dialect::judge::Kind;
use autogen::dialect::mysql::expr::{Scope, form};
use autogen::dialect::mysql::{Flavor, Mysql};
use expressions::Case;
use libtest_mimic::{Arguments, Failed, Trial};
use mysql::Server;
use sqlx::MySqlConnection;
use tokio::runtime::Runtime;

fn main() {
    let arguments = Arguments::from_args();
    let mut trials = Vec::new();
    for (name, flavor) in [("mysql", Flavor::Mysql), ("mariadb", Flavor::Mariadb)] {
        let mut add = |what: &str, run: fn(Flavor) -> Result<(), Failed>| {
            trials.push(Trial::test(format!("offline::{name}::{what}"), move || run(flavor)));
        };
        add("relations", offline::relations);
        add("renamed", offline::renamed);
        add("deep", offline::deep);
        add("any_text", offline::any_text);
    }
    for server in mysql::servers() {
        let name = server.name();
        let mut add = |what: &str, run: Live| {
            let server = server.clone();
            trials.push(Trial::test(format!("{name}::{what}"), move || on(&server, run)));
        };
        add("reported", reported);
        add("judged", judged);
        add("alone", live::alone);
        add("refused", live::refused);
        add("random", sound::reported);
        add("sound", sound::sound);
        let mut add = |what: &str, run: fn(&Server) -> Result<(), Failed>| {
            let server = server.clone();
            trials.push(Trial::test(format!("{name}::{what}"), move || run(&server)));
        };
        add("compared", whole::compared);
        add("select_only", whole::select_only);
    }
    libtest_mimic::run(&arguments, trials).exit();
}

/// The lines of the fixture.
fn cases() -> Vec<Case> {
    expressions::all("mysql", &["default.txt", "check.txt", "other.txt"])
}

/// The columns of its table.
fn columns() -> Vec<(String, String)> {
    let text = expressions::read("mysql", "table.txt");
    expressions::lines(&text).map(|(_, line)| expressions::column(line)).collect()
}

/// Whether a server of that flavor is what the mark says.
fn knows(flavor: Flavor) -> impl Fn(&str) -> bool {
    move |mark| mark == if flavor == Flavor::Mysql { "mysql" } else { "mariadb" }
}

/// The form of an expression about that table.
fn formed(mysql: &Mysql) -> impl Fn(&str) -> String + use<> {
    let names: Vec<String> =
        columns().iter().map(|(name, _)| autogen::sql::unquote(name)).collect();
    let scope = Scope::new(names.iter().map(String::as_str));
    let mysql = mysql.clone();
    move |text| form(&mysql, text, &scope).unwrap_or_default()
}

/// A test on a server: with a connection to a database that has the table.
type Live = fn(&Runtime, &mut MySqlConnection, &Mysql) -> Vec<String>;

fn on(server: &Server, run: Live) -> Result<(), Failed> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let database = server.database()?;
    let mut connection = runtime.block_on(database.connect())?;
    let mysql = runtime.block_on(live::prepare(&mut connection))?;
    told(&run(&runtime, &mut connection, &mysql))
}

fn told(wrong: &[String]) -> Result<(), Failed> {
    if wrong.is_empty() {
        return Ok(());
    }
    Err(format!("{} are wrong:\n{}", wrong.len(), wrong.join("\n")).into())
}

/// What the server reports has the form of what it was given, and again when it is given that.
fn reported(runtime: &Runtime, connection: &mut MySqlConnection, mysql: &Mysql) -> Vec<String> {
    let form = formed(mysql);
    let (mut wrong, open) = expressions::reported(
        &cases(),
        &knows(mysql.server.flavor),
        &|_, text| form(text),
        &mut |kind, sql| runtime.block_on(live::reported(connection, kind, sql)).map(Some),
        &|_, _| false,
    );
    wrong.extend(expressions::settled(&open, |asked| {
        runtime.block_on(live::judged(connection, mysql, asked))
    }));
    wrong
}

/// By form or by judge the same are the same; by both the others are not.
fn judged(runtime: &Runtime, connection: &mut MySqlConnection, mysql: &Mysql) -> Vec<String> {
    let form = formed(mysql);
    expressions::verdicts(
        &cases(),
        &knows(mysql.server.flavor),
        &|_: &Kind, text| form(text),
        |asked| runtime.block_on(live::judged(connection, mysql, asked)),
        false,
    )
}
