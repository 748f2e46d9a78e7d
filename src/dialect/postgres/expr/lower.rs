//! The parser's tree to ours: what the grammar says in several ways is said in one.

use sqlparser::ast::{
    AccessExpr, BinaryOperator, CaseWhen, DataType, Expr, Function, FunctionArg, FunctionArgExpr,
    FunctionArguments, Ident, ObjectName, ObjectNamePart, Subscript, UnaryOperator, Value,
};

use super::functions::{self, call};
use super::node::{Head, Node};
use super::{Scope, literal};
use crate::dialect::postgres::type_name::TypeName;
use crate::dialect::postgres::types::quote;

/// The tree. `None` where something has no place in it: the whole is then compared by tokens.
pub(super) fn lower(expr: &Expr, scope: &Scope) -> Option<Node> {
    Lower { scope }.node(expr)
}

/// What lowering needs to know.
pub(super) struct Lower<'a> {
    pub(super) scope: &'a Scope,
}

impl Lower<'_> {
    pub(super) fn node(&self, expr: &Expr) -> Option<Node> {
        Some(match expr {
            Expr::Nested(inner) => self.node(inner)?,
            Expr::Identifier(name) => self.word(name)?,
            Expr::CompoundIdentifier(path) => Node::Column(folded(path.last()?)),
            Expr::Value(value) => constant(&value.value)?,
            Expr::TypedString(typed) => {
                let Node::Literal { text, .. } = constant(&typed.value.value)? else { return None };
                self.cast(Node::Literal { text, ty: None }, &typed.data_type)?
            }
            Expr::Interval(interval) => functions::interval(self, interval)?,
            Expr::BinaryOp { left, op, right } => self.binary(left, op, right)?,
            Expr::UnaryOp { op, expr } => self.unary(*op, expr)?,
            Expr::Cast { expr, data_type, array: false, format: None, .. } => {
                self.cast(self.node(expr)?, data_type)?
            }
            Expr::AtTimeZone { timestamp, time_zone } => {
                Node::call("timezone", vec![self.node(time_zone)?, self.node(timestamp)?])
            }
            Expr::Function(function) => call(self, function)?,
            Expr::Tuple(items) => Node::apply(Head::Word("ROW"), self.all(items)?),
            Expr::Array(array) => Node::Array { items: self.all(&array.elem)?, element: None },
            Expr::Collate { expr, collation } => {
                let name = self.name(collation)?;
                Node::apply(Head::Collate(name), vec![self.node(expr)?])
            }
            Expr::CompoundFieldAccess { root, access_chain } => self.access(root, access_chain)?,
            Expr::Case { operand, conditions, else_result, .. } => {
                self.case(operand.as_deref(), conditions, else_result.as_deref())?
            }
            Expr::AnyOp { left, compare_op, right, .. } => {
                let head = Head::Any(self.operator(compare_op)?);
                Node::apply(head, vec![self.node(left)?, self.node(right)?])
            }
            Expr::AllOp { left, compare_op, right } => {
                let head = Head::All(self.operator(compare_op)?);
                Node::apply(head, vec![self.node(left)?, self.node(right)?])
            }
            Expr::InList { expr, list, negated } => self.listed(expr, list, *negated)?,
            Expr::Between { expr, negated, low, high } => {
                self.between(expr, (low, high), *negated)?
            }
            other => return self.test(other).or_else(|| functions::special(self, other)),
        })
    }

    pub(super) fn all(&self, exprs: &[Expr]) -> Option<Vec<Node>> {
        exprs.iter().map(|expr| self.node(expr)).collect()
    }

    /// A word without parentheses: a column, unless the grammar has a function of that name.
    fn word(&self, name: &Ident) -> Option<Node> {
        let text = folded(name);
        let clock = functions::WORDS.iter().find(|word| word.eq_ignore_ascii_case(&text));
        Some(match clock {
            Some(word) if name.quote_style.is_none() => Node::apply(Head::Word(word), Vec::new()),
            _ => Node::Column(text),
        })
    }

    /// Tests: `IS ..`, `LIKE` and their like.
    fn test(&self, expr: &Expr) -> Option<Node> {
        let is = |what, expr| Some(Node::apply(Head::Is(what), vec![self.node(expr)?]));
        match expr {
            Expr::IsNull(of) => is("NULL", of),
            Expr::IsNotNull(of) => is("NOT NULL", of),
            Expr::IsTrue(of) => is("TRUE", of),
            Expr::IsNotTrue(of) => is("NOT TRUE", of),
            Expr::IsFalse(of) => is("FALSE", of),
            Expr::IsNotFalse(of) => is("NOT FALSE", of),
            Expr::IsUnknown(of) => is("UNKNOWN", of),
            Expr::IsNotUnknown(of) => is("NOT UNKNOWN", of),
            Expr::IsDistinctFrom(left, right) => self.distinct(left, right),
            Expr::IsNotDistinctFrom(left, right) => match self.distinct(left, right)? {
                Node::Apply { head: Head::Is("NOT NULL"), of } => {
                    Some(Node::apply(Head::Is("NULL"), of))
                }
                node => Some(Node::apply(Head::Not, vec![node])),
            },
            Expr::Like { negated, any, expr, pattern, escape_char } => {
                let operator = if *negated { "!~~" } else { "~~" };
                self.like(operator, *any, expr, (pattern, escape_char.as_ref().map(|it| &it.value)))
            }
            Expr::ILike { negated, any, expr, pattern, escape_char } => {
                let operator = if *negated { "!~~*" } else { "~~*" };
                self.like(operator, *any, expr, (pattern, escape_char.as_ref().map(|it| &it.value)))
            }
            Expr::SimilarTo { negated, expr, pattern, escape_char } => {
                let mut of = vec![self.node(pattern)?];
                of.extend(
                    escape_char
                        .as_ref()
                        .map(|it| constant(&it.value))
                        .map_or(Some(None), |it| it.map(Some))?,
                );
                let operator = if *negated { "!~" } else { "~" };
                let pattern = Node::call("similar_to_escape", of);
                Some(Node::operator(operator, self.node(expr)?, pattern))
            }
            _ => None,
        }
    }

    fn distinct(&self, left: &Expr, right: &Expr) -> Option<Node> {
        let (left, right) = (self.node(left)?, self.node(right)?);
        let row = |node: &Node| match node {
            Node::Apply { head: Head::Word("ROW"), of } if !of.is_empty() => Some(of.len()),
            _ => None,
        };
        if row(&left).is_some() && row(&left) == row(&right) {
            return Some(compared("", left, right));
        }
        let untyped = |node: &Node| matches!(node, Node::Literal { text: None, ty: None });
        Some(match (untyped(&left), untyped(&right)) {
            (false, true) => Node::apply(Head::Is("NOT NULL"), vec![left]),
            (true, false) => Node::apply(Head::Is("NOT NULL"), vec![right]),
            _ => Node::apply(Head::Distinct, vec![left, right]),
        })
    }

    fn like(
        &self,
        operator: &str,
        any: bool,
        expr: &Expr,
        (pattern, escape): (&Expr, Option<&Value>),
    ) -> Option<Node> {
        if let Expr::Function(function) = pattern
            && let Some((head, list)) = quantifier(operator, function)
        {
            return Some(Node::apply(head, vec![self.node(expr)?, self.node(list)?]));
        }
        let (expr, mut pattern) = (self.node(expr)?, self.node(pattern)?);
        if let Some(escape) = escape {
            pattern = Node::call("like_escape", vec![pattern, constant(escape)?]);
        }
        Some(match any {
            true => Node::apply(Head::Any(operator.to_owned()), vec![expr, pattern]),
            false => Node::operator(operator, expr, pattern),
        })
    }

    pub(super) fn cast(&self, of: Node, to: &DataType) -> Option<Node> {
        let to = TypeName::parse(&to.to_string())?.within(&self.scope.namespace);
        Some(Node::Cast { of: of.into(), to, assigned: false })
    }

    fn binary(&self, left: &Expr, op: &BinaryOperator, right: &Expr) -> Option<Node> {
        let (left, right) = (self.node(left)?, self.node(right)?);
        Some(match op {
            BinaryOperator::Overlaps => overlaps(left, right)?,
            BinaryOperator::And => Node::join(Head::And, vec![left, right]),
            BinaryOperator::Or => Node::join(Head::Or, vec![left, right]),
            _ => compared(&self.operator(op)?, left, right),
        })
    }

    fn unary(&self, op: UnaryOperator, expr: &Expr) -> Option<Node> {
        let of = self.node(expr)?;
        Some(match op {
            UnaryOperator::Not => Node::apply(Head::Not, vec![of]),
            UnaryOperator::Minus | UnaryOperator::Plus => {
                let name = op.to_string();
                literal::signed(&name, &of)
                    .unwrap_or_else(|| Node::apply(Head::Operator(name), vec![of]))
            }
            op => Node::apply(Head::Operator(op.to_string()), vec![of]),
        })
    }

    /// The name of an operator, with its namespace where that is not the server's own.
    fn operator(&self, op: &BinaryOperator) -> Option<String> {
        Some(match op {
            BinaryOperator::NotEq => "<>".to_owned(),
            BinaryOperator::PGCustomBinaryOperator(path) => match path.as_slice() {
                [name] => name.clone(),
                [namespace, name] if namespace == "pg_catalog" => name.clone(),
                [namespace, name] if *namespace == self.scope.namespace => name.clone(),
                path => path.join("."),
            },
            op => op.to_string(),
        })
    }

    /// Several constants of a list are one list for the server, the rest is compared one by one.
    fn listed(&self, expr: &Expr, list: &[Expr], negated: bool) -> Option<Node> {
        let value = self.node(expr)?;
        let (operator, joined) = if negated { ("<>", Head::And) } else { ("=", Head::Or) };
        let list = self.all(list)?;
        let rows = matches!(&value, Node::Apply { head: Head::Word("ROW"), .. });
        let constants = list.iter().filter(|item| !item.has_column()).count();
        let mut all = Vec::new();
        let rest = match rows || constants < 2 {
            true => list,
            false => {
                let (rest, items): (Vec<Node>, Vec<Node>) =
                    list.into_iter().partition(Node::has_column);
                let name = operator.to_owned();
                let head = if negated { Head::All(name) } else { Head::Any(name) };
                // The list has the type that suits the value as well.
                let items = Node::apply(Head::Word("IN"), items);
                all.push(Node::apply(head, vec![value.clone(), items]));
                rest
            }
        };
        all.extend(rest.into_iter().map(|item| compared(operator, value.clone(), item)));
        Some(if all.len() == 1 { all.pop()? } else { Node::apply(joined, all) })
    }

    fn between(&self, expr: &Expr, (low, high): (&Expr, &Expr), negated: bool) -> Option<Node> {
        let (value, low, high) = (self.node(expr)?, self.node(low)?, self.node(high)?);
        let bounds = |low_operator, high_operator| {
            vec![
                Node::operator(low_operator, value.clone(), low.clone()),
                Node::operator(high_operator, value.clone(), high.clone()),
            ]
        };
        Some(match negated {
            false => Node::apply(Head::And, bounds(">=", "<=")),
            true => Node::apply(Head::Or, bounds("<", ">")),
        })
    }

    fn case(
        &self,
        operand: Option<&Expr>,
        conditions: &[CaseWhen],
        otherwise: Option<&Expr>,
    ) -> Option<Node> {
        let mut of = Vec::with_capacity(2 * conditions.len() + 2);
        if let Some(operand) = operand {
            of.push(self.node(operand)?);
        }
        for arm in conditions {
            of.push(self.node(&arm.condition)?);
            of.push(self.node(&arm.result)?);
        }
        of.push(match otherwise {
            Some(otherwise) => self.node(otherwise)?,
            None => Node::Literal { text: None, ty: None },
        });
        Some(Node::apply(if operand.is_some() { Head::CaseOf } else { Head::Case }, of))
    }

    fn access(&self, root: &Expr, chain: &[AccessExpr]) -> Option<Node> {
        let mut chain = chain.iter();
        let mut node = match (root, chain.as_slice().first()) {
            // A table in front of its column.
            (Expr::Identifier(_), Some(AccessExpr::Dot(Expr::Identifier(column)))) => {
                chain.next();
                Node::Column(folded(column))
            }
            _ => self.node(root)?,
        };
        let bound = |bound: &Option<Expr>| match bound {
            Some(bound) => self.node(bound),
            None => Some(Node::Literal { text: None, ty: None }),
        };
        for step in chain {
            node = match step {
                AccessExpr::Dot(Expr::Identifier(name)) => {
                    Node::apply(Head::Field(folded(name)), vec![node])
                }
                AccessExpr::Dot(_) => return None,
                AccessExpr::Subscript(Subscript::Index { index }) => {
                    Node::apply(Head::Subscript, vec![node, self.node(index)?])
                }
                AccessExpr::Subscript(Subscript::Slice {
                    lower_bound,
                    upper_bound,
                    stride: None,
                }) => {
                    Node::apply(Head::Slice, vec![node, bound(lower_bound)?, bound(upper_bound)?])
                }
                AccessExpr::Subscript(_) => return None,
            };
        }
        Some(node)
    }

    /// A name without the namespaces that need not be said. Alone it stands as it is, so that it
    /// can be looked up.
    pub(super) fn name(&self, name: &ObjectName) -> Option<String> {
        let part = |part: &ObjectNamePart| part.as_ident().map(folded);
        let parts = name.0.iter().map(part).collect::<Option<Vec<String>>>()?;
        let alone = |name: &String| match name.contains(['.', '"']) {
            true => quote(name).into_owned(),
            false => name.clone(),
        };
        Some(match parts.as_slice() {
            [name] => alone(name),
            [namespace, name]
                if namespace == "pg_catalog" || *namespace == self.scope.namespace =>
            {
                alone(name)
            }
            [namespace, name] => format!("{}.{}", quote(namespace), quote(name)),
            _ => return None,
        })
    }
}

