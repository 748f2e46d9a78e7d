//! The part of a database that a rehearsal needs: what the ops touch, what speaks of it, and what
//! all of that cannot be made without.

use std::collections::BTreeSet;

use super::Proposal;
use crate::dialect::Dialect;
use crate::op::Op;
use crate::schema::{Expr, IndexPart, Name, Object, ObjectKind, Schema, Table};
use crate::sql::{Syntax, TokenKind, tokens, unquote};

/// Names in lower case, without their namespaces.
type Words = BTreeSet<String>;

/// The tables that the ops name, the views and triggers that speak of them, what these name, and
/// the tables next to them by a foreign key, now or in the target; then the types and functions
/// behind all of these.
pub(super) fn touched(
    live: &Schema,
    target: &Schema,
    proposal: &Proposal,
    dialect: &dyn Dialect,
) -> Schema {
    let syntax = dialect.spelling().syntax;
    let mut names: BTreeSet<Name> = proposal.ops.iter().flat_map(|op| named(op, live)).collect();
    let mut copy = Schema { namespaces: live.namespaces.clone(), ..Schema::default() };
    copy.objects = speakers(live, proposal, &mut names, syntax);
    let both = || live.tables.values().chain(target.tables.values());
    let near: BTreeSet<Name> = both().flat_map(|it| neighbours(it, &names)).collect();
    let wanted = |name: &Name| names.contains(name) || near.contains(name);
    let tables = live.tables.iter().filter(|(name, _)| wanted(name));
    copy.tables = tables.map(|(name, table)| (name.clone(), table.clone())).collect();
    let copied: BTreeSet<Name> = copy.tables.keys().cloned().collect();
    // Whoever came along for the sake of another leaves behind what leads further away.
    copy.tables.values_mut().for_each(|table| keep_keys(table, |name| copied.contains(name)));
    let to_come =
        target.tables.values().filter(|it| wanted(&it.name) || !live.tables.contains_key(&it.name));
    let spoken = to_come.flat_map(|it| of_table(it, syntax)).collect();
    behind(live, &mut copy, spoken, syntax);
    copy
}

/// The objects that are made anew, the views and triggers that speak of these tables or of one
/// another, and the tables that they speak of besides.
fn speakers(
    live: &Schema,
    proposal: &Proposal,
    names: &mut BTreeSet<Name>,
    syntax: Syntax,
) -> Vec<Object> {
    let plans = proposal.up.ops().chain(proposal.down.ops());
    let remade: BTreeSet<_> = plans
        .filter_map(|op| match op {
            Op::DropObject(it) => Some((it.kind, &it.name, &it.table)),
            _ => None,
        })
        .collect();
    let remade = |it: &Object| remade.contains(&(it.kind, &it.name, &it.table));
    let fold = |name: &Name| name.name.to_ascii_lowercase();
    let mut found = Vec::new();
    let mut known: Words = names.iter().map(fold).collect();
    // What those that are found speak of must be there for them, whatever it speaks of itself.
    let mut mentioned = Words::new();
    let mut waiting: Vec<(&Object, Words)> = live
        .objects
        .iter()
        .filter(|it| stands_on_tables(it.kind) || remade(it))
        .map(|object| (object, words(&object.sql, syntax)))
        .collect();
    loop {
        let before = waiting.len();
        waiting.retain(|(object, spoken)| {
            let needed = object.table.is_none() && mentioned.contains(&fold(&object.name));
            let wanted = needed || remade(object) || spoken.iter().any(|word| known.contains(word));
            if wanted {
                mentioned.extend(spoken.iter().cloned());
                let tables = live.tables.keys().filter(|name| spoken.contains(&fold(name)));
                // Others may speak of the view.
                let view = object.table.is_none().then_some(&object.name);
                let more: Vec<Name> = tables.chain(view).cloned().collect();
                known.extend(more.iter().map(fold));
                names.extend(more);
                found.push((*object).clone());
            }
            !wanted
        });
        if waiting.len() == before {
            break;
        }
    }
    found
}

/// The tables that an op is about: those with a column of the type, for one of an enumeration.
fn named(op: &Op, live: &Schema) -> Vec<Name> {
    let holds = |of: &dyn Fn(&Table) -> bool| {
        let tables = live.tables.values().filter(|table| of(table));
        tables.map(|table| table.name.clone()).collect()
    };
    match op {
        Op::AlterEnum { old, .. } | Op::DropEnum(old) => holds(&|table| {
            table.columns.iter().any(|column| column.ty.enumeration() == Some(&old.name))
        }),
        Op::RenameEnum { old, .. } | Op::RenameLabel { name: old, .. } => {
            holds(&|table| table.columns.iter().any(|column| column.ty.enumeration() == Some(old)))
        }
        Op::RenameNamespace { old, .. } => holds(&|table| table.name.schema.as_ref() == Some(old)),
        _ => op.table().cloned().into_iter().collect(),
    }
}

