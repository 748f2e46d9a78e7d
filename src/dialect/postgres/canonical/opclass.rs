//! The operator class that an index uses for a type when nobody says one, which the server does not
//! report either.

use crate::schema::Type;

/// What operator classes call the types that a B-tree sorts.
const SORTED: [(&str, &str); 28] = [
    ("\"char\"", "char"),
    ("bigint", "int8"),
    ("bit", "bit"),
    ("bit varying", "varbit"),
    ("boolean", "bool"),
    ("bpchar", "bpchar"),
    ("bytea", "bytea"),
    ("character", "bpchar"),
    ("character varying", "text"),
    ("cidr", "inet"),
    ("date", "date"),
    ("double precision", "float8"),
    ("inet", "inet"),
    ("integer", "int4"),
    ("interval", "interval"),
    ("macaddr", "macaddr"),
    ("macaddr8", "macaddr8"),
    ("name", "name"),
    ("numeric", "numeric"),
    ("oid", "oid"),
    ("real", "float4"),
    ("smallint", "int2"),
    ("text", "text"),
    ("time with time zone", "timetz"),
    ("time without time zone", "time"),
    ("timestamp with time zone", "timestamptz"),
    ("timestamp without time zone", "timestamp"),
    ("uuid", "uuid"),
];

/// Other types, with their class for each method that has one.
#[rustfmt::skip]
const OTHERS: [(&str, &str, &str); 23] = [
    ("btree", "jsonb", "jsonb_ops"), ("btree", "money", "money_ops"), ("btree", "pg_lsn", "pg_lsn_ops"),
    ("btree", "tsquery", "tsquery_ops"), ("btree", "tsvector", "tsvector_ops"),
    ("btree", "xid8", "xid8_ops"), ("brin", "box", "box_inclusion_ops"),
    ("brin", "pg_lsn", "pg_lsn_minmax_ops"), ("gin", "jsonb", "jsonb_ops"),
    ("gin", "tsvector", "tsvector_ops"), ("gist", "box", "box_ops"), ("gist", "circle", "circle_ops"),
    ("gist", "point", "point_ops"), ("gist", "polygon", "poly_ops"), ("gist", "tsquery", "tsquery_ops"),
    ("gist", "tsvector", "tsvector_ops"), ("hash", "jsonb", "jsonb_ops"), ("hash", "pg_lsn", "pg_lsn_ops"),
    ("hash", "xid8", "xid8_ops"), ("spgist", "box", "box_ops"),
    ("spgist", "inet", "inet_ops"), ("spgist", "point", "quad_point_ops"),
    ("spgist", "polygon", "poly_ops"),
];

/// Whether the class is the one that a method uses by itself for a type.
pub(super) fn is_usual(opclass: &str, method: &str, ty: &Type) -> bool {
    usual(opclass, method, &ty.spelled(), matches!(ty, Type::Enum(_)))
}

/// Whether it is that for some type: where it is accepted, that is the type.
pub(super) fn is_usual_somewhere(opclass: &str, method: &str) -> bool {
    let any = |ty: &str, enumerated| usual(opclass, method, ty, enumerated);
    any("text[]", false)
        || any("mood", true)
        || any("int4range", false)
        || any("int4multirange", false)
        || SORTED.iter().any(|(ty, _)| any(ty, false))
        || OTHERS.iter().any(|(_, ty, _)| any(ty, false))
}

fn usual(opclass: &str, method: &str, ty: &str, enumerated: bool) -> bool {
    let base = match ty.split_once('(') {
        Some((start, rest)) => format!("{start}{}", rest.split_once(')').map_or("", |it| it.1)),
        None => ty.to_owned(),
    };
    if base.ends_with("[]") {
        return opclass == "array_ops" && matches!(method, "btree" | "hash" | "gin");
    }
    if enumerated {
        return opclass == "enum_ops" && matches!(method, "btree" | "hash");
    }
    if base.ends_with("multirange") {
        return opclass == "multirange_ops" && matches!(method, "btree" | "hash" | "gist");
    }
    if base.ends_with("range") {
        return match method {
            "brin" => opclass == "range_inclusion_ops",
            "btree" | "hash" | "gist" | "spgist" => opclass == "range_ops",
            _ => false,
        };
    }
    let sorted = SORTED.binary_search_by_key(&base.as_str(), |(ty, _)| ty);
    let sorted = sorted.ok().map(|at| SORTED[at].1);
    match (method, sorted) {
        // A method of its own for both ends of a text.
        ("spgist", Some("text")) => opclass == "text_ops",
        ("brin", Some("inet")) => opclass == "inet_inclusion_ops",
        ("brin", Some(short)) => opclass == format!("{short}_minmax_ops"),
        ("hash", Some("bit" | "varbit")) => false,
        ("btree" | "hash", Some(short)) => opclass == format!("{short}_ops"),
        _ => OTHERS.contains(&(method, base.as_str(), opclass)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_sorted() {
        assert!(SORTED.is_sorted());
    }
}
