//! Small languages inside configuration strings: variables, durations, patterns of names.

use std::collections::BTreeMap;
use std::time::Duration;

use autogen_model::nearest;

/// Why a text with variables cannot be expanded.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Unexpanded {
    /// The variable is not set and has no default.
    Unset(String),
    /// `${` without a name or without `}`.
    Malformed(String),
}

/// Replaces `${VAR}` and `${VAR:-default}`; `$${` stands for `${`.
pub(super) fn expand(
    text: &str,
    variables: &BTreeMap<String, String>,
) -> Result<String, Unexpanded> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("${") {
        if rest[..at].ends_with('$') {
            out.push_str(&rest[..at]);
            out.push('{');
            rest = &rest[at + 2..];
            continue;
        }
        out.push_str(&rest[..at]);
        let inside = &rest[at + 2..];
        let Some(end) = inside.find('}') else {
            return Err(Unexpanded::Malformed(rest[at..].to_owned()));
        };
        let (name, default) = match inside[..end].split_once(":-") {
            Some((name, default)) => (name, Some(default)),
            None => (&inside[..end], None),
        };
        if name.is_empty() || !name.chars().all(|it| it.is_ascii_alphanumeric() || it == '_') {
            return Err(Unexpanded::Malformed(rest[at..at + end + 3].to_owned()));
        }
        let value = variables.get(name).map(String::as_str);
        // As in a shell, `:-` also replaces a variable that is set to nothing.
        match (value.filter(|value| default.is_none() || !value.is_empty()), default) {
            (Some(value), _) => out.push_str(value),
            (None, Some(default)) => out.push_str(default),
            (None, None) => return Err(Unexpanded::Unset(name.to_owned())),
        }
        rest = &inside[end + 1..];
    }
    out.push_str(rest);
    Ok(out)
}

/// Reads `5s`, `250ms`, `1m30s`, `2h` or `0`.
pub fn duration(text: &str) -> Option<Duration> {
    if text == "0" {
        return Some(Duration::ZERO);
    }
    let mut sum = Duration::ZERO;
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.find(|it: char| !it.is_ascii_digit())?;
        let number: u64 = rest[..digits].parse().ok()?;
        rest = &rest[digits..];
        let letters = rest.find(|it: char| it.is_ascii_digit()).unwrap_or(rest.len());
        let part = match &rest[..letters] {
            "ms" => Duration::from_millis(number),
            "s" => Duration::from_secs(number),
            "m" => Duration::from_secs(number.checked_mul(60)?),
            "h" => Duration::from_secs(number.checked_mul(3600)?),
            _ => return None,
        };
        sum = sum.checked_add(part)?;
        rest = &rest[letters..];
    }
    (!text.is_empty()).then_some(sum)
}

/// Checks a pattern such as `ix_{table}_{columns}`; the error is a sentence and what helps.
pub(super) fn check_tokens(text: &str, known: &[&str]) -> Result<(), (String, String)> {
    let all = || known.iter().map(|it| format!("`{{{it}}}`")).collect::<Vec<_>>().join(", ");
    let mut rest = text;
    while let Some(at) = rest.find(['{', '}']) {
        let inside = &rest[at + 1..];
        let end = inside.find(['{', '}']).filter(|end| inside[*end..].starts_with('}'));
        let (true, Some(end)) = (rest[at..].starts_with('{'), end) else {
            return Err(("a brace without its partner".into(), format!("tokens are {}", all())));
        };
        let token = &inside[..end];
        if !known.contains(&token) {
            let help = match nearest(token, known.iter().copied()) {
                Some(near) => format!("did you mean `{{{near}}}`?"),
                None => format!("tokens are {}", all()),
            };
            return Err((format!("unknown token `{{{token}}}`"), help));
        }
        rest = &inside[end + 1..];
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{Unexpanded, duration, expand};
    use std::time::Duration;

    #[test]
    fn variables_expand() {
        let variables =
            [("A", "one"), ("EMPTY", "")].map(|(name, value)| (name.into(), value.into())).into();
        let unset = |name: &str| Err(Unexpanded::Unset(name.into()));
        let malformed = |text: &str| Err(Unexpanded::Malformed(text.into()));
        for (text, want) in [
            ("plain $A {A}", Ok("plain $A {A}".into())),
            ("<${A}>${A}", Ok("<one>one".into())),
            ("${B:-two}", Ok("two".into())),
            ("${A:-two}", Ok("one".into())),
            ("${EMPTY}${EMPTY:-x}", Ok("x".into())),
            ("${B:-}", Ok(String::new())),
            ("${B:-sqlite://a.db}", Ok("sqlite://a.db".into())),
            ("$${A}", Ok("${A}".into())),
            ("${B}", unset("B")),
            ("x${A", malformed("${A")),
            ("x${}y", malformed("${}")),
            ("${A B}", malformed("${A B}")),
        ] {
            assert_eq!(expand(text, &variables), want, "{text}");
        }
    }

    #[test]
    fn durations_have_units() {
        for (text, millis) in [
            ("0", 0),
            ("0s", 0),
            ("5s", 5_000),
            ("250ms", 250),
            ("1m30s", 90_000),
            ("2h", 7_200_000),
        ] {
            assert_eq!(duration(text), Some(Duration::from_millis(millis)), "{text}");
        }
        for text in ["", "5", "s", "5 s", "-1s", "1d", "99999999999999999999s", "1.5s"] {
            assert_eq!(duration(text), None, "{text}");
        }
    }
}
