//! Views, policies, triggers and whatever else speaks of a column that changes: they go first and
//! come again. Where what they speak of goes for good, they are the author's to change first.

use std::collections::BTreeSet;

use autogen_model::Diagnostic;

use super::Work;
use super::touched::{Touched, touched};
use crate::dialect::{broken, said};
use crate::op::{Change, Op};
use crate::schema::{Name, Need, Object, ObjectKind};
use crate::sql::{Syntax, TokenKind, tokens, unquote};

/// Complains of objects that would break.
pub(super) fn protect(work: &mut Work, touched: &Touched) {
    let mut gone: BTreeSet<Need> = BTreeSet::new();
    let mut going: BTreeSet<(ObjectKind, &Name, Option<&Name>)> = BTreeSet::new();
    for op in work.ops() {
        match op {
            Op::DropTable(table) => drop(gone.insert(Need::Relation(table.name.clone()))),
            Op::DropEnum(it) => drop(gone.insert(Need::Type(it.name.clone()))),
            Op::DropObject(it) => drop(going.insert((it.kind, &it.name, it.table.as_ref()))),
            Op::Alter { table, change: Change::DropColumn { column, .. } } => {
                gone.insert(Need::Column(table.clone(), column.name.clone()));
            }
            _ => {}
        }
    }
    let mut problems = Vec::new();
    for object in &work.before.objects {
        if going.contains(&(object.kind, &object.name, object.table.as_ref())) {
            continue;
        }
        let mut told: BTreeSet<String> = BTreeSet::new();
        for need in &object.needs {
            let whole = |table: &Name| gone.contains(&Need::Relation(table.clone()));
            let what = match need {
                Need::Relation(table) | Need::Column(table, _) if whole(table) => said(table, None),
                Need::Column(table, column) if gone.contains(need) => said(table, Some(column)),
                Need::Type(name) if gone.contains(need) => format!("enum {name}"),
                _ => continue,
            };
            if told.insert(what.clone()) {
                problems.push(broken(object, &format!("{what} cannot go")));
            }
        }
    }
    problems.extend(types_in_use(work, touched));
    work.problems.extend(problems);
}

/// A type that tables use cannot be made again behind their back.
fn types_in_use(work: &Work, touched: &Touched) -> Vec<Diagnostic> {
    let mut problems = Vec::new();
    let types = touched.objects.iter().map(|at| &work.before.objects[*at]);
    for object in types.filter(|it| matches!(it.kind, ObjectKind::Domain | ObjectKind::Composite)) {
        let name = object.name.to_string();
        let uses = |ty: &str| ty.trim_end_matches("[]").replace('"', "") == name;
        let tables = work.before.tables.values();
        if let Some((table, column)) = { tables }.find_map(|table| {
            let column = table.columns.iter().find(|column| uses(&column.ty.spelled()))?;
            Some((table, column))
        }) {
            let what = format!(
                "what {} {name} stands on cannot change: {}",
                object.kind.noun(),
                said(&table.name, Some(&column.name))
            );
            problems.push(broken(object, &what));
        }
    }
    problems
}

/// Has the objects that stand in the way go first and come again.
pub(super) fn remake(work: &mut Work, touched: &Touched) {
    let objects = touched.objects.iter().map(|at| work.before.objects[*at].clone());
    let objects: Vec<Object> = objects.collect();
    work.problems.extend(uncertain(work, touched));
    work.pre.extend(objects.iter().rev().cloned().map(Op::DropObject));
    work.post.extend(objects.into_iter().map(Op::CreateObject));
}

/// The text of an object that must be made again is known before the renames of a plan or after
/// them, but not both; the server alone knows the other.
fn uncertain(work: &Work, there: &Touched) -> Vec<Diagnostic> {
    let renames: Vec<&Op> = work.renames().collect();
    if renames.is_empty() {
        return Vec::new();
    }
    let inverse: Vec<Op> = work.ops().map(Op::inverse).collect();
    let back = touched(&work.postgres, inverse.iter(), &work.before);
    let open = there.objects.union(&back.objects).map(|at| &work.before.objects[*at]);
    let open = open.filter(|object| renames.iter().any(|op| speaks(object, op)));
    open.map(|object| {
        let (kind, name) = (object.kind.noun(), &object.name);
        Diagnostic::new(format!(
            "{kind} {name} must be made again, and its text leaves open what the renames of this \
             revision make of it"
        ))
        .help("make the renames in a revision of their own, apply it, then make the other changes")
    })
    .collect()
}

/// Whether an object speaks of what gets another name.
fn speaks(object: &Object, rename: &Op) -> bool {
    let names = |test: &dyn Fn(&Name) -> bool| {
        let needed = object.needs.iter().any(|need| match need {
            Need::Relation(name) | Need::Column(name, _) | Need::Type(name) => test(name),
            Need::Function(_) | Need::Trigger(_) => false,
        });
        needed || object.table.as_ref().is_some_and(test) || test(&object.name)
    };
    match rename {
        Op::RenameTable { old, new } | Op::RenameEnum { old, new } => {
            names(&|name| name == old || name == new)
        }
        Op::RenameNamespace { old, new } => {
            names(&|name| name.schema.as_ref().is_some_and(|it| it == old || it == new))
        }
        Op::RenameLabel { old, new, .. } => {
            let strings = { tokens(&object.sql, Syntax::POSTGRES) }
                .filter(|token| token.kind == TokenKind::String)
                .map(|token| unquote(&object.sql[token.range]))
                .collect::<Vec<String>>();
            [old, new].iter().any(|label| strings.iter().any(|text| holds(text, label)))
        }
        Op::Alter { table, change: Change::RenameColumn { old, new } } => {
            let column = |name: &String| Need::Column(table.clone(), name.clone());
            object.needs.contains(&column(old)) || object.needs.contains(&column(new))
        }
        _ => false,
    }
}

/// Whether a string is this label, or an array that may have it.
fn holds(text: &str, label: &str) -> bool {
    text == label || (text.starts_with('{') && text.contains(label))
}
