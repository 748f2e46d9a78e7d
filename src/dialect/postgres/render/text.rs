//! Pieces of SQL: what stands in parentheses, what is a constant, what is a word.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::super::types::{quote, written};
use crate::schema::{Name, Options};
use crate::sql::{Syntax, Token, TokenKind, literal, paren};

/// The tokens that mean something.
fn solid(text: &str) -> Vec<Token> {
    paren::solid(text, Syntax::POSTGRES)
}

/// The expression in parentheses, once.
pub(super) fn enclosed(expr: &str) -> String {
    paren::enclosed(expr, Syntax::POSTGRES)
}

/// An expression in an index: in parentheses, unless it is a call.
pub(super) fn key(expr: &str) -> String {
    const NO_CALL: [&str; 12] = [
        "not", "row", "case", "exists", "array", "any", "all", "some", "interval", "select",
        "values", "char",
    ];
    let all = solid(expr);
    let name = |at: usize| match all.get(at).map(|token| (token.kind, &expr[token.range.clone()])) {
        Some((TokenKind::Quoted, _)) => true,
        Some((TokenKind::Word, word)) => !NO_CALL.contains(&word.to_ascii_lowercase().as_str()),
        _ => false,
    };
    let dot = all.get(1).is_some_and(|token| &expr[token.range.clone()] == ".");
    let opens = if dot && name(2) { 3 } else { 1 };
    let call = name(0) && all.get(opens).is_some_and(|token| &expr[token.range.clone()] == "(");
    if call && paren::spans(expr, &all, opens) { expr.trim().to_owned() } else { enclosed(expr) }
}

/// A default, in parentheses where the grammar of a column wants them.
pub(super) fn default(expr: &str) -> String {
    const LOOSE: [&str; 14] = [
        "and", "or", "not", "is", "isnull", "notnull", "in", "between", "like", "ilike", "similar",
        "at", "collate", "overlaps",
    ];
    let mut depth = 0_usize;
    let loose = solid(expr).into_iter().any(|token| {
        let word = &expr[token.range.clone()];
        match word {
            "(" => depth += 1,
            ")" => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0
            && token.kind == TokenKind::Word
            && LOOSE.contains(&word.to_ascii_lowercase().as_str())
    });
    if loose { enclosed(expr) } else { expr.to_owned() }
}

/// Whether every row gets the same value, which the table then need not be written anew for: a
/// literal, with a cast or without, or the time of the transaction.
pub(in super::super) fn constant(expr: &str) -> bool {
    const WORDS: [&str; 8] = [
        "true",
        "false",
        "null",
        "current_timestamp",
        "current_date",
        "localtimestamp",
        "current_time",
        "localtime",
    ];
    let all = solid(expr);
    let word = |at: usize| all.get(at).map_or("", |token| &expr[token.range.clone()]);
    let kind = |at: usize| all.get(at).map(|token| token.kind);
    let sign = usize::from(matches!(word(0), "-" | "+"));
    let rest = match kind(sign) {
        Some(TokenKind::Number | TokenKind::String) => sign + 1,
        Some(TokenKind::Word) if WORDS.contains(&word(sign).to_ascii_lowercase().as_str()) => 1,
        Some(TokenKind::Word) if word(0).eq_ignore_ascii_case("now") => {
            return all.len() == 3 && word(1) == "(" && word(2) == ")";
        }
        _ => return false,
    };
    let named = |at: usize| {
        matches!(kind(at), Some(TokenKind::Word | TokenKind::Quoted | TokenKind::Number))
            || matches!(word(at), "." | "(" | ")" | "," | "[" | "]")
    };
    rest == all.len() || (word(rest) == "::" && (rest + 1..all.len()).all(named))
}

/// A block of statements that run as one; `body` is indented already.
pub(super) fn block(body: &str) -> String {
    let mut tag = "$$".to_owned();
    while body.contains(&tag) {
        tag.insert(1, 'x');
    }
    format!("DO {tag}\nBEGIN\n{body}\nEND\n{tag}")
}

/// Whether an option is set.
pub(super) fn flag(options: &Options, key: &str) -> bool {
    options.get(key).is_some_and(|value| value != "false")
}

/// The items of a list that an option holds.
pub(super) fn list<'a>(options: &'a Options, key: &str) -> Vec<&'a str> {
    let items = options.get(key).into_iter().flat_map(|text| text.split(','));
    items.map(str::trim).filter(|item| !item.is_empty()).collect()
}