/// What is made after the tables; the rest is made before them.
fn stands_on_tables(kind: ObjectKind) -> bool {
    !matches!(
        kind,
        ObjectKind::VirtualTable
            | ObjectKind::Function
            | ObjectKind::Sequence
            | ObjectKind::Domain
            | ObjectKind::Composite
            | ObjectKind::Extension
    )
}

/// A table next to one of these: by a foreign key, or as a part or parent of it.
fn neighbours(table: &Table, names: &BTreeSet<Name>) -> Vec<Name> {
    let next = table.foreign_keys.iter().map(|key| key.table.clone()).chain(table.parents());
    next.filter(|other| names.contains(other) || names.contains(&table.name))
        .flat_map(|other| [table.name.clone(), other])
        .collect()
}

/// Keeps the foreign keys that lead to these tables.
pub(super) fn keep_keys(table: &mut Table, there: impl Fn(&Name) -> bool) {
    table.foreign_keys.retain(|key| there(&key.table));
}

/// Adds the types, sequences and functions that the copy and these words speak of, and what those
/// speak of.
fn behind(live: &Schema, copy: &mut Schema, mut spoken: Words, syntax: Syntax) {
    spoken.extend(copy.tables.values().flat_map(|it| of_table(it, syntax)));
    spoken.extend(copy.objects.iter().flat_map(|object| words(&object.sql, syntax)));
    let copied: BTreeSet<_> = copy.objects.iter().map(|it| (it.kind, it.name.clone())).collect();
    let kinds = |it: &&Object| {
        !stands_on_tables(it.kind)
            && it.kind != ObjectKind::VirtualTable
            && !copied.contains(&(it.kind, it.name.clone()))
    };
    let mut waiting: Vec<&Object> = live.objects.iter().filter(kinds).collect();
    loop {
        let before = waiting.len();
        waiting.retain(|object| {
            let name = object.name.name.split('(').next().unwrap_or_default();
            let needed =
                object.kind == ObjectKind::Extension || spoken.contains(&name.to_ascii_lowercase());
            if needed {
                spoken.extend(words(&object.sql, syntax));
                copy.objects.push((*object).clone());
            }
            !needed
        });
        if waiting.len() == before {
            break;
        }
    }
    let used = |name: &Name| spoken.contains(&name.name.to_ascii_lowercase());
    let enums = live.enums.iter().filter(|(name, _)| used(name));
    copy.enums = enums.map(|(name, it)| (name.clone(), it.clone())).collect();
}

/// The words of a table that may name a type or a function.
fn of_table(table: &Table, syntax: Syntax) -> Words {
    let mut texts: Vec<String> = Vec::new();
    for column in &table.columns {
        texts.push(column.ty.spelled().into_owned());
        texts.extend(column.default.iter().map(Expr::to_string));
        texts.extend(column.generated.iter().map(|it| it.expr.to_string()));
        texts.extend(column.collate.clone());
    }
    texts.extend(table.checks.iter().map(|check| check.expr.to_string()));
    texts.extend(table.options.values().cloned());
    let part = |part: &IndexPart| part.text.clone();
    for index in &table.indexes {
        texts.extend(index.parts.iter().map(part));
        texts.extend(index.predicate.iter().map(Expr::to_string));
    }
    for exclude in &table.excludes {
        texts.extend(exclude.elements.iter().chain(&exclude.predicate).map(Expr::to_string));
    }
    texts.iter().flat_map(|text| words(text, syntax)).collect()
}

/// A name can stand in a string as well, as in `nextval('app.numbers')`.
fn words(sql: &str, syntax: Syntax) -> Words {
    let named = |kind| matches!(kind, TokenKind::Word | TokenKind::Quoted | TokenKind::String);
    let all = tokens(sql, syntax).filter(|token| named(token.kind));
    all.map(|token| {
        let text = unquote(&sql[token.range]).to_ascii_lowercase();
        match (token.kind, text.rsplit_once('.')) {
            (TokenKind::String, Some((_, name))) => name.trim_matches('"').to_owned(),
            _ => text,
        }
    })
    .collect()
}
