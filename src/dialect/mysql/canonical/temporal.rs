//! Days and times as servers keep them, from any of the spellings that they read.

/// What stands in a column that keeps time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// `date`
    Date,
    /// `time`
    Time,
    /// `datetime` and `timestamp`
    Moment,
}

/// The literal as the server keeps it, with so many digits of a second, which beyond those are
/// rounded or cut. `None` where it is no such literal, or one that only the server can read.
pub(super) fn spelled(text: &str, kind: Kind, digits: u32, rounds: bool) -> Option<String> {
    let text = text.trim();
    let (negative, text) = match (kind, text.strip_prefix('-')) {
        (Kind::Time, Some(rest)) => (true, rest),
        _ => (false, text),
    };
    let (text, fraction) = match text.rsplit_once('.') {
        Some((before, after)) if after.bytes().all(|it| it.is_ascii_digit()) => (before, after),
        _ => (text, ""),
    };
    let lone = text.bytes().all(|it| it.is_ascii_digit());
    match kind {
        Kind::Date => Some(day(text, lone)?.0),
        Kind::Moment => {
            let (day, rest) = day(text, lone)?;
            let clock = if lone { whole_clock(rest)? } else { clock(rest)? };
            let (clock, fraction) = exact(clock, fraction, digits, rounds)?;
            let [hours, minutes, seconds] = clock;
            (hours < 24).then(|| format!("{day} {hours:02}:{minutes:02}:{seconds:02}{fraction}"))
        }
        Kind::Time => {
            let clock = if lone { number_clock(text)? } else { long_clock(text)? };
            let ([hours, minutes, seconds], fraction) = exact(clock, fraction, digits, rounds)?;
            let sign = if negative { "-" } else { "" };
            Some(format!("{sign}{hours:02}:{minutes:02}:{seconds:02}{fraction}"))
        }
    }
}

/// The day in front, and what follows.
fn day(text: &str, lone: bool) -> Option<(String, &str)> {
    if lone {
        let length = match text.len() {
            6 | 12 => 6,
            8 | 14 => 8,
            _ => return None,
        };
        let (day, rest) = text.split_at(length);
        let (year, rest_of_day) = day.split_at(length - 4);
        return Some((dated(year, &rest_of_day[..2], &rest_of_day[2..])?, rest));
    }
    let (year, rest) = digits(text)?;
    let (month, rest) = digits(rest.get(1..)?)?;
    let (day, rest) = digits(rest.get(1..)?)?;
    Some((dated(year, month, day)?, rest))
}

/// The digits in front, and what follows.
fn digits(text: &str) -> Option<(&str, &str)> {
    let end = text.bytes().position(|it| !it.is_ascii_digit()).unwrap_or(text.len());
    (end > 0).then(|| text.split_at(end))
}

fn dated(year: &str, month: &str, day: &str) -> Option<String> {
    let (month, day): (u32, u32) = (month.parse().ok()?, day.parse().ok()?);
    let number: u32 = year.parse().ok()?;
    let year = match year.len() {
        2 if number < 70 => number + 2000,
        2 => number + 1900,
        4 => number,
        _ => return None,
    };
    (month <= 12 && day <= 31).then(|| format!("{year:04}-{month:02}-{day:02}"))
}

/// ` 10:00:00` or `T10:00:00`; nothing is midnight.
fn clock(text: &str) -> Option<[u32; 3]> {
    let text = text.trim_start_matches(['T', 't', ' ']);
    if text.is_empty() { Some([0; 3]) } else { parts(text, 0) }
}

/// `100000` behind a day without signs.
fn whole_clock(text: &str) -> Option<[u32; 3]> {
    match text.len() {
        0 => Some([0; 3]),
        6 => Some([text[..2].parse().ok()?, text[2..4].parse().ok()?, text[4..].parse().ok()?]),
        _ => None,
    }
}

/// `100000` alone: seconds are at the end.
fn number_clock(text: &str) -> Option<[u32; 3]> {
    let number: u32 = text.parse().ok()?;
    let [hours, minutes, seconds] = [number / 10_000, number / 100 % 100, number % 100];
    (minutes < 60 && seconds < 60).then_some([hours, minutes, seconds])
}

