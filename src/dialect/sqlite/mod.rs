//! SQLite: the embedded default.

mod adapt;
mod canonical;
mod ddl;
pub mod expr;
mod hazard;
pub mod introspect;
mod native;
mod render;
pub mod types;

use autogen_model::Diagnostic;

use super::{Dialect, Effects, Fate};
pub use canonical::canonical;
pub use introspect::{introspect, read};

use types::Affinity;

use crate::op::Op;
use crate::schema::{Column, IndexPart, Intent, Schema, Table, Type};
use crate::sql::{self, Spelling, Syntax};

/// SQLite at one version: what it can alter in place depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sqlite {
    /// Major, minor and patch number.
    pub version: (u16, u16, u16),
}

impl Sqlite {
    /// The version that is linked into this build.
    pub const BUNDLED: Self = Self { version: (3, 51, 3) };
}

impl Dialect for Sqlite {
    fn name(&self) -> &'static str {
        "sqlite"
    }

    fn product(&self) -> &'static str {
        "SQLite"
    }

    fn spelling(&self) -> Spelling {
        Spelling { syntax: Syntax::SQLITE, quote: |name| types::quote(name).into_owned() }
    }

    fn home(&self) -> &str {
        "main"
    }

    fn folds_case(&self) -> bool {
        true
    }

    fn canonical(&self, schema: &Schema, intent: &Intent) -> (Schema, Vec<Diagnostic>) {
        canonical::canonical(schema, intent)
    }

    fn same_type(&self, current: (&Table, &Column), target: (&Table, &Column)) -> bool {
        let (Type::Native(one), Type::Native(two)) = (&current.1.ty, &target.1.ty) else {
            return false;
        };
        let strict = target.0.options.contains_key("strict");
        let key = |(table, column): (&Table, &Column)| match &table.primary_key {
            Some(key) => key.columns.len() == 1 && key.columns[0].text == column.name,
            None => false,
        };
        types::same_type(one, two, strict, key(current) || key(target))
    }

    /// Text that looks like a number becomes one: `007` is 7 from then on. And what does not fit
    /// the new type stays as it is, where programs no longer expect it: 1.5 among whole numbers.
    fn loses(&self, old: &Column, new: &Column) -> bool {
        let (Type::Native(one), Type::Native(two)) = (&old.ty, &new.ty) else { return false };
        let whole = |ty: &str| types::affinity(ty) == Affinity::Integer || ty == "BOOLEAN";
        let safe = match types::affinity(two) {
            Affinity::Text => {
                whole(one) || matches!(types::affinity(one), Affinity::Real | Affinity::Text)
            }
            Affinity::Real | Affinity::Integer => whole(one),
            _ => false,
        };
        one != two && !safe
    }

    fn neutral_value(&self, table: &Table, column: &Column) -> String {
        if render::rowid_alias(table) == Some(column.name.as_str()) {
            return "NULL".into();
        }
        let mut labels = table
            .checks
            .iter()
            .filter_map(|check| sql::enumeration(&check.expr.text, Syntax::SQLITE));
        if let Some((_, labels)) = labels.find(|(name, _)| *name == column.name) {
            return labels.into_iter().next().unwrap_or_default();
        }
        let mut keys = table.foreign_keys.iter().filter(|key| key.columns == [column.name.clone()]);
        if let Some((key, [referenced])) = keys.next().map(|key| (key, key.referenced.as_slice())) {
            let (referenced, parent) = (types::quote(referenced), types::quote(&key.table.name));
            return format!("(SELECT min({referenced}) FROM {parent})");
        }
        let named = |part: &IndexPart| part.text == column.name;
        let key = table.primary_key.iter().flat_map(|key| &key.columns);
        let uniques = table.uniques.iter().flat_map(|unique| &unique.columns);
        let indexes = table.indexes.iter().filter(|index| index.unique);
        let distinct = key.chain(uniques).chain(indexes.flat_map(|it| &it.parts)).any(named);
        let Type::Native(ty) = &column.ty else { return "''".into() };
        let value = match (types::affinity(ty), distinct) {
            (types::Affinity::Text, false) => "''",
            (types::Affinity::Blob, false) => "x''",
            // Drivers read these three as text of that form.
            (_, false) if ty == "DATE" => "'1970-01-01'",
            (_, false) if ty == "TIME" => "'00:00:00'",
            (_, false) if ty == "DATETIME" => "'1970-01-01 00:00:00'",
            (_, false) => "0",
            (types::Affinity::Text, true) => "lower(hex(randomblob(8)))",
            (types::Affinity::Blob, true) => "randomblob(8)",
            (_, true) => "abs(random())",
        };
        value.into()
    }

    fn adapt(&self, ops: Vec<Op>, schema: &Schema) -> (Vec<Op>, Vec<Diagnostic>) {
        adapt::adapt(*self, ops, schema)
    }

    fn session(&self, ops: &[Op]) -> Vec<String> {
        adapt::session(ops)
    }

    fn guards_drops(&self) -> Option<String> {
        Some(adapt::NO_CASCADES.into())
    }

    fn render(&self, op: &Op) -> Vec<String> {
        render::render(op)
    }

    fn effects(&self, ops: &[Op], _before: &Schema) -> Vec<Effects> {
        ops.iter().map(hazard::effects).collect()
    }

    fn fate(&self, _old: &Column, _new: &Column) -> Fate {
        Fate::Checked
    }
}
