//! Differences as a person or a program wants them: what, and where in the models.

use std::collections::BTreeMap;

use autogen_model::Place;

use crate::op::{Change, Op};
use crate::plan::describe;
use crate::schema::{Intent, Name};

/// One difference between database and models.
#[derive(Clone, Debug)]
pub struct Difference {
    /// In words: `+ column favorites.note TEXT NULL`.
    pub text: String,
    /// The op, as a word: `add_column`.
    pub kind: &'static str,
    /// The table.
    pub table: Option<Name>,
    /// The column, constraint or index.
    pub name: Option<String>,
    /// Where the models say it.
    pub place: Option<Place>,
    /// The dialects that differ so, where several are compared.
    pub dialects: Vec<&'static str>,
}

/// The ops as differences.
pub fn differences(ops: &[Op], intent: &Intent) -> Vec<Difference> {
    ops.iter().map(|op| difference(op, intent)).collect()
}

/// The ops of several dialects as differences: what is one change to all of them is one difference.
pub fn differences_of(shares: &[(&'static str, &[Op])], intent: &Intent) -> Vec<Difference> {
    if let [(_, ops)] = shares {
        return differences(ops, intent);
    }
    let mut found: Vec<(Difference, Vec<String>)> = Vec::new();
    let mut known: BTreeMap<_, Vec<usize>> = BTreeMap::new();
    for (dialect, ops) in shares {
        for new in differences(ops, intent) {
            let key = (new.kind, new.table.clone(), new.name.clone());
            let twins = known.entry(key).or_default();
            let twin = twins.iter().find(|at| !found[**at].0.dialects.contains(dialect));
            if let Some(at) = twin {
                let (difference, texts) = &mut found[*at];
                difference.dialects.push(dialect);
                texts.push(new.text);
            } else {
                twins.push(found.len());
                let text = new.text.clone();
                found.push((Difference { dialects: vec![dialect], ..new }, vec![text]));
            }
        }
    }
    let whole = |(difference, texts): (Difference, Vec<String>)| {
        let all = difference.dialects.len() == shares.len();
        let text = together(&difference.dialects, &texts, all);
        Difference { text, ..difference }
    };
    found.into_iter().map(whole).collect()
}

/// Texts of several dialects as one: what they share, then in what they differ.
fn together(dialects: &[&str], texts: &[String], all: bool) -> String {
    let mut kinds: Vec<(Vec<&str>, &str)> = Vec::new();
    for (dialect, text) in dialects.iter().zip(texts) {
        match kinds.iter_mut().find(|(_, known)| known.eq_ignore_ascii_case(text)) {
            Some((dialects, _)) => dialects.push(dialect),
            None => kinds.push((vec![dialect], text)),
        }
    }
    let (first, others) = match kinds.as_slice() {
        [] => return String::new(),
        [(_, text)] if all => return (*text).to_owned(),
        [(dialects, text)] => return format!("{text} ({} only)", dialects.join(", ")),
        [first, others @ ..] => (first, others),
    };
    let start = others.iter().map(|(_, text)| shared(first.1, text)).min().unwrap_or_default();
    let bracketed = |text: &str| text[start..].starts_with('(') && text.ends_with(')');
    let bare = kinds.iter().all(|(_, text)| bracketed(text));
    let rest = |text: &&str| match bare {
        true => text[start + 1..text.len() - 1].to_owned(),
        false => text[start..].to_owned(),
    };
    let named =
        |(dialects, text): &(Vec<&str>, &str)| format!("{}: {}", dialects.join(", "), rest(text));
    let common = &first.1[..start];
    let (usual, named): (_, Vec<String>) = match all {
        true => (rest(&first.1), others.iter().map(named).collect()),
        false => (String::new(), kinds.iter().map(named).collect()),
    };
    let named = named.join("; ");
    match (bare, usual.is_empty()) {
        (true, false) => format!("{common}({usual}; {named})"),
        (false, false) => format!("{common}{usual} ({named})"),
        (_, true) => format!("{common}({named})"),
    }
}

/// How far two texts are the same, up to a blank outside of brackets.
fn shared(one: &str, two: &str) -> usize {
    let (mut end, mut depth) = (0, 0_usize);
    for (at, (a, b)) in one.bytes().zip(two.bytes()).enumerate() {
        match a {
            _ if !a.eq_ignore_ascii_case(&b) => break,
            b'(' => depth += 1,
            b')' => depth = depth.saturating_sub(1),
            b' ' if depth == 0 => end = at + 1,
            _ => {}
        }
    }
    end
}

fn difference(op: &Op, intent: &Intent) -> Difference {
    let table = match op {
        Op::RenameTable { new, .. } => Some(new),
        _ => op.table(),
    };
    let (kind, name) = kind(op);
    let said = table.and_then(|table| find(&intent.tables, table, Name::to_string));
    let place = said.and_then(|said| {
        let name = name.as_deref().unwrap_or_default().to_owned();
        let column = find(&said.columns, &name, String::clone);
        let column = column.and_then(|column| column.place.clone());
        column.or_else(|| said.places.get(&name).cloned()).or_else(|| said.place.clone())
    });
    let text = describe(op).join("; ");
    Difference { text, kind, table: table.cloned(), name, place, dialects: Vec::new() }
}

/// What is said under a name, which the database may spell in another case.
fn find<'a, K: Ord, V>(map: &'a BTreeMap<K, V>, key: &K, text: fn(&K) -> String) -> Option<&'a V> {
    let same = |other: &K| text(other).eq_ignore_ascii_case(&text(key));
    map.get(key).or_else(|| map.iter().find(|(other, _)| same(other)).map(|(_, value)| value))
}

