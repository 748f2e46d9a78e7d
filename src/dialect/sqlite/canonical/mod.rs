//! Spells any schema as SQLite would report it, and complains about what SQLite does not have.

mod names;
mod settle;

use autogen_model::{Diagnostic, Place};

pub(super) use settle::settle;

use super::types::{collation, fold, in_strict, native, quote, strict};
use crate::schema::{
    Check, Column, ConstraintName, Expr, Index, IndexPart, Intent, Name, Options, Schema, Table,
    Type, Unique,
};
use crate::sql::literal;

/// The schema as SQLite would report it, and what of it SQLite cannot do.
pub fn canonical(schema: &Schema, intent: &Intent) -> (Schema, Vec<Diagnostic>) {
    let mut lowered = Schema { objects: schema.objects.clone(), ..Schema::default() };
    let mut reports = Vec::new();
    for table in schema.tables.values() {
        // What is there already was accepted.
        let there = table.columns.iter().all(|column| matches!(column.ty, Type::Native(_)));
        let mut lower = Lower { schema, intent, name: &table.name, there, reports: Vec::new() };
        lowered.insert(lower.table(table.clone()));
        if !intent.tables.get(&table.name).is_some_and(|it| it.unmanaged) {
            reports.append(&mut lower.reports);
        }
    }
    settle(&mut lowered);
    reports.extend(names::refused(&lowered, intent));
    (lowered, reports)
}

/// The settings for SQLite, under the names they have in its own schema.
fn own(options: Options) -> Options {
    let own = |(key, value): (String, String)| match key.strip_prefix("sqlite.") {
        Some(key) => Some((key.to_owned(), value)),
        None if key.contains('.') => None,
        None => Some((key, value)),
    };
    options.into_iter().filter_map(own).filter(|(_, value)| value != "false").collect()
}

/// Makes one table SQLite's.
struct Lower<'a> {
    schema: &'a Schema,
    intent: &'a Intent,
    /// Its name in the neutral schema.
    name: &'a Name,
    /// It was read from a database.
    there: bool,
    reports: Vec<Diagnostic>,
}

