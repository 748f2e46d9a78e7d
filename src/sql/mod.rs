//! SQL text cut into tokens, the same way for every database but for a few switches. Enough to
//! split statements, compare expressions and rename columns in them; not a parser.

pub mod label;
pub mod paren;
pub mod trigger;

use std::ops::Range;

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKind {
    /// A keyword or plain identifier.
    Word,
    /// A quoted identifier.
    Quoted,
    /// A string, dollar-quoted text or blob literal.
    String,
    /// A number.
    Number,
    /// A parameter such as `:name`, `?1` or `$1`.
    Parameter,
    /// An operator or punctuation; several characters where they are one operator.
    Symbol,
    /// A comment, without the line break after it.
    Comment,
    /// White space.
    Space,
}

/// A token and the bytes it covers. All tokens together cover the text without gaps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub kind: TokenKind,
    /// Its bytes.
    pub range: Range<usize>,
    /// False when the text ended inside it (an open quote or comment).
    pub closed: bool,
}

/// The switches in which databases differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Syntax {
    /// `'it\'s'` (MySQL).
    pub backslash_escapes: bool,
    /// `"text"` is a string rather than an identifier (MySQL).
    pub double_quoted_strings: bool,
    /// `$tag$ .. $tag$` (PostgreSQL).
    pub dollar_quotes: bool,
    /// `/* /* */ */` (PostgreSQL).
    pub nested_comments: bool,
    /// `# to the end of the line` (MySQL).
    pub hash_comments: bool,
    /// `--` begins a comment only before white space: `2--3` is five (MySQL).
    pub spaced_dashes: bool,
    /// `[name]` (SQLite).
    pub bracket_names: bool,
}

impl Syntax {
    /// SQLite's.
    pub const SQLITE: Self = Self {
        backslash_escapes: false,
        double_quoted_strings: false,
        dollar_quotes: false,
        nested_comments: false,
        hash_comments: false,
        spaced_dashes: false,
        bracket_names: true,
    };
    /// PostgreSQL's.
    pub const POSTGRES: Self =
        Self { dollar_quotes: true, nested_comments: true, bracket_names: false, ..Self::SQLITE };
    /// MySQL's and MariaDB's.
    pub const MYSQL: Self = Self {
        backslash_escapes: true,
        double_quoted_strings: true,
        hash_comments: true,
        spaced_dashes: true,
        bracket_names: false,
        ..Self::SQLITE
    };
}

impl Syntax {
    /// Whether the server runs what stands in the comment (MySQL).
    pub fn is_run(self, comment: &str) -> bool {
        self.hash_comments && (comment.starts_with("/*!") || comment.starts_with("/*M!"))
    }
}

/// How a dialect reads SQL and spells names in it.
#[derive(Clone, Copy, Debug)]
pub struct Spelling {
    /// How text is read.
    pub syntax: Syntax,
    /// A name as it stands in SQL: quoted where it must be.
    pub quote: fn(&str) -> String,
}

/// Cuts the text into tokens.
pub fn tokens(text: &str, syntax: Syntax) -> impl Iterator<Item = Token> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let token = next(text, at, syntax)?;
        at = token.range.end;
        Some(token)
    })
}

fn next(text: &str, start: usize, syntax: Syntax) -> Option<Token> {
    use TokenKind::{Comment, Number, Parameter, Quoted, Space, String, Symbol, Word};
    let rest = &text[start..];
    let bytes = rest.as_bytes();
    let first = *bytes.first()?;
    let done = |kind, length: usize| (kind, length, true);
    let until = |kind, end: Option<usize>| (kind, end.unwrap_or(rest.len()), end.is_some());
    let (kind, length, closed) = match first {
        b if b.is_ascii_whitespace() => done(Space, run(bytes, |b| b.is_ascii_whitespace())),
        b'-' if dashes(bytes, syntax.spaced_dashes) => done(Comment, line(bytes)),
        b'#' if syntax.hash_comments => done(Comment, line(bytes)),
        b'/' if rest.starts_with("/*") => until(Comment, block(bytes, syntax.nested_comments)),
        b'\'' => until(String, quoted(bytes, b'\'', syntax.backslash_escapes)),
        b'"' if syntax.double_quoted_strings => {
            until(String, quoted(bytes, b'"', syntax.backslash_escapes))
        }
        b'"' | b'`' => until(Quoted, quoted(bytes, first, false)),
        b'[' if syntax.bracket_names => until(Quoted, rest.find(']').map(|end| end + 1)),
        b'x' | b'X' | b'e' | b'E' | b'b' | b'B' if bytes.get(1) == Some(&b'\'') => {
            let escapes = syntax.backslash_escapes || matches!(first, b'e' | b'E');
            until(String, quoted(&bytes[1..], b'\'', escapes).map(|end| end + 1))
        }
        b'$' if syntax.dollar_quotes && dollar(rest).is_some() => {
            let tag = dollar(rest).unwrap_or_default();
            until(String, rest[tag.len()..].find(tag).map(|end| end + 2 * tag.len()))
        }
        b'0'..=b'9' => done(Number, number(bytes)),
        b'.' if bytes.get(1).is_some_and(u8::is_ascii_digit) => done(Number, number(bytes)),
        b'?' | b'$' | b'@' | b':' if parameter(bytes) > 1 || first == b'?' => {
            done(Parameter, parameter(bytes))
        }
        b if word(b) => done(Word, run(bytes, |b| word(b) || b.is_ascii_digit() || b == b'$')),
        _ => done(Symbol, symbol(rest)),
    };
    Some(Token { kind, range: start..start + length, closed })
}

