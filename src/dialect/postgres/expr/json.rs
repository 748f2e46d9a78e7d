//! Constants of the type jsonb, as the server keeps them: keys by length and then by bytes, the
//! last of equal ones, numbers as they are.

use std::fmt::Write as _;

/// Nesting beyond this is left as it is written.
const DEPTH: usize = 64;

/// The one text of a value. `None` for what is not JSON.
pub(super) fn normal(text: &str) -> Option<String> {
    let mut reader = Reader { rest: text.trim_start_matches(SPACE) };
    let value = reader.value(DEPTH)?;
    reader.rest.is_empty().then_some(value)
}

const SPACE: [char; 4] = [' ', '\t', '\n', '\r'];

struct Reader<'a> {
    rest: &'a str,
}

impl Reader<'_> {
    fn take(&mut self, prefix: &str) -> bool {
        let taken = self.rest.strip_prefix(prefix);
        if let Some(rest) = taken {
            self.rest = rest.trim_start_matches(SPACE);
        }
        taken.is_some()
    }

    fn value(&mut self, depth: usize) -> Option<String> {
        let depth = depth.checked_sub(1)?;
        match self.rest.chars().next()? {
            '{' => self.object(depth),
            '[' => self.array(depth),
            '"' => Some(written(&self.string()?)),
            '-' | '0'..='9' => self.number(),
            _ => ["true", "false", "null"].into_iter().find(|it| self.take(it)).map(str::to_owned),
        }
    }

    fn object(&mut self, depth: usize) -> Option<String> {
        self.take("{");
        let mut members: Vec<(String, String)> = Vec::new();
        if !self.take("}") {
            loop {
                let key = self.string()?;
                if !self.take(":") {
                    return None;
                }
                let value = self.value(depth)?;
                members.push((key, value));
                if self.take("}") {
                    break;
                }
                if !self.take(",") {
                    return None;
                }
            }
        }
        members.reverse();
        members.sort_by(|(one, _), (two, _)| {
            (one.len(), one.as_bytes()).cmp(&(two.len(), two.as_bytes()))
        });
        members.dedup_by(|(one, _), (two, _)| one == two);
        let members: Vec<String> =
            members.iter().map(|(key, value)| format!("{}: {value}", written(key))).collect();
        Some(format!("{{{}}}", members.join(", ")))
    }

    fn array(&mut self, depth: usize) -> Option<String> {
        self.take("[");
        let mut items = Vec::new();
        if !self.take("]") {
            loop {
                items.push(self.value(depth)?);
                if self.take("]") {
                    break;
                }
                if !self.take(",") {
                    return None;
                }
            }
        }
        Some(format!("[{}]", items.join(", ")))
    }

    fn number(&mut self) -> Option<String> {
        let end = self
            .rest
            .find(|c: char| !matches!(c, '0'..='9' | '-' | '+' | '.' | 'e' | 'E'))
            .unwrap_or(self.rest.len());
        let (digits, rest) = self.rest.split_at(end);
        self.rest = rest.trim_start_matches(SPACE);
        super::literal::decimal(digits)
    }

    fn string(&mut self) -> Option<String> {
        let inner = self.rest.strip_prefix('"')?;
        let mut text = String::new();
        let mut chars = inner.char_indices();
        while let Some((at, c)) = chars.next() {
            match c {
                '"' => {
                    self.rest = inner[at + 1..].trim_start_matches(SPACE);
                    return Some(text);
                }
                '\\' => text.push(match chars.next()?.1 {
                    'n' => '\n',
                    't' => '\t',
                    'r' => '\r',
                    'b' => '\u{8}',
                    'f' => '\u{c}',
                    // Pairs of surrogates are left to the server.
                    'u' => {
                        let digits: String =
                            (0..4).map_while(|_| chars.next()).map(|it| it.1).collect();
                        char::from_u32(u32::from_str_radix(&digits, 16).ok()?)?
                    }
                    c @ ('"' | '\\' | '/') => c,
                    _ => return None,
                }),
                c => text.push(c),
            }
        }
        None
    }
}

fn written(text: &str) -> String {
    let mut result = "\"".to_owned();
    for c in text.chars() {
        match c {
            '"' => result.push_str("\\\""),
            '\\' => result.push_str("\\\\"),
            c if c.is_control() => {
                // Infallible: a string takes everything.
                let _ = write!(result, "\\u{:04x}", u32::from(c));
            }
            c => result.push(c),
        }
    }
    result.push('"');
    result
}
