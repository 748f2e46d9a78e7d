//! Settings of a table, each with its own way of changing.

use super::super::types::{quote, written};
use super::actions;
use super::text::{self, assignments, flag, list};
use crate::schema::{Name, Options};
use crate::sql::literal;

/// The settings change.
pub(super) fn alter(table: &Name, old: &Options, new: &Options) -> Vec<String> {
    let mut statements = partition(table, old, new);
    let (before, after) = (list(old, "inherits"), list(new, "inherits"));
    let parent = |name: &&str| written(&Name::from(*name));
    let gone = before.iter().filter(|name| !after.contains(name)).map(parent);
    let come = after.iter().filter(|name| !before.contains(name)).map(parent);
    let gone = gone.map(|parent| format!("NO INHERIT {parent}"));
    let inherits = gone.chain(come.map(|parent| format!("INHERIT {parent}")));
    let settings = parameters(old, new).into_iter().chain(kept(old, new)).chain(marks(old, new));
    statements.extend(actions(table, inherits.chain(settings)));
    statements
}

/// The table becomes a partition, is one no longer, or takes other rows.
fn partition(table: &Name, old: &Options, new: &Options) -> Vec<String> {
    let part = |options: &Options| {
        Some((Name::from(options.get("partition_of")?.as_str()), options.get("bound").cloned()?))
    };
    let (before, after) = (part(old), part(new));
    if before == after {
        return Vec::new();
    }
    let table = written(table);
    let detach = before.map(|(parent, _)| (parent, format!("DETACH PARTITION {table}")));
    let attach = after.map(|(parent, bound)| (parent, format!("ATTACH PARTITION {table} {bound}")));
    let both = detach.into_iter().chain(attach);
    both.flat_map(|(parent, action)| actions(&parent, [action])).collect()
}

/// Gives the primary key of a table that was a partition its name: the one it had there was the
/// server's to choose.
pub(super) fn name_key(table: &Name, name: &str) -> String {
    let rename = format!("ALTER TABLE {} RENAME CONSTRAINT %I TO {}", written(table), quote(name));
    let (rename, table, name) = (literal(&rename), literal(&written(table)), literal(name));
    // An empty SELECT is for a key that has its name already.
    text::block(&format!(
        "    EXECUTE coalesce((\n        SELECT format({rename}, conname) FROM pg_constraint\n        \
         WHERE conrelid = {table}::regclass AND contype = 'p' AND conname <> {name}\n    ), 'SELECT');"
    ))
}

/// Storage parameters that come, change or go.
pub(super) fn parameters(old: &Options, new: &Options) -> Vec<String> {
    let (before, after) = (assignments(old), assignments(new));
    let set: Vec<String> = after
        .iter()
        .filter(|(name, value)| before.get(*name) != Some(*value))
        .map(|(name, value)| format!("{name} = {value}"))
        .collect();
    let reset: Vec<&str> =
        before.keys().filter(|name| !after.contains_key(*name)).copied().collect();
    let set = (!set.is_empty()).then(|| format!("SET ({})", set.join(", ")));
    let reset = (!reset.is_empty()).then(|| format!("RESET ({})", reset.join(", ")));
    set.into_iter().chain(reset).collect()
}

/// The tablespace changes.
pub(super) fn tablespace(old: &Options, new: &Options) -> Option<String> {
    let (before, after) = (old.get("tablespace"), new.get("tablespace"));
    let name = || quote(after.map_or("pg_default", String::as_str));
    (before != after).then(|| format!("SET TABLESPACE {}", name()))
}

/// How and where the rows are kept changes.
fn kept(old: &Options, new: &Options) -> Vec<String> {
    let mut actions = Vec::new();
    let unlogged = |options: &Options| flag(options, "unlogged");
    if unlogged(old) != unlogged(new) {
        actions.push(if unlogged(new) { "SET UNLOGGED" } else { "SET LOGGED" }.to_owned());
    }
    let (before, after) = (old.get("access_method"), new.get("access_method"));
    if before != after {
        let method = quote(after.map_or("heap", String::as_str));
        actions.push(format!("SET ACCESS METHOD {method}"));
    }
    actions.extend(tablespace(old, new));
    actions
}

/// What a definition of a table cannot say: the replica identity, and row-level security.
pub(super) fn marks(old: &Options, new: &Options) -> Vec<String> {
    let mut actions = Vec::new();
    let (before, after) = (old.get("replica_identity"), new.get("replica_identity"));
    if before != after {
        let identity = match after.map(String::as_str) {
            None => "DEFAULT".to_owned(),
            Some(text) => match text.strip_prefix("index ") {
                Some(index) => format!("USING INDEX {}", quote(index)),
                None => text.to_uppercase(),
            },
        };
        actions.push(format!("REPLICA IDENTITY {identity}"));
    }
    let words = [
        ("row_security", "ENABLE ROW LEVEL SECURITY", "DISABLE ROW LEVEL SECURITY"),
        ("force_row_security", "FORCE ROW LEVEL SECURITY", "NO FORCE ROW LEVEL SECURITY"),
    ];
    let changed = words.iter().filter(|(key, ..)| flag(old, key) != flag(new, key));
    actions.extend(changed.map(
        |(key, on, off)| {
            if flag(new, key) { (*on).to_owned() } else { (*off).to_owned() }
        },
    ));
    actions
}
