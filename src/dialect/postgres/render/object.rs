//! Objects that are kept as text: how each kind goes.

use super::super::types::{quote, written};
use crate::schema::{Name, Object, ObjectKind};

/// The statement that drops an object.
pub(super) fn drop(object: &Object) -> String {
    let name = written(&object.name);
    let own = quote(&object.name.name);
    let on = |kind: &str| {
        let table = object.table.as_ref().map(written).unwrap_or_default();
        format!("DROP {kind} {own} ON {table}")
    };
    match object.kind {
        ObjectKind::View => format!("DROP VIEW {name}"),
        ObjectKind::MaterializedView => format!("DROP MATERIALIZED VIEW {name}"),
        ObjectKind::Rule => on("RULE"),
        ObjectKind::Policy => on("POLICY"),
        ObjectKind::Trigger => on("TRIGGER"),
        ObjectKind::Function => format!("DROP {} {}", routine(&object.sql), signature(object)),
        ObjectKind::Sequence => format!("DROP SEQUENCE {name}"),
        ObjectKind::Domain => format!("DROP DOMAIN {name}"),
        ObjectKind::Composite => format!("DROP TYPE {name}"),
        ObjectKind::Statistics => format!("DROP STATISTICS {name}"),
        ObjectKind::Publication => format!("DROP PUBLICATION {own}"),
        ObjectKind::Extension => format!("DROP EXTENSION {own}"),
        ObjectKind::Procedure => format!("DROP PROCEDURE {}", signature(object)),
        ObjectKind::VirtualTable | ObjectKind::Event | ObjectKind::Sql => {
            format!("DROP TABLE {name}")
        }
    }
}

/// What kind of routine a statement makes.
fn routine(sql: &str) -> &'static str {
    let words = sql.split_whitespace().take(4);
    let kinds = ["PROCEDURE", "AGGREGATE"];
    let kind = |word: &str| kinds.into_iter().find(|kind| word.eq_ignore_ascii_case(kind));
    words.filter_map(kind).next().unwrap_or("FUNCTION")
}

/// A function's name with the types of its arguments, which stand in the name as the server prints
/// them.
fn signature(object: &Object) -> String {
    let Name { schema, name } = &object.name;
    match name.split_once('(') {
        None => written(&object.name),
        Some((name, arguments)) => {
            let name = Name { schema: schema.clone(), name: name.to_owned() };
            format!("{}({arguments}", written(&name))
        }
    }
}
