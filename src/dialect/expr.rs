//! What dialects share that compare expressions by what they mean: the form of what no parser knows,
//! and how a part is written in a form.

use std::fmt;

use crate::sql::{Spelling, TokenKind, tokens, unquote};

/// The tokens without spaces and comments, names in one case. Parentheses around everything go.
pub(super) fn token_form(text: &str, spelling: Spelling) -> String {
    let mut parts: Vec<String> = tokens(text, spelling.syntax)
        .filter_map(|token| {
            let part = &text[token.range.clone()];
            Some(match token.kind {
                TokenKind::Space => return None,
                TokenKind::Comment if !spelling.syntax.is_run(part) => return None,
                TokenKind::Word => (spelling.quote)(&part.to_lowercase()),
                TokenKind::Quoted => (spelling.quote)(&unquote(part)),
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

/// Whether parentheses stand around all of it.
pub(super) fn is_wrapped(parts: &[String]) -> bool {
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

/// A part of a form: `word('detail', operand, operand)`.
pub(super) fn write_part(
    f: &mut fmt::Formatter<'_>,
    (word, detail): (&str, &str),
    operands: &[impl fmt::Display],
) -> fmt::Result {
    write!(f, "{word}({detail}")?;
    for operand in operands {
        write!(f, ", {operand}")?;
    }
    f.write_str(")")
}
