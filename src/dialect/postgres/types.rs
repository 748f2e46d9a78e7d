//! How PostgreSQL spells types: as `format_type` reports them, so that models and catalog agree.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::type_name::TypeName;
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

/// What `format_type` prints for a type that is spelled in any way: `int4`, `VARCHAR(20)`,
/// `timestamptz(3)`, `decimal(10)`, `float[]`. What is no type stays as it is.
pub fn canonical_name(text: &str) -> String {
    TypeName::parse(text).map_or_else(|| text.trim().to_owned(), |name| name.to_string())
}

/// The same for a connection whose search path is that namespace.
pub fn canonical_name_within(text: &str, namespace: &str) -> String {
    let name = TypeName::parse(text).map(|name| name.within(namespace));
    name.map_or_else(|| text.trim().to_owned(), |name| name.to_string())
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

/// The words that some version from 12 to 18 does not take as every kind of name.
#[rustfmt::skip]
const KEYWORDS: [&str; 164] = [
    "all", "analyse", "analyze", "and", "any", "array", "as", "asc", "asymmetric", "authorization",
    "between", "bigint", "binary", "bit", "boolean", "both", "case", "cast", "char", "character",
    "check", "coalesce", "collate", "collation", "column", "concurrently", "constraint", "create",
    "cross", "current_catalog", "current_date", "current_role", "current_schema", "current_time",
    "current_timestamp", "current_user", "dec", "decimal", "default", "deferrable", "desc",
    "distinct", "do", "else", "end", "except", "exists", "extract", "false", "fetch", "float",
    "for", "foreign", "freeze", "from", "full", "grant", "greatest", "group", "grouping", "having",
    "ilike", "in", "initially", "inner", "inout", "int", "integer", "intersect", "interval", "into",
    "is", "isnull", "join", "json", "json_array", "json_arrayagg", "json_exists", "json_object",
    "json_objectagg", "json_query", "json_scalar", "json_serialize", "json_table", "json_value",
    "lateral", "leading", "least", "left", "like", "limit", "localtime", "localtimestamp",
    "merge_action", "national", "natural", "nchar", "none", "normalize", "not", "notnull", "null",
    "nullif", "numeric", "offset", "on", "only", "or", "order", "out", "outer", "overlaps",
    "overlay", "placing", "position", "precision", "primary", "real", "references", "returning",
    "right", "row", "select", "session_user", "setof", "similar", "smallint", "some", "substring",
    "symmetric", "system_user", "table", "tablesample", "then", "time", "timestamp", "to",
    "trailing", "treat", "trim", "true", "union", "unique", "user", "using", "values", "varchar",
    "variadic", "verbose", "when", "where", "window", "with", "xmlattributes", "xmlconcat",
    "xmlelement", "xmlexists", "xmlforest", "xmlnamespaces", "xmlparse", "xmlpi", "xmlroot",
    "xmlserialize", "xmltable",
];

/// A name as SQL: in quotes where it must have them.
pub fn quote(name: &str) -> Cow<'_, str> {
    let start = name.bytes().next().is_some_and(|b| b.is_ascii_lowercase() || b == b'_');
    let rest = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
    if start && name.bytes().all(rest) && KEYWORDS.binary_search(&name).is_err() {
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
    fn names_are_quoted_where_they_must_be() {
        assert!(KEYWORDS.is_sorted());
        let cases = [
            ("id", "id"),
            ("_id2", "_id2"),
            ("user", "\"user\""),
            ("name", "name"),
            ("json", "\"json\""),
            ("Id", "\"Id\""),
            ("größe", "\"größe\""),
            ("a$1", "\"a$1\""),
            ("a\"b", "\"a\"\"b\""),
            ("1st", "\"1st\""),
            ("", "\"\""),
        ];
        for (name, quoted) in cases {
            assert_eq!(quote(name), quoted);
        }
    }

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

    #[test]
    fn names_are_what_the_server_prints() {
        let cases = [
            ("int4", "integer"),
            ("INT", "integer"),
            ("pg_catalog.int8", "bigint"),
            ("\"int8\"", "bigint"),
            ("bool", "boolean"),
            ("float", "double precision"),
            ("float(24)", "real"),
            ("float(25)", "double precision"),
            ("DOUBLE   precision", "double precision"),
            ("decimal", "numeric"),
            ("decimal( 10 , 2 )", "numeric(10,2)"),
            ("dec(10)", "numeric(10,0)"),
            ("numeric(5,-2)", "numeric(5,-2)"),
            ("varchar", "character varying"),
            ("VARCHAR(20)", "character varying(20)"),
            ("character  varying (20)", "character varying(20)"),
            ("char", "character(1)"),
            ("character(3)", "character(3)"),
            ("nchar(3)", "character(3)"),
            ("bpchar", "bpchar"),
            ("pg_catalog.bpchar", "bpchar"),
            ("\"char\"", "\"char\""),
            ("bit", "bit(1)"),
            ("bit(5)", "bit(5)"),
            ("\"bit\"", "\"bit\""),
            ("bit varying (5)", "bit varying(5)"),
            ("varbit", "bit varying"),
            ("timestamp", "timestamp without time zone"),
            ("TIMESTAMPTZ(3)", "timestamp(3) with time zone"),
            ("timestamp (3) with time zone", "timestamp(3) with time zone"),
            ("time", "time without time zone"),
            ("timetz", "time with time zone"),
            ("time(0) without time zone", "time(0) without time zone"),
            ("interval", "interval"),
            ("interval(3)", "interval(3)"),
            ("interval Year to month", "interval year to month"),
            ("interval day to second(3)", "interval day to second(3)"),
            ("int[]", "integer[]"),
            ("int[3][4]", "integer[]"),
            ("text array", "text[]"),
            ("varchar(20) array[4]", "character varying(20)[]"),
            ("timestamptz(3)[]", "timestamp(3) with time zone[]"),
            ("citext", "citext"),
            ("Mood", "mood"),
            ("\"Mood Two\"", "\"Mood Two\""),
            ("public.mood", "public.mood"),
            ("App.\"Mood\"[]", "app.\"Mood\"[]"),
            ("geometry(Point, 4326)", "geometry(Point,4326)"),
            ("app.int4", "app.int4"),
        ];
        for (text, name) in cases {
            assert_eq!(canonical_name(text), name, "{text}");
            assert_eq!(canonical_name(name), name);
        }
        assert_eq!(canonical_name_within("public.mood[]", "public"), "mood[]");
    }
}
