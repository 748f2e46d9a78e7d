//! `#[table(..)]`.

use proc_macro2::Span;

use super::{List, parts};
use crate::ast::{ExcludeDecl, ForeignKeyDecl, KeyDecl, Options, TableKeys};
use crate::diagnostic::{Diagnostic, Place};
use crate::keys::Keys;
use crate::reader::Reader;
use crate::tokens::{Entry, Value};

const DIALECTS: [(&str, &[&str]); 3] = [
    (
        "postgres",
        &[
            "unlogged",
            "with",
            "partition_by",
            "partition_of",
            "tablespace",
            "inherits",
            "access_method",
            "replica_identity",
            "row_security",
            "force_row_security",
        ],
    ),
    (
        "mysql",
        &[
            "engine",
            "charset",
            "collate",
            "row_format",
            "auto_increment",
            "key_block_size",
            "compression",
            "encryption",
            "avg_row_length",
            "max_rows",
            "min_rows",
            "checksum",
            "delay_key_write",
            "pack_keys",
            "stats_persistent",
            "stats_auto_recalc",
            "stats_sample_pages",
            "tablespace",
            "data_directory",
            "index_directory",
            "partition_by",
            "system_versioned",
            "page_compressed",
            "page_compression_level",
            "encrypted",
            "encryption_key_id",
            "transactional",
        ],
    ),
    ("sqlite", &["strict", "without_rowid"]),
];

/// Reads the list.
pub(crate) fn table(reader: &mut Reader, list: List) -> TableKeys {
    if list.span.is_none() {
        return TableKeys::default();
    }
    let mut keys = Keys::new(reader, list.entries, "#[table(..)]");
    let table = TableKeys {
        name: keys.name("name"),
        schema: keys.name("schema"),
        comment: keys.text("comment").map(|text| text.value),
        renamed_from: keys.name("renamed_from"),
        unmanaged: keys.flag("unmanaged").is_some(),
        primary_key: primary_key(&mut keys),
        uniques: each(&mut keys, "unique", unique),
        checks: parts::checks(&mut keys),
        foreign_keys: each(&mut keys, "foreign_key", foreign_key),
        excludes: each(&mut keys, "exclude", exclude),
        indexes: Vec::new(),
        options: parts::dialects(&mut keys, &DIALECTS),
    };
    dotted_name(&mut keys, &table);
    keys.finish();
    table
}

fn dotted_name(keys: &mut Keys<'_>, table: &TableKeys) {
    let Some(name) = &table.name else { return };
    if let Some((schema, own)) = name.value.split_once('.') {
        keys.reader.report(
            Diagnostic::new(format!("the table name `{}` has a dot in it", name.value))
                .at(name.place.clone(), "a name, not a path")
                .help(format!("write `schema = \"{schema}\", name = \"{own}\"`")),
        );
    }
}

fn each<T>(
    keys: &mut Keys<'_>,
    key: &'static str,
    read: impl Fn(&mut Keys<'_>, Entry) -> Option<T>,
) -> Vec<T> {
    let entries = keys.all(key);
    entries.into_iter().filter_map(|entry| read(keys, entry)).collect()
}

/// `primary_key(a, b)` or `primary_key(name = "..", columns(a, b), ..)`.
fn primary_key(keys: &mut Keys<'_>) -> Option<KeyDecl> {
    let (entries, span) = keys.list("primary_key")?;
    let place = keys.reader.place(span);
    let long = entries.iter().any(|entry| {
        entry.key == "columns" || matches!(entry.value, Value::Text(_)) && entry.key == "name"
    });
    if long {
        let mut keys = Keys::new(keys.reader, entries, "primary_key(..)");
        let decl = key(&mut keys, place, "primary_key", span);
        keys.finish();
        return Some(decl);
    }
    Some(KeyDecl {
        place,
        name: None,
        columns: parts::parts(keys.reader, entries, span),
        include: Vec::new(),
        nulls_not_distinct: false,
        deferral: None,
        options: Options::new(),
    })
}

/// What a primary key and a unique constraint can both say.
fn key(keys: &mut Keys<'_>, place: Place, owner: &str, span: Span) -> KeyDecl {
    let mut options = parts::behind(keys);
    parts::words(keys, &["without_overlaps"], &mut options);
    KeyDecl {
        place,
        name: keys.name("name"),
        columns: parts::columns(keys, owner, span),
        include: parts::include(keys),
        nulls_not_distinct: false,
        deferral: parts::deferral(keys),
        options,
    }
}

fn unique(keys: &mut Keys<'_>, entry: Entry) -> Option<KeyDecl> {
    let (entries, span) = keys.list_of(entry)?;
    let place = keys.reader.place(span);
    let mut keys = Keys::new(keys.reader, entries, "unique(..)");
    let nulls_not_distinct = keys.flag("nulls_not_distinct").is_some();
    let unique = KeyDecl { nulls_not_distinct, ..key(&mut keys, place, "unique", span) };
    keys.finish();
    Some(unique)
}

fn foreign_key(keys: &mut Keys<'_>, entry: Entry) -> Option<ForeignKeyDecl> {
    let (entries, span) = keys.list_of(entry)?;
    let mut keys = Keys::new(keys.reader, entries, "foreign_key(..)");
    let name = keys.name("name");
    let columns = parts::columns(&mut keys, "foreign_key", span);
    if keys.has("references").is_none() {
        let message = "`foreign_key` needs `references = \"table(column)\"`";
        keys.reader.wrong(span, message, "refers to what?");
    }
    let mut reference = parts::reference(&mut keys, span);
    let mut options = Options::new();
    parts::words(&mut keys, &["period"], &mut options);
    keys.finish();
    reference.iter_mut().for_each(|it| it.options.extend(std::mem::take(&mut options)));
    reference.map(|reference| ForeignKeyDecl { name, columns, ..reference })
}

fn exclude(keys: &mut Keys<'_>, entry: Entry) -> Option<ExcludeDecl> {
    let (entries, span) = keys.list_of(entry)?;
    let place = keys.reader.place(span);
    let mut keys = Keys::new(keys.reader, entries, "exclude(..)");
    let elements = keys.list("elements").map(|(entries, _)| entries).unwrap_or_default();
    let mut texts = Vec::new();
    for entry in elements {
        match entry.value {
            Value::Text(text) if entry.key.is_empty() => texts.push(text),
            _ => keys.reader.wrong(entry.span, "expected a string", "write `\"room WITH =\"`"),
        }
    }
    if texts.is_empty() {
        let message = "`exclude` needs `elements(\"column WITH operator\", ..)`";
        keys.reader.wrong(span, message, "excludes what?");
    }
    let exclude = ExcludeDecl {
        place,
        name: keys.name("name"),
        elements: texts,
        using: keys.text("using").map(|text| text.value),
        predicate: keys.text("where").map(|text| text.value),
        deferral: parts::deferral(&mut keys),
        include: parts::include(&mut keys),
        options: parts::behind(&mut keys),
    };
    keys.finish();
    Some(exclude)
}
