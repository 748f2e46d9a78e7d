//! Tables with their columns.

use std::collections::BTreeMap;

use super::super::rows::Oid;
use super::Answers;
use super::catalog::{Catalog, ColumnFact, Relation, class, flag, parameters, set};
use super::sequence::SequenceFacts;
use crate::schema::{Column, Expr, Generated, Identity, Name, Table};

/// The tables, by number.
pub(super) fn tables(
    answers: &Answers,
    catalog: &Catalog,
    sequences: &mut SequenceFacts,
) -> BTreeMap<Oid, Table> {
    let mut tables = BTreeMap::new();
    for (oid, relation) in &catalog.relations {
        if matches!(relation.kind, 'r' | 'p') && !catalog.is_member(class::CLASS, *oid) {
            tables.insert(*oid, table(catalog, *oid, relation, sequences));
        }
    }
    let mut parents = BTreeMap::<Oid, Vec<&Name>>::new();
    for mut row in answers.inherits.iter() {
        let (child, parent) = (row.oid(), row.oid());
        parents.entry(child).or_default().extend(catalog.relation_name(parent));
    }
    for (child, parents) in parents {
        let Some(table) = tables.get_mut(&child) else { continue };
        let names: Vec<String> = parents.into_iter().map(Name::to_string).collect();
        let partition = table.options.contains_key("bound");
        let key = if partition { "partition_of" } else { "inherits" };
        table.options.insert(key.to_owned(), names.join(", "));
    }
    tables
}

fn table(catalog: &Catalog, oid: Oid, relation: &Relation, sequences: &mut SequenceFacts) -> Table {
    let mut table = Table::new(relation.name.clone());
    table.comment = catalog.comment(class::CLASS, oid);
    let options = &mut table.options;
    flag(options, "unlogged", relation.unlogged);
    parameters(options, &relation.parameters, "");
    parameters(options, &relation.toast_parameters, "toast.");
    set(options, "tablespace", relation.tablespace);
    set(options, "access_method", relation.method);
    set(options, "partition_by", relation.partition_key);
    set(options, "bound", relation.bound);
    flag(options, "row_security", relation.row_security);
    flag(options, "force_row_security", relation.force_row_security);
    let identity = match relation.replica_identity {
        'f' => Some("full"),
        'n' => Some("nothing"),
        _ => None,
    };
    set(options, "replica_identity", identity);
    for (number, fact) in catalog.columns_of(oid).filter(|(_, fact)| fact.local) {
        table.columns.push(column(catalog, (oid, number), fact, sequences));
    }
    table
}

fn column(
    catalog: &Catalog,
    key: (Oid, i16),
    fact: &ColumnFact,
    sequences: &mut SequenceFacts,
) -> Column {
    let mut column = Column::new(fact.name, catalog.column_type(fact));
    column.null = !fact.not_null;
    column.collate = fact.collation.clone();
    column.comment = catalog.column_comment(key.0, key.1);
    column.standing.grants.clone_from(&fact.grants);
    column.standing.labels = catalog.labels(class::CLASS, key.0, key.1);
    if matches!(fact.identity, 'a' | 'd') {
        let options = sequences.identity(key).unwrap_or_default();
        let always = fact.identity == 'a';
        column.identity = Some(Identity { always, stated: true, exact: false, options });
    }
    let expr = fact.default.map(Expr::new);
    match fact.generated {
        's' | 'v' => {
            let stored = fact.generated == 's';
            column.generated = expr.map(|expr| Generated { expr, stored });
        }
        _ => match fact.default.and_then(|call| sequences.serial(key, fact.type_text, call)) {
            Some(name) => set(&mut column.options, "serial", Some(name.to_string())),
            None => column.default = expr,
        },
    }
    set(&mut column.options, "storage", storage(fact.storage));
    let compression = match fact.compression {
        'p' => Some("pglz"),
        'l' => Some("lz4"),
        _ => None,
    };
    set(&mut column.options, "compression", compression);
    set(&mut column.options, "statistics", fact.statistics);
    parameters(&mut column.options, &fact.parameters, "");
    column
}

/// How a column is stored, when not as its type is.
pub(super) fn storage(letter: char) -> Option<&'static str> {
    match letter {
        'p' => Some("plain"),
        'e' => Some("external"),
        'x' => Some("extended"),
        'm' => Some("main"),
        _ => None,
    }
}
