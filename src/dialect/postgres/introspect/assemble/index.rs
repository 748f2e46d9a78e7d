//! Indexes.

use std::collections::BTreeMap;

use super::super::rows::{Cells, Oid};
use super::catalog::{Catalog, class, flag, parameters, set};
use super::keys::{group, items, key_collation};
use super::{Answers, IndexFacts};
use crate::schema::{ConstraintName, Expr, Index, IndexPart, Options, Table};

/// An index as the catalogs have it.
pub(super) struct IndexFact<'r> {
    pub(super) name: &'r str,
    pub(super) relation: Oid,
    pub(super) method: Option<&'r str>,
    pub(super) predicate: Option<&'r str>,
    pub(super) nulls_not_distinct: bool,
    /// Rows are told apart by it in what is replicated.
    pub(super) replica_identity: bool,
    /// The statement that makes it, where it was asked for.
    pub(super) definition: Option<&'r str>,
    method_oid: Oid,
    unique: bool,
    valid: bool,
    keys: usize,
    columns: Vec<i16>,
    orders: Vec<u8>,
    opclasses: Vec<Oid>,
    collations: Vec<Oid>,
    storage: Vec<String>,
    tablespace: Option<&'r str>,
    expressions: Option<&'r str>,
    opclass_parameters: Vec<String>,
    /// The rows are put into its order.
    pub(super) clustered: bool,
}

/// The indexes, in the order of their numbers.
pub(super) fn facts<'r>(answers: &Answers<'r>, catalog: &Catalog<'r>) -> IndexFacts<'r> {
    let all = answers.indexes.iter().map(|mut row| (row.oid(), IndexFact::read(&mut row)));
    all.filter(|(oid, _)| !catalog.is_member(class::CLASS, *oid)).collect()
}

/// Gives each index to its table.
pub(super) fn add(catalog: &Catalog, tables: &mut BTreeMap<Oid, Table>, indexes: &IndexFacts) {
    let mut sorted: Vec<_> = indexes.iter().collect();
    sorted.sort_by_key(|(oid, index)| (index.name, **oid));
    for (oid, index) in sorted {
        let Some(table) = tables.get_mut(&index.relation) else { continue };
        table.indexes.push(index.index(catalog, *oid));
        if index.replica_identity {
            index.identify(table);
        }
    }
}

impl<'r> IndexFact<'r> {
    fn read(row: &mut Cells<'r>) -> Self {
        let (relation, name, method_oid, method) = (row.oid(), row.text(), row.oid(), row.maybe());
        Self {
            name,
            relation,
            method_oid,
            method,
            unique: row.flag(),
            valid: row.flag(),
            replica_identity: row.flag(),
            keys: row.number(),
            columns: row.numbers(),
            orders: row.numbers(),
            opclasses: row.numbers(),
            collations: row.numbers(),
            nulls_not_distinct: row.flag(),
            storage: row.list(),
            tablespace: row.maybe(),
            predicate: row.maybe(),
            expressions: row.maybe(),
            definition: row.maybe(),
            opclass_parameters: row.list(),
            clustered: row.flag(),
        }
    }

    fn index(&self, catalog: &Catalog, oid: Oid) -> Index {
        let mut options = Options::new();
        self.set_storage(&mut options);
        flag(&mut options, "invalid", !self.valid);
        flag(&mut options, Index::CLUSTERED, self.clustered);
        Index {
            name: ConstraintName::given(self.name),
            parts: self.parts(catalog),
            unique: self.unique,
            predicate: self.predicate.map(Expr::new),
            using: self.method.map(str::to_owned),
            include: self.include(catalog),
            nulls_not_distinct: self.nulls_not_distinct,
            comment: catalog.comment(class::CLASS, oid),
            options,
        }
    }

    /// The table is told that its rows are known by this index.
    pub(super) fn identify(&self, table: &mut Table) {
        let text = format!("index {}", self.name);
        set(&mut table.options, "replica_identity", Some(text));
    }

    /// How and where it is kept.
    pub(super) fn set_storage(&self, options: &mut Options) {
        parameters(options, &self.storage, "");
        set(options, "tablespace", self.tablespace);
    }

    /// The columns that are carried along.
    pub(super) fn include(&self, catalog: &Catalog) -> Vec<String> {
        catalog.column_names(self.relation, self.columns.get(self.keys..).unwrap_or_default())
    }

    fn parts(&self, catalog: &Catalog) -> Vec<IndexPart> {
        let mut expressions = self.expressions.map(items).unwrap_or_default().into_iter();
        let printed = self.definition.map(group).unwrap_or_default();
        let keys = self.columns.iter().take(self.keys).enumerate();
        let part = |(at, number): (usize, &i16)| {
            let mut part = match catalog.column_name(self.relation, *number) {
                Some(column) => IndexPart::column(column),
                None => IndexPart {
                    expression: true,
                    ..IndexPart::column(expressions.next().unwrap_or_default())
                },
            };
            let order = self.orders.get(at).copied().unwrap_or_default();
            part.descending = order & 1 != 0;
            // Largest first goes with NULLs first, unless something else is said.
            let nulls_first = order & 2 != 0;
            part.nulls_first = (nulls_first != part.descending).then_some(nulls_first);
            part.collate = match part.expression {
                true => printed.get(at).and_then(|key| key_collation(key)),
                false => self.collation(catalog, at, *number),
            };
            part.opclass = self.opclass(catalog, at, *number);
            part
        };
        keys.map(part).collect()
    }

    /// The collation of a column in the index, where it is not the column's own.
    fn collation(&self, catalog: &Catalog, at: usize, number: i16) -> Option<String> {
        let used = self.collations.get(at).filter(|oid| **oid != 0)?;
        let column = catalog.columns.get(&(self.relation, number))?;
        (column.collation_oid != *used).then(|| catalog.collations.get(used).cloned()).flatten()
    }

    /// The operator class, where it is not the default one for the type or has parameters. What is
    /// the default for another type is one here only if the type has none of its own.
    fn opclass(&self, catalog: &Catalog, at: usize, number: i16) -> Option<String> {
        let opclass = catalog.opclasses.get(self.opclasses.get(at)?)?;
        let column = catalog.columns.get(&(self.relation, number));
        let other = column.is_some_and(|column| {
            column.type_oid != opclass.input
                && catalog.default_opclasses.contains(&(self.method_oid, column.type_oid))
        });
        let parameters = self.opclass_parameters.get(at).filter(|text| !text.is_empty());
        let parameters = parameters.map(|text| opclass_parameters(text)).unwrap_or_default();
        let usual = opclass.default && !other && parameters.is_empty();
        (!usual).then(|| format!("{}{parameters}", opclass.written))
    }
}

/// Parameters of an operator class as SQL, from an array of `name=value`.
fn opclass_parameters(array: &str) -> String {
    let all = super::super::rows::array(array);
    let all = all.iter().filter_map(|text| text.split_once('='));
    let all: Vec<String> =
        all.map(|(name, value)| format!("{name}={}", crate::sql::literal(value))).collect();
    format!("({})", all.join(", "))
}
