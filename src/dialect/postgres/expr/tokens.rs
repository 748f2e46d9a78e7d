//! Expressions that the parser does not know, token by token.

use crate::sql::{Syntax, TokenKind, tokens, unquote};

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
