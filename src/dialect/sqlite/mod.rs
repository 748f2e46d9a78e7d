//! SQLite.

mod canonical;
mod ddl;
pub mod expr;
pub mod introspect;
pub mod types;

pub use canonical::canonical;
pub use introspect::{introspect, read};
