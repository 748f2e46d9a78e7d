//! Foreign keys: the indexes that servers make for them, and the columns that they lead to.

use std::collections::BTreeMap;

use super::super::Server;
use super::super::type_name::TypeName;
use super::{Reports, typed};
use crate::dialect::report::About;
use crate::schema::{
    Column, ForeignKey, Index, IndexPart, Name, Options, PrimaryKey, Schema, Table,
};

/// Whether an index begins with these columns as a foreign key needs it.
pub(super) fn begins(parts: &[IndexPart], columns: &[String], server: Option<Server>) -> bool {
    let descends = server.is_none_or(Server::refers_by_descending_indexes);
    parts.len() >= columns.len()
        && parts.iter().zip(columns).all(|(part, column)| {
            !part.expression
                && part.length.is_none()
                && (descends || !part.descending)
                && part.text.eq_ignore_ascii_case(column)
        })
}

/// Whether an index can serve foreign keys at all.
pub(super) fn is_tree(index: &Index) -> bool {
    index.using.as_deref().is_none_or(|using| using == "btree")
}

fn key_begins(key: Option<&PrimaryKey>, columns: &[String], server: Option<Server>) -> bool {
    key.is_some_and(|key| begins(&key.columns, columns, server))
}

/// Gives each foreign key the index that a server would make for it: named like the key, unless
/// another index begins with its columns. Among several such the last one that covers stays.
pub(super) fn serve(table: &mut Table, server: Server) {
    let mut made: Vec<Index> = Vec::new();
    for key in &table.foreign_keys {
        let Some(name) = &key.name else { continue };
        let served = table
            .indexes
            .iter()
            .any(|index| is_tree(index) && begins(&index.parts, &key.columns, Some(server)));
        if served || key_begins(table.primary_key.as_ref(), &key.columns, Some(server)) {
            continue;
        }
        let wider = |it: &&Index| {
            it.parts.len() > key.columns.len() && begins(&it.parts, &key.columns, Some(server))
        };
        if made.iter().any(|it| wider(&it)) {
            continue;
        }
        made.retain(|it| {
            let columns: Vec<String> = it.parts.iter().map(|part| part.text.clone()).collect();
            let parts: Vec<IndexPart> = key.columns.iter().map(IndexPart::column).collect();
            !begins(&parts, &columns, Some(server))
        });
        made.push(Index {
            name: name.clone(),
            parts: key.columns.iter().map(IndexPart::column).collect(),
            unique: false,
            predicate: None,
            using: None,
            include: Vec::new(),
            nulls_not_distinct: false,
            comment: None,
            options: Options::new(),
        });
    }
    table.indexes.extend(made);
}

/// Whether an index is what a server would make for the foreign key.
pub(super) fn is_made_for(index: &Index, key: &ForeignKey) -> bool {
    let named =
        key.name.as_ref().is_some_and(|name| name.text.eq_ignore_ascii_case(&index.name.text));
    named
        && is_plain(index)
        && index.parts.len() == key.columns.len()
        && begins(&index.parts, &key.columns, None)
}

/// Whether an index says nothing that a server would not say of one that it made.
pub(super) fn is_plain(index: &Index) -> bool {
    !index.unique && is_tree(index) && index.comment.is_none() && index.options.is_empty()
}

/// Complains about foreign keys that lead to columns of another type, or to no key.
pub(super) fn check(schema: &Schema, made: impl Fn(&&Table) -> bool, reports: &mut Reports<'_>) {
    let folded = reports.dialect.folds_tables;
    let fold = |name: &Name| {
        let text = name.to_string();
        if folded { text.to_lowercase() } else { text }
    };
    let tables: BTreeMap<String, &Table> =
        schema.tables.values().map(|table| (fold(&table.name), table)).collect();
    for table in schema.tables.values().filter(made) {
        for key in &table.foreign_keys {
            if let Some(target) = tables.get(&fold(&key.table)) {
                types(table, key, target, reports);
                leads(table, key, target, reports);
            }
        }
    }
}

fn column<'a>(table: &'a Table, name: &str) -> Option<&'a Column> {
    table.columns.iter().find(|column| column.name.eq_ignore_ascii_case(name))
}

fn types(table: &Table, key: &ForeignKey, target: &Table, reports: &mut Reports<'_>) {
    for (one, two) in key.columns.iter().zip(&key.referenced) {
        let (Some(one), Some(two)) = (column(table, one), column(target, two)) else { continue };
        let about = About::Named(key.name.as_ref());
        let (ty, other) = (typed(&one.ty), typed(&two.ty));
        if !compatible(&ty, &other) {
            let what = format!(
                "wants one type on both ends of a foreign key, and `{}` is {ty} where `{}.{}` is \
                 {other}",
                one.name, target.name, two.name
            );
            reports.lacks(&table.name, about, &what, "give both fields the same type");
        } else if one.collate != two.collate && !ty.has_labels() {
            let said = |column: &Column| column.collate.clone().unwrap_or_else(|| "bytes".into());
            let what = format!(
                "wants one collation on both ends of a foreign key, and `{}` has {} where `{}.{}` \
                 has {}",
                one.name,
                said(one),
                target.name,
                two.name,
                said(two)
            );
            let help = "say `mysql(collate = \"..\")` on one of the columns, or on its table";
            reports.lacks(&table.name, about, &what, help);
        }
    }
}

/// Whether a foreign key can have these types on its ends.
fn compatible(one: &TypeName, two: &TypeName) -> bool {
    let kind = |ty: &TypeName| -> String {
        match ty.base.as_str() {
            _ if ty.is_integer() => format!("{}{}", ty.base, ty.unsigned),
            "char" | "varchar" => "text".into(),
            "binary" | "varbinary" => "bytes".into(),
            "datetime" | "timestamp" => "moment".into(),
            "enum" | "set" => "labels".into(),
            other => other.to_owned(),
        }
    };
    kind(one) == kind(two)
}

/// Whether there is a key where it leads.
fn leads(table: &Table, key: &ForeignKey, target: &Table, reports: &mut Reports<'_>) {
    let server = reports.dialect.server;
    let about = About::Named(key.name.as_ref());
    let referenced = &key.referenced;
    if referenced.is_empty() || referenced.iter().any(|name| column(target, name).is_none()) {
        return;
    }
    let whole = |parts: &[IndexPart]| {
        parts.len() == referenced.len() && begins(parts, referenced, Some(server))
    };
    let unique = target.indexes.iter().filter(|index| index.unique && is_tree(index));
    let key_parts = target.primary_key.iter().map(|key| key.columns.as_slice());
    if key_parts.chain(unique.map(|index| index.parts.as_slice())).any(whole) {
        return;
    }
    let indexed = key_begins(target.primary_key.as_ref(), referenced, Some(server))
        || target
            .indexes
            .iter()
            .any(|index| is_tree(index) && begins(&index.parts, referenced, Some(server)));
    let columns = referenced.join(", ");
    if !indexed {
        let what =
            format!("leads foreign keys to a key, and {} has none over {columns}", target.name);
        reports.lacks(&table.name, about, &what, "make those columns unique");
    } else if server.refers_to_unique_keys_only() {
        let what = format!(
            "leads foreign keys to a unique key, and {} has none over {columns}",
            target.name
        );
        let help = "make those columns unique; `restrict_fk_on_non_standard_key` lifts it";
        reports.lacks(&table.name, about, &what, help);
    }
}
