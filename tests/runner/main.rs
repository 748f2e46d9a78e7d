//! The runner on SQLite: what is applied, what a failure leaves behind, and who waits for whom.

mod directives;
mod downgrade;
#[path = "../support/dump.rs"]
mod dump;
mod failure;
mod journal;
mod ledger;
mod lock;
mod open;
mod rebuild;
mod support;

impl support::Project {
    /// With a database in the folder.
    pub(crate) fn new() -> Self {
        Self::at("sqlite://app.db")
    }
}
