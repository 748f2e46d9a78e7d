//! How each change of a table is made: at once, while others write, while they wait, or by a copy of
//! the table. Measured on MySQL 9.7 and on MariaDB 10.11 and 11.8, with each change tried as INSTANT,
//! as INPLACE with LOCK=NONE, as INPLACE, and as COPY; `tests/locks` holds it against servers. What
//! older servers of MySQL do is from its manual, and the dearer of two where that leaves it open.

use std::collections::BTreeSet;

use super::super::Server;
use super::super::labels;
use super::retype;
use crate::dialect::Work;
use crate::op::{Algorithm, Change, Part};
use crate::schema::{Column, Options, PrimaryKey, Table};
use crate::sql::{Syntax, Token, TokenKind, names, paren};

/// What a statement may hold: changes of one kind alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in super::super) enum Class {
    /// Rows get new values: no change of the table at all.
    Values,
    /// The catalog alone changes.
    Instant,
    /// A computed column that is not kept comes or goes: at once too, but with nothing else.
    Virtual,
    /// Others write meanwhile.
    InPlace,
    /// Others wait to write.
    Blocking,
    /// A full-text index is built: one at a time.
    Texts,
    /// The table is copied.
    Copy,
    /// Its partitions change, which is said by no other words.
    Partitions,
}

impl Class {
    /// How such changes are made.
    pub(in super::super) fn algorithm(self) -> Option<Algorithm> {
        match self {
            Self::Values | Self::Partitions => None,
            Self::Instant | Self::Virtual => Some(Algorithm::Instant),
            Self::InPlace => Some(Algorithm::InPlace),
            Self::Blocking | Self::Texts => Some(Algorithm::Blocking),
            Self::Copy => Some(Algorithm::Copy),
        }
    }
}

/// How a change is made, and what is done meanwhile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in super::super) struct Rule {
    /// How it is made.
    pub(in super::super) class: Class,
    /// The work on rows.
    pub(in super::super) work: Work,
}

const fn rule(class: Class, work: Work) -> Rule {
    Rule { class, work }
}

const INSTANT: Rule = rule(Class::Instant, Work::None);
const CATALOG: Rule = rule(Class::InPlace, Work::None);
const COPY: Rule = rule(Class::Copy, Work::Rewrite);

/// A server and a table as it is before a change.
#[derive(Clone, Copy)]
pub(in super::super) struct Site<'a> {
    pub(in super::super) server: Server,
    pub(in super::super) table: &'a Table,
    /// It had a full-text index not long ago, and has what the server made for it still.
    pub(in super::super) texts: bool,
}

/// Whether a table has an index of this kind.
pub(in super::super) fn has_kind(table: &Table, kind: &str) -> bool {
    table.indexes.iter().any(|index| index.using.as_deref() == Some(kind))
}

