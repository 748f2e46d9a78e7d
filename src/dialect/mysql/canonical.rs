//! Spells any schema as MySQL would report it, and complains about what it does not have.

use autogen_model::Diagnostic;

use super::Mysql;
use crate::schema::{Column, Intent, Schema, Table};

/// The schema as MySQL would report it, and what of it MySQL cannot do.
pub(super) fn canonical(
    _mysql: &Mysql,
    schema: &Schema,
    _intent: &Intent,
) -> (Schema, Vec<Diagnostic>) {
    (schema.clone(), Vec::new())
}

/// Takes over what the models leave open.
pub(super) fn settle(_current: &Schema, _target: &mut Schema) {}

/// The value that old rows get when a column comes back on the way down.
pub(super) fn neutral_value(_table: &Table, _column: &Column) -> String {
    "NULL".into()
}
