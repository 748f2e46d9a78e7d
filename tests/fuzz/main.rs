//! Inputs that nobody would write: identifiers, revision files, SQL, configurations. No input may
//! make the readers panic or take long, and what each reader says must hold together.
//!
//! `FUZZ_CASES` is the number of inputs for each target, `FUZZ_SEED` another sequence of them:
//!
//! ```sh
//! FUZZ_CASES=1000000 cargo test --profile fuzz --test fuzz
//! ```
#![allow(clippy::print_stderr, reason = "a long run says how far it is")]

mod dice;
mod run;
mod targets;
mod text;

fn main() {
    let arguments = libtest_mimic::Arguments::from_args();
    run::keep_panics();
    let targets = targets::all();
    let mut trials = run::known(&targets);
    trials.extend(targets.into_iter().flat_map(run::trials));
    libtest_mimic::run(&arguments, trials).exit();
}