fn run(bytes: &[u8], test: impl Fn(u8) -> bool) -> usize {
    bytes.iter().position(|byte| !test(*byte)).unwrap_or(bytes.len())
}

fn line(bytes: &[u8]) -> usize {
    run(bytes, |byte| byte != b'\n' && byte != b'\r')
}

fn dashes(bytes: &[u8], spaced: bool) -> bool {
    let after =
        bytes.get(2).is_none_or(|byte| byte.is_ascii_whitespace() || byte.is_ascii_control());
    bytes.starts_with(b"--") && (after || !spaced)
}

fn word(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_' || byte >= 0x80
}

fn parameter(bytes: &[u8]) -> usize {
    1 + run(&bytes[1..], |byte| word(byte) || byte.is_ascii_digit())
}

fn number(bytes: &[u8]) -> usize {
    let mut length = run(bytes, |b| b.is_ascii_alphanumeric() || b == b'.' || b == b'_');
    let hex = bytes.starts_with(b"0x") || bytes.starts_with(b"0X");
    if !hex
        && matches!(bytes[length - 1], b'e' | b'E')
        && let Some(b'+' | b'-') = bytes.get(length)
    {
        length += 1 + run(&bytes[length + 1..], |b| b.is_ascii_digit());
    }
    length
}

fn quoted(bytes: &[u8], quote: u8, escapes: bool) -> Option<usize> {
    let mut at = 1;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' if escapes => at += 2,
            byte if byte == quote && bytes.get(at + 1) == Some(&quote) => at += 2,
            byte if byte == quote => return Some(at + 1),
            _ => at += 1,
        }
    }
    None
}

fn block(bytes: &[u8], nested: bool) -> Option<usize> {
    let (mut at, mut depth) = (2, 1);
    while at + 1 < bytes.len() {
        match &bytes[at..at + 2] {
            b"*/" if depth == 1 => return Some(at + 2),
            b"*/" => (at, depth) = (at + 2, depth - 1),
            b"/*" if nested => (at, depth) = (at + 2, depth + 1),
            _ => at += 1,
        }
    }
    None
}

fn dollar(rest: &str) -> Option<&str> {
    let end = 1 + run(&rest.as_bytes()[1..], |byte| word(byte) || byte.is_ascii_digit());
    let digit_first = rest.as_bytes().get(1).is_some_and(u8::is_ascii_digit);
    (rest.as_bytes().get(end) == Some(&b'$') && !digit_first).then(|| &rest[..=end])
}

fn symbol(rest: &str) -> usize {
    const LONG: [&str; 13] =
        ["->>", "||", "<>", "!=", "<=", ">=", "==", "<<", ">>", "->", "::", "&&", ":="];
    let long = LONG.iter().find(|symbol| rest.starts_with(**symbol));
    long.map_or_else(|| rest.chars().next().map_or(1, char::len_utf8), |symbol| symbol.len())
}

/// The text as a string literal of standard SQL.
pub fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// The name inside a quoted identifier; a plain word is itself.
pub fn unquote(text: &str) -> String {
    let inner = || text.get(1..text.len().saturating_sub(1)).unwrap_or_default();
    match text.as_bytes().first() {
        Some(b'"') => inner().replace("\"\"", "\""),
        Some(b'`') => inner().replace("``", "`"),
        Some(b'[') => inner().to_owned(),
        Some(b'\'') => inner().replace("''", "'"),
        _ => text.to_owned(),
    }
}

