//! Constraints and indexes as they stand in SQL.

use super::super::types::{quote, written};
use super::names;
use super::text::{collation, enclosed, flag, key, list, with};
use crate::op::Part;
use crate::schema::{
    Action, Check, ConstraintName, Deferral, Exclude, ForeignKey, Index, IndexPart, Name, Options,
    PrimaryKey, Unique,
};

/// A constraint with its name, as it stands in a table or behind `ADD`.
pub(super) fn clause(part: &Part) -> String {
    match part {
        Part::Unique(it) => unique_clause(it),
        Part::Check(it) => check_clause(it),
        Part::ForeignKey(it) => foreign_key_clause(it),
        Part::Exclude(it) => exclude_clause(it),
        // An index is no constraint; nobody asks for it here.
        Part::Index(_) => String::new(),
    }
}

fn named(name: Option<&ConstraintName>, clause: String) -> String {
    match name {
        Some(name) => format!("CONSTRAINT {} {clause}", quote(&name.text)),
        None => clause,
    }
}

pub(super) fn primary_key_clause(key: &PrimaryKey) -> String {
    let defer = match key.options.get("deferrable").map(String::as_str) {
        None => None,
        Some("deferred") => Some(Deferral::InitiallyDeferred),
        Some(_) => Some(Deferral::InitiallyImmediate),
    };
    let (columns, index) = (keyed(&key.columns, &key.options), backing(&key.options));
    named(key.name.as_ref(), format!("PRIMARY KEY ({columns}){index}{}", deferral(defer)))
}

pub(super) fn unique_clause(unique: &Unique) -> String {
    let nulls = if unique.nulls_not_distinct { " NULLS NOT DISTINCT" } else { "" };
    let (columns, index) = (keyed(&unique.columns, &unique.options), backing(&unique.options));
    let defer = deferral(unique.deferral);
    named(unique.name.as_ref(), format!("UNIQUE{nulls} ({columns}){index}{defer}"))
}

fn keyed(columns: &[IndexPart], options: &Options) -> String {
    let overlaps = if flag(options, "without_overlaps") { " WITHOUT OVERLAPS" } else { "" };
    format!("{}{overlaps}", names(columns.iter().map(|part| &part.text)))
}

/// What is said of the index behind a constraint.
fn backing(options: &Options) -> String {
    let space = options.get("tablespace");
    let space = space.map(|space| format!(" USING INDEX TABLESPACE {}", quote(space)));
    format!("{}{}{}", include(&list(options, "include")), with(options), space.unwrap_or_default())
}

fn include<T: AsRef<str>>(columns: &[T]) -> String {
    match columns {
        [] => String::new(),
        columns => format!(" INCLUDE ({})", names(columns)),
    }
}

pub(super) fn check_clause(check: &Check) -> String {
    let words = words(&check.options, &["no_inherit", "not_valid", "not_enforced"]);
    named(check.name.as_ref(), format!("CHECK {}{words}", enclosed(&check.expr.text)))
}

/// The flags that are set, as they are spelled in SQL.
fn words(options: &Options, flags: &[&str]) -> String {
    let set = flags.iter().filter(|name| flag(options, name));
    set.map(|name| format!(" {}", name.replace('_', " ").to_uppercase())).collect()
}

pub(super) fn foreign_key_clause(foreign: &ForeignKey) -> String {
    let period = flag(&foreign.options, "period");
    let columns = |columns: &[String]| match columns.split_last() {
        Some((last, rest)) if period => {
            let rest = if rest.is_empty() { String::new() } else { format!("{}, ", names(rest)) };
            format!("{rest}PERIOD {}", quote(last))
        }
        _ => names(columns),
    };
    let mut text = format!("FOREIGN KEY ({})", columns(&foreign.columns));
    text.push_str(&format!(" REFERENCES {}", written(&foreign.table)));
    if !foreign.referenced.is_empty() {
        text.push_str(&format!(" ({})", columns(&foreign.referenced)));
    }
    if let Some(matching) = &foreign.matching {
        text.push_str(&format!(" MATCH {}", matching.to_uppercase()));
    }
    if foreign.on_delete != Action::NoAction {
        text.push_str(&format!(" ON DELETE {}", foreign.on_delete.sql()));
        let set = list(&foreign.options, "set_columns");
        if !set.is_empty() {
            text.push_str(&format!(" ({})", names(set)));
        }
    }
    if foreign.on_update != Action::NoAction {
        text.push_str(&format!(" ON UPDATE {}", foreign.on_update.sql()));
    }
    text.push_str(&deferral(foreign.deferral));
    text.push_str(&words(&foreign.options, &["not_valid", "not_enforced"]));
    named(foreign.name.as_ref(), text)
}

pub(super) fn deferral(deferral: Option<Deferral>) -> String {
    match deferral {
        Some(Deferral::InitiallyDeferred) => " DEFERRABLE INITIALLY DEFERRED".into(),
        Some(Deferral::InitiallyImmediate) => " DEFERRABLE INITIALLY IMMEDIATE".into(),
        None => String::new(),
    }
}

pub(super) fn exclude_clause(exclude: &Exclude) -> String {
    let using = exclude.using.as_ref().map(|method| format!(" USING {}", quote(method)));
    let elements: Vec<&str> = exclude.elements.iter().map(|it| it.text.as_str()).collect();
    let predicate = exclude.predicate.as_ref().map(|it| format!(" WHERE {}", enclosed(&it.text)));
    let text = format!(
        "EXCLUDE{} ({}){}{}{}",
        using.unwrap_or_default(),
        elements.join(", "),
        backing(&exclude.options),
        predicate.unwrap_or_default(),
        deferral(exclude.deferral)
    );
    named(exclude.name.as_ref(), text)
}

pub(super) fn create_index(table: &Name, index: &Index, concurrently: bool) -> String {
    let unique = if index.unique { "UNIQUE " } else { "" };
    let word = if concurrently { "CONCURRENTLY " } else { "" };
    let mut text = format!("CREATE {unique}INDEX {word}{} ON ", quote(&index.name.text));
    text.push_str(&written(table));
    if let Some(method) = &index.using {
        text.push_str(&format!(" USING {}", quote(method)));
    }
    let parts: Vec<String> = index.parts.iter().map(index_part).collect();
    text.push_str(&format!(" ({}){}", parts.join(", "), include(&index.include)));
    if index.nulls_not_distinct {
        text.push_str(" NULLS NOT DISTINCT");
    }
    text.push_str(&with(&index.options));
    if let Some(space) = index.options.get("tablespace") {
        text.push_str(&format!(" TABLESPACE {}", quote(space)));
    }
    if let Some(predicate) = &index.predicate {
        text.push_str(&format!(" WHERE {predicate}"));
    }
    text
}

fn index_part(part: &IndexPart) -> String {
    let mut text = if part.expression { key(&part.text) } else { quote(&part.text).into_owned() };
    if let Some(collate) = &part.collate {
        text.push_str(&format!(" COLLATE {}", collation(collate)));
    }
    if let Some(opclass) = &part.opclass {
        text.push_str(&format!(" {opclass}"));
    }
    if part.descending {
        text.push_str(" DESC");
    }
    match part.nulls_first {
        Some(true) => text.push_str(" NULLS FIRST"),
        Some(false) => text.push_str(" NULLS LAST"),
        None => {}
    }
    text
}
