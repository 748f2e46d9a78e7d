//! Complaints about what a version cannot do, with the place in the models that says it.

use super::super::Postgres;
pub(super) use crate::dialect::report::About;
use crate::dialect::report::Reports as Shared;
use crate::schema::Name;

/// The complaints so far.
pub(super) type Reports<'a> = Shared<'a, &'a Postgres>;

impl Reports<'_> {
    /// This version cannot do something, which a later one can.
    pub(super) fn too_old(
        &mut self,
        table: &Name,
        about: About<'_>,
        what: &str,
        (since, help): (u16, &str),
    ) {
        let version = self.dialect.version;
        if version < since {
            self.push(table, about, &format!("PostgreSQL {version} {what}"), help);
        }
    }
}
