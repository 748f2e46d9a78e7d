//! Columns: values for old rows, labels that take another name, and columns that are dropped and
//! added again because they cannot change where they stand.

use std::collections::BTreeSet;

use super::super::hazard::algorithm::{is_constant, is_virtual};
use super::super::labels;
use super::super::render;
use super::speaks;
use super::{Work, remake_part};
use crate::dialect::mysql::Server;
use crate::op::{Change, Part};
use crate::schema::{Column, Expr, Table, Type};
use crate::sql::{Syntax, TokenKind, paren};

/// All of it, table by table.
pub(super) fn adapt(work: &mut Work<'_>) {
    let server = work.mysql.server;
    for (name, changes) in &mut work.changes {
        let Some(table) = work.before.tables.get(name) else { continue };
        let mut again = BTreeSet::new();
        let mut result = Vec::with_capacity(changes.len());
        let given = std::mem::take(changes);
        let mapped: Vec<Change> = given
            .iter()
            .filter(|change| matches!(change, Change::MapValues { .. }))
            .cloned()
            .collect();
        for change in given {
            match change {
                Change::AddColumn { column, fill, parts } => {
                    result.extend(add(server, column, fill, parts));
                }
                Change::AlterColumn { old, new, fill, using } => {
                    let map = mapped.iter().find(
                        |it| matches!(it, Change::MapValues { column, .. } if *column == new.name),
                    );
                    let listed =
                        [&old, &new].iter().all(|it| !labels::of(&it.ty.spelled()).is_empty());
                    if let Some(map) = map.filter(|_| listed) {
                        result.extend(relabelled(map, *old, *new, fill));
                    } else if let Some(using) = using {
                        again.insert(old.name.clone());
                        result.extend(converted(*old, *new, fill, using));
                    } else if is_remade(server, table, &old, &new) {
                        again.insert(old.name.clone());
                        result.extend(remade(server, *old, *new));
                    } else {
                        result.push(Change::AlterColumn { old, new, fill, using: None });
                    }
                }
                Change::MapValues { column, values } => {
                    let altered = result_alters(&result, &column);
                    let typed = table
                        .column(&column)
                        .is_some_and(|column| !labels::of(&column.ty.spelled()).is_empty());
                    // Between the two changes of its column, where it is one of labels.
                    if !typed && !altered {
                        result.push(Change::MapValues { column, values });
                    }
                }
                change => result.push(change),
            }
        }
        *changes = result;
        dependents(server, table, again, changes);
        conditions(table, changes);
    }
}

/// A condition that stands in the definition of a column needs that definition to be said.
fn conditions(table: &Table, changes: &mut Vec<Change>) {
    let about = |change: &Change, name: &str| match change {
        Change::AddColumn { column, .. } | Change::DropColumn { column, .. } => column.name == name,
        Change::AlterColumn { old, .. } => old.name == name,
        _ => false,
    };
    let parts = changes.iter().filter_map(|change| match change {
        Change::Add(part) | Change::Drop(part) => render::of_column(part),
        _ => None,
    });
    let missing: BTreeSet<&String> =
        parts.filter(|name| !changes.iter().any(|change| about(change, name))).collect();
    let columns = missing.into_iter().filter_map(|name| table.column(name));
    let same = |column: &Column| Change::AlterColumn {
        old: Box::new(column.clone()),
        new: Box::new(column.clone()),
        fill: None,
        using: None,
    };
    let same: Vec<Change> = columns.map(same).collect();
    changes.extend(same);
}

fn result_alters(changes: &[Change], name: &str) -> bool {
    changes.iter().any(|it| matches!(it, Change::MapValues { column, .. } if column == name))
}

fn alter(old: Column, new: Column, fill: Option<Expr>) -> Option<Change> {
    let fill = fill.filter(|_| old.null && !new.null);
    (old != new).then(|| Change::AlterColumn {
        old: Box::new(old),
        new: Box::new(new),
        fill,
        using: None,
    })
}

/// A new column. Old rows get a literal by a default for the moment, which costs nothing, and
/// anything else by an update.
fn add(server: Server, column: Column, fill: Option<Expr>, parts: Vec<Part>) -> Vec<Change> {
    let own = column.default.clone().filter(|it| is_drawn(server, &it.text));
    let fill = fill.filter(|fill| column.default.as_ref() != Some(fill)).or(own);
    let computed = column.generated.is_some() || column.identity.is_some();
    let Some(fill) = fill.filter(|_| !computed) else {
        return vec![Change::AddColumn { column, fill: None, parts }];
    };
    if is_literal(&fill.text) && takes_literal(server, &column.ty) {
        let filled = Column { default: Some(fill.clone()), ..column.clone() };
        let then = alter(filled.clone(), column, None);
        let add = Change::AddColumn { column: filled, fill: Some(fill), parts };
        return std::iter::once(add).chain(then).collect();
    }
    let bare = Column { null: true, default: None, ..column.clone() };
    // The update stands before the change that wants it, or behind the column.
    let late = (!column.null).then(|| fill.clone());
    let early = column.null.then_some(fill);
    let then = alter(bare.clone(), column, late);
    let add = Change::AddColumn { column: bare, fill: early, parts };
    std::iter::once(add).chain(then).collect()
}

