//! What becomes of a column when its type or collation changes: whether rows are written anew, and
//! what happens to the values. Held against servers by `tests/casts`.

mod kind;
mod rewrite;

use self::Values::{Changed, Checked, Kept};
use self::kind::{Kind, fits_charset};
use super::flavor::Server;
use crate::schema::Column;

/// What a change does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cast {
    /// Whether rows are written anew.
    pub rewritten: bool,
    /// What happens to the values.
    pub values: Values,
}

/// What happens to the values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Values {
    /// All are what they were, and come back the same.
    Kept,
    /// Those that do not fit stop the change; the others come back the same.
    Checked,
    /// Some may become others: rounded, cut, read in more than one spelling.
    Changed,
}

/// What a change between two columns does. Where the mode is not strict, what does not fit is made
/// to fit.
pub fn of(server: Server, old: &Column, new: &Column, strict: bool) -> Cast {
    if old.ty == new.ty && old.collate == new.collate {
        return Cast { rewritten: false, values: Kept };
    }
    let values = match values(server, &Kind::of(old), &Kind::of(new)) {
        Checked if !strict => Changed,
        values => values,
    };
    Cast { rewritten: rewrite::is_written(server, old, new), values }
}

fn checked(fits: bool) -> Values {
    if fits { Kept } else { Checked }
}

/// What happens to values in strict mode.
fn values(server: Server, old: &Kind, new: &Kind) -> Values {
    match (old, new) {
        (Kind::Whole(old), Kind::Whole(new)) => checked(old.0 >= new.0 && old.1 <= new.1),
        (Kind::Bit(old), Kind::Bit(new)) => checked(old <= new),
        (Kind::Enum(_) | Kind::Set(_), Kind::Enum(_) | Kind::Set(_)) => labels(old, new),
        (Kind::Text { .. }, Kind::Text { .. }) => texts(old, new),
        (Kind::Place(old), Kind::Place(new)) => {
            if old == new || new == "geometry" {
                Kept
            } else {
                Changed
            }
        }
        (Kind::Other(old), Kind::Other(new)) => checked(old == new),
        (_, Kind::Whole(_) | Kind::Decimal { .. } | Kind::Float | Kind::Double | Kind::Bit(_)) => {
            to_number(old, new)
        }
        (_, Kind::Date | Kind::Time(_) | Kind::Moment { .. } | Kind::Year) => to_time(old, new),
        (_, Kind::Text { .. } | Kind::Bytes { .. }) => to_text(server, old, new),
        // Others read no text of theirs, or read it or refuse it.
        (Kind::Whole((_, high)), Kind::Json) if is_large(*high) && !server.reads_large_texts() => {
            Changed
        }
        (Kind::Whole(_) | Kind::Decimal { .. } | Kind::Year, Kind::Json) => Checked,
        (Kind::Text { .. }, Kind::Other(_)) => Checked,
        _ => Changed,
    }
}

/// Beyond what eight bytes with a sign hold.
fn is_large(number: i128) -> bool {
    number > i128::from(i64::MAX)
}

fn labels(old: &Kind, new: &Kind) -> Values {
    match (old, new) {
        (Kind::Set(_), Kind::Enum(_)) => Checked,
        (Kind::Enum(old) | Kind::Set(old), Kind::Enum(new) | Kind::Set(new)) => {
            let mut gone = old.iter().filter(|label| !new.contains(label)).peekable();
            let all = gone.peek().is_none();
            // A label that is a number is read as the place of another.
            let number = |label: &String| label.trim().parse::<f64>().is_ok();
            if gone.any(number) { Changed } else { checked(all) }
        }
        _ => Changed,
    }
}

/// Digits before and behind the point, and whether there is a sign; none for what is no number.
fn digits(kind: &Kind) -> Option<(u32, u32, bool)> {
    Some(match kind {
        Kind::Whole((low, high)) => {
            let digits = high.max(&-low).to_string().len();
            (u32::try_from(digits).ok()?, 0, *low < 0)
        }
        Kind::Decimal { precision, scale, signed } => {
            (precision.saturating_sub(*scale), *scale, *signed)
        }
        // 1001 for 10 bits, and so on.
        Kind::Bit(bits) => (bits * 30_103 / 100_000 + 1, 0, false),
        Kind::Year => (4, 0, false),
        Kind::Date => (8, 0, false),
        Kind::Time(fraction) => (7, *fraction, true),
        Kind::Moment { fraction, .. } => (14, *fraction, false),
        _ => return None,
    })
}