/// Two operands compared; rows are compared column by column for equality. Without an operator it
/// is asked whether they are distinct.
fn compared(operator: &str, left: Node, right: Node) -> Node {
    let row = Head::Word("ROW");
    match (left, right) {
        (Node::Apply { head: one, of: left }, Node::Apply { head: two, of: right })
            if one == row
                && two == row
                && left.len() == right.len()
                && !left.is_empty()
                && matches!(operator, "=" | "<>" | "") =>
        {
            let pairs = left.into_iter().zip(right);
            let mut all: Vec<Node> =
                pairs.map(|(left, right)| compared(operator, left, right)).collect();
            match all.pop() {
                Some(only) if all.is_empty() => only,
                last => {
                    all.extend(last);
                    Node::join(if operator == "=" { Head::And } else { Head::Or }, all)
                }
            }
        }
        (left, right) if operator.is_empty() => Node::apply(Head::Distinct, vec![left, right]),
        (left, right) => Node::operator(operator, left, right),
    }
}

/// `ALL (..)` behind `LIKE`, which the parser takes for a function.
fn quantifier<'a>(operator: &str, function: &'a Function) -> Option<(Head, &'a Expr)> {
    let name = match function.name.0.as_slice() {
        [name] => name.as_ident().filter(|name| name.quote_style.is_none())?,
        _ => return None,
    };
    let head = match name.value.to_ascii_lowercase().as_str() {
        "any" | "some" => Head::Any(operator.to_owned()),
        "all" => Head::All(operator.to_owned()),
        _ => return None,
    };
    let FunctionArguments::List(list) = &function.args else { return None };
    match list.args.as_slice() {
        [FunctionArg::Unnamed(FunctionArgExpr::Expr(only))] => Some((head, only)),
        _ => None,
    }
}

