//! Named parameters `:name`, spelled the way a driver takes them.

use crate::sql::{Syntax, TokenKind, tokens};

/// The statement with each known `:name` replaced by a number, and the values in that order.
/// A name that has no value is left as it is.
pub(super) fn numbered(
    sql: &str,
    values: &[(String, Option<String>)],
    syntax: Syntax,
    sign: char,
) -> (String, Vec<Option<String>>) {
    let mut text = String::with_capacity(sql.len());
    for token in tokens(sql, syntax) {
        let part = &sql[token.range];
        let name = (token.kind == TokenKind::Parameter).then(|| part.strip_prefix(':')).flatten();
        match name.and_then(|name| values.iter().position(|(known, _)| known == name)) {
            Some(at) => text.push_str(&format!("{sign}{}", at + 1)),
            None => text.push_str(part),
        }
    }
    (text, values.iter().map(|(_, value)| value.clone()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_known_parameters_become_numbers() {
        let values = [("a".to_owned(), Some("1".to_owned())), ("b".to_owned(), None)];
        let sql = "SELECT :b, ':a', :a, :a, :other -- :a";
        let (text, order) = numbered(sql, &values, Syntax::SQLITE, '?');
        assert_eq!(text, "SELECT ?2, ':a', ?1, ?1, :other -- :a");
        assert_eq!(order, [Some("1".to_owned()), None]);
    }
}
