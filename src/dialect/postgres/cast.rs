//! What becomes of a column when its type changes: whether PostgreSQL converts it by itself, whether
//! every row is written anew, and what happens to the values. The same from 12 to 18.

use crate::schema::Type;

use self::Values::{Changed, Checked, Kept};
use self::Way::{Assigned, Explicit};

/// What a change of type does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cast {
    /// What must be said for PostgreSQL to convert.
    pub way: Way,
    /// Whether rows are written anew.
    pub storage: Storage,
    /// What happens to the values.
    pub values: Values,
}

/// What must be said for PostgreSQL to convert a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Way {
    /// Nothing. A `USING` with a cast would cut values where an assignment refuses them.
    Assigned,
    /// `USING column::new`.
    Explicit,
    /// `USING column::text::new`.
    ByText,
    /// PostgreSQL has no conversion: the author says one, or it is impossible.
    Impossible,
}

/// Whether rows are written anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Storage {
    /// Only the catalog changes.
    Same,
    /// Only the catalog changes where the session's `TimeZone` is UTC and there is no `USING`.
    SameInUtc,
    /// Every row, and every index of the table.
    Rewritten,
}

/// What happens to the values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Values {
    /// All are what they were, and come back the same.
    Kept,
    /// Those that do not fit stop the change; the others come back the same.
    Checked,
    /// Some may become others: rounded, cut, read from text in more than one spelling.
    Changed,
}

impl Cast {
    const NOTHING: Self = Self { way: Assigned, storage: Storage::Same, values: Kept };

    fn written(way: Way, values: Values) -> Self {
        Self { way, storage: Storage::Rewritten, values }
    }

    /// Whether somebody must be asked: values may become others, or nobody can convert them.
    pub fn loses(self) -> bool {
        self.values == Changed || self.way == Way::Impossible
    }
}

/// What a change between the types of two columns does.
pub fn of(old: &Type, new: &Type) -> Cast {
    fn is_enum(ty: &Type) -> bool {
        match ty {
            Type::Enum(_) => true,
            Type::Array(item) => is_enum(item),
            _ => false,
        }
    }
    let mut cast = class(&old.spelled(), &new.spelled());
    let text = |ty: &Type| is_text(parse(ty.spelled().trim_end_matches("[]")).base);
    let lone = is_enum(old) != is_enum(new);
    if lone && !text(old) && !text(new) {
        cast.way = Way::Impossible;
    }
    cast
}

/// What a change between two types does, spelled as `format_type` does.
pub fn class(old: &str, new: &str) -> Cast {
    if old == new {
        return Cast::NOTHING;
    }
    match (old.strip_suffix("[]"), new.strip_suffix("[]")) {
        (Some(old), Some(new)) => {
            let (before, after) = (parse(old), parse(new));
            let unlimited = after.arguments.is_empty() && after.fields.is_empty();
            // Any other conversion goes item by item, even where they stay the same bytes.
            let storage = match before.base == after.base && unlimited {
                true => Storage::Same,
                false => Storage::Rewritten,
            };
            Cast { storage, ..class(old, new) }
        }
        (None, Some(_)) if is_text(parse(old).base) => Cast::written(Explicit, Changed),
        (Some(_), None) if is_text(parse(new).base) => to_text(Kept, &parse(new)),
        (None, None) => scalar(&parse(old), &parse(new)),
        _ => Cast::written(Way::Impossible, Changed),
    }
}

/// A type cut into its name and what stands in its parentheses.
struct Parsed<'a> {
    base: &'a str,
    arguments: Vec<i32>,
    /// What an interval keeps: `day to second`.
    fields: &'a str,
}

fn parse(text: &str) -> Parsed<'_> {
    let (head, arguments) = match text.split_once('(') {
        Some((head, rest)) => (head, rest.split(')').next().unwrap_or_default()),
        None => (text, ""),
    };
    let arguments = arguments.split(',').filter_map(|it| it.trim().parse().ok()).collect();
    let (base, fields) = match head.strip_prefix("interval") {
        Some(fields) => ("interval", fields.trim()),
        None => (head.trim_end(), ""),
    };
    let zoned = |plain, zoned| if text.ends_with(" with time zone") { zoned } else { plain };
    let base = match base {
        base if base.starts_with("timestamp") => zoned(TIMESTAMP, TIMESTAMPTZ),
        "time" | "time without time zone" | "time with time zone" => zoned(TIME, TIMETZ),
        "bpchar" => CHAR,
        base => base,
    };
    Parsed { base, arguments, fields }
}

