//! What a database looks like between two revisions, and in what two such looks differ.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::super::ledger::Ledger;
use crate::db::Database;
use crate::dialect::Dialect;
use crate::diff::{Declined, diff};
use crate::error::Result;
use crate::plan::describe;
use crate::schema::{Enum, Intent, Name, Object, ObjectKind, Schema, Table};
use crate::sql::{TokenKind, tokens, unquote};

/// How much of the text of an object is shown, in characters.
const SHOWN: usize = 300;

/// What a database looked like. What did not change since the look before is shared with it: a
/// long chain of revisions has a look for each.
#[derive(Clone, Debug, Default)]
pub(super) struct Snapshot {
    tables: BTreeMap<Name, Arc<Table>>,
    enums: BTreeMap<Name, Enum>,
    namespaces: BTreeSet<String>,
    objects: BTreeMap<(ObjectKind, Name, Option<Name>), Arc<Object>>,
}

impl Snapshot {
    /// Looks at a database, without the ledger.
    pub(super) async fn take(
        db: &mut Database,
        ledger: &Ledger,
        before: Option<&Self>,
    ) -> Result<Self> {
        Ok(Self::of(without_ledger(db, ledger).await?, before))
    }

    /// A look that was taken.
    pub(super) fn of(schema: Schema, before: Option<&Self>) -> Self {
        let tables = schema.tables.into_iter();
        let share = |name: &Name, table: Table| {
            let known = before.and_then(|it| it.tables.get(name)).filter(|it| ***it == table);
            known.map_or_else(|| Arc::new(table), Arc::clone)
        };
        let tables = tables.map(|(name, table)| (name.clone(), share(&name, table))).collect();
        let objects = schema.objects.into_iter().map(|object| {
            let key = (object.kind, object.name.clone(), object.table.clone());
            let known = before.and_then(|it| it.objects.get(&key)).filter(|it| ***it == object);
            let object = known.map_or_else(|| Arc::new(object), Arc::clone);
            (key, object)
        });
        let objects = objects.collect();
        Self { tables, enums: schema.enums, namespaces: schema.namespaces, objects }
    }

    /// In what a later look differs from this one, a line for each difference: `+` is there and was
    /// not, `-` is not there any more, `~` is otherwise.
    pub(super) fn differences(&self, later: &Self, dialect: &dyn Dialect) -> Result<Vec<String>> {
        let mut lines = self.of_tables(later, dialect)?;
        let keys: BTreeSet<_> = self.objects.keys().chain(later.objects.keys()).collect();
        for key in keys {
            match (self.objects.get(key), later.objects.get(key)) {
                (None, Some(new)) => lines.push(format!("+ {}", named(new))),
                (Some(old), None) => lines.push(format!("- {}", named(old))),
                (Some(old), Some(new)) if !alike(old, new, dialect) => lines.push(format!(
                    "~ {}: {} -> {}",
                    named(new),
                    shown(old, new),
                    shown(new, old)
                )),
                _ => {}
            }
        }
        Ok(lines)
    }

    /// Whether both have the same objects.
    pub(super) fn same_objects(&self, other: &Self, dialect: &dyn Dialect) -> bool {
        let pairs = || self.objects.iter().zip(&other.objects);
        self.objects.len() == other.objects.len()
            && pairs().all(|(one, two)| one.0 == two.0 && alike(one.1, two.1, dialect))
    }

    /// Only what is not the very same is compared by its parts.
    fn of_tables(&self, later: &Self, dialect: &dyn Dialect) -> Result<Vec<String>> {
        let same = |name: &Name| match (self.tables.get(name), later.tables.get(name)) {
            (Some(old), Some(new)) => Arc::ptr_eq(old, new) || old.same(new),
            _ => false,
        };
        let names: BTreeSet<&Name> = self.tables.keys().chain(later.tables.keys()).collect();
        let changed: Vec<&Name> = names.into_iter().filter(|name| !same(name)).collect();
        if changed.is_empty() && self.enums == later.enums && self.namespaces == later.namespaces {
            return Ok(Vec::new());
        }
        let part = |of: &Self| {
            let tables = changed.iter().filter_map(|name| of.tables.get(*name));
            Schema {
                tables: tables.map(|it| (it.name.clone(), Table::clone(it))).collect(),
                enums: of.enums.clone(),
                namespaces: of.namespaces.clone(),
                objects: Vec::new(),
            }
        };
        let (old, new) = (part(self), part(later));
        let found = diff(&old, new, &Intent::default(), &Declined::default(), dialect)?;
        let mut lines: Vec<String> = found.ops.iter().flat_map(describe).collect();
        if lines.is_empty() {
            // What the models cannot say differs all the same.
            lines.extend(changed.iter().map(|name| format!("~ table {name}")));
        }
        Ok(lines)
    }
}

/// What a database has besides the ledger.
pub(super) async fn without_ledger(db: &mut Database, ledger: &Ledger) -> Result<Schema> {
    let mut schema = db.introspect().await?;
    let home = db.default_namespace().map(str::to_owned);
    schema.tables.retain(|name, _| {
        let placed = name.schema.as_deref().or(home.as_deref());
        let there = ledger.schema().or(home.as_deref());
        placed != there || ![ledger.table(), ledger.log_table()].contains(&name.name.as_str())
    });
    Ok(schema)
}

fn named(object: &Object) -> String {
    let on = object.table.as_ref().map(|table| format!(" on {table}")).unwrap_or_default();
    format!("{} {}{on}", object.kind.noun(), object.name)
}

/// Whether two texts of a database mean the same: where it keeps what the author typed, spaces,
/// comments and quotes around names count for nothing.
fn alike(old: &Object, new: &Object, dialect: &dyn Dialect) -> bool {
    old == new || {
        let (one, two) = (texts(old), texts(new));
        one.len() == two.len()
            && one.iter().zip(&two).all(|(one, two)| words(one, dialect) == words(two, dialect))
    }
}

fn texts(object: &Object) -> Vec<&str> {
    let around = object.before.iter().chain(&object.after).map(String::as_str);
    std::iter::once(object.sql.as_str()).chain(around).collect()
}

fn words(sql: &str, dialect: &dyn Dialect) -> Vec<String> {
    let solid = |kind| !matches!(kind, TokenKind::Space | TokenKind::Comment);
    let all = tokens(sql, dialect.spelling().syntax).filter(|token| solid(token.kind));
    all.map(|token| match token.kind {
        TokenKind::Quoted => unquote(&sql[token.range]),
        _ => sql[token.range].to_owned(),
    })
    .collect()
}

/// The text of the one in a line, or what is said of it besides where its text is that of the other.
fn shown(object: &Object, other: &Object) -> String {
    let text = match object.sql == other.sql {
        false => object.sql.clone(),
        true => {
            let around: Vec<&str> =
                object.before.iter().chain(&object.after).map(String::as_str).collect();
            around.join("; ")
        }
    };
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}..", &text[..end]),
        None => text,
    }
}
