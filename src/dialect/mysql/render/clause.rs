//! Constraints and indexes as they stand in a table, and behind `ADD`.

use super::super::Server;
use super::super::types::{quote, written};
use super::column::flag;
use super::literal;
use crate::op::Part;
use crate::schema::{
    Action, Check, ConstraintName, ForeignKey, Index, IndexPart, Options, PrimaryKey, Unique,
};
use crate::sql::{Syntax, paren};

/// The column in whose definition a check stands.
pub(in super::super) fn of_column(part: &Part) -> Option<&String> {
    match part {
        Part::Check(check) => check.options.get("column"),
        _ => None,
    }
}

/// A constraint or index with its name.
pub(super) fn clause(server: Server, part: &Part) -> String {
    match part {
        Part::Unique(it) => unique(it),
        Part::Check(it) => check(it),
        Part::ForeignKey(it) => foreign_key(it),
        Part::Index(it) => index(server, it),
        // There are none here; a complaint was made of it long before.
        Part::Exclude(_) => String::new(),
    }
}

pub(super) fn primary_key(key: &PrimaryKey) -> String {
    format!("PRIMARY KEY ({}{})", parts(&key.columns), period(&key.options))
}

fn unique(unique: &Unique) -> String {
    let name = unique.name.as_ref().map(|name| format!(" {}", quote(&name.text)));
    format!("UNIQUE INDEX{} ({})", name.unwrap_or_default(), parts(&unique.columns))
}

pub(super) fn index(server: Server, index: &Index) -> String {
    let (kind, using) = match index.using.as_deref() {
        Some("fulltext") => ("FULLTEXT ", None),
        Some("spatial") => ("SPATIAL ", None),
        using if index.unique => ("UNIQUE ", using),
        using => ("", using),
    };
    let name = quote(&index.name.text);
    let span = period(&index.options);
    let mut text = format!("{kind}INDEX {name} ({}{span})", parts(&index.parts));
    if let Some(using) = using {
        text.push_str(&format!(" USING {}", using.to_uppercase()));
    }
    if let Some(size) = index.options.get("key_block_size") {
        text.push_str(&format!(" KEY_BLOCK_SIZE={size}"));
    }
    if let Some(parser) = index.options.get("parser") {
        text.push_str(&format!(" WITH PARSER {}", quote(parser)));
    }
    if let Some(comment) = &index.comment {
        text.push_str(&format!(" COMMENT {}", literal(comment)));
    }
    if flag(&index.options, "invisible") {
        text.push_str(&format!(" {}", server.index_visibility().0));
    }
    text
}

/// The span of time in which no two rows may be equal.
fn period(options: &Options) -> String {
    let period = options.get("without_overlaps");
    period.map_or_else(String::new, |name| format!(", {} WITHOUT OVERLAPS", quote(name)))
}

fn parts(parts: &[IndexPart]) -> String {
    let part = |part: &IndexPart| {
        let mut text = match part.expression {
            true => paren::enclosed(&part.text, Syntax::MYSQL),
            false => quote(&part.text).into_owned(),
        };
        if let Some(length) = part.length {
            text.push_str(&format!("({length})"));
        }
        text.push_str(if part.descending { " DESC" } else { "" });
        text
    };
    parts.iter().map(part).collect::<Vec<_>>().join(", ")
}

pub(super) fn check(check: &Check) -> String {
    let off = if flag(&check.options, "not_enforced") { " NOT ENFORCED" } else { "" };
    let expr = paren::enclosed(&check.expr.text, Syntax::MYSQL);
    named(check.name.as_ref(), format!("CHECK {expr}{off}"))
}

pub(super) fn foreign_key(key: &ForeignKey) -> String {
    let (columns, referenced) = (names(&key.columns), names(&key.referenced));
    let table = written(&key.table);
    let mut text = format!("FOREIGN KEY ({columns}) REFERENCES {table} ({referenced})");
    for (event, action) in [("DELETE", key.on_delete), ("UPDATE", key.on_update)] {
        if action != Action::NoAction {
            text.push_str(&format!(" ON {event} {}", action.sql()));
        }
    }
    named(key.name.as_ref(), text)
}

fn named(name: Option<&ConstraintName>, clause: String) -> String {
    match name {
        Some(name) => format!("CONSTRAINT {} {clause}", quote(&name.text)),
        None => clause,
    }
}

fn names(columns: &[String]) -> String {
    let quoted = columns.iter().map(|column| quote(column));
    quoted.collect::<Vec<_>>().join(", ")
}

/// The clauses by which a constraint or index becomes another: by its name, by what can change where
/// it stands, or by going and coming.
pub(super) fn change(server: Server, old: &Part, new: &Part) -> Vec<String> {
    let (before, after) = (old.name().unwrap_or_default(), new.name().unwrap_or_default());
    let renamed = before != after;
    let remade = || vec![drop(server, old), format!("ADD {}", clause(server, new))];
    match (old, new) {
        (Part::Index(one), Part::Index(two)) if super::alters(old, new) => {
            let hidden = |options: &Options| flag(options, "invisible");
            let changed = hidden(&one.options) != hidden(&two.options);
            let (hide, show) = server.index_visibility();
            let word = if hidden(&two.options) { hide } else { show };
            match (renamed, changed, one.comment != two.comment) {
                (true, false, false) => {
                    vec![format!("RENAME INDEX {} TO {}", quote(before), quote(after))]
                }
                (false, true, false) => vec![format!("ALTER INDEX {} {word}", quote(after))],
                _ => remade(),
            }
        }
        (Part::Check(one), Part::Check(two)) if !renamed && one.expr == two.expr => {
            let off = flag(&two.options, "not_enforced");
            vec![format!("ALTER CHECK {}{} ENFORCED", quote(after), if off { " NOT" } else { "" })]
        }
        _ => remade(),
    }
}

/// The clause by which a constraint or index goes.
pub(super) fn drop(server: Server, part: &Part) -> String {
    let name = quote(part.name().unwrap_or_default());
    match part {
        Part::ForeignKey(_) => format!("DROP FOREIGN KEY {name}"),
        Part::Check(_) if server.has_unenforced_checks() => format!("DROP CHECK {name}"),
        Part::Check(_) | Part::Exclude(_) => format!("DROP CONSTRAINT {name}"),
        Part::Index(_) | Part::Unique(_) => format!("DROP INDEX {name}"),
    }
}
