//! One revision for several dialects: what is the same for all is asked and said once.

use std::collections::BTreeSet;

use crate::diff::{Question, keep_first_questions};
use crate::op::Op;
use crate::schema::{Intent, Name, Schema};

use super::answers::columns_of;
use super::difference::differences_of;
use super::{Compared, Proposal};

/// What is left open by any of these comparisons of one change, each question once. The answer to
/// one is an answer to all.
pub fn open_questions<'a>(
    compared: impl IntoIterator<Item = &'a Compared>,
    target: &Schema,
) -> Vec<Question> {
    let mut known = BTreeSet::new();
    let mut open = Vec::new();
    for question in compared.into_iter().flat_map(|it| &it.diff.questions) {
        let subjects = subjects(question, target);
        if subjects.iter().all(|it| !known.contains(it)) {
            open.push(question.clone());
        }
        known.extend(subjects);
    }
    keep_first_questions(&mut open);
    open
}

/// What is asked about. A label is of the type in one dialect, of each column in another.
fn subjects(question: &Question, target: &Schema) -> Vec<(&'static str, String)> {
    let label =
        |(table, column): (&Name, &str), new: &str| ("label", format!("{table}.{column}:{new}"));
    match question {
        Question::NamespaceRenamed { new, .. } => vec![("schema", new.clone())],
        Question::TableRenamed { new, .. } => vec![("table", new.to_string())],
        Question::ColumnRenamed { table, new, .. } => vec![("column", format!("{table}.{new}"))],
        Question::EnumLabelRenamed { name, new, .. } => {
            let columns = columns_of(name, target).map(|of| label(of, new));
            columns.chain([("label", format!("{name}:{new}"))]).collect()
        }
        Question::LabelRenamed { table, column, new, .. } => vec![label((table, column), new)],
        Question::Convert { table, column, .. } => vec![("type", format!("{table}.{column}"))],
        Question::Fill { table, column, .. } => vec![("fill", format!("{table}.{column}"))],
    }
}

/// The review of a revision for several dialects: the changes once, then what they do to each.
pub fn review_of(shares: &[(&'static str, &Proposal)], intent: &Intent) -> Vec<String> {
    if let [(_, proposal)] = shares {
        return proposal.review.lines().cloned().collect();
    }
    let ops: Vec<(&'static str, &[Op])> =
        shares.iter().map(|(name, it)| (*name, &*it.ops)).collect();
    let mut lines: Vec<String> =
        differences_of(&ops, intent).into_iter().map(|difference| difference.text).collect();
    let (active, idle): (Vec<_>, Vec<_>) =
        shares.iter().partition(|(_, proposal)| proposal.up.ops().next().is_some());
    let Some((_, first)) = active.first() else {
        lines.extend(shares.iter().take(1).flat_map(|(_, it)| it.review.effects.clone()));
        return lines;
    };
    let of_all = |group: &&[String]| {
        active.len() > 1
            && active.iter().all(|(_, it)| groups(&it.review.effects).any(|it| it == *group))
    };
    lines.extend(groups(&first.review.effects).filter(of_all).flatten().cloned());
    for (name, proposal) in &active {
        let own = groups(&proposal.review.effects).filter(|group| !of_all(group)).flatten();
        let own: Vec<String> = own.map(|line| format!("  {line}")).collect();
        if !own.is_empty() {
            lines.push(format!("{name}:"));
            lines.extend(own);
        }
    }
    lines.extend(idle.iter().map(|(name, _)| format!("{name}: nothing to do")));
    lines
}

/// Lines with those that go on from them.
fn groups(lines: &[String]) -> impl Iterator<Item = &[String]> {
    lines.chunk_by(|_, next| next.starts_with(' '))
}
