//! Names that the server would refuse only when the statement runs.

use std::collections::{BTreeMap, BTreeSet};

use autogen_model::{Diagnostic, Place};

use super::Reports;
use super::reference::{begins, is_tree};
use crate::dialect::report::About;
use crate::schema::{ConstraintName, Index, Name, Schema, Table};

/// What the server keeps of a name, in characters; it cuts none.
const LIMIT: usize = 64;
const TWICE: &str = "give one of them another name";

/// Columns and indexes that the storage engine has itself.
const RESERVED: [&str; 4] = ["db_roll_ptr", "db_row_id", "db_trx_id", "fts_doc_id"];
const RESERVED_INDEXES: [&str; 2] = ["gen_clust_index", "primary"];

/// Complains about names that are too long, taken or reserved.
pub(super) fn refused(schema: &Schema, made: impl Fn(&&Table) -> bool, reports: &mut Reports<'_>) {
    for table in schema.tables.values().filter(&made) {
        whole(table, "table", &table.name.name, About::Table, reports);
        columns(table, reports);
        indexes(table, reports);
        constraints(table, reports);
    }
    across(schema, made, reports);
}

/// What is wrong with a name by itself.
fn whole(table: &Table, what: &str, name: &str, about: About<'_>, reports: &mut Reports<'_>) {
    let short: String = name.chars().take(40).collect();
    if name.chars().count() > LIMIT {
        let what =
            format!("keeps names of {LIMIT} characters, and that of {what} {short}.. is longer");
        reports.lacks(&table.name, about, &what, "say a shorter one");
    } else if name.is_empty()
        || name.ends_with(' ')
        || name.chars().any(|it| it > '\u{ffff}' || it == '\0')
    {
        let what = format!("takes no such name for a {what}");
        let help = "leave out spaces at the end, and signs beyond the first 65,536";
        reports.lacks(&table.name, about, &what, help);
    }
}

fn columns(table: &Table, reports: &mut Reports<'_>) {
    let mut taken = BTreeSet::new();
    for column in &table.columns {
        let about = About::Column(&column.name);
        whole(table, "column", &column.name, about, reports);
        let folded = column.name.to_lowercase();
        if RESERVED.contains(&folded.as_str()) {
            let what = "has a column of that name in every table";
            reports.lacks(&table.name, about, what, "give it another name");
        }
        if !taken.insert(folded) {
            let what = "has two columns of that name: case does not tell them apart";
            reports.lacks(&table.name, about, what, TWICE);
        }
    }
}

fn indexes(table: &Table, reports: &mut Reports<'_>) {
    let mut taken: BTreeMap<String, &Index> = BTreeMap::new();
    for index in &table.indexes {
        let about = About::Named(Some(&index.name));
        whole(table, "index", &index.name.text, about, reports);
        let folded = index.name.text.to_lowercase();
        if RESERVED_INDEXES.contains(&folded.as_str()) {
            let what = "keeps that name of an index for itself";
            reports.lacks(&table.name, about, what, "give it another name");
        }
        if taken.insert(folded, index).is_some() {
            let what = "has two indexes of that name in the table";
            reports.lacks(&table.name, about, what, TWICE);
        }
    }
    // The index of a foreign key has its name, and another may have that already.
    for key in &table.foreign_keys {
        let Some(name) = &key.name else { continue };
        let Some(index) = taken.get(&name.text.to_lowercase()) else { continue };
        if !(is_tree(index) && begins(&index.parts, &key.columns, None)) {
            let what = "has an index of that name, which does not begin with the columns of the \
                        foreign key";
            reports.lacks(&table.name, About::Named(Some(name)), what, TWICE);
        }
    }
}

/// Checks, and what shares its name with them in one table.
fn constraints(table: &Table, reports: &mut Reports<'_>) {
    let by_database = reports.dialect.server.names_checks_by_database();
    let mut taken = BTreeSet::new();
    if !by_database {
        let keys = table.foreign_keys.iter().filter_map(|key| key.name.as_ref());
        let uniques = table.indexes.iter().filter(|index| index.unique).map(|index| &index.name);
        taken.extend(keys.chain(uniques).map(|name| name.text.to_lowercase()));
    }
    for name in table.checks.iter().filter_map(|check| check.name.as_ref()) {
        let about = About::Named(Some(name));
        whole(table, "check", &name.text, about, reports);
        if !by_database && !taken.insert(name.text.to_lowercase()) {
            let what = "has another constraint of that name in the table";
            reports.lacks(&table.name, about, what, TWICE);
        }
    }
    for name in table.foreign_keys.iter().filter_map(|key| key.name.as_ref()) {
        whole(table, "foreign key", &name.text, About::Named(Some(name)), reports);
    }
}

/// Foreign keys have their names in the whole database, and so have MySQL's checks.
fn across(schema: &Schema, made: impl Fn(&&Table) -> bool, reports: &mut Reports<'_>) {
    let mut taken = BTreeMap::new();
    for table in schema.tables.values() {
        let ours = made(&table);
        let keys = table.foreign_keys.iter().filter_map(|key| key.name.as_ref());
        let checks = table.checks.iter().filter_map(|check| check.name.as_ref());
        let by_database = reports.dialect.server.names_checks_by_database();
        let checks = checks.filter(|_| by_database).map(|name| ("check", name));
        for (noun, name) in keys.map(|name| ("foreign key", name)).chain(checks) {
            let place = reports.place(&table.name, About::Named(Some(name)));
            let key = (table.name.schema.as_deref(), noun, name.text.to_lowercase());
            let other: Option<Owner<'_>> = taken.insert(key, (&table.name, place.clone()));
            if let Some(other) = other.filter(|_| ours) {
                let report = once(noun, (&table.name, place), name, other, reports.product);
                reports.add(&table.name, report, None);
            }
        }
    }
}

/// The table that has a name, and where the models say it.
type Owner<'a> = (&'a Name, Option<Place>);

fn once(
    noun: &str,
    (table, place): Owner<'_>,
    name: &ConstraintName,
    (other, there): Owner<'_>,
    product: &str,
) -> Diagnostic {
    let message = format!(
        "{table}, {name}: {product} has one {noun} of a name in a database, and {other} has it"
    );
    let places = [(place, "this one"), (there, "and this one")];
    let places = places.into_iter().filter_map(|(place, said)| Some((place?, said)));
    places
        .fold(Diagnostic::new(message).help(TWICE), |report, (place, said)| report.at(place, said))
}
