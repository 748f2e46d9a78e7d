//! Calls, and the functions that the grammar has a syntax of their own for.

use sqlparser::ast::{
    DateTimeField, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArgOperator,
    FunctionArgumentList, FunctionArguments, Interval, TrimWhereField,
};

use super::lower::{Lower, constant, folded};
use super::node::{Head, Node};
use crate::dialect::postgres::type_name::TypeName;

/// Functions that are words, with and without parentheses.
pub(super) const WORDS: [&str; 11] = [
    "CURRENT_CATALOG",
    "CURRENT_DATE",
    "CURRENT_ROLE",
    "CURRENT_SCHEMA",
    "CURRENT_TIME",
    "CURRENT_TIMESTAMP",
    "CURRENT_USER",
    "LOCALTIME",
    "LOCALTIMESTAMP",
    "SESSION_USER",
    "USER",
];

/// Parts of the grammar that look like functions.
const FORMS: [&str; 5] = ["COALESCE", "GREATEST", "LEAST", "NULLIF", "ROW"];

/// A call as it is written with parentheses, or a word without.
pub(super) fn call(lower: &Lower<'_>, function: &Function) -> Option<Node> {
    let plain = function.filter.is_none()
        && function.over.is_none()
        && function.null_treatment.is_none()
        && function.within_group.is_empty()
        && matches!(function.parameters, FunctionArguments::None)
        && !function.uses_odbc_syntax;
    if !plain {
        return None;
    }
    let arguments = match &function.args {
        FunctionArguments::None => Vec::new(),
        FunctionArguments::List(list) => arguments(lower, list)?,
        FunctionArguments::Subquery(_) => return None,
    };
    let name = lower.name(&function.name)?;
    let quoted = function
        .name
        .0
        .last()
        .and_then(|part| part.as_ident())
        .is_some_and(|ident| ident.quote_style.is_some());
    let is_word = !quoted && function.name.0.len() == 1;
    let find = |words: &[&'static str]| {
        words.iter().find(|word| is_word && word.eq_ignore_ascii_case(&name)).copied()
    };
    let without = matches!(function.args, FunctionArguments::None);
    if let Some(word) = find(&WORDS)
        && (without || (word != "CURRENT_SCHEMA" && !arguments.is_empty()))
    {
        return Some(Node::apply(Head::Word(word), arguments));
    }
    if let Some(word) = find(&FORMS) {
        return Some(Node::apply(Head::Word(word), arguments));
    }
    Some(renamed(lower, &name, arguments))
}

/// A function under the name that it has in all versions.
fn renamed(lower: &Lower<'_>, name: &str, mut of: Vec<Node>) -> Node {
    match name {
        // The escape of `SIMILAR TO` up to version 12.
        "similar_escape" if of.len() == 2 => {
            of.truncate(if of[1].is_null() { 1 } else { 2 });
            Node::call("similar_to_escape", of)
        }
        "extract" if lower.scope.version < 14 => Node::call("date_part", of),
        name => Node::call(name, of),
    }
}

fn arguments(lower: &Lower<'_>, list: &FunctionArgumentList) -> Option<Vec<Node>> {
    if list.duplicate_treatment.is_some() || !list.clauses.is_empty() {
        return None;
    }
    let argument = |argument: &FunctionArg| match argument {
        FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => lower.node(expr),
        FunctionArg::Named { name, arg: FunctionArgExpr::Expr(expr), .. }
        | FunctionArg::ExprNamed {
            name: Expr::Identifier(name),
            arg: FunctionArgExpr::Expr(expr),
            operator: FunctionArgOperator::RightArrow | FunctionArgOperator::Assignment,
        } => Some(Node::apply(Head::Named(folded(name)), vec![lower.node(expr)?])),
        _ => None,
    };
    list.args.iter().map(argument).collect()
}

/// Functions with words between their arguments.
pub(super) fn special(lower: &Lower<'_>, expr: &Expr) -> Option<Node> {
    Some(match expr {
        Expr::Extract { field, expr, .. } => {
            let of = vec![Node::constant(field_name(field), "text"), lower.node(expr)?];
            renamed(lower, "extract", of)
        }
        Expr::Position { expr, r#in } => {
            Node::call("position", vec![lower.node(r#in)?, lower.node(expr)?])
        }
        Expr::Substring { expr, substring_from, substring_for, shorthand, .. } => {
            let mut of = vec![lower.node(expr)?];
            match (substring_from, substring_for) {
                (Some(from), _) => of.push(lower.node(from)?),
                (None, Some(_)) => of.push(Node::constant("1", "integer")),
                (None, None) => {}
            }
            if let Some(length) = substring_for {
                of.push(lower.node(length)?);
            }
            Node::call(if *shorthand { "substr" } else { "substring" }, of)
        }
        Expr::Trim { trim_where, trim_what, expr, trim_characters } => {
            let name = match trim_where {
                Some(TrimWhereField::Leading) => "ltrim",
                Some(TrimWhereField::Trailing) => "rtrim",
                _ => "btrim",
            };
            let mut of = vec![lower.node(expr)?];
            if let Some(what) = trim_what {
                of.push(lower.node(what)?);
            }
            of.extend(lower.all(trim_characters.as_deref().unwrap_or_default())?);
            Node::call(name, of)
        }
        Expr::Overlay { expr, overlay_what, overlay_from, overlay_for } => {
            let mut of = lower.all(&[
                (**expr).clone(),
                (**overlay_what).clone(),
                (**overlay_from).clone(),
            ])?;
            if let Some(length) = overlay_for {
                of.push(lower.node(length)?);
            }
            Node::call("overlay", of)
        }
        Expr::Ceil { expr, field } if is_plain(field) => {
            Node::call("ceil", vec![lower.node(expr)?])
        }
        Expr::Floor { expr, field } if is_plain(field) => {
            Node::call("floor", vec![lower.node(expr)?])
        }
        _ => return None,
    })
}

fn is_plain(field: &sqlparser::ast::CeilFloorKind) -> bool {
    use sqlparser::ast::CeilFloorKind::DateTimeField as Field;
    matches!(field, Field(DateTimeField::NoDateTime))
}

fn field_name(field: &DateTimeField) -> String {
    field.to_string().trim_matches(['"', '\'']).to_lowercase()
}

/// `INTERVAL '1' DAY` and `INTERVAL '1 day'`.
pub(super) fn interval(lower: &Lower<'_>, interval: &Interval) -> Option<Node> {
    let Expr::Value(value) = &*interval.value else { return None };
    let Node::Literal { text: Some(mut text), .. } = constant(&value.value)? else { return None };
    let mut modifier = String::new();
    match (&interval.leading_field, &interval.last_field) {
        (None, None) => {}
        (Some(field), None) if interval.leading_precision.is_none() => {
            modifier = field_name(field);
            if text.trim().parse::<f64>().is_ok() {
                text = format!("{} {modifier}", text.trim());
            }
        }
        _ => return None,
    }
    if interval.fractional_seconds_precision.is_some() {
        return None;
    }
    let to = TypeName { modifier, ..TypeName::of("interval") }.within(&lower.scope.namespace);
    Some(Node::Cast { of: Node::unknown(text).into(), to, assigned: false })
}
