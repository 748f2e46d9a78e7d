//! The words of an expression, with what stands in quotes read.

use crate::sql::{Syntax, Token, TokenKind, tokens, unquote};

/// A word, sign or constant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Lexeme {
    /// A word without quotes, as it is written.
    Word(String),
    /// A name in quotes.
    Name(String),
    /// A string.
    Text(String),
    /// `N'..'`.
    National(String),
    /// `X'..'`, or with false `0x..`.
    Hex(Vec<u8>, bool),
    /// `B'..'` and `0b..`.
    Bits(Vec<u8>),
    /// A number.
    Number(String),
    /// An operator or other sign.
    Sign(&'static str),
}

const SIGNS: [&str; 30] = [
    "->>", "||", "<>", "!=", "<=", ">=", "<<", ">>", "->", "&&", "(", ")", ",", ".", "+", "-", "*",
    "/", "%", "^", "&", "|", "~", "!", "=", "<", ">", "{", "}", "<=>",
];

/// Cuts the text. `None` where something has no place in an expression.
pub(super) fn lexemes(text: &str) -> Option<Vec<Lexeme>> {
    let mut all: Vec<Lexeme> = Vec::new();
    let mut end = 0;
    for token in tokens(text, Syntax::MYSQL) {
        let part = &text[token.range.clone()];
        let adjacent = end == token.range.start;
        match token.kind {
            _ if !token.closed => return None,
            TokenKind::Space => continue,
            TokenKind::Comment if Syntax::MYSQL.is_run(part) => return None,
            TokenKind::Comment => continue,
            _ => {}
        }
        end = token.range.end;
        let lexeme = lexeme(part, &token)?;
        match (all.last_mut(), lexeme) {
            (Some(Lexeme::Word(word)), Lexeme::Text(text))
                if adjacent && word.eq_ignore_ascii_case("n") =>
            {
                all.pop();
                all.push(Lexeme::National(text));
            }
            (Some(last @ Lexeme::Sign("<=")), Lexeme::Sign(">")) if adjacent => {
                *last = Lexeme::Sign("<=>");
            }
            // Strings that follow one another are one.
            (Some(Lexeme::Text(before) | Lexeme::National(before)), Lexeme::Text(text)) => {
                before.push_str(&text);
            }
            (_, lexeme) => all.push(lexeme),
        }
    }
    Some(all)
}

fn lexeme(part: &str, token: &Token) -> Option<Lexeme> {
    Some(match token.kind {
        TokenKind::Word => Lexeme::Word(part.to_owned()),
        TokenKind::Quoted => Lexeme::Name(unquote(part)),
        TokenKind::String => match part.as_bytes().first()? {
            b'\'' | b'"' => Lexeme::Text(unescaped(part)?),
            b'x' | b'X' => Lexeme::Hex(hex(inner(&part[1..])?, false)?, true),
            b'b' | b'B' => Lexeme::Bits(bits(inner(&part[1..])?)?),
            _ => return None,
        },
        TokenKind::Number => number(part)?,
        TokenKind::Symbol => Lexeme::Sign(SIGNS.iter().find(|sign| **sign == part)?),
        TokenKind::Parameter | TokenKind::Comment | TokenKind::Space => return None,
    })
}

fn inner(quoted: &str) -> Option<&str> {
    quoted.get(1..quoted.len().checked_sub(1)?)
}

/// The text that a string stands for.
fn unescaped(quoted: &str) -> Option<String> {
    let quote = quoted.chars().next()?;
    let mut text = String::with_capacity(quoted.len());
    let mut chars = inner(quoted)?.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next()? {
                '0' => text.push('\0'),
                'b' => text.push('\u{8}'),
                'n' => text.push('\n'),
                'r' => text.push('\r'),
                't' => text.push('\t'),
                'Z' => text.push('\u{1a}'),
                // They mean themselves in patterns, and stay what they are elsewhere.
                pattern @ ('%' | '_') => text.extend(['\\', pattern]),
                other => text.push(other),
            },
            c if c == quote => {
                chars.next();
                text.push(c);
            }
            c => text.push(c),
        }
    }
    Some(text)
}

fn hex(digits: &str, padded: bool) -> Option<Vec<u8>> {
    let odd = digits.len() % 2 == 1;
    if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) || (odd && !padded) {
        return None;
    }
    let digits = if odd { format!("0{digits}") } else { digits.to_owned() };
    let pairs = (0..digits.len()).step_by(2);
    pairs.map(|at| u8::from_str_radix(&digits[at..at + 2], 16).ok()).collect()
}

fn bits(digits: &str) -> Option<Vec<u8>> {
    if !digits.bytes().all(|byte| matches!(byte, b'0' | b'1')) {
        return None;
    }
    let missing = (8 - digits.len() % 8) % 8;
    let digits = format!("{}{digits}", "0".repeat(missing));
    let bytes = (0..digits.len()).step_by(8);
    bytes.map(|at| u8::from_str_radix(&digits[at..at + 8], 2).ok()).collect()
}

/// A number, without zeros in front; names may begin with digits and are not read here.
fn number(part: &str) -> Option<Lexeme> {
    if let Some(digits) = part.strip_prefix("0x").filter(|digits| !digits.is_empty()) {
        return Some(Lexeme::Hex(hex(digits, true)?, false));
    }
    if let Some(digits) = part.strip_prefix("0b").filter(|digits| !digits.is_empty()) {
        return Some(Lexeme::Bits(bits(digits)?));
    }
    let (mantissa, exponent) = match part.find(['e', 'E']) {
        Some(at) => (&part[..at], Some(&part[at + 1..])),
        None => (part, None),
    };
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    if !digits(whole)
        || !fraction.is_none_or(digits)
        || mantissa.len() <= usize::from(fraction.is_some())
    {
        return None;
    }
    if let Some(exponent) = exponent {
        let sign = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        if sign.is_empty() || !digits(sign) {
            return None;
        }
        // Only numbers with an exponent are floating, and such are told by their value.
        let value: f64 = part.parse().ok().filter(|it: &f64| it.is_finite())?;
        return Some(Lexeme::Number(format!("{value:e}")));
    }
    let whole = match whole.trim_start_matches('0') {
        "" => "0",
        whole => whole,
    };
    Some(Lexeme::Number(match fraction {
        Some(fraction) => format!("{whole}.{fraction}"),
        None => whole.to_owned(),
    }))
}
