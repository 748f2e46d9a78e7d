//! Constants: one text for one value, and what becomes of them in another type.

use super::node::{Head, Node};
use super::settle::Settled;
use super::{Scope, interval, json, temporal};
use crate::dialect::postgres::type_name::TypeName;
use crate::sql::unquote;

const STRINGS: [&str; 3] = ["text", "character varying", "character"];
const WHOLE: [&str; 3] = ["smallint", "integer", "bigint"];

/// A number as it is written in SQL, with the type that its size gives it.
pub(super) fn number(digits: &str) -> Option<Node> {
    let digits = digits.replace('_', "").to_lowercase();
    let based = |prefix: &str, radix| {
        digits.strip_prefix(prefix).map(|rest| i128::from_str_radix(rest, radix).ok())
    };
    let whole = based("0x", 16)
        .or_else(|| based("0o", 8))
        .or_else(|| based("0b", 2))
        .unwrap_or_else(|| digits.parse().ok());
    Some(match whole {
        Some(value) => Node::constant(value.to_string(), width(value)),
        None => Node::constant(decimal(&digits)?, "numeric"),
    })
}

fn width(value: i128) -> &'static str {
    match value {
        value if i32::try_from(value).is_ok() => "integer",
        value if i64::try_from(value).is_ok() => "bigint",
        _ => "numeric",
    }
}

/// A number with its sign.
pub(super) fn signed(sign: &str, of: &Node) -> Option<Node> {
    let Node::Literal { text: Some(text), ty: Some(ty) } = of else { return None };
    let number = WHOLE.iter().chain(&["numeric"]).any(|base| ty.is(base));
    if !number || !ty.modifier.is_empty() {
        return None;
    }
    let text = match (sign, text.strip_prefix('-')) {
        ("+", _) => text.clone(),
        ("-", Some(positive)) => positive.to_owned(),
        ("-", None) if text.bytes().all(|byte| matches!(byte, b'0' | b'.')) => text.clone(),
        ("-", None) => format!("-{text}"),
        _ => return None,
    };
    Some(Node::Literal { text: Some(text), ty: Some(ty.clone()) })
}

/// A value made one of another type, by the server or by a cast that is written.
pub(super) fn coerce(it: Settled, to: &TypeName, scope: &Scope) -> Settled {
    convert(it, to, false, scope)
}

/// A value stored in a column of that type.
pub(super) fn assign(it: Settled, to: &TypeName, scope: &Scope) -> Settled {
    convert(it, to, true, scope)
}

fn convert(it: Settled, to: &TypeName, assigned: bool, scope: &Scope) -> Settled {
    if it.ty.as_ref() == Some(to) && !it.is_open() {
        return it;
    }
    let bare = it.ty.as_ref().map(TypeName::bare);
    let result = Some(to.clone());
    match it.node {
        Node::Literal { text, ty } => {
            let folded = constant(text.as_deref(), ty.as_ref(), (to, assigned), scope);
            if let Some(node) = folded {
                return Settled::new(node, result);
            }
            // A constant of no type is first one of the bare type.
            let node = match &ty {
                None => constant(text.as_deref(), None, (&to.bare(), assigned), scope),
                Some(_) => None,
            };
            let node = node.unwrap_or(Node::Literal { text, ty });
            cast(Settled::new(node, None), to, assigned)
        }
        Node::Array { items, element: Some(_) } if to.array && !is_nested(&items) => {
            let own = bare.map(|ty| ty.element());
            let element = to.element();
            let each = items.into_iter().map(|item| {
                convert(Settled::new(item, own.clone()), &element, assigned, scope).node
            });
            let node = Node::Array { items: each.collect(), element: Some(element) };
            Settled::new(node, result)
        }
        Node::Array { items, element: None } if items.is_empty() && to.array => {
            let node = Node::Array { items, element: Some(to.element()) };
            Settled::new(node, result)
        }
        // A collation stays outermost.
        Node::Apply { head: head @ Head::Collate(_), of } if of.len() == 1 => {
            let inner = of
                .into_iter()
                .map(|of| convert(Settled::new(of, it.ty.clone()), to, assigned, scope).node);
            Settled::new(Node::apply(head, inner.collect()), result)
        }
        node if to.modifier.is_empty() && bare.as_ref() == Some(to) => Settled::new(node, result),
        node => cast(Settled::new(node, it.ty), to, assigned),
    }
}

fn is_nested(items: &[Node]) -> bool {
    items.iter().any(|item| matches!(item, Node::Array { .. }))
}

/// A cast. Storing text in a limited column refuses what a written cast would cut off; for every
/// other type both do the same.
fn cast(of: Settled, to: &TypeName, assigned: bool) -> Settled {
    let limited = !to.modifier.is_empty()
        && (STRINGS.contains(&to.base.as_str()) || to.base.starts_with("bit"));
    let of_node = match of.node {
        // A value that becomes one of a bare type and then of the type with its modifier.
        Node::Cast { of, to: first, assigned: false } if first == to.bare() => *of,
        node => node,
    };
    let node = Node::Cast { of: of_node.into(), to: to.clone(), assigned: assigned && limited };
    Settled::new(node, Some(to.clone()))
}

