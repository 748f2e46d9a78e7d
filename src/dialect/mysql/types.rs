//! How MySQL and MariaDB spell types: as MySQL's `COLUMN_TYPE` reports them, without the display
//! widths that MariaDB adds.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::flavor::{Flavor, Server};
use super::reserved::is_reserved;
use super::type_name::{TypeName, quoted};
use crate::schema::{Enum, Name, Type};

// Four bytes for a character, and 65,535 bytes for a row.
const LONGEST_VARCHAR: u32 = 16_383;
const LONGEST_VARBINARY: u32 = 65_532;
const MEDIUM: u32 = 16_777_215;

/// The type that MySQL has for a neutral type; the error says what to do where it has none.
pub fn native(ty: &Type, enums: &BTreeMap<Name, Enum>) -> Result<String, String> {
    Ok(match ty {
        Type::Bool => "tinyint(1)".into(),
        Type::Int { bits, signed } => {
            let word = match bits {
                8 => "tinyint",
                16 => "smallint",
                32 => "int",
                _ => "bigint",
            };
            format!("{word}{}", if *signed { "" } else { " unsigned" })
        }
        Type::Float { bits: 32 } => "float".into(),
        Type::Float { .. } => "double".into(),
        Type::Decimal { precision: Some(precision), scale } => {
            format!("decimal({precision},{})", scale.unwrap_or(0))
        }
        Type::Decimal { precision: None, .. } => {
            return Err("it would be rounded to whole numbers: add `precision` and `scale`".into());
        }
        // An index, a default and a comparison want a length; this is the usual one.
        Type::Text { length } => text(length.unwrap_or(255)),
        Type::Bytes { length: None } => "blob".into(),
        Type::Bytes { length: Some(length) } => bytes(*length),
        Type::Uuid => "binary(16)".into(),
        Type::UuidText { hyphens: true } => "char(36)".into(),
        Type::UuidText { hyphens: false } => "char(32)".into(),
        Type::Date => "date".into(),
        // Without the (6) fractions of a second would be lost.
        Type::Time => "time(6)".into(),
        Type::DateTime => "datetime(6)".into(),
        Type::Timestamp => "timestamp(6)".into(),
        Type::Json => "json".into(),
        Type::Enum(name) => match enums.get(name) {
            Some(it) => format!("enum({})", labels(it)),
            None => return Err(format!("there is no enum {name}")),
        },
        Type::Array(_) => {
            return Err("use `Json<Vec<..>>`, or a table of its own".into());
        }
        Type::Each(spelled) => match spelled.get("mysql") {
            Some(text) => text.clone(),
            None => return Err("say one: `#[column(type(mysql = \"..\"))]`".into()),
        },
        Type::Partly { spelled, otherwise } => match spelled.get("mysql") {
            Some(text) => text.clone(),
            None => native(otherwise, enums)?,
        },
        Type::Native(text) => text.clone(),
    })
}

fn text(length: u32) -> String {
    match length {
        0..=LONGEST_VARCHAR => format!("varchar({length})"),
        _ if length <= MEDIUM / 4 => "mediumtext".into(),
        _ => "longtext".into(),
    }
}

fn bytes(length: u32) -> String {
    match length {
        0..=LONGEST_VARBINARY => format!("varbinary({length})"),
        _ if length <= MEDIUM => "mediumblob".into(),
        _ => "longblob".into(),
    }
}

fn labels(it: &Enum) -> String {
    let quoted = it.labels.iter().map(|label| quoted(label));
    quoted.collect::<Vec<_>>().join(",")
}

/// The type as the server reports it, in MySQL's words where MariaDB's differ in the look alone.
pub(super) fn spelled(server: Server, ty: &TypeName) -> String {
    match (ty.base.as_str(), server.flavor) {
        ("geomcollection", Flavor::Mariadb) => "geometrycollection".into(),
        _ => ty.to_string(),
    }
}

/// Types that only other databases have, with what does the same.
#[rustfmt::skip]
const FOREIGN: [(&str, &str); 18] = [
    ("array", "use `json`, or a table of its own"), ("bigserial", "use `bigint` and `auto`"),
    ("bytea", "use `blob`, or `varbinary(..)`"), ("cidr", "use `varchar(43)`"),
    ("citext", "use `varchar(..)`: its usual collations do not look at case"),
    ("clob", "use `longtext`"), ("inet", "use `varchar(45)`"),
    ("interval", "use `time(6)`, or a number of seconds"), ("jsonb", "use `json`"),
    ("money", "use `decimal(19,4)`"), ("smallserial", "use `smallint` and `auto`"),
    ("timestamptz", "use `timestamp(6)`, which is kept in UTC"), ("timetz", "use `time(6)`"),
    ("tsvector", "use a `fulltext` index"), ("uuid", "use `binary(16)`"),
    ("varbit", "use `bit(..)`, or `varbinary(..)`"), ("xml", "use `longtext`"),
    ("hstore", "use `json`"),
];

#[rustfmt::skip]
const KNOWN: [&str; 31] = [
    "tinyint", "smallint", "mediumint", "int", "bigint", "decimal", "float", "double", "bit", "date",
    "time", "datetime", "timestamp", "year", "char", "varchar", "tinytext", "text", "mediumtext",
    "longtext", "binary", "varbinary", "tinyblob", "blob", "mediumblob", "longblob", "enum", "set",
    "json", "vector", "xmltype",
];

