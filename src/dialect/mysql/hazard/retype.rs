//! How a column takes another type, length, list of labels or collation.

use super::super::collation::{bytes_of, charset_of};
use super::super::labels;
use super::algorithm::{Class, Rule, Site, has};
use crate::dialect::Work;
use crate::schema::{Column, IndexPart};

const INSTANT: Rule = Rule { class: Class::Instant, work: Work::None };
const IN_PLACE: Rule = Rule { class: Class::InPlace, work: Work::None };
const BUILT: Rule = Rule { class: Class::InPlace, work: Work::Build };
const COPY: Rule = Rule { class: Class::Copy, work: Work::Rewrite };

/// Up to here one byte holds the length of a text.
const SHORT: u32 = 255;

/// How the values of a column get there.
pub(super) fn rule(site: Site<'_>, old: &Column, new: &Column) -> Rule {
    let (before, after) = (old.ty.spelled(), new.ty.spelled());
    let collated = match (old.collate.as_deref(), new.collate.as_deref()) {
        (old, new) if old == new => INSTANT,
        (Some(one), Some(two)) => collation(site, old, (one, two)),
        _ => COPY,
    };
    let (name, list) = parts(&before);
    let (new_name, new_list) = parts(&after);
    let typed = match (name, new_name) {
        _ if before == after && !["varchar", "varbinary"].contains(&name) => INSTANT,
        ("varchar", "varchar") | ("varbinary", "varbinary") => {
            let size = |list: &str, column: &Column| {
                let width = column.collate.as_deref().map_or(1, bytes_of);
                list.parse::<u32>().unwrap_or_default().saturating_mul(width)
            };
            match before == after && old.collate == new.collate {
                true => INSTANT,
                false => longer(site, size(list, old), size(new_list, new)),
            }
        }
        ("enum" | "set", _) if name == new_name => {
            let kept = labels::of(&before);
            let all = labels::of(&after);
            match all.starts_with(&kept) && bytes(name, kept.len()) == bytes(name, all.len()) {
                true => INSTANT,
                false => COPY,
            }
        }
        ("tinyint", "tinyint") if before.contains("unsigned") == after.contains("unsigned") => {
            INSTANT
        }
        _ => COPY,
    };
    typed.max(collated)
}

/// The name of a type, and what stands in its parentheses.
fn parts(ty: &str) -> (&str, &str) {
    match ty.split_once('(') {
        Some((name, rest)) => (name, rest.rsplit_once(')').map_or(rest, |(list, _)| list)),
        None => (ty.split(' ').next().unwrap_or(ty), ""),
    }
}

/// A text may be longer from now on.
fn longer(site: Site<'_>, old: u32, new: u32) -> Rule {
    let same_length = new <= SHORT || old > SHORT;
    match new >= old {
        true if site.server.has_instant_catalog() && (same_length || old <= SHORT / 2) => INSTANT,
        true if !site.server.has_instant_catalog() && same_length => IN_PLACE,
        _ => COPY,
    }
}

/// The bytes of a value.
fn bytes(kind: &str, labels: usize) -> usize {
    match kind {
        "enum" => 1 + usize::from(labels > 255),
        _ => [1, 2, 3, 4].into_iter().find(|size| labels <= size * 8).unwrap_or(8),
    }
}

/// Texts are compared otherwise from now on, or are of other characters.
fn collation(site: Site<'_>, column: &Column, (old, new): (&str, &str)) -> Rule {
    let server = site.server;
    let (before, after) = (charset_of(old), charset_of(new));
    let listed = column.ty.spelled().starts_with("enum") || column.ty.spelled().starts_with("set");
    let named = |part: &IndexPart| part.text == column.name || part.expression;
    let indexed = site.table.indexes.iter().any(|index| index.parts.iter().any(named));
    let keyed = has(site.table.primary_key.as_ref(), &column.name);
    let wider = before == "utf8mb3" && after == "utf8mb4";
    if before != after && !wider {
        return COPY;
    }
    if server.has_instant_catalog() {
        let kin = wider && tail(old) == tail(new);
        return match (listed || keyed, indexed) {
            (true, _) => COPY,
            // An index of the start of a long text cannot be built beside it.
            (_, true) if !kin && column.ty.spelled().ends_with("text") => COPY,
            (_, true) if !kin => BUILT,
            _ => INSTANT,
        };
    }
    match server.has_online_collations() {
        _ if indexed || keyed => COPY,
        true if listed => INSTANT,
        true => IN_PLACE,
        false if wider && !listed => IN_PLACE,
        false => COPY,
    }
}

fn tail(collation: &str) -> &str {
    collation.split_once('_').map_or("", |(_, tail)| tail)
}
