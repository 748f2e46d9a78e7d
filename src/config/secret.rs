//! Passwords in URLs: found in any text, and never shown.

use std::ops::Range;

/// The text with every password in a URL replaced by `***`, which tells nothing of its length.
pub fn redact(text: &str) -> String {
    let mut out = text.to_owned();
    for secret in secrets(text).into_iter().rev() {
        out.replace_range(secret, "***");
    }
    out
}

/// The text with a star for each byte of a password in a URL, so that places in the text stay right:
/// for excerpts of a file that its reader has before him.
pub(super) fn masked(text: &str) -> String {
    let mut out = text.to_owned();
    for secret in secrets(text) {
        let stars = "*".repeat(secret.len());
        out.replace_range(secret, &stars);
    }
    out
}

/// Where passwords stand, in order, none within another.
fn secrets(text: &str) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    for (at, _) in text.match_indices("://") {
        let start = at + 3;
        let rest = &text[start..];
        let rest =
            &rest[..rest.find([' ', '\t', '\n', '\r', '"', '\'', '`']).unwrap_or(rest.len())];
        let query = rest.find('?').unwrap_or(rest.len());
        let secret = account(rest, query).map(|it| start + it.start..start + it.end);
        found.extend(secret.clone());
        let from = secret.map_or(start + query, |it| it.end.max(start + query));
        found.extend(in_query(text, from..start + rest.len()));
    }
    found.sort_by_key(|it| it.start);
    found.dedup_by(|next, kept| next.start < kept.end);
    found
}

/// The password before the host. It may hold a slash, an `@` or a question mark that nobody escaped,
/// so the last `@` counts.
fn account(rest: &str, query: usize) -> Option<Range<usize>> {
    let colon = rest.find(':')?;
    let end = rest[..query].rfind('@').or_else(|| {
        // A port, or a path of a file, is no password.
        let follows = rest[colon + 1..].split(['/', '?']).next().unwrap_or_default();
        let is_port = !follows.is_empty() && follows.bytes().all(|byte| byte.is_ascii_digit());
        let at = rest.rfind('@').filter(|_| !is_port && !rest[..colon].contains(['/', '?']))?;
        Some(at)
    })?;
    (colon < end).then_some(colon + 1..end)
}

/// The values of parameters that are passwords by their names.
fn in_query(text: &str, range: Range<usize>) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut at = range.start;
    for pair in text[range].split_inclusive(['?', '&']) {
        let bare = pair.trim_end_matches(['?', '&']);
        if let Some((key, value)) = bare.split_once('=')
            && key.to_ascii_lowercase().contains("pass")
        {
            let start = at + key.len() + 1;
            found.push(start..start + value.len());
        }
        at += pair.len();
    }
    found
}

#[cfg(test)]
mod tests {
    use super::{masked, redact};

    #[test]
    fn passwords_are_not_shown() {
        for (text, shown) in [
            ("postgres://ann:s3cret@db/app", "postgres://ann:***@db/app"),
            ("postgres://me:s3cr/t@p@host/db", "postgres://me:***@host/db"),
            ("postgres://ann:p@ss:word@db/app", "postgres://ann:***@db/app"),
            ("postgres://me:a?b@host/db?x=1", "postgres://me:***@host/db?x=1"),
            ("mysql://me@host/db?password=x&ssl=1", "mysql://me@host/db?password=***&ssl=1"),
            ("mysql://db:3306/app?sslPassword=p@q", "mysql://db:3306/app?sslPassword=***"),
            ("mysql://a:b@db/app?x=1&passwd=", "mysql://a:***@db/app?x=1&passwd=***"),
            ("url = \"mysql://a:b@c/d\" # a:x@b", "url = \"mysql://a:***@c/d\" # a:x@b"),
            (
                "at postgres://a:b@c/d and mysql://e:f@g/h",
                "at postgres://a:***@c/d and mysql://e:***@g/h",
            ),
            ("postgres://ann@db:5432/app", "postgres://ann@db:5432/app"),
            ("postgres://db:5432/app?user=a@b", "postgres://db:5432/app?user=a@b"),
            ("sqlite://a.db?mode=ro", "sqlite://a.db?mode=ro"),
            ("sqlite://C:/a@b.db", "sqlite://C:***@b.db"),
            ("sqlite::memory:", "sqlite::memory:"),
        ] {
            assert_eq!(redact(text), shown);
        }
    }

    #[test]
    fn passwords_are_masked_in_place() {
        for (text, shown) in [
            ("postgres://ann:s3cret@db/app", "postgres://ann:******@db/app"),
            ("mysql://db/app?password=abc&x=1", "mysql://db/app?password=***&x=1"),
            ("postgres://ann:p\u{e4}ss@db/app", "postgres://ann:*****@db/app"),
        ] {
            assert_eq!(masked(text), shown);
            assert_eq!(masked(text).len(), text.len());
        }
    }
}
