//! PostgreSQL.

pub mod types;
