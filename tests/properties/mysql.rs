//! What MySQL and MariaDB have of their own for random schemas.

use std::collections::BTreeMap;

use autogen::dialect::Dialect as _;
use autogen::dialect::mysql::{Flavor, Mysql};
use autogen::schema::{
    Check, Column, ConstraintName, Expr, Identity, Index, IndexPart, Table, Type, Unique,
};

use super::draft::ACTIONS;
use super::script::{Words, comment};

/// Their words.
pub(crate) const WORDS: Words = Words {
    spelling: || Mysql::usual(Flavor::Mysql).spelling(),
    home: |_| None,
    kind,
    labelled: |name, _| Type::Enum(name),
    value,
    // The number of a row is given out too late for that.
    computed: "40 + 2",
    identity: |choice| choice.is_multiple_of(2).then(Identity::default),
    differs,
    is_told,
    check,
    checks_references: false,
    unique,
    index,
    change_reference: |key, choice| key.on_delete = ACTIONS[choice as usize % 4],
    set,
};

fn kind(choice: u8) -> Type {
    let native = |text: &str| Type::Native(text.into());
    match choice % 14 {
        0 => Type::Int { bits: 64, signed: true },
        1 => Type::Int { bits: 32, signed: true },
        2 => Type::Int { bits: 16, signed: true },
        3 => Type::Text { length: None },
        4 => Type::Text { length: Some(40) },
        5 => Type::Float { bits: 64 },
        6 => Type::Decimal { precision: Some(10), scale: Some(2) },
        7 => Type::Bool,
        8 => Type::Bytes { length: None },
        9 => Type::Timestamp,
        10 => Type::Date,
        11 => Type::Uuid,
        12 => native("mediumtext"),
        _ => Type::Json,
    }
}

/// A value of that type, as SQL.
fn value(ty: &Type, seed: usize) -> String {
    match ty {
        Type::Int { .. } | Type::Decimal { .. } => (seed + 1).to_string(),
        Type::Bool => (seed % 2).to_string(),
        Type::Float { .. } => format!("{seed}.5"),
        Type::Bytes { .. } => format!("(x'{:02x}')", seed % 256),
        Type::Timestamp => format!("'2021-01-{:02} 10:00:00'", seed % 28 + 1),
        Type::Date => format!("'2021-01-{:02}'", seed % 28 + 1),
        Type::Uuid => format!("x'{:032x}'", seed % 256),
        Type::Enum(_) => "'keep'".into(),
        Type::Json => format!("('{{\"seed\": {seed}}}')"),
        Type::Native(_) => format!("('it''s {seed}')"),
        _ => format!("'it''s {seed}'"),
    }
}

fn differs(ty: &Type) -> bool {
    let alike = matches!(ty, Type::Bool | Type::Native(_) | Type::Enum(_) | Type::Json);
    !alike && !matches!(ty, Type::Bytes { .. })
}

fn is_told(ty: &Type) -> bool {
    !matches!(ty, Type::Bytes { .. } | Type::Uuid | Type::Enum(_))
}

fn quoted(name: &str) -> String {
    ((WORDS.spelling)().quote)(name)
}

fn check(fresh: &str, column: &Column) -> Check {
    let name = quoted(&column.name);
    let expr = match &column.ty {
        Type::Int { .. } => format!("{name} > -1000 AND {name} != -7"),
        Type::Text { .. } => format!("{name} <> 'never' or {name} is null"),
        Type::Float { .. } | Type::Decimal { .. } => format!("{name} BETWEEN -1000 AND 1e6"),
        Type::Date => format!("{name} > '1900-01-01'"),
        _ => format!("coalesce(length({name}), 0) < 1000"),
    };
    Check {
        name: Some(ConstraintName::given(format!("ck_{fresh}"))),
        expr: Expr::new(expr),
        options: BTreeMap::new(),
    }
}

fn unique(fresh: &str, name: &str, _: u8) -> Unique {
    Unique {
        name: Some(ConstraintName::convention(format!("uq_{fresh}"))),
        columns: vec![IndexPart::column(name)],
        nulls_not_distinct: false,
        deferral: None,
        options: BTreeMap::new(),
    }
}

fn index(fresh: &str, column: &Column, choice: u8) -> Option<Index> {
    let mut part = IndexPart::column(&column.name);
    let long = matches!(column.ty, Type::Native(_));
    if matches!(column.ty, Type::Json | Type::Bytes { .. }) {
        return None;
    }
    let using = (long && choice & 1 == 1).then(|| "fulltext".to_owned());
    if using.is_none() {
        let text = matches!(column.ty, Type::Text { .. }) && choice & 4 == 4;
        part.length = (long || text).then_some(10 + u32::from(choice % 4));
        part.descending = choice & 2 == 2;
    }
    let hidden = choice & 64 == 64;
    Some(Index {
        name: ConstraintName::given(format!("ix_{fresh}")),
        parts: vec![part],
        unique: false,
        predicate: None,
        using,
        include: Vec::new(),
        nulls_not_distinct: false,
        comment: comment(choice / 3),
        options: hidden.then(|| ("mysql.invisible".into(), "true".into())).into_iter().collect(),
    })
}

fn set(table: &mut Table, choice: u8) {
    let (key, value) = match choice % 4 {
        0 => ("stats_persistent", "1"),
        1 => ("row_format", "dynamic"),
        2 => ("collate", "utf8mb4_bin"),
        _ => ("collate", "utf8mb4_unicode_ci"),
    };
    table.options.insert(format!("mysql.{key}"), value.into());
}