/// The storage parameters among the options, with their values as SQL.
pub(super) fn assignments(options: &Options) -> BTreeMap<&str, String> {
    let named = options.iter().filter_map(|(key, value)| Some((key.strip_prefix("with.")?, value)));
    named.map(|(name, value)| (name, parameter(value))).collect()
}

fn parameter(value: &str) -> String {
    let all = solid(value);
    let plain = match all.as_slice() {
        [only] => matches!(only.kind, TokenKind::Number | TokenKind::Word),
        [sign, number] => &value[sign.range.clone()] == "-" && number.kind == TokenKind::Number,
        _ => false,
    };
    if plain { value.trim().to_owned() } else { literal(value) }
}

/// `WITH (..)`, with a space before, where there are storage parameters.
pub(super) fn with(options: &Options) -> String {
    let all = assignments(options).into_iter().map(|(name, value)| format!("{name} = {value}"));
    match all.collect::<Vec<String>>().join(", ") {
        none if none.is_empty() => none,
        all => format!(" WITH ({all})"),
    }
}

/// A collation: its name, as SQL where it has quotes. Names of locales may hold a point, as in
/// `en_US.utf8`; before another point stands a namespace.
pub(super) fn collation(name: &str) -> Cow<'_, str> {
    let locale = |start: &str| start.bytes().any(|byte| byte.is_ascii_uppercase());
    match name.split_once('.') {
        _ if name.contains('"') => Cow::Borrowed(name),
        Some((start, _)) if !locale(start) => Cow::Owned(written(&Name::from(name))),
        _ => quote(name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parentheses_stand_where_they_must() {
        type Case = (fn(&str) -> String, &'static str, &'static str);
        let cases: [Case; 14] = [
            (enclosed, "a > 0", "(a > 0)"),
            (enclosed, "(a > 0)", "(a > 0)"),
            (enclosed, "(a) > (b)", "((a) > (b))"),
            (enclosed, "(a = ')')", "(a = ')')"),
            (key, "lower(a)", "lower(a)"),
            (key, "app.f(a, (b))", "app.f(a, (b))"),
            (key, "a || b", "(a || b)"),
            (key, "f(a) + g(b)", "(f(a) + g(b))"),
            (key, "NOT (a)", "(NOT (a))"),
            (key, "((a ->> 'b'))", "((a ->> 'b'))"),
            (default, "now() AT TIME ZONE 'utc'", "(now() AT TIME ZONE 'utc')"),
            (default, "(now() AT TIME ZONE 'utc')", "(now() AT TIME ZONE 'utc')"),
            (default, "coalesce(a, NOT b)", "coalesce(a, NOT b)"),
            (default, "'or'::text", "'or'::text"),
        ];
        for (write, text, expected) in cases {
            assert_eq!(write(text), expected);
        }
    }

    #[test]
    fn constants_are_known() {
        let constants = [
            "0",
            "-1.5",
            "'a'",
            "'a'::character varying(3)",
            "'{}'::app.\"T\"[]",
            "TRUE",
            "now()",
            "CURRENT_TIMESTAMP",
            "NULL::text",
        ];
        let others = ["a", "random()", "'a' || b", "0 + a", "now", "", "-a", "'a'::text || b"];
        constants.iter().for_each(|text| assert!(constant(text), "{text}"));
        others.iter().for_each(|text| assert!(!constant(text), "{text}"));
    }

    #[test]
    fn a_block_is_quoted_by_what_it_does_not_hold() {
        assert_eq!(block("    a;"), "DO $$\nBEGIN\n    a;\nEND\n$$");
        assert_eq!(block("    '$$';"), "DO $x$\nBEGIN\n    '$$';\nEND\n$x$");
    }
}
