//! `.env`: read as the other tools read it, with complaints that say where but not what.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use autogen_model::{Diagnostic, Place, Source};

use crate::error::{Error, Kind, Result};

/// Adds what the text of a `.env` sets and the environment does not. dotenvy has had no release for
/// long, so this is the only place that knows it.
pub fn read_dotenv(
    path: &Path,
    text: &str,
    variables: &mut BTreeMap<String, String>,
) -> Result<()> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let handed_out = Cell::new(0);
    let mut start = 0;
    for entry in dotenvy::from_read_iter(Lines { text, at: &handed_out }) {
        let (name, value) = entry.map_err(|fault| match fault {
            dotenvy::Error::LineParse(..) => malformed(path, text, start),
            other => {
                Error::new(Kind::Config, format!("{} cannot be read", path.display())).cause(other)
            }
        })?;
        variables.entry(name).or_insert(value);
        start = handed_out.get();
    }
    Ok(())
}

/// Gives out one line at a time, so that what was given out is what was read.
struct Lines<'a> {
    text: &'a str,
    at: &'a Cell<usize>,
}

impl Read for Lines<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let rest = &self.text.as_bytes()[self.at.get()..];
        let line = rest.iter().position(|byte| *byte == b'\n').map_or(rest.len(), |end| end + 1);
        let count = (&rest[..line]).read(buffer)?;
        self.at.set(self.at.get() + count);
        Ok(count)
    }
}

/// The complaint about the first line, from `start` on, that sets something.
fn malformed(path: &Path, text: &str, start: usize) -> Error {
    let mut from = start;
    // Blank lines and comments are given out with the line after them.
    for line in text[start..].split_inclusive('\n') {
        let content = line.trim();
        if !content.is_empty() && !content.starts_with('#') {
            break;
        }
        from += line.len();
    }
    let line = text[from..].lines().next().unwrap_or_default();
    let source = Arc::new(Source::new(path, hidden(text)));
    let place = Place { source, range: from..from + line.trim_end().len() };
    let report = Diagnostic::new("this line sets no variable").at(place, "").help(
        "each line is `NAME=value`; put a value with spaces or `#` in quotes, and `$` in '..'",
    );
    Error::from_reports(Kind::Config, vec![report])
}

/// The text with a star for each byte that may belong to a password, so that places stay right.
fn hidden(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let known = line.find('=').filter(|end| is_name(&line[..*end])).map_or(0, |end| end + 1);
        out.push_str(&line[..known]);
        for character in line[known..].chars() {
            match character {
                '\n' | '\r' | ' ' => out.push(character),
                secret => out.extend(std::iter::repeat_n('*', secret.len_utf8())),
            }
        }
    }
    out
}

fn is_name(text: &str) -> bool {
    let name = text.trim().trim_start_matches("export ").trim();
    name.chars().all(|it| it.is_ascii_alphanumeric() || matches!(it, '_' | '.'))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::path::Path;

    use super::read_dotenv;
    use crate::error::render;

    fn read(text: &str) -> Result<BTreeMap<String, String>, String> {
        let mut variables = BTreeMap::from([("SET".to_owned(), "outside".to_owned())]);
        match read_dotenv(Path::new(".env"), text, &mut variables) {
            Ok(()) => Ok(variables),
            Err(error) => Err(render(&error.reports()[0], false)),
        }
    }

    #[test]
    fn what_is_set_outside_stays() {
        let read = read("\u{feff}A=1\r\nexport B='a$b'\r\n# no\r\nSET=inside\r\n");
        let expected = [("A", "1"), ("B", "a$b"), ("SET", "outside")];
        let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(read, Ok(expected.into()));
    }

    #[test]
    fn a_complaint_says_where_and_hides_values() {
        for (text, line) in [
            ("A=1\n\n# c\nURL=postgres://a:s3cret@h/x y\n", "4 | URL=***"),
            ("URL=\"s3cret\nB=2\n", "1 | URL=***"),
            ("\u{feff}postgres://a:s3cret@h\n", "1 | ***"),
            ("A=1\nB=s3cret\\", "2 | B=***"),
        ] {
            match read(text) {
                Ok(variables) => assert_eq!(variables.get("B").map(String::as_str), Some("s3cret")),
                Err(shown) => {
                    assert!(shown.contains(line), "{shown}");
                    assert!(!shown.contains("s3cret"), "{shown}");
                }
            }
        }
    }
}
