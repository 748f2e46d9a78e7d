//! Names as the server keeps them: 63 bytes of each, and each only once where it counts.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use autogen_model::{Diagnostic, Place};

use super::super::Postgres;
use super::report::{About, Reports};
use crate::dialect::Dialect;
use crate::schema::{ConstraintName, IndexPart, Intent, Name, Schema, Table, Type};

/// What the server keeps of a name, in bytes.
const LIMIT: usize = 63;

/// The beginning of a text that ends with a whole character.
pub(super) fn cut(text: &str, bytes: usize) -> &str {
    let mut end = bytes.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

fn long(name: &str) -> bool {
    name.len() > LIMIT
}

fn shorten(name: &mut String) {
    let kept = cut(name, LIMIT).len();
    name.truncate(kept);
}

fn shorten_name(name: &mut Name) {
    shorten(&mut name.name);
    name.schema.iter_mut().for_each(shorten);
}

/// The schema with every name as it is stored. Hardly ever is there anything to do.
pub(super) fn stored<'a>(schema: &'a Schema, reports: &mut Reports<'_>) -> Cow<'a, Schema> {
    let tables = schema.tables.values();
    if !schema.enums.keys().any(long_name) && !tables.clone().any(has_long) {
        return Cow::Borrowed(schema);
    }
    let mut stored = Schema { tables: BTreeMap::new(), enums: BTreeMap::new(), ..schema.clone() };
    for it in schema.enums.values() {
        let mut it = it.clone();
        let before = it.name.clone();
        shorten_name(&mut it.name);
        if it.name != before {
            let said = reports.intent.enums.get(&before);
            let place = said.and_then(|said| said.place.clone());
            reports.keep(placed(cut_warning("type", &before.name), place));
        }
        stored.enums.insert(it.name.clone(), it);
    }
    for table in tables {
        let mut table = table.clone();
        let before = table.name.clone();
        warn(&table, reports);
        shorten_table(&mut table, reports.dialect);
        if stored.tables.contains_key(&table.name) {
            let message = format!("table {before}: another name begins with the same 63 bytes");
            let report =
                Diagnostic::new(message).help("PostgreSQL keeps no more: say shorter ones");
            let place = reports.intent.tables.get(&before).and_then(|said| said.place.clone());
            reports.keep(placed(report, place));
            continue;
        }
        if table.name != before {
            reports.cut.insert(table.name.clone(), before);
        }
        stored.insert(table);
    }
    Cow::Owned(stored)
}

fn placed(report: Diagnostic, place: Option<Place>) -> Diagnostic {
    match place {
        Some(place) => report.at(place, ""),
        None => report,
    }
}

fn cut_warning(what: &str, name: &str) -> Diagnostic {
    let kept = cut(name, LIMIT);
    Diagnostic::warning(format!("{what} {name}: PostgreSQL keeps 63 bytes of a name, `{kept}`"))
        .help("say a shorter name, so that it is the same everywhere")
}

fn long_name(name: &Name) -> bool {
    long(&name.name) || name.schema.as_deref().is_some_and(long)
}

fn has_long(table: &Table) -> bool {
    let columns = table.columns.iter();
    let held = |ty: &Type| super::held(&ty.on("postgres")).is_some_and(long_name);
    long_name(&table.name)
        || columns.clone().any(|column| long(&column.name) || held(&column.ty))
        || named(table).any(|(_, name)| long(&name.text))
        || table
            .foreign_keys
            .iter()
            .any(|key| long_name(&key.table) || key.referenced.iter().any(|column| long(column)))
        || table.options.values().any(|value| long(value))
}

/// What has a name of its own, with what it is.
fn named(table: &Table) -> impl Iterator<Item = (&'static str, &ConstraintName)> {
    let key = table.primary_key.iter().filter_map(|it| it.name.as_ref());
    let uniques = table.uniques.iter().filter_map(|it| it.name.as_ref());
    let checks = table.checks.iter().filter_map(|it| it.name.as_ref());
    let keys = table.foreign_keys.iter().filter_map(|it| it.name.as_ref());
    let excludes = table.excludes.iter().filter_map(|it| it.name.as_ref());
    let constraints = key.chain(uniques).chain(checks).chain(keys).chain(excludes);
    let indexes = table.indexes.iter().map(|it| ("index", &it.name));
    constraints.map(|name| ("constraint", name)).chain(indexes)
}

fn warn(table: &Table, reports: &mut Reports<'_>) {
    let mut warn = |what: &str, name: &str, about: About<'_>| {
        if long(name) {
            let place = reports.place(&table.name, about);
            reports.add(&table.name, cut_warning(what, name), place);
        }
    };
    warn("table", &table.name.name, About::Table);
    for column in &table.columns {
        warn("column", &column.name, About::Column(&column.name));
    }
    for (what, name) in named(table) {
        warn(what, &name.text, About::Named(Some(name)));
    }
}