fn to_number(old: &Kind, new: &Kind) -> Values {
    let Some((whole, fraction, signed)) = digits(old) else {
        return match (old, new) {
            (Kind::Float, Kind::Float | Kind::Double) | (Kind::Double, Kind::Double) => Kept,
            _ => Changed,
        };
    };
    // Beyond what fits eight bytes with a sign, servers take detours.
    let large = whole >= 19 && !signed && !matches!(old, Kind::Bit(_));
    match new {
        Kind::Whole(_) if fraction > 0 => Changed,
        Kind::Whole((low, high)) => {
            let most = match old {
                Kind::Bit(bits) => 2_i128.pow(*bits) - 1,
                Kind::Year => 2155,
                Kind::Date => 99_991_231,
                Kind::Time(_) => 8_385_959,
                Kind::Moment { .. } => 99_991_231_235_959,
                _ => 10_i128.pow(whole) - 1,
            };
            let unsigned = *low == 0 && *high > i128::from(i64::MAX);
            match old {
                Kind::Decimal { .. } if whole >= 19 && unsigned => Changed,
                _ => checked(most <= *high && (!signed || *low < 0 && -most >= *low)),
            }
        }
        Kind::Decimal { scale, .. } if fraction > *scale => Changed,
        Kind::Decimal { .. } if large || matches!(old, Kind::Bit(54..)) => Changed,
        Kind::Decimal { precision, scale, signed: takes } => {
            checked(whole <= precision.saturating_sub(*scale) && (!signed || *takes))
        }
        Kind::Float => match old {
            Kind::Whole((low, high)) if *high <= 1 << 24 && *low >= -(1 << 24) => Kept,
            Kind::Bit(..=24) | Kind::Year => Kept,
            _ => Changed,
        },
        Kind::Double if whole + fraction <= 15 => Kept,
        Kind::Bit(bits) => match old {
            Kind::Whole((0, high)) => checked(*high < 2_i128.pow(*bits)),
            Kind::Year => checked(*bits >= 12),
            _ => Changed,
        },
        _ => Changed,
    }
}

fn to_time(old: &Kind, new: &Kind) -> Values {
    match (old, new) {
        (Kind::Date, Kind::Date) | (Kind::Year, Kind::Year) => Kept,
        (Kind::Date, Kind::Moment { zoned, .. }) => checked(!zoned),
        (Kind::Time(old), Kind::Time(new)) if old <= new => Kept,
        (Kind::Moment { fraction, zoned }, Kind::Moment { fraction: new, zoned: into }) => {
            match fraction <= new {
                // The years of a timestamp are few.
                true => checked(*zoned || !*into),
                false => Changed,
            }
        }
        _ => Changed,
    }
}

fn texts(old: &Kind, new: &Kind) -> Values {
    let (
        Kind::Text { letters, charset, fixed, .. },
        Kind::Text { letters: most, charset: into, fixed: padded, .. },
    ) = (old, new)
    else {
        return Changed;
    };
    // Spaces at the end are not told from padding.
    if *padded && !fixed {
        return Changed;
    }
    checked(letters <= most && fits_charset(charset, into))
}

/// The most characters that a value has as text; none where it may have any number.
fn length(old: &Kind) -> Option<u64> {
    let fraction = |digits: u32| u64::from(if digits > 0 { digits + 1 } else { 0 });
    Some(match old {
        Kind::Year => 4,
        Kind::Date => 10,
        Kind::Time(digits) => 10 + fraction(*digits),
        Kind::Moment { fraction: digits, .. } => 19 + fraction(*digits),
        Kind::Enum(labels) => labels.iter().map(|it| letters(it)).max().unwrap_or(0),
        Kind::Set(labels) => labels.iter().map(|it| letters(it) + 1).sum::<u64>().saturating_sub(1),
        Kind::Other(name) => match name.as_str() {
            "uuid" => 36,
            "inet6" => 39,
            "inet4" => 15,
            _ => return None,
        },
        other => {
            let (whole, scale, signed) = digits(other)?;
            u64::from(whole) + fraction(scale) + u64::from(signed)
        }
    })
}

fn letters(label: &str) -> u64 {
    u64::try_from(label.chars().count()).unwrap_or(u64::MAX)
}

fn to_text(server: Server, old: &Kind, new: &Kind) -> Values {
    let (most, fixed_bytes) = match new {
        Kind::Text { letters, .. } => (*letters, false),
        Kind::Bytes { bytes, fixed } => (*bytes, *fixed),
        _ => return Changed,
    };
    match old {
        Kind::Bit(_) | Kind::Place(_) => Changed,
        Kind::Float => {
            if most >= 14 && !fixed_bytes {
                Kept
            } else {
                Changed
            }
        }
        Kind::Double => {
            if most >= 24 && !fixed_bytes {
                Kept
            } else {
                Changed
            }
        }
        Kind::Json => match new {
            Kind::Text { letters, charset, .. } if charset == "utf8mb4" => {
                if *letters >= u64::from(u32::MAX) / 4 { Kept } else { Changed }
            }
            _ => Changed,
        },
        Kind::Bytes { bytes, fixed } => match new {
            Kind::Bytes { fixed: padded, .. } => {
                if *padded && !fixed {
                    Changed
                } else {
                    checked(*bytes <= most)
                }
            }
            Kind::Text { fixed: padded, .. } if *padded => Changed,
            _ => Checked,
        },
        Kind::Text { bytes, .. } => {
            if fixed_bytes {
                Changed
            } else {
                checked(*bytes <= most)
            }
        }
        // Zeros at the end are no part of a label.
        Kind::Enum(_) | Kind::Set(_) if fixed_bytes => Changed,
        Kind::Enum(labels) | Kind::Set(labels) => {
            let plain = labels.iter().all(|label| label.is_ascii());
            let wide = match new {
                Kind::Text { charset, .. } => charset.starts_with("utf") || plain,
                _ => plain,
            };
            checked(wide && length(old).is_some_and(|length| length <= most))
        }
        Kind::Whole((_, high)) if is_large(*high) && !server.reads_large_texts() => Changed,
        other => checked(length(other).is_some_and(|length| length <= most)),
    }
}
