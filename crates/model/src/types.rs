//! The closed list of Rust types that sqlx gives a column type, and what they mean.

use std::collections::BTreeMap;

use crate::ast::FieldType;

/// What a Rust type means for a column.
#[derive(Clone, Debug)]
pub(crate) enum Known {
    /// A column of this type.
    Plain(FieldType),
    /// `Option`: the argument, or NULL.
    Optional,
    /// `Box`, `Arc`, `Cow` and the like: the argument.
    Same,
    /// `Vec`: bytes or a list.
    List,
    /// `PgRange`: a range over the argument.
    Range,
    /// `usize`, `char` and others that look right but have no column type; the text says why.
    Refused(&'static str),
}

/// The crates whose types are known, and `sqlx`, which re-exports them.
const CRATES: [&str; 14] = [
    "std",
    "core",
    "alloc",
    "sqlx",
    "chrono",
    "time",
    "uuid",
    "rust_decimal",
    "bigdecimal",
    "serde_json",
    "ipnetwork",
    "ipnet",
    "mac_address",
    "bit_vec",
];

/// What the type of that path means, if it is one that sqlx knows.
pub(crate) fn known(path: &[String]) -> Option<Known> {
    let (last, before) = path.split_last()?;
    if let Some(first) = before.first()
        && !CRATES.contains(&first.as_str())
    {
        return None;
    }
    scalar(last).or_else(|| foreign(last)).or_else(|| wrapper(last)).or_else(|| refused(last))
}

fn scalar(name: &str) -> Option<Known> {
    if let Some(inner) = name.strip_prefix("NonZero").filter(|inner| !inner.is_empty()) {
        return integer(&inner.to_ascii_lowercase());
    }
    let ty = match name {
        "bool" => FieldType::Bool,
        "f32" => FieldType::Float { bits: 32 },
        "f64" => FieldType::Float { bits: 64 },
        "String" | "str" | "Text" => FieldType::Text,
        "Uuid" => FieldType::Uuid,
        "Hyphenated" => FieldType::UuidText { hyphens: true },
        "Simple" => FieldType::UuidText { hyphens: false },
        "DateTime" | "OffsetDateTime" => FieldType::Timestamp,
        "NaiveDateTime" | "PrimitiveDateTime" => FieldType::DateTime,
        "NaiveDate" | "Date" => FieldType::Date,
        "NaiveTime" | "Time" => FieldType::Time,
        "Decimal" | "BigDecimal" => FieldType::Decimal,
        "Json" | "Value" | "JsonValue" | "JsonRawValue" | "RawValue" => FieldType::Json,
        _ => return integer(name),
    };
    Some(Known::Plain(ty))
}

fn integer(name: &str) -> Option<Known> {
    let (bits, signed) = match name {
        "i8" => (8, true),
        "i16" => (16, true),
        "i32" => (32, true),
        "i64" => (64, true),
        "u8" => (8, false),
        "u16" => (16, false),
        "u32" => (32, false),
        "u64" => (64, false),
        _ => return None,
    };
    Some(Known::Plain(FieldType::Int { bits, signed }))
}

/// Types that only some databases have.
fn foreign(name: &str) -> Option<Known> {
    let spelled: &[(&'static str, &str)] = match name {
        "Duration" | "TimeDelta" => &[("postgres", "interval"), ("mysql", "time(6)")],
        "MySqlTime" => &[("mysql", "time(6)")],
        "PgInterval" => &[("postgres", "interval")],
        "PgTimeTz" => &[("postgres", "time with time zone")],
        "PgMoney" => &[("postgres", "money")],
        "Oid" => &[("postgres", "oid")],
        "PgLTree" => &[("postgres", "ltree")],
        "PgLQuery" => &[("postgres", "lquery")],
        "PgCube" => &[("postgres", "cube")],
        "PgHstore" => &[("postgres", "hstore")],
        "PgCiText" => &[("postgres", "citext")],
        "PgPoint" => &[("postgres", "point")],
        "PgLine" => &[("postgres", "line")],
        "PgLSeg" => &[("postgres", "lseg")],
        "PgBox" => &[("postgres", "box")],
        "PgPath" => &[("postgres", "path")],
        "PgPolygon" => &[("postgres", "polygon")],
        "PgCircle" => &[("postgres", "circle")],
        "IpNetwork" | "IpNet" => &[("postgres", "inet")],
        "IpAddr" => &[("postgres", "inet"), ("mysql", "varchar(45)")],
        "Ipv4Addr" => &[("mysql", "varchar(15)")],
        "Ipv6Addr" => &[("mysql", "varchar(45)")],
        "MacAddress" => &[("postgres", "macaddr")],
        "BitVec" => &[("postgres", "bit varying")],
        _ => return None,
    };
    Some(Known::Plain(each(spelled)))
}

fn wrapper(name: &str) -> Option<Known> {
    match name {
        "Option" => Some(Known::Optional),
        "Vec" => Some(Known::List),
        "PgRange" => Some(Known::Range),
        "Box" | "Arc" | "Rc" | "Cow" | "NonZero" => Some(Known::Same),
        _ => None,
    }
}

fn refused(name: &str) -> Option<Known> {
    let why = match name {
        "usize" | "isize" => "its size depends on the machine; use `i64`",
        "i128" | "u128" => "no database has integers of 128 bits; use `Decimal` or `Vec<u8>`",
        "char" => "sqlx has no column type for it; use `String`",
        "Instant" => {
            "a point on a machine's own clock means nothing elsewhere; use `DateTime<Utc>`"
        }
        "SystemTime" => "sqlx has no column type for it; use `DateTime<Utc>`",
        "HashMap" | "BTreeMap" | "HashSet" | "BTreeSet" | "IndexMap" => {
            "sqlx has no column type for it; wrap it in `Json<..>`"
        }
        "PathBuf" | "Path" | "OsString" => "sqlx has no column type for it; use `String`",
        _ => return None,
    };
    Some(Known::Refused(why))
}

/// The type of `PgRange<item>`.
pub(crate) fn range(item: &FieldType) -> Option<FieldType> {
    let name = match item {
        FieldType::Int { bits: 32, signed: true } => "int4range",
        FieldType::Int { bits: 64, signed: true } => "int8range",
        FieldType::Decimal => "numrange",
        FieldType::Date => "daterange",
        FieldType::DateTime => "tsrange",
        FieldType::Timestamp => "tstzrange",
        _ => return None,
    };
    Some(each(&[("postgres", name)]))
}

/// A type that only PostgreSQL has, by name: a domain or composite type.
pub(crate) fn postgres(name: &str) -> FieldType {
    each(&[("postgres", name)])
}

fn each(spelled: &[(&'static str, &str)]) -> FieldType {
    let map: BTreeMap<_, _> =
        spelled.iter().map(|(dialect, sql)| (*dialect, (*sql).to_owned())).collect();
    FieldType::Each(map)
}
