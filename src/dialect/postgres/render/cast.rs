//! How old values become of another type: by themselves, or by an expression that must be said.

use super::super::types::quote;
use super::type_of;
use crate::schema::{Column, Type};

/// Types between which PostgreSQL converts alike.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Family {
    Text,
    /// The type of one byte.
    Byte,
    Bool,
    Number,
    Money,
    Date,
    Time,
    ZonedTime,
    Timestamp,
    Moment,
    Interval,
    Json,
    Network,
    Mac,
    Bits,
    Enum,
    Other,
}

/// A type without its modifiers and brackets.
struct Kind {
    name: String,
    family: Family,
    array: bool,
}

fn kind(ty: &Type) -> Kind {
    if let Type::Enum(name) = ty {
        return Kind { name: name.to_string(), family: Family::Enum, array: false };
    }
    if let Type::Array(item) = ty {
        return Kind { array: true, ..kind(item) };
    }
    let spelled = ty.spelled();
    let array = spelled.ends_with("[]");
    let name = bare(spelled.trim_end_matches("[]"));
    let family = match name.as_str() {
        "text" | "character varying" | "character" | "bpchar" | "name" | "citext" => Family::Text,
        "\"char\"" => Family::Byte,
        "boolean" => Family::Bool,
        "smallint" | "integer" | "bigint" | "numeric" | "real" | "double precision" => {
            Family::Number
        }
        "money" => Family::Money,
        "date" => Family::Date,
        "time without time zone" => Family::Time,
        "time with time zone" => Family::ZonedTime,
        "timestamp without time zone" => Family::Timestamp,
        "timestamp with time zone" => Family::Moment,
        "json" | "jsonb" => Family::Json,
        "inet" | "cidr" => Family::Network,
        "macaddr" | "macaddr8" => Family::Mac,
        "bit" | "bit varying" => Family::Bits,
        name if name.split(' ').next() == Some("interval") => Family::Interval,
        _ => Family::Other,
    };
    let name = if family == Family::Interval { "interval".into() } else { name };
    Kind { name, family, array }
}

/// The name without what stands in parentheses.
fn bare(ty: &str) -> String {
    match (ty.find('('), ty.rfind(')')) {
        (Some(open), Some(close)) if open < close => {
            format!("{}{}", ty[..open].trim_end(), &ty[close + 1..])
        }
        _ => ty.to_owned(),
    }
}

/// Whether PostgreSQL converts by itself when a value is assigned.
fn assigns(old: &Kind, new: &Kind) -> bool {
    use Family::{
        Bits, Byte, Date, Interval, Json, Mac, Moment, Money, Network, Number, Text, Time,
        Timestamp, ZonedTime,
    };
    if new.family == Text && !new.array {
        return true;
    }
    if old.array != new.array {
        return false;
    }
    let float = |kind: &Kind| ["real", "double precision"].contains(&kind.name.as_str());
    match (old.family, new.family) {
        (_, Text) => true,
        (Text, Byte)
        | (Number, Number)
        | (Date, Timestamp | Moment)
        | (Timestamp, Date | Time | Moment)
        | (Moment, Date | Time | ZonedTime | Timestamp)
        | (Time, Interval | ZonedTime)
        | (ZonedTime | Interval, Time)
        | (Json, Json)
        | (Network, Network)
        | (Mac, Mac)
        | (Bits, Bits) => true,
        (Number, Money) => !float(old),
        (Money, Number) => new.name == "numeric",
        _ => old.name == new.name,
    }
}

/// The expression that makes a value of the new type, where PostgreSQL wants one.
pub(super) fn using(old: &Column, new: &Column) -> Option<String> {
    let (before, after) = (kind(&old.ty), kind(&new.ty));
    if assigns(&before, &after) {
        return None;
    }
    let (column, ty) = (quote(&new.name), type_of(&new.ty));
    let brackets = if before.array { "[]" } else { "" };
    Some(match (before.family, after.family) {
        (Family::Bool, Family::Number) if after.name != "integer" => {
            format!("{column}::integer{brackets}::{ty}")
        }
        (Family::Number, Family::Bool) if before.name != "integer" && !before.array => {
            format!("{column} <> 0")
        }
        (Family::Money, Family::Number) => format!("{column}::numeric{brackets}::{ty}"),
        (Family::Enum, family) if family != Family::Text => {
            format!("{column}::text{brackets}::{ty}")
        }
        _ => format!("{column}::{ty}"),
    })
}

/// Whether what comes out depends on the time zone of the session.
pub(super) fn zoned(old: &Column, new: &Column) -> bool {
    let (before, after) = (kind(&old.ty), kind(&new.ty));
    let zoned = |kind: &Kind| matches!(kind.family, Family::Moment | Family::ZonedTime);
    before.name != after.name && (zoned(&before) || zoned(&after))
}
