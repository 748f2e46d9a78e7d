//! Lists in SQL that the server printed: the keys of an index, the elements of an exclusion.

use crate::sql::{Syntax, Token, TokenKind, tokens, unquote};

/// The items of a list, without the spaces around them.
pub(super) fn items(text: &str) -> Vec<&str> {
    let mut items = Vec::new();
    let (mut start, mut depth) = (0, 0_i32);
    for token in tokens(text, Syntax::POSTGRES) {
        match (token.kind, &text[token.range.clone()]) {
            (TokenKind::Symbol, "(" | "[") => depth += 1,
            (TokenKind::Symbol, ")" | "]") => depth -= 1,
            (TokenKind::Symbol, ",") if depth == 0 => {
                items.push(text[start..token.range.start].trim());
                start = token.range.end;
            }
            _ => {}
        }
    }
    let last = text[start..].trim();
    if !last.is_empty() {
        items.push(last);
    }
    items
}

/// The items in the first parentheses of a text.
pub(super) fn group(text: &str) -> Vec<&str> {
    let all: Vec<Token> = tokens(text, Syntax::POSTGRES).collect();
    let Some(open) = all.iter().position(|token| is(text, token, "(")) else { return Vec::new() };
    let close = closing(text, &all, open);
    items(&text[all[open].range.end..all[close].range.start])
}

/// The collation that an index gives an expression, from the key as printed. The expression ends
/// with its first parentheses: it is a call, or stands in parentheses.
pub(super) fn key_collation(key: &str) -> Option<String> {
    let all: Vec<Token> = tokens(key, Syntax::POSTGRES).collect();
    let open = all.iter().position(|token| is(key, token, "("))?;
    let rest = &all[closing(key, &all, open) + 1..];
    let mut rest = rest.iter().filter(|token| token.kind != TokenKind::Space);
    rest.next().filter(|token| is(key, token, "COLLATE"))?;
    let mut name = unquote(&key[rest.next()?.range.clone()]);
    while rest.next().is_some_and(|token| is(key, token, ".")) {
        name = format!("{name}.{}", unquote(&key[rest.next()?.range.clone()]));
    }
    Some(name)
}

fn is(text: &str, token: &Token, word: &str) -> bool {
    matches!(token.kind, TokenKind::Symbol | TokenKind::Word) && &text[token.range.clone()] == word
}

/// The token that closes what one opens; the last one where none does.
fn closing(text: &str, all: &[Token], open: usize) -> usize {
    let mut depth = 0_i32;
    let closes = all[open..].iter().position(|token| {
        depth += i32::from(is(text, token, "(")) - i32::from(is(text, token, ")"));
        depth == 0
    });
    closes.map_or(all.len() - 1, |at| open + at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_cut_at_their_own_commas() {
        let cases: [(&str, &[&str]); 5] = [
            ("", &[]),
            ("lower(a), (b || ',')", &["lower(a)", "(b || ',')"]),
            ("COALESCE(a, b), ARRAY[c, d]", &["COALESCE(a, b)", "ARRAY[c, d]"]),
            (r#""odd,(name", E'it\'s, ('"#, &[r#""odd,(name""#, r"E'it\'s, ('"]),
            ("f(a", &["f(a"]),
        ];
        for (text, expected) in cases {
            assert_eq!(items(text), expected, "{text}");
        }
    }

    #[test]
    fn the_first_parentheses_hold_the_keys() {
        let text = "CREATE INDEX \"i(\" ON t USING gist (f(a, b), c) WHERE (d > 0)";
        assert_eq!(group(text), ["f(a, b)", "c"]);
        assert_eq!(group("none"), [""; 0]);
        assert_eq!(group("open (a, b"), ["a"]);
    }

    #[test]
    fn a_collation_stands_behind_its_expression() {
        for (key, collation) in [
            ("lower(a)", None),
            ("lower(a) COLLATE \"C\" DESC", Some("C")),
            ("(a || b) COLLATE app.\"de\" text_pattern_ops", Some("app.de")),
            ("((a COLLATE \"C\")) DESC", None),
            ("a", None),
        ] {
            assert_eq!(key_collation(key).as_deref(), collation, "{key}");
        }
    }
}