const TEXT: &str = "text";
const VARCHAR: &str = "character varying";
const CHAR: &str = "character";
const NUMERIC: &str = "numeric";
const TIMESTAMP: &str = "timestamp without time zone";
const TIMESTAMPTZ: &str = "timestamp with time zone";
const TIME: &str = "time without time zone";
const TIMETZ: &str = "time with time zone";

fn is_text(base: &str) -> bool {
    [TEXT, VARCHAR, CHAR, "citext", "name"].contains(&base)
}

fn scalar(old: &Parsed<'_>, new: &Parsed<'_>) -> Cast {
    if old.base == new.base {
        return modified(old, new);
    }
    if let Some((_, _, way, storage, values)) =
        CASTS.iter().find(|(from, to, ..)| (*from, *to) == (old.base, new.base))
    {
        let cast = Cast { way: *way, storage: *storage, values: *values };
        return limited(cast, old, new);
    }
    if is_text(new.base) {
        return to_text(Kept, new);
    }
    if is_text(old.base) {
        let exact = EXACT.contains(&new.base) || !known(new.base);
        return Cast::written(Explicit, if exact { Checked } else { Changed });
    }
    match (known(old.base), known(new.base)) {
        (true, true) => Cast::written(Way::Impossible, Changed),
        (false, false) => Cast::written(Way::ByText, Checked),
        // A domain converts like its base type, an extension's type as it likes.
        _ => Cast::written(Assigned, Changed),
    }
}

/// Anything but text into text.
fn to_text(values: Values, new: &Parsed<'_>) -> Cast {
    let values = match new.base {
        CHAR | "name" => Changed,
        _ if new.arguments.is_empty() => values,
        _ => values.max(Checked),
    };
    Cast::written(Assigned, values)
}

/// A conversion to another type, which may have limits of its own.
fn limited(cast: Cast, old: &Parsed<'_>, new: &Parsed<'_>) -> Cast {
    let values = match (old.base, new.base) {
        (NUMERIC, "smallint" | "integer" | "bigint") => match old.arguments[..] {
            [_, scale] if scale <= 0 => Checked,
            _ => Changed,
        },
        (from, NUMERIC) => fits_numeric(from, new).max(cast.values),
        (_, TIMESTAMP | TIMESTAMPTZ | TIME | TIMETZ | "interval") => {
            let fine = old.base == "date" || new.arguments.iter().all(|it| *it >= 6);
            let whole = fine && new.fields.is_empty();
            if whole || narrower(old, new) == Some(false) { cast.values } else { Changed }
        }
        (_, VARCHAR | CHAR) if !new.arguments.is_empty() => match new.base {
            CHAR if [TEXT, VARCHAR, "citext"].contains(&old.base) => Changed,
            _ if within(old, new) => cast.values,
            _ => cast.values.max(Checked),
        },
        ("bit", "bit varying") if within(old, new) => cast.values,
        (_, "bit varying") if !new.arguments.is_empty() => cast.values.max(Checked),
        _ => cast.values,
    };
    let changes_length = !new.arguments.is_empty() && cast.storage == Storage::Same;
    let finest = [TIMESTAMP, TIMESTAMPTZ].contains(&new.base)
        && new.arguments.first().is_none_or(|precision| *precision >= 6);
    let storage = match cast.storage {
        Storage::Same if changes_length => Storage::Rewritten,
        Storage::SameInUtc if !finest => Storage::Rewritten,
        storage => storage,
    };
    Cast { storage, values, ..cast }
}

