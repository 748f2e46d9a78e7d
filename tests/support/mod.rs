//! What several tests share: fixture folders as cases, and SQLite in memory.

pub(crate) mod case;
pub(crate) mod live;
