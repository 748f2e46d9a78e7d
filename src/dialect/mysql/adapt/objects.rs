//! Views, triggers and routines that speak of what goes or takes another name. The server lets it
//! happen, and they fail when they are used next: so triggers are made again where it is plain what
//! becomes of them, and all others are the author's to change first.

use std::collections::BTreeSet;

use super::Work;
use super::speaks::in_expr;
use crate::dialect::{Dialect, broken, said};
use crate::op::{Change, Op};
use crate::schema::{Name, Need, Object, ObjectKind, Schema};
use crate::sql::trigger;

/// Complains of objects that would break when tables and columns go.
pub(super) fn protect(work: &mut Work<'_>) {
    let dropped = work.dropped();
    let objects = work.others.iter().filter_map(|op| match op {
        Op::DropObject(it) => Some((it.kind, it.name.clone(), it.table.clone())),
        _ => None,
    });
    let going: BTreeSet<_> = objects.collect();
    let columns: Vec<(&Name, &String)> = work
        .changes
        .iter()
        .flat_map(|(table, changes)| changes.iter().map(move |change| (table, change)))
        .filter_map(|(table, change)| match change {
            Change::DropColumn { column, .. } => Some((table, &column.name)),
            _ => None,
        })
        .collect();
    if dropped.is_empty() && columns.is_empty() {
        return;
    }
    let mut problems = Vec::new();
    for object in &work.before.objects {
        if going.contains(&(object.kind, object.name.clone(), object.table.clone())) {
            continue;
        }
        let names = words(object);
        for table in &dropped {
            if object.table.as_ref() != Some(table) && needs(object, &names, table, None) {
                problems.push(broken(object, &format!("{} cannot go", said(table, None))));
            }
        }
        for (table, column) in &columns {
            if needs(object, &names, table, Some(column)) {
                let what = said(table, Some(column));
                problems.push(broken(object, &format!("{what} cannot go")));
            }
        }
    }
    work.problems.extend(problems);
}

/// The names in an object's text, in lower case.
fn words(object: &Object) -> BTreeSet<String> {
    in_expr(&object.sql).map(|name| name.to_ascii_lowercase()).collect()
}

/// Whether an object speaks of a table, or of a column of it: as the server says where it does, else
/// as its text does.
fn needs(object: &Object, words: &BTreeSet<String>, table: &Name, column: Option<&str>) -> bool {
    let has = |name: &str| words.contains(&name.to_ascii_lowercase());
    let own = object.table.as_ref() == Some(table);
    let about = own || has(&table.name);
    let known = object.needs.iter().any(|need| match need {
        Need::Relation(name) | Need::Column(name, _) => name == table,
        _ => false,
    });
    match column {
        None => about || known,
        Some(column) => (about || known) && has(column),
    }
}

/// Complains of objects that would not follow a table to its new name.
pub(super) fn renamed(work: &mut Work<'_>, op: &Op, state: &Schema) {
    let Op::RenameTable { old, .. } = op else { return };
    for object in &state.objects {
        if object.table.as_ref() != Some(old) && needs(object, &words(object), old, None) {
            let what = format!("{} cannot take another name", said(old, None));
            work.problems.push(broken(object, &what));
        }
    }
}

/// Triggers that follow columns of their table to new names: as they go, and as they come again.
pub(super) fn follow(
    work: &mut Work<'_>,
    table: &Name,
    pairs: &[(String, String)],
    state: &Schema,
) -> (Vec<Op>, Vec<Op>) {
    let (mut before, mut after) = (Vec::new(), Vec::new());
    for object in &state.objects {
        let names = words(object);
        let mut text = Some(object.sql.clone());
        let mut hit = false;
        for (old, new) in pairs.iter().filter(|(old, _)| needs(object, &names, table, Some(old))) {
            hit = true;
            let spelling = work.mysql.spelling();
            let rename =
                |sql: String| trigger::rename_column(&sql, &table.name, (old, new), spelling);
            text = text.and_then(rename);
        }
        let own = object.kind == ObjectKind::Trigger && object.table.as_ref() == Some(table);
        match text.filter(|_| own) {
            _ if !hit => {}
            Some(sql) => {
                before.push(Op::DropObject(object.clone()));
                after.push(Op::CreateObject(Object { sql, ..object.clone() }));
            }
            None => {
                let column = pairs.first().map(|(old, _)| old.as_str());
                let what = format!("{} cannot take another name", said(table, column));
                work.problems.push(broken(object, &what));
            }
        }
    }
    (before, after)
}