fn shorten_table(table: &mut Table, postgres: &Postgres) {
    shorten_name(&mut table.name);
    let columns: Vec<String> =
        table.columns.iter().map(|column| column.name.clone()).filter(|name| long(name)).collect();
    for column in columns {
        // The column was found a moment ago.
        let _ = table.rename_column(&column, cut(&column, LIMIT), postgres.spelling());
    }
    for column in &mut table.columns {
        if let Some(name) = super::held(&column.ty.on("postgres")).filter(|name| long_name(name)) {
            let (before, mut after) = (name.clone(), name.clone());
            shorten_name(&mut after);
            column.ty.rename_enum(&before, &after);
        }
    }
    for key in &mut table.foreign_keys {
        shorten_name(&mut key.table);
        key.referenced.iter_mut().for_each(shorten);
    }
    let constraint = |name: &mut Option<ConstraintName>| {
        name.iter_mut().for_each(|name| shorten(&mut name.text));
    };
    table.primary_key.iter_mut().for_each(|it| constraint(&mut it.name));
    table.uniques.iter_mut().for_each(|it| constraint(&mut it.name));
    table.checks.iter_mut().for_each(|it| constraint(&mut it.name));
    table.foreign_keys.iter_mut().for_each(|it| constraint(&mut it.name));
    table.excludes.iter_mut().for_each(|it| constraint(&mut it.name));
    table.indexes.iter_mut().for_each(|it| shorten(&mut it.name.text));
    for (key, value) in &mut table.options {
        if matches!(key.trim_start_matches("postgres."), "inherits" | "partition_of") {
            let names = value.split(", ").map(|name| match name.split_once(' ') {
                Some((name, rest)) => format!("{} {rest}", cut_dotted(name)),
                None => cut_dotted(name),
            });
            *value = names.collect::<Vec<_>>().join(", ");
        }
    }
}

fn cut_dotted(name: &str) -> String {
    let mut name = Name::from(name);
    shorten_name(&mut name);
    name.to_string()
}

/// Something with a name, among others that must not have it.
struct Named<'a> {
    subject: String,
    place: Option<Place>,
    table: Option<&'a Name>,
}

/// What the server would refuse only when the statement runs: names that are taken, labels that
/// are too long.
pub(super) fn refused(schema: &Schema, reports: &mut Reports<'_>) {
    labels(schema, reports);
    let mut taken: BTreeMap<(Option<&str>, String), Named<'_>> = BTreeMap::new();
    for table in schema.tables.values() {
        let home = table.name.schema.as_deref();
        let place = reports.place(&table.name, About::Table);
        let own =
            Named { subject: format!("table {}", table.name), place, table: Some(&table.name) };
        take(&mut taken, (home, table.name.name.clone()), own, reports);
        for (name, subject) in relations(table) {
            let place =
                reports.place(&table.name, About::Named(Some(&ConstraintName::given(&name))));
            let own = Named { subject, place, table: Some(&table.name) };
            take(&mut taken, (home, name), own, reports);
        }
        inside(table, reports);
    }
    for name in schema.enums.keys() {
        let place = reports.intent.enums.get(name).and_then(|said| said.place.clone());
        let own = Named { subject: format!("type {name}"), place, table: None };
        // Every table is a type as well; an index is not.
        if schema.tables.contains_key(name) {
            take(&mut taken, (name.schema.as_deref(), name.name.clone()), own, reports);
        }
    }
}

