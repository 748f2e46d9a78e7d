//! What an op can hurt: one short rule each.

use super::Known;
use crate::dialect::Fate;
use crate::op::{Change, Op, Part, ReplaceEnum};
use crate::schema::{Column, Expr, IndexPart, Name, Options, PrimaryKey, Table};
use crate::sql::literal;

/// The setting of a column that refuses NULL from now on, while rows that are there may hold it.
const UNPROVED: &str = "not_null";

/// Something that an op can hurt.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Hazard {
    /// A table is gone for good, with its rows.
    LostTable(String),
    /// Values are gone for good.
    Loss(String),
    /// Every row of a table is written anew.
    Rewrite(String),
    /// Rows that are there can make it fail; then nothing is changed.
    Rows(String),
    /// Old rows get a value they never had.
    Filled(String),
    /// Values become what another type makes of them.
    Converted(String),
    /// Values become what an expression of the author makes of them, whatever that is.
    Recast(String),
}

/// The hazards of one op.
pub fn hazards(op: &Op, known: &Known<'_>) -> Vec<Hazard> {
    match op {
        Op::DropTable(table) => vec![Hazard::LostTable(table.name.to_string())],
        Op::Rebuild(rebuild) => {
            let table = &rebuild.new.name;
            let inner = rebuild.changes.iter().flat_map(|change| match change {
                Change::AlterColumn { old, new, fill, using } => {
                    let by = (fill.as_ref(), using.as_ref());
                    let mut hazards = altered(table, (old, new), by, known);
                    hazards.extend(copied(&rebuild.new, (old, new)));
                    hazards
                }
                change => of_change(table, change, known),
            });
            std::iter::once(Hazard::Rewrite(table.to_string())).chain(inner).collect()
        }
        Op::ReplaceEnum(it) => {
            let mapped = it.using.iter().map(|((table, column), expr)| {
                Hazard::Recast(format!("{table}.{column} by {expr}"))
            });
            mapped.chain(lost_labels(it)).collect()
        }
        Op::Alter { table, change } => of_change(table, change, known),
        Op::AlterTogether(it) => {
            it.changes.iter().flat_map(|change| of_change(&it.table, change, known)).collect()
        }
        _ => Vec::new(),
    }
}

fn of_change(table: &Name, change: &Change, known: &Known<'_>) -> Vec<Hazard> {
    match change {
        Change::DropColumn { column, .. } => match &column.generated {
            None => vec![Hazard::Loss(format!("the values of {table}.{}", column.name))],
            // They are computed again when the column comes back.
            Some(_) => Vec::new(),
        },
        Change::AddColumn { column, fill: Some(fill), .. } => {
            vec![Hazard::Filled(format!("{table}.{} with {fill}", column.name))]
        }
        Change::AlterColumn { old, new, fill, using } => {
            let by = (fill.as_ref(), using.as_ref());
            let mut hazards = altered(table, (old, new), by, known);
            let checked = old.ty != new.ty && known.dialect.fate(old, new) >= Fate::Checked;
            hazards.extend(checked.then(|| unsuited(table, new)));
            let refuses = old.null && !new.null && fill.is_none() && new.generated.is_none();
            if refuses && !new.options.contains_key(UNPROVED) {
                let why = format!("the values of {table}.{} must not be NULL", new.name);
                hazards.push(Hazard::Rows(why));
            }
            hazards
        }
        Change::Rename { old, new } if unchecked(old) && !unchecked(new) => added(table, new),
        Change::Add(part) if unchecked(part) || known.satisfied(table, part) => Vec::new(),
        Change::Add(part) | Change::Validate { new: part, .. } => added(table, part),
        Change::PrimaryKey { old, new } => {
            let vacant =
                |key: &PrimaryKey| key.columns.iter().any(|part| known.vacant(table, &part.text));
            let mut hazards = keyed(table, old.as_ref(), new.as_ref());
            if new.as_ref().is_some_and(vacant) {
                hazards.retain(|hazard| !matches!(hazard, Hazard::Rows(_)));
            }
            hazards
        }
        Change::Options { old, new } => {
            let strict = new.contains_key("strict") && !old.contains_key("strict");
            let why = format!("the values of {table} must be of the types of their columns");
            strict.then_some(Hazard::Rows(why)).into_iter().collect()
        }
        _ => Vec::new(),
    }
}

fn keyed(table: &Name, old: Option<&PrimaryKey>, new: Option<&PrimaryKey>) -> Vec<Hazard> {
    let counts = |key: &PrimaryKey| key.options.contains_key("autoincrement");
    let mut hazards = Vec::new();
    if old.is_some_and(counts) && !new.is_some_and(counts) {
        let what = format!("the counter of {table}, so numbers of deleted rows come again");
        hazards.push(Hazard::Loss(what));
    }
    let Some(new) = new else { return hazards };
    let has = |column: &str| new.columns.iter().any(|part| part.text == column);
    let wider = old.is_some_and(|old| old.columns.iter().all(|part| has(&part.text)));
    if !wider {
        let columns: Vec<&str> = new.columns.iter().map(|part| part.text.as_str()).collect();
        let columns = columns.join(", ");
        hazards.push(Hazard::Rows(format!("the rows of {table} must differ in {columns}")));
    }
    hazards
}

