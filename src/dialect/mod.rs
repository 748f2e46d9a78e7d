//! One folder per database, each with the same file and function names.

pub mod mysql;
pub mod postgres;
pub mod sqlite;
