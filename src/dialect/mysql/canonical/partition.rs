//! How a table is cut into partitions, in one spelling.

use super::super::types::quote;
use crate::sql::{Syntax, Token, TokenKind, tokens, unquote};

/// Words of the clause, so that they are told from names.
#[rustfmt::skip]
const WORDS: [&str; 22] = [
    "algorithm", "by", "columns", "comment", "hash", "in", "interval", "key", "less", "linear",
    "list", "maxvalue", "null", "partition", "partitions", "range", "subpartition", "subpartitions",
    "system_time", "than", "values", "current",
];

/// One spelling: words in capitals, names bare where they can be, single spaces, nothing about the
/// engine. What is said to be `none` is none.
pub(super) fn spelled(text: &str) -> String {
    let text = text.trim();
    let text =
        text.strip_prefix("/*!50100").or_else(|| text.strip_prefix("/*!50500")).unwrap_or(text);
    let text = text.trim().trim_end_matches("*/").trim();
    if text.eq_ignore_ascii_case("none") {
        return "none".into();
    }
    let all: Vec<Token> = tokens(text, Syntax::MYSQL)
        .filter(|it| !matches!(it.kind, TokenKind::Space | TokenKind::Comment))
        .collect();
    let part = |at: usize| all.get(at).map_or("", |token| &text[token.range.clone()]);
    let is = |at: usize, word: &str| part(at).eq_ignore_ascii_case(word);
    let mut result = String::with_capacity(text.len());
    let mut before = String::new();
    let mut at = if is(0, "partition") && is(1, "by") { 2 } else { 0 };
    while at < all.len() {
        let length = if is(at + 1, "=") { 3 } else { 2 };
        if is(at, "engine") || (is(at, "storage") && is(at + 1, "engine")) {
            at += length + usize::from(is(at, "storage"));
            continue;
        }
        if is(at, "=") && before == "COMMENT" {
            at += 1;
            continue;
        }
        let own = match all[at].kind {
            TokenKind::Word if WORDS.iter().any(|it| is(at, it)) => part(at).to_ascii_uppercase(),
            TokenKind::Word if part(at + 1) == "(" => part(at).to_ascii_lowercase(),
            TokenKind::Word | TokenKind::Quoted => quote(&unquote(part(at))).into_owned(),
            _ => part(at).to_owned(),
        };
        let function = own == "(" && before.chars().all(|it| it.is_ascii_lowercase() || it == '_');
        let tight =
            before.is_empty() || before == "(" || matches!(own.as_str(), ")" | ",") || function;
        if !tight {
            result.push(' ');
        }
        result.push_str(&own);
        before = own;
        at += 1;
    }
    result
}

/// The way in which rows are told apart, and the partitions that are said one by one.
fn cut(text: &str) -> (&str, Vec<&str>) {
    let Some(start) = text.find("(PARTITION ") else { return (text, Vec::new()) };
    let list = text[start..].trim_start_matches('(').trim_end_matches(')');
    let list = list.split(", PARTITION ").map(|it| it.trim_start_matches("PARTITION ").trim_end());
    (text[..start].trim_end(), list.collect())
}

/// Whether a clause asks for nothing that is not there: the same way, and each of its partitions.
/// Jobs of the server add others and drop them.
pub(super) fn covers(there: &str, said: &str) -> bool {
    let ((way, parts), (said_way, said_parts)) = (cut(there), cut(said));
    let plain = |text: &str| text.replace(['(', ')', ' '], "").to_ascii_lowercase();
    let parts: Vec<String> = parts.into_iter().map(plain).collect();
    plain(way) == plain(said_way) && said_parts.into_iter().all(|part| parts.contains(&plain(part)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clause_has_one_spelling() {
        let server = "PARTITION BY RANGE (year(`b`))\n(PARTITION `p0` VALUES LESS THAN (2020) \
                      ENGINE = InnoDB,\n PARTITION p1 VALUES LESS THAN MAXVALUE ENGINE = InnoDB)";
        let author = "range (YEAR(b)) (partition p0 values less than (2020), partition p1 values \
                      less than maxvalue)";
        let expected = "RANGE (year(b)) (PARTITION p0 VALUES LESS THAN (2020), PARTITION p1 VALUES \
                        LESS THAN MAXVALUE)";
        assert_eq!(spelled(server), expected);
        assert_eq!(spelled(author), expected);
        assert_eq!(spelled(expected), expected);
        assert_eq!(
            spelled("/*!50100 PARTITION BY HASH (`a`)\nPARTITIONS 4 */"),
            "HASH (a) PARTITIONS 4"
        );
        assert_eq!(spelled("PARTITION BY LIST  COLUMNS(`a`)"), "LIST COLUMNS (a)");
    }

    #[test]
    fn partitions_that_a_job_made_are_no_difference() {
        let said = spelled("range (a) (partition p0 values less than (1))");
        let there = spelled(
            "range (a) (partition p0 values less than (1), partition p1 values less than (2))",
        );
        assert!(covers(&there, &said));
        assert!(!covers(&said, &there));
        assert!(!covers(&there, &spelled("range (b) (partition p0 values less than (1))")));
    }
}
