//! Defaults, in the one spelling in which they stand behind `DEFAULT`.

use super::super::flavor::Server;
use super::super::type_name::{TypeName, quoted, unquoted};
use super::number::{Decimal, float};
use super::temporal::{self, Kind};
use crate::sql::{Syntax, Token, TokenKind, tokens};

/// A default.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Default {
    /// None at all: `NULL`.
    Nothing,
    /// A literal or `CURRENT_TIMESTAMP`, and what it is compared by where that is another text.
    Written(String, Option<String>),
    /// An expression, without parentheses around it.
    Expression(String),
    /// A literal that the column cannot hold.
    Misfit(String),
}

/// A literal as it is written.
enum Value {
    Number(String),
    Text(String),
    Bytes(Vec<u8>),
}

/// Whether a column of that type keeps moments, so that it can have the current one by itself.
pub(super) fn keeps_moments(ty: &TypeName) -> bool {
    matches!(ty.base.as_str(), "datetime" | "timestamp")
}

/// `CURRENT_TIMESTAMP` with the digits that the column keeps.
pub(super) fn moment(ty: &TypeName) -> String {
    match ty.fraction() {
        0 => "CURRENT_TIMESTAMP".into(),
        digits => format!("CURRENT_TIMESTAMP({digits})"),
    }
}

/// The text of a default in its one spelling, for a column of that type.
pub(super) fn read(server: Server, ty: &TypeName, text: &str) -> Default {
    let all: Vec<Token> = tokens(text, Syntax::MYSQL)
        .filter(|it| !matches!(it.kind, TokenKind::Space | TokenKind::Comment))
        .collect();
    let inner = enclosed(text, &all);
    let enclosed = inner.len() < all.len();
    let words: Vec<&str> = inner.iter().map(|token| &text[token.range.clone()]).collect();
    if let [word] = words[..]
        && word.eq_ignore_ascii_case("null")
    {
        return Default::Nothing;
    }
    let span = match (inner.first(), inner.last()) {
        (Some(first), Some(last)) => &text[first.range.start..last.range.end],
        _ => return Default::Nothing,
    };
    if let Some(digits) = current(&words)
        && keeps_moments(ty)
        && (!enclosed || !server.encloses_default_expressions() || digits == ty.fraction())
    {
        return Default::Written(moment(ty), None);
    }
    match value(inner, text) {
        Some(value) => written(server, ty, value, span),
        None => Default::Expression(span.to_owned()),
    }
}

/// Whether the words are the current moment, and with how many digits.
pub(super) fn is_current(text: &str) -> bool {
    let all: Vec<Token> = tokens(text, Syntax::MYSQL)
        .filter(|it| !matches!(it.kind, TokenKind::Space | TokenKind::Comment))
        .collect();
    let words: Vec<&str> =
        enclosed(text, &all).iter().map(|token| &text[token.range.clone()]).collect();
    current(&words).is_some()
}

fn current(words: &[&str]) -> Option<u32> {
    let (name, rest) = words.split_first()?;
    let alone = ["current_timestamp", "localtime", "localtimestamp"];
    let named = |names: &[&str]| names.iter().any(|it| name.eq_ignore_ascii_case(it));
    match rest {
        [] if named(&alone) => Some(0),
        ["(", ")"] if named(&alone) || named(&["now"]) => Some(0),
        ["(", digits, ")"] if named(&alone) || named(&["now"]) => digits.parse().ok(),
        _ => None,
    }
}

/// What is inside all parentheses that are around all of it.
fn enclosed<'a>(text: &str, mut all: &'a [Token]) -> &'a [Token] {
    let is = |token: &Token, sign: &str| &text[token.range.clone()] == sign;
    while let [first, .., last] = all
        && is(first, "(")
        && is(last, ")")
    {
        let mut depth = 0_i32;
        let close = all.iter().position(|token| {
            depth += i32::from(is(token, "(")) - i32::from(is(token, ")"));
            depth == 0
        });
        if close != Some(all.len() - 1) {
            break;
        }
        all = &all[1..all.len() - 1];
    }
    all
}

