//! New names of columns and tables, and what goes before them and comes again after.

use std::collections::{BTreeMap, BTreeSet};

use super::objects;
use super::speaks;
use super::{Work, group};
use crate::dialect::Dialect;
use crate::op::{Algorithm, Change, Op, Part, Together};
use crate::schema::{Column, Name, Schema, Table};

/// Makes renames that stand one after the other.
pub(super) fn rename(work: &mut Work<'_>, ops: Vec<Op>, state: &mut Schema, result: &mut Vec<Op>) {
    let mut ops = ops.into_iter().peekable();
    while let Some(op) = ops.next() {
        let made = match op {
            Op::Alter { table, change: Change::RenameColumn { old, new } } => {
                let mut pairs = vec![(old, new)];
                while let Some(Op::Alter { change: Change::RenameColumn { old, new }, .. }) =
                    ops.next_if(|op| joins(op, &table, &pairs))
                {
                    pairs.push((old, new));
                }
                columns(work, &table, &pairs, state)
            }
            Op::RenameNamespace { old, new } => namespace(&old, &new, state),
            op => {
                objects::renamed(work, &op, state);
                vec![op]
            }
        };
        for op in &made {
            // A misfit shows when the whole plan is proved.
            let _ = op.apply(state, work.mysql.spelling());
        }
        result.extend(made);
    }
}

/// Whether a column of the table takes another name, and none of these names is its own.
fn joins(op: &Op, table: &Name, pairs: &[(String, String)]) -> bool {
    let Op::Alter { table: other, change: Change::RenameColumn { old, new } } = op else {
        return false;
    };
    let known = |name: &String| pairs.iter().any(|(old, new)| old == name || new == name);
    other == table && !known(old) && !known(new)
}

/// Databases cannot take another name: their tables move to a new one.
fn namespace(old: &str, new: &str, state: &Schema) -> Vec<Op> {
    let inside = |name: &&Name| name.schema.as_deref() == Some(old);
    let moved = state.tables.keys().filter(inside).map(|name| Op::RenameTable {
        old: name.clone(),
        new: Name { schema: Some(new.to_owned()), name: name.name.clone() },
    });
    let create = Op::CreateNamespace(new.to_owned());
    std::iter::once(create).chain(moved).chain([Op::DropNamespace(old.to_owned())]).collect()
}

fn columns(
    work: &mut Work<'_>,
    name: &Name,
    pairs: &[(String, String)],
    state: &Schema,
) -> Vec<Op> {
    let mysql = work.mysql;
    let Some(table) = state.tables.get(name) else { return Vec::new() };
    let renames =
        pairs.iter().map(|(old, new)| Change::RenameColumn { old: old.clone(), new: new.clone() });
    let instant = mysql.server.has_instant_rename() && !is_referenced(mysql, state, name, pairs);
    let rename = Op::AlterTogether(Box::new(Together {
        table: name.clone(),
        changes: renames.clone().collect(),
        algorithm: Some(if instant { Algorithm::Instant } else { Algorithm::InPlace }),
        collate: table.options.get("collate").cloned(),
        checks: BTreeMap::new(),
        history: table.options.contains_key("system_versioned"),
        renaming: true,
    }));
    let (gone, come) = match mysql.server.renames_in_expressions() {
        true => (Vec::new(), Vec::new()),
        false => dependents(table, pairs, |table| {
            let mut table = table.clone();
            for (old, new) in pairs {
                table.rename_column(old, new, mysql.spelling());
            }
            table
        }),
    };
    let mut bare = state.clone();
    let mut made = group::together(mysql, (name, table), gone, true);
    made.push(rename);
    for op in &made {
        let _ = op.apply(&mut bare, mysql.spelling());
    }
    if let Some(bare) = bare.tables.get(name) {
        made.extend(group::together(mysql, (name, bare), come, true));
    }
    let (before, after) = objects::follow(work, name, pairs, state);
    before.into_iter().chain(made).chain(after).collect()
}

/// Whether keys of other tables refer to one of these columns, which then takes longer.
fn is_referenced(
    mysql: &super::Mysql,
    state: &Schema,
    table: &Name,
    pairs: &[(String, String)],
) -> bool {
    let named = |name: &String| pairs.iter().any(|(old, _)| old == name);
    let mut keys = state.tables.values().flat_map(|table| &table.foreign_keys);
    !mysql.server.has_instant_catalog()
        && keys.any(|key| key.table == *table && key.referenced.iter().any(named))
}

/// What must not speak of a column while it takes another name: as it goes, and as it comes again.
fn dependents(
    table: &Table,
    pairs: &[(String, String)],
    renamed: impl Fn(&Table) -> Table,
) -> (Vec<Change>, Vec<Change>) {
    let mut gone: BTreeSet<String> = pairs.iter().map(|(old, _)| old.clone()).collect();
    let first = gone.clone();
    let computed = |column: &Column, gone: &BTreeSet<String>| {
        column.generated.is_some()
            && !gone.contains(&column.name)
            && speaks::of_column(column).iter().any(|name| gone.contains(name))
    };
    while let Some(column) = table.columns.iter().find(|column| computed(column, &gone)) {
        gone.insert(column.name.clone());
    }
    let after = renamed(table);
    let (mut before, mut again) = (Vec::new(), Vec::new());
    for (old, new) in speaks::parts(table).zip(speaks::parts(&after)) {
        let expressed = match &old {
            Part::Check(_) => true,
            Part::Index(it) => it.parts.iter().any(|part| part.expression),
            _ => false,
        };
        let names = speaks::of_part(&old);
        let lost = names.iter().any(|name| gone.contains(name) && !first.contains(name));
        if lost || (expressed && names.iter().any(|name| gone.contains(name))) {
            before.push(Change::Drop(old));
            again.push(Change::Add(new));
        }
    }
    for (old, new) in table.columns.iter().zip(&after.columns) {
        let bare = |column: &Column| Column { default: None, null: true, ..column.clone() };
        let change = |old: &Column, new: &Column| Change::AlterColumn {
            old: Box::new(old.clone()),
            new: Box::new(new.clone()),
            fill: None,
            using: None,
        };
        let drop = |column: &Column| (column.clone(), None, Vec::new());
        if gone.contains(&old.name) && !first.contains(&old.name) {
            let (column, fill, parts) = drop(old);
            before.push(Change::DropColumn { column, fill, parts });
            let (column, fill, parts) = drop(new);
            again.push(Change::AddColumn { column, fill, parts });
        } else if speaks::of_column(old).iter().any(|name| first.contains(name)) {
            let without = |column: &Column| Column { null: column.null, ..bare(column) };
            before.push(change(old, &without(old)));
            again.push(change(&without(new), new));
        }
    }
    (before, again)
}
