//! Field types to neutral types.

use std::collections::BTreeMap;

use autogen_model::{EnumStorage, Field, FieldType, Models};

use super::Naming;
use crate::schema::Type;

const DIALECTS: [&str; 3] = ["sqlite", "postgres", "mysql"];

/// The type of a column.
pub(super) fn lower(models: &Models, naming: &Naming, field: &Field) -> Type {
    let meant = meant(models, naming, field, &field.ty);
    let Some(said) = &field.keys.ty else { return meant };
    let every = said.value.get("*");
    let text = |dialect: &str| said.value.get(dialect).or(every).cloned();
    let spelled: BTreeMap<String, String> =
        DIALECTS.iter().filter_map(|it| Some(((*it).to_owned(), text(it)?))).collect();
    match meant {
        // What a dialect lacks it lacks there too.
        Type::Each(each) => Type::Each(each.into_iter().chain(spelled).collect()),
        _ if spelled.len() == DIALECTS.len() => Type::Each(spelled),
        meant => Type::Partly { spelled, otherwise: Box::new(meant) },
    }
}

fn meant(models: &Models, naming: &Naming, field: &Field, ty: &FieldType) -> Type {
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
        FieldType::Enum(at) => enumeration(models, naming, *at),
        FieldType::Array(item) => Type::Array(Box::new(meant(models, naming, field, item))),
        FieldType::Each(spelled) => {
            let each = spelled.iter().map(|(dialect, sql)| ((*dialect).to_owned(), sql.clone()));
            Type::Each(each.collect())
        }
        FieldType::Unknown => Type::Each(BTreeMap::new()),
    }
}

fn enumeration(models: &Models, naming: &Naming, at: usize) -> Type {
    let Some(model) = models.enums.get(at) else { return Type::Text { length: None } };
    match model.storage {
        EnumStorage::Named => Type::Enum(super::enum_name(model, naming)),
        EnumStorage::Text => Type::Text { length: text_length(&model.name) },
        EnumStorage::Number { bits, signed } => Type::Int { bits, signed },
    }
}

/// The 20 of `varchar(20)`.
fn text_length(name: &str) -> Option<u32> {
    name.split_once('(')?.1.strip_suffix(')')?.trim().parse().ok()
}
