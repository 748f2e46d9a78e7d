//! Scripts of `--sql`, run by the databases' own clients, leave what a run of autogen leaves: the
//! schema, the rows, the ledger and its log.

mod chains;
mod client;
mod hard;
#[path = "../support/mysql.rs"]
mod mysql;
#[path = "../support/postgres.rs"]
mod postgres;
mod project;

use client::Place;
use libtest_mimic::{Arguments, Failed, Trial};

/// A test of one kind of database.
type Test = fn(&Place) -> Result<(), String>;

fn main() {
    let mut places = vec![Place::Sqlite];
    places.extend(postgres::servers().into_iter().map(Place::Postgres));
    places.extend(mysql::servers().into_iter().map(Place::Mysql));
    let mut trials = Vec::new();
    for place in places {
        let tests: [(&str, Test); 6] = [
            ("a_script_does_what_a_run_does", hard::up_and_down),
            ("a_script_for_each_revision", hard::one_by_one),
            ("a_script_fails_elsewhere", hard::elsewhere),
            ("a_script_that_fails_can_be_gone_on_from", hard::failing),
            ("stamps_and_the_ledger_alone", hard::stamps),
            ("nobody_else_runs_meanwhile", hard::alone),
        ];
        for (name, test) in tests {
            let (place, name) = (place.clone(), format!("{name}::{}", place.name()));
            let run = move || test(&place).map_err(Failed::from);
            trials.push(Trial::test(name, run));
        }
        for chain in chains::of(&place) {
            let (place, name) = (place.clone(), format!("chain_{chain}::{}", place.name()));
            let run = move || chains::same_end(&place, chain).map_err(Failed::from);
            trials.push(Trial::test(name, run));
        }
    }
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}
