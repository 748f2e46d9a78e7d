//! Whether a default is one value for all rows that are there.

use crate::sql::{Syntax, Token, TokenKind, tokens};

/// Functions that give one value in one statement. Others are taken to give another in every row.
#[rustfmt::skip]
const STABLE: &[&str] = &[
    "abs", "age", "array", "array_append", "array_cat", "array_fill", "array_length",
    "array_prepend", "array_to_json", "array_to_string", "ascii", "bit_length", "btrim", "cast",
    "ceil", "ceiling", "char_length", "character_length", "chr", "coalesce", "concat",
    "concat_ws", "convert_from", "convert_to", "current_database", "current_schema",
    "current_setting", "current_user", "date", "date_part", "date_trunc", "decode", "degrees",
    "div", "encode", "exp", "extract", "floor", "format", "greatest", "host", "initcap",
    "int4range", "int8range", "daterange", "numrange", "tsrange", "tstzrange", "interval",
    "json_array", "json_build_array", "json_build_object", "json_object", "jsonb_build_array",
    "jsonb_build_object", "jsonb_object", "justify_days", "least", "left", "length", "ln", "log",
    "lower", "lpad", "ltrim", "make_date", "make_interval", "make_time", "make_timestamp",
    "make_timestamptz", "md5", "mod", "now", "nullif", "numeric", "octet_length", "overlay", "pi",
    "point", "position", "power", "quote_ident", "quote_literal", "radians", "regexp_replace",
    "repeat", "replace", "reverse", "right", "round", "row", "rpad", "rtrim", "session_user",
    "sha256", "sign", "split_part", "sqrt", "statement_timestamp", "string_to_array", "substr",
    "substring", "timestamp", "timestamptz", "timezone", "to_char", "to_date", "to_json",
    "to_jsonb", "to_number", "to_timestamp", "to_tsquery", "to_tsvector", "transaction_timestamp",
    "translate", "trim", "trunc", "upper", "varchar", "width_bucket",
];

/// Words that give the time of the transaction, or who runs it.
#[rustfmt::skip]
const MOMENT: &[&str] = &[
    "now", "current_timestamp", "current_date", "current_time", "localtimestamp", "localtime",
    "transaction_timestamp", "statement_timestamp",
];

fn words(expr: &str) -> Vec<(String, bool)> {
    let solid = |token: &Token| !matches!(token.kind, TokenKind::Space | TokenKind::Comment);
    let all: Vec<Token> = tokens(expr, Syntax::POSTGRES).filter(solid).collect();
    let called = |at: usize| all.get(at + 1).is_some_and(|it| &expr[it.range.clone()] == "(");
    let typed = |at: usize| at > 0 && &expr[all[at - 1].range.clone()] == "::";
    let words = all.iter().enumerate().filter(|(at, token)| {
        matches!(token.kind, TokenKind::Word | TokenKind::Quoted) && !typed(*at)
    });
    words.map(|(at, it)| (expr[it.range.clone()].to_ascii_lowercase(), called(at))).collect()
}

/// Whether the expression may give another value in every row.
pub(super) fn is_volatile(expr: &str) -> bool {
    const BEFORE_PARENTHESIS: [&str; 10] =
        ["and", "or", "not", "in", "case", "when", "then", "else", "varying", "precision"];
    words(expr).iter().any(|(word, called)| {
        let word = word.as_str();
        *called
            && !STABLE.contains(&word)
            && !MOMENT.contains(&word)
            && !BEFORE_PARENTHESIS.contains(&word)
    })
}

/// Whether the expression gives the moment at which the change runs.
pub(super) fn is_moment(expr: &str) -> bool {
    words(expr).iter().any(|(word, _)| MOMENT.contains(&word.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn volatile_defaults_are_known() {
        let volatile = [
            "random()",
            "gen_random_uuid()",
            "clock_timestamp()",
            "nextval('s'::regclass)",
            "app.mine()",
            "'a' || \"Mine\"()",
            "lower(md5(random()::text))",
        ];
        let others = [
            "0",
            "'random()'",
            "now()",
            "CURRENT_TIMESTAMP(3)",
            "(now() + '1 day'::interval)",
            "'x'::character varying(3)",
            "1.5::numeric(10,2)",
            "ARRAY[1, 2]",
            "CASE WHEN (1 > 0) THEN (1) ELSE (2) END",
            "date_trunc('day', now())",
            "CAST('1' AS character varying(3))",
        ];
        volatile.iter().for_each(|expr| assert!(is_volatile(expr), "{expr}"));
        others.iter().for_each(|expr| assert!(!is_volatile(expr), "{expr}"));
        assert!(is_moment("(now() AT TIME ZONE 'UTC')") && is_moment("CURRENT_DATE"));
        assert!(!is_moment("'now'") && !is_moment("random()"));
    }
}
