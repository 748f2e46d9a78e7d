//! The server as judge.

/// What an expression is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The default of a column of that type.
    Default {
        /// The type.
        ty: String,
    },
    /// What computes a column of that type.
    Generated {
        /// The type.
        ty: String,
    },
    /// The condition of a check.
    Check,
    /// The condition of a partial index or an exclusion.
    Predicate,
    /// An expression that is indexed.
    Index,
}
