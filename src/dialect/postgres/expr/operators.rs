//! Which types an operator makes of its operands, and which it gives.

use super::Scope;
use super::literal::coerce;
use super::settle::Settled;
use crate::dialect::postgres::type_name::TypeName;

/// What becomes of the operands; none stays as it is.
#[derive(Debug, Default)]
pub(super) struct Types {
    pub(super) left: Option<TypeName>,
    pub(super) right: Option<TypeName>,
    pub(super) result: Option<TypeName>,
}

impl Types {
    fn both(to: &TypeName, result: Option<TypeName>) -> Self {
        Self { left: Some(to.bare()), right: Some(to.bare()), result }
    }

    fn right(to: &str, result: Option<TypeName>) -> Self {
        Self { left: None, right: Some(TypeName::of(to)), result }
    }

    fn left_as_is(result: Option<TypeName>) -> Self {
        Self { result, ..Self::default() }
    }
}

/// Both operands as the operator takes them, and the type of what it gives.
pub(super) fn settle(
    name: &str,
    left: Settled,
    right: Settled,
    scope: &Scope,
) -> (Settled, Settled, Option<TypeName>) {
    let Some(types) = types(name, &left, &right) else {
        let ty = COMPARING.contains(&name).then(|| TypeName::of("boolean"));
        return (left, right, ty);
    };
    let take = |it: Settled, to: Option<TypeName>| match to {
        Some(to) => coerce(it, &to, scope),
        None => it,
    };
    (take(left, types.left), take(right, types.right), types.result)
}

const COMPARING: [&str; 6] = ["=", "<>", "<", "<=", ">", ">="];
const MATCHING: [&str; 9] = ["~~", "!~~", "~~*", "!~~*", "~", "!~", "~*", "!~*", "^@"];

const DATE: &str = "date";
const TIME: &str = "time without time zone";
const TIMESTAMP: &str = "timestamp without time zone";
const TIMESTAMPTZ: &str = "timestamp with time zone";
const INTERVAL: &str = "interval";

fn named(base: &str) -> Option<TypeName> {
    Some(TypeName::of(base))
}

/// The place of a number's type among those that it can become by itself.
fn rank(ty: &TypeName) -> Option<u8> {
    let all = ["smallint", "integer", "bigint", "numeric", "real", "double precision"];
    all.iter().position(|base| ty.is(base)).and_then(|at| u8::try_from(at).ok())
}

fn is_whole(ty: &TypeName) -> bool {
    rank(ty).is_some_and(|rank| rank < 3)
}

fn is_range(ty: &TypeName) -> bool {
    let all = ["int4range", "int8range", "numrange", "daterange", "tsrange", "tstzrange"];
    all.iter().any(|base| ty.is(base))
}

fn is_string(ty: &TypeName) -> bool {
    ty.is("text") || ty.is("character varying")
}

fn is_moment(ty: &TypeName) -> bool {
    [DATE, TIMESTAMP, TIMESTAMPTZ].iter().any(|base| ty.is(base))
}

/// The types for an operator, as far as the operands tell.
pub(super) fn types(name: &str, left: &Settled, right: &Settled) -> Option<Types> {
    let open = (left.is_open(), right.is_open());
    match (&left.ty, &right.ty) {
        (None, None) if open == (true, true) => pair(name, &TypeName::of("text"), None, false),
        (Some(left), None) if open.1 => pair(name, left, None, false),
        (None, Some(right)) if open.0 => {
            let types = pair(name, right, None, true)?;
            Some(Types { left: types.right, right: types.left, result: types.result })
        }
        (Some(left), Some(right)) => pair(name, left, Some(right), false),
        _ => None,
    }
}