fn kind(op: &Op) -> (&'static str, Option<String>) {
    match op {
        Op::CreateNamespace(name) => ("create_schema", Some(name.clone())),
        Op::DropNamespace(name) => ("drop_schema", Some(name.clone())),
        Op::RenameNamespace { new, .. } => ("rename_schema", Some(new.clone())),
        Op::ReplaceEnum(it) => ("alter_enum", Some(it.new.name.to_string())),
        Op::CreateEnum(it) => ("create_enum", Some(it.name.to_string())),
        Op::DropEnum(it) => ("drop_enum", Some(it.name.to_string())),
        Op::AlterEnum { new, .. } => ("alter_enum", Some(new.name.to_string())),
        Op::RenameLabel { name, new, .. } => ("rename_label", Some(format!("{name}:{new}"))),
        Op::RenameEnum { new, .. } => ("rename_enum", Some(new.to_string())),
        Op::CreateTable(_) => ("create_table", None),
        Op::DropTable(_) => ("drop_table", None),
        Op::RenameTable { .. } => ("rename_table", None),
        Op::CreateObject(it) => ("create_object", Some(it.name.to_string())),
        Op::DropObject(it) => ("drop_object", Some(it.name.to_string())),
        Op::Rebuild(_) => ("rebuild_table", None),
        Op::AlterTogether(_) => ("alter_table", None),
        Op::Alter { change, .. } => change_kind(change),
    }
}

fn change_kind(change: &Change) -> (&'static str, Option<String>) {
    match change {
        Change::AddColumn { column, .. } => ("add_column", Some(column.name.clone())),
        Change::DropColumn { column, .. } => ("drop_column", Some(column.name.clone())),
        Change::RenameColumn { new, .. } => ("rename_column", Some(new.clone())),
        Change::AlterColumn { new, .. } => ("alter_column", Some(new.name.clone())),
        Change::MapValues { column, .. } => ("map_values", Some(column.clone())),
        Change::PrimaryKey { .. } => ("alter_primary_key", None),
        Change::Add(part) => ("add_constraint", part.name().map(str::to_owned)),
        Change::Drop(part) => ("drop_constraint", part.name().map(str::to_owned)),
        Change::Rename { new, .. } => ("rename_constraint", new.name().map(str::to_owned)),
        Change::Validate { new, .. } => ("validate_constraint", new.name().map(str::to_owned)),
        Change::Partition(it) if it.attached => ("attach_partition", None),
        Change::Partition(_) => ("detach_partition", None),
        Change::Comment { .. } => ("alter_comment", None),
        Change::Options { .. } => ("alter_options", None),
    }
}
