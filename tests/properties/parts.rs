//! Constraints, indexes and comments that suit the type of a column on PostgreSQL.

use std::collections::BTreeMap;

use autogen::schema::{
    Check, Column, ConstraintName, Deferral, Expr, ForeignKey, Index, IndexPart, Type, Unique,
};

use super::draft::ACTIONS;
use super::script::comment;

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Whether three rows are given three values.
pub(crate) fn differs(ty: &Type) -> bool {
    !matches!(ty, Type::Bool | Type::Native(_) | Type::Array(_) | Type::Enum(_))
}

/// Another action, or another time to look.
pub(crate) fn change_reference(key: &mut ForeignKey, choice: u8) {
    key.on_delete = ACTIONS[choice as usize % 4];
    key.deferral = match choice / 4 % 3 {
        0 => None,
        1 => Some(Deferral::InitiallyImmediate),
        _ => Some(Deferral::InitiallyDeferred),
    };
}

/// Rows that are made up satisfy it.
pub(crate) fn check(fresh: &str, column: &Column) -> Check {
    let name = quoted(&column.name);
    let expr = match &column.ty {
        Type::Int { .. } => format!("{name} > -1000 AND {name} != -7"),
        Type::Text { .. } => format!("{name} not in ('never', 'ever') or {name} is null"),
        Type::Float { .. } | Type::Decimal { .. } => format!("{name} BETWEEN -1000 AND 1e6"),
        Type::Date => format!("{name} > '1900-01-01'"),
        _ => format!("coalesce({name}::text, '') <> 'never'"),
    };
    Check {
        name: Some(ConstraintName::given(format!("ck_{fresh}"))),
        expr: Expr::new(expr),
        options: BTreeMap::new(),
    }
}

/// One column that may be NULL.
pub(crate) fn unique(fresh: &str, name: &str, choice: u8) -> Unique {
    let deferral = choice.is_multiple_of(4).then_some(Deferral::InitiallyDeferred);
    Unique {
        name: Some(ConstraintName::convention(format!("uq_{fresh}"))),
        columns: vec![IndexPart::column(name)],
        nulls_not_distinct: false,
        deferral,
        options: BTreeMap::new(),
    }
}

/// An index of any shape that the type allows.
pub(crate) fn index(fresh: &str, column: &Column, choice: u8) -> Index {
    let name = quoted(&column.name);
    let mut part = IndexPart::column(&column.name);
    let textual = matches!(column.ty, Type::Text { .. });
    let using = match &column.ty {
        Type::Array(_) => Some("gin"),
        Type::Native(text) if text == "jsonb" => Some("gin"),
        Type::Text { .. } if choice % 16 == 1 => Some("hash"),
        Type::Int { .. } if choice % 16 == 1 => Some("brin"),
        _ => None,
    };
    if using.is_none() {
        part.descending = choice & 1 == 1;
        part.nulls_first = (choice & 8 == 8).then_some(choice & 16 == 16);
        if textual && choice & 2 == 2 {
            part.expression = true;
            part.text = format!("lower({name})");
        } else if textual && choice & 32 == 32 {
            part.opclass = Some("text_pattern_ops".into());
        }
    }
    let options = (using.is_none() && choice & 64 == 64)
        .then(|| ("postgres.with.fillfactor".to_owned(), "70".to_owned()));
    Index {
        name: ConstraintName::given(format!("ix_{fresh}")),
        parts: vec![part],
        unique: false,
        predicate: (choice & 4 == 4).then(|| Expr::new(format!("{name} IS NOT NULL"))),
        using: using.map(str::to_owned),
        include: if using.is_none() && choice & 128 == 128 {
            vec!["id".into()]
        } else {
            Vec::new()
        },
        nulls_not_distinct: false,
        comment: comment(choice / 3),
        options: options.into_iter().collect(),
    }
}
