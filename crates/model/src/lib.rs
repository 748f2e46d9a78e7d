//! The model language of autogen: Rust source in, models and diagnostics out.

mod diagnostic;

pub use diagnostic::{Diagnostic, Label, Place, Source, nearest};