/// A constant in a type, where that needs no server.
fn constant(
    text: Option<&str>,
    from: Option<&TypeName>,
    (to, assigned): (&TypeName, bool),
    scope: &Scope,
) -> Option<Node> {
    let Some(text) = text else {
        return Some(Node::Literal { text: None, ty: Some(to.bare()) });
    };
    if to.array {
        let from = from.filter(|from| from.bare() != to.bare());
        return match from {
            None => list(text, to, scope),
            Some(_) => None,
        };
    }
    let value = match from {
        None => normal(text, to, scope)?,
        Some(from) => folded(text, from, to)?,
    };
    let value = if to.modifier.is_empty() { value } else { fitted(&value, to, assigned)? };
    // What fits a modifier does not need it any more.
    Some(Node::Literal { text: Some(value), ty: Some(to.bare()) })
}

/// The one text of a value. `None` where only the server can tell.
fn normal(text: &str, ty: &TypeName, scope: &Scope) -> Option<String> {
    if ty.namespace.is_some() || ty.array {
        return Some(text.to_owned());
    }
    let trimmed = text.trim();
    let value = match ty.base.as_str() {
        "smallint" | "integer" | "bigint" => trimmed.parse::<i64>().ok().map(|it| it.to_string()),
        "numeric" => decimal(trimmed),
        "real" => trimmed.parse::<f32>().ok().filter(|it| it.is_finite()).map(|it| it.to_string()),
        "double precision" => {
            trimmed.parse::<f64>().ok().filter(|it| it.is_finite()).map(|it| it.to_string())
        }
        "boolean" => truth(trimmed).map(str::to_owned),
        "uuid" => uuid(trimmed),
        "jsonb" => json::normal(text),
        "bytea" => bytes(text),
        "inet" => Some(address(trimmed)),
        "interval" => interval::normal(text),
        "date"
        | "time without time zone"
        | "timestamp without time zone"
        | "timestamp with time zone" => temporal::normal(trimmed, &ty.base),
        "regclass" | "regconfig" | "regtype" | "regproc" => Some(looked_up(trimmed, scope)),
        _ => None,
    };
    Some(value.unwrap_or_else(|| text.to_owned()))
}

/// A constant of one type in another, where the value stays what it is.
fn folded(text: &str, from: &TypeName, to: &TypeName) -> Option<String> {
    if from.namespace.is_some() || from.array || to.namespace.is_some() {
        return None;
    }
    if from.bare() == to.bare() {
        return Some(text.to_owned());
    }
    let (one, two) = (from.base.as_str(), to.base.as_str());
    if STRINGS.contains(&one) && STRINGS.contains(&two) {
        let padded = one == "character" && two != "character";
        return Some(if padded { text.trim_end_matches(' ') } else { text }.to_owned());
    }
    let exact = WHOLE.contains(&one) || one == "numeric";
    match two {
        "smallint" | "integer" | "bigint" if exact => {
            let value: i128 = text.parse().ok()?;
            let fits = match two {
                "smallint" => i16::try_from(value).is_ok(),
                "integer" => i32::try_from(value).is_ok(),
                _ => i64::try_from(value).is_ok(),
            };
            fits.then(|| value.to_string())
        }
        "numeric" if exact => Some(text.to_owned()),
        "real" if exact => {
            text.parse::<f32>().ok().filter(|it| it.is_finite()).map(|it| it.to_string())
        }
        "double precision" if exact => {
            text.parse::<f64>().ok().filter(|it| it.is_finite()).map(|it| it.to_string())
        }
        "jsonb" if one == "json" => json::normal(text),
        _ => None,
    }
}