/// `1 10:00:00`: days are hours.
fn long_clock(text: &str) -> Option<[u32; 3]> {
    match text.split_once(' ') {
        Some((days, rest)) => {
            let days: u32 = days.parse().ok()?;
            parts(rest, days.checked_mul(24)?)
        }
        None => parts(text, 0),
    }
}

fn parts(text: &str, more_hours: u32) -> Option<[u32; 3]> {
    let mut clock = [0; 3];
    for (at, part) in text.split(':').enumerate() {
        *clock.get_mut(at)? = part.trim().parse().ok()?;
    }
    clock[0] = more_hours.checked_add(clock[0])?;
    (clock[0] <= 838 && clock[1] < 60 && clock[2] < 60).then_some(clock)
}

/// The fraction with so many digits.
fn exact(
    mut clock: [u32; 3],
    fraction: &str,
    digits: u32,
    rounds: bool,
) -> Option<([u32; 3], String)> {
    let digits = usize::try_from(digits).ok()?;
    let kept = fraction.get(..digits.min(fraction.len()))?;
    let mut kept: u32 = format!("{kept:0<digits$}0").parse::<u32>().ok()? / 10;
    let up = fraction.as_bytes().get(digits).is_some_and(|it| *it >= b'5');
    if rounds && up {
        kept += 1;
        if kept == 10_u32.pow(u32::try_from(digits).ok()?) {
            (kept, clock[2]) = (0, clock[2] + 1);
        }
        // Further than that only the server carries it.
        if clock[2] > 59 {
            return None;
        }
    }
    Some((clock, if digits == 0 { String::new() } else { format!(".{kept:0digits$}") }))
}

/// A year of four digits.
pub(super) fn year(text: &str, number: bool) -> Option<String> {
    let value: u32 = text.trim().parse().ok()?;
    let year = match value {
        // The number is no year, the text is the last turn of the century.
        0 if number || text.trim().len() == 4 => 0,
        0..=69 => 2000 + value,
        70..=99 => 1900 + value,
        1901..=2155 => value,
        _ => return None,
    };
    Some(format!("{year:04}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_are_spelled_as_servers_spell() {
        use Kind::{Date, Moment, Time};
        let cases = [
            ("2020-1-1", Date, 0, "2020-01-01"),
            ("20200101", Date, 0, "2020-01-01"),
            ("20-01-01", Date, 0, "2020-01-01"),
            ("2020/01/02", Date, 0, "2020-01-02"),
            ("2020-01-01 10:00:00", Date, 0, "2020-01-01"),
            ("0000-00-00", Date, 0, "0000-00-00"),
            ("2020-01-01", Moment, 0, "2020-01-01 00:00:00"),
            ("2020-01-01 1:2:3", Moment, 6, "2020-01-01 01:02:03.000000"),
            ("2020-01-01T10:00:00.5", Moment, 0, "2020-01-01 10:00:01"),
            ("2020-01-01 10:00:00.12356", Moment, 3, "2020-01-01 10:00:00.124"),
            ("20200101101010", Moment, 0, "2020-01-01 10:10:10"),
            ("10:00", Time, 0, "10:00:00"),
            ("10", Time, 0, "00:00:10"),
            ("100000", Time, 0, "10:00:00"),
            ("10:00:00", Time, 3, "10:00:00.000"),
            ("1 10:00:00", Time, 0, "34:00:00"),
            ("-10:00:00", Time, 0, "-10:00:00"),
            ("100:00:00", Time, 0, "100:00:00"),
        ];
        for (text, kind, digits, expected) in cases {
            assert_eq!(spelled(text, kind, digits, true).as_deref(), Some(expected), "{text}");
        }
        let cut = spelled("2020-01-01 10:00:00.12356", Moment, 3, false);
        assert_eq!(cut.as_deref(), Some("2020-01-01 10:00:00.123"));
        for text in ["2020-01-01 10:00:00+02:00", "now", "", "2020", "é-1-1", "2020-01-01 é"] {
            assert_eq!(spelled(text, Moment, 0, true), None, "{text}");
        }
        let years = [("2020", false), ("20", false), ("70", true), ("0", true), ("0", false)];
        let years = years.map(|(text, number)| year(text, number).unwrap_or_default());
        assert_eq!(years, ["2020", "2020", "1970", "0000", "2000"]);
    }
}
