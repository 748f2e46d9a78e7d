//! Days, times and moments as constants, in the one order that all settings read alike. A moment
//! without a zone is one of UTC, which is every session's zone here.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::Offset;

use crate::dialect::postgres::type_name::TypeName;

/// The one text of a value. `None` for spellings that only the server knows.
pub(super) fn normal(text: &str, ty: &str) -> Option<String> {
    let lower = text.to_lowercase();
    if matches!(lower.as_str(), "infinity" | "-infinity") {
        return Some(lower);
    }
    let lower = if lower == "epoch" { "1970-01-01".to_owned() } else { lower };
    match ty {
        "date" => date(&lower).map(|date| date.to_string()),
        "time without time zone" => time(&lower).map(|time| time.to_string()),
        "timestamp without time zone" => {
            let (moment, zone) = moment(&lower)?;
            zone.is_none().then(|| moment.to_string())
        }
        _ => {
            let (moment, zone) = moment(&lower)?;
            let zone = zone.unwrap_or(Offset::UTC);
            let instant = zone.to_timestamp(moment).ok()?;
            Some(Offset::UTC.to_datetime(instant).to_string())
        }
    }
}

/// Whether a constant stands for the moment at which it is read.
pub(super) fn is_moment(text: &str, ty: &TypeName) -> bool {
    let word = text.trim().to_lowercase();
    let clock = ["date", "time", "timestamp"].iter().any(|start| ty.base.starts_with(start));
    clock && ["now", "today", "tomorrow", "yesterday"].contains(&word.as_str())
}

fn date(text: &str) -> Option<Date> {
    let mut parts = text.splitn(3, '-');
    let [year, month, day] = match (text.len(), text.is_ascii()) {
        (8, true) if !text.contains('-') => [&text[..4], &text[4..6], &text[6..]],
        _ => [parts.next()?, parts.next()?, parts.next()?],
    };
    let digits = |part: &str, length: usize| {
        (part.len() == length && part.bytes().all(|it| it.is_ascii_digit()))
            .then(|| part.parse().ok())
    };
    let year: i16 = digits(year, 4)??;
    let month = digits(month, 2)??;
    let day = digits(day, 2)??;
    Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

fn time(text: &str) -> Option<Time> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let mut parts = whole.split(':');
    let mut part = || -> Option<i8> {
        let part = parts.next().unwrap_or("00");
        (part.len() == 2).then(|| part.parse().ok())?
    };
    let (hour, minute, second) = (part()?, part()?, part()?);
    let digits = fraction.bytes().all(|it| it.is_ascii_digit()) && fraction.len() <= 6;
    let nanos: i32 = format!("{fraction:0<9}").parse().ok().filter(|_| digits)?;
    let colons = whole.matches(':').count();
    if !(1..=2).contains(&colons) {
        return None;
    }
    Time::new(hour, minute, second, nanos).ok()
}

fn moment(text: &str) -> Option<(DateTime, Option<Offset>)> {
    let (day, rest) = match text.split_once(['t', ' ']) {
        Some((day, rest)) => (day, rest.trim()),
        None => (text, "00:00:00"),
    };
    let at = rest.find(['+', '-', 'z', ' ']).unwrap_or(rest.len());
    let (clock, zone) = rest.split_at(at);
    let zone = match zone.trim() {
        "" => None,
        zone => Some(offset(zone)?),
    };
    Some((date(day)?.to_datetime(time(clock)?), zone))
}

fn offset(text: &str) -> Option<Offset> {
    if matches!(text, "z" | "utc") {
        return Some(Offset::UTC);
    }
    let sign = if text.starts_with('-') { -1 } else { 1 };
    let digits: String = text.chars().skip(1).filter(|it| *it != ':').collect();
    let valid = matches!(digits.len(), 2 | 4) && digits.bytes().all(|it| it.is_ascii_digit());
    let hours: i32 = digits.get(..2).filter(|_| valid)?.parse().ok()?;
    let minutes: i32 = digits.get(2..4).map_or(Some(0), |it| it.parse().ok())?;
    Offset::from_seconds(sign * (hours * 3_600 + minutes * 60)).ok()
}
