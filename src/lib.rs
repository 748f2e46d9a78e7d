//! Database schema revisions, written from Rust structs.

#[cfg(feature = "cli")]
pub mod cli;
pub mod config;
pub mod db;
pub mod dialect;
pub mod diff;
pub mod error;
pub mod generate;
pub mod lower;
pub mod op;
pub mod plan;
pub mod revision;
pub mod runner;
pub mod schema;
pub mod sql;
