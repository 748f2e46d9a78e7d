//! Values for rows that MySQL and MariaDB take, whatever the type.

use autogen::dialect::mysql::types::quote;
use autogen::schema::{Column, Table};
use autogen::sql::{Syntax, literal, unquote};

use super::super::seed::labels;

/// The value of a column in the row of that number. Columns of different types that stand for each
/// other, as in a foreign key, get the same.
pub(crate) fn value(table: &Table, column: &Column, row: usize) -> String {
    let key = table.primary_key.iter().flat_map(|key| &key.columns);
    let keyed = { key }.any(|part| part.text == column.name);
    if column.null && row == 1 && !keyed {
        return "NULL".into();
    }
    let ty = column.ty.spelled();
    match labels(table, column, Syntax::MYSQL) {
        labels if labels.is_empty() => match column.options.get("srid") {
            Some(srid) => native(&ty, row).replace("')", &format!("', {srid})")),
            None => native(&ty, row),
        },
        labels => text(&labels[row % labels.len()]),
    }
}

fn text(text: &str) -> String {
    literal(&text.replace('\\', "\\\\"))
}

/// How a value is asked for: what is no text as its bytes.
pub(crate) fn shown(column: &Column) -> String {
    let ty = column.ty.spelled();
    let word = ty.split(['(', ' ']).next().unwrap_or_default();
    let bytes = ["binary", "varbinary", "bit", "vector"].contains(&word)
        || word.ends_with("blob")
        || place(word, 0).is_some();
    let name = quote(&column.name);
    if bytes { format!("HEX({name})") } else { name.into_owned() }
}

fn native(ty: &str, row: usize) -> String {
    let number = row + 1;
    let (word, inside) = ty.split_once('(').unwrap_or((ty, ""));
    let word = word.split(' ').next().unwrap_or(word);
    let length = inside.split([',', ')']).next().unwrap_or_default().parse().unwrap_or(0);
    match word {
        "tinyint" if length == 1 => (row % 2).to_string(),
        "tinyint" | "smallint" | "mediumint" | "int" | "bigint" | "decimal" => number.to_string(),
        "float" | "double" => format!("{row}.5"),
        "char" | "varchar" if length < 6 => format!("'{row}'"),
        "binary" => format!("x'{number:0>width$x}'", width = length * 2),
        "varbinary" | "tinyblob" | "blob" | "mediumblob" | "longblob" => format!("x'0{row}'"),
        "bit" if length < 2 => (row % 2).to_string(),
        "bit" => number.to_string(),
        "date" => format!("'2020-01-0{number}'"),
        "time" => format!("'0{number}:00:00'"),
        "datetime" | "timestamp" => format!("'2020-01-0{number} 10:00:00'"),
        "year" => format!("202{row}"),
        "json" => format!("'{{\"row\": {row}}}'"),
        "enum" | "set" => {
            let labels: Vec<&str> = ty[word.len() + 1..ty.len() - 1].split("','").collect();
            text(&unquote(&format!("'{}'", labels[row % labels.len()].trim_matches('\''))))
        }
        "uuid" => format!("'00000000-0000-0000-0000-00000000000{number}'"),
        "inet4" => format!("'10.0.0.{number}'"),
        "inet6" => format!("'::{number}'"),
        _ => place(word, number).unwrap_or_else(|| format!("'it''s {row}'")),
    }
}

/// A place on the plane.
fn place(ty: &str, number: usize) -> Option<String> {
    let text = match ty {
        "point" | "geometry" => format!("POINT({number} 1)"),
        "linestring" => format!("LINESTRING(0 0, {number} 1)"),
        "polygon" => format!("POLYGON((0 0, {number} 0, {number} 1, 0 0))"),
        "multipoint" => format!("MULTIPOINT(0 0, {number} 1)"),
        "multilinestring" => format!("MULTILINESTRING((0 0, {number} 1))"),
        "multipolygon" => format!("MULTIPOLYGON(((0 0, {number} 0, {number} 1, 0 0)))"),
        "geometrycollection" | "geomcollection" => {
            format!("GEOMETRYCOLLECTION(POINT({number} 1))")
        }
        _ => return None,
    };
    Some(format!("ST_GeomFromText('{text}')"))
}