/// The literal that the tokens are.
fn value(all: &[Token], text: &str) -> Option<Value> {
    let part = |token: &Token| &text[token.range.clone()];
    let (first, rest) = all.split_first()?;
    match first.kind {
        TokenKind::Symbol if matches!(part(first), "-" | "+") => {
            let [number] = enclosed(text, rest) else { return None };
            let is_number = number.kind == TokenKind::Number && !part(number).starts_with("0x");
            is_number.then(|| Value::Number(format!("{}{}", part(first), part(number))))
        }
        TokenKind::Number if rest.is_empty() => number(part(first)),
        TokenKind::Word if rest.is_empty() => {
            let flag = ["false", "true"].iter().position(|it| part(first).eq_ignore_ascii_case(it));
            flag.map(|flag| Value::Number(flag.to_string()))
        }
        // `_utf8mb4'x'`, `N'x'`, `DATE '2020-01-01'`
        TokenKind::Word => {
            let word = part(first).to_ascii_lowercase();
            let introduces = word.starts_with('_')
                || matches!(word.as_str(), "n" | "date" | "time" | "timestamp");
            let is_string = rest.first().is_some_and(|it| it.kind == TokenKind::String);
            if introduces && is_string { value(rest, text) } else { None }
        }
        TokenKind::String => {
            let mut texts = String::new();
            for token in all {
                match (token.kind, part(token)) {
                    (TokenKind::String, it) if it.starts_with(['x', 'X', 'b', 'B']) => {
                        return if all.len() == 1 { number(it) } else { None };
                    }
                    (TokenKind::String, it) => texts.push_str(&unquoted(it)?),
                    _ => return None,
                }
            }
            Some(Value::Text(texts))
        }
        _ => None,
    }
}

/// `12`, `0x0c`, `x'0c'`, `b'1100'`.
fn number(text: &str) -> Option<Value> {
    let lower = text.to_ascii_lowercase();
    let inside = |start: &str| lower.strip_prefix(start).map(|rest| rest.trim_end_matches('\''));
    if let Some(hex) = inside("0x").or_else(|| inside("x'")) {
        let hex = if hex.len() % 2 == 1 { format!("0{hex}") } else { hex.to_owned() };
        let pairs =
            (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(hex.get(at..at + 2)?, 16).ok());
        return pairs.collect::<Option<Vec<u8>>>().map(Value::Bytes);
    }
    if let Some(bits) = inside("0b").or_else(|| inside("b'")) {
        let number = u64::from_str_radix(if bits.is_empty() { "0" } else { bits }, 2).ok()?;
        let bytes = number.to_be_bytes();
        let zeros = bytes.iter().take_while(|it| **it == 0).count().min(7);
        return Some(Value::Bytes(bytes[zeros..].to_vec()));
    }
    Decimal::parse(text).map(|_| Value::Number(text.to_owned()))
}

impl Value {
    fn text(&self) -> Option<String> {
        match self {
            Self::Number(text) => Some(text.trim_start_matches('+').to_owned()),
            Self::Text(text) => Some(text.clone()),
            Self::Bytes(bytes) => String::from_utf8(bytes.clone()).ok(),
        }
    }

    fn decimal(&self) -> Option<Decimal> {
        match self {
            Self::Number(text) | Self::Text(text) => Decimal::parse(text),
            Self::Bytes(bytes) => Decimal::of_bytes(bytes),
        }
    }

    fn bytes(self) -> Vec<u8> {
        match self {
            Self::Number(text) | Self::Text(text) => text.into_bytes(),
            Self::Bytes(bytes) => bytes,
        }
    }
}