/// The types for an operator whose one operand is known; `swapped` when that is the right one. A
/// constant of no type yet stands on the other side where there is none.
fn pair(name: &str, known: &TypeName, other: Option<&TypeName>, swapped: bool) -> Option<Types> {
    let boolean = named("boolean");
    if COMPARING.contains(&name) {
        return Some(Types { result: boolean, ..compared(known, other)? });
    }
    if MATCHING.contains(&name) {
        return matched(known, other, swapped).map(|types| Types { result: boolean, ..types });
    }
    match name {
        "||" => joined(known, other),
        "+" | "-" | "*" | "/" | "%" | "^" => {
            arithmetic(name, known, other, swapped).or_else(|| json_minus(name, known, other))
        }
        "<<" | ">>" | "&&" | "<<=" | ">>=" if known.is("inet") || known.is("cidr") => {
            Some(Types::both(&TypeName::of("inet"), boolean))
        }
        "<<" | ">>" | "&<" | "&>" | "-|-" | "&&" if other.is_none() && is_range(known) => {
            Some(Types::both(known, boolean))
        }
        "&" | "|" | "#" | "<<" | ">>" => {
            let wide = wider(known, other.unwrap_or(known)).filter(is_whole)?;
            let shift = matches!(name, "<<" | ">>");
            if shift && other.is_none() {
                return None;
            }
            Some(if shift {
                Types { result: Some(known.bare()), ..Types::default() }
            } else {
                Types::both(&wide, Some(wide.clone()))
            })
        }
        "->" | "->>" if (known.is("json") || known.is("jsonb")) && !swapped => {
            let result = if name == "->" { Some(known.clone()) } else { named("text") };
            Some(match other {
                Some(ty) if is_whole(ty) => Types::left_as_is(result),
                _ => Types::right("text", result),
            })
        }
        "#>" | "#>>" | "#-" if (known.is("json") || known.is("jsonb")) && !swapped => {
            let result = if name == "#>>" { named("text") } else { Some(known.clone()) };
            Some(Types { right: named("text[]"), result, ..Types::default() })
        }
        "?" if known.is("jsonb") && !swapped => Some(Types::right("text", boolean)),
        "?|" | "?&" if known.is("jsonb") && !swapped => Some(Types::right("text[]", boolean)),
        "@?" | "@@" if known.is("jsonb") && !swapped => Some(Types::right("jsonpath", boolean)),
        "@@" if known.is("tsvector") && !swapped => Some(Types::right("tsquery", boolean)),
        "@>" | "<@" | "&&" => match other {
            None if known.array || known.is("jsonb") => Some(Types::both(known, boolean)),
            _ => Some(Types::left_as_is(boolean)),
        },
        _ => None,
    }
}

fn compared(one: &TypeName, two: Option<&TypeName>) -> Option<Types> {
    let text = TypeName::of("text");
    let Some(two) = two else {
        let to = if one.is("character varying") { text } else { one.clone() };
        return is_known(&to).then(|| Types::both(&to, None));
    };
    if let Some(types) = side_by_side(one, two) {
        return Some(types);
    }
    let padded = |ty: &TypeName| ty.is("character");
    if (is_string(one) || padded(one)) && (is_string(two) || padded(two)) {
        return Some(match (padded(one), padded(two)) {
            (true, true) => Types::default(),
            (true, false) | (false, true) if !one.is("text") && !two.is("text") => {
                Types::both(&TypeName::of("bpchar"), None)
            }
            _ => Types::both(&text, None),
        });
    }
    let same = one.bare() == two.bare() && is_known(one);
    (same || (is_moment(one) && is_moment(two))).then(Types::default)
}

/// Whether a type compares by operators of its own. Those of domains are their base type's.
fn is_known(ty: &TypeName) -> bool {
    !ty.is("json") && !ty.is("character varying")
}

fn matched(known: &TypeName, other: Option<&TypeName>, swapped: bool) -> Option<Types> {
    let text = || named("text");
    let subject = |ty: &TypeName| {
        if ty.is("character") || ty.is("name") { None } else { text() }
    };
    match (known, other) {
        (ty, None) if ty.is("citext") || ty.is("bytea") => Some(Types::both(ty, None)),
        (ty, None) if swapped && is_string(ty) => {
            Some(Types { left: text(), right: text(), result: None })
        }
        (ty, None) if is_string(ty) || ty.is("character") || ty.is("name") => {
            Some(Types { left: subject(ty), right: text(), result: None })
        }
        (one, Some(two))
            if (is_string(one) || one.is("character") || one.is("name"))
                && (is_string(two) || two.is("character")) =>
        {
            Some(Types { left: subject(one), right: text(), result: None })
        }
        _ => None,
    }
}

