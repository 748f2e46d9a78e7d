//! Numbers as servers keep them: rounded to what a column holds, in one spelling.

/// A decimal number, however long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Decimal {
    negative: bool,
    /// Before the point, without zeros in front; empty for zero.
    whole: Vec<u8>,
    /// Behind it.
    fraction: Vec<u8>,
}

impl Decimal {
    /// Reads `-1.50e2`.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let (negative, text) = match text.strip_prefix('-') {
            Some(rest) => (true, rest.trim_start()),
            None => (false, text.strip_prefix('+').unwrap_or(text).trim_start()),
        };
        let (digits, exponent) = match text.split_once(['e', 'E']) {
            Some((digits, exponent)) => (digits, exponent.parse::<i32>().ok()?),
            None => (text, 0),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let all = whole.bytes().chain(fraction.bytes());
        if whole.len() + fraction.len() == 0 || !all.clone().all(|it| it.is_ascii_digit()) {
            return None;
        }
        // Nothing that a column holds is longer.
        let point = i32::try_from(whole.len()).ok()?.checked_add(exponent)?;
        if !(-400..=400).contains(&point) {
            return None;
        }
        let mut digits: Vec<u8> = all.map(|it| it - b'0').collect();
        let before = usize::try_from(-point).unwrap_or(0);
        digits.splice(0..0, std::iter::repeat_n(0, before));
        let point = usize::try_from(point).unwrap_or(0);
        digits.resize(digits.len().max(point), 0);
        let fraction = digits.split_off(point);
        let zeros = digits.iter().take_while(|it| **it == 0).count();
        digits.drain(..zeros);
        Some(Self { negative, whole: digits, fraction })
    }

    /// The number of the bytes, the first being the largest.
    pub(super) fn of_bytes(bytes: &[u8]) -> Option<Self> {
        let mut number: u128 = 0;
        for byte in bytes {
            number = number.checked_mul(256)?.checked_add(u128::from(*byte))?;
        }
        Self::parse(&number.to_string())
    }

    /// With that many digits behind the point, rounded half away from zero.
    pub(super) fn rounded(&self, scale: usize) -> String {
        let mut digits: Vec<u8> = self.whole.clone();
        digits.extend(self.fraction.iter().take(scale));
        digits.resize(self.whole.len() + scale, 0);
        if self.fraction.get(scale).is_some_and(|it| *it >= 5) {
            let nines = digits.iter().rev().take_while(|it| **it == 9).count();
            let at = digits.len() - nines;
            digits[at..].fill(0);
            match at.checked_sub(1) {
                Some(at) => digits[at] += 1,
                None => digits.insert(0, 1),
            }
        }
        let text =
            |digits: &[u8]| digits.iter().map(|it| char::from(b'0' + it)).collect::<String>();
        let (whole, fraction) = digits.split_at(digits.len() - scale);
        let sign = if self.negative && digits.iter().any(|it| *it > 0) { "-" } else { "" };
        let whole = if whole.is_empty() { "0".into() } else { text(whole) };
        match scale {
            0 => format!("{sign}{whole}"),
            _ => format!("{sign}{whole}.{}", text(fraction)),
        }
    }
}

/// A binary floating point number as servers print it: six digits of those of four bytes.
pub(super) fn float(text: &str, single: bool) -> Option<String> {
    let value: f64 = text.trim().parse().ok()?;
    let value: f64 = if single { format!("{value:.5e}").parse().ok()? } else { value };
    if value == 0.0 {
        return Some("0".into());
    }
    let size = value.abs();
    Some(if (1e-5..1e14).contains(&size) { value.to_string() } else { format!("{value:e}") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_rounded_as_servers_round() {
        let cases = [
            ("1.5", 0, "2"),
            ("2.5", 0, "3"),
            ("-2.5", 0, "-3"),
            ("1e3", 0, "1000"),
            ("007", 0, "7"),
            ("+1", 2, "1.00"),
            ("-.5", 2, "-0.50"),
            ("1.005", 2, "1.01"),
            ("0.125", 2, "0.13"),
            ("9.996", 2, "10.00"),
            ("-0.001", 2, "0.00"),
            ("1e-3", 4, "0.0010"),
            ("12e-1", 1, "1.2"),
            (" 5 ", 0, "5"),
        ];
        for (text, scale, expected) in cases {
            let number = Decimal::parse(text).map(|it| it.rounded(scale));
            assert_eq!(number.as_deref(), Some(expected), "{text}");
        }
        for text in ["", "abc", "1.2.3", "1e", "1e999999999", "-"] {
            assert_eq!(Decimal::parse(text), None, "{text}");
        }
        assert_eq!(Decimal::of_bytes(&[1, 0]).map(|it| it.rounded(0)).as_deref(), Some("256"));
    }

    #[test]
    fn floats_are_spelled_as_servers_spell() {
        let cases = [
            ("16777217", true, "16777200"),
            ("0.1", true, "0.1"),
            ("1e20", true, "1e20"),
            ("123456789", true, "123457000"),
            ("1.0", false, "1"),
            ("1e10", false, "10000000000"),
            ("0.30000000000000004", false, "0.30000000000000004"),
            ("123456789012345678", false, "1.2345678901234568e17"),
            ("0.00", false, "0"),
        ];
        for (text, single, expected) in cases {
            assert_eq!(float(text, single).as_deref(), Some(expected), "{text}");
        }
    }
}
