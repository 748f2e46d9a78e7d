//! What dialects share that compare expressions by what they mean: the form of what no parser knows,
//! how a part is written in a form, and decimal numbers.

use std::fmt;

use crate::sql::{Spelling, TokenKind, tokens, unquote};

/// The tokens without spaces and comments, names in one case. Parentheses around everything go.
pub(super) fn token_form(text: &str, spelling: Spelling) -> String {
    let mut parts: Vec<String> = tokens(text, spelling.syntax)
        .filter_map(|token| {
            let part = &text[token.range.clone()];
            Some(match token.kind {
                TokenKind::Space => return None,
                TokenKind::Comment if !spelling.syntax.is_run(part) => return None,
                TokenKind::Word => (spelling.quote)(&part.to_lowercase()),
                TokenKind::Quoted => (spelling.quote)(&unquote(part)),
                _ => part.to_owned(),
            })
        })
        .collect();
    while is_wrapped(&parts) {
        parts.remove(0);
        parts.pop();
    }
    parts.join(" ")
}

/// Whether parentheses stand around all of it.
pub(super) fn is_wrapped(parts: &[String]) -> bool {
    let mut depth = 0_usize;
    let last = parts.len().saturating_sub(1);
    parts.first().is_some_and(|part| part == "(")
        && parts.last().is_some_and(|part| part == ")")
        && parts.iter().enumerate().all(|(at, part)| {
            match part.as_str() {
                "(" => depth += 1,
                ")" => depth = depth.saturating_sub(1),
                _ => {}
            }
            depth > 0 || at == last
        })
}

/// A part of a form: `word('detail', operand, operand)`.
pub(super) fn write_part(
    f: &mut fmt::Formatter<'_>,
    (word, detail): (&str, &str),
    operands: &[impl fmt::Display],
) -> fmt::Result {
    write!(f, "{word}({detail}")?;
    for operand in operands {
        write!(f, ", {operand}")?;
    }
    f.write_str(")")
}

/// A decimal number without exponent, and with the digits behind the point that it is given.
pub(super) fn decimal(text: &str) -> Option<String> {
    let lower = text.to_lowercase();
    let (mantissa, exponent) = lower.split_once('e').unwrap_or((&lower, "0"));
    let exponent: i32 = exponent.parse().ok().filter(|it: &i32| it.abs() < 1_000)?;
    let (sign, mantissa) = match mantissa.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", mantissa.strip_prefix('+').unwrap_or(mantissa)),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}");
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let scale = i32::try_from(fraction.len()).ok()? - exponent;
    Some(placed(sign, &digits, scale))
}

/// The digits with a point so many places from their end.
fn placed(sign: &str, digits: &str, scale: i32) -> String {
    let zeros = |count: i32| "0".repeat(usize::try_from(count).unwrap_or(0));
    let places = usize::try_from(scale).unwrap_or(0);
    let mut digits = format!("{digits}{}", zeros(-scale));
    if digits.len() <= places {
        digits.insert_str(0, &"0".repeat(places + 1 - digits.len()));
    }
    let (whole, fraction) = digits.split_at(digits.len() - places);
    let whole = match whole.trim_start_matches('0') {
        "" => "0",
        whole => whole,
    };
    let nothing = whole == "0" && fraction.bytes().all(|byte| byte == b'0');
    let sign = if nothing { "" } else { sign };
    if fraction.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") }
}

/// The number with so many digits behind the point; half goes away from zero.
pub(super) fn rounded(value: &str, precision: usize, scale: usize) -> Option<String> {
    let (sign, positive) = match value.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", value),
    };
    let (whole, fraction) = positive.split_once('.').unwrap_or((positive, ""));
    let mut kept: String = fraction.chars().chain(std::iter::repeat('0')).take(scale).collect();
    kept.insert_str(0, whole);
    let mut number: u128 = kept.parse().ok()?;
    if fraction.as_bytes().get(scale).is_some_and(|digit| *digit >= b'5') {
        number = number.checked_add(1)?;
    }
    let digits = number.to_string();
    let fits = number == 0 || digits.len() <= precision;
    fits.then(|| placed(sign, &digits, i32::try_from(scale).unwrap_or(0)))
}
