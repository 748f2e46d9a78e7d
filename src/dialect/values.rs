//! Stored values that become others.

use std::collections::BTreeMap;

/// Replaces values of a column, one by one. Table and column are quoted already.
pub(super) fn map(
    table: &str,
    column: &str,
    values: &BTreeMap<String, String>,
    literal: impl Fn(&str) -> String,
) -> String {
    let pair =
        |(old, new): (&String, &String)| format!("    WHEN {} THEN {}", literal(old), literal(new));
    let pairs: Vec<String> = values.iter().map(pair).collect();
    let olds: Vec<String> = values.keys().map(|old| literal(old)).collect();
    format!(
        "UPDATE {table} SET {column} = CASE {column}\n{}\nEND\nWHERE {column} IN ({})",
        pairs.join("\n"),
        olds.join(", ")
    )
}
