//! The runner on PostgreSQL: each test on every server at hand, with a database of its own; and
//! what becomes of runs when their server dies, or a pooler stands before it, on servers of their
//! own.

use std::pin::Pin;

use libtest_mimic::{Arguments, Trial};

mod at_once;
mod binary;
mod connect;
mod dump;
mod home;
mod journal;
mod killed;
mod ledger;
mod lock;
mod pooler;
mod roles;
#[path = "../support/postgres.rs"]
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

const ALL: [(&str, &[(&str, Test)]); 8] = [
    ("at_once", at_once::TESTS),
    ("connect", connect::TESTS),
    ("home", home::TESTS),
    ("journal", journal::TESTS),
    ("ledger", ledger::TESTS),
    ("lock", lock::TESTS),
    ("roles", roles::TESTS),
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
    }
    trials.extend(killed::trials());
    trials.extend(pooler::trials());
    trials.extend(connect::trials());
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}

pub(crate) fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime")
}
