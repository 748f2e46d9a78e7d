//! Spans of time: months, days and microseconds, which the server does not mix either.

/// A span.
#[derive(Default)]
struct Span {
    months: i64,
    days: i64,
    micros: i64,
}

const SECOND: i64 = 1_000_000;

/// The one text of a span. `None` for spellings that only the server knows.
pub(super) fn normal(text: &str) -> Option<String> {
    let lower = text.trim().to_lowercase();
    let span = match lower.strip_prefix('p') {
        Some(rest) => designators(rest)?,
        None => words(&lower)?,
    };
    Some(format!("{} mons {} days {} us", span.months, span.days, span.micros))
}

/// Whether a span in that text has nothing that a field of it leaves out.
pub(super) fn fits(normal: &str, field: &str) -> bool {
    let mut numbers = normal.split(' ').step_by(2).map(str::parse::<i64>);
    let (Some(Ok(months)), Some(Ok(days)), Some(Ok(micros))) =
        (numbers.next(), numbers.next(), numbers.next())
    else {
        return false;
    };
    match field {
        "year" => months % 12 == 0 && days == 0 && micros == 0,
        "month" => days == 0 && micros == 0,
        "day" => micros == 0,
        "hour" => micros % (3_600 * SECOND) == 0,
        "minute" => micros % (60 * SECOND) == 0,
        "second" => true,
        _ => false,
    }
}

/// `1y2m3dt4h5m6s`, the form of ISO 8601 without its `P`.
fn designators(text: &str) -> Option<Span> {
    let (days, times) = text.split_once('t').unwrap_or((text, ""));
    let mut span = Span::default();
    for (part, names) in [(days, ["y", "m", "w", "d"]), (times, ["h", "m", "s", ""])] {
        let mut rest = part;
        while !rest.is_empty() {
            let (number, tail) = leading(rest)?;
            let unit = tail.get(..1).filter(|unit| names.contains(unit))?;
            let unit = match (names[0], unit) {
                ("y", "m") => "mon",
                ("h", "m") => "min",
                (_, unit) => unit,
            };
            add(&mut span, number, unit)?;
            rest = &tail[1..];
        }
    }
    Some(span)
}

/// `1 year 2 mons 3 days 04:05:06`.
fn words(text: &str) -> Option<Span> {
    let mut span = Span::default();
    let mut rest = text.strip_prefix('@').unwrap_or(text).trim();
    let ago = rest.strip_suffix("ago");
    rest = ago.unwrap_or(rest).trim_end();
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
        if rest[..end].contains(':') {
            span.micros = span.micros.checked_add(clock(&rest[..end])?)?;
            rest = rest[end..].trim_start();
            continue;
        }
        let (number, tail) = leading(rest)?;
        let tail = tail.trim_start();
        let end = tail.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(end);
        // A number at the end is one of seconds.
        let unit = if unit.is_empty() && tail.is_empty() { "s" } else { unit };
        add(&mut span, number, unit)?;
        rest = tail.trim_start();
    }
    if ago.is_some() {
        span = Span { months: -span.months, days: -span.days, micros: -span.micros };
    }
    Some(span)
}

/// A number in millionths, and what follows.
fn leading(text: &str) -> Option<(i128, &str)> {
    let digit = |c: char| c.is_ascii_digit() || c == '.';
    let signed = text.strip_prefix(['-', '+']).unwrap_or(text);
    let end = signed.find(|c| !digit(c)).unwrap_or(signed.len());
    let (digits, rest) = signed.split_at(end);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    if whole.is_empty() || fraction.len() > 6 || whole.len() > 12 || fraction.contains('.') {
        return None;
    }
    let number: i128 = format!("{whole}{fraction:0<6}").parse().ok()?;
    Some((if text.starts_with('-') { -number } else { number }, rest))
}

/// Fractions of months and days are the server's to spread.
fn add(span: &mut Span, millionths: i128, unit: &str) -> Option<()> {
    let whole = || (millionths % 1_000_000 == 0).then(|| i64::try_from(millionths / 1_000_000));
    let count = |factor: i64| whole()?.ok()?.checked_mul(factor);
    let time = |factor: i128| i64::try_from(millionths.checked_mul(factor)?).ok();
    let (field, more) = match unit {
        "y" | "yr" | "yrs" | "year" | "years" => (&mut span.months, count(12)?),
        "decade" | "decades" => (&mut span.months, count(120)?),
        "century" | "centuries" => (&mut span.months, count(1_200)?),
        "mon" | "mons" | "month" | "months" => (&mut span.months, count(1)?),
        "w" | "week" | "weeks" => (&mut span.days, count(7)?),
        "d" | "day" | "days" => (&mut span.days, count(1)?),
        "h" | "hr" | "hrs" | "hour" | "hours" => (&mut span.micros, time(3_600)?),
        "m" | "min" | "mins" | "minute" | "minutes" => (&mut span.micros, time(60)?),
        "s" | "sec" | "secs" | "second" | "seconds" => (&mut span.micros, time(1)?),
        _ => return None,
    };
    *field = field.checked_add(more)?;
    Some(())
}

/// `04:05:06.5`.
fn clock(text: &str) -> Option<i64> {
    let (sign, text) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text),
    };
    let mut parts = text.split(':');
    let hours: i64 = parts.next()?.parse().ok()?;
    let minutes: i64 = parts.next()?.parse().ok().filter(|it| (0..60).contains(it))?;
    let seconds = match parts.next() {
        Some(seconds) => {
            let (millionths, rest) = leading(seconds)?;
            rest.is_empty().then(|| i64::try_from(millionths).ok())??
        }
        None => 0,
    };
    let whole = hours.checked_mul(3_600)?.checked_add(minutes * 60)?.checked_mul(SECOND)?;
    parts.next().is_none().then(|| sign * (whole + seconds))
}
