//! One form for expressions that mean the same.
//!
//! The author's text and the text that the server reports take the same way: they are read as the
//! server's grammar reads them, and what the server writes otherwise than it was given is written
//! so: functions under one name, negations inwards, conditions compared with zero. What
//! cannot be read is compared token by token. Where forms differ the server is the judge.

mod cast;
mod condition;
mod function;
mod lexeme;
mod moment;
mod node;
mod parse;
mod primary;

use std::collections::BTreeMap;

use super::Mysql;
use crate::dialect::Dialect as _;
use crate::dialect::expr::token_form;
use node::Node;

/// What an expression is read against.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    /// The names of the columns, by what they are in lower case.
    names: BTreeMap<String, String>,
}

impl Scope {
    /// The scope of a table with these columns.
    pub fn new<'a>(columns: impl IntoIterator<Item = &'a str>) -> Self {
        let names = columns.into_iter().map(|name| (name.to_lowercase(), name.to_owned()));
        Self { names: names.collect() }
    }

    /// The name of a column as the table has it.
    fn column(&self, name: &str) -> String {
        let folded = name.to_lowercase();
        self.names.get(&folded).cloned().unwrap_or(folded)
    }
}

/// The canonical form of an expression. It is for comparison alone: equal forms mean the same.
/// Names stand in it as in SQL, so that a column can be renamed in it. `None` for what is no SQL.
pub fn form(mysql: &Mysql, text: &str, scope: &Scope) -> Option<String> {
    let Some(node) = parse::parse(mysql, text, scope) else {
        let form = token_form(text, mysql.spelling());
        return (!form.is_empty()).then_some(form);
    };
    Some(settled(mysql, node).to_string())
}

/// Whether a default is NULL, which is none.
pub fn is_null(mysql: &Mysql, text: &str) -> bool {
    parse::parse(mysql, text, &Scope::default()) == Some(Node::Null)
}

/// Where truth is a number it is written as one.
fn settled(mysql: &Mysql, node: Node) -> Node {
    match node {
        Node::Truth(truth) if mysql.server.counts_truth() => {
            Node::number(if truth { "1" } else { "0" })
        }
        Node::Apply { head, of } => {
            let known = of.iter().find_map(Node::charset);
            let each = of.into_iter().map(|of| settled(mysql, of));
            Node::apply(head, each.map(|of| of.beside(known)).collect())
        }
        node => node,
    }
}
