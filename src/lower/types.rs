//! Field types to neutral types.

use std::collections::BTreeMap;

use autogen_model::{EnumStorage, Field, FieldType, Models};

use crate::schema::{Name, Type};

const DIALECTS: [&str; 3] = ["sqlite", "postgres", "mysql"];

/// The type of a column.
pub(super) fn lower(models: &Models, field: &Field) -> Type {
    let meant = meant(models, field, &field.ty);
    let Some(said) = &field.keys.ty else { return meant };
    // Where the author spelled the type for some dialects only, the others keep what the Rust
    // type means.
    let mut spelled = BTreeMap::new();
    for dialect in DIALECTS {
        let text = said.value.get(dialect).or_else(|| said.value.get("*")).cloned();
        let text = text.or_else(|| spell(&meant, dialect));
        spelled.extend(text.map(|text| (dialect.to_owned(), text)));
    }
    Type::Each(spelled)
}

fn meant(models: &Models, field: &Field, ty: &FieldType) -> Type {
    let length = field.keys.length.as_ref().map(|length| length.value);
    match ty {
        FieldType::Bool => Type::Bool,
        FieldType::Int { bits, signed } => Type::Int { bits: *bits, signed: *signed },
        FieldType::Float { bits } => Type::Float { bits: *bits },
        FieldType::Decimal => Type::Decimal {
            precision: field.keys.precision.as_ref().map(|precision| precision.value),
            scale: field.keys.scale.as_ref().map(|scale| scale.value),
        },
        FieldType::Text => Type::Text { length },
        FieldType::Bytes => Type::Bytes { length },
        FieldType::Uuid => Type::Uuid,
        FieldType::UuidText { hyphens } => Type::UuidText { hyphens: *hyphens },
        FieldType::Date => Type::Date,
        FieldType::Time => Type::Time,
        FieldType::DateTime => Type::DateTime,
        FieldType::Timestamp => Type::Timestamp,
        FieldType::Json => Type::Json,
        FieldType::Enum(at) => enumeration(models, *at),
        FieldType::Array(item) => Type::Array(Box::new(meant(models, field, item))),
        FieldType::Each(spelled) => {
            let each = spelled.iter().map(|(dialect, sql)| ((*dialect).to_owned(), sql.clone()));
            Type::Each(each.collect())
        }
        FieldType::Unknown => Type::Each(BTreeMap::new()),
    }
}

fn enumeration(models: &Models, at: usize) -> Type {
    let Some(model) = models.enums.get(at) else { return Type::Text { length: None } };
    match model.storage {
        EnumStorage::Named => Type::Enum(super::enum_name(model)),
        EnumStorage::Text => Type::Text { length: text_length(&model.name) },
        EnumStorage::Number { bits, signed } => Type::Int { bits, signed },
    }
}

/// The 20 of `varchar(20)`.
fn text_length(name: &str) -> Option<u32> {
    name.split_once('(')?.1.strip_suffix(')')?.trim().parse().ok()
}

/// A neutral type as a dialect spells it, to stand beside types that the author spelled. `None`
/// where the dialect has no such type.
fn spell(ty: &Type, dialect: &str) -> Option<String> {
    match dialect {
        "sqlite" => sqlite(ty),
        "postgres" => postgres(ty),
        _ => mysql(ty),
    }
}

fn sqlite(ty: &Type) -> Option<String> {
    let text = match ty {
        Type::Bool => "BOOLEAN",
        Type::Int { .. } => "INTEGER",
        Type::Float { .. } => "REAL",
        Type::Text { length: Some(length) } => return Some(format!("VARCHAR({length})")),
        Type::Text { .. } | Type::UuidText { .. } | Type::Json | Type::Enum(_) => "TEXT",
        Type::Bytes { .. } | Type::Uuid => "BLOB",
        Type::Date => "DATE",
        Type::Time => "TIME",
        Type::DateTime | Type::Timestamp => "DATETIME",
        Type::Each(each) => return each.get("sqlite").cloned(),
        Type::Decimal { .. } | Type::Array(_) | Type::Native(_) => return None,
    };
    Some(text.into())
}

fn postgres(ty: &Type) -> Option<String> {
    let text = match ty {
        Type::Bool => "boolean",
        Type::Int { bits: 8, signed: true } => "\"char\"",
        Type::Int { bits: 16, signed: true } => "smallint",
        Type::Int { bits: 32, signed: true } => "integer",
        Type::Int { bits: 64, signed: true } => "bigint",
        Type::Float { bits: 32 } => "real",
        Type::Float { .. } => "double precision",
        Type::Decimal { precision, scale } => {
            return Some(sized("numeric", [*precision, *scale]));
        }
        Type::Text { length: Some(length) } => return Some(format!("varchar({length})")),
        Type::Text { length: None } => "text",
        Type::Bytes { .. } => "bytea",
        Type::Uuid => "uuid",
        Type::Date => "date",
        Type::Time => "time",
        Type::DateTime => "timestamp",
        Type::Timestamp => "timestamptz",
        Type::Json => "jsonb",
        Type::Enum(name) => return Some(quoted(name)),
        Type::Array(item) => return postgres(item).map(|item| format!("{item}[]")),
        Type::Each(each) => return each.get("postgres").cloned(),
        Type::Int { .. } | Type::UuidText { .. } | Type::Native(_) => return None,
    };
    Some(text.into())
}

fn mysql(ty: &Type) -> Option<String> {
    let text = match ty {
        Type::Bool => "tinyint(1)",
        Type::Int { bits, signed } => {
            let base = match bits {
                8 => "tinyint",
                16 => "smallint",
                32 => "int",
                _ => "bigint",
            };
            return Some(format!("{base}{}", if *signed { "" } else { " unsigned" }));
        }
        Type::Float { bits: 32 } => "float",
        Type::Float { .. } => "double",
        Type::Decimal { precision, scale } => {
            return Some(sized("decimal", [*precision, *scale]));
        }
        Type::Text { length } => return Some(format!("varchar({})", length.unwrap_or(255))),
        Type::Bytes { length: Some(length) } => return Some(format!("varbinary({length})")),
        Type::Bytes { length: None } => "blob",
        Type::Uuid => "binary(16)",
        Type::UuidText { hyphens: true } => "char(36)",
        Type::UuidText { hyphens: false } => "char(32)",
        Type::Date => "date",
        Type::Time => "time(6)",
        Type::DateTime => "datetime(6)",
        Type::Timestamp => "timestamp(6)",
        Type::Json => "json",
        Type::Each(each) => return each.get("mysql").cloned(),
        Type::Enum(_) | Type::Array(_) | Type::Native(_) => return None,
    };
    Some(text.into())
}

fn sized(name: &str, sizes: [Option<u32>; 2]) -> String {
    let sizes: Vec<String> =
        sizes.iter().map_while(|size| Some(size.as_ref()?.to_string())).collect();
    if sizes.is_empty() { name.into() } else { format!("{name}({})", sizes.join(",")) }
}

fn quoted(name: &Name) -> String {
    let own = format!("\"{}\"", name.name.replace('"', "\"\""));
    match &name.schema {
        Some(schema) => format!("\"{}\".{own}", schema.replace('"', "\"\"")),
        None => own,
    }
}
