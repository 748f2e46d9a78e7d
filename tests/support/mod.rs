//! What several tests share: fixture folders as cases, and SQLite in memory.

pub mod case;
pub mod live;