fn joined(known: &TypeName, other: Option<&TypeName>) -> Option<Types> {
    let text = TypeName::of("text");
    let strings = |ty: &TypeName| is_string(ty) || ty.is("character") || ty.is("name");
    let Some(other) = other else {
        let own = ["jsonb", "bytea", "tsvector"].iter().any(|it| known.is(it));
        return match known {
            _ if strings(known) => Some(Types::both(&text, Some(text.clone()))),
            _ if known.array || own => Some(Types::both(known, Some(known.bare()))),
            _ if is_plain(known) => Some(Types::right("text", Some(text))),
            _ => None,
        };
    };
    let to = |it: &TypeName| strings(it).then(|| text.clone());
    match (strings(known), strings(other)) {
        (true, true) => Some(Types::both(&text, Some(text.clone()))),
        // Text takes anything but a list behind it or before it.
        (true, false) if is_plain(other) => {
            Some(Types { left: to(known), right: None, result: Some(text) })
        }
        (false, true) if is_plain(known) => {
            Some(Types { left: None, right: to(other), result: Some(text) })
        }
        _ if known.bare() == other.bare() => Some(Types::left_as_is(Some(known.bare()))),
        _ => None,
    }
}

/// Whether a type has no `||` of its own.
fn is_plain(ty: &TypeName) -> bool {
    let others = ["boolean", "uuid", INTERVAL, TIME];
    rank(ty).is_some() || is_moment(ty) || others.iter().any(|base| ty.is(base))
}

fn json_minus(name: &str, known: &TypeName, other: Option<&TypeName>) -> Option<Types> {
    let fits = name == "-" && known.is("jsonb");
    fits.then(|| match other {
        Some(ty) if is_whole(ty) || ty.array => Types::left_as_is(Some(known.clone())),
        _ => Types::right("text", Some(known.clone())),
    })
}

fn arithmetic(
    name: &str,
    known: &TypeName,
    other: Option<&TypeName>,
    swapped: bool,
) -> Option<Types> {
    if rank(known).is_some() && other.is_none_or(|other| rank(other).is_some()) {
        return numbers(name, known, other);
    }
    let Some(other) = other else {
        let to = if name == "-" { known.bare() } else { TypeName::of(INTERVAL) };
        return match (known.base.as_str(), name) {
            _ if known.array || known.namespace.is_some() => None,
            (TIMESTAMP | TIMESTAMPTZ, "-") => {
                Some(Types { left: None, right: Some(to), result: named(INTERVAL) })
            }
            (TIMESTAMP | TIMESTAMPTZ, "+") => {
                Some(Types { left: None, right: Some(to), result: Some(known.bare()) })
            }
            (DATE, "-") => Some(Types { left: None, right: Some(to), result: named("integer") }),
            (INTERVAL, "+" | "-") if !swapped => {
                Some(Types { left: None, right: Some(to), result: named(INTERVAL) })
            }
            _ => None,
        };
    };
    moments(name, known, other)
}

fn numbers(name: &str, known: &TypeName, other: Option<&TypeName>) -> Option<Types> {
    let wide = wider(known, other.unwrap_or(known))?;
    let alike = |to: &TypeName| Some(Types::both(to, Some(to.clone())));
    match (name, other) {
        ("^", _) if wide.is("numeric") => alike(&wide),
        ("^", _) => alike(&TypeName::of("double precision")),
        ("%", _) if is_float(&wide) => None,
        ("%", _) | (_, None) => alike(&wide),
        (_, Some(other)) => Some(Types { result: Some(wide), ..side_by_side(known, other)? }),
    }
}

fn is_float(ty: &TypeName) -> bool {
    ty.is("real") || ty.is("double precision")
}