fn altered(
    table: &Name,
    (old, new): (&Column, &Column),
    (fill, using): (Option<&Expr>, Option<&Expr>),
    known: &Known<'_>,
) -> Vec<Hazard> {
    let column = format!("{table}.{}", new.name);
    let mut hazards = Vec::new();
    if let Some(fill) = fill.filter(|_| old.null && !new.null) {
        hazards.push(Hazard::Filled(format!("{column} with {fill} where it is NULL")));
    }
    let computed = old.generated.is_some() || new.generated.is_some();
    let fate = known.dialect.fate(old, new);
    if let Some(using) = using {
        let (before, after) = (old.ty.spelled(), new.ty.spelled());
        let what = format!("{column} from {before} to {after} by {using}");
        hazards.push(Hazard::Recast(what));
    } else if old.ty != new.ty && !computed && fate != Fate::Untouched {
        let (before, after) = (old.ty.spelled(), new.ty.spelled());
        hazards.push(Hazard::Converted(format!("{column} from {before} to {after}")));
        if fate == Fate::Changed {
            hazards.push(Hazard::Loss(format!("what {after} cannot hold of {column}")));
        }
    }
    if old.generated.is_none() && new.generated.is_some() {
        hazards
            .push(Hazard::Loss(format!("the values of {column}, which is computed from now on")));
    }
    hazards
}

fn unsuited(table: &Name, column: &Column) -> Hazard {
    Hazard::Rows(format!("the values of {table}.{} must suit its new type", column.name))
}

/// A copy takes any value, but for tables that hold to their types and the number of a row.
fn copied(table: &Table, (old, new): (&Column, &Column)) -> Vec<Hazard> {
    let column = |part: &IndexPart| part.text == new.name;
    let keyed = table.primary_key.iter().any(|key| key.columns.iter().any(column));
    let mut hazards = Vec::new();
    if old.ty != new.ty && (keyed || table.options.contains_key("strict")) {
        hazards.push(unsuited(&table.name, new));
    }
    let uniques = table.uniques.iter().map(|unique| &unique.columns);
    let indexes = table.indexes.iter().filter(|index| index.unique).map(|index| &index.parts);
    let unique = keyed || uniques.chain(indexes).any(|parts| parts.iter().any(column));
    if let Some(collate) = new.collate.as_ref().filter(|_| unique && old.collate != new.collate) {
        let (table, column) = (&table.name, &new.name);
        let why = format!("the values of {table}.{column} must differ under {collate} too");
        hazards.push(Hazard::Rows(why));
    }
    hazards
}

/// Whether rows that are there already are not looked at.
fn unchecked(part: &Part) -> bool {
    let unchecked = |options: &Options| {
        let words = ["not_valid", "not_enforced"];
        words.iter().any(|key| options.get(*key).is_some_and(|value| value == "true"))
    };
    match part {
        Part::Check(it) => unchecked(&it.options),
        Part::ForeignKey(it) => unchecked(&it.options),
        _ => false,
    }
}

/// Rows must not hold labels that the type loses.
fn lost_labels(replace: &ReplaceEnum) -> Vec<Hazard> {
    let kept = &replace.new.labels;
    let lost = replace.old.labels.iter().filter(|label| !kept.contains(label));
    let lost: Vec<String> = lost.map(|label| literal(label)).collect();
    if lost.is_empty() {
        return Vec::new();
    }
    let lost = lost.join(" or ");
    let mapped = |(table, column): &&(Name, Column)| {
        replace.using.contains_key(&(table.clone(), column.name.clone()))
    };
    let columns = replace.columns.iter().filter(|it| !mapped(it));
    let why = |table: &Name, column: &Column| {
        format!("the rows of {table} must not hold {lost} in {}", column.name)
    };
    columns.map(|(table, column)| Hazard::Rows(why(table, column))).collect()
}

fn added(table: &Name, part: &Part) -> Vec<Hazard> {
    let differ = |parts: &[IndexPart]| {
        let columns: Vec<&str> = parts.iter().map(|part| part.text.as_str()).collect();
        vec![Hazard::Rows(format!("the rows of {table} must differ in {}", columns.join(", ")))]
    };
    match part {
        Part::Unique(unique) => differ(&unique.columns),
        Part::Index(index) if index.unique => differ(&index.parts),
        Part::Index(_) => Vec::new(),
        Part::Check(check) => {
            vec![Hazard::Rows(format!("the rows of {table} must satisfy {}", check.expr))]
        }
        Part::ForeignKey(key) => {
            vec![Hazard::Rows(format!("the rows of {table} must have their row in {}", key.table))]
        }
        Part::Exclude(_) => {
            let name = part.name().unwrap_or("a new constraint");
            vec![Hazard::Rows(format!("the rows of {table} must satisfy {name}"))]
        }
    }
}
