//! MySQL and MariaDB.

pub mod types;
