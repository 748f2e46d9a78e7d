//! Many tables at once: what is asked stays readable.

use autogen::config::Unmanaged;
use autogen::dialect::sqlite::Sqlite;
use autogen::diff::{Declined, Question};
use autogen::generate::{Scope, Sides, compare};
use autogen::schema::{Column, Intent, Name, Schema, Table, Type};

/// So many tables that each pair of them is not looked at.
const TABLES: usize = 150;

#[test]
fn many_renamed_tables_are_asked_for_by_their_columns() {
    let (current, target) = (schema("old"), schema("new"));
    let scope = Scope { unmanaged: Unmanaged::Drop, ..Scope::default() };
    let sides = Sides {
        current: &current,
        target: &target,
        intent: &Intent::default(),
        declined: &Declined::default(),
        scope: &scope,
    };
    let compared = compare(&sides, &Sqlite::BUNDLED).unwrap();
    assert_eq!(compared.diff.questions.len(), TABLES);
    for question in compared.diff.questions {
        let Question::TableRenamed { new, candidates } = question else { panic!("{question:?}") };
        assert_eq!(candidates, [Name::new(new.name.replace("new", "old"))]);
    }
}

/// Tables that differ in one column each.
fn schema(prefix: &str) -> Schema {
    let mut schema = Schema::default();
    for number in 0..TABLES {
        let mut table = Table::new(Name::new(format!("{prefix}_{number}")));
        for column in ["id".to_owned(), format!("value_{number}")] {
            table.columns.push(Column::new(column, Type::Native("INTEGER".into())));
        }
        schema.insert(table);
    }
    schema
}
