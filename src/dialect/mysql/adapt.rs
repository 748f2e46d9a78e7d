//! What MySQL cannot do in place becomes other ops.

use autogen_model::Diagnostic;

use super::Mysql;
use crate::op::Op;
use crate::schema::Schema;

/// The changes in the form in which MySQL can make them.
pub(super) fn adapt(_mysql: &Mysql, ops: Vec<Op>, _schema: &Schema) -> (Vec<Op>, Vec<Diagnostic>) {
    (ops, Vec::new())
}
