//! Answers that no question asked for: they would be lost in silence.

use std::collections::BTreeSet;

use super::Answers;
use super::answers::columns_of;
use crate::diff::Diff;
use crate::op::{Change, Op};

/// The flags that named something which the comparison did not rename, fill, convert or make.
pub fn idle_answers(answers: &Answers, diff: &Diff) -> Vec<(String, &'static str)> {
    let renamed = renamed(diff);
    let renames = answers.renames().filter(|(_, new)| !renamed.contains(*new));
    let renames = renames.map(|(old, _)| {
        let help = "OLD is a name in the database, NEW one in the models that it lacks";
        (format!("`--rename {old}=..` renames nothing"), help)
    });
    let (filled, converted) = (columns(diff, fills), columns(diff, converts));
    let idle = |done: &BTreeSet<String>, name: &str| !done.contains(&name.to_ascii_lowercase());
    let fills = answers.fills().filter(|name| idle(&filled, name)).map(|name| {
        let help = "a value is asked for where a column is new, or refuses NULL from now on";
        (format!("`--fill {name}=..` fills nothing"), help)
    });
    let converts = answers.conversions().filter(|name| idle(&converted, name)).map(|name| {
        let help =
            "a conversion is for a column that takes another type, or whose enum loses labels";
        (format!("`--convert {name}` converts nothing"), help)
    });
    let new = new(diff);
    // Patterns are for whatever comes; labels are told apart by their columns alone.
    let plain = |name: &&str| !name.contains(['*', '?', '[', '{', ':']);
    let declined = answers.declines().filter(plain).filter(|name| idle(&new, name)).map(|name| {
        let help = "NAME is one in the models that the database lacks: TABLE or TABLE.COLUMN";
        (format!("`--no-rename {name}`: nothing of this name is new"), help)
    });
    renames.chain(fills).chain(converts).chain(declined).collect()
}

fn renamed(diff: &Diff) -> BTreeSet<String> {
    let names = diff.ops.iter().flat_map(|op| match op {
        Op::RenameNamespace { new, .. } => vec![format!("schema:{new}")],
        Op::RenameTable { new, .. } => vec![new.to_string()],
        Op::RenameLabel { name, new, .. } => {
            let columns = columns_of(name, &diff.target);
            let columns = columns.map(|(table, column)| format!("{table}.{column}"));
            let names = [name.to_string()].into_iter().chain(columns);
            names.map(|name| format!("{name}:{new}")).collect()
        }
        Op::Alter { table, change: Change::RenameColumn { new, .. } } => {
            vec![format!("{table}.{new}")]
        }
        Op::Alter { table, change: Change::MapValues { column, values } } => {
            values.values().map(|new| format!("{table}.{column}:{new}")).collect()
        }
        _ => Vec::new(),
    });
    names.collect()
}

/// The columns that changes are about, in lower case.
fn columns(diff: &Diff, of: impl Fn(&Change) -> Option<&str>) -> BTreeSet<String> {
    let names = diff.ops.iter().filter_map(|op| match op {
        Op::Alter { table, change } => Some(format!("{table}.{}", of(change)?)),
        _ => None,
    });
    names.map(|name| name.to_ascii_lowercase()).collect()
}

fn fills(change: &Change) -> Option<&str> {
    match change {
        Change::AddColumn { column, fill: Some(_), .. } => Some(&column.name),
        Change::AlterColumn { new, fill: Some(_), .. } => Some(&new.name),
        _ => None,
    }
}

fn converts(change: &Change) -> Option<&str> {
    match change {
        Change::AlterColumn { old, new, using, .. } if using.is_some() || old.ty != new.ty => {
            Some(&new.name)
        }
        _ => None,
    }
}

/// What is new, in lower case.
fn new(diff: &Diff) -> BTreeSet<String> {
    let names = diff.ops.iter().filter_map(|op| match op {
        Op::CreateTable(table) => Some(table.name.to_string()),
        Op::Alter { table, change: Change::AddColumn { column, .. } } => {
            Some(format!("{table}.{}", column.name))
        }
        _ => None,
    });
    names.map(|name| name.to_ascii_lowercase()).collect()
}
