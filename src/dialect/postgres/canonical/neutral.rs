//! A value for old rows when a column comes back on the way down.

use super::super::types::{quote, written};
use crate::schema::{Column, IndexPart, Table, Type};
use crate::sql::{self, Syntax};

/// The value that old rows get when a column, which refuses NULL, comes back on the way down: one
/// that the constraints of its table admit. `NULL` where the database finds one by itself.
pub(in super::super) fn neutral_value(table: &Table, column: &Column) -> String {
    let numbered = column.identity.is_some() || column.options.contains_key("serial");
    if numbered || column.generated.is_some() {
        return "NULL".into();
    }
    let labels =
        |check: &crate::schema::Check| sql::enumeration(&check.expr.text, Syntax::POSTGRES);
    let mut labels = table.checks.iter().filter_map(labels);
    if let Some((_, labels)) = labels.find(|(name, _)| *name == column.name) {
        return labels.into_iter().next().unwrap_or_default();
    }
    let mut keys = table.foreign_keys.iter().filter(|key| key.columns == [column.name.clone()]);
    if let Some((key, [referenced])) = keys.next().map(|key| (key, key.referenced.as_slice())) {
        let referenced = quote(referenced);
        return format!("(SELECT {referenced} FROM {} ORDER BY 1 LIMIT 1)", written(&key.table));
    }
    let named = |part: &IndexPart| part.text == column.name;
    let key = table.primary_key.iter().flat_map(|key| &key.columns);
    let uniques = table.uniques.iter().flat_map(|unique| &unique.columns);
    let indexes = table.indexes.iter().filter(|index| index.unique);
    let distinct = key.chain(uniques).chain(indexes.flat_map(|it| &it.parts)).any(named);
    match &column.ty {
        Type::Enum(name) => format!("(enum_range(NULL::{}))[1]", written(name)),
        Type::Array(_) => "'{}'".into(),
        Type::Native(text) if text.ends_with("[]") => "'{}'".into(),
        Type::Native(text) if distinct => other_for_each(text),
        Type::Native(text) => alike(text),
        _ => "''".into(),
    }
}

/// The type without its modifier, and the most characters, where the modifier says it.
fn taken_apart(ty: &str) -> (String, Option<u32>) {
    let Some((start, rest)) = ty.split_once('(') else { return (ty.to_owned(), None) };
    let (inside, after) = rest.split_once(')').unwrap_or((rest, ""));
    (format!("{start}{after}"), inside.split(',').next().and_then(|it| it.trim().parse().ok()))
}

/// The same value for every row.
fn alike(ty: &str) -> String {
    let (base, length) = taken_apart(ty);
    let text = match base.as_str() {
        "smallint" | "integer" | "bigint" | "real" | "double precision" | "numeric" | "money"
        | "oid" => "0",
        "boolean" => "false",
        "date" => "'1970-01-01'",
        "time without time zone" => "'00:00:00'",
        "time with time zone" => "'00:00:00+00'",
        "timestamp without time zone" => "'1970-01-01 00:00:00'",
        "timestamp with time zone" => "'1970-01-01 00:00:00+00'",
        "interval" => "'0'",
        "uuid" => "'00000000-0000-0000-0000-000000000000'",
        "json" | "jsonb" => "'{}'",
        "inet" | "cidr" => "'0.0.0.0'",
        "macaddr" => "'00:00:00:00:00:00'",
        "macaddr8" => "'00:00:00:00:00:00:00:00'",
        "bit" => return format!("repeat('0', {0})::bit({0})", length.unwrap_or(1)),
        "bit varying" => "B''",
        "point" => "'(0,0)'",
        "box" => "'(0,0),(0,0)'",
        "circle" => "'<(0,0),0>'",
        "pg_lsn" => "'0/0'",
        base if base.ends_with("multirange") => "'{}'",
        base if base.ends_with("range") => "'empty'",
        _ => "''",
    };
    text.into()
}

/// Another value for each row.
fn other_for_each(ty: &str) -> String {
    let text = "md5(random()::text || clock_timestamp()::text)";
    let (base, length) = taken_apart(ty);
    match (base.as_str(), length) {
        ("smallint", _) => "(random() * 32767)::smallint".into(),
        ("integer", _) => "(random() * 2147483647)::integer".into(),
        ("bigint", _) => "(random() * 9007199254740991)::bigint".into(),
        ("real" | "double precision", _) => "random()".into(),
        ("numeric", None) => "random()::numeric".into(),
        ("date", _) => "'1970-01-01'::date + (random() * 100000)::integer".into(),
        ("timestamp without time zone" | "timestamp with time zone", _) => {
            "clock_timestamp() - random() * interval '36500 days'".into()
        }
        ("time without time zone", _) => "'00:00'::time + random() * interval '1 day'".into(),
        ("interval", _) => "random() * interval '36500 days'".into(),
        ("jsonb", _) => format!("to_jsonb({text})"),
        ("uuid", _) => format!("{text}::uuid"),
        ("bytea", _) => format!("decode({text}, 'hex')"),
        ("character varying" | "character", Some(length)) if length < 32 => {
            format!("left({text}, {length})")
        }
        ("text" | "character varying" | "character" | "bpchar" | "citext" | "name", _) => {
            text.into()
        }
        _ => alike(ty),
    }
}
