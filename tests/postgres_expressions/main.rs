//! Expressions on PostgreSQL: which mean the same. The form decides most of it, offline; on live
//! servers what it leaves open is asked, and whatever the server reports has the form of what it was
//! given.

mod cases;

use autogen::dialect::postgres::expr::form;
use cases::{Case, Relation, Table};
use libtest_mimic::{Arguments, Failed, Trial};

/// Versions that differ in what they report.
const VERSIONS: [u16; 3] = [12, 15, 18];

fn main() {
    let arguments = Arguments::from_args();
    let trials: Vec<Trial> = VERSIONS
        .into_iter()
        .map(|version| Trial::test(format!("offline::{version}"), move || offline(version)))
        .collect();
    libtest_mimic::run(&arguments, trials).exit();
}

/// Different expressions have different forms; the same ones have one, but for a few that are known.
fn offline(version: u16) -> Result<(), Failed> {
    let table = Table::read();
    let mut wrong = Vec::new();
    for Case { place, kind, first, others } in cases::all() {
        let scope = table.scope(&kind, version);
        let expected = form(&first.sql, &scope);
        for (relation, other) in others {
            if !first.is_for(version) || !other.is_for(version) {
                continue;
            }
            let actual = form(&other.sql, &scope);
            if (expected == actual) != (relation == Relation::Same) {
                wrong.push(format!(
                    "{place}: {}\n    {expected}\n    {}\n    {actual}",
                    first.sql, other.sql
                ));
            }
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n").into()) }
}
