//! What the tests over `fixtures/diff` stand on.

pub(crate) mod case;
pub(crate) mod expectation;
pub(crate) mod live;
