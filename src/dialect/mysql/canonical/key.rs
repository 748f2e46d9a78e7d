//! Keys and constraints.

use super::super::flavor::Server;
use super::Lower;
use super::options::own;
use crate::dialect::report::About;
use crate::schema::{
    Action, Check, ConstraintName, ForeignKey, Index, IndexPart, Options, Table, Unique,
};
use crate::sql::{Syntax, names};

const NULLS: &str = "takes any number of NULLs in a unique index";
const NULLS_HELP: &str = "drop `nulls_not_distinct`, or say NOT NULL with a default";
const AT_ONCE: &str = "checks every constraint at once, never at the end of a transaction";

impl Lower<'_> {
    pub(super) fn primary_key(&mut self, table: &mut Table) {
        let Some(mut key) = table.primary_key.take() else { return };
        let name = key.name.take();
        let about = About::Named(name.as_ref());
        key.options = own(std::mem::take(&mut key.options));
        for index in 0..key.columns.len() {
            if key.columns[index].expression {
                let help = "name a stored generated column instead";
                self.lacks(about, "has only columns in a primary key", help);
                continue;
            }
            self.part(table, &mut key.columns[index], name.as_ref(), None);
        }
        for part in &key.columns {
            if let Some(column) = table.column_mut(&part.text) {
                column.null = false;
            }
        }
        let mut using = None;
        self.fit(table, &mut key.columns, &mut using, false, about);
        table.primary_key = Some(key);
    }

    /// A unique constraint is an index.
    pub(super) fn uniques(&mut self, table: &mut Table) {
        let uniques: Vec<Unique> = std::mem::take(&mut table.uniques);
        for (number, unique) in uniques.into_iter().enumerate() {
            let about = About::Named(unique.name.as_ref());
            if unique.deferral.is_some() || unique.options.contains_key("postgres.deferrable") {
                self.lacks(about, AT_ONCE, "drop `deferrable`");
            }
            let name = unique.name.unwrap_or_else(|| {
                let first = unique.columns.first().map_or("", |part| part.text.as_str());
                ConstraintName::convention(format!("{first}_{}", number + 1))
            });
            table.indexes.insert(
                number,
                Index {
                    name,
                    parts: unique.columns,
                    unique: true,
                    predicate: None,
                    using: None,
                    include: Vec::new(),
                    nulls_not_distinct: unique.nulls_not_distinct,
                    comment: None,
                    options: unique.options,
                },
            );
        }
    }

    /// Any number of NULLs is what a unique index takes.
    pub(super) fn nulls(&mut self, index: &mut Index) {
        if std::mem::take(&mut index.nulls_not_distinct) && index.unique {
            self.lacks(About::Named(Some(&index.name.clone())), NULLS, NULLS_HELP);
        }
    }

    pub(super) fn checks(&mut self, table: &mut Table) {
        let server = self.mysql.server;
        for check in &mut table.checks {
            self.check(server, check);
        }
    }

    fn check(&mut self, server: Server, check: &mut Check) {
        let off = |options: &Options| {
            ["not_enforced", "postgres.not_enforced"].iter().any(|key| options.contains_key(*key))
        };
        let unenforced = off(&check.options);
        check.options = own(std::mem::take(&mut check.options));
        check.options.remove("not_enforced");
        if !unenforced {
            return;
        }
        if server.has_unenforced_checks() {
            check.options.insert("not_enforced".into(), "true".into());
        } else {
            let what = "enforces every check";
            self.lacks(About::Named(check.name.as_ref()), what, "drop `not_enforced`");
        }
    }

    pub(super) fn foreign_keys(&mut self, table: &mut Table) {
        let mut keys = std::mem::take(&mut table.foreign_keys);
        for key in &mut keys {
            self.foreign_key(table, key);
        }
        table.foreign_keys = keys;
    }

    fn foreign_key(&mut self, table: &Table, key: &mut ForeignKey) {
        let name = key.name.clone();
        let about = About::Named(name.as_ref());
        if key.options.contains_key("postgres.set_columns") {
            let help = "leave the columns out, or set them in a trigger";
            self.lacks(about, "sets all columns of a foreign key", help);
        }
        if key.options.contains_key("postgres.period") {
            self.lacks(about, "has no foreign keys over periods", "check it in a trigger");
        }
        if key.options.contains_key("postgres.not_enforced") {
            self.lacks(about, "enforces every foreign key", "leave the foreign key out");
        }
        key.options = own(std::mem::take(&mut key.options));
        let matching = key.matching.take().filter(|word| !word.eq_ignore_ascii_case("simple"));
        if let Some(word) = matching {
            let what = format!("reads MATCH {word} and does not mind it");
            self.lacks(about, &what, "drop `match`; a check can forbid keys that are half NULL");
        }
        if key.deferral.take().is_some() {
            self.lacks(about, AT_ONCE, "drop `deferrable`");
        }
        for action in [&mut key.on_delete, &mut key.on_update] {
            match action {
                Action::Restrict => *action = Action::NoAction,
                Action::SetDefault => {
                    let help = "say `set_null`, or set it in a trigger";
                    self.lacks(about, "sets no columns to their default", help);
                }
                _ => {}
            }
        }
        if table.options.contains_key("partition_by") {
            let what = "has no foreign keys on tables that are cut into partitions";
            self.lacks(about, what, "drop `partition_by`, or the foreign key");
        }
        self.actions(table, key);
    }

    /// What a referential action changes must be free to change.
    fn actions(&mut self, table: &Table, key: &ForeignKey) {
        let about = About::Named(key.name.as_ref());
        let nulls = [key.on_delete, key.on_update].contains(&Action::SetNull);
        let columns = || key.columns.iter().filter_map(|name| table.column(name));
        if let Some(column) = columns().find(|column| nulls && !column.null) {
            let what = format!("cannot set `{}` to NULL, since it refuses NULL", column.name);
            self.lacks(about, &what, "make the field an `Option`, or say another action");
        }
        let changes = nulls || key.on_update == Action::Cascade;
        let checked = table.checks.iter().find(|check| {
            names(&check.expr.text, Syntax::MYSQL)
                .any(|name| key.columns.iter().any(|column| column.eq_ignore_ascii_case(&name)))
        });
        if let Some(check) = checked.filter(|_| changes) {
            let named = check.name.as_ref().map_or("one", |name| name.text.as_str());
            let what = format!(
                "has no checks over columns that a foreign key changes, and {named} is such"
            );
            self.lacks(about, &what, "drop the check, or the action that changes the column");
        }
    }

    pub(super) fn excludes(&mut self, table: &mut Table) {
        for exclude in std::mem::take(&mut table.excludes) {
            let what = "has no exclusion constraints";
            let help = "use a trigger, declared in a .sql file";
            self.lacks(About::Named(exclude.name.as_ref()), what, help);
        }
    }

    /// At most one column is numbered, and an index begins with it.
    pub(super) fn numbered(&mut self, table: &Table) {
        let mut numbered = table.columns.iter().filter(|column| column.identity.is_some());
        let Some(column) = numbered.next() else { return };
        if let Some(other) = numbered.next() {
            let what =
                format!("numbers one column of a table, and `{}` is one already", column.name);
            self.lacks(About::Column(&other.name), &what, "drop `auto` from one of them");
        }
        let key = table.primary_key.as_ref().map(|key| key.columns.as_slice());
        let usable = |index: &&Index| index.using.as_deref().is_none_or(|it| it == "hash");
        let indexes = table.indexes.iter().filter(usable).map(|index| index.parts.as_slice());
        let is = |part: &IndexPart| !part.expression && part.text == column.name;
        // These count for each value of what stands before.
        let anywhere = matches!(
            table.options.get("engine").map(String::as_str),
            Some("MyISAM" | "Aria" | "MRG_MyISAM")
        );
        let serves = |parts: &[IndexPart]| {
            parts.first().is_some_and(is) || (anywhere && parts.iter().any(is))
        };
        if !key.into_iter().chain(indexes).any(serves) {
            let what = "numbers only a column with which an index begins";
            let help = "put it first in the primary key, or add `index` or `unique` to it";
            self.lacks(About::Column(&column.name), what, help);
        }
        self.speaking_of_number(table, &column.name);
    }

    /// Numbers are given out after all else is computed and checked.
    fn speaking_of_number(&mut self, table: &Table, column: &str) {
        let speaks =
            |text: &str| names(text, Syntax::MYSQL).any(|name| name.eq_ignore_ascii_case(column));
        if let Some(check) = table.checks.iter().find(|check| speaks(&check.expr.text)) {
            let what = "has no checks over a column that it numbers";
            self.lacks(About::Named(check.name.as_ref()), what, "drop the check, or `auto`");
        }
        let late = self.mysql.server.computes_from_numbers();
        for other in &table.columns {
            let computed = other.generated.as_ref().filter(|it| it.stored || !late);
            if computed.is_some_and(|it| speaks(&it.expr.text)) {
                let what = "computes nothing from a column that it numbers";
                let help = "compute it in queries, or in a view";
                self.lacks(About::Column(&other.name), what, help);
            }
        }
        let computed =
            |index: &&Index| index.parts.iter().any(|part| part.expression && speaks(&part.text));
        if let Some(index) = table.indexes.iter().find(computed) {
            let what = "has no expressions in indexes over a column that it numbers";
            self.lacks(About::Named(Some(&index.name)), what, "name the column alone");
        }
    }

    /// Some column is seen.
    pub(super) fn visible(&mut self, table: &Table) {
        let hidden = |column: &crate::schema::Column| column.options.contains_key("invisible");
        if !table.columns.is_empty() && table.columns.iter().all(hidden) {
            let what = "has no tables of which every column is invisible";
            self.lacks(About::Table, what, "drop `invisible` from one of them");
        }
        let server = self.mysql.server;
        for column in table.columns.iter().filter(|column| hidden(column)) {
            let supplied = column.null
                || column.default.is_some()
                || column.identity.is_some()
                || column.generated.is_some();
            if !supplied && server.hashes_long_keys() {
                let what = "takes no invisible column that must be given a value";
                self.lacks(About::Column(&column.name), what, "say a default, or allow NULL");
            }
        }
    }
}
