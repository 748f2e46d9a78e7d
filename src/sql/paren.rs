//! What stands in parentheses.

use super::{Syntax, Token, TokenKind, tokens};

/// The tokens that mean something.
pub fn solid(text: &str, syntax: Syntax) -> Vec<Token> {
    let empty = |token: &Token| matches!(token.kind, TokenKind::Space | TokenKind::Comment);
    tokens(text, syntax).filter(|token| !empty(token)).collect()
}

/// Whether the parenthesis that opens at the token `from` closes with the last one.
pub fn spans(text: &str, all: &[Token], from: usize) -> bool {
    let mut depth = 0_usize;
    for (at, token) in all.iter().enumerate().skip(from) {
        match &text[token.range.clone()] {
            "(" => depth += 1,
            ")" => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            return at > from && at + 1 == all.len();
        }
    }
    false
}

/// The expression in parentheses, once.
pub fn enclosed(expr: &str, syntax: Syntax) -> String {
    match spans(expr, &solid(expr, syntax), 0) {
        true => expr.trim().to_owned(),
        false => format!("({expr})"),
    }
}
