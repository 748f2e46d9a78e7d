//! Database schema revisions, written from Rust structs.

pub mod error;
pub mod sql;
pub mod schema;
pub mod op;
pub mod lower;
pub mod diff;
pub mod dialect;
pub mod plan;
pub mod revision;
pub mod config;
pub mod db;
pub mod runner;
pub mod generate;
#[cfg(feature = "cli")]
pub mod cli;

pub use autogen_derive::{Enum, Mixin, Table, View};
