//! One form for expressions that mean the same.
//!
//! The author's text and the text that the server reports take the same way: they are parsed, what
//! the grammar says in several ways is said in one, and every type that the server would settle is
//! settled as the server does it: literals get their type and their value's own spelling, operands
//! the casts that nobody wrote. What cannot be read so is compared token by token. Where too little
//! is known the forms differ, and the server is the judge.

mod functions;
mod interval;
mod json;
mod literal;
mod lower;
mod node;
mod operators;
mod settle;
mod signatures;
mod syntax;
mod temporal;
mod tokens;

use std::collections::{BTreeMap, BTreeSet};

use sqlparser::ast::{Expr, ObjectNamePart};

use super::type_name::TypeName;
use super::types::quote;
use crate::sql::{Spelling, Syntax};
use settle::Settled;

/// How names are written in forms.
const SPELLING: Spelling =
    Spelling { syntax: Syntax::POSTGRES, quote: |name| quote(name).into_owned() };

/// What an expression is read against.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    /// The columns with their types, as `format_type` prints them.
    pub columns: BTreeMap<String, String>,
    /// The type of the column that takes the value: for defaults and generated columns.
    pub assigned: Option<String>,
    /// The enumerated types, by name as SQL.
    pub enums: BTreeSet<String>,
    /// The namespace that names are looked up in.
    pub namespace: String,
    /// The server's major version.
    pub version: u16,
}

/// The canonical form of an expression. It is for comparison alone: equal forms mean the same.
/// Names stand in it as in SQL, so that a column can be renamed in it.
pub fn form(text: &str, scope: &Scope) -> String {
    let Some(node) = syntax::parse(text).and_then(|parsed| lower::lower(&parsed, scope)) else {
        return tokens::form(text);
    };
    let settled = settle::settle(node, scope);
    match scope.assigned.as_deref().and_then(TypeName::parse) {
        Some(to) => literal::assign(settled, &to.within(&scope.namespace), scope).node.to_string(),
        None => settled.typed_text(scope).node.to_string(),
    }
}

/// What is indexed and the collation around all of it, which the server keeps apart: `lower(a)` and
/// `C` for `(lower(a) COLLATE "C")`. `None` where the outermost is no collation.
pub fn outer_collation(text: &str) -> Option<(String, String)> {
    let mut parsed = syntax::parse(text)?;
    while let Expr::Nested(inner) = parsed {
        parsed = *inner;
    }
    let Expr::Collate { collation, .. } = parsed else { return None };
    let part = |part: &ObjectNamePart| part.as_ident().map(lower::folded);
    let names = collation.0.iter().map(part).collect::<Option<Vec<String>>>()?;
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let name = names.strip_prefix(&["pg_catalog"]).unwrap_or(&names).join(".");
    Some((tokens::before_collation(text)?, name))
}

/// Whether a default is NULL, which the server does not keep.
pub fn is_null(text: &str, scope: &Scope) -> bool {
    let parsed = syntax::parse(text).and_then(|parsed| lower::lower(&parsed, scope));
    parsed.is_some_and(
        |node| matches!(settle::settle(node, scope), Settled { node, .. } if node.is_null()),
    )
}

/// A literal that the server replaces by the moment at which it reads it, such as `'now'` for a
/// timestamp: a default of it is never what its author means.
pub fn frozen_moment(text: &str, scope: &Scope) -> Option<String> {
    let node = syntax::parse(text).and_then(|parsed| lower::lower(&parsed, scope))?;
    let mut settled = settle::settle(node, scope);
    if let Some(to) = scope.assigned.as_deref().and_then(TypeName::parse) {
        settled = literal::assign(settled, &to.within(&scope.namespace), scope);
    }
    settled.node.find_literal(&mut |text, ty| temporal::is_moment(text, ty))
}
