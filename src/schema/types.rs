//! The neutral types: what a value means, before a dialect spells it.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Name;

/// The type of a column.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Type {
    /// True or false.
    Bool,
    /// A whole number.
    Int {
        /// 8, 16, 32 or 64.
        bits: u8,
        /// Whether it can be negative.
        signed: bool,
    },
    /// A binary floating point number.
    Float {
        /// 32 or 64.
        bits: u8,
    },
    /// An exact decimal number.
    Decimal {
        /// Digits in all.
        precision: Option<u32>,
        /// Digits after the point.
        scale: Option<u32>,
    },
    /// Text.
    Text {
        /// The most characters, if limited.
        length: Option<u32>,
    },
    /// Bytes.
    Bytes {
        /// The most bytes, if limited.
        length: Option<u32>,
    },
    /// A UUID in its sixteen bytes.
    Uuid,
    /// A UUID as text: 36 characters with hyphens, or 32 without.
    UuidText {
        /// With hyphens.
        hyphens: bool,
    },
    /// A day.
    Date,
    /// A time of day.
    Time,
    /// A day and time of day, without a zone.
    DateTime,
    /// A moment.
    Timestamp,
    /// JSON.
    Json,
    /// One of the labels of an enumerated type.
    Enum(Name),
    /// A list of values.
    Array(Box<Type>),
    /// As each dialect spells it: `sqlite`, `postgres`, `mysql`. Types that a dialect lacks are
    /// absent, which is an error only for a project that uses the dialect.
    Each(BTreeMap<String, String>),
    /// As spelled for some dialects; the others keep what the Rust type means.
    Partly {
        /// The spelling by dialect.
        spelled: BTreeMap<String, String>,
        /// What it is elsewhere.
        otherwise: Box<Type>,
    },
    /// Spelled as the database at hand reports it: what every type is in a canonical schema, but for
    /// enumerated types, and arrays of them, where the database has such.
    Native(String),
}

impl Type {
    /// Follows an enumerated type to its new name.
    pub(crate) fn rename_enum(&mut self, old: &Name, new: &Name) {
        match self {
            Self::Enum(name) if name == old => *name = new.clone(),
            Self::Array(item) | Self::Partly { otherwise: item, .. } => item.rename_enum(old, new),
            _ => {}
        }
    }

    /// The enumerated type that it is, or that its items have.
    pub fn enumeration(&self) -> Option<&Name> {
        match self {
            Self::Enum(name) => Some(name),
            Self::Array(item) => item.enumeration(),
            _ => None,
        }
    }

    /// The type of a canonical column, in words.
    pub fn spelled(&self) -> Cow<'_, str> {
        match self {
            Self::Native(text) if !text.is_empty() => Cow::Borrowed(text),
            Self::Enum(name) => Cow::Owned(name.to_string()),
            Self::Array(item) => Cow::Owned(format!("{}[]", item.spelled())),
            _ => Cow::Borrowed("no type"),
        }
    }

    /// The type that a dialect sees, with `Partly` looked through.
    pub fn on(&self, dialect: &str) -> Cow<'_, Self> {
        match self {
            Self::Partly { spelled, otherwise } => match spelled.get(dialect) {
                Some(text) => Cow::Owned(Self::Native(text.clone())),
                None => otherwise.on(dialect),
            },
            other => Cow::Borrowed(other),
        }
    }
}
