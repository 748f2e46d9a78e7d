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
        ObjectKind::Function => format!("DROP FUNCTION {name}"),
        ObjectKind::Procedure => format!("DROP PROCEDURE {name}"),
        ObjectKind::Event => format!("DROP EVENT {name}"),
        ObjectKind::Sequence => format!("DROP SEQUENCE {name}"),
        _ => format!("DROP TABLE {name}"),
    }
}