/// Whether the new type holds at least as many characters.
fn within(old: &Parsed<'_>, new: &Parsed<'_>) -> bool {
    match (old.arguments.first(), new.arguments.first()) {
        (_, None) => true,
        (Some(old), Some(new)) => old <= new,
        (None, Some(_)) => false,
    }
}

/// Whether a time keeps fewer digits than before, where both say how many.
fn narrower(old: &Parsed<'_>, new: &Parsed<'_>) -> Option<bool> {
    let digits = |it: &Parsed<'_>| it.arguments.first().copied().unwrap_or(6);
    let same = old.fields.is_empty() && new.fields.is_empty();
    same.then(|| digits(new) < digits(old))
}

/// Whether every number of a type fits a `numeric` with limits.
fn fits_numeric(from: &str, new: &Parsed<'_>) -> Values {
    let [precision, scale] = new.arguments[..] else { return Kept };
    let digits = match from {
        "smallint" => 5,
        "integer" => 10,
        "bigint" => 19,
        _ => return Changed,
    };
    if scale < 0 {
        Changed
    } else if precision - scale < digits {
        Checked
    } else {
        Kept
    }
}

/// The same type with other limits.
fn modified(old: &Parsed<'_>, new: &Parsed<'_>) -> Cast {
    match new.base {
        VARCHAR | "bit varying" if within(old, new) => Cast::NOTHING,
        VARCHAR | "bit varying" => Cast::written(Assigned, Checked),
        CHAR if new.arguments.is_empty() => Cast::NOTHING,
        CHAR if within(old, new) => Cast::written(Assigned, Kept),
        CHAR => Cast::written(Assigned, Checked),
        NUMERIC => numeric(old, new),
        TIMESTAMP | TIMESTAMPTZ | TIME | TIMETZ | "interval" => temporal(old, new),
        // Bits of another length, which are refused, or a type of an extension with limits.
        _ => Cast::written(Assigned, Checked),
    }
}

fn numeric(old: &Parsed<'_>, new: &Parsed<'_>) -> Cast {
    match (&old.arguments[..], &new.arguments[..]) {
        (_, []) => Cast::NOTHING,
        (&[old_precision, old_scale], &[precision, scale]) => {
            if scale < old_scale {
                Cast::written(Assigned, Changed)
            } else if precision - scale < old_precision - old_scale {
                Cast::written(Assigned, Checked)
            } else if scale > old_scale {
                Cast::written(Assigned, Kept)
            } else {
                Cast::NOTHING
            }
        }
        _ => Cast::written(Assigned, Changed),
    }
}

fn temporal(old: &Parsed<'_>, new: &Parsed<'_>) -> Cast {
    let digits = |it: &Parsed<'_>| it.arguments.first().copied().unwrap_or(6);
    let (before, after) = (least(old.fields), least(new.fields));
    let finest = after == SECOND && digits(new) >= 6;
    let wider = after <= before && (before > SECOND || digits(new) >= digits(old));
    match (finest && new.fields.is_empty()) || wider {
        true => Cast::NOTHING,
        false => Cast::written(Assigned, Changed),
    }
}

const SECOND: u8 = 0;

/// The smallest field that an interval keeps.
fn least(fields: &str) -> u8 {
    match fields.rsplit(' ').next().unwrap_or_default() {
        "year" => 5,
        "month" => 4,
        "day" => 3,
        "hour" => 2,
        "minute" => 1,
        _ => SECOND,
    }
}

fn known(base: &str) -> bool {
    BUILT_IN.contains(&base) || is_text(base) || CASTS.iter().any(|(from, ..)| *from == base)
}

/// Types that are read from text in one spelling only, or keep the text.
const EXACT: [&str; 4] = ["uuid", "json", "jsonb", "xml"];

/// Types of PostgreSQL without a conversion to another but text.
#[rustfmt::skip]
const BUILT_IN: &[&str] = &[
    "bytea", "uuid", "tsvector", "tsquery", "line", "pg_lsn", "jsonpath", "txid_snapshot", "xid",
    "int4multirange", "int8multirange", "nummultirange", "datemultirange", "tsmultirange",
    "tstzmultirange",
];

const SAME: Storage = Storage::Same;
const UTC: Storage = Storage::SameInUtc;
const ANEW: Storage = Storage::Rewritten;

