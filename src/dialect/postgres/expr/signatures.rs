//! What the server's own functions take and give.

use super::Scope;
use super::literal::coerce;
use super::node::Node;
use super::settle::Settled;
use crate::dialect::postgres::type_name::TypeName;

/// A function: its names, what it takes, what it gives. In what it takes, `any` stays as it is,
/// `element` is an element of the list before it, and `..` is any number of the last one; in what
/// it gives, `1` and `2` are the types of those arguments. Of several the first stands that fits best.
const SIGNATURES: &[(&str, &str, &str)] = &[
    ("lower upper initcap reverse md5 quote_ident quote_literal", "text", "text"),
    ("md5 encode", "bytea", "text"),
    ("length char_length character_length", "text", "integer"),
    ("length char_length character_length octet_length", "character", "integer"),
    ("octet_length bit_length ascii hashtext", "text", "integer"),
    ("length octet_length bit_length", "bytea", "integer"),
    ("length", "tsvector", "integer"),
    ("btrim ltrim rtrim", "text", "text"),
    ("btrim ltrim rtrim", "text, text", "text"),
    ("btrim", "bytea, bytea", "bytea"),
    ("replace translate regexp_replace", "text, text, text", "text"),
    ("regexp_replace", "text, text, text, text", "text"),
    ("regexp_match regexp_split_to_array", "text, text", "text[]"),
    ("regexp_match regexp_split_to_array", "text, text, text", "text[]"),
    ("split_part", "text, text, integer", "text"),
    ("substr substring", "text, integer", "text"),
    ("substr substring", "text, integer, integer", "text"),
    ("substr substring", "bytea, integer", "bytea"),
    ("substr substring", "bytea, integer, integer", "bytea"),
    ("substring", "text, text", "text"),
    ("substring", "text, text, text", "text"),
    ("overlay", "text, text, integer", "text"),
    ("overlay", "text, text, integer, integer", "text"),
    ("left right repeat", "text, integer", "text"),
    ("lpad rpad", "text, integer", "text"),
    ("lpad rpad", "text, integer, text", "text"),
    ("strpos position", "text, text", "integer"),
    ("position", "bytea, bytea", "integer"),
    ("starts_with", "text, text", "boolean"),
    ("similar_to_escape", "text", "text"),
    ("similar_to_escape like_escape", "text, text", "text"),
    ("normalize", "text, text", "text"),
    ("chr", "integer", "text"),
    ("to_hex", "integer", "text"),
    ("to_hex", "bigint", "text"),
    ("to_char", "timestamp with time zone, text", "text"),
    ("to_char", "timestamp without time zone, text", "text"),
    ("to_char", "interval, text", "text"),
    ("to_char", "numeric, text", "text"),
    ("to_char", "integer, text", "text"),
    ("to_char", "bigint, text", "text"),
    ("to_char", "double precision, text", "text"),
    ("to_char", "real, text", "text"),
    ("to_date", "text, text", "date"),
    ("to_number", "text, text", "numeric"),
    ("to_timestamp", "text, text", "timestamp with time zone"),
    ("to_timestamp", "double precision", "timestamp with time zone"),
    ("encode", "bytea, text", "text"),
    ("decode", "text, text", "bytea"),
    ("convert_to", "text, name", "bytea"),
    ("convert_from", "bytea, name", "text"),
    ("sha224 sha256 sha384 sha512", "bytea", "bytea"),
    ("concat", "any, ..", "text"),
    ("concat_ws format", "text, any, ..", "text"),
    ("date_trunc", "text, timestamp with time zone", "2"),
    ("date_trunc", "text, timestamp without time zone", "2"),
    ("date_trunc", "text, interval", "2"),
    ("date_trunc", "text, timestamp with time zone, text", "2"),
    ("date_part", "text, timestamp with time zone", "double precision"),
    ("date_part", "text, timestamp without time zone", "double precision"),
    ("date_part", "text, date", "double precision"),
    ("date_part", "text, interval", "double precision"),
    ("date_part", "text, time without time zone", "double precision"),
    ("extract", "text, timestamp with time zone", "numeric"),
    ("extract", "text, timestamp without time zone", "numeric"),
    ("extract", "text, date", "numeric"),
    ("extract", "text, interval", "numeric"),
    ("extract", "text, time without time zone", "numeric"),
    ("timezone", "text, timestamp with time zone", "timestamp without time zone"),
    ("timezone", "text, timestamp without time zone", "timestamp with time zone"),
    ("timezone", "interval, timestamp with time zone", "timestamp without time zone"),
    ("timezone", "interval, timestamp without time zone", "timestamp with time zone"),
    ("age", "timestamp with time zone", "interval"),
    ("age", "timestamp without time zone", "interval"),
    ("age", "timestamp with time zone, timestamp with time zone", "interval"),
    ("age", "timestamp without time zone, timestamp without time zone", "interval"),
    ("date", "timestamp with time zone", "date"),
    ("date", "timestamp without time zone", "date"),
    ("make_date", "integer, integer, integer", "date"),
    ("now clock_timestamp transaction_timestamp", "", "timestamp with time zone"),
    ("statement_timestamp", "", "timestamp with time zone"),
    ("gen_random_uuid uuid_generate_v1 uuid_generate_v4", "", "uuid"),
    ("uuidv4 uuidv7", "", "uuid"),
    ("random pi", "", "double precision"),
    ("abs", "integer", "1"),
    ("abs", "smallint", "1"),
    ("abs", "bigint", "1"),
    ("abs ceil ceiling floor round trunc sign sqrt exp ln", "double precision", "1"),
    ("abs ceil ceiling floor round trunc sign sqrt exp ln", "numeric", "1"),
    ("abs", "real", "1"),
    ("round trunc", "numeric, integer", "numeric"),
    ("power pow", "double precision, double precision", "1"),
    ("power pow mod", "numeric, numeric", "1"),
    ("mod gcd lcm", "integer, integer", "1"),
    ("mod", "smallint, smallint", "1"),
    ("mod gcd lcm", "bigint, bigint", "1"),
    ("nextval currval", "regclass", "bigint"),
    ("current_setting", "text", "text"),
    ("current_setting", "text, boolean", "text"),
    ("jsonb_typeof", "jsonb", "text"),
    ("json_typeof", "json", "text"),
    ("jsonb_array_length", "jsonb", "integer"),
    ("json_array_length", "json", "integer"),
    ("jsonb_strip_nulls", "jsonb", "jsonb"),
    ("jsonb_path_exists", "jsonb, jsonpath", "boolean"),
    ("jsonb_build_object jsonb_build_array", "any, ..", "jsonb"),
    ("jsonb_build_object jsonb_build_array", "", "jsonb"),
    ("json_build_object json_build_array", "any, ..", "json"),
    ("json_build_object json_build_array", "", "json"),
    ("array_length array_upper array_lower", "any, integer", "integer"),
    ("cardinality array_ndims", "any", "integer"),
    ("array_position", "any, element", "integer"),
    ("array_remove array_append", "any, element", "1"),
    ("array_to_string", "any, text", "text"),
    ("array_to_string", "any, text, text", "text"),
    ("string_to_array", "text, text", "text[]"),
    ("num_nulls num_nonnulls", "any, ..", "integer"),
    ("pg_column_size", "any", "integer"),
    ("to_tsvector", "regconfig, text", "tsvector"),
    ("to_tsvector", "regconfig, jsonb", "tsvector"),
    ("to_tsvector", "text", "tsvector"),
    ("to_tsvector", "jsonb", "tsvector"),
    ("to_tsquery plainto_tsquery phraseto_tsquery", "regconfig, text", "tsquery"),
    ("to_tsquery plainto_tsquery phraseto_tsquery", "text", "tsquery"),
    ("websearch_to_tsquery", "regconfig, text", "tsquery"),
    ("websearch_to_tsquery", "text", "tsquery"),
    ("setweight", "tsvector, \"char\"", "tsvector"),
    ("overlaps", "timestamp with time zone, ..", "boolean"),
    ("overlaps", "timestamp without time zone, ..", "boolean"),
    ("overlaps", "time without time zone, ..", "boolean"),
    ("point", "double precision, double precision", "point"),
    ("isempty lower_inc upper_inc lower_inf upper_inf", "any", "boolean"),
    ("family masklen", "inet", "integer"),
    ("host", "inet", "text"),
    ("similarity word_similarity", "text, text", "real"),
    ("unaccent", "text", "text"),
    ("int4range", "integer, integer", "int4range"),
    ("int4range", "integer, integer, text", "int4range"),
    ("int8range", "bigint, bigint", "int8range"),
    ("int8range", "bigint, bigint, text", "int8range"),
    ("numrange", "numeric, numeric", "numrange"),
    ("numrange", "numeric, numeric, text", "numrange"),
    ("daterange", "date, date", "daterange"),
    ("daterange", "date, date, text", "daterange"),
    ("tsrange", "timestamp without time zone, timestamp without time zone", "tsrange"),
    ("tsrange", "timestamp without time zone, timestamp without time zone, text", "tsrange"),
    ("tstzrange", "timestamp with time zone, timestamp with time zone", "tstzrange"),
    ("tstzrange", "timestamp with time zone, timestamp with time zone, text", "tstzrange"),
];