/// What shares its name with the tables of the namespace.
fn relations(table: &Table) -> Vec<(String, String)> {
    let of = |what: &str, name: &str| (name.to_owned(), format!("{what} {name} of {}", table.name));
    let key = table.primary_key.iter().filter_map(|it| it.name.as_ref());
    let uniques = table.uniques.iter().filter_map(|it| it.name.as_ref());
    let excludes = table.excludes.iter().filter_map(|it| it.name.as_ref());
    let constraints = key.chain(uniques).chain(excludes);
    let indexes = table.indexes.iter().map(|it| of("index", &it.name.text));
    constraints.map(|it| of("constraint", &it.text)).chain(indexes).collect()
}

fn take<'a>(
    taken: &mut BTreeMap<(Option<&'a str>, String), Named<'a>>,
    key: (Option<&'a str>, String),
    own: Named<'a>,
    reports: &mut Reports<'_>,
) {
    let Some(other) = taken.get(&key) else {
        taken.insert(key, own);
        return;
    };
    let unmanaged = |named: &Named<'_>| {
        let said = named.table.and_then(|table| reports.said(table));
        said.is_some_and(|said| said.unmanaged)
    };
    if unmanaged(&own) && unmanaged(other) {
        return;
    }
    let what = "takes a name once for tables, indexes and types";
    let mut report = Diagnostic::new(format!(
        "{}: PostgreSQL {what}, and {} has it",
        own.subject, other.subject
    ))
    .help("give one of them another name");
    if let Some(place) = own.place {
        report = report.at(place, "this one");
    }
    if let Some(place) = other.place.clone() {
        report = report.at(place, "and this one");
    }
    reports.keep(report);
}

/// Columns and constraints of one table.
fn inside(table: &Table, reports: &mut Reports<'_>) {
    let mut columns = BTreeSet::new();
    for column in &table.columns {
        if !columns.insert(column.name.as_str()) {
            let what = "has two columns of that name: it keeps 63 bytes of each";
            reports.lacks(&table.name, About::Column(&column.name), what, "say shorter names");
        }
        if SYSTEM.contains(&column.name.as_str()) {
            let what = "has a column of that name in every table";
            reports.lacks(&table.name, About::Column(&column.name), what, "give it another name");
        }
    }
    let mut constraints = BTreeSet::new();
    for (_, name) in named(table).filter(|(what, _)| *what == "constraint") {
        if !constraints.insert(name.text.as_str()) {
            let what = "has two constraints of that name in the table";
            reports.lacks(&table.name, About::Named(Some(name)), what, "give one another name");
        }
    }
}

/// Columns that every table has.
const SYSTEM: [&str; 6] = ["cmax", "cmin", "ctid", "tableoid", "xmax", "xmin"];

fn labels(schema: &Schema, reports: &mut Reports<'_>) {
    for it in schema.enums.values() {
        for label in it.labels.iter().filter(|label| long(label)) {
            let message = format!(
                "type {}: PostgreSQL takes labels of 63 bytes, and '{label}' is longer",
                it.name
            );
            let said: &Intent = reports.intent;
            let place = said.enums.get(&it.name).and_then(|said| said.place.clone());
            reports.keep(placed(
                Diagnostic::new(message).help("say a shorter label: `rename`"),
                place,
            ));
        }
    }
}

/// Whether an index part is nothing but a column.
pub(super) fn is_plain(part: &IndexPart) -> bool {
    !part.expression
        && !part.descending
        && part.nulls_first.is_none()
        && part.collate.is_none()
        && part.opclass.is_none()
        && part.length.is_none()
}
