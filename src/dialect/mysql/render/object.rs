//! Objects that are kept as text: how each kind goes.

use super::super::types::written;
use crate::schema::{Name, Object, ObjectKind};

/// The statement that drops an object.
pub(super) fn drop(object: &Object) -> String {
    let name = written(&object.name);
    match object.kind {
        ObjectKind::View => format!("DROP VIEW {name}"),
        ObjectKind::Trigger => {
            // It stands in the database of its table.
            let schema = object.table.as_ref().and_then(|table| table.schema.clone());
            let schema = object.name.schema.clone().or(schema);
            format!("DROP TRIGGER {}", written(&Name { schema, name: object.name.name.clone() }))
        }
        ObjectKind::Function => format!("DROP {} {name}", routine(&object.sql)),
        ObjectKind::Sequence => format!("DROP SEQUENCE {name}"),
        _ => format!("DROP TABLE {name}"),
    }
}

/// What kind of routine a statement makes: the first word that says so.
fn routine(sql: &str) -> &'static str {
    let kinds = ["PROCEDURE", "EVENT", "FUNCTION"];
    let kind = |word: &str| kinds.into_iter().find(|kind| word.eq_ignore_ascii_case(kind));
    sql.split_whitespace().find_map(kind).unwrap_or("FUNCTION")
}