/// Two numbers of an operator that takes whole ones, or floats, of any two lengths.
fn side_by_side(one: &TypeName, two: &TypeName) -> Option<Types> {
    let wide = wider(one, two)?;
    if is_float(one) || is_float(two) {
        let double = |ty| (!is_float(ty)).then(|| TypeName::of("double precision"));
        return Some(Types { left: double(one), right: double(two), result: None });
    }
    let whole = is_whole(one) && is_whole(two);
    Some(if whole { Types::default() } else { Types::both(&wide, None) })
}

/// Sums and differences of moments and spans of time.
fn moments(name: &str, one: &TypeName, two: &TypeName) -> Option<Types> {
    if one.array || two.array || one.namespace.is_some() || two.namespace.is_some() {
        return None;
    }
    let as_is = |result: &str| Some(Types::left_as_is(named(result)));
    match (one.base.as_str(), name, two.base.as_str()) {
        (DATE, "+" | "-", "integer") | ("integer", "+", DATE) => as_is(DATE),
        (DATE, "-", DATE) => as_is("integer"),
        (DATE, "+" | "-", INTERVAL) | (INTERVAL, "+", DATE) => as_is(TIMESTAMP),
        (DATE, "+", TIME) | (TIME, "+", DATE) => as_is(TIMESTAMP),
        (TIMESTAMP, "+" | "-", TIME) => {
            Some(Types { left: None, right: named(INTERVAL), result: named(TIMESTAMP) })
        }
        (TIMESTAMP, "+" | "-", INTERVAL) | (INTERVAL, "+", TIMESTAMP) => as_is(TIMESTAMP),
        (TIMESTAMPTZ, "+" | "-", INTERVAL) | (INTERVAL, "+", TIMESTAMPTZ) => as_is(TIMESTAMPTZ),
        (TIMESTAMP, "-", TIMESTAMP) | (TIMESTAMPTZ, "-", TIMESTAMPTZ) => as_is(INTERVAL),
        (TIME, "+" | "-", INTERVAL) | (INTERVAL, "+", TIME) => as_is(TIME),
        (TIME, "-", TIME) | (INTERVAL, "+" | "-", INTERVAL) => as_is(INTERVAL),
        (INTERVAL, "*" | "/", _) if rank(two).is_some() => {
            Some(Types { left: None, right: named("double precision"), result: named(INTERVAL) })
        }
        (_, "*", INTERVAL) if rank(one).is_some() => {
            Some(Types { left: named("double precision"), right: None, result: named(INTERVAL) })
        }
        _ => None,
    }
}

/// The type that both numbers become. A short float meets another number as a long one.
fn wider(one: &TypeName, two: &TypeName) -> Option<TypeName> {
    let (first, second) = (rank(one)?, rank(two)?);
    let wide = if first >= second { one } else { two };
    let short = wide.is("real") && first != second;
    Some(if short { TypeName::of("double precision") } else { wide.bare() })
}

/// The one type for several values, as lists and `COALESCE` have it. Constants follow the rest.
pub(super) fn common(all: &[Settled]) -> Option<TypeName> {
    let mut common: Option<TypeName> = None;
    for it in all.iter().filter(|it| !it.is_open()) {
        let ty = it.ty.as_ref()?.bare();
        common = Some(match common {
            None => ty,
            Some(known) => one_of(&known, &ty)?,
        });
    }
    match common {
        None if all.is_empty() => None,
        None => named("text"),
        common => common,
    }
}

fn one_of(known: &TypeName, ty: &TypeName) -> Option<TypeName> {
    if known == ty {
        return Some(known.clone());
    }
    if let (Some(first), Some(second)) = (rank(known), rank(ty)) {
        return Some(if first >= second { known } else { ty }.clone());
    }
    let strings = |ty: &TypeName| is_string(ty) || ty.is("character");
    // Strings become one another, so that the first stands; long floats are preferred at once.
    if strings(known) && strings(ty) {
        return Some(known.clone());
    }
    let place = |ty: &TypeName| [DATE, TIMESTAMP, TIMESTAMPTZ].iter().position(|it| ty.is(it));
    let (first, second) = (place(known)?, place(ty)?);
    Some(if first >= second { known } else { ty }.clone())
}
