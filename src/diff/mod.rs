//! Two schemas and what the author said about the change, turned into ops. Knows no dialect: it
//! compares by equality and asks the dialect only whether two types are the same in effect.

mod align;
mod column;
mod part;
mod rename;

use std::borrow::Cow;
use std::collections::BTreeSet;

use crate::dialect::Dialect;
use crate::error::Result;
use crate::op::{Change, Op, Part};
use crate::schema::{Enum, Intent, Name, Object, Schema, Table};

pub use rename::Declined;

/// What came out of a comparison.
#[derive(Clone, Debug, Default)]
pub struct Diff {
    /// The changes that turn the current schema into the target: renames first.
    pub ops: Vec<Op>,
    /// The target as it will be, with everything the models left open taken from the database.
    pub target: Schema,
    /// What only the author can tell. With any of these, the ops are a preview.
    pub questions: Vec<Question>,
}

/// Something that is never guessed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Question {
    /// Is this namespace the old one under a new name? Both have tables of the same names.
    NamespaceRenamed {
        /// The new namespace.
        new: String,
        /// The one that goes.
        old: String,
    },
    /// Is this table an old one under a new name?
    TableRenamed {
        /// The new table.
        new: Name,
        /// The old tables that it could be, the likeliest first.
        candidates: Vec<Name>,
    },
    /// Is this column an old one under a new name?
    ColumnRenamed {
        /// The table.
        table: Name,
        /// The new column.
        new: String,
        /// The old columns that it could be, the likeliest first.
        candidates: Vec<String>,
    },
    /// Is this label of an enumerated type an old one under a new name?
    EnumLabelRenamed {
        /// The type.
        name: Name,
        /// The new label.
        new: String,
        /// The old labels that it could be.
        candidates: Vec<String>,
    },
    /// Is this label of an enumeration an old one under a new name?
    LabelRenamed {
        /// The table.
        table: Name,
        /// The column.
        column: String,
        /// The new label.
        new: String,
        /// The old labels that it could be.
        candidates: Vec<String>,
    },
    /// May old values lose something by becoming of another type?
    Convert {
        /// The table.
        table: Name,
        /// The column.
        column: String,
        /// The type before and the type after.
        types: (String, String),
    },
    /// Which value do old rows get?
    Fill {
        /// The table.
        table: Name,
        /// The column that refuses NULL.
        column: String,
        /// It is there already and takes NULL until now.
        exists: bool,
    },
}

/// Compares two canonical schemas of one dialect.
pub fn diff(
    current: &Schema,
    target: Schema,
    intent: &Intent,
    declined: &Declined,
    dialect: &dyn Dialect,
) -> Result<Diff> {
    let mut diff = Diff { target, ..Diff::default() };
    let mut respelled = intent.clone();
    if dialect.folds_case() {
        align::respell(&mut diff.target, current, &mut respelled, dialect);
    }
    let intent = &respelled;
    // Only what is renamed has to be copied for it.
    let mut working = Cow::Borrowed(current);
    rename::rename(&mut diff, &mut working, intent, declined, dialect)?;
    dialect.settle(&working, &mut diff.target);
    align::align(&mut diff.target, &working, intent, dialect);
    namespaces(&mut diff, &working);
    enums(&mut diff, &working, declined);
    for (name, old) in &working.tables {
        if !diff.target.tables.contains_key(name) {
            let triggers = working.objects.iter().filter(|it| it.table.as_ref() == Some(name));
            diff.ops.extend(triggers.cloned().map(Op::DropObject));
            diff.ops.push(Op::DropTable(old.clone()));
        }
    }
    // What hangs on a view, or on a table that is not compared, stays with it.
    let gone = |table: &Name| {
        working.tables.contains_key(table) && !diff.target.tables.contains_key(table)
    };
    let kept = |object: &&Object| !object.table.as_ref().is_some_and(gone);
    diff.target.objects = working.objects.iter().filter(kept).cloned().collect();
    let target = std::mem::take(&mut diff.target);
    for (name, new) in &target.tables {
        match working.tables.get(name) {
            None => diff.ops.push(Op::CreateTable(new.clone())),
            Some(old) => table(&mut diff, (old, new), intent, declined, dialect),
        }
    }
    diff.target = target;
    diff.questions.retain(|question| match question {
        Question::Fill { table, column, exists: false } => {
            !has_from_parent(&working, table, column)
        }
        _ => true,
    });
    keep_first_questions(&mut diff.questions);
    Ok(diff)
}

