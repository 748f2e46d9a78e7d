//! How PostgreSQL spells types: as `format_type` reports them, so that models and catalog agree.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::schema::{Enum, Name, Type};

/// The type that PostgreSQL has for a neutral type; the error says what to do where it has none.
pub fn native(ty: &Type, _enums: &BTreeMap<Name, Enum>) -> Result<String, String> {
    spell(ty)
}

fn spell(ty: &Type) -> Result<String, String> {
    Ok(match ty {
        Type::Bool => "boolean".into(),
        Type::Int { bits, signed: true } => match bits {
            // One byte, and what sqlx reads as an `i8`.
            8 => "\"char\"".into(),
            16 => "smallint".into(),
            32 => "integer".into(),
            _ => "bigint".into(),
        },
        Type::Int { bits, signed: false } => return Err(unsigned(*bits)),
        Type::Float { bits: 32 } => "real".into(),
        Type::Float { .. } => "double precision".into(),
        Type::Decimal { precision: None, .. } => "numeric".into(),
        Type::Decimal { precision: Some(precision), scale } => {
            format!("numeric({precision},{})", scale.unwrap_or(0))
        }
        Type::Text { length: None } => "text".into(),
        Type::Text { length: Some(length) } => format!("character varying({length})"),
        Type::Bytes { .. } => "bytea".into(),
        Type::Uuid => "uuid".into(),
        Type::UuidText { .. } => {
            return Err(
                "PostgreSQL keeps UUIDs as such: use `uuid::Uuid`, or `type = \"..\"`".into()
            );
        }
        Type::Date => "date".into(),
        Type::Time => "time without time zone".into(),
        Type::DateTime => "timestamp without time zone".into(),
        Type::Timestamp => "timestamp with time zone".into(),
        Type::Json => "jsonb".into(),
        Type::Enum(name) => written(name),
        // PostgreSQL keeps no number of dimensions.
        Type::Array(item) => match &**item {
            Type::Array(_) => return spell(item),
            item => format!("{}[]", spell(item)?),
        },
        Type::Each(spelled) => match spelled.get("postgres") {
            Some(text) => text.clone(),
            None => return Err("say one: `#[column(type(postgres = \"..\"))]`".into()),
        },
        Type::Partly { spelled, otherwise } => match spelled.get("postgres") {
            Some(text) => text.clone(),
            None => spell(otherwise)?,
        },
        Type::Native(text) => text.clone(),
    })
}

fn unsigned(bits: u8) -> String {
    let way = match bits {
        8 => "use `i16`",
        16 => "use `i32`",
        32 => "use `i64`",
        _ => "use `i64`, or a decimal with `type(postgres = \"numeric(20,0)\")`",
    };
    format!("PostgreSQL has no unsigned numbers: {way}")
}

/// Whether values may lose something when the one type becomes the other.
pub(super) fn loses(old: &Type, new: &Type) -> bool {
    old != new
}

/// A name as SQL: in quotes where it must have them.
pub fn quote(name: &str) -> Cow<'_, str> {
    let start = name.bytes().next().is_some_and(|b| b.is_ascii_lowercase() || b == b'_');
    let rest = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
    if start && name.bytes().all(rest) {
        Cow::Borrowed(name)
    } else {
        Cow::Owned(format!("\"{}\"", name.replace('"', "\"\"")))
    }
}

/// A name with its namespace as SQL.
pub fn written(name: &Name) -> String {
    match &name.schema {
        Some(schema) => format!("{}.{}", quote(schema), quote(&name.name)),
        None => quote(&name.name).into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_spelled() {
        let int = |bits| Type::Int { bits, signed: true };
        let decimal = |precision, scale| Type::Decimal { precision, scale };
        let cases = [
            (Type::Bool, "boolean"),
            (int(8), "\"char\""),
            (int(16), "smallint"),
            (int(32), "integer"),
            (int(64), "bigint"),
            (Type::Float { bits: 32 }, "real"),
            (Type::Float { bits: 64 }, "double precision"),
            (decimal(None, None), "numeric"),
            (decimal(Some(10), None), "numeric(10,0)"),
            (decimal(Some(10), Some(2)), "numeric(10,2)"),
            (Type::Text { length: None }, "text"),
            (Type::Text { length: Some(100) }, "character varying(100)"),
            (Type::Bytes { length: None }, "bytea"),
            (Type::Bytes { length: Some(16) }, "bytea"),
            (Type::Uuid, "uuid"),
            (Type::Date, "date"),
            (Type::Time, "time without time zone"),
            (Type::DateTime, "timestamp without time zone"),
            (Type::Timestamp, "timestamp with time zone"),
            (Type::Json, "jsonb"),
            (Type::Enum("mood".into()), "mood"),
            (Type::Enum("app.Mood".into()), "app.\"Mood\""),
            (Type::Array(Box::new(int(64))), "bigint[]"),
            (Type::Array(Box::new(Type::Array(Box::new(Type::Uuid)))), "uuid[]"),
            (Type::Each(BTreeMap::from([("postgres".into(), "citext".into())])), "citext"),
            (Type::Native("inet".into()), "inet"),
        ];
        for (ty, text) in cases {
            assert_eq!(native(&ty, &BTreeMap::new()).as_deref(), Ok(text), "{ty:?}");
        }
        for bits in [8, 16, 32, 64] {
            assert!(native(&Type::Int { bits, signed: false }, &BTreeMap::new()).is_err());
        }
        for ty in [Type::UuidText { hyphens: true }, Type::Each(BTreeMap::new())] {
            assert!(native(&ty, &BTreeMap::new()).is_err(), "{ty:?}");
        }
    }
}
