//! Changes that SQLite cannot make in place become one rebuild of the table.

use std::collections::BTreeSet;

use autogen_model::Diagnostic;

use super::Sqlite;
use super::native::{content, mentions, native};
use super::types::quote;
use crate::dialect::{broken, said};
use crate::op::{Change, Copied, Op, Part, Rebuild};
use crate::schema::{Expr, Index, Name, Object, ObjectKind, Schema, Table};
use crate::sql::literal;
use crate::sql::{Spelling, trigger};

/// The ops as SQLite can run them, and what stands in their way.
pub(super) fn adapt(sqlite: Sqlite, ops: Vec<Op>, schema: &Schema) -> (Vec<Op>, Vec<Diagnostic>) {
    let mut run = Run { sqlite, working: schema.clone(), ..Run::default() };
    run.uncertain = uncertain(sqlite, &ops, schema);
    let mut ops = ops.into_iter().peekable();
    while let Some(op) = ops.next() {
        match op {
            Op::Alter { table, change } if !is_rename(&change) => {
                let mut changes = vec![change];
                while let Some(Op::Alter { change, .. }) = ops.next_if(|op| {
                    matches!(op, Op::Alter { table: other, change }
                        if *other == table && !is_rename(change))
                }) {
                    changes.push(change);
                }
                run.table(&table, changes);
            }
            op => run.other(op),
        }
    }
    (free_names(run.result), run.problems)
}

/// Indexes of a table that is made anew give up their names before it is, where another table takes
/// them: two such tables may wait for one another.
fn free_names(ops: Vec<Op>) -> Vec<Op> {
    let mut taken: BTreeSet<(String, Name)> = BTreeSet::new();
    for op in &ops {
        let indexes: Vec<&Index> = match op {
            Op::CreateTable(table) => table.indexes.iter().collect(),
            Op::Rebuild(rebuild) => rebuild.new.indexes.iter().collect(),
            Op::Alter { change: Change::Add(Part::Index(index)), .. } => vec![index],
            _ => Vec::new(),
        };
        let Some(table) = op.table() else { continue };
        let name = |index: &Index| (index.name.text.to_ascii_lowercase(), table.clone());
        taken.extend(indexes.into_iter().map(name));
    }
    let free = |op: Op| {
        let Op::Rebuild(mut rebuild) = op else { return vec![op] };
        let table = rebuild.old.name.clone();
        let elsewhere = |index: &Index| {
            let name = index.name.text.to_ascii_lowercase();
            taken.iter().any(|(taken, owner)| *taken == name && *owner != table)
        };
        let (moved, kept) = rebuild.old.indexes.drain(..).partition(elsewhere);
        rebuild.old.indexes = kept;
        let drop = |index| Change::Drop(Part::Index(index));
        let drops: Vec<Index> = moved;
        let drops = drops.into_iter().map(drop);
        let drops = drops.map(|change| Op::Alter { table: table.clone(), change });
        drops.chain([Op::Rebuild(rebuild)]).collect()
    };
    ops.into_iter().flat_map(free).collect()
}

/// Whether an op that is run in place updates the rows.
fn writes(op: &Op) -> bool {
    let Op::Alter { change, .. } = op else { return false };
    match change {
        Change::AddColumn { fill, .. } | Change::AlterColumn { fill, .. } => fill.is_some(),
        Change::MapValues { .. } => true,
        _ => false,
    }
}

fn is_rename(change: &Change) -> bool {
    matches!(change, Change::RenameColumn { .. })
}

/// The runner checks the keys itself at the end, and refuses what rows would be left alone.
pub(super) const NO_CASCADES: &str = "PRAGMA foreign_keys = OFF";

/// Statements that have no effect once a transaction is open. Without them, dropping a table
/// deletes its rows first, and the rows of others with them where a foreign key cascades.
pub(super) fn session(ops: &[Op]) -> Vec<String> {
    let rebuilds = ops.iter().any(|op| matches!(op, Op::Rebuild(_)));
    let mut dropped = BTreeSet::new();
    let orphans = ops.iter().any(|op| match op {
        Op::DropTable(table) => {
            dropped.insert(&table.name);
            table.foreign_keys.iter().any(|key| dropped.contains(&key.table))
        }
        _ => false,
    });
    match rebuilds || orphans {
        true => vec![NO_CASCADES.into()],
        false => Vec::new(),
    }
}

