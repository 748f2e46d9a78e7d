//! Values for rows that PostgreSQL takes, whatever the type.

use autogen::schema::{Column, Schema, Table, Type};
use autogen::sql::{Syntax, TokenKind, tokens, unquote};

/// The value of a column in the row of that number. Columns of different types that stand for each
/// other, as in a foreign key, get the same.
pub(crate) fn value(schema: &Schema, table: &Table, column: &Column, row: usize) -> String {
    let key = table.primary_key.iter().flat_map(|key| &key.columns);
    let keyed = { key }.any(|part| part.text == column.name);
    if column.null && row == 1 && !keyed {
        return "NULL".into();
    }
    let text = match labels(table, column, Syntax::POSTGRES) {
        labels if labels.is_empty() => text(schema, &column.ty, row),
        labels => labels[row % labels.len()].clone(),
    };
    format!("'{}'", text.replace('\'', "''"))
}

/// The texts that a check over that column alone names.
pub(super) fn labels(table: &Table, column: &Column, syntax: Syntax) -> Vec<String> {
    let lists = |text: &str| text.to_uppercase().contains(" IN (") || text.contains("= ANY (");
    let all = |text: &str, kinds: &[TokenKind]| -> Vec<String> {
        let found = tokens(text, syntax).filter(|token| kinds.contains(&token.kind));
        found.map(|token| unquote(&text[token.range])).collect()
    };
    let spoken = |text: &str| all(text, &[TokenKind::Word, TokenKind::Quoted]);
    let own = |text: &str| spoken(text).contains(&column.name);
    let mut checks = table.checks.iter().map(|check| check.expr.text.as_str());
    let list = checks.find(|text| lists(text) && own(text)).unwrap_or_default();
    all(list, &[TokenKind::String])
}

fn text(schema: &Schema, ty: &Type, row: usize) -> String {
    match ty {
        Type::Enum(name) => {
            let labels = schema.enums.get(name).map_or(&[][..], |it| &it.labels);
            labels.get(row % labels.len().max(1)).cloned().unwrap_or_default()
        }
        Type::Array(item) => {
            let quoted = |row| format!("\"{}\"", text(schema, item, row).replace('"', "\\\""));
            format!("{{{},{}}}", quoted(row), quoted(row + 1))
        }
        Type::Native(text) => match text.strip_suffix("[]") {
            Some(item) => {
                self::text(schema, &Type::Array(Box::new(Type::Native(item.into()))), row)
            }
            None => native(text, row),
        },
        _ => String::new(),
    }
}

fn native(ty: &str, row: usize) -> String {
    let number = row + 1;
    let (start, length) = match ty.split_once('(') {
        Some((start, rest)) => {
            let digits = rest.split([',', ')']).next().unwrap_or_default();
            (start, digits.parse().unwrap_or(0))
        }
        None => (ty, 0),
    };
    // The zone stands behind the digits: `timestamp(3) with time zone`.
    let zoned = ty.ends_with("with time zone");
    match start.split(' ').next().unwrap_or(start) {
        "boolean" => row.is_multiple_of(2).to_string(),
        "smallint" | "integer" | "bigint" | "oid" | "numeric" | "money" => number.to_string(),
        "real" | "double" => format!("{row}.5"),
        "character" | "text" | "bpchar" | "citext" if length == 0 && ty != "character" => {
            format!("it's {row}")
        }
        "character" if length >= 6 => format!("it's {row}"),
        "character" | "\"char\"" | "name" => row.to_string(),
        "bytea" => format!("\\x0{row}"),
        "date" => format!("2020-01-0{number}"),
        "time" if zoned => format!("0{number}:00:00+00"),
        "time" => format!("0{number}:00:00"),
        "timestamp" if zoned => format!("2020-01-0{number} 10:00:00+00"),
        "timestamp" => format!("2020-01-0{number} 10:00:00"),
        "interval" => format!("{number} year"),
        "uuid" => format!("00000000-0000-0000-0000-00000000000{number}"),
        "json" | "jsonb" => format!("{{\"row\": {row}}}"),
        "inet" | "cidr" => format!("10.0.0.{number}"),
        "macaddr" => format!("08:00:2b:01:02:0{number}"),
        "macaddr8" => format!("08:00:2b:01:02:03:04:0{number}"),
        "bit" if ty.contains("varying") => "1".repeat(number),
        "bit" => format!("{number:0>width$b}", width = length.max(1)),
        "xml" => format!("<row>{row}</row>"),
        "tsvector" | "tsquery" | "ltree" => format!("word{row}"),
        "hstore" => format!("row=>{row}"),
        "pg_lsn" => format!("0/{number}"),
        shape => ranged(shape, number).unwrap_or_else(|| format!("it's {row}")),
    }
}

fn ranged(ty: &str, number: usize) -> Option<String> {
    Some(match ty {
        "int4range" | "int8range" | "numrange" => format!("[{number},{})", number + 1),
        "daterange" | "tsrange" | "tstzrange" => format!("[202{number}-01-01,202{number}-02-01)"),
        multi if multi.ends_with("multirange") => {
            format!("{{{}}}", ranged(&multi.replace("multi", ""), number)?)
        }
        "point" => format!("({number},1)"),
        "line" => format!("{{1,2,{number}}}"),
        "lseg" => format!("[(0,0),({number},1)]"),
        "box" => format!("({number},1),(0,0)"),
        "path" | "polygon" => format!("((0,0),({number},1))"),
        "circle" => format!("<(0,0),{number}>"),
        _ => return None,
    })
}
