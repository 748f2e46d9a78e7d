//! Functions and procedures.

use super::super::facts::RoutineFact;
use super::super::text::written;
use super::Catalog;
use crate::schema::{Object, ObjectKind};

/// The routines. Packages are none: nothing here speaks of them.
pub(super) fn routines(catalog: &Catalog) -> Vec<Object> {
    let kind = |fact: &RoutineFact| match fact.kind {
        "FUNCTION" => Some(ObjectKind::Function),
        "PROCEDURE" => Some(ObjectKind::Procedure),
        _ => None,
    };
    let facts = catalog.facts.routines.iter();
    facts.filter_map(|it| Some(routine(catalog, it, kind(it)?))).collect()
}

fn routine(catalog: &Catalog, fact: &RoutineFact, kind: ObjectKind) -> Object {
    let name = catalog.own_name(fact.place);
    let sql = catalog.made(fact.kind, fact.place).map(|made| {
        let aggregate = if made.says(&["AGGREGATE"]) { "AGGREGATE " } else { "" };
        format!(
            "CREATE {}{aggregate}{} {}{}",
            catalog.definer(&made),
            fact.kind,
            written(&name),
            made.rest()
        )
    });
    let mut object = Object::new(kind, name, sql.unwrap_or_default());
    catalog.keep_settings(&mut object, fact.sql_mode, None);
    object
}