/// The literal as a column of that type keeps it.
fn written(server: Server, ty: &TypeName, value: Value, said: &str) -> Default {
    let plain = |text: Option<String>| match text {
        Some(text) => Default::Written(text, None),
        None => Default::Misfit(said.to_owned()),
    };
    let scale = |at: usize| ty.numbers.get(at).map(|it| usize::try_from(*it).unwrap_or(0));
    let rounds = server.rounds_fractions();
    let time = |kind| {
        let text =
            value.text().and_then(|text| temporal::spelled(&text, kind, ty.fraction(), rounds));
        match text {
            Some(text) => Default::Written(quoted(&text), None),
            // The server may read more than we do.
            None => Default::Written(said.to_owned(), None),
        }
    };
    match ty.base.as_str() {
        _ if ty.is_integer() => plain(value.decimal().map(|it| it.rounded(0))),
        "decimal" => plain(value.decimal().map(|it| it.rounded(scale(1).unwrap_or(0)))),
        "float" | "double" => match scale(1) {
            Some(scale) => plain(value.decimal().map(|it| it.rounded(scale))),
            None => {
                let number = value.decimal().and(value.text());
                plain(number.and_then(|it| float(&it, ty.base == "float")))
            }
        },
        "date" => time(Kind::Date),
        "time" => time(Kind::Time),
        "datetime" | "timestamp" => time(Kind::Moment),
        "year" => {
            let number = matches!(value, Value::Number(_));
            plain(value.text().and_then(|text| temporal::year(&text, number)))
        }
        "bit" => plain(bits(value)),
        "enum" => plain(value.text().and_then(|text| label(ty, &text))),
        "set" => plain(value.text().and_then(|text| labels(ty, &text))),
        _ if ty.is_long() || ty.base == "json" || ty.is_place() => {
            let literal = literal(value);
            match server.encloses_long_defaults() {
                true => Default::Written(format!("({literal})"), None),
                false => Default::Written(literal, None),
            }
        }
        "char" => {
            let text = value.text().map(|text| text.trim_end_matches(' ').to_owned());
            plain(text.filter(|text| fits(ty, text)).map(|text| quoted(&text)))
        }
        "varchar" => plain(value.text().filter(|text| fits(ty, text)).map(|text| quoted(&text))),
        _ if ty.is_bytes() => bytes(server, ty, value, said),
        _ => Default::Written(literal(value), None),
    }
}

/// The most characters or bytes that the column holds.
fn most(ty: &TypeName) -> u32 {
    ty.numbers.first().copied().unwrap_or(u32::MAX)
}

fn fits(ty: &TypeName, text: &str) -> bool {
    usize::try_from(most(ty)).is_ok_and(|most| text.chars().count() <= most)
}

fn literal(value: Value) -> String {
    match value.text() {
        Some(text) => quoted(&text),
        None => hexadecimal(&value.bytes()),
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    let digits: String = bytes.iter().map(|byte| format!("{byte:02X}")).collect();
    if digits.is_empty() { "''".into() } else { format!("0x{digits}") }
}

/// Bytes up to the last that is not zero, where zeros fill the column up anyway.
fn bytes(server: Server, ty: &TypeName, value: Value, said: &str) -> Default {
    let mut bytes = value.bytes();
    if usize::try_from(most(ty)).is_ok_and(|most| bytes.len() > most) {
        return Default::Misfit(said.to_owned());
    }
    if ty.base == "binary" {
        let end = bytes.iter().rposition(|it| *it != 0).map_or(0, |at| at + 1);
        bytes.truncate(end);
    }
    let text = hexadecimal(&bytes);
    let seen = bytes.split(|it| *it == 0).next().unwrap_or_default();
    let form =
        (server.cuts_binary_defaults() && seen.len() < bytes.len()).then(|| hexadecimal(seen));
    Default::Written(text, form)
}

fn bits(value: Value) -> Option<String> {
    let number: u64 = match &value {
        Value::Text(text) => Decimal::of_bytes(text.as_bytes())?.rounded(0).parse().ok()?,
        _ => value.decimal()?.rounded(0).parse().ok()?,
    };
    Some(format!("b'{number:b}'"))
}

fn label(ty: &TypeName, said: &str) -> Option<String> {
    let exact = ty.labels.iter().find(|label| *label == said);
    let same = |label: &&String| label.to_lowercase() == said.to_lowercase();
    exact.or_else(|| ty.labels.iter().find(same)).map(|label| quoted(label))
}

/// Several labels in the order of the type, each once.
fn labels(ty: &TypeName, said: &str) -> Option<String> {
    let said: Vec<String> =
        said.split(',').map(str::to_lowercase).filter(|it| !it.is_empty()).collect();
    let known = |label: &&String| said.contains(&label.to_lowercase());
    let kept: Vec<&str> = ty.labels.iter().filter(known).map(String::as_str).collect();
    let all = said.iter().all(|it| ty.labels.iter().any(|label| label.to_lowercase() == *it));
    all.then(|| quoted(&kept.join(",")))
}