/// The conversions of PostgreSQL between types without limits, `pg_cast` in short.
#[rustfmt::skip]
const CASTS: &[(&str, &str, Way, Storage, Values)] = &[
    ("smallint", "integer", Assigned, ANEW, Kept),
    ("smallint", "bigint", Assigned, ANEW, Kept),
    ("smallint", NUMERIC, Assigned, ANEW, Kept),
    ("smallint", "real", Assigned, ANEW, Kept),
    ("smallint", "double precision", Assigned, ANEW, Kept),
    ("smallint", "oid", Assigned, ANEW, Checked),
    ("integer", "smallint", Assigned, ANEW, Checked),
    ("integer", "bigint", Assigned, ANEW, Kept),
    ("integer", NUMERIC, Assigned, ANEW, Kept),
    ("integer", "real", Assigned, ANEW, Changed),
    ("integer", "double precision", Assigned, ANEW, Kept),
    ("integer", "money", Assigned, ANEW, Kept),
    ("integer", "oid", Assigned, SAME, Kept),
    ("integer", "boolean", Explicit, ANEW, Changed),
    ("integer", "\"char\"", Explicit, ANEW, Checked),
    ("integer", "bit", Explicit, ANEW, Changed),
    ("bigint", "smallint", Assigned, ANEW, Checked),
    ("bigint", "integer", Assigned, ANEW, Checked),
    ("bigint", NUMERIC, Assigned, ANEW, Kept),
    ("bigint", "real", Assigned, ANEW, Changed),
    ("bigint", "double precision", Assigned, ANEW, Changed),
    ("bigint", "money", Assigned, ANEW, Checked),
    ("bigint", "oid", Assigned, ANEW, Checked),
    ("bigint", "bit", Explicit, ANEW, Changed),
    (NUMERIC, "smallint", Assigned, ANEW, Changed),
    (NUMERIC, "integer", Assigned, ANEW, Changed),
    (NUMERIC, "bigint", Assigned, ANEW, Changed),
    (NUMERIC, "real", Assigned, ANEW, Changed),
    (NUMERIC, "double precision", Assigned, ANEW, Changed),
    (NUMERIC, "money", Assigned, ANEW, Changed),
    ("real", "smallint", Assigned, ANEW, Changed),
    ("real", "integer", Assigned, ANEW, Changed),
    ("real", "bigint", Assigned, ANEW, Changed),
    ("real", NUMERIC, Assigned, ANEW, Changed),
    ("real", "double precision", Assigned, ANEW, Kept),
    ("double precision", "smallint", Assigned, ANEW, Changed),
    ("double precision", "integer", Assigned, ANEW, Changed),
    ("double precision", "bigint", Assigned, ANEW, Changed),
    ("double precision", NUMERIC, Assigned, ANEW, Changed),
    ("double precision", "real", Assigned, ANEW, Changed),
    ("money", NUMERIC, Assigned, ANEW, Kept),
    ("boolean", "integer", Explicit, ANEW, Kept),
    ("oid", "integer", Assigned, SAME, Kept),
    ("oid", "bigint", Assigned, ANEW, Kept),
    ("\"char\"", "integer", Explicit, ANEW, Kept),
    ("bit", "integer", Explicit, ANEW, Changed),
    ("bit", "bigint", Explicit, ANEW, Changed),
    ("bit", "bit varying", Assigned, SAME, Kept),
    ("bit varying", "bit", Assigned, ANEW, Checked),
    (TEXT, VARCHAR, Assigned, SAME, Kept),
    (TEXT, CHAR, Assigned, SAME, Changed),
    (TEXT, "citext", Assigned, SAME, Kept),
    (TEXT, "name", Assigned, ANEW, Changed),
    (TEXT, "\"char\"", Assigned, ANEW, Changed),
    (VARCHAR, TEXT, Assigned, SAME, Kept),
    (VARCHAR, CHAR, Assigned, SAME, Changed),
    (VARCHAR, "citext", Assigned, SAME, Kept),
    (VARCHAR, "name", Assigned, ANEW, Changed),
    (VARCHAR, "\"char\"", Assigned, ANEW, Changed),
    (CHAR, TEXT, Assigned, ANEW, Kept),
    (CHAR, VARCHAR, Assigned, ANEW, Kept),
    (CHAR, "citext", Assigned, ANEW, Kept),
    (CHAR, "name", Assigned, ANEW, Changed),
    (CHAR, "\"char\"", Assigned, ANEW, Changed),
    ("citext", TEXT, Assigned, SAME, Kept),
    ("citext", VARCHAR, Assigned, SAME, Kept),
    ("citext", CHAR, Assigned, SAME, Changed),
    ("xml", TEXT, Assigned, SAME, Kept),
    ("xml", VARCHAR, Assigned, SAME, Kept),
    ("xml", CHAR, Assigned, SAME, Changed),
    ("date", TIMESTAMP, Assigned, ANEW, Kept),
    ("date", TIMESTAMPTZ, Assigned, ANEW, Kept),
    (TIMESTAMP, "date", Assigned, ANEW, Changed),
    (TIMESTAMP, TIME, Assigned, ANEW, Changed),
    (TIMESTAMP, TIMESTAMPTZ, Assigned, UTC, Kept),
    (TIMESTAMPTZ, "date", Assigned, ANEW, Changed),
    (TIMESTAMPTZ, TIME, Assigned, ANEW, Changed),
    (TIMESTAMPTZ, TIMETZ, Assigned, ANEW, Changed),
    (TIMESTAMPTZ, TIMESTAMP, Assigned, UTC, Kept),
    (TIME, "interval", Assigned, ANEW, Kept),
    (TIME, TIMETZ, Assigned, ANEW, Kept),
    (TIMETZ, TIME, Assigned, ANEW, Changed),
    ("interval", TIME, Assigned, ANEW, Changed),
    ("json", "jsonb", Assigned, ANEW, Changed),
    ("jsonb", "json", Assigned, ANEW, Kept),
    ("jsonb", "boolean", Explicit, ANEW, Checked),
    ("jsonb", "smallint", Explicit, ANEW, Changed),
    ("jsonb", "integer", Explicit, ANEW, Changed),
    ("jsonb", "bigint", Explicit, ANEW, Changed),
    ("jsonb", NUMERIC, Explicit, ANEW, Checked),
    ("jsonb", "real", Explicit, ANEW, Changed),
    ("jsonb", "double precision", Explicit, ANEW, Changed),
    ("cidr", "inet", Assigned, SAME, Kept),
    ("inet", "cidr", Assigned, ANEW, Changed),
    ("macaddr", "macaddr8", Assigned, ANEW, Kept),
    ("macaddr8", "macaddr", Assigned, ANEW, Checked),
    ("box", "circle", Explicit, ANEW, Changed),
    ("box", "lseg", Explicit, ANEW, Changed),
    ("box", "point", Explicit, ANEW, Changed),
    ("box", "polygon", Assigned, ANEW, Kept),
    ("circle", "box", Explicit, ANEW, Changed),
    ("circle", "point", Explicit, ANEW, Changed),
    ("circle", "polygon", Explicit, ANEW, Changed),
    ("lseg", "point", Explicit, ANEW, Changed),
    ("path", "polygon", Assigned, ANEW, Changed),
    ("point", "box", Assigned, ANEW, Kept),
    ("polygon", "box", Explicit, ANEW, Changed),
    ("polygon", "circle", Explicit, ANEW, Changed),
    ("polygon", "path", Assigned, ANEW, Kept),
    ("polygon", "point", Explicit, ANEW, Changed),
    ("int4range", "int4multirange", Explicit, ANEW, Kept),
    ("int8range", "int8multirange", Explicit, ANEW, Kept),
    ("numrange", "nummultirange", Explicit, ANEW, Kept),
    ("daterange", "datemultirange", Explicit, ANEW, Kept),
    ("tsrange", "tsmultirange", Explicit, ANEW, Kept),
    ("tstzrange", "tstzmultirange", Explicit, ANEW, Kept),
];
