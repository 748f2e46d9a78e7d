//! The expression by which old values become of another type, where one must be said.

use super::super::cast::{self, Way};
use super::super::types::quote;
use super::type_of;
use crate::schema::{Column, Type};

/// The expression that makes a value of the new type, where PostgreSQL wants one.
pub(super) fn using(old: &Column, new: &Column) -> Option<String> {
    let (column, ty) = (quote(&new.name), type_of(&new.ty));
    let brackets = if is_list(&old.ty) { "[]" } else { "" };
    match cast::of(&old.ty, &new.ty).way {
        Way::Assigned => None,
        Way::Explicit => Some(format!("{column}::{ty}")),
        Way::ByText => Some(format!("{column}::text{brackets}::{ty}")),
        // A change that the author described has a way back as well.
        Way::Impossible => Some(match (is_list(&old.ty), is_list(&new.ty)) {
            (false, true) => {
                let (before, after) = (old.ty.spelled(), new.ty.spelled());
                let way = cast::class(&before, after.trim_end_matches("[]")).way;
                let by = if way <= Way::Explicit { "" } else { "::text" };
                format!("CASE WHEN {column} IS NOT NULL THEN ARRAY[{column}{by}]::{ty} END")
            }
            (true, false) => format!("{column}[1]::text::{ty}"),
            _ => bridge(old, new, brackets),
        }),
    }
}

fn bridge(old: &Column, new: &Column, brackets: &str) -> String {
    let (column, ty) = (quote(&new.name), type_of(&new.ty));
    match (&*old.ty.spelled(), &*new.ty.spelled()) {
        ("boolean", "smallint" | "bigint" | "numeric" | "real" | "double precision") => {
            format!("{column}::integer::{ty}")
        }
        ("smallint" | "bigint" | "numeric" | "real" | "double precision", "boolean") => {
            format!("{column} <> 0")
        }
        _ => format!("{column}::text{brackets}::{ty}"),
    }
}

fn is_list(ty: &Type) -> bool {
    matches!(ty, Type::Array(_)) || ty.spelled().ends_with("[]")
}

/// Whether what comes out depends on the time zone of the session.
pub(super) fn zoned(old: &Column, new: &Column) -> bool {
    let (before, after) = (bare(&old.ty.spelled()), bare(&new.ty.spelled()));
    before != after && [&before, &after].iter().any(|name| name.contains(" with time zone"))
}

/// Whether a default is the same expression in both types: PostgreSQL would keep the cast that is
/// in it otherwise.
pub(super) fn keeps_default(old: &Column, new: &Column) -> bool {
    let number = |text: &str| text.parse::<f64>().is_ok();
    bare(&old.ty.spelled()) == bare(&new.ty.spelled())
        || old.default.as_ref().is_some_and(|default| number(&default.text))
}

/// The name without what stands in parentheses.
fn bare(ty: &str) -> String {
    match (ty.find('('), ty.rfind(')')) {
        (Some(open), Some(close)) if open < close => format!("{}{}", &ty[..open], &ty[close + 1..]),
        _ => ty.to_owned(),
    }
}
