//! A database with its rows, to be compared with another that was made in another way.

use std::collections::BTreeMap;

use super::super::Options;
use super::snapshot::{Snapshot, without_ledger};
use crate::db::{Database, TextRow};
use crate::dialect::Dialect;
use crate::error::Result;
use crate::schema::{Column, Name, Schema, Table};

/// What a database has, rows included.
#[derive(Debug)]
pub struct Look {
    /// The schema without the ledger.
    pub schema: Schema,
    snapshot: Snapshot,
    rows: BTreeMap<Name, Vec<TextRow>>,
}

impl Look {
    /// Looks at a database with the ledger of these options.
    pub async fn take(db: &mut Database, options: &Options) -> Result<Self> {
        let ledger = options.ledger(db);
        let schema = without_ledger(db, &ledger).await?;
        let dialect = db.dialect()?;
        let mut rows = BTreeMap::new();
        for (name, table) in &schema.tables {
            let mut found = db.query_text_rows(&select(table, &*dialect), &[]).await?;
            found.sort();
            rows.insert(name.clone(), found);
        }
        let snapshot = Snapshot::of(schema.clone(), None);
        Ok(Self { schema, snapshot, rows })
    }

    /// In what the other differs, a line for each difference.
    pub fn differences(&self, other: &Self, dialect: &dyn Dialect) -> Result<Vec<String>> {
        let mut lines = self.snapshot.differences(&other.snapshot, dialect)?;
        for (name, rows) in &self.rows {
            match other.rows.get(name) {
                Some(others) if others.len() != rows.len() => {
                    lines.push(format!("~ rows of {name}: {} -> {}", rows.len(), others.len()));
                }
                Some(others) if others != rows => lines.push(format!("~ rows of {name}")),
                _ => {}
            }
        }
        Ok(lines)
    }

    /// Whether both have the same views, functions and other objects that are no tables.
    pub fn same_objects(&self, other: &Self, dialect: &dyn Dialect) -> bool {
        self.snapshot.same_objects(&other.snapshot, dialect)
    }
}

/// Reads a table as text. What is a moment, or made anew for each row, is told apart from NULL alone.
fn select(table: &Table, dialect: &dyn Dialect) -> String {
    let quote = dialect.spelling().quote;
    let columns = table.columns.iter().map(|column| {
        let name = quote(&column.name);
        match (is_fleeting(column), dialect.name()) {
            (true, _) => format!("CASE WHEN {name} IS NULL THEN '0' ELSE '1' END"),
            (false, "postgres") => format!("{name}::text"),
            (false, "mysql") => format!("HEX(CAST({name} AS BINARY))"),
            (false, _) => format!("quote({name})"),
        }
    });
    let columns: Vec<String> = columns.collect();
    // A table can have no column at all.
    let columns = if columns.is_empty() { "1".to_owned() } else { columns.join(", ") };
    let schema = table.name.schema.as_ref().map(|schema| format!("{}.", quote(schema)));
    format!("SELECT {columns} FROM {}{}", schema.unwrap_or_default(), quote(&table.name.name))
}

fn is_fleeting(column: &Column) -> bool {
    let ty = column.ty.spelled().to_ascii_lowercase();
    let made = column.default.as_ref().is_some_and(|default| {
        let text = default.text.to_ascii_lowercase();
        (text.contains('(') && !text.contains("nextval")) || text.contains("current_")
    });
    ty.contains("time") || ty.contains("date") || made
}