/// A call with its arguments as the function takes them.
pub(super) fn settle(name: String, of: Vec<Settled>, scope: &Scope) -> Settled {
    let Some((takes, gives)) = best(&name, &of) else {
        let of = of.into_iter().map(|it| it.node).collect();
        return Settled::new(Node::call(&name, of), None);
    };
    let list = of.first().and_then(|it| it.ty.clone()).filter(|ty| ty.array);
    let taken = of.into_iter().enumerate().map(|(at, it)| match taken(&takes, at) {
        Some("any") | None => it,
        Some("element") => match &list {
            Some(list) => coerce(it, &list.element().bare(), scope),
            None => it,
        },
        // What has no type that is known stays as it is: the server may see no need of a cast.
        Some(to) if it.ty.is_some() || it.is_open() => coerce(it, &TypeName::of(to), scope),
        Some(_) => it,
    });
    let of: Vec<Settled> = taken.collect();
    let result = match gives {
        "1" => of.first().and_then(|it| it.ty.as_ref().map(TypeName::bare)),
        "2" => of.get(1).and_then(|it| it.ty.as_ref().map(TypeName::bare)),
        gives => TypeName::parse(gives),
    };
    Settled::new(Node::call(&name, of.into_iter().map(|it| it.node).collect()), result)
}

