//! Text as the servers print it: bytes that are no UTF-8, expressions inside of string literals,
//! names that say their database.

use std::borrow::Cow;
use std::fmt::Write as _;

use super::super::Server;
use crate::schema::Name;
use crate::sql::{Syntax, Token, TokenKind, tokens, unquote};

/// The text as a string literal.
pub(super) fn literal(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('\'');
    for letter in text.chars() {
        match letter {
            '\'' => quoted.push_str("''"),
            '\\' => quoted.push_str("\\\\"),
            '\0' => quoted.push_str("\\0"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            letter => quoted.push(letter),
        }
    }
    quoted.push('\'');
    quoted
}

/// A name in quotes, as the servers print all names.
pub(super) fn ticked(name: &str) -> String {
    format!("`{}`", name.replace('`', "``"))
}

/// A name with its database where it is not the connection's, in quotes.
pub(super) fn written(name: &Name) -> String {
    match &name.schema {
        Some(schema) => format!("{}.{}", ticked(schema), ticked(&name.name)),
        None => ticked(&name.name),
    }
}

/// The value of a literal in bytes. `None` where it is none.
pub(super) fn bytes(literal: &str) -> Option<Vec<u8>> {
    let hex = |digits: &str| -> Option<Vec<u8>> {
        let even = format!("{}{digits}", if digits.len() % 2 == 1 { "0" } else { "" });
        let pair = |at: usize| u8::from_str_radix(even.get(at..at + 2)?, 16).ok();
        (0..even.len()).step_by(2).map(pair).collect()
    };
    let rest = literal.strip_prefix(['x', 'X']).and_then(|rest| rest.strip_prefix('\''));
    match (literal.strip_prefix("0x"), rest) {
        (Some(digits), _) => hex(digits),
        (None, Some(digits)) => hex(digits.strip_suffix('\'')?),
        (None, None) => {
            let inner = literal.strip_prefix('\'')?.strip_suffix('\'')?;
            Some(unescaped(&inner.replace("''", "'")).into_bytes())
        }
    }
}

/// The inside of a literal without its escapes.
fn unescaped(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => plain.extend(letters.next().map(|escaped| match escaped {
                '0' => '\0',
                'n' => '\n',
                'r' => '\r',
                't' => '\t',
                'b' => '\u{8}',
                'Z' => '\u{1a}',
                other => other,
            })),
            letter => plain.push(letter),
        }
    }
    plain
}

/// What a server sent as text. It sends what stands in literals of other character sets as it is:
/// such literals are spelled in digits.
pub(super) fn decoded(sent: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(sent) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => Cow::Owned(spelled_out(sent)),
    }
}

fn spelled_out(sent: &[u8]) -> String {
    let letters: String = sent.iter().copied().map(char::from).collect();
    let mut text = String::with_capacity(sent.len());
    let mut after_word = false;
    for token in tokens(&letters, Syntax::MYSQL) {
        let part = &letters[token.range];
        let bytes = each_letter_a_byte(part).unwrap_or_default();
        match std::str::from_utf8(&bytes) {
            Ok(part) => text.push_str(part),
            Err(_) if token.kind == TokenKind::String && part.starts_with('\'') => {
                let inner = part.trim_start_matches('\'').trim_end_matches('\'');
                let inner = unescaped(&inner.replace("''", "'"));
                // A word in front would take the letter for its own.
                text.push_str(if after_word { " x'" } else { "x'" });
                for byte in each_letter_a_byte(&inner).unwrap_or_default() {
                    let _ = write!(text, "{byte:02x}");
                }
                text.push('\'');
            }
            Err(_) => text.push_str(&String::from_utf8_lossy(&bytes)),
        }
        after_word = token.kind == TokenKind::Word;
    }
    text
}

fn each_letter_a_byte(text: &str) -> Option<Vec<u8>> {
    text.chars().map(|letter| u8::try_from(u32::from(letter)).ok()).collect()
}

/// An expression as SQL. MySQL keeps it as bytes, tells each byte as a letter, and all of it as the
/// inside of a string literal.
pub(super) fn expression(told: &str, server: Server) -> String {
    if !server.escapes_expressions() {
        return told.to_owned();
    }
    let plain = unescaped(told);
    if plain.is_ascii() {
        return plain;
    }
    // What has letters beyond bytes was told as letters.
    match each_letter_a_byte(&plain) {
        Some(bytes) => decoded(&bytes).into_owned(),
        None => plain,
    }
}

