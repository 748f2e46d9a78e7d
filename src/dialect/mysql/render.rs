//! MySQL's SQL for each op.

use super::Mysql;
use crate::op::Op;

/// The statements of one op, without closing semicolons.
pub(super) fn render(_mysql: &Mysql, _op: &Op) -> Vec<String> {
    Vec::new()
}
