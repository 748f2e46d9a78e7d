//! The SQL of each op. A case of `fixtures/render/<dialect>` is two schemas; the statements from the
//! one to the other and back are beside it as `.sql`. On servers they are run: after the upgrade the
//! catalog must be that of a database which was made so at once, and after the downgrade what it was.
//! `SNAPSHOTS=overwrite` writes the `.sql` files.

#[path = "render/case.rs"]
mod case;
#[path = "render/catalog.rs"]
mod catalog;
#[path = "render/live.rs"]
mod live;
#[path = "render/ops.rs"]
mod ops;
#[path = "support/postgres.rs"]
mod servers;

use std::path::Path;

use libtest_mimic::{Arguments, Trial};

fn main() {
    let arguments = Arguments::from_args();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/render/postgres");
    let cases = case::all(&folder);
    let mut trials = Vec::new();
    for case in &cases {
        let it = case.clone();
        trials.push(Trial::test(format!("sql::{}", case.name), move || it.written()));
    }
    for server in servers::servers() {
        for case in cases.iter().filter(|case| case.since <= server.version) {
            let (it, server) = (case.clone(), server.clone());
            let name = format!("{}::{}", server.name(), case.name);
            trials.push(Trial::test(name, move || live::run(&server, &it).map_err(Into::into)));
        }
        trials.extend(ops::trials(&server));
    }
    libtest_mimic::run(&arguments, trials).exit();
}