fn taken<'a>(takes: &[&'a str], at: usize) -> Option<&'a str> {
    match takes {
        [rest @ .., last, ".."] if at >= rest.len() => Some(last),
        takes => takes.get(at).copied(),
    }
}

/// The signature that fits best: most arguments of its very types, then the first. None where a
/// constant without a type fits several: the server has more to go by.
fn best(name: &str, of: &[Settled]) -> Option<(Vec<&'static str>, &'static str)> {
    let mut best: Option<(usize, Vec<&'static str>, &'static str)> = None;
    let mut doubtful = false;
    for (names, takes, gives) in SIGNATURES {
        if !names.split(' ').any(|it| it == name) {
            continue;
        }
        let takes: Vec<&str> = takes.split(", ").filter(|it| !it.is_empty()).collect();
        let Some(score) = score(&takes, of) else { continue };
        match &best {
            Some((known, before, _)) if score == *known => {
                doubtful |= of
                    .iter()
                    .enumerate()
                    .any(|(at, it)| it.is_open() && taken(before, at) != taken(&takes, at));
            }
            Some((known, ..)) if score < *known => {}
            _ => (best, doubtful) = (Some((score, takes, *gives)), false),
        }
    }
    best.filter(|_| !doubtful).map(|(_, takes, gives)| (takes, gives))
}

fn score(takes: &[&str], of: &[Settled]) -> Option<usize> {
    let many = takes.last() == Some(&"..");
    if (!many && takes.len() != of.len()) || (many && of.len() + 2 < takes.len()) {
        return None;
    }
    let each = of.iter().enumerate().map(|(at, it)| {
        let takes = taken(takes, at)?;
        match (&it.ty, takes) {
            _ if it.is_open() => Some(usize::from(takes == "text")),
            (_, "any" | "element") | (None, _) => Some(0),
            (Some(ty), takes) if ty.is(takes) || ty.bare().to_string() == takes => Some(2),
            (Some(ty), takes) => becomes(ty, takes).then_some(0),
        }
    });
    each.sum()
}

/// Whether a value becomes of that type without being told.
fn becomes(ty: &TypeName, to: &str) -> bool {
    const NUMBERS: [&str; 6] =
        ["smallint", "integer", "bigint", "numeric", "real", "double precision"];
    const MOMENTS: [&str; 3] = ["date", "timestamp without time zone", "timestamp with time zone"];
    let before = |all: &[&str]| {
        let from = all.iter().position(|base| ty.is(base));
        from.is_some_and(|from| all[from..].contains(&to))
    };
    let string = ["character varying", "character", "name"].iter().any(|base| ty.is(base));
    (to == "text" && string) || before(&NUMBERS) || before(&MOMENTS)
}
