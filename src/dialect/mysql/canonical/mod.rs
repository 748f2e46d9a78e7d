//! Spells any schema as MySQL or MariaDB would report it, and complains about what the server does
//! not have.

mod column;
mod default;
mod forms;
mod key;
mod names;
mod neutral;
mod number;
mod options;
mod part;
mod partition;
mod reference;
mod settle;
mod size;
mod temporal;
mod words;

use std::collections::BTreeMap;

use autogen_model::Diagnostic;

pub(super) use neutral::neutral_value;
pub(super) use settle::settle;

use super::Mysql;
use crate::dialect::report::{About, Reports as Shared};
use crate::schema::{Column, Enum, Intent, Name, Schema, Table, Type};

/// The complaints so far.
type Reports<'a> = Shared<'a, &'a Mysql>;

/// In a schema that was not in a database yet: nobody said the collation, so that of what is there
/// already will do. Taken away by [`settle`].
const INHERITED: &str = "inherited_collate";

/// The schema as the server would report it, and what of it the server cannot do.
pub(super) fn canonical(
    mysql: &Mysql,
    schema: &Schema,
    intent: &Intent,
) -> (Schema, Vec<Diagnostic>) {
    let mut reports = Reports::new(mysql, mysql.server.product(), intent);
    let mut lowered = Schema { objects: schema.objects.clone(), ..Schema::default() };
    lowered.namespaces.clone_from(&schema.namespaces);
    for table in schema.tables.values() {
        let there = is_there(table);
        let mut lower = Lower { mysql, enums: &schema.enums, table: &table.name, there, reports };
        lowered.insert(lower.table(table.clone()));
        reports = lower.reports;
    }
    forms::settle(&mut lowered, mysql);
    let named: Vec<String> = lowered.tables.keys().filter_map(|it| it.schema.clone()).collect();
    lowered.namespaces.extend(named);
    let made = |table: &&Table| !schema.tables.get(&table.name).is_some_and(is_there);
    reference::check(&lowered, made, &mut reports);
    names::refused(&lowered, made, &mut reports);
    (lowered, reports.finish())
}

/// Whether a table was read from a database, which accepted all of it.
fn is_there(table: &Table) -> bool {
    let native = |column: &Column| matches!(column.ty, Type::Native(_));
    !table.columns.is_empty() && table.columns.iter().all(native)
}

/// Makes one table the server's.
struct Lower<'a> {
    mysql: &'a Mysql,
    enums: &'a BTreeMap<Name, Enum>,
    table: &'a Name,
    /// It was read from a database.
    there: bool,
    reports: Reports<'a>,
}

impl Lower<'_> {
    fn table(&mut self, mut table: Table) -> Table {
        if table.columns.is_empty() {
            let help =
                "give the struct a field, or leave it out of a project that writes for MySQL";
            self.lacks(About::Table, "has no tables without columns", help);
        }
        for about in words::joined(&table) {
            self.warn(about, "reads `||` as OR", "join texts by `CONCAT(a, b)`, or write OR");
        }
        self.comment(&mut table.comment, About::Table, 2048);
        let inherited = self.table_options(&mut table);
        match self.there {
            true => words::double_quotes(&mut table),
            false => words::quote_columns(&mut table),
        }
        let mut columns = std::mem::take(&mut table.columns);
        columns.iter_mut().for_each(|column| self.column(&mut table, column, inherited));
        table.columns = columns;
        self.primary_key(&mut table);
        self.uniques(&mut table);
        self.indexes(&mut table);
        self.checks(&mut table);
        self.foreign_keys(&mut table);
        self.excludes(&mut table);
        reference::serve(&mut table, self.mysql.server);
        self.numbered(&table);
        self.visible(&table);
        self.row(&table);
        table
    }

    /// An empty comment is none.
    fn comment(&mut self, comment: &mut Option<String>, about: About<'_>, most: usize) {
        *comment = comment.take().filter(|text| !text.is_empty());
        if comment.as_ref().is_some_and(|text| text.chars().count() > most) {
            let what = format!("keeps comments of {most} characters");
            self.lacks(about, &what, "say it in fewer words");
        }
    }

    /// The server cannot do something. What is there already it could.
    fn lacks(&mut self, about: About<'_>, what: &str, help: &str) {
        if !self.there {
            self.reports.lacks(self.table, about, what, help);
        }
    }

    fn warn(&mut self, about: About<'_>, what: &str, help: &str) {
        if !self.there {
            self.reports.warn(self.table, about, what, help);
        }
    }
}

/// The text of a type in a canonical schema, taken apart.
fn typed(ty: &Type) -> super::type_name::TypeName {
    super::type_name::TypeName::parse(&ty.spelled())
}