/// Whether a table has the column already, by way of a parent: its rows have values then.
fn has_from_parent(working: &Schema, table: &Name, column: &str) -> bool {
    let parents = working.tables.get(table).map(Table::parents).unwrap_or_default();
    let parents = parents.iter().filter_map(|name| working.tables.get(name));
    parents.into_iter().any(|parent| parent.column(column).is_some())
}

/// A column that may be an old one under a new name needs no value for old rows yet, and neither is
/// anything to be asked about a table whose namespace may have another name.
pub fn keep_first_questions(questions: &mut Vec<Question>) {
    let renamed: BTreeSet<(Name, String)> = questions
        .iter()
        .filter_map(|question| match question {
            Question::ColumnRenamed { table, new, .. } => Some((table.clone(), new.clone())),
            _ => None,
        })
        .collect();
    let moved: BTreeSet<String> = questions
        .iter()
        .filter_map(|question| match question {
            Question::NamespaceRenamed { new, .. } => Some(new.clone()),
            _ => None,
        })
        .collect();
    questions.retain(|question| match question {
        Question::TableRenamed { new, .. } => {
            !new.schema.as_ref().is_some_and(|home| moved.contains(home))
        }
        Question::Fill { table, column, .. } => !renamed.contains(&(table.clone(), column.clone())),
        _ => true,
    });
}

fn namespaces(diff: &mut Diff, working: &Schema) {
    let gone = working.namespaces.difference(&diff.target.namespaces);
    diff.ops.extend(gone.cloned().map(Op::DropNamespace));
    let come = diff.target.namespaces.difference(&working.namespaces);
    diff.ops.extend(come.cloned().map(Op::CreateNamespace));
}

fn enums(diff: &mut Diff, working: &Schema, declined: &Declined) {
    for (name, old) in &working.enums {
        if !diff.target.enums.contains_key(name) {
            diff.ops.push(Op::DropEnum(old.clone()));
        }
    }
    for (name, new) in &diff.target.enums {
        match working.enums.get(name) {
            None => diff.ops.push(Op::CreateEnum(new.clone())),
            Some(old) if old != new => {
                diff.questions.extend(ask_labels((old, new), declined));
                diff.ops.push(Op::AlterEnum { old: old.clone(), new: new.clone() });
            }
            Some(_) => {}
        }
    }
}

/// Where labels go and others come, the ones may be the others.
fn ask_labels((old, new): (&Enum, &Enum), declined: &Declined) -> Vec<Question> {
    let gone = old.labels.iter().filter(|it| !new.labels.contains(it));
    let gone: Vec<String> = gone.cloned().collect();
    let come = new.labels.iter().filter(|it| !old.labels.contains(it));
    let open =
        come.filter(|it| !gone.is_empty() && !declined.covers(&format!("{}:{it}", new.name)));
    open.map(|label| Question::EnumLabelRenamed {
        name: new.name.clone(),
        new: label.clone(),
        candidates: gone.clone(),
    })
    .collect()
}

fn table(
    diff: &mut Diff,
    (old, new): (&Table, &Table),
    intent: &Intent,
    declined: &Declined,
    dialect: &dyn Dialect,
) {
    column::ask_labels(diff, (old, new), intent, declined, dialect);
    let (mut changes, after) = part::changes(old, new, dialect);
    changes.extend(column::columns(diff, old, new, intent, dialect));
    if old.primary_key != new.primary_key {
        let (old, new) = (old.primary_key.clone(), new.primary_key.clone());
        changes.push(Change::PrimaryKey { old, new });
    }
    changes.extend(after);
    if old.comment != new.comment {
        changes.push(Change::Comment { old: old.comment.clone(), new: new.comment.clone() });
    }
    if old.options != new.options {
        changes.push(Change::Options { old: old.options.clone(), new: new.options.clone() });
    }
    let table = &new.name;
    diff.ops.extend(changes.into_iter().map(|change| Op::Alter { table: table.clone(), change }));
}

/// All constraints and indexes of a table, foreign keys first as they must go first.
fn parts(table: &Table) -> impl Iterator<Item = Part> {
    let keys = table.foreign_keys.iter().cloned().map(Part::ForeignKey);
    keys.chain(table.indexes.iter().cloned().map(Part::Index))
        .chain(table.checks.iter().cloned().map(Part::Check))
        .chain(table.uniques.iter().cloned().map(Part::Unique))
        .chain(table.excludes.iter().cloned().map(Part::Exclude))
}
