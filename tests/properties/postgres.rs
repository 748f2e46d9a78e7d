//! What PostgreSQL has of its own for random schemas.

use autogen::dialect::Dialect as _;
use autogen::dialect::postgres::Postgres;
use autogen::schema::{Identity, Type};

use super::parts;
use super::script::Words;

/// Its words.
pub(crate) const WORDS: Words = Words {
    spelling: || Postgres::USUAL.spelling(),
    home: |choice| (choice == 0).then(|| "side".to_owned()),
    kind,
    labelled: |name, several| match several {
        true => Type::Array(Box::new(Type::Enum(name))),
        false => Type::Enum(name),
    },
    value,
    computed: "id * 2",
    identity,
    differs: parts::differs,
    is_told: |_| true,
    check: parts::check,
    checks_references: true,
    unique: parts::unique,
    index: |fresh, column, choice| Some(parts::index(fresh, column, choice)),
    change_reference: parts::change_reference,
    set: |table, choice| {
        let value = (50 + choice % 50).to_string();
        table.options.insert("postgres.with.fillfactor".into(), value);
    },
};

/// The types that edits choose from.
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
        12 => Type::Array(Box::new(Type::Text { length: None })),
        _ => native("jsonb"),
    }
}

/// A value of that type, as SQL.
fn value(ty: &Type, seed: usize) -> String {
    match ty {
        Type::Int { .. } | Type::Decimal { .. } => (seed + 1).to_string(),
        Type::Bool => if seed.is_multiple_of(2) { "true" } else { "false" }.into(),
        Type::Float { .. } => format!("{seed}.5"),
        Type::Bytes { .. } => format!("'\\x{:02x}'", seed % 256),
        Type::Timestamp => format!("'2021-01-{:02} 10:00:00+00'", seed % 28 + 1),
        Type::Date => format!("'2021-01-{:02}'", seed % 28 + 1),
        Type::Uuid => format!("'00000000-0000-0000-0000-0000000000{:02x}'", seed % 256),
        Type::Enum(_) => "'keep'".into(),
        Type::Array(item) if item.enumeration().is_some() => "'{keep}'".into(),
        Type::Array(_) => format!("'{{a,\"it''s {seed}\"}}'"),
        Type::Native(text) => match text.as_str() {
            "jsonb" => format!("'{{\"seed\": {seed}}}'"),
            "boolean" => value(&Type::Bool, seed),
            "bytea" => value(&Type::Bytes { length: None }, seed),
            "date" => value(&Type::Date, seed),
            "uuid" => value(&Type::Uuid, seed),
            "text[]" => value(&Type::Array(Box::new(Type::Text { length: None })), seed),
            text if text.starts_with("timestamp") => value(&Type::Timestamp, seed),
            text if text.starts_with("character") || text == "text" => format!("'it''s {seed}'"),
            _ => (seed + 1).to_string(),
        },
        _ => format!("'it''s {seed}'"),
    }
}

fn identity(choice: u8) -> Option<Identity> {
    let said = |always, options: &[(&str, &str)]| {
        let options = options.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
        Some(Identity { always, stated: true, exact: true, options: options.collect() })
    };
    match choice % 5 {
        0 => None,
        1 => said(true, &[]),
        2 => said(false, &[("increment", "5"), ("cache", "3")]),
        3 => said(false, &[]),
        _ => Some(Identity::default()),
    }
}
