//! Types from the leaves up, and the casts that follow from them, as the server finds them.

use super::literal::{coerce, signed};
use super::node::{Head, Node};
use super::{Scope, operators, signatures};
use crate::dialect::postgres::type_name::TypeName;

/// A part of an expression with its type, where that is known.
#[derive(Clone, Debug)]
pub(super) struct Settled {
    pub(super) node: Node,
    pub(super) ty: Option<TypeName>,
}

impl Settled {
    pub(super) fn new(node: Node, ty: Option<TypeName>) -> Self {
        Self { node, ty }
    }

    /// A constant that takes its type from what is around it.
    pub(super) fn is_open(&self) -> bool {
        open_literal(&self.node)
    }

    /// What nothing around it gave a type is text.
    pub(super) fn typed_text(self, scope: &Scope) -> Self {
        if self.is_open() { coerce(self, &TypeName::of("text"), scope) } else { self }
    }
}

fn open_literal(node: &Node) -> bool {
    match node {
        Node::Literal { ty: None, .. } => true,
        Node::Apply { head: Head::Collate(_), of } => of.iter().all(open_literal),
        _ => false,
    }
}

/// Settles the types of an expression.
pub(super) fn settle(node: Node, scope: &Scope) -> Settled {
    match node {
        Node::Column(name) => {
            let ty = scope.columns.get(&name).and_then(|ty| TypeName::parse(ty));
            Settled::new(Node::Column(name), ty.map(|ty| ty.within(&scope.namespace)))
        }
        Node::Literal { text, ty } => Settled::new(Node::Literal { text, ty: ty.clone() }, ty),
        Node::Array { items, .. } => array(all(items, scope), scope),
        Node::Cast { of, to, .. } if to.is("unknown") => settle(*of, scope),
        Node::Cast { of, to, .. } => {
            // A list of constants takes the type of its cast before it settles one of its own.
            let of = match *of {
                Node::Array { items, .. } if to.array => {
                    let items = all(items, scope).into_iter();
                    let element = to.element();
                    let nested = |item: &Settled| matches!(item.node, Node::Array { .. });
                    let items = items.map(|item| {
                        let to = if nested(&item) { element.list() } else { element.clone() };
                        coerce(item, &to, scope).node
                    });
                    let node = Node::Array { items: items.collect(), element: Some(element) };
                    return Settled::new(node, Some(to));
                }
                of => settle(of, scope),
            };
            coerce(of, &to, scope)
        }
        Node::Apply { head, of } => apply(head, of, scope),
    }
}

fn all(nodes: Vec<Node>, scope: &Scope) -> Vec<Settled> {
    nodes.into_iter().map(|node| settle(node, scope)).collect()
}

fn nodes(all: Vec<Settled>) -> Vec<Node> {
    all.into_iter().map(|it| it.node).collect()
}

fn boolean() -> Option<TypeName> {
    Some(TypeName::of("boolean"))
}

/// A condition: a constant without a type is true or false.
fn condition(it: Settled, scope: &Scope) -> Node {
    if it.is_open() { coerce(it, &TypeName::of("boolean"), scope).node } else { it.node }
}

fn array(items: Vec<Settled>, scope: &Scope) -> Settled {
    let Some(element) = operators::common(&items) else {
        return Settled::new(Node::Array { items: nodes(items), element: None }, None);
    };
    let items = items.into_iter().map(|item| coerce(item, &element, scope).node).collect();
    let ty = element.list();
    Settled::new(Node::Array { items, element: Some(element.element()) }, Some(ty))
}