/// A value as a type with a modifier has it.
fn fitted(value: &str, ty: &TypeName, assigned: bool) -> Option<String> {
    let limit = || ty.modifier.parse::<usize>().ok();
    match ty.base.as_str() {
        "character varying" | "character" => {
            let limit = limit().filter(|limit| *limit <= 10_000)?;
            let bare = value.trim_end_matches(' ');
            match (ty.base == "character", value.chars().count() <= limit) {
                (true, _) if bare.chars().count() <= limit => Some(format!("{bare:limit$}")),
                (false, true) => Some(value.to_owned()),
                _ if assigned => None,
                _ => Some(value.chars().take(limit).collect()),
            }
        }
        "interval" => interval::fits(value, &ty.modifier).then(|| value.to_owned()),
        "bit" => (value.len() == limit()?).then(|| value.to_owned()),
        "bit varying" => (value.len() <= limit()?).then(|| value.to_owned()),
        "numeric" => {
            let (precision, scale) = ty.modifier.split_once(',')?;
            let scale = scale.parse().ok().filter(|scale| *scale <= 1_000)?;
            rounded(value, precision.parse().ok()?, scale)
        }
        "time without time zone" | "timestamp without time zone" | "timestamp with time zone" => {
            let digits = value
                .split_once('.')
                .map_or(0, |(_, rest)| rest.bytes().take_while(u8::is_ascii_digit).count());
            (digits <= limit()?).then(|| value.to_owned())
        }
        _ => None,
    }
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
fn rounded(value: &str, precision: usize, scale: usize) -> Option<String> {
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

/// What the server takes for true and false.
fn truth(text: &str) -> Option<&'static str> {
    let text = text.to_lowercase();
    let starts = |words: &[(&str, usize)]| {
        words.iter().any(|(word, least)| text.len() >= *least && word.starts_with(text.as_str()))
    };
    if starts(&[("true", 1), ("yes", 1), ("on", 2), ("1", 1)]) {
        Some("true")
    } else if starts(&[("false", 1), ("no", 1), ("off", 2), ("0", 1)]) {
        Some("false")
    } else {
        None
    }
}

fn uuid(text: &str) -> Option<String> {
    let inner = text.strip_prefix('{').and_then(|it| it.strip_suffix('}')).unwrap_or(text);
    let digits: String = inner.chars().filter(|it| *it != '-').collect::<String>().to_lowercase();
    let valid = digits.len() == 32 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    valid.then(|| {
        let parts = [0..8, 8..12, 12..16, 16..20, 20..32].map(|range| &digits[range]);
        parts.join("-")
    })
}

/// An address of one machine needs no length.
fn address(text: &str) -> String {
    let lower = text.to_lowercase();
    match lower.strip_suffix("/32") {
        Some(address) if address.matches('.').count() == 3 => address.to_owned(),
        _ => lower,
    }
}

/// Bytes in digits, however they are written.
fn bytes(text: &str) -> Option<String> {
    if let Some(digits) = text.strip_prefix("\\x") {
        let digits: String =
            digits.chars().filter(|it| !it.is_whitespace()).collect::<String>().to_lowercase();
        let valid =
            digits.len().is_multiple_of(2) && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        return valid.then(|| format!("\\x{digits}"));
    }
    let mut result = "\\x".to_owned();
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let (byte, tail) = match (first, tail) {
            (b'\\', [b'\\', tail @ ..]) => (b'\\', tail),
            (b'\\', [a @ b'0'..=b'3', b @ b'0'..=b'7', c @ b'0'..=b'7', tail @ ..]) => {
                ((a - b'0') * 64 + (b - b'0') * 8 + (c - b'0'), tail)
            }
            (b'\\', _) => return None,
            (byte, tail) => (*byte, tail),
        };
        result.push_str(&format!("{byte:02x}"));
        rest = tail;
    }
    Some(result)
}

/// A name that is looked up, without the namespaces in which that happens.
fn looked_up(text: &str, scope: &Scope) -> String {
    match TypeName::parse(text) {
        Some(name) if name.namespace.as_deref() == Some(scope.namespace.as_str()) => {
            name.within(&scope.namespace).to_string()
        }
        _ => match text.split_once('.') {
            Some(("pg_catalog", name)) => name.to_owned(),
            _ if text.starts_with('"') && !text.contains('.') => {
                crate::dialect::postgres::types::quote(&unquote(text)).into_owned()
            }
            _ => text.to_lowercase(),
        },
    }
}

/// A list as it is written in one constant: `{a,"b c",NULL}`. `None` for lists of lists.
fn list(text: &str, to: &TypeName, scope: &Scope) -> Option<Node> {
    let element = to.element();
    let inner = text.trim().strip_prefix('{')?.strip_suffix('}')?;
    let mut items = Vec::new();
    let mut rest = inner.trim();
    while !rest.is_empty() {
        let (item, quoted, tail) = list_item(rest)?;
        let text = (quoted || !item.eq_ignore_ascii_case("null")).then_some(item.as_str());
        items.push(constant(text, None, (&element, false), scope)?);
        rest = match tail.trim_start() {
            "" => "",
            tail => {
                let tail = tail.strip_prefix(',')?.trim_start();
                if tail.is_empty() {
                    return None;
                }
                tail
            }
        };
    }
    Some(Node::Array { items, element: Some(element) })
}

/// The first item, whether it was quoted, and the rest.
fn list_item(text: &str) -> Option<(String, bool, &str)> {
    let quoted = text.starts_with('"');
    let mut item = String::new();
    let mut chars = text.char_indices().skip(usize::from(quoted));
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' => item.push(chars.next()?.1),
            '"' if quoted => return Some((item, true, &text[at + 1..])),
            '"' | '{' | '}' if !quoted => return None,
            ',' if !quoted => return Some((item.trim_end().to_owned(), false, &text[at..])),
            c => item.push(c),
        }
    }
    (!quoted && !item.trim().is_empty()).then(|| (item.trim_end().to_owned(), false, ""))
}
