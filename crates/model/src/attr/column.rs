//! `#[column(..)]` on fields, enums and variants.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{List, parts, setting};
use crate::ast::{ColumnKeys, IdentityDecl, Options, Placed};
use crate::diagnostic::Diagnostic;
use crate::keys::Keys;
use crate::reader::Reader;
use crate::tokens::Value;

const DIALECTS: [(&str, &[&str]); 3] = [
    ("postgres", &["storage", "compression", "statistics"]),
    (
        "mysql",
        &[
            "charset",
            "collate",
            "on_update",
            "after",
            "first",
            "invisible",
            "srid",
            "compressed",
            "without_system_versioning",
            "column_format",
        ],
    ),
    ("sqlite", &["autoincrement", "on_conflict"]),
];

/// The names of the dialects, as they prefix settings.
const DIALECT_NAMES: [&str; 3] = ["postgres", "mysql", "sqlite"];

/// Reads the list of a field; `None` when it has none.
pub(crate) fn column(reader: &mut Reader, list: List) -> Option<Arc<ColumnKeys>> {
    let span = list.span?;
    let place = reader.place(span);
    let mut keys = Keys::new(reader, list.entries, "#[column(..)]");
    let column = Arc::new(ColumnKeys {
        name: keys.name("name"),
        ty: raw_type(&mut keys),
        length: keys.number("length"),
        precision: keys.number("precision"),
        scale: keys.number("scale"),
        primary_key: keys.flag("primary_key"),
        auto: keys.toggle("auto"),
        identity: identity(&mut keys),
        unique: parts::named_flag(&mut keys, "unique"),
        index: parts::named_flag(&mut keys, "index"),
        nullable: keys.toggle("nullable"),
        default: keys.sql("default"),
        generated: keys.text("generated"),
        stored: stored(&mut keys),
        collate: keys.name("collate"),
        comment: keys.text("comment").map(|text| text.value),
        renamed_from: keys.name("renamed_from"),
        references: parts::reference(&mut keys, span),
        checks: parts::checks(&mut keys),
        fill: keys.sql("fill"),
        flatten: keys.flag("flatten"),
        skip: keys.flag("skip"),
        ignore: compare(&mut keys),
        options: parts::dialects(&mut keys, &DIALECTS),
        place: Some(place),
    });
    keys.finish();
    Some(column)
}

/// `type = "sql"` or `type(postgres = "..", mysql = "..", sqlite = "..")`.
fn raw_type(keys: &mut Keys<'_>) -> Option<Placed<BTreeMap<&'static str, String>>> {
    let entry = keys.take("type")?;
    let span = entry.span;
    let map = match entry.value {
        Value::Text(text) => BTreeMap::from([("*", text)]),
        Value::List(entries) => {
            let mut inner = Keys::new(keys.reader, entries, "type(..)");
            let said = DIALECT_NAMES.map(|dialect| (dialect, inner.name(dialect)));
            inner.finish();
            said.into_iter().filter_map(|(name, text)| Some((name, text?.value))).collect()
        }
        _ => {
            return keys.misfit(&entry, "SQL text, or a list by dialect", "type = \"varchar(40)\"");
        }
    };
    Some(keys.placed(map, span))
}

/// `identity = "always"`, `identity(by_default, start = 100)`.
fn identity(keys: &mut Keys<'_>) -> Option<Placed<IdentityDecl>> {
    let entry = keys.take("identity")?;
    let span = entry.span;
    let decl = match entry.value {
        Value::Flag => IdentityDecl::default(),
        Value::Text(ref text) => match text.as_str() {
            "always" => IdentityDecl { always: true, options: Options::new() },
            "by_default" => IdentityDecl::default(),
            _ => {
                return keys.misfit(
                    &entry,
                    "`\"always\"` or `\"by_default\"`",
                    "identity = \"always\"",
                );
            }
        },
        Value::List(entries) => {
            let mut inner = Keys::new(keys.reader, entries, "identity(..)");
            let always = inner.flag("always").is_some();
            inner.flag("by_default");
            let mut options = Options::new();
            for key in ["start", "increment", "minimum", "maximum", "cache", "cycle"] {
                let value = inner.take(key).and_then(|entry| setting(&entry.value));
                options.extend(value.map(|value| (key.to_owned(), value)));
            }
            inner.finish();
            IdentityDecl { always, options }
        }
        _ => {
            return keys.misfit(
                &entry,
                "`\"always\"` or `\"by_default\"`",
                "identity = \"always\"",
            );
        }
    };
    Some(keys.placed(decl, span))
}

fn stored(keys: &mut Keys<'_>) -> Option<Placed<bool>> {
    let stored = keys.flag("stored");
    let computed = keys.flag("virtual");
    if let (Some(stored), Some(computed)) = (&stored, &computed) {
        keys.reader.report(
            Diagnostic::new("a generated column is stored or virtual, not both")
                .at(computed.clone(), "virtual here")
                .at(stored.clone(), "stored here"),
        );
    }
    let stored = stored.map(|place| Placed { value: true, place });
    stored.or(computed.map(|place| Placed { value: false, place }))
}

/// `compare(type = false, ..)`.
fn compare(keys: &mut Keys<'_>) -> BTreeSet<&'static str> {
    let Some((entries, _)) = keys.list("compare") else { return BTreeSet::new() };
    let mut inner = Keys::new(keys.reader, entries, "compare(..)");
    let facets = ["type", "default", "null", "comment", "collate"];
    let said = facets.map(|facet| (facet, inner.toggle(facet)));
    inner.finish();
    let off = said.into_iter().filter(|(_, said)| said.as_ref().is_some_and(|said| !said.value));
    off.map(|(facet, _)| facet).collect()
}

/// What `#[column(..)]` says on an enum.
#[derive(Debug, Default)]
pub(crate) struct EnumKeys {
    /// `name`.
    pub(crate) name: Option<Placed<String>>,
    /// `schema`.
    pub(crate) schema: Option<Placed<String>>,
    /// `renamed_from`.
    pub(crate) renamed_from: Option<Placed<String>>,
    /// `comment`.
    pub(crate) comment: Option<String>,
}

/// Reads the list of an enum.
pub(crate) fn enum_keys(reader: &mut Reader, list: List) -> EnumKeys {
    let mut keys = Keys::new(reader, list.entries, "#[column(..)]");
    let found = EnumKeys {
        name: keys.name("name"),
        schema: keys.name("schema"),
        renamed_from: keys.name("renamed_from"),
        comment: keys.text("comment").map(|text| text.value),
    };
    keys.finish();
    found
}

/// What `#[column(..)]` says on a variant: its label before.
pub(crate) fn variant_keys(reader: &mut Reader, list: List) -> Option<Placed<String>> {
    let mut keys = Keys::new(reader, list.entries, "#[column(..)]");
    let renamed_from = keys.text("renamed_from");
    keys.finish();
    renamed_from
}
