//! What each op locks, reads and copies on MySQL and MariaDB.

use super::Mysql;
use crate::dialect::Effects;
use crate::op::Op;
use crate::schema::Schema;

/// What each of these ops does to what is there already.
pub(super) fn effects(_mysql: &Mysql, ops: &[Op], _before: &Schema) -> Vec<Effects> {
    ops.iter().map(|_| Effects::default()).collect()
}