impl Site<'_> {
    /// How a change is made.
    pub(in super::super) fn rule(self, change: &Change) -> Rule {
        let bare = matches!(change, Change::MapValues { .. });
        if !self.is_transactional() && !bare {
            return self.elsewhere(change);
        }
        match change {
            Change::AddColumn { column, parts, .. } => {
                let parts = parts.iter().map(|part| self.add(part));
                parts.fold(self.add_column(column), Ord::max)
            }
            Change::DropColumn { column, .. } => self.drop_column(column),
            Change::RenameColumn { old, .. } => self.rename_column(old),
            Change::AlterColumn { old, new, .. } => self.alter_column(old, new),
            Change::MapValues { .. } => rule(Class::Values, Work::Fill),
            Change::PrimaryKey { new: None, .. } => COPY,
            Change::PrimaryKey { .. } if self.copies_partitions() => COPY,
            Change::PrimaryKey { .. } => self.rebuild(),
            Change::Add(part) => self.add(part),
            Change::Drop(part) => self.drop(part),
            Change::Rename { old, new } | Change::Validate { old, new } => self.change(old, new),
            Change::Comment { .. } | Change::Partition(_) => self.catalog(),
            Change::Options { old, new } => self.options(old, new),
        }
    }

    /// Whether the table is one of InnoDB's.
    fn is_transactional(self) -> bool {
        let engine = self.table.options.get("engine");
        engine.is_none_or(|engine| engine.eq_ignore_ascii_case("innodb"))
    }

    /// A table of another engine is copied for all that is not its catalog's.
    fn elsewhere(self, change: &Change) -> Rule {
        match change {
            Change::Comment { .. } | Change::RenameColumn { .. } => INSTANT,
            Change::AlterColumn { old, new, .. } if only_default(old, new) => INSTANT,
            Change::Options { old, new } => self.options(old, new).max(COPY),
            _ => COPY,
        }
    }

    /// The catalog of the table, beside its columns.
    fn catalog(self) -> Rule {
        if self.server.has_instant_catalog() { INSTANT } else { CATALOG }
    }

    /// Whether another key is another table where it is partitioned.
    fn copies_partitions(self) -> bool {
        self.server.minds_virtual_columns() && self.table.options.contains_key("partition_by")
    }

    /// Every row is written anew.
    fn rebuild(self) -> Rule {
        let minds = self.server.minds_virtual_columns() && self.has_indexed_virtual();
        match (has_kind(self.table, "fulltext"), has_kind(self.table, "spatial") || minds) {
            (true, _) if self.server.copies_texts() => COPY,
            (true, _) | (_, true) => rule(Class::Blocking, Work::Rewrite),
            _ => rule(Class::InPlace, Work::Rewrite),
        }
    }

    fn has_indexed_virtual(self) -> bool {
        let named = |name: &str| self.table.column(name).is_some_and(is_virtual);
        let parts = self.table.indexes.iter().flat_map(|index| &index.parts);
        parts.filter(|part| !part.expression).any(|part| named(&part.text))
    }

    /// Whether rows are kept so that no column can be added to them.
    fn is_compressed(self) -> bool {
        let options = &self.table.options;
        let compressed = options.get("row_format").map(|it| it.to_ascii_lowercase());
        compressed.as_deref() == Some("compressed") || options.contains_key("key_block_size")
    }

    /// A column comes or goes, and every row knows where its values are.
    fn column_list(self) -> Rule {
        match self.is_compressed() || self.texts || !self.server.has_instant_columns() {
            true => self.rebuild(),
            false => INSTANT,
        }
    }

    fn add_column(self, column: &Column) -> Rule {
        if let Some(generated) = &column.generated {
            return if generated.stored { COPY } else { rule(Class::Virtual, Work::None) };
        }
        if column.identity.is_some() {
            return rule(Class::Blocking, Work::Rewrite);
        }
        let computed = column.default.as_ref().is_some_and(|it| !is_constant(&it.text));
        let folded = |text: &str| self.server.has_instant_expressions() && is_folded(text);
        if computed && !column.default.as_ref().is_some_and(|it| folded(&it.text)) {
            return COPY;
        }
        let placed = ["after", "first"].iter().any(|key| column.options.contains_key(*key));
        if self.server.minds_virtual_columns() {
            match placed && self.table.columns.iter().any(is_virtual) {
                true => return COPY,
                false if self.has_indexed_virtual() => {
                    return rule(Class::Blocking, Work::Rewrite);
                }
                false => {}
            }
        }
        if self.texts && self.server.minds_virtual_columns() {
            return rule(Class::Blocking, Work::Rewrite);
        }
        match self.column_list() {
            // The last place is free everywhere.
            it if it.class == Class::InPlace && !placed && !self.is_compressed() && !self.texts => {
                INSTANT
            }
            it => it,
        }
    }

    fn drop_column(self, column: &Column) -> Rule {
        if is_virtual(column) {
            return rule(Class::Virtual, Work::None);
        }
        let minds = self.server.minds_virtual_columns();
        if minds && self.has_indexed_virtual() { COPY } else { self.column_list() }
    }

    fn rename_column(self, _old: &str) -> Rule {
        if self.server.has_instant_rename() { INSTANT } else { CATALOG }
    }

    fn alter_column(self, old: &Column, new: &Column) -> Rule {
        if only_default(old, new) && old.generated.is_none() {
            return INSTANT;
        }
        let mut found = INSTANT;
        if (old.generated.as_ref(), new.generated.as_ref()) != (None, None) {
            found = found.max(self.generated(old, new));
        }
        if old.null != new.null {
            found = found.max(self.nullability(new));
        }
        match (&old.identity, &new.identity) {
            (Some(_), None) if self.server.has_instant_catalog() => {}
            (old, new) if old != new => return COPY,
            _ => {}
        }
        if (&old.ty, &old.collate) != (&new.ty, &new.collate) {
            found = found.max(retype::rule(self, old, new));
            // Labels that a check may speak of are looked at again.
            let listed = !labels::of(&new.ty.spelled()).is_empty() && old.ty != new.ty;
            if listed && !self.server.has_instant_catalog() && self.is_checked(&old.name) {
                return COPY;
            }
        }
        let differs = |key: &str| old.options.get(key) != new.options.get(key);
        if ["srid", "compressed"].into_iter().any(differs) {
            return COPY;
        }
        let places = ["after", "first"];
        let placed = places.iter().any(|key| new.options.contains_key(*key) && differs(key));
        match placed {
            true if self.server.minds_virtual_columns() => found.max(self.moved()),
            true => found.max(self.rebuild()),
            false => found,
        }
    }

    /// Whether a check speaks of a column.
    fn is_checked(self, name: &str) -> bool {
        let speaks = |text: &str| names(text, Syntax::MYSQL).any(|it| it == name);
        self.table.checks.iter().any(|check| speaks(&check.expr.text))
    }

    /// A column takes another place.
    fn moved(self) -> Rule {
        let plain = !self.is_compressed() && !has_kind(self.table, "fulltext");
        if plain && !self.has_indexed_virtual() { INSTANT } else { self.rebuild() }
    }

    fn generated(self, old: &Column, new: &Column) -> Rule {
        let (Some(before), Some(after)) = (&old.generated, &new.generated) else { return COPY };
        if before.stored || after.stored {
            let kept = before == after && !self.server.recomputes_stored_columns();
            return if kept { INSTANT } else { COPY };
        }
        let parts = self.table.indexes.iter().flat_map(|index| &index.parts);
        let indexed = { parts }.any(|part| part.text == old.name);
        match before.expr == after.expr {
            true => INSTANT,
            false if self.server.has_instant_expressions() && !indexed => INSTANT,
            false => COPY,
        }
    }

    fn nullability(self, new: &Column) -> Rule {
        let computed = |column: &Column| column.generated.as_ref().is_some_and(|it| it.stored);
        let minds = self.server.minds_virtual_columns() && !new.null;
        // A NULL would become the moment of the change.
        let moment = new.ty.spelled().starts_with("timestamp");
        let computed = || self.table.columns.iter().any(computed) || self.has_indexed_virtual();
        match minds && (moment || computed()) {
            true => COPY,
            false => self.rebuild(),
        }
    }

    fn add(self, part: &Part) -> Rule {
        match part {
            Part::Check(it) if it.options.contains_key("not_enforced") => INSTANT,
            // No row is looked at.
            Part::Check(it) if it.options.contains_key("column") => INSTANT,
            Part::Check(_) | Part::ForeignKey(_) | Part::Exclude(_) => COPY,
            Part::Unique(_) => rule(Class::InPlace, Work::Build),
            Part::Index(it) => match it.using.as_deref() {
                Some("fulltext") if self.table.options.contains_key("system_versioned") => COPY,
                Some("fulltext") => rule(Class::Texts, Work::Build),
                Some("spatial") => rule(Class::Blocking, Work::Build),
                _ if it.parts.iter().any(|part| part.expression) => {
                    rule(Class::Blocking, Work::Build)
                }
                _ => rule(Class::InPlace, Work::Build),
            },
        }
    }

    fn drop(self, part: &Part) -> Rule {
        match part {
            Part::Check(_) => INSTANT,
            Part::ForeignKey(_) => self.catalog(),
            _ => CATALOG,
        }
    }

    /// A constraint or index becomes another.
    fn change(self, old: &Part, new: &Part) -> Rule {
        match (old, new) {
            (Part::Index(_), Part::Index(_)) if super::super::render::alters(old, new) => {
                self.catalog()
            }
            (Part::Check(_), Part::Check(it)) if it.options.contains_key("not_enforced") => INSTANT,
            _ => self.drop(old).max(self.add(new)),
        }
    }

    fn options(self, old: &Options, new: &Options) -> Rule {
        let keys = old.keys().chain(new.keys());
        let changed: BTreeSet<&String> =
            keys.filter(|key| old.get(*key) != new.get(*key)).collect();
        let of_key = |key: &&String| match key.as_str() {
            "partition_by" => rule(Class::Partitions, Work::Rewrite),
            "collate" | "comment" | "auto_increment" => self.catalog(),
            "avg_row_length" | "checksum" | "delay_key_write" | "max_rows" | "min_rows"
            | "stats_auto_recalc" | "stats_persistent" | "stats_sample_pages" => self.catalog(),
            "row_format" | "key_block_size" => self.rebuild(),
            "system_versioned" if !new.contains_key("system_versioned") => {
                rule(Class::Blocking, Work::Rewrite)
            }
            _ => COPY,
        };
        changed.iter().map(of_key).max().unwrap_or(INSTANT)
    }
}

