//! The words of a statement, with those in comments that the server runs.

use crate::sql::{Syntax, TokenKind, tokens, unquote};

/// A word, name, text or symbol.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Word {
    pub(super) kind: TokenKind,
    /// Without quotes.
    pub(super) text: String,
    key: String,
}

impl Word {
    /// In upper case; empty for a quoted name, which is no keyword.
    pub(super) fn key(&self) -> &str {
        &self.key
    }

    /// `@name`, the session's own.
    pub(super) fn is_variable(&self) -> bool {
        self.text.starts_with('@') && !self.text.starts_with("@@")
    }
}

/// All of them, in order.
pub(super) fn words(sql: &str) -> Vec<Word> {
    let mut all = Vec::new();
    collect(sql, &mut all);
    all
}

fn collect(sql: &str, all: &mut Vec<Word>) {
    for token in tokens(sql, Syntax::MYSQL) {
        let part = &sql[token.range];
        match token.kind {
            TokenKind::Space => {}
            TokenKind::Comment => {
                if let Some(code) = executed(part) {
                    collect(code, all);
                }
            }
            // `@` stands alone before a quoted name and before another `@`.
            _ if all.last().is_some_and(|last| matches!(last.text.as_str(), "@" | "@@")) => {
                if let Some(last) = all.last_mut() {
                    last.text.push_str(&unquote(part));
                    last.key = last.text.to_ascii_uppercase();
                }
            }
            kind => {
                let text =
                    if kind == TokenKind::Parameter { part.to_owned() } else { unquote(part) };
                let key = match kind {
                    TokenKind::Quoted => String::new(),
                    _ => text.to_ascii_uppercase(),
                };
                all.push(Word { kind, text, key });
            }
        }
    }
}

/// What the server runs of a comment: `/*! .. */`, `/*!50100 .. */`, `/*M! .. */`.
fn executed(comment: &str) -> Option<&str> {
    let code = comment.strip_prefix("/*!").or_else(|| comment.strip_prefix("/*M!"))?;
    let code = code.strip_suffix("*/").unwrap_or(code);
    Some(code.trim_start_matches(|c: char| c.is_ascii_digit()))
}
