//! `#[sqlx(..)]`: what it says is read as a default. Mistakes in it are sqlx's to report, all
//! but an unknown `rename_all`, which decides our names.

use super::Attributes;
use crate::ast::Placed;
use crate::case::Case;
use crate::diagnostic::{Diagnostic, Place, nearest};
use crate::reader::Reader;
use crate::tokens::{Entry, Value};

/// What it says on a struct or enum, with `#[repr(..)]`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Container {
    /// `rename_all`.
    pub(crate) rename_all: Option<Case>,
    /// `type_name`.
    pub(crate) type_name: Option<Placed<String>>,
    /// `transparent`.
    pub(crate) transparent: bool,
    /// The number in `#[repr(..)]`.
    pub(crate) repr: Option<(u8, bool)>,
    /// `Type` is derived.
    pub(crate) is_type: bool,
}

/// What it says on a field or variant.
#[derive(Clone, Debug, Default)]
pub(crate) struct FieldHints {
    /// `rename`.
    pub(crate) rename: Option<Placed<String>>,
    /// `skip`.
    pub(crate) skip: Option<Place>,
    /// `flatten`.
    pub(crate) flatten: Option<Place>,
    /// `json`; true for `json(nullable)`.
    pub(crate) json: Option<Placed<bool>>,
    /// `try_from`.
    pub(crate) try_from: Option<Placed<String>>,
}

/// Reads what stands on a struct or enum.
pub(crate) fn container(reader: &mut Reader, attributes: &Attributes) -> Container {
    let mut found = Container {
        repr: attributes.repr.iter().find_map(|word| number(word)),
        is_type: attributes.derives.iter().any(|path| path.last().is_some_and(|it| it == "Type")),
        ..Container::default()
    };
    for entry in &attributes.sqlx {
        match (entry.key.as_str(), &entry.value) {
            ("rename_all", Value::Text(text)) => found.rename_all = case(reader, text, entry),
            ("type_name", Value::Text(text)) => {
                found.type_name =
                    Some(Placed { value: text.clone(), place: reader.place(entry.value_span) });
            }
            ("transparent", _) => found.transparent = true,
            _ => {}
        }
    }
    found
}

fn case(reader: &mut Reader, text: &str, entry: &Entry) -> Option<Case> {
    let found = Case::from_name(text);
    if found.is_none() {
        let names = Case::NAMES.map(|(name, _)| name);
        let place = reader.place(entry.value_span);
        let problem = Diagnostic::new(format!("unknown case `{text}` in `rename_all`"))
            .at(place, "not a case that sqlx knows");
        reader.report(match nearest(text, names) {
            Some(near) => problem.help(format!("did you mean `{near}`?")),
            None => problem.help(format!("known: {}", names.join(", "))),
        });
    }
    found
}

fn number(word: &str) -> Option<(u8, bool)> {
    let (sign, bits) = word.split_at_checked(1)?;
    let bits = bits.parse().ok().filter(|bits| matches!(bits, 8 | 16 | 32 | 64))?;
    match sign {
        "i" => Some((bits, true)),
        "u" => Some((bits, false)),
        _ => None,
    }
}

/// Reads what stands on a field or variant.
pub(crate) fn field_hints(reader: &mut Reader, entries: &[Entry]) -> FieldHints {
    let mut found = FieldHints::default();
    for entry in entries {
        let place = reader.place(entry.span);
        match (entry.key.as_str(), &entry.value) {
            ("rename", Value::Text(text)) => {
                found.rename = Some(Placed { value: text.clone(), place });
            }
            ("skip", _) => found.skip = Some(place),
            ("flatten", _) => found.flatten = Some(place),
            ("json", value) => {
                let nullable = matches!(value, Value::List(list) if list.iter().any(|it| it.key == "nullable"));
                found.json = Some(Placed { value: nullable, place });
            }
            ("try_from", Value::Text(text)) => {
                found.try_from = Some(Placed { value: text.clone(), place });
            }
            _ => {}
        }
    }
    found
}
