//! PostgreSQL's SQL for each op.

use super::Postgres;
use crate::op::Op;

/// The statements of one op, without closing semicolons.
pub(super) fn render(_postgres: Postgres, _op: &Op) -> Vec<String> {
    Vec::new()
}
