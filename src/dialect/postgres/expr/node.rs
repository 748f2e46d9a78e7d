//! The tree of an expression, and how it is written as a form.

use std::fmt;

use crate::dialect::expr::write_part;
use crate::dialect::postgres::type_name::TypeName;
use crate::dialect::postgres::types::quote;
use crate::sql::literal;

/// A part of an expression.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Node {
    /// A column of the table.
    Column(String),
    /// A constant.
    Literal {
        /// Its value; none is NULL.
        text: Option<String>,
        /// Its type, unless what stands around it is to settle that.
        ty: Option<TypeName>,
    },
    /// A list of values.
    Array {
        /// The values.
        items: Vec<Node>,
        /// Their type, where it is known.
        element: Option<TypeName>,
    },
    /// A value made one of another type.
    Cast {
        /// The value.
        of: Box<Node>,
        /// The type.
        to: TypeName,
        /// By being stored, which refuses what a written cast cuts off.
        assigned: bool,
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
    /// A function, by its name as SQL.
    Function(String),
    /// A function that is a word: `CURRENT_TIMESTAMP`, `COALESCE`, `ROW`.
    Word(&'static str),
    /// An operator of one or two operands.
    Operator(String),
    /// `= ANY (..)`.
    Any(String),
    /// `= ALL (..)`.
    All(String),
    /// `IS NULL`, `IS TRUE` and such.
    Is(&'static str),
    /// Two or more conditions.
    And,
    /// Two or more conditions.
    Or,
    /// The opposite.
    Not,
    /// `IS DISTINCT FROM`.
    Distinct,
    /// Conditions and results by turns, and the result otherwise.
    Case,
    /// A value, then values and results by turns, and the result otherwise.
    CaseOf,
    /// A collation.
    Collate(String),
    /// An element of a list, or with two bounds, a part of it.
    Subscript,
    /// A part of a list; a bound that is not there is NULL.
    Slice,
    /// A field of a row.
    Field(String),
    /// An argument by name.
    Named(String),
}

impl Node {
    /// A constant whose type is not settled.
    pub(super) fn unknown(text: impl Into<String>) -> Self {
        Self::Literal { text: Some(text.into()), ty: None }
    }

    /// A constant of one of the server's own types.
    pub(super) fn constant(text: impl Into<String>, ty: &str) -> Self {
        Self::Literal { text: Some(text.into()), ty: Some(TypeName::of(ty)) }
    }

    /// Something done with operands.
    pub(super) fn apply(head: Head, of: Vec<Self>) -> Self {
        Self::Apply { head, of }
    }

    /// An operator between two operands.
    pub(super) fn operator(name: &str, left: Self, right: Self) -> Self {
        Self::apply(Head::Operator(name.to_owned()), vec![left, right])
    }

    /// A function of the server's own.
    pub(super) fn call(name: &str, of: Vec<Self>) -> Self {
        Self::apply(Head::Function(name.to_owned()), of)
    }

    /// Several conditions; those that are joined in the same way are taken in.
    pub(super) fn join(head: Head, all: Vec<Self>) -> Self {
        let mut of = Vec::with_capacity(all.len());
        for node in all {
            match node {
                Self::Apply { head: inner, of: more } if inner == head => of.extend(more),
                node => of.push(node),
            }
        }
        Self::Apply { head, of }
    }

    /// Whether it is the constant NULL, whatever its type.
    pub(super) fn is_null(&self) -> bool {
        match self {
            Self::Literal { text, .. } => text.is_none(),
            Self::Cast { of, .. } => of.is_null(),
            _ => false,
        }
    }

    /// Whether it refers to a column.
    pub(super) fn has_column(&self) -> bool {
        match self {
            Self::Column(_) => true,
            Self::Literal { .. } => false,
            Self::Cast { of, .. } => of.has_column(),
            Self::Array { items: of, .. } | Self::Apply { of, .. } => {
                of.iter().any(Self::has_column)
            }
        }
    }

    /// The first constant that passes the test.
    pub(super) fn find_literal(
        &self,
        test: &mut dyn FnMut(&str, &TypeName) -> bool,
    ) -> Option<String> {
        match self {
            Self::Literal { text: Some(text), ty: Some(ty) } => {
                test(text, ty).then(|| text.clone())
            }
            Self::Column(_) | Self::Literal { .. } => None,
            Self::Cast { of, .. } => of.find_literal(test),
            Self::Array { items: of, .. } | Self::Apply { of, .. } => {
                of.iter().find_map(|node| node.find_literal(test))
            }
        }
    }
}

/// In a form only columns stand as names: everything else is a call, a string or a number.
impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Column(name) => f.write_str(&quote(name)),
            Self::Literal { text, ty } => {
                let value = text.as_deref().map(literal);
                let ty = ty.as_ref().map(|ty| literal(&ty.to_string()));
                write!(f, "value({}", ty.as_deref().unwrap_or_default())?;
                write!(f, ",{})", value.as_deref().unwrap_or_default())
            }
            Self::Array { items, element } => {
                let element = element.as_ref().map(|ty| literal(&ty.to_string()));
                write_part(f, ("array", element.as_deref().unwrap_or_default()), items)
            }
            Self::Cast { of, to, assigned } => {
                let word = if *assigned { "assign" } else { "cast" };
                write!(f, "{word}({}, {of})", literal(&to.to_string()))
            }
            Self::Apply { head, of } => {
                let (word, detail) = head.written();
                let detail = detail.map(literal);
                write_part(f, (word, detail.as_deref().unwrap_or_default()), of)
            }
        }
    }
}

impl Head {
    fn written(&self) -> (&'static str, Option<&str>) {
        match self {
            Self::Function(name) => ("call", Some(name)),
            Self::Word(word) => ("word", Some(word)),
            Self::Operator(name) => ("operator", Some(name)),
            Self::Any(name) => ("any", Some(name)),
            Self::All(name) => ("all", Some(name)),
            Self::Is(what) => ("is", Some(what)),
            Self::And => ("and", None),
            Self::Or => ("or", None),
            Self::Not => ("not", None),
            Self::Distinct => ("distinct", None),
            Self::Case => ("case", None),
            Self::CaseOf => ("case_of", None),
            Self::Collate(name) => ("collate", Some(name)),
            Self::Subscript => ("subscript", None),
            Self::Slice => ("slice", None),
            Self::Field(name) => ("field", Some(name)),
            Self::Named(name) => ("named", Some(name)),
        }
    }
}