/// Triggers whose text before or after the renames of these ops is not known for certain.
fn uncertain(sqlite: Sqlite, ops: &[Op], schema: &Schema) -> BTreeSet<Name> {
    let spelling = super::Dialect::spelling(&sqlite);
    let altered: BTreeSet<&Name> = ops
        .iter()
        .filter(|op| matches!(op, Op::Alter { change, .. } if !is_rename(change)))
        .filter_map(Op::table)
        .collect();
    let renames = ops.iter().filter(|op| renamed(op).is_some());
    let triggers = schema.objects.iter().filter(|it| it.kind == ObjectKind::Trigger);
    // The text of most triggers is never needed again.
    if altered.is_empty() || triggers.count() == 0 {
        return BTreeSet::new();
    }
    let hung = |schema: &Schema| -> BTreeSet<Name> {
        let on_altered =
            |it: &&Object| it.table.as_ref().is_some_and(|table| altered.contains(table));
        schema.objects.iter().filter(on_altered).map(|it| it.name.clone()).collect()
    };
    let mut needed = hung(schema);
    let mut working = schema.clone();
    let mut doubtful = BTreeSet::new();
    for op in renames {
        // An upgrade renames first and a downgrade last, so a text may be needed with either name.
        for op in [op, &op.inverse()] {
            let triggers = working.objects.iter().filter(|it| it.kind == ObjectKind::Trigger);
            let open = triggers.filter(|object| doubts(object, op, spelling));
            doubtful.extend(open.map(|object| object.name.clone()));
        }
        // A misfit shows when the whole plan is proved.
        let _ = op.apply(&mut working, spelling);
    }
    needed.extend(hung(&working));
    doubtful.intersection(&needed).cloned().collect()
}

fn renamed(op: &Op) -> Option<(&Name, Option<&str>)> {
    match op {
        Op::RenameTable { old, .. } => Some((old, None)),
        Op::Alter { table, change: Change::RenameColumn { old, .. } } => Some((table, Some(old))),
        _ => None,
    }
}

/// Whether the text of a trigger leaves open what a rename does to it.
fn doubts(object: &Object, op: &Op, spelling: Spelling) -> bool {
    let sql = &object.sql;
    match op {
        Op::RenameTable { old, new } => {
            trigger::rename_table(sql, (&old.name, &new.name), spelling).is_none()
        }
        Op::Alter { table, change: Change::RenameColumn { old, new } } => {
            match object.table.as_ref() == Some(table) {
                true => trigger::rename_column(sql, &table.name, (old, new), spelling).is_none(),
                false => trigger::may_mean(sql, &table.name, old, spelling),
            }
        }
        _ => false,
    }
}

struct Run {
    sqlite: Sqlite,
    working: Schema,
    result: Vec<Op>,
    problems: Vec<Diagnostic>,
    /// Triggers whose text after a rename is not known for certain.
    uncertain: BTreeSet<Name>,
}

impl Default for Run {
    fn default() -> Self {
        Self {
            sqlite: Sqlite::BUNDLED,
            working: Schema::default(),
            result: Vec::new(),
            problems: Vec::new(),
            uncertain: BTreeSet::new(),
        }
    }
}

impl Run {
    fn other(&mut self, op: Op) {
        match &op {
            Op::DropTable(table) => self.protect(&table.name, None),
            op => {
                if let Some((table, column)) = renamed(op) {
                    self.protect_content(table, column);
                }
            }
        }
        self.apply(&op);
        self.result.push(op);
    }

    fn apply(&mut self, op: &Op) {
        // A misfit shows when the whole plan is proved.
        let _ = op.apply(&mut self.working, super::Dialect::spelling(&self.sqlite));
    }