impl Lower<'_> {
    fn table(&mut self, mut table: Table) -> Table {
        table.name = self.name(&table.name);
        if table.columns.is_empty() {
            let what = "has no tables without columns, and no partitions";
            self.report(what, None, "leave the struct out of a project that writes for SQLite");
        }
        table.comment = None;
        table.options = own(table.options);
        let strict_types = table.options.contains_key("strict");
        let mut columns = std::mem::take(&mut table.columns);
        for column in &mut columns {
            self.column(&mut table, column, strict_types);
        }
        table.columns = columns;
        if let Some(key) = &mut table.primary_key {
            key.options = own(std::mem::take(&mut key.options));
            key.columns.iter_mut().for_each(|part| self.part(part, "the primary key", None));
        }
        table.uniques.iter_mut().for_each(|unique| self.unique(unique));
        table.indexes.iter_mut().for_each(|index| self.index(index));
        for exclude in std::mem::take(&mut table.excludes) {
            let what = "has no exclusion constraints";
            self.report(what, exclude.name.as_ref(), "use a trigger, declared in a .sql file");
        }
        for key in &mut table.foreign_keys {
            key.table = self.name(&key.table);
            key.options = own(std::mem::take(&mut key.options));
        }
        table
    }

    fn name(&mut self, name: &Name) -> Name {
        if name.schema.as_ref().is_some_and(|schema| schema != "main") {
            let what = format!("has no schemas, and `{name}` is in one");
            self.report(&what, None, "give the table a name without a schema");
        }
        Name::new(&name.name)
    }

    fn column(&mut self, table: &mut Table, column: &mut Column, strict_types: bool) {
        if let Type::Enum(name) = &*column.ty.on("sqlite") {
            let labels = self.schema.enums.get(name).map(|it| it.labels.as_slice());
            table.checks.push(enumerated(&table.name, &column.name, labels.unwrap_or_default()));
        }
        column.ty = Type::Native(self.ty(column, strict_types));
        column.comment = None;
        if let Some(name) = self.stranger(column.collate.as_ref()) {
            let what = format!("has no collation `{name}`");
            self.report_column(column, &what, COLLATIONS);
        }
        column.options = own(std::mem::take(&mut column.options));
        self.identity(table, column);
        if column.options.remove("autoincrement").is_some() {
            match &mut table.primary_key {
                Some(key) if can_number(&key.columns, column) => {
                    key.options.insert("autoincrement".into(), "true".into());
                }
                _ => self.report_column(column, NUMBERS, NUMBERS_HELP),
            }
        }
    }

    /// A program can bring collations of its own, but not to the connection that upgrades.
    fn stranger<'a>(&self, collate: Option<&'a String>) -> Option<&'a String> {
        let own = ["BINARY", "NOCASE", "RTRIM"];
        collate.filter(|name| !self.there && !own.contains(&collation(name).as_str()))
    }

    fn ty(&mut self, column: &Column, strict_types: bool) -> String {
        let text = native(&column.ty, &self.schema.enums).unwrap_or_else(|help| {
            self.report_column(column, "has no type for it", &help);
            String::new()
        });
        let text = fold(&text);
        // What is there already was accepted.
        if !strict_types || matches!(column.ty, Type::Native(_)) {
            return text;
        }
        let text = strict(&text);
        if !in_strict(text) && !text.is_empty() {
            let what = format!("takes no `{text}` in a STRICT table");
            self.report_column(column, &what, "use INTEGER, REAL, TEXT, BLOB or ANY");
        }
        text.to_owned()
    }

    fn identity(&mut self, table: &Table, column: &mut Column) {
        let Some(identity) = column.identity.take() else { return };
        let key = table.primary_key.as_ref();
        let numbered = key.is_some_and(|key| can_number(&key.columns, column));
        if identity.always || !identity.options.is_empty() {
            let help = "SQLite numbers an INTEGER primary key by itself: use `auto`";
            self.report_column(column, "has no identity columns with settings", help);
        } else if identity.stated && !numbered {
            self.report_column(column, NUMBERS, NUMBERS_HELP);
        }
    }

    fn unique(&mut self, unique: &mut Unique) {
        unique.options = own(std::mem::take(&mut unique.options));
        let name = unique.name.clone();
        if std::mem::take(&mut unique.nulls_not_distinct) {
            self.report(NULLS, name.as_ref(), NULLS_HELP);
        }
        if unique.deferral.take().is_some() {
            let what = "checks a unique constraint at once, never at the end of a transaction";
            self.report(what, name.as_ref(), "drop `deferrable`");
        }
        let noun = "a unique constraint";
        unique.columns.iter_mut().for_each(|part| self.part(part, noun, name.as_ref()));
    }

    fn index(&mut self, index: &mut Index) {
        index.options = own(std::mem::take(&mut index.options));
        index.comment = None;
        let name = index.name.clone();
        if std::mem::take(&mut index.nulls_not_distinct) {
            self.report(NULLS, Some(&name), NULLS_HELP);
        }
        if !std::mem::take(&mut index.include).is_empty() {
            let help = "add the columns to the index itself";
            self.report("has no `include` in indexes", Some(&name), help);
        }
        if let Some(method) = index.using.take()
            && !method.eq_ignore_ascii_case("btree")
        {
            let what = format!("has no {method} indexes");
            let help = match method.as_str() {
                "fulltext" => "drop `fulltext`; an FTS5 table in a .sql file serves full text",
                "spatial" => "drop `spatial`; an R-Tree table in a .sql file serves places",
                _ => "drop `using`",
            };
            self.report(&what, Some(&name), help);
        }
        index.parts.iter_mut().for_each(|part| self.part(part, "an index", Some(&name)));
    }

    fn part(&mut self, part: &mut IndexPart, noun: &str, name: Option<&ConstraintName>) {
        if let Some(opclass) = part.opclass.take() {
            let what = format!("has no operator classes, and `{opclass}` is one");
            self.report(&what, name, "drop `opclass`; `collate` may do the same");
        }
        if let Some(collate) = self.stranger(part.collate.as_ref()) {
            let what = format!("has no collation `{collate}`");
            self.report(&what, name, COLLATIONS);
        }
        if part.length.take().is_some() {
            let what = format!("cannot have only the start of a column in {noun}");
            self.report(&what, name, "use an expression such as `substr(name, 1, 10)`");
        }
        // NULL is the smallest value.
        if part.nulls_first.take().is_some_and(|first| first == part.descending) {
            let what = "sorts NULL as the smallest value in every index";
            self.report(what, name, "drop `nulls`, or sort by `name IS NULL` first");
        }
    }

    fn report_column(&mut self, column: &Column, what: &str, help: &str) {
        let table = self.intent.tables.get(self.name);
        let place = table.and_then(|it| it.columns.get(&column.name)?.place.clone());
        let subject = format!("{}.{}", self.name, column.name);
        self.push(&subject, what, help, place);
    }

    fn report(&mut self, what: &str, name: Option<&ConstraintName>, help: &str) {
        let table = self.intent.tables.get(self.name);
        let place = name.and_then(|name| table?.places.get(&name.text).cloned());
        let subject = match name {
            Some(name) => format!("{}, {name}", self.name),
            None => self.name.to_string(),
        };
        self.push(&subject, what, help, place);
    }

    fn push(&mut self, subject: &str, what: &str, help: &str, place: Option<Place>) {
        let report = Diagnostic::new(format!("{subject}: SQLite {what}")).help(help);
        let table = self.intent.tables.get(self.name).and_then(|it| it.place.clone());
        let report = match place.or(table) {
            Some(place) => report.at(place, ""),
            None => report,
        };
        if self.reports.last() != Some(&report) {
            self.reports.push(report);
        }
    }
}

const NUMBERS: &str = "numbers only the rows of a table, by its key";
const NUMBERS_HELP: &str = "make it the only column of the primary key, with an integer type";
const COLLATIONS: &str = "use BINARY, NOCASE or RTRIM";
const NULLS: &str = "takes any number of NULLs in a unique column";
const NULLS_HELP: &str = "drop `nulls_not_distinct`, or index `coalesce(name, '')`";

/// Whether SQLite can number the rows by this column.
fn can_number(key: &[IndexPart], column: &Column) -> bool {
    let only = matches!(key, [only] if only.text.eq_ignore_ascii_case(&column.name));
    only && column.ty == Type::Native("INTEGER".into())
}

/// The check that stands for an enumerated type. NULL passes every check, so it needs no word.
fn enumerated(table: &Name, column: &str, labels: &[String]) -> Check {
    let values: Vec<String> = labels.iter().map(|label| literal(label)).collect();
    Check {
        name: Some(ConstraintName::convention(format!("ck_{}_{column}", table.name))),
        expr: Expr::new(format!("{} IN ({})", quote(column), values.join(", "))),
        options: Options::new(),
    }
}
