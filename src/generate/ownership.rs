//! What is compared at all: the ledger is not, filtered names are not, and a table that neither a
//! model nor a revision knows belongs to somebody else.

use std::collections::BTreeSet;

use crate::config::{Filter, Subject, Unmanaged};
use crate::dialect::Dialect;
use crate::schema::{Intent, Name, Schema};

/// What is compared at all.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    /// Include and exclude lists.
    pub filter: Filter,
    /// Tables that autogen keeps for itself.
    pub ledger: BTreeSet<String>,
    /// Tables that revisions created.
    pub created: BTreeSet<String>,
    /// What becomes of the others.
    pub unmanaged: Unmanaged,
}

impl Scope {
    /// Takes everything out of both sides that is not compared; returns the tables that are
    /// somebody else's.
    pub(super) fn narrow(
        &self,
        current: &mut Schema,
        target: &mut Schema,
        intent: &Intent,
        dialect: &dyn Dialect,
    ) -> Vec<Name> {
        let fold = |name: &str| match dialect.folds_case() {
            true => name.to_ascii_lowercase(),
            false => name.to_owned(),
        };
        let declared = |name: &Name| intent.tables.get(name).is_some_and(|said| said.unmanaged);
        let hidden: BTreeSet<String> = target
            .tables
            .keys()
            .filter(|it| declared(it))
            .map(|it| fold(&it.to_string()))
            .collect();
        let ledger: BTreeSet<String> = self.ledger.iter().map(|name| fold(name)).collect();
        let seen = |name: &Name| {
            let name = name.to_string();
            self.filter.keeps(Subject::Table, &name)
                && !hidden.contains(&fold(&name))
                && !ledger.contains(&fold(&name))
        };
        for schema in [&mut *current, &mut *target] {
            schema.tables.retain(|name, _| seen(name));
            for table in schema.tables.values_mut() {
                table.indexes.retain(|index| self.filter.keeps(Subject::Index, &index.name.text));
            }
        }
        if self.unmanaged == Unmanaged::Drop {
            return Vec::new();
        }
        let mut known: BTreeSet<String> = self.created.iter().map(|name| fold(name)).collect();
        known.extend(target.tables.keys().map(|name| fold(&name.to_string())));
        let renamed = intent.tables.values().filter_map(|said| said.renamed_from.as_ref());
        known.extend(renamed.map(|name| fold(&name.to_string())));
        let foreign: Vec<Name> = current
            .tables
            .keys()
            .filter(|name| !known.contains(&fold(&name.to_string())))
            .cloned()
            .collect();
        current.tables.retain(|name, _| !foreign.contains(name));
        foreign
    }
}
