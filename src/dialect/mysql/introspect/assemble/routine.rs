//! Functions and procedures.

use std::collections::BTreeMap;

use super::super::facts::{ParameterFact, RoutineFact, TypeFact};
use super::super::text::{literal, ticked, written};
use super::Catalog;
use super::column::type_name;
use super::table::collation_name;
use crate::schema::{Object, ObjectKind};
use crate::sql::{Syntax, TokenKind, tokens};

/// The routines. Packages are none: nothing here speaks of them.
pub(super) fn routines(catalog: &Catalog) -> Vec<Object> {
    let mut parameters: BTreeMap<_, Vec<&ParameterFact>> = BTreeMap::new();
    for fact in &catalog.facts.parameters {
        parameters.entry((fact.kind, fact.place)).or_default().push(fact);
    }
    parameters.values_mut().for_each(|list| list.sort_by_key(|it| it.position));
    let facts = catalog.facts.routines.iter();
    let facts = facts.filter(|it| matches!(it.kind, "FUNCTION" | "PROCEDURE"));
    let routine = |fact: &RoutineFact| {
        let parameters = parameters.get(&(fact.kind, fact.place));
        routine(catalog, fact, parameters.map(Vec::as_slice).unwrap_or_default())
    };
    facts.map(routine).collect()
}

fn routine(catalog: &Catalog, fact: &RoutineFact, parameters: &[&ParameterFact]) -> Object {
    let function = fact.kind == "FUNCTION";
    let name = catalog.own_name(fact.place);
    let kind = if function { ObjectKind::Function } else { ObjectKind::Procedure };
    let Some(definition) = fact.definition else { return Object::new(kind, name, "") };
    let show = if function { "FUNCTION" } else { "PROCEDURE" };
    let shown = catalog.shown.statement(show, fact.place).and_then(|it| list(it));
    let parameter = |it: &&ParameterFact| {
        let mode = if function { String::new() } else { format!("{} ", it.mode) };
        format!("{mode}{} {}", ticked(it.name), written_type(&it.ty))
    };
    let told = || parameters.iter().map(parameter).collect::<Vec<_>>().join(", ");
    let list = shown.map_or_else(told, str::to_owned);
    let aggregate = if function && is_aggregate(definition) { "AGGREGATE " } else { "" };
    let mut sql = format!(
        "CREATE {}{aggregate}{show} {}({list})",
        catalog.definer(fact.definer),
        written(&name)
    );
    if function {
        sql.push_str(&format!(" RETURNS {}", written_type(&fact.returns)));
    }
    sql.push_str(&characteristics(fact));
    match fact.language {
        Some(language) if language != "SQL" => {
            sql.push_str(&format!(" LANGUAGE {language} AS $autogen$ {definition} $autogen$"));
        }
        _ => sql.push_str(&format!(" {definition}")),
    }
    let mut object = Object::new(kind, name, sql);
    catalog.keep_settings(&mut object, fact.sql_mode, None);
    object
}

fn characteristics(fact: &RoutineFact) -> String {
    let mut text = String::new();
    if fact.deterministic {
        text.push_str(" DETERMINISTIC");
    }
    if fact.access != "CONTAINS SQL" {
        text.push_str(&format!(" {}", fact.access));
    }
    if fact.security == "INVOKER" {
        text.push_str(" SQL SECURITY INVOKER");
    }
    if !fact.comment.is_empty() {
        text.push_str(&format!(" COMMENT {}", literal(fact.comment)));
    }
    text
}

/// A type with its collation, which otherwise would be the database's.
fn written_type(fact: &TypeFact) -> String {
    let ty = type_name(fact.ty);
    match (fact.charset, fact.collation) {
        (Some(charset), Some(collation)) => {
            let charset = if charset == "utf8" { "utf8mb3" } else { charset };
            format!("{ty} CHARSET {charset} COLLATE {}", collation_name(collation))
        }
        _ => ty.into_owned(),
    }
}

/// Whether it takes many rows: no catalog says so, but only such a function can ask for the next.
fn is_aggregate(definition: &str) -> bool {
    let words = tokens(definition, Syntax::MYSQL).filter(|it| it.kind == TokenKind::Word);
    let words: Vec<&str> = words.map(|it| &definition[it.range]).collect();
    let says = |words: &[&str]| {
        words
            .iter()
            .zip(["FETCH", "GROUP", "NEXT", "ROW"])
            .all(|(it, word)| it.eq_ignore_ascii_case(word))
    };
    words.windows(4).any(says)
}

/// What stands in the first parentheses.
fn list(statement: &str) -> Option<&str> {
    let (mut depth, mut start) = (0_u32, 0);
    for token in tokens(statement, Syntax::MYSQL).filter(|it| it.kind == TokenKind::Symbol) {
        match &statement[token.range.clone()] {
            "(" => {
                if depth == 0 {
                    start = token.range.end;
                }
                depth += 1;
            }
            ")" if depth == 1 => return statement.get(start..token.range.start),
            ")" => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    None
}
