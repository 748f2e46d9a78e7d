//! The runner on MySQL and MariaDB: each test on every server at hand, with a database of its own;
//! and what becomes of runs that are cut short, by the death of the program or of a server of their
//! own.

use std::pin::Pin;

use libtest_mimic::{Arguments, Trial};

mod at_once;
#[path = "../runner_postgres/binary.rs"]
mod binary;
mod boundaries;
mod connect;
mod dump;
mod history;
mod journal;
mod killed;
mod ledger;
mod lock;
mod modes;
mod proxy;
mod scratch;
#[path = "../support/mysql.rs"]
mod servers;
#[path = "../runner/support.rs"]
mod support;
mod throwaway;
mod walk;

/// A test of a project whose database is empty.
type Test = fn(support::Project) -> Pin<Box<dyn Future<Output = ()>>>;

/// The tests of a module by their names, to be run one by one.
macro_rules! tests {
    ($($name:ident),* $(,)?) => {
        pub(crate) const TESTS: &[(&str, super::Test)] =
            &[$((stringify!($name), |project| Box::pin($name(project)))),*];
    };
}
pub(crate) use tests;

const ALL: [(&str, &[(&str, Test)]); 9] = [
    ("at_once", at_once::TESTS),
    ("boundaries", boundaries::TESTS),
    ("connect", connect::TESTS),
    ("journal", journal::TESTS),
    ("ledger", ledger::TESTS),
    ("lock", lock::TESTS),
    ("modes", modes::TESTS),
    ("scratch", scratch::TESTS),
    ("walk", walk::TESTS),
];

fn main() {
    let mut trials = Vec::new();
    for server in servers::servers() {
        for (module, tests) in ALL {
            for (name, test) in tests {
                let (server, test) = (server.clone(), *test);
                let name = format!("{}::{module}::{name}", server.name());
                trials.push(Trial::test(name, move || {
                    let database = server.database()?;
                    let project = support::Project::at(&database.url);
                    runtime().block_on(test(project));
                    Ok(())
                }));
            }
        }
        trials.extend(killed::trials(&server));
        trials.extend(connect::trials(&server));
        trials.extend(lock::trials(&server));
    }
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}

pub(crate) fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime")
}
