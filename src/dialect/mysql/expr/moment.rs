//! Dates and times as servers write them.

use super::node::Node;

/// `DATE '2020-01-01'`
pub(super) fn literal(kind: &str, text: &str) -> Node {
    let normal = match kind {
        "date" => date(text),
        "time" => time(text),
        _ => timestamp(text),
    };
    Node::Moment { kind: kind.into(), text: normal.unwrap_or_else(|| text.to_owned()) }
}

/// The numbers between the separators, each of so many digits at most.
fn numbers<const N: usize>(text: &str, separator: char, most: [usize; N]) -> Option<[u16; N]> {
    let mut found = [0; N];
    let mut parts = text.split(separator);
    for (number, most) in found.iter_mut().zip(most) {
        let part = parts.next()?;
        let digits = !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        if !digits || part.len() > most {
            return None;
        }
        *number = part.parse().ok()?;
    }
    parts.next().is_none().then_some(found)
}

/// Digits without separators, cut into parts of these lengths.
fn cut<const N: usize>(text: &str, lengths: [usize; N]) -> Option<[u16; N]> {
    let whole = text.len() == lengths.iter().sum::<usize>();
    if !whole || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let (mut found, mut at) = ([0; N], 0);
    for (number, length) in found.iter_mut().zip(lengths) {
        *number = text[at..at + length].parse().ok()?;
        at += length;
    }
    Some(found)
}

fn date(text: &str) -> Option<String> {
    let text = text.trim();
    let cut = || cut(text, [4, 2, 2]);
    let [year, month, day] = match text.split('-').next()?.len() {
        4 => numbers(text, '-', [4, 2, 2])?,
        _ => cut()?,
    };
    (month <= 12 && day <= 31).then(|| format!("{year:04}-{month:02}-{day:02}"))
}

/// A time of the day, with the fraction as it is.
fn time(text: &str) -> Option<String> {
    let text = text.trim();
    let (sign, rest) = match text.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", text),
    };
    let (whole, fraction) = match rest.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (rest, None),
    };
    let [hour, minute, second] = match whole.matches(':').count() {
        2 => numbers(whole, ':', [3, 2, 2])?,
        1 if fraction.is_none() => {
            let [hour, minute] = numbers(whole, ':', [3, 2])?;
            [hour, minute, 0]
        }
        _ => cut(whole, [2, 2, 2])?,
    };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if hour > 838 || minute > 59 || second > 59 || !fraction.is_none_or(digits) {
        return None;
    }
    let fraction = fraction.map(|digits| format!(".{digits}")).unwrap_or_default();
    Some(format!("{sign}{hour:02}:{minute:02}:{second:02}{fraction}"))
}

fn timestamp(text: &str) -> Option<String> {
    let text = text.trim();
    let together = text.len() == 14 && text.bytes().all(|byte| byte.is_ascii_digit());
    let (day, hours) = match together {
        true => text.split_at(8),
        false => text.split_once([' ', 'T'])?,
    };
    let time = time(hours)?;
    let hour: u16 = time.split(':').next()?.parse().ok()?;
    (hour < 24).then_some(())?;
    Some(format!("{} {time}", date(day)?))
}