fn apply(head: Head, of: Vec<Node>, scope: &Scope) -> Settled {
    match head {
        Head::Any(_) | Head::All(_) => quantified(head, of, scope),
        Head::And | Head::Or | Head::Not => {
            let of = all(of, scope).into_iter().map(|it| condition(it, scope)).collect();
            Settled::new(Node::join(head, of), boolean())
        }
        Head::Is(what) => {
            let nulls = matches!(what, "NULL" | "NOT NULL");
            let of = all(of, scope).into_iter().map(|it| match nulls {
                true => it.typed_text(scope).node,
                false => condition(it, scope),
            });
            Settled::new(Node::apply(head, of.collect()), boolean())
        }
        Head::Operator(_) if of.len() == 2 => operator(head, of, scope),
        Head::Distinct => operator(head, of, scope),
        Head::Case | Head::CaseOf => case(head, of, scope),
        Head::Word(word) => self::word(word, all(of, scope), scope),
        Head::Function(name) => signatures::settle(name, all(of, scope), scope),
        head => rest(head, all(of, scope), scope),
    }
}

/// What has one operand, and what takes all as they are.
fn rest(head: Head, mut of: Vec<Settled>, scope: &Scope) -> Settled {
    let first = of.first().and_then(|it| it.ty.clone());
    let ty = match (&head, of.as_mut_slice()) {
        (Head::Operator(name), [operand]) => match name.as_str() {
            "-" | "+" => {
                if let Some(node) = signed(name, &operand.node) {
                    return Settled::new(node, first);
                }
                first
            }
            "~" | "@" => first,
            "|/" | "||/" => {
                let double = TypeName::of("double precision");
                if operand.is_open() || operand.ty.is_some() {
                    *operand = coerce(operand.clone(), &double, scope);
                }
                Some(double)
            }
            _ => None,
        },
        (Head::Collate(_), _) => first,
        (Head::Subscript, _) => first.filter(|ty| ty.array).map(|ty| ty.element().bare()),
        (Head::Slice, _) => first.filter(|ty| ty.array),
        _ => None,
    };
    Settled::new(Node::apply(head, nodes(of)), ty)
}

/// Two operands; two rows are compared column by column.
fn operator(head: Head, of: Vec<Node>, scope: &Scope) -> Settled {
    let name = match &head {
        Head::Operator(name) => name.clone(),
        _ => "=".to_owned(),
    };
    let row = Head::Word("ROW");
    let mut of = of.into_iter();
    let (Some(left), Some(right)) = (of.next(), of.next()) else {
        return Settled::new(Node::apply(head, Vec::new()), None);
    };
    match (left, right) {
        (Node::Apply { head: one, of: left }, Node::Apply { head: two, of: right })
            if one == row && two == row && left.len() == right.len() =>
        {
            let (mut lefts, mut rights) = (Vec::new(), Vec::new());
            for (left, right) in left.into_iter().zip(right) {
                let (left, right) = (settle(left, scope), settle(right, scope));
                let (left, right, _) = operators::settle(&name, left, right, scope);
                lefts.push(left.node);
                rights.push(right.node);
            }
            let rows = [lefts, rights].map(|of| Node::apply(row.clone(), of));
            Settled::new(Node::apply(head, rows.into()), boolean())
        }
        (left, right) => {
            let (left, right) = (settle(left, scope), settle(right, scope));
            let (left, right, ty) = operators::settle(&name, left, right, scope);
            let ty = if head == Head::Distinct { boolean() } else { ty };
            Settled::new(Node::apply(head, vec![left.node, right.node]), ty)
        }
    }
}

