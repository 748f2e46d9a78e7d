//! Conditions as the servers write them: negations go inwards, and what is no condition and stands
//! where one is wanted is compared with zero.

use super::node::{Head, Node};
use crate::dialect::mysql::Mysql;

/// A value where a condition is wanted. MySQL compares all that is none with zero, MariaDB columns.
pub(super) fn truth(mysql: &Mysql, around: &Head, of: Node) -> Node {
    let compares = match of {
        Node::Column(_) => {
            mysql.server.compares_all_conditions() || matches!(around, Head::And | Head::Or)
        }
        _ => mysql.server.compares_all_conditions() && !is_condition(&of),
    };
    if compares { compared("<>", of, Node::number("0")) } else { of }
}

/// Functions that are conditions for the servers.
const CONDITIONS: [&str; 11] = [
    "is_ipv4",
    "is_ipv4_compat",
    "is_ipv4_mapped",
    "is_ipv6",
    "is_uuid",
    "json_contains",
    "json_contains_path",
    "json_exists",
    "json_overlaps",
    "json_valid",
    "regexp_like",
];

fn is_condition(node: &Node) -> bool {
    match node {
        Node::Truth(_) => true,
        Node::Apply { head, .. } => match head {
            Head::And | Head::Or | Head::Xor | Head::Not => true,
            Head::Is(_) | Head::In | Head::Between | Head::Matches(_) => true,
            Head::Operator(name) => opposite(name).is_some() || *name == "<=>",
            Head::Call(name) => CONDITIONS.contains(&name.as_str()),
            _ => false,
        },
        _ => false,
    }
}

/// Several conditions; those that are joined in the same way are taken in.
pub(super) fn join(mysql: &Mysql, head: Head, all: Vec<Node>) -> Node {
    let mut of = Vec::with_capacity(all.len());
    for node in all {
        match node {
            Node::Apply { head: inner, of: more } if inner == head => of.extend(more),
            node => of.push(truth(mysql, &head, node)),
        }
    }
    Node::apply(head, of)
}

/// The comparison that holds where the other does not.
fn opposite(operator: &str) -> Option<&'static str> {
    Some(match operator {
        "=" => "<>",
        "<>" => "=",
        "<" => ">=",
        ">=" => "<",
        ">" => "<=",
        "<=" => ">",
        _ => return None,
    })
}

/// The comparison with the operands changed about.
fn mirrored(operator: &'static str) -> &'static str {
    match operator {
        "<" => ">",
        ">" => "<",
        "<=" => ">=",
        ">=" => "<=",
        other => other,
    }
}

/// The opposite of a condition.
pub(super) fn negated(mysql: &Mysql, of: Node) -> Node {
    let zero = |of| compared("=", of, Node::number("0"));
    match of {
        Node::Truth(truth) => Node::Truth(!truth),
        Node::Column(_) => zero(of),
        Node::Apply { head: Head::Operator(name), of } if opposite(name).is_some() => {
            Node::apply(Head::Operator(opposite(name).unwrap_or(name)), of)
        }
        Node::Apply { head: head @ (Head::And | Head::Or), of } => {
            let other = if head == Head::And { Head::Or } else { Head::And };
            join(mysql, other, of.into_iter().map(|of| negated(mysql, of)).collect())
        }
        Node::Apply { head: Head::Not, mut of } if of.len() == 1 => match of.pop() {
            Some(inner) if is_condition(&inner) => inner,
            Some(inner) => compared("<>", inner, Node::number("0")),
            None => Node::Null,
        },
        of if mysql.server.compares_all_conditions() && !is_condition(&of) => zero(of),
        of => Node::apply(Head::Not, vec![of]),
    }
}

/// Either of two conditions: negations within it are one around it, since servers take them to
/// either side.
pub(super) fn either(mysql: &Mysql, left: Node, right: Node) -> Node {
    let ((left, one), (right, two)) = (positive(mysql, left), positive(mysql, right));
    let node = Node::apply(Head::Xor, vec![left, right]);
    if one == two { node } else { Node::apply(Head::Not, vec![node]) }
}

/// A condition or its opposite, and whether it is the opposite.
fn positive(mysql: &Mysql, of: Node) -> (Node, bool) {
    let counted = |number: &str| mysql.server.counts_truth() && matches!(number, "0" | "1");
    match of {
        Node::Column(_) => (compared("=", of, Node::number("0")), true),
        Node::Truth(truth) => (Node::Truth(true), !truth),
        Node::Number(number) if counted(&number) => (Node::Truth(true), number == "0"),
        Node::Apply { head: Head::Operator("<>" | ">=" | "<="), .. }
        | Node::Apply { head: Head::Or, .. } => (negated(mysql, of), true),
        Node::Apply { head: Head::Not, mut of } if of.len() == 1 => {
            (of.pop().unwrap_or(Node::Null), true)
        }
        of if mysql.server.compares_all_conditions() && !is_condition(&of) => {
            (compared("=", of, Node::number("0")), true)
        }
        of => (of, false),
    }
}

/// Two values compared; a constant stands on the right.
pub(super) fn compared(operator: &'static str, left: Node, right: Node) -> Node {
    let zero = Node::number("0");
    let turns = left.is_constant() && (!right.is_constant() || (left == zero && right != zero));
    match turns {
        true => Node::operator(mirrored(operator), right, left),
        false => Node::operator(operator, left, right),
    }
}

/// Two values or rows compared. MySQL compares rows column by column for equality.
pub(super) fn row_compared(mysql: &Mysql, operator: &'static str, left: Node, right: Node) -> Node {
    let joined = match operator {
        "=" | "<=>" => Some(Head::And),
        "<>" => Some(Head::Or),
        _ => None,
    };
    match (left, right, joined.filter(|_| mysql.server.compares_all_conditions())) {
        (
            Node::Apply { head: Head::Row, of: left },
            Node::Apply { head: Head::Row, of: right },
            Some(head),
        ) if left.len() == right.len() => {
            let pairs = left.into_iter().zip(right);
            let all = pairs.map(|(left, right)| row_compared(mysql, operator, left, right));
            join(mysql, head, all.collect())
        }
        (left, right, _) => compared(operator, left, right),
    }
}

/// `a IN (..)`; one of one is equal.
pub(super) fn listed(mysql: &Mysql, value: Node, mut list: Vec<Node>) -> Option<Node> {
    let last = list.pop()?;
    if list.is_empty() {
        return Some(row_compared(mysql, "=", value, last));
    }
    let mut of = Vec::with_capacity(list.len() + 2);
    of.push(value);
    of.append(&mut list);
    of.push(last);
    Some(Node::apply(Head::In, of))
}