/// Whether a key is about a column.
pub(in super::super) fn has(key: Option<&PrimaryKey>, column: &str) -> bool {
    key.is_some_and(|key| key.columns.iter().any(|part| part.text == column))
}

/// Whether a column is computed when it is read.
pub(in super::super) fn is_virtual(column: &Column) -> bool {
    column.generated.as_ref().is_some_and(|it| !it.stored)
}

/// Whether two columns differ in what the catalog alone keeps.
fn only_default(old: &Column, new: &Column) -> bool {
    let bare = |column: &Column| {
        let mut column = Column { default: None, comment: None, ..column.clone() };
        let catalog = ["on_update", "invisible", "without_system_versioning"];
        column.options.retain(|key, _| !catalog.contains(&key.as_str()));
        column
    };
    bare(old) == bare(new)
}

/// Whether every row gets the same value, which need not be computed: a literal, or the time.
pub(in super::super) fn is_constant(expr: &str) -> bool {
    let all = paren::solid(expr, Syntax::MYSQL);
    let word = |token: &Token| expr[token.range.clone()].to_ascii_lowercase();
    let Some(first) = all.first() else { return false };
    match word(first).as_str() {
        "current_timestamp" | "now" | "localtimestamp" => return !expr.contains('+'),
        "true" | "false" | "null" => return all.len() == 1,
        "b" | "x" | "-" | "+" => {}
        it if it.starts_with('_') => {}
        _ => return all.len() == 1 && matches!(first.kind, TokenKind::String | TokenKind::Number),
    }
    all.len() == 2 && matches!(all[1].kind, TokenKind::String | TokenKind::Number)
}

/// Whether an expression speaks of nothing but constants.
fn is_folded(expr: &str) -> bool {
    names(expr, Syntax::MYSQL).next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constants_are_known() {
        for text in ["0", "-1.5", "'a'", "CURRENT_TIMESTAMP(6)", "b'1'", "TRUE", "_utf8mb4'a'"] {
            assert!(is_constant(text), "{text}");
        }
        for text in ["(uuid())", "(1 + 1)", "(json_array())", "a", ""] {
            assert!(!is_constant(text), "{text}");
        }
    }
}
