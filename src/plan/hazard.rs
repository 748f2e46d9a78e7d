//! What an op can hurt: one short rule each.

use std::collections::BTreeSet;

use crate::op::{Change, Op, Part};
use crate::schema::{Column, Name};

/// Something that an op can hurt.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Hazard {
    /// Rows or values are gone for good.
    Loss(String),
    /// Every row of a table is written anew.
    Rewrite(String),
    /// Rows that are there can make it fail; then nothing is changed.
    Rows(String),
    /// Old rows get a value they never had.
    Filled(String),
}

/// The hazards of one op. `vacant` are new columns that hold NULL in every row.
pub fn hazards(op: &Op, vacant: &BTreeSet<(Name, String)>) -> Vec<Hazard> {
    match op {
        Op::DropTable(table) => vec![Hazard::Loss(format!("{} with its rows", table.name))],
        Op::Rebuild(rebuild) => {
            let table = &rebuild.new.name;
            let inner = rebuild.changes.iter().flat_map(|change| of_change(table, change, vacant));
            std::iter::once(Hazard::Rewrite(table.to_string())).chain(inner).collect()
        }
        Op::Alter { table, change } => of_change(table, change, vacant),
        _ => Vec::new(),
    }
}

fn of_change(table: &Name, change: &Change, vacant: &BTreeSet<(Name, String)>) -> Vec<Hazard> {
    let is_vacant = |column: &String| vacant.contains(&(table.clone(), column.clone()));
    match change {
        Change::DropColumn { column, .. } => match &column.generated {
            None => vec![Hazard::Loss(format!("the values of {table}.{}", column.name))],
            // They are computed again when the column comes back.
            Some(_) => Vec::new(),
        },
        Change::AddColumn { column, fill: Some(fill), .. } => {
            vec![Hazard::Filled(format!("{table}.{} with {fill}", column.name))]
        }
        Change::AlterColumn { old, new, fill } => altered(table, (old, new), fill.is_some()),
        Change::Add(part) if columns(part).into_iter().any(is_vacant) => Vec::new(),
        Change::Add(part) => added(table, part),
        Change::PrimaryKey { new: Some(_), .. } => {
            vec![Hazard::Rows(format!("the primary key of {table} needs rows that differ in it"))]
        }
        _ => Vec::new(),
    }
}

/// The columns of which one NULL is enough to satisfy the constraint.
fn columns(part: &Part) -> Vec<&String> {
    let parts = match part {
        Part::Unique(it) if !it.nulls_not_distinct => &it.columns,
        Part::Index(it) if !it.nulls_not_distinct => &it.parts,
        Part::ForeignKey(it) if it.matching.is_none() => return it.columns.iter().collect(),
        _ => return Vec::new(),
    };
    parts.iter().filter(|part| !part.expression).map(|part| &part.text).collect()
}

fn altered(table: &Name, (old, new): (&Column, &Column), filled: bool) -> Vec<Hazard> {
    let column = format!("{table}.{}", new.name);
    let mut hazards = Vec::new();
    if old.null && !new.null && filled {
        hazards.push(Hazard::Filled(format!("{column} where it is NULL")));
    }
    if old.ty != new.ty {
        hazards.push(Hazard::Rows(format!("the values of {column} must suit its new type")));
    }
    if old.generated.is_none() && new.generated.is_some() {
        hazards
            .push(Hazard::Loss(format!("the values of {column}, which is computed from now on")));
    }
    hazards
}

fn added(table: &Name, part: &Part) -> Vec<Hazard> {
    let name = part.name().unwrap_or("a new constraint");
    match part {
        Part::Unique(_) => {
            vec![Hazard::Rows(format!("{name} needs rows of {table} that differ in it"))]
        }
        Part::Index(index) if index.unique => {
            vec![Hazard::Rows(format!("{name} needs rows of {table} that differ in it"))]
        }
        Part::Check(_) => vec![Hazard::Rows(format!("the rows of {table} must satisfy {name}"))],
        Part::ForeignKey(key) => {
            vec![Hazard::Rows(format!("the rows of {table} must have their row in {}", key.table))]
        }
        Part::Exclude(_) => {
            vec![Hazard::Rows(format!("the rows of {table} must satisfy {name}"))]
        }
        Part::Index(_) => Vec::new(),
    }
}
