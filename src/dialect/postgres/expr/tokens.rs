//! Expressions that the parser does not know, token by token.

use super::SPELLING;
use crate::dialect::expr::{is_wrapped, token_form};
use crate::sql::{Syntax, Token, TokenKind, tokens};

/// The tokens as a form.
pub(super) fn form(text: &str) -> String {
    token_form(text, SPELLING)
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
