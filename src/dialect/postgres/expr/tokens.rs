//! Expressions that the parser does not know, token by token.

use crate::sql::{Syntax, Token, TokenKind, tokens, unquote};

/// The tokens without spaces and comments, names in one case. Parentheses around everything go.
pub(super) fn form(text: &str) -> String {
    let mut parts: Vec<String> = tokens(text, Syntax::POSTGRES)
        .filter_map(|token| {
            let part = &text[token.range.clone()];
            Some(match token.kind {
                TokenKind::Space | TokenKind::Comment => return None,
                TokenKind::Word => {
                    crate::dialect::postgres::types::quote(&part.to_lowercase()).into_owned()
                }
                TokenKind::Quoted => {
                    crate::dialect::postgres::types::quote(&unquote(part)).into_owned()
                }
                _ => part.to_owned(),
            })
        })
        .collect();
    while is_wrapped(&parts) {
        parts.remove(0);
        parts.pop();
    }
    parts.join(" ")
}

fn is_wrapped(parts: &[String]) -> bool {
    let mut depth = 0_usize;
    let last = parts.len().saturating_sub(1);
    parts.first().is_some_and(|part| part == "(")
        && parts.last().is_some_and(|part| part == ")")
        && parts.iter().enumerate().all(|(at, part)| {
            match part.as_str() {
                "(" => depth += 1,
                ")" => depth = depth.saturating_sub(1),
                _ => {}
            }
            depth > 0 || at == last
        })
}

/// The text in front of the last `COLLATE`, without the parentheses around both.
pub(super) fn before_collation(text: &str) -> Option<String> {
    let mut all: Vec<Token> = tokens(text, Syntax::POSTGRES)
        .filter(|token| !matches!(token.kind, TokenKind::Space | TokenKind::Comment))
        .collect();
    let written = |all: &[Token]| -> Vec<String> {
        all.iter().map(|token| text[token.range.clone()].to_owned()).collect()
    };
    while is_wrapped(&written(&all)) {
        all.remove(0);
        all.pop();
    }
    let collate = |token: &Token| {
        token.kind == TokenKind::Word && text[token.range.clone()].eq_ignore_ascii_case("collate")
    };
    let at = all.iter().rposition(collate)?;
    let (first, last) = (all[..at].first()?, all[..at].last()?);
    Some(text[first.range.start..last.range.end].to_owned())
}
