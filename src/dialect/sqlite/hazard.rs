//! Whoever writes locks all of the file; what differs is how long that takes.

use crate::dialect::{Effect, Effects, Lock, Work};
use crate::op::Op;

const WRITING: Lock = Lock { strength: 1, name: "the whole database for writing" };

/// What an op locks.
pub(super) fn effects(op: &Op) -> Effects {
    let work = if matches!(op, Op::Rebuild(_)) { Work::Rewrite } else { Work::None };
    Effects { locks: vec![Effect { on: None, lock: WRITING, work }], ..Effects::default() }
}