/// The places of names with dots between them, each with its parts.
fn chains(text: &str) -> Vec<Vec<Token>> {
    let all: Vec<Token> = tokens(text, Syntax::MYSQL).collect();
    let mut chains: Vec<Vec<Token>> = Vec::new();
    let mut dotted = false;
    for token in all {
        match token.kind {
            TokenKind::Quoted => match chains.last_mut() {
                Some(chain) if dotted => chain.push(token),
                _ => chains.push(vec![token]),
            },
            _ => {
                dotted = token.kind == TokenKind::Symbol && &text[token.range] == ".";
                continue;
            }
        }
        dotted = false;
    }
    chains
}

/// SQL that the server printed, without the name of this database before names: it says all that it
/// can, and the text is to be run in a database of another name as well.
pub(super) fn unqualified(text: &str, database: &str) -> String {
    let quoted = ticked(database);
    if !text.contains(&quoted) {
        return text.to_owned();
    }
    let chains = chains(text);
    let is_own = |token: &Token| text[token.range.clone()] == quoted;
    // Where a table is called like the database, two names may be the table and its column.
    let twofold = chains.iter().any(|chain| match chain.as_slice() {
        [name] | [_, name] => is_own(name),
        _ => false,
    });
    let mut plain = String::with_capacity(text.len());
    let mut done = 0;
    for chain in chains {
        if chain.len() > if twofold { 2 } else { 1 } && is_own(&chain[0]) {
            plain.push_str(&text[done..chain[0].range.start]);
            done = chain[1].range.start;
        }
    }
    plain.push_str(&text[done..]);
    plain
}

/// The names that stand in SQL that the server printed: each with what it is part of before it.
pub(super) fn named(text: &str) -> Vec<Vec<String>> {
    let parts =
        |chain: Vec<Token>| chain.iter().map(|it| unquote(&text[it.range.clone()])).collect();
    chains(text).into_iter().map(parts).collect()
}

#[cfg(test)]
mod tests {
    use super::super::super::Flavor;
    use super::*;

    #[test]
    fn expressions_are_told_as_the_inside_of_literals() {
        let mysql = Server::usual(Flavor::Mysql);
        let cases = [
            (r"concat(`s`,_utf8mb4\'it\\\'s \\\\ `x`\')", r"concat(`s`,_utf8mb4'it\'s \\ `x`')"),
            ("(`Ã©` = _utf8mb4\\'Ã©æ\u{97}¥â\u{82}¬\\')", "(`é` = _utf8mb4'é日€')"),
            (r"concat(_latin1\'é\')", "concat(_latin1 x'e9')"),
            ("_utf8mb4\\'日\\'", "_utf8mb4'日'"),
        ];
        for (told, sql) in cases {
            assert_eq!(expression(told, mysql), sql);
            assert_eq!(expression(told, Server::usual(Flavor::Mariadb)), told);
        }
    }

    #[test]
    fn names_leave_their_database() {
        let cases = [
            ("select `d`.`t`.`a` from `d`.`t`", "select `t`.`a` from `t`"),
            ("nextval(`d`.`s`) + 'x `d`.'", "nextval(`s`) + 'x `d`.'"),
            (
                "select `d`.`a`,`d`.`t`.`b` from `d`.`t` `d`",
                "select `d`.`a`,`t`.`b` from `d`.`t` `d`",
            ),
            ("select `e`.`t`.`d` from `e`.`t`", "select `e`.`t`.`d` from `e`.`t`"),
        ];
        for (told, sql) in cases {
            assert_eq!(unqualified(told, "d"), sql);
        }
    }

    #[test]
    fn literals_are_bytes() {
        let cases: [(&str, &[u8]); 5] = [
            ("0xFF00", b"\xff\0"),
            ("x'6162'", b"ab"),
            (r"'a\0''\\'", b"a\0'\\"),
            ("''", b""),
            ("0x", b""),
        ];
        for (literal, value) in cases {
            assert_eq!(bytes(literal).as_deref(), Some(value), "{literal}");
        }
        assert_eq!(bytes("uuid()"), None);
        assert_eq!(decoded(b"x = _latin1'\xe9' + '\xc3\xa9'"), "x = _latin1 x'e9' + 'é'");
    }
}