/// The names that stand in the text, without quotes: of columns, functions and types, and plain
/// keywords with them.
pub fn names(text: &str, syntax: Syntax) -> impl Iterator<Item = String> {
    let named = |kind| matches!(kind, TokenKind::Word | TokenKind::Quoted);
    let all = tokens(text, syntax).filter(move |token| named(token.kind));
    all.map(|token| unquote(&text[token.range]))
}

/// The column and labels of a check of the form `column IN ('a', 'b')`: the shape that an
/// enumerated type takes where the database has no such types. Labels are literals as written.
pub fn enumeration(expr: &str, syntax: Syntax) -> Option<(String, Vec<String>)> {
    let all = tokens(expr, syntax).filter(|it| it.kind != TokenKind::Space);
    let mut words = all.map(|token| (token.kind, &expr[token.range]));
    let (TokenKind::Word | TokenKind::Quoted, column) = words.next()? else { return None };
    if !words.next()?.1.eq_ignore_ascii_case("IN") || words.next()?.1 != "(" {
        return None;
    }
    let mut labels = Vec::new();
    loop {
        let (TokenKind::String | TokenKind::Number, label) = words.next()? else { return None };
        labels.push(label.to_owned());
        match words.next()?.1 {
            "," => {}
            ")" if words.next().is_none() => return Some((unquote(column), labels)),
            _ => return None,
        }
    }
}

/// The expression with a column renamed: every name that is spelled so, in any case and quoting,
/// but no function of that name.
pub fn rename_column(text: &str, (old, new): (&str, &str), spelling: Spelling) -> String {
    let quoted = (spelling.quote)(new);
    let all: Vec<Token> = tokens(text, spelling.syntax).collect();
    let mut result = String::with_capacity(text.len());
    for (at, token) in all.iter().enumerate() {
        let part = &text[token.range.clone()];
        let name = matches!(token.kind, TokenKind::Word | TokenKind::Quoted);
        let mut after = all[at + 1..].iter().filter(|next| next.kind != TokenKind::Space);
        let called = after.next().is_some_and(|next| &text[next.range.clone()] == "(");
        let hit = name && !called && unquote(part).eq_ignore_ascii_case(old);
        result.push_str(if hit { &quoted } else { part });
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str, syntax: Syntax) -> Vec<&str> {
        let all = tokens(text, syntax).filter(|token| token.kind != TokenKind::Space);
        all.map(|token| &text[token.range]).collect()
    }

    #[test]
    fn tokens_cover_the_text() {
        let text =
            "SELECT 'it''s', \"a\"\"b\", [c d], `e`, x'0f', 1e-3, .5 -- end\n/* c */ :n ?1 é";
        let covered: String =
            tokens(text, Syntax::SQLITE).map(|token| text[token.range].to_owned()).collect();
        assert_eq!(covered, text);
    }

    #[test]
    fn each_database_quotes_its_own_way() {
        assert_eq!(parts("$a$ ; $a$;", Syntax::POSTGRES), ["$a$ ; $a$", ";"]);
        assert_eq!(parts(r"'a\'b';", Syntax::MYSQL), [r"'a\'b'", ";"]);
        assert_eq!(parts("2--3 -- c", Syntax::MYSQL), ["2", "-", "-", "3", "-- c"]);
        assert_eq!(parts("2--3", Syntax::SQLITE), ["2", "--3"]);
        assert_eq!(parts("/* /* */ */;", Syntax::POSTGRES), ["/* /* */ */", ";"]);
        assert_eq!(parts("[a;b];", Syntax::SQLITE), ["[a;b]", ";"]);
        assert_eq!(parts("a::int", Syntax::POSTGRES), ["a", "::", "int"]);
    }

    #[test]
    fn an_open_quote_is_known() {
        assert!(!tokens("'abc", Syntax::SQLITE).all(|token| token.closed));
    }

    #[test]
    fn columns_are_renamed_but_not_functions_or_strings() {
        let spelling = Spelling { syntax: Syntax::SQLITE, quote: |name| format!("\"{name}\"") };
        let renamed = rename_column("length(LENGTH) > 'length'", ("length", "size"), spelling);
        assert_eq!(renamed, "length(\"size\") > 'length'");
    }
}
