//! Passwords in URLs: found in any text, and never shown.

use std::ops::Range;

/// The URL with its password replaced by `***`, whatever characters it has; that tells nothing of
/// its length.
pub fn redact(url: &str) -> String {
    let mut out = url.to_owned();
    let start = url.find("://").map_or(url.len(), |at| at + 3);
    for secret in secrets_in(url, start..url.len()).into_iter().rev() {
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
    let mut done = 0;
    for (at, separator) in text.match_indices("://") {
        // One that stands in another is hidden with it.
        if at < done {
            continue;
        }
        let start = at + separator.len();
        done = start + length(&text[..at], &text[start..]);
        found.extend(secrets_in(text, start..done));
    }
    found
}

/// Where the passwords of one URL stand, of which this follows the `://`.
fn secrets_in(text: &str, part: Range<usize>) -> Vec<Range<usize>> {
    let (start, rest) = (part.start, &text[part.clone()]);
    let query = rest.find('?').unwrap_or(rest.len());
    let secret = account(rest, query).map(|it| start + it.start..start + it.end);
    let from = secret.as_ref().map_or(start + query, |it| it.end.max(start + query));
    secret.into_iter().chain(in_query(text, from..part.end)).collect()
}

/// How far a URL goes in a text: to the quote that stood before it, or to a blank.
fn length(before: &str, rest: &str) -> usize {
    let before = before.trim_end_matches(|it: char| it.is_ascii_alphanumeric() || it == '+');
    let quote = before.chars().next_back().filter(|it| matches!(it, '"' | '\'' | '`'));
    let mut escaped = false;
    let end = rest.find(|it: char| {
        let ends = match quote {
            Some(quote) => it == quote && !escaped,
            None => matches!(it, ' ' | '\t' | '"' | '\'' | '`'),
        };
        escaped = it == '\\' && !escaped && quote == Some('"');
        ends || matches!(it, '\n' | '\r')
    });
    end.unwrap_or(rest.len())
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
            ("postgres://ann@db:5432/app", "postgres://ann@db:5432/app"),
            ("postgres://db:5432/app?user=a@b", "postgres://db:5432/app?user=a@b"),
            ("sqlite://a.db?mode=ro", "sqlite://a.db?mode=ro"),
            ("sqlite://C:/a@b.db", "sqlite://C:***@b.db"),
            ("sqlite::memory:", "sqlite::memory:"),
            ("mysql://a:it's a \"b@c/d", "mysql://a:***@c/d"),
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
            ("url = \"mysql://a:it's b@c/d\" # a:x@b", "url = \"mysql://a:******@c/d\" # a:x@b"),
            ("at pg://a:b@c/d and mysql://e:f@g/h", "at pg://a:*@c/d and mysql://e:*@g/h"),
        ] {
            assert_eq!(masked(text), shown);
            assert_eq!(masked(text).len(), text.len());
        }
    }
}
