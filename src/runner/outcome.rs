//! What became of a statement whose end nobody saw.

/// What the catalog says of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It was done.
    Done,
    /// It was not, or it does no harm to run it again.
    Again,
    /// It was done in part; this does what is left.
    Rest(String),
    /// Nothing tells.
    Unknown,
}
