//! What is compared at all: the ledger is not, filtered names are not, and a table that neither a
//! model nor a revision knows belongs to somebody else.

use std::collections::BTreeSet;

use autogen_model::Diagnostic;

use crate::config::{Filter, Subject, Unmanaged};
use crate::dialect::Dialect;
use crate::op::Op;
use crate::schema::{Intent, Name, Schema};

/// What is compared at all.
pub struct Scope<'a> {
    /// Include and exclude lists.
    pub filter: Filter,
    /// Tables that autogen keeps for itself.
    pub ledger: BTreeSet<String>,
    /// Tables that revisions created. Asked only when the database has tables that no model has,
    /// since the answer takes reading every statement of every revision.
    pub created: Box<dyn Fn() -> BTreeSet<String> + 'a>,
    /// What becomes of the others.
    pub unmanaged: Unmanaged,
}

impl Default for Scope<'_> {
    fn default() -> Self {
        Self {
            filter: Filter::default(),
            ledger: BTreeSet::new(),
            created: Box::new(BTreeSet::new),
            unmanaged: Unmanaged::default(),
        }
    }
}

impl Scope<'_> {
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
        let mut known: BTreeSet<String> =
            target.tables.keys().map(|name| fold(&name.to_string())).collect();
        let renamed = intent.tables.values().filter_map(|said| said.renamed_from.as_ref());
        known.extend(renamed.map(|name| fold(&name.to_string())));
        let strange = |name: &&Name| !known.contains(&fold(&name.to_string()));
        let mut foreign: Vec<Name> = current.tables.keys().filter(strange).cloned().collect();
        if !foreign.is_empty() {
            let created: BTreeSet<String> =
                (self.created)().iter().map(|name| fold(name)).collect();
            foreign.retain(|name| !created.contains(&fold(&name.to_string())));
        }
        let gone: BTreeSet<&Name> = foreign.iter().collect();
        current.tables.retain(|name, _| !gone.contains(name));
        foreign
    }
}

/// Tables that are not compared, but point to a table that is to go: their rows would go with it, or
/// point nowhere.
pub(super) fn stranded(live: &Schema, compared: &Schema, ops: &[Op]) -> Vec<Diagnostic> {
    let dropped: BTreeSet<&Name> = ops
        .iter()
        .filter_map(|op| match op {
            Op::DropTable(table) => Some(&table.name),
            _ => None,
        })
        .collect();
    let others = live.tables.values().filter(|it| !compared.tables.contains_key(&it.name));
    let keys = others.flat_map(|table| table.foreign_keys.iter().map(move |key| (table, key)));
    let pointing: BTreeSet<(&Name, &Name)> = keys
        .filter(|(_, key)| dropped.contains(&key.table))
        .map(|(table, key)| (&key.table, &table.name))
        .collect();
    let report = |(parent, child): (&Name, &Name)| {
        Diagnostic::new(format!(
            "table {parent} cannot go while table {child}, which is not compared, points to it"
        ))
        .help(format!("drop the foreign key of {child}, or {child}, where it is looked after"))
        .help(format!("or have {parent} left alone: put it under `exclude` in [compare]"))
    };
    pointing.into_iter().map(report).collect()
}
