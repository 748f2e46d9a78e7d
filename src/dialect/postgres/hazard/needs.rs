//! What only newer versions can do.

use super::Seen;
use crate::op::{Change, Op, Part};
use crate::schema::{Column, Index, Name, Options, Table, Type};

/// Notes what of an op is not there in every version.
pub(super) fn of(op: &Op, seen: &mut Seen<'_>) {
    let mut needs = Vec::new();
    match op {
        Op::CreateTable(it) => table(it, &mut needs),
        Op::Alter { table, change } => of_change(table, change, seen, &mut needs),
        _ => {}
    }
    seen.effects.needs = needs;
}

type Needs = Vec<(u16, &'static str)>;

fn table(table: &Table, needs: &mut Needs) {
    let partitioned = table.options.contains_key("partition_by");
    table.columns.iter().for_each(|it| column(it, needs));
    if partitioned && !table.excludes.is_empty() {
        needs.push((17, "an exclusion constraint on a partitioned table"));
    }
    if let Some(key) = &table.primary_key {
        options(&key.options, needs);
    }
    table.uniques.iter().for_each(|it| part(&Part::Unique(it.clone()), needs));
    table.checks.iter().for_each(|it| part(&Part::Check(it.clone()), needs));
    table.foreign_keys.iter().for_each(|it| part(&Part::ForeignKey(it.clone()), needs));
    table.indexes.iter().for_each(|it| index(it, needs));
}

fn column(column: &Column, needs: &mut Needs) {
    if column.generated.as_ref().is_some_and(|it| !it.stored) {
        needs.push((18, "VIRTUAL columns"));
    }
    if column.options.contains_key("compression") {
        needs.push((14, "SET COMPRESSION"));
    }
    if column.options.contains_key("not_null") {
        needs.push((18, "NOT NULL that is NOT VALID"));
    }
    if matches!(&column.ty, Type::Native(ty) if ty.contains("multirange")) {
        needs.push((14, "multiranges"));
    }
}

fn options(options: &Options, needs: &mut Needs) {
    if options.contains_key("without_overlaps") {
        needs.push((18, "WITHOUT OVERLAPS"));
    }
    if options.contains_key("period") {
        needs.push((18, "PERIOD"));
    }
    if options.contains_key("not_enforced") {
        needs.push((18, "NOT ENFORCED"));
    }
    if options.contains_key("set_columns") {
        needs.push((15, "ON DELETE SET NULL of some columns"));
    }
}

fn part(part: &Part, needs: &mut Needs) {
    match part {
        Part::Unique(it) => {
            if it.nulls_not_distinct {
                needs.push((15, "NULLS NOT DISTINCT"));
            }
            options(&it.options, needs);
        }
        Part::Check(it) => options(&it.options, needs),
        Part::ForeignKey(it) => options(&it.options, needs),
        Part::Exclude(_) => {}
        Part::Index(it) => index(it, needs),
    }
}

fn index(index: &Index, needs: &mut Needs) {
    if index.nulls_not_distinct {
        needs.push((15, "NULLS NOT DISTINCT"));
    }
}

fn of_change(name: &Name, change: &Change, seen: &Seen<'_>, needs: &mut Needs) {
    let partitioned = seen.state.is_partitioned(name);
    match change {
        Change::AddColumn { column: it, .. } => {
            column(it, needs);
            if partitioned && it.identity.is_some() {
                needs.push((17, "an identity that comes to a partitioned table"));
            }
        }
        Change::AlterColumn { old, new, .. } => {
            column(new, needs);
            match (&old.generated, &new.generated) {
                (Some(_), None) => needs.push((13, "DROP EXPRESSION")),
                (Some(one), Some(two)) if one.expr != two.expr => {
                    needs.push((17, "SET EXPRESSION"));
                }
                _ => {}
            }
        }
        Change::PrimaryKey { new: Some(key), .. } => options(&key.options, needs),
        Change::Add(it) | Change::Rename { new: it, .. } => {
            part(it, needs);
            match it {
                Part::ForeignKey(key) if partitioned && key.options.contains_key("not_valid") => {
                    needs.push((18, "NOT VALID foreign keys of partitioned tables"));
                }
                Part::Exclude(_) if partitioned => {
                    needs.push((17, "an exclusion constraint on a partitioned table"));
                }
                _ => {}
            }
        }
        Change::Options { old, new } if old.get("access_method") != new.get("access_method") => {
            needs.push((15, "SET ACCESS METHOD"));
        }
        _ => {}
    }
}
