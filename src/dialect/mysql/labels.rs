//! The labels of an `enum` or a `set`, which stand in its type.

use crate::sql::{Syntax, TokenKind, literal, tokens};

/// The labels that a type lists, in order; none where it is of another kind.
pub(super) fn of(ty: &str) -> Vec<String> {
    if !["enum(", "set("].iter().any(|start| ty.starts_with(start)) {
        return Vec::new();
    }
    let strings = tokens(ty, Syntax::MYSQL).filter(|token| token.kind == TokenKind::String);
    strings.map(|token| unquoted(&ty[token.range])).collect()
}

/// What a literal says.
fn unquoted(text: &str) -> String {
    let text = text.strip_prefix('\'').and_then(|text| text.strip_suffix('\'')).unwrap_or(text);
    let mut plain = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(char) = chars.next() {
        match char {
            '\'' => {
                chars.next();
                plain.push('\'');
            }
            '\\' => plain.extend(chars.next()),
            char => plain.push(char),
        }
    }
    plain
}

/// An enumerated type with these labels.
pub(super) fn spelled(labels: &[String]) -> String {
    let quoted = labels.iter().map(|label| literal(&label.replace('\\', "\\\\")));
    format!("enum({})", quoted.collect::<Vec<_>>().join(","))
}