/// Whether a default is drawn anew for every row.
fn is_drawn(server: Server, default: &str) -> bool {
    let folded = server.has_instant_expressions() && speaks::in_expr(default).next().is_none();
    !is_constant(default) && !folded
}

fn is_literal(expr: &str) -> bool {
    let kinds = |kind: TokenKind| matches!(kind, TokenKind::String | TokenKind::Number);
    let all = paren::solid(expr, Syntax::MYSQL);
    match all.as_slice() {
        [only] => {
            kinds(only.kind)
                || expr.eq_ignore_ascii_case("true")
                || expr.eq_ignore_ascii_case("false")
        }
        [_, second] => kinds(second.kind) && is_constant(expr),
        _ => false,
    }
}

/// Whether a column of a type can have a literal as its default.
fn takes_literal(server: Server, ty: &Type) -> bool {
    let ty = ty.spelled();
    let word = ty.split(['(', ' ']).next().unwrap_or_default();
    let long = word.ends_with("text") || word.ends_with("blob") || word == "json";
    !long || server.has_literal_texts()
}

/// Labels take other names: both are admitted for a while, and rows go over meanwhile.
fn relabelled(map: &Change, old: Column, new: Column, fill: Option<Expr>) -> Vec<Change> {
    let Change::MapValues { values, .. } = map else { return Vec::new() };
    let mut both = labels::of(&old.ty.spelled());
    for label in values.values() {
        if !both.contains(label) {
            both.push(label.clone());
        }
    }
    let wide = Column { ty: Type::Native(labels::spelled(&both)), ..old.clone() };
    let first = alter(old, wide.clone(), None);
    let last = alter(wide, new, fill);
    first.into_iter().chain([map.clone()]).chain(last).collect()
}

/// Old values become others by an expression: in another column, which then takes the place.
fn converted(old: Column, new: Column, fill: Option<Expr>, using: Expr) -> Vec<Change> {
    let name = new.name.clone();
    let scratch = format!("autogen_new_{name}");
    let bare = Column { null: true, default: None, identity: None, ..new.clone() };
    let filled = Column { name: scratch.clone(), ..bare.clone() };
    let mut changes = vec![
        Change::AddColumn { column: filled, fill: Some(using), parts: Vec::new() },
        Change::DropColumn { column: old, fill: None, parts: Vec::new() },
        Change::RenameColumn { old: scratch, new: name },
    ];
    changes.extend(alter(bare, new, fill));
    changes
}

/// Whether a column cannot change where it stands, or is cheaper made anew.
fn is_remade(server: Server, table: &Table, old: &Column, new: &Column) -> bool {
    if !is_virtual(old) && !is_virtual(new) {
        return false;
    }
    let (Some(before), Some(after)) = (&old.generated, &new.generated) else { return true };
    if before.stored != after.stored {
        return true;
    }
    let cheap =
        !server.has_instant_expressions() && (before.expr != after.expr || old.ty != new.ty);
    cheap && !is_spoken_of(table, &old.name)
}

/// Whether anything else of a table speaks of a column.
fn is_spoken_of(table: &Table, name: &str) -> bool {
    let computed = |column: &Column| speaks::of_column(column).contains(name);
    table.columns.iter().any(computed)
        || speaks::parts(table).any(|part| speaks::of_part(&part).contains(name))
        || super::super::hazard::algorithm::has(table.primary_key.as_ref(), name)
}

/// A column goes and comes again. What was computed stays as the same computation gives it.
fn remade(server: Server, old: Column, new: Column) -> Vec<Change> {
    let computed = old.generated.as_ref().filter(|_| new.generated.is_none());
    let fill = computed.map(|it| it.expr.clone());
    let drop = Change::DropColumn { column: old, fill: None, parts: Vec::new() };
    std::iter::once(drop).chain(add(server, new, fill, Vec::new())).collect()
}

/// What speaks of columns that are made again goes first and comes again.
fn dependents(
    server: Server,
    table: &Table,
    mut again: BTreeSet<String>,
    changes: &mut Vec<Change>,
) {
    let changed = |changes: &[Change], name: &str| {
        changes.iter().any(|change| match change {
            Change::AlterColumn { old, .. } => old.name == name,
            Change::DropColumn { column, .. } => column.name == name,
            _ => false,
        })
    };
    loop {
        let stands = |column: &&Column| {
            column.generated.is_some()
                && !again.contains(&column.name)
                && !changed(changes, &column.name)
                && speaks::of_column(column).iter().any(|name| again.contains(name))
        };
        let Some(column) = table.columns.iter().find(stands).cloned() else { break };
        again.insert(column.name.clone());
        changes.extend(remade(server, column.clone(), column));
    }
    if again.is_empty() {
        return;
    }
    for part in speaks::parts(table) {
        if speaks::of_part(&part).iter().any(|name| again.contains(name)) {
            remake_part(changes, &part);
        }
    }
}
