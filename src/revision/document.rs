//! The graph as a picture for documents: in the languages of Graphviz and of Mermaid.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::draw::Knot;

/// The graph as Graphviz reads it. The newest stands on top.
pub fn dot(knots: &[Knot<'_>]) -> String {
    let mut text = "digraph revisions {\n    rankdir = BT;\n    node [shape = box];\n".to_owned();
    for knot in knots.iter().rev() {
        let label = knot.lines.iter().map(|line| in_quotes(line)).collect::<Vec<_>>().join("\\n");
        // Writing to a string cannot fail.
        let _ = writeln!(text, "    \"{}\" [label = \"{label}\"];", in_quotes(knot.id));
    }
    for (knot, below, needed) in edges(knots) {
        let style = if needed { " [style = dashed]" } else { "" };
        let (from, to) = (in_quotes(below.id), in_quotes(knot.id));
        let _ = writeln!(text, "    \"{from}\" -> \"{to}\"{style};");
    }
    text.push_str("}\n");
    text
}

fn in_quotes(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
}

/// The graph as Mermaid reads it, which GitHub and GitLab draw in a block of that name.
pub fn mermaid(knots: &[Knot<'_>]) -> String {
    let numbers: BTreeMap<&str, usize> =
        knots.iter().rev().enumerate().map(|(number, knot)| (knot.id, number)).collect();
    let number = |knot: &Knot<'_>| numbers.get(knot.id).copied().unwrap_or_default();
    let mut text = "flowchart BT\n".to_owned();
    for knot in knots.iter().rev() {
        let label = knot.lines.iter().map(|line| as_entities(line)).collect::<Vec<_>>();
        let _ = writeln!(text, "    r{}[\"{}\"]", number(knot), label.join("<br>"));
    }
    for (knot, below, needed) in edges(knots) {
        let arrow = if needed { "-.->" } else { "-->" };
        let _ = writeln!(text, "    r{} {arrow} r{}", number(below), number(knot));
    }
    text
}

/// Whatever Mermaid could take for its own is written by its number.
fn as_entities(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '"' | '#' | '&' | '<' | '>' | '`' | '\\' | '*' | '_' | '[' | ']' | '{' | '}' | '|' => {
                let _ = write!(safe, "#{};", u32::from(character));
            }
            _ => safe.push(character),
        }
    }
    safe
}

/// What stands on what, oldest first, and whether it only depends on it. What is not in the
/// document has no edges.
fn edges<'a, 'k>(knots: &'a [Knot<'k>]) -> Vec<(&'a Knot<'k>, &'a Knot<'k>, bool)> {
    let known: BTreeMap<&str, &Knot<'k>> = knots.iter().map(|knot| (knot.id, knot)).collect();
    let mut edges = Vec::new();
    for knot in knots.iter().rev() {
        let ties = knot.parents.iter().map(|id| (id, false));
        for (id, needed) in ties.chain(knot.needs.iter().map(|id| (id, true))) {
            edges.extend(known.get(id).map(|below| (knot, *below, needed)));
        }
    }
    edges
}
