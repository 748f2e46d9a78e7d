//! What PostgreSQL cannot do in place becomes other ops.

use autogen_model::Diagnostic;

use super::Postgres;
use crate::dialect::Sharing;
use crate::op::Op;
use crate::schema::Schema;

/// The changes in the form in which PostgreSQL can make them.
pub(super) fn adapt(
    _postgres: Postgres,
    ops: Vec<Op>,
    _schema: &Schema,
) -> (Vec<Op>, Vec<Diagnostic>) {
    (ops, Vec::new())
}

/// How an op shares a transaction with others.
pub(super) fn sharing(_op: &Op) -> Sharing {
    Sharing::Together
}

/// What these ops lock, in a sentence.
pub(super) fn locks(_ops: &[Op]) -> String {
    "nothing".into()
}