    /// All changes of one table.
    fn table(&mut self, name: &Name, changes: Vec<Change>) {
        let Some(old) = self.working.tables.get(name).cloned() else { return };
        for change in &changes {
            if let Change::DropColumn { column, .. } = change {
                self.protect(name, Some(&column.name));
            }
            self.apply(&Op::Alter { table: name.clone(), change: change.clone() });
        }
        let hangs =
            |it: &&Object| it.kind == ObjectKind::Trigger && it.table.as_ref() == Some(name);
        let triggers: Vec<Object> = self.working.objects.iter().filter(hangs).cloned().collect();
        // A copy fires no trigger, an update of the rows does.
        let fires = triggers.iter().any(|it| mentions(&it.sql, "UPDATE"));
        let ops = native(self.sqlite, &old, &changes);
        if let Some(ops) = ops.filter(|ops| !(fires && ops.iter().any(writes))) {
            self.result.extend(ops);
            return;
        }
        let Some(new) = self.working.tables.get(name).cloned() else { return };
        for object in triggers.iter().filter(|it| self.uncertain.contains(&it.name)) {
            self.problems.push(open_trigger(object, name));
        }
        let copy = copy(&old, &new, &changes);
        self.result.push(Op::Rebuild(Box::new(Rebuild { old, new, changes, copy, triggers })));
    }

    /// Views and triggers that would break are the author's to change first.
    fn protect(&mut self, table: &Name, column: Option<&str>) {
        for object in &self.working.objects {
            let own = object.table.as_ref() == Some(table);
            let hit = match (object.kind, column) {
                (ObjectKind::Sql, _) => false,
                (ObjectKind::VirtualTable, _) => indexes(&object.sql, table, column),
                (_, None) => !own && mentions(&object.sql, &table.name),
                (_, Some(column)) => {
                    mentions(&object.sql, &table.name) && mentions(&object.sql, column)
                }
            };
            if hit {
                self.problems.push(broken(object, &format!("{} cannot go", said(table, column))));
            }
        }
    }

    /// SQLite changes names in views and triggers, but not in the words of a full-text index.
    fn protect_content(&mut self, table: &Name, column: Option<&str>) {
        for object in &self.working.objects {
            if object.kind == ObjectKind::VirtualTable && indexes(&object.sql, table, column) {
                let what = format!("{} cannot take another name", said(table, column));
                self.problems.push(broken(object, &what));
            }
        }
    }
}

/// Whether a full-text index reads its texts from this table, and from this column.
fn indexes(sql: &str, table: &Name, column: Option<&str>) -> bool {
    content(sql).is_some_and(|content| content.eq_ignore_ascii_case(&table.name))
        && column.is_none_or(|column| mentions(sql, column))
}

fn open_trigger(object: &Object, table: &Name) -> Diagnostic {
    Diagnostic::new(format!(
        "trigger {} must be made again with table {table}, and its text leaves open what \
         the renames of this revision make of it",
        object.name
    ))
    .help("make the renames in a revision of their own, apply it, then make the other changes")
}

/// Where the values of the new table come from. Columns that are not listed get their default.
fn copy(old: &Table, new: &Table, changes: &[Change]) -> Vec<Copied> {
    let columns = new.columns.iter().filter(|column| column.generated.is_none());
    let value = |column: &crate::schema::Column| {
        let mut expr = old.column(&column.name).map(|_| quote(&column.name).into_owned());
        for change in changes {
            match change {
                Change::AddColumn { column: added, fill, .. } if added.name == column.name => {
                    expr = fill.as_ref().map(|fill| fill.text.clone());
                }
                Change::MapValues { column: mapped, values } if *mapped == column.name => {
                    expr = expr.map(|expr| mapping(&expr, values.iter()));
                }
                Change::AlterColumn { new, using: Some(using), fill, .. }
                    if new.name == column.name =>
                {
                    let filled = |fill: &Expr| format!("coalesce({using}, {fill})");
                    expr = Some(fill.as_ref().map_or_else(|| using.text.clone(), filled));
                }
                Change::AlterColumn { new, fill: Some(fill), .. } if new.name == column.name => {
                    expr = expr.map(|expr| format!("coalesce({expr}, {fill})"));
                }
                _ => {}
            }
        }
        expr.map(|expr| Copied { column: column.name.clone(), expr: Expr::new(expr) })
    };
    columns.filter_map(value).collect()
}

/// `CASE` over old and new values; anything else stays as it is.
pub(super) fn mapping<'a>(
    expr: &str,
    values: impl Iterator<Item = (&'a String, &'a String)>,
) -> String {
    let pairs = values.map(|(old, new)| format!("WHEN {} THEN {}", literal(old), literal(new)));
    format!("CASE {expr} {} ELSE {expr} END", pairs.collect::<Vec<String>>().join(" "))
}
