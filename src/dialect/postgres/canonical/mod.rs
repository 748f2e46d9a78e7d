//! Spells any schema as PostgreSQL would report it, and complains about what its version does not
//! have.

mod column;
mod forms;
mod inherit;
mod names;
mod neutral;
mod opclass;
mod options;
mod part;
mod report;
mod settle;

use std::collections::{BTreeMap, BTreeSet};

use autogen_model::Diagnostic;

pub(super) use neutral::neutral_value;
pub(super) use settle::settle;

use super::Postgres;
use super::types::written;
use crate::schema::{Enum, Intent, Name, Schema, Table, Type};
use report::Reports;

/// The schema as PostgreSQL would report it, and what of it PostgreSQL cannot do.
pub(super) fn canonical(
    postgres: &Postgres,
    schema: &Schema,
    intent: &Intent,
) -> (Schema, Vec<Diagnostic>) {
    let mut reports = Reports::new(postgres, "PostgreSQL", intent);
    let schema = names::stored(schema, &mut reports);
    let mut lowered = Schema { objects: schema.objects.clone(), ..Schema::default() };
    lowered.namespaces.clone_from(&schema.namespaces);
    let otherwise = spelled_otherwise(&schema);
    for it in schema.enums.values().filter(|it| !otherwise.contains(&it.name)) {
        let comment = it.comment.clone().filter(|text| !text.is_empty());
        lowered.enums.insert(it.name.clone(), Enum { comment, ..it.clone() });
    }
    let enums = lowered.enums.keys().map(|name| (written(name), name.clone())).collect();
    for table in schema.tables.values() {
        let mut lower = Lower { enums: &enums, table: &table.name, reports };
        lowered.insert(lower.table(table.clone()));
        reports = lower.reports;
    }
    refer(&mut lowered);
    inherit::settle(&mut lowered, &mut reports);
    forms::settle(&mut lowered, postgres, &mut reports);
    let named = lowered.tables.keys().chain(lowered.enums.keys());
    let used: Vec<String> = named.filter_map(|name| name.schema.clone()).collect();
    lowered.namespaces.extend(used);
    names::refused(&lowered, &mut reports);
    (lowered, reports.finish())
}

/// The enumerated types that are not made, since every column spells another type here.
fn spelled_otherwise(schema: &Schema) -> BTreeSet<&Name> {
    let columns = || schema.tables.values().flat_map(|table| &table.columns);
    let otherwise = columns().filter_map(|column| match &column.ty {
        Type::Partly { spelled, otherwise } if spelled.contains_key("postgres") => held(otherwise),
        _ => None,
    });
    let used: BTreeSet<&Name> = columns()
        .filter_map(|column| match &column.ty {
            Type::Partly { spelled, .. } if spelled.contains_key("postgres") => None,
            Type::Partly { otherwise, .. } => held(otherwise),
            ty => held(ty),
        })
        .collect();
    otherwise.filter(|name| !used.contains(name)).collect()
}

/// The enumerated type in a type.
fn held(ty: &Type) -> Option<&Name> {
    match ty {
        Type::Enum(name) => Some(name),
        Type::Array(item) => held(item),
        _ => None,
    }
}

/// Makes one table PostgreSQL's.
struct Lower<'a> {
    /// Enumerated types by their names as SQL.
    enums: &'a BTreeMap<String, Name>,
    table: &'a Name,
    reports: Reports<'a>,
}

impl Lower<'_> {
    fn table(&mut self, mut table: Table) -> Table {
        table.comment = table.comment.filter(|text| !text.is_empty());
        self.table_options(&mut table);
        let mut columns = std::mem::take(&mut table.columns);
        columns.iter_mut().for_each(|column| self.column(column));
        table.columns = columns;
        self.set_aside(&table);
        self.primary_key(&mut table);
        let mut uniques = std::mem::take(&mut table.uniques);
        uniques.iter_mut().for_each(|unique| self.unique(unique));
        table.uniques = uniques;
        self.said_twice(&mut table);
        let partitioned = table.options.contains_key("partition_by");
        table.checks.iter_mut().for_each(|check| self.check(partitioned, check));
        let mut keys = std::mem::take(&mut table.foreign_keys);
        keys.iter_mut().for_each(|key| self.foreign_key(&table, key));
        table.foreign_keys = keys;
        let mut excludes = std::mem::take(&mut table.excludes);
        excludes.iter_mut().for_each(|exclude| self.exclude(&table, exclude));
        table.excludes = excludes;
        let mut indexes = std::mem::take(&mut table.indexes);
        indexes.iter_mut().for_each(|index| self.index(&table, index));
        table.indexes = indexes;
        table
    }
}

/// Says the columns that references leave out.
fn refer(schema: &mut Schema) {
    let open = |table: &Table| table.foreign_keys.iter().any(|key| key.referenced.is_empty());
    let open: Vec<Name> = schema
        .tables
        .values()
        .filter(|table| open(table))
        .map(|table| table.name.clone())
        .collect();
    for name in open {
        let Some(mut table) = schema.tables.remove(&name) else { continue };
        for at in 0..table.foreign_keys.len() {
            let key = &table.foreign_keys[at];
            if !key.referenced.is_empty() {
                continue;
            }
            let target =
                if key.table == name { Some(&table) } else { schema.tables.get(&key.table) };
            let parts = target.and_then(|target| target.primary_key.as_ref());
            let columns = parts.into_iter().flat_map(|it| &it.columns);
            table.foreign_keys[at].referenced = columns.map(|part| part.text.clone()).collect();
        }
        schema.insert(table);
    }
}