/// Whether the server has the type; the error says what to do.
pub(super) fn known(server: Server, ty: &TypeName) -> Result<(), String> {
    let base = ty.base.as_str();
    let there =
        KNOWN.contains(&base) || ty.is_place() || matches!(base, "uuid" | "inet4" | "inet6");
    if !there || !server.has_type(base) {
        let foreign = FOREIGN.iter().find(|(name, _)| *name == base);
        return Err(match (foreign, base) {
            (Some((_, help)), _) => (*help).to_owned(),
            (None, "inet4" | "inet6") => "use `varchar(45)`, or `varbinary(16)`".into(),
            (None, "vector") => "use `blob`, or a newer server".into(),
            (None, _) => "say one that it has: `#[column(type(mysql = \"..\"))]`".into(),
        });
    }
    limits(server, ty)
}

/// Whether what stands in the parentheses is within limits.
fn limits(server: Server, ty: &TypeName) -> Result<(), String> {
    let most = |most: u32| match ty.numbers.first() {
        Some(number) if *number > most => Err(format!("say at most {}({most})", ty.base)),
        _ => Ok(()),
    };
    match ty.base.as_str() {
        "varchar" | "varbinary" if ty.numbers.is_empty() => {
            Err(format!("say how long it can be: `{}(255)`", ty.base))
        }
        "enum" | "set" if ty.labels.is_empty() => Err("say its labels: `enum('a','b')`".into()),
        "char" | "binary" => most(255),
        "bit" => most(64),
        "datetime" | "timestamp" | "time" => most(6),
        "decimal" => match ty.numbers[..] {
            [precision, scale] if scale > precision => {
                Err(format!("say at least decimal({scale},{scale})"))
            }
            [_, scale] if scale > if server.flavor == Flavor::Mysql { 30 } else { 38 } => {
                Err("keep at most 30 digits behind the point".into())
            }
            _ => most(65),
        },
        _ => Ok(()),
    }
}

/// A table's name as SQL, with that of its database where it has one.
pub fn written(name: &Name) -> String {
    match &name.schema {
        Some(schema) => format!("{}.{}", quote(schema), quote(&name.name)),
        None => quote(&name.name).into_owned(),
    }
}

/// A name as SQL: in quotes where it must have them.
pub fn quote(name: &str) -> Cow<'_, str> {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    let digit = name.bytes().next().is_none_or(|b| b.is_ascii_digit());
    if name.bytes().all(plain) && !digit && !is_reserved(name) {
        Cow::Borrowed(name)
    } else {
        Cow::Owned(format!("`{}`", name.replace('`', "``")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_spelled() {
        let int = |bits, signed| Type::Int { bits, signed };
        let text = |length| Type::Text { length };
        let bytes = |length| Type::Bytes { length };
        let mood = Enum::new("mood".into(), vec!["sad".into(), "it's".into()]);
        let enums = BTreeMap::from([(mood.name.clone(), mood)]);
        let cases = [
            (Type::Bool, "tinyint(1)"),
            (int(8, true), "tinyint"),
            (int(16, true), "smallint"),
            (int(32, true), "int"),
            (int(64, true), "bigint"),
            (int(8, false), "tinyint unsigned"),
            (int(16, false), "smallint unsigned"),
            (int(32, false), "int unsigned"),
            (int(64, false), "bigint unsigned"),
            (Type::Float { bits: 32 }, "float"),
            (Type::Float { bits: 64 }, "double"),
            (Type::Decimal { precision: Some(10), scale: Some(2) }, "decimal(10,2)"),
            (Type::Decimal { precision: Some(10), scale: None }, "decimal(10,0)"),
            (text(None), "varchar(255)"),
            (text(Some(100)), "varchar(100)"),
            (text(Some(20_000)), "mediumtext"),
            (text(Some(20_000_000)), "longtext"),
            (bytes(None), "blob"),
            (bytes(Some(32)), "varbinary(32)"),
            (bytes(Some(100_000)), "mediumblob"),
            (bytes(Some(20_000_000)), "longblob"),
            (Type::Uuid, "binary(16)"),
            (Type::UuidText { hyphens: true }, "char(36)"),
            (Type::UuidText { hyphens: false }, "char(32)"),
            (Type::Date, "date"),
            (Type::Time, "time(6)"),
            (Type::DateTime, "datetime(6)"),
            (Type::Timestamp, "timestamp(6)"),
            (Type::Json, "json"),
            (Type::Enum("mood".into()), "enum('sad','it''s')"),
            (Type::Each(BTreeMap::from([("mysql".into(), "year".into())])), "year"),
            (Type::Native("inet6".into()), "inet6"),
        ];
        for (ty, text) in cases {
            assert_eq!(native(&ty, &enums).as_deref(), Ok(text), "{ty:?}");
        }
        for ty in [
            Type::Decimal { precision: None, scale: None },
            Type::Array(Box::new(Type::Bool)),
            Type::Enum("missing".into()),
            Type::Each(BTreeMap::new()),
        ] {
            assert!(native(&ty, &enums).is_err(), "{ty:?}");
        }
    }
}
