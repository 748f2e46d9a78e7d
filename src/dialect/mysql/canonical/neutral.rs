//! A value for old rows when a column comes back on the way down.

use super::super::type_name::{TypeName, quoted};
use super::super::types::quote;
use super::typed;
use crate::schema::{Check, Column, IndexPart, Table};
use crate::sql::{self, Syntax};

/// The value that old rows get when a column, which refuses NULL, comes back on the way down: one
/// that the constraints of its table admit. `NULL` where the server finds one by itself.
pub(in super::super) fn neutral_value(table: &Table, column: &Column) -> String {
    if column.identity.is_some() || column.generated.is_some() {
        return "NULL".into();
    }
    let labels = |check: &Check| sql::enumeration(&check.expr.text, Syntax::MYSQL);
    let mut labels = table.checks.iter().filter_map(labels);
    if let Some((_, labels)) = labels.find(|(name, _)| name.eq_ignore_ascii_case(&column.name)) {
        return labels.into_iter().next().unwrap_or_default();
    }
    let mut keys = table.foreign_keys.iter().filter(|key| key.columns == [column.name.clone()]);
    if let Some((key, [referenced])) = keys.next().map(|key| (key, key.referenced.as_slice())) {
        let (home, name) = (key.table.schema.as_deref(), quote(&key.table.name));
        let name = home.map_or_else(|| name.to_string(), |home| format!("{}.{name}", quote(home)));
        let referenced = quote(referenced);
        // A statement does not read the table that it changes, but for a table made on the way.
        return format!(
            "(SELECT {referenced} FROM (SELECT {referenced} FROM {name} ORDER BY 1 LIMIT 1) AS t)"
        );
    }
    let named = |part: &IndexPart| part.text == column.name;
    let key = table.primary_key.iter().flat_map(|key| &key.columns);
    let indexes = table.indexes.iter().filter(|index| index.unique);
    let distinct = key.chain(indexes.flat_map(|it| &it.parts)).any(named);
    let ty = typed(&column.ty);
    if distinct { other_for_each(&ty) } else { alike(&ty) }
}

/// The same value for every row.
fn alike(ty: &TypeName) -> String {
    let text = match ty.base.as_str() {
        "enum" => return ty.labels.first().map_or_else(|| "''".into(), |label| quoted(label)),
        _ if ty.is_number() || ty.base == "bit" => "0",
        "date" => "'1970-01-01'",
        "time" => "'00:00:00'",
        // The first second of the epoch is no timestamp.
        "datetime" | "timestamp" => "'1970-01-02 00:00:00'",
        "year" => "1970",
        "json" => "'{}'",
        "inet4" => "'0.0.0.0'",
        "inet6" => "'::'",
        "uuid" => "'00000000-0000-0000-0000-000000000000'",
        "geometry" | "point" => "ST_GeomFromText('POINT(0 0)')",
        "linestring" => "ST_GeomFromText('LINESTRING(0 0,1 1)')",
        "polygon" => "ST_GeomFromText('POLYGON((0 0,1 0,1 1,0 0))')",
        "multipoint" => "ST_GeomFromText('MULTIPOINT(0 0)')",
        "multilinestring" => "ST_GeomFromText('MULTILINESTRING((0 0,1 1))')",
        "multipolygon" => "ST_GeomFromText('MULTIPOLYGON(((0 0,1 0,1 1,0 0)))')",
        "geomcollection" => "ST_GeomFromText('GEOMETRYCOLLECTION(POINT(0 0))')",
        _ => "''",
    };
    text.into()
}

/// Another value for each row.
fn other_for_each(ty: &TypeName) -> String {
    let length = ty.numbers.first().copied();
    let text = "SHA2(UUID(), 256)";
    match ty.base.as_str() {
        "smallint" => "FLOOR(RAND() * 32767)".into(),
        "mediumint" => "FLOOR(RAND() * 8388607)".into(),
        "int" => "FLOOR(RAND() * 2147483647)".into(),
        "bigint" => "FLOOR(RAND() * 9007199254740991)".into(),
        "float" | "double" if ty.numbers.is_empty() => "RAND()".into(),
        "decimal" => {
            let digits = ty.numbers.first().unwrap_or(&10)
                - ty.numbers.get(1).unwrap_or(&0).min(ty.numbers.first().unwrap_or(&10));
            format!("FLOOR(RAND() * 1{})", "0".repeat(digits.min(15) as usize))
        }
        "date" => "'1970-01-02' + INTERVAL FLOOR(RAND() * 100000) DAY".into(),
        "datetime" => "'1970-01-02' + INTERVAL FLOOR(RAND() * 3000000000) SECOND".into(),
        "timestamp" => "'1970-01-02' + INTERVAL FLOOR(RAND() * 2000000000) SECOND".into(),
        "uuid" => "UUID()".into(),
        "binary" if length == Some(16) => format!("UNHEX(LEFT({text}, 32))"),
        "char" | "varchar" | "binary" | "varbinary" if length.is_some_and(|it| it < 64) => {
            format!("LEFT({text}, {})", length.unwrap_or(1))
        }
        "char" | "varchar" | "binary" | "varbinary" => text.into(),
        _ if ty.is_long() => text.into(),
        _ => alike(ty),
    }
}
