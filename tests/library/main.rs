//! The library as programs use it: migrators on URLs, pools and connections of all databases, Rust
//! steps, a program of the project's own, and a service of which several start at once.

mod embedded;
mod handles;
#[path = "../support/mysql.rs"]
mod mysql;
mod own;
#[path = "../support/postgres.rs"]
mod postgres;
mod replicas;
#[path = "../../examples/service.rs"]
mod service;
mod steps;
mod support;

use std::pin::Pin;
use std::process::ExitCode;

use libtest_mimic::{Arguments, Trial};
use support::{Place, at_all};

/// A test of a database that is empty.
type Test = fn(Place) -> Pin<Box<dyn Future<Output = ()>>>;

/// The tests of a module by their names, to be run one by one.
macro_rules! tests {
    ($($name:ident),* $(,)?) => {
        pub(crate) const TESTS: &[(&str, super::Test)] =
            &[$((stringify!($name), |place| Box::pin($name(place)))),*];
    };
}
pub(crate) use tests;

const ALL: [(&str, &[(&str, Test)]); 3] =
    [("handles", handles::TESTS), ("replicas", replicas::TESTS), ("steps", steps::TESTS)];

fn main() -> ExitCode {
    // Tests call this program as the project's own.
    if let Some(code) = own::answer() {
        return code;
    }
    let mut trials = Vec::new();
    for (module, tests) in ALL {
        for (name, test) in tests {
            trials.extend(at_all(&format!("{module}::{name}"), *test));
        }
    }
    trials.extend(embedded::trials());
    trials.extend(own::trials());
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

/// A test that needs no server.
fn trial(name: &str, test: fn()) -> Trial {
    Trial::test(name, move || {
        test();
        Ok(())
    })
}