/// `(a, b) OVERLAPS (c, d)`, a function of four.
fn overlaps(left: Node, right: Node) -> Option<Node> {
    match (left, right) {
        (
            Node::Apply { head: Head::Word("ROW"), of: mut all },
            Node::Apply { head: Head::Word("ROW"), of: more },
        ) if all.len() == 2 && more.len() == 2 => {
            all.extend(more);
            Some(Node::call("overlaps", all))
        }
        _ => None,
    }
}

/// The name that the server makes of a word.
pub(super) fn folded(name: &Ident) -> String {
    match name.quote_style {
        Some(_) => name.value.clone(),
        None => name.value.chars().map(|c| c.to_ascii_lowercase()).collect(),
    }
}

/// A constant as it is written.
pub(super) fn constant(value: &Value) -> Option<Node> {
    Some(match value {
        Value::Null => Node::Literal { text: None, ty: None },
        Value::Boolean(value) => Node::constant(if *value { "true" } else { "false" }, "boolean"),
        Value::Number(digits, _) => literal::number(digits)?,
        Value::SingleQuotedString(text)
        | Value::EscapedStringLiteral(text)
        | Value::UnicodeStringLiteral(text) => Node::unknown(text.clone()),
        Value::DollarQuotedString(text) => Node::unknown(text.value.clone()),
        Value::NationalStringLiteral(text) => {
            Node::Literal { text: Some(text.clone()), ty: Some(TypeName::of("bpchar")) }
        }
        Value::SingleQuotedByteStringLiteral(bits) => {
            Node::Literal { text: Some(bits.clone()), ty: Some(TypeName::of("\"bit\"")) }
        }
        _ => return None,
    })
}
