//! Named and numbered parameters, spelled the way a driver takes them.

use crate::sql::{Syntax, TokenKind, tokens};

/// The statement with each known `:name` replaced by a number, and the values in that order.
/// A name that has no value is left as it is.
#[cfg(feature = "sqlite")]
pub(super) fn numbered(
    sql: &str,
    values: &[(String, Option<String>)],
    syntax: Syntax,
    sign: char,
) -> (String, Vec<Option<String>>) {
    let text = replaced(sql, syntax, |part| {
        let name = part.strip_prefix(':')?;
        let at = values.iter().position(|(known, _)| known == name)?;
        Some(format!("{sign}{}", at + 1))
    });
    (text, values.iter().map(|(_, value)| value.clone()).collect())
}

/// The statement with each known `:name` replaced by its value, as a literal.
pub(super) fn named_literals(
    sql: &str,
    values: &[(String, Option<String>)],
    syntax: Syntax,
    literal: impl Fn(Option<&str>) -> String,
) -> String {
    replaced(sql, syntax, |part| {
        let name = part.strip_prefix(':')?;
        let (_, value) = values.iter().find(|(known, _)| known == name)?;
        Some(literal(value.as_deref()))
    })
}

/// The statement with `?1`, `?2` and so on replaced by the values, as literals.
#[cfg(any(feature = "postgres", feature = "mysql"))]
pub(super) fn numbered_literals(
    sql: &str,
    values: &[Option<&str>],
    syntax: Syntax,
    literal: impl Fn(Option<&str>) -> String,
) -> String {
    replaced(sql, syntax, |part| {
        let number: usize = part.strip_prefix('?')?.parse().ok()?;
        values.get(number.checked_sub(1)?).map(|value| literal(*value))
    })
}

fn replaced(sql: &str, syntax: Syntax, replace: impl Fn(&str) -> Option<String>) -> String {
    let mut text = String::with_capacity(sql.len());
    for token in tokens(sql, syntax) {
        let part = &sql[token.range];
        let is_parameter = token.kind == TokenKind::Parameter;
        match is_parameter.then(|| replace(part)).flatten() {
            Some(instead) => text.push_str(&instead),
            None => text.push_str(part),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(feature = "sqlite")]
    #[test]
    fn only_known_parameters_become_numbers() {
        let values = [("a".to_owned(), Some("1".to_owned())), ("b".to_owned(), None)];
        let sql = "SELECT :b, ':a', :a, :a, :other -- :a";
        let (text, order) = numbered(sql, &values, Syntax::SQLITE, '?');
        assert_eq!(text, "SELECT ?2, ':a', ?1, ?1, :other -- :a");
        assert_eq!(order, [Some("1".to_owned()), None]);
    }

    #[cfg(feature = "postgres")]
    #[test]
    fn only_known_parameters_become_literals() {
        let quoted = |value: Option<&str>| value.map_or("NULL".into(), |it| format!("'{it}'"));
        let values = [("a".to_owned(), Some("1".to_owned())), ("b".to_owned(), None)];
        let sql = "SELECT :b::text, ':a', :a, x[1:n], $$:a$$, data ? 'a'";
        assert_eq!(
            named_literals(sql, &values, Syntax::POSTGRES, quoted),
            "SELECT NULL::text, ':a', '1', x[1:n], $$:a$$, data ? 'a'"
        );
        assert_eq!(
            numbered_literals("?1 ?2 ?3 '?1'", &[Some("x"), None], Syntax::POSTGRES, quoted),
            "'x' NULL ?3 '?1'"
        );
    }
}
