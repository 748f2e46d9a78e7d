//! Which changes SQLite makes in place: decided by rule, for tables with rows, so that a plan that
//! works on an empty database works on a full one.

use crate::op::{Change, Op, Part};
use crate::schema::{Column, Name, Table};
use crate::sql::{Syntax, TokenKind, enumeration, tokens, unquote};

use super::Sqlite;

/// The changes of one table as ops that SQLite runs in place, or nothing when one of them needs
/// the table to be made anew.
pub(super) fn native(sqlite: Sqlite, old: &Table, changes: &[Change]) -> Option<Vec<Op>> {
    let mut adds: Vec<Part> = Vec::new();
    for change in changes {
        if let Change::Add(part) = change {
            adds.push(part.clone());
        }
    }
    let mut result = Vec::new();
    for change in changes {
        match change {
            Change::AddColumn { column, fill, .. } => {
                let parts = take_parts(&mut adds, column);
                let addable = addable(column, &parts);
                let (column, fill) = (column.clone(), fill.clone());
                result.push(addable.then_some(Change::AddColumn { column, fill, parts })?);
            }
            Change::DropColumn { column, .. } if sqlite.version >= (3, 35, 0) => {
                result.push((!held(old, &column.name)).then(|| change.clone())?);
            }
            Change::AlterColumn { old, new, .. } if sqlite.version >= (3, 53, 0) => {
                let other_null = Column { null: new.null, ..(**old).clone() };
                result.push((other_null == **new).then(|| change.clone())?);
            }
            Change::Drop(part) => result.push(droppable(sqlite, part).then(|| change.clone())?),
            Change::Rename { old: Part::Index(old), new: Part::Index(new) } => {
                result.push(Change::Drop(Part::Index(old.clone())));
                result.push(Change::Add(Part::Index(new.clone())));
            }
            Change::MapValues { .. } => result.push(change.clone()),
            Change::Add(_) => {}
            _ => return None,
        }
    }
    for part in adds {
        result.push(attachable(sqlite, &part).then_some(Change::Add(part))?);
    }
    Some(ops(&old.name, result))
}

fn ops(table: &Name, changes: Vec<Change>) -> Vec<Op> {
    changes.into_iter().map(|change| Op::Alter { table: table.clone(), change }).collect()
}

/// Constraints about the new column alone are said with it, since they cannot be added later.
fn take_parts(adds: &mut Vec<Part>, column: &Column) -> Vec<Part> {
    let (with, rest) = adds.drain(..).partition(|part| match part {
        Part::ForeignKey(key) => key.columns == [column.name.clone()],
        Part::Check(check) => {
            enumeration(&check.expr.text, Syntax::SQLITE).is_some_and(|it| it.0 == column.name)
        }
        _ => false,
    });
    *adds = rest;
    with
}

/// What `ALTER TABLE .. ADD COLUMN` takes when the table has rows.
fn addable(column: &Column, parts: &[Part]) -> bool {
    let default = column.default.as_ref().map(|default| default.text.as_str());
    let constant = default.is_none_or(constant);
    let stored = column.generated.as_ref().is_some_and(|generated| generated.stored);
    let supplied = column.null || column.generated.is_some() || default.is_some();
    let parts_fit = parts.iter().all(|part| match part {
        // With foreign_keys on, SQLite refuses a reference with a default.
        Part::ForeignKey(_) => default.is_none(),
        Part::Check(check) => {
            let labels =
                enumeration(&check.expr.text, Syntax::SQLITE).map(|it| it.1).unwrap_or_default();
            default.is_none_or(|default| labels.iter().any(|label| label == default))
        }
        _ => false,
    });
    constant && !stored && supplied && parts_fit
}

/// A literal, possibly with a sign: what SQLite takes as default of an added column.
fn constant(default: &str) -> bool {
    let all: Vec<_> =
        tokens(default, Syntax::SQLITE).filter(|it| it.kind != TokenKind::Space).collect();
    let literal = |kind| matches!(kind, TokenKind::Number | TokenKind::String);
    match all.as_slice() {
        [one] => literal(one.kind),
        [sign, one] => {
            matches!(&default[sign.range.clone()], "-" | "+") && one.kind == TokenKind::Number
        }
        _ => false,
    }
}

/// Whether the table itself says something about the column beyond its definition; indexes are
/// dropped before and do not count.
fn held(table: &Table, column: &str) -> bool {
    let key = table.primary_key.iter().flat_map(|key| &key.columns);
    let unique = table.uniques.iter().flat_map(|unique| &unique.columns);
    let listed = key.chain(unique).any(|part| part.text == column);
    let referencing =
        table.foreign_keys.iter().any(|key| key.columns.iter().any(|it| it == column));
    let checked = table.checks.iter().any(|check| mentions(&check.expr.text, column));
    let computing = table.columns.iter().filter_map(|column| column.generated.as_ref());
    listed || referencing || checked || { computing }.any(|it| mentions(&it.expr.text, column))
}

/// Whether SQL text has the name in it, as a word.
pub(super) fn mentions(sql: &str, name: &str) -> bool {
    tokens(sql, Syntax::SQLITE).any(|token| {
        matches!(token.kind, TokenKind::Word | TokenKind::Quoted)
            && unquote(&sql[token.range]).eq_ignore_ascii_case(name)
    })
}

/// The table that a full-text index reads its texts from: `content = 'table'`.
pub(super) fn content(sql: &str) -> Option<String> {
    let solid = |kind: TokenKind| kind != TokenKind::Space && kind != TokenKind::Comment;
    let all: Vec<&str> = tokens(sql, Syntax::SQLITE)
        .filter(|token| solid(token.kind))
        .map(|token| &sql[token.range])
        .collect();
    let said = |run: &&[&str]| run[0].eq_ignore_ascii_case("content") && run[1] == "=";
    all.windows(3).find(said).map(|run| unquote(run[2]))
}

fn droppable(sqlite: Sqlite, part: &Part) -> bool {
    match part {
        Part::Index(_) => true,
        Part::Check(_) | Part::ForeignKey(_) => {
            sqlite.version >= (3, 53, 0) && part.name().is_some()
        }
        _ => false,
    }
}

fn attachable(sqlite: Sqlite, part: &Part) -> bool {
    match part {
        Part::Index(_) => true,
        Part::Check(_) => sqlite.version >= (3, 53, 0) && part.name().is_some(),
        _ => false,
    }
}