/// `= ANY (..)`: the operator is one for the elements.
fn quantified(head: Head, of: Vec<Node>, scope: &Scope) -> Settled {
    let (Head::Any(name) | Head::All(name)) = &head else {
        return Settled::new(Node::apply(head, of), None);
    };
    let mut of = of.into_iter();
    let (Some(left), Some(right)) = (of.next(), of.next()) else {
        return Settled::new(Node::apply(head, Vec::new()), None);
    };
    let left = settle(left, scope);
    let right = match right {
        Node::Apply { head: Head::Word("IN"), of } => {
            let mut items = all(of, scope);
            items.insert(0, left.clone());
            let common = operators::common(&items).filter(|_| left.ty.is_some() || left.is_open());
            let items = items.into_iter().skip(1).map(|item| match &common {
                Some(to) => coerce(item, to, scope).node,
                None => item.node,
            });
            let node = Node::Array { items: items.collect(), element: common.clone() };
            Settled::new(node, common.map(|ty| ty.list()))
        }
        right => settle(right, scope),
    };
    let element = match (&right.node, &right.ty) {
        (Node::Literal { ty: None, .. }, _) => Settled::new(Node::unknown(""), None),
        (_, ty) => {
            let ty = ty.as_ref().filter(|ty| ty.array).map(TypeName::element);
            Settled::new(Node::Column(String::new()), ty)
        }
    };
    let (left, right) = match operators::types(name, &left, &element) {
        Some(types) => {
            let left =
                types.left.map_or_else(|| left.clone(), |to| coerce(left.clone(), &to, scope));
            match types.right {
                Some(to) => (left, coerce(right, &to.list(), scope)),
                None => (left, right),
            }
        }
        None => (left, right),
    };
    Settled::new(Node::apply(head, vec![left.node, right.node]), boolean())
}

/// Conditions are boolean or compared to the operand; the results are of one type.
fn case(head: Head, of: Vec<Node>, scope: &Scope) -> Settled {
    let mut of = all(of, scope);
    let start = usize::from(head == Head::CaseOf);
    if of.len() <= start {
        return Settled::new(Node::apply(head, nodes(of)), None);
    }
    let mut operand = (start == 1).then(|| of.remove(0).typed_text(scope));
    let last = of.len() - 1;
    let is_result = |at: usize| at == last || at % 2 == 1;
    let results = of.iter().enumerate().filter(|(at, _)| is_result(*at));
    let mut results: Vec<Settled> = results.map(|(_, it)| it.clone()).collect();
    // The server looks at the last one first.
    results.rotate_right(1);
    let common = operators::common(&results);
    let mut settled = Vec::with_capacity(of.len() + 1);
    for (at, it) in of.into_iter().enumerate() {
        settled.push(match (is_result(at), &common, &mut operand) {
            (true, Some(to), _) => coerce(it, to, scope).node,
            (true, None, _) => it.node,
            (false, _, Some(operand)) => operators::settle("=", operand.clone(), it, scope).1.node,
            (false, _, None) => condition(it, scope),
        });
    }
    if let Some(operand) = operand {
        settled.insert(0, operand.node);
    }
    Settled::new(Node::apply(head, settled), common)
}

fn word(word: &'static str, of: Vec<Settled>, scope: &Scope) -> Settled {
    let ty = match word {
        "CURRENT_TIMESTAMP" => "timestamp with time zone",
        "LOCALTIMESTAMP" => "timestamp without time zone",
        "CURRENT_DATE" => "date",
        "CURRENT_TIME" => "time with time zone",
        "LOCALTIME" => "time without time zone",
        "COALESCE" | "GREATEST" | "LEAST" => {
            let common = operators::common(&of);
            let of = of.into_iter().map(|it| match &common {
                Some(to) => coerce(it, to, scope).node,
                None => it.node,
            });
            return Settled::new(Node::apply(Head::Word(word), of.collect()), common);
        }
        "NULLIF" => {
            let [left, right] = of.as_slice() else {
                return Settled::new(Node::apply(Head::Word(word), nodes(of)), None);
            };
            let (left, right, _) = operators::settle("=", left.clone(), right.clone(), scope);
            let ty = left.ty.as_ref().map(TypeName::bare);
            return Settled::new(Node::apply(Head::Word(word), vec![left.node, right.node]), ty);
        }
        "ROW" => return Settled::new(Node::apply(Head::Word(word), nodes(of)), None),
        _ => "name",
    };
    Settled::new(Node::apply(Head::Word(word), nodes(of)), Some(TypeName::of(ty)))
}
