//! Settings of a table: with it, and changed.

use super::super::types::quote;
use super::column::flag;
use super::literal;
use crate::schema::Options;

/// Settings with a place of their own in a statement.
const APART: [&str; 5] =
    ["auto_increment", "collate", "partition_by", "period", "system_versioned"];

/// Settings whose value is a text.
const TEXTS: [&str; 7] = [
    "compression",
    "connection",
    "data_directory",
    "encryption",
    "engine_attribute",
    "index_directory",
    "secondary_engine_attribute",
];

/// The settings of a new table, without those that have a place of their own.
pub(super) fn stated(options: &Options) -> Vec<String> {
    let plain = options.iter().filter(|(key, _)| !APART.contains(&key.as_str()));
    plain.map(|(key, value)| assignment(key, value)).collect()
}

fn assignment(key: &str, value: &str) -> String {
    let word = match key {
        "data_directory" | "index_directory" => key.replace('_', " ").to_uppercase(),
        _ => key.to_uppercase(),
    };
    let value = match key {
        "engine" => quote(value).into_owned(),
        key if TEXTS.contains(&key) => literal(value),
        _ => value.to_uppercase(),
    };
    format!("{word}={value}")
}

/// The collation of a table that says none in its columns.
pub(super) fn collation(collate: &str) -> String {
    format!("COLLATE={}", quote(collate))
}

/// The clauses by which settings change, but for the partitions.
pub(super) fn changes(old: &Options, new: &Options) -> Vec<String> {
    let mut clauses = Vec::new();
    for (key, value) in new.iter().filter(|(key, value)| old.get(*key) != Some(*value)) {
        match key.as_str() {
            "collate" => clauses.push(collation(value)),
            key if APART.contains(&key) => {}
            key => clauses.push(assignment(key, value)),
        }
    }
    let gone = old.keys().filter(|key| !new.contains_key(*key) && !APART.contains(&key.as_str()));
    clauses.extend(gone.map(|key| assignment(key, usual(key))));
    match (flag(old, "system_versioned"), flag(new, "system_versioned")) {
        (false, true) => clauses.push("ADD SYSTEM VERSIONING".into()),
        (true, false) => clauses.push("DROP SYSTEM VERSIONING".into()),
        _ => {}
    }
    let (before, after) = (old.get("period"), new.get("period"));
    if before != after {
        let name = |period: &String| period.split('(').next().unwrap_or_default().to_owned();
        clauses.extend(before.map(|period| format!("DROP PERIOD FOR {}", name(period))));
        clauses.extend(after.map(|period| format!("ADD PERIOD FOR {period}")));
    }
    clauses
}

/// What a setting is where none is stated.
fn usual(key: &str) -> &'static str {
    match key {
        "engine" => "InnoDB",
        "compression" => "none",
        "encryption" => "N",
        "row_format" | "pack_keys" | "encrypted" | "page_compressed" | "page_compression_level" => {
            "DEFAULT"
        }
        key if key.starts_with("stats_") => "DEFAULT",
        key if TEXTS.contains(&key) => "",
        _ => "0",
    }
}

/// The words by which a table comes to be partitioned otherwise, or no longer is.
pub(super) fn partitions(old: &Options, new: &Options) -> Option<String> {
    let (before, after) = (old.get("partition_by"), new.get("partition_by"));
    match after {
        after if before == after => None,
        Some(clause) => Some(partitioned(clause)),
        None => Some("REMOVE PARTITIONING".into()),
    }
}

/// The words behind a table that is partitioned.
pub(super) fn partitioned(clause: &str) -> String {
    match clause.trim_start().get(..12) {
        Some(word) if word.eq_ignore_ascii_case("partition by") => clause.trim().to_owned(),
        _ => format!("PARTITION BY {}", clause.trim()),
    }
}
