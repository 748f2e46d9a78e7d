//! Functions under one name each, and those that are operators.

use super::node::{Head, Node};
use crate::dialect::mysql::Mysql;

/// Other names, and the one that is kept.
const NAMES: [(&str, &str); 18] = [
    ("atan2", "atan"),
    ("ceil", "ceiling"),
    ("character_length", "char_length"),
    ("current_date", "curdate"),
    ("current_time", "curtime"),
    ("current_timestamp", "now"),
    ("day", "dayofmonth"),
    ("json_detailed", "json_pretty"),
    ("json_merge", "json_merge_preserve"),
    ("lcase", "lower"),
    ("length", "octet_length"),
    ("localtime", "now"),
    ("localtimestamp", "now"),
    ("nvl", "ifnull"),
    ("power", "pow"),
    ("schema", "database"),
    ("sha", "sha1"),
    ("ucase", "upper"),
];

/// A call with its arguments.
pub(super) fn call(mysql: &Mysql, name: &str, mut of: Vec<Node>) -> Node {
    let found = NAMES.iter().find(|(other, _)| *other == name);
    let name = found.map_or(name, |(_, kept)| kept);
    let zero = || Node::number("0");
    match (name, of.len()) {
        ("now" | "curtime" | "utc_time" | "utc_timestamp" | "sysdate", 1) if of[0] == zero() => {
            Node::call(name, Vec::new())
        }
        ("round", 1) | ("yearweek", 1) => {
            of.push(zero());
            Node::call(name, of)
        }
        ("week", 1) if mysql.server.writes_week_mode() => {
            of.push(zero());
            Node::call(name, of)
        }
        ("isnull", 1) => Node::apply(Head::Is("null"), of),
        ("date", 1) => Node::apply(Head::Cast("date".into()), of),
        ("bin", 1) => converted(of, "2"),
        ("oct", 1) => converted(of, "8"),
        ("instr", 2) => {
            of.reverse();
            Node::call("locate", of)
        }
        ("regexp_like", 2) => Node::apply(Head::Matches("regexp"), of),
        ("mod", 2) => Node::apply(Head::Operator("%"), of),
        ("datediff", 2) => {
            let days = of.into_iter().map(|of| Node::call("to_days", vec![of]));
            Node::apply(Head::Operator("-"), days.collect())
        }
        (name, _) => Node::call(name, of),
    }
}

fn converted(mut of: Vec<Node>, base: &str) -> Node {
    of.extend([Node::number("10"), Node::number(base)]);
    Node::call("conv", of)
}
