//! The program as processes, on every database: killed, asked to end by signals, many at once, and
//! with nobody who reads what they print.

use std::pin::Pin;

use libtest_mimic::{Arguments, Trial};

mod at_once;
mod chain;
mod flags;
mod killed;
#[path = "../support/mysql.rs"]
mod mysql;
mod pipes;
mod place;
#[path = "../support/postgres.rs"]
mod postgres;
mod signals;

use place::{Kind, Place};

/// A test in a project whose database is empty.
type Test = fn(Place) -> Pin<Box<dyn Future<Output = ()>>>;

/// The tests of a module by their names.
macro_rules! tests {
    ($($name:ident),* $(,)?) => {
        pub(crate) const TESTS: &[(&str, super::Test)] =
            &[$((stringify!($name), |place| Box::pin($name(place)))),*];
    };
}
pub(crate) use tests;

const ALL: [(&str, &[(&str, Test)]); 5] = [
    ("at_once", at_once::TESTS),
    ("killed", killed::TESTS),
    ("pipes", pipes::TESTS),
    ("signals", signals::TESTS),
    ("flags", flags::TESTS),
];

fn main() {
    let mut trials = vec![];
    for (module, tests) in ALL {
        for (name, test) in tests {
            let test = *test;
            trials.push(trial(format!("sqlite::{module}::{name}"), test, || Ok(Place::sqlite())));
            for server in postgres::servers() {
                let name = format!("{}::{module}::{name}", server.name());
                trials.push(trial(name, test, move || {
                    let database = server.database()?;
                    let url = database.url.clone();
                    Ok(Place::new(&url, Kind::Postgres, Some(Box::new(database))))
                }));
            }
            for server in mysql::servers() {
                let name = format!("{}::{module}::{name}", server.name());
                trials.push(trial(name, test, move || {
                    let database = server.database()?;
                    let url = database.url.clone();
                    Ok(Place::new(&url, Kind::Mysql, Some(Box::new(database))))
                }));
            }
        }
    }
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}

fn trial(
    name: String,
    test: Test,
    place: impl FnOnce() -> Result<Place, String> + Send + 'static,
) -> Trial {
    Trial::test(name, move || {
        let place = place()?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(test(place));
        Ok(())
    })
}
