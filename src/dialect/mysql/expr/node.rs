//! The tree of an expression, and how it is written as a form.

use std::fmt;

use crate::dialect::expr::write_part;
use crate::dialect::mysql::types::quote;

/// A part of an expression.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Node {
    /// A column of the table.
    Column(String),
    /// NULL.
    Null,
    /// TRUE or FALSE.
    Truth(bool),
    /// A number as it is written, but for what makes no difference.
    Number(String),
    /// A string, with its character set where that is not the connection's.
    Text {
        /// The character set.
        charset: Option<String>,
        /// What it says.
        text: String,
    },
    /// Bytes in digits.
    Bytes {
        /// What they are: a number or a string where that depends, or a character set.
        kind: String,
        /// The bytes.
        bytes: Vec<u8>,
    },
    /// `DATE '..'` and such, with the word in lower case.
    Moment {
        /// The word.
        kind: String,
        /// The value.
        text: String,
    },
    /// Everything that has operands.
    Apply {
        /// What is done.
        head: Head,
        /// With what.
        of: Vec<Node>,
    },
}

/// What is done with operands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Head {
    /// A function.
    Call(String),
    /// An operator of one or two operands.
    Operator(&'static str),
    /// Two or more conditions.
    And,
    /// Two or more conditions.
    Or,
    /// Either of two conditions.
    Xor,
    /// The opposite.
    Not,
    /// `IS NULL`, `IS TRUE` and such.
    Is(&'static str),
    /// One of several.
    In,
    /// Between two bounds.
    Between,
    /// `LIKE`, `REGEXP`, `MEMBER OF`: conditions in words.
    Matches(&'static str),
    /// Conditions and results by turns, and the result otherwise.
    Case,
    /// A value, then values and results by turns, and the result otherwise.
    CaseOf,
    /// Several values as one.
    Row,
    /// A cast to a type.
    Cast(String),
    /// `CONVERT(.. USING ..)`.
    Using(String),
    /// A collation.
    Collate(String),
    /// A moment and how much later in which unit.
    Later(String),
    /// A moment and how much earlier in which unit.
    Earlier(String),
    /// A function with a word beside its operands.
    Special(&'static str, String),
}

impl Node {
    /// Something done with operands.
    pub(super) fn apply(head: Head, of: Vec<Self>) -> Self {
        Self::Apply { head, of }
    }

    /// An operator between two operands.
    pub(super) fn operator(name: &'static str, left: Self, right: Self) -> Self {
        Self::apply(Head::Operator(name), vec![left, right])
    }

    /// A function.
    pub(super) fn call(name: &str, of: Vec<Self>) -> Self {
        Self::apply(Head::Call(name.to_owned()), of)
    }

    /// A number.
    pub(super) fn number(text: impl Into<String>) -> Self {
        Self::Number(text.into())
    }

    /// A string of the connection's character set.
    pub(super) fn text(text: impl Into<String>) -> Self {
        Self::Text { charset: None, text: text.into() }
    }

    /// Whether it is a constant.
    pub(super) fn is_constant(&self) -> bool {
        match self {
            Self::Apply { head: Head::Collate(_), of } => of.iter().all(Self::is_constant),
            Self::Apply { .. } | Self::Column(_) => false,
            _ => true,
        }
    }

    /// The character set that it has whatever its operands are; others take it on beside it.
    pub(super) fn charset(&self) -> Option<&'static str> {
        const SYSTEM: [&str; 5] = ["current_user", "database", "user", "uuid", "version"];
        match self {
            Self::Bytes { kind, .. } if kind.len() < 2 => Some("binary"),
            Self::Apply { head: Head::Cast(to), .. } if to.ends_with("charset binary") => {
                Some("binary")
            }
            Self::Apply { head: Head::Call(name), .. } if SYSTEM.contains(&name.as_str()) => {
                Some("utf8mb3")
            }
            _ => None,
        }
    }

    /// A string beside something of that character set: where it is plain it makes no difference
    /// whether it says so itself.
    pub(super) fn beside(self, known: Option<&str>) -> Self {
        match self {
            Self::Text { charset: Some(own), text } if text.is_ascii() && known == Some(&own) => {
                Self::text(text)
            }
            node => node,
        }
    }

    /// How deep it is.
    pub(super) fn height(&self) -> usize {
        match self {
            Self::Apply { of, .. } => 1 + of.iter().map(Self::height).max().unwrap_or(0),
            _ => 1,
        }
    }
}

/// In a form only columns stand as names: everything else is a call, a string or a number.
impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Column(name) => f.write_str(&quote(name)),
            Self::Null => f.write_str("null()"),
            Self::Truth(truth) => write!(f, "truth({})", u8::from(*truth)),
            Self::Number(text) => f.write_str(text),
            Self::Text { charset, text } => {
                let charset = charset.as_deref().map(literal);
                write!(f, "text({},{})", charset.unwrap_or_default(), literal(text))
            }
            Self::Bytes { kind, bytes } => {
                write!(f, "bytes({},'", literal(kind))?;
                bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}"))?;
                f.write_str("')")
            }
            Self::Moment { kind, text } => {
                write!(f, "moment({},{})", literal(kind), literal(text))
            }
            Self::Apply { head, of } => {
                let (word, detail) = head.written();
                let detail = detail.map(literal);
                write_part(f, (word, detail.as_deref().unwrap_or_default()), of)
            }
        }
    }
}

/// A string literal that reads as one with the escapes of MySQL.
fn literal(text: &str) -> String {
    crate::sql::literal(&text.replace('\\', "\\\\"))
}

impl Head {
    fn written(&self) -> (&'static str, Option<&str>) {
        match self {
            Self::Call(name) => ("call", Some(name)),
            Self::Operator(name) => ("operator", Some(name)),
            Self::And => ("and", None),
            Self::Or => ("or", None),
            Self::Xor => ("xor", None),
            Self::Not => ("not", None),
            Self::Is(what) => ("is", Some(what)),
            Self::In => ("in", None),
            Self::Between => ("between", None),
            Self::Matches(how) => ("matches", Some(how)),
            Self::Case => ("case", None),
            Self::CaseOf => ("case_of", None),
            Self::Row => ("row", None),
            Self::Cast(to) => ("cast", Some(to)),
            Self::Using(charset) => ("using", Some(charset)),
            Self::Collate(name) => ("collate", Some(name)),
            Self::Later(unit) => ("later", Some(unit)),
            Self::Earlier(unit) => ("earlier", Some(unit)),
            Self::Special(word, detail) => (word, Some(detail)),
        }
    }
}
