//! Names that are given twice, between tables or in one.

use std::collections::BTreeMap;

use autogen_model::{Diagnostic, EnumModel, Field, Model, Place, Placed};

use super::reference::Tables;
use crate::schema::Name;

/// Two models of one table. Names that differ in case alone are one to most databases.
pub(super) fn tables(tables: &Tables<'_>, problems: &mut Vec<Diagnostic>) {
    let mut seen: BTreeMap<String, &Model> = BTreeMap::new();
    for (name, model) in tables.iter() {
        if let Some(first) = seen.insert(name.to_string().to_lowercase(), model) {
            problems.push(
                Diagnostic::new(format!("the table `{name}` is declared twice"))
                    .at(table_place(model), "again here")
                    .at(table_place(first), "first here")
                    .help("give one of them another name: `#[table(name = \"..\")]`"),
            );
        }
    }
}

fn table_place(model: &Model) -> Place {
    model.keys.name.as_ref().map_or(&model.place, |name| &name.place).clone()
}

/// Renames that cannot be: from a name that is still there, or twice from one name.
pub(super) fn renames(tables: &Tables<'_>, problems: &mut Vec<Diagnostic>) {
    let names: BTreeMap<String, &Model> =
        tables.iter().map(|(name, model)| (name.to_string(), model)).collect();
    let said = |(name, model): (&Name, &'_ Model)| {
        Some((name.to_string(), model.keys.renamed_from.as_ref()?.value.clone()))
    };
    let said: BTreeMap<String, String> = tables.iter().filter_map(said).collect();
    let mut olds: BTreeMap<&str, &Placed<String>> = BTreeMap::new();
    for (_, model) in tables.iter() {
        if let Some(old) = &model.keys.renamed_from {
            if let Some(still) = names.get(&old.value).filter(|_| stays(&old.value, &said)) {
                problems.push(still_there("table", old, table_place(still)));
            }
            if let Some(first) = olds.insert(&old.value, old) {
                problems.push(renamed_twice(old, first));
            }
        }
        columns_renamed(model, problems);
    }
}

fn columns_renamed(model: &Model, problems: &mut Vec<Diagnostic>) {
    let said = |field: &Field| {
        Some((field.column.clone(), field.keys.renamed_from.as_ref()?.value.clone()))
    };
    let said: BTreeMap<String, String> = model.fields.iter().filter_map(said).collect();
    let mut olds: BTreeMap<&str, &Placed<String>> = BTreeMap::new();
    for field in &model.fields {
        let Some(old) = &field.keys.renamed_from else { continue };
        let still = model.fields.iter().find(|other| other.column == old.value);
        if let Some(still) = still
            && still.column != field.column
            && stays(&old.value, &said)
        {
            problems.push(still_there("column", old, still.place.clone()));
        }
        if let Some(first) = olds.insert(&old.value, old) {
            problems.push(renamed_twice(old, first));
        }
    }
}

/// Whether what has this name now is what had it before, or took it in a ring of renames, which
/// would turn at every comparison. In a chain each takes the name that the next one leaves.
fn stays(name: &str, said: &BTreeMap<String, String>) -> bool {
    let mut at = name;
    for _ in 0..said.len() {
        match said.get(at) {
            None => return at == name,
            Some(before) => at = before,
        }
    }
    true
}

fn still_there(what: &str, old: &Placed<String>, place: Place) -> Diagnostic {
    Diagnostic::new(format!("the {what} `{}` is renamed and still there", old.value))
        .at(old.place.clone(), "said to be the name before")
        .at(place, format!("this {what} has that name now"))
}

fn renamed_twice(old: &Placed<String>, first: &Placed<String>) -> Diagnostic {
    Diagnostic::new(format!("two things are renamed from `{}`", old.value))
        .at(old.place.clone(), "again here")
        .at(first.place.clone(), "first here")
}

/// The names that an author chose for constraints and indexes.
pub(super) fn chosen(model: &Model) -> Vec<String> {
    chosen_places(model).into_iter().map(|(name, ..)| name).collect()
}

/// What shares its names with what: indexes do with those of other tables.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Indexed,
    Other,
}

fn chosen_places(model: &Model) -> Vec<(String, Place, Kind)> {
    let keys = &model.keys;
    let mut all = Vec::new();
    let mut add = |name: &Option<Placed<String>>, kind: Kind| {
        all.extend(name.as_ref().map(|name| (name.value.clone(), name.place.clone(), kind)));
    };
    keys.primary_key.iter().for_each(|it| add(&it.name, Kind::Indexed));
    keys.uniques.iter().for_each(|it| add(&it.name, Kind::Indexed));
    keys.indexes.iter().for_each(|it| add(&it.name, Kind::Indexed));
    keys.checks.iter().for_each(|it| add(&it.name, Kind::Other));
    keys.foreign_keys.iter().for_each(|it| add(&it.name, Kind::Other));
    keys.excludes.iter().for_each(|it| add(&it.name, Kind::Indexed));
    for field in &model.fields {
        field.keys.checks.iter().for_each(|it| add(&it.name, Kind::Other));
    }
    for field in &model.fields {
        for said in field.keys.unique.iter().chain(&field.keys.index) {
            let name = said.value.clone();
            all.extend(name.map(|name| (name, said.place.clone(), Kind::Indexed)));
        }
    }
    all
}

/// Constraints and indexes of one name. Those of different tables may share it, but not where an
/// index stands behind them.
pub(super) fn names(tables: &Tables<'_>, problems: &mut Vec<Diagnostic>) {
    let mut everywhere: BTreeMap<(Option<&str>, String), Place> = BTreeMap::new();
    for (table, model) in tables.iter() {
        let mut here: BTreeMap<String, Place> = BTreeMap::new();
        for (name, place, kind) in chosen_places(model) {
            let elsewhere = (kind == Kind::Indexed)
                .then(|| {
                    let key = (table.schema.as_deref(), name.clone());
                    everywhere.insert(key, place.clone())
                })
                .flatten();
            if let Some(first) = here.insert(name.clone(), place.clone()).or(elsewhere) {
                problems.push(
                    Diagnostic::new(format!("the name `{name}` is given twice"))
                        .at(place, "again here")
                        .at(first, "first here")
                        .help("constraints and indexes need names of their own"),
                );
            }
        }
    }
}

/// Two Rust enums that stand for one type and differ.
pub(super) fn enums(name: &Name, first: &EnumModel, second: &EnumModel) -> Diagnostic {
    Diagnostic::new(format!("the enumerated type `{name}` is declared twice, with other values"))
        .at(second.place.clone(), "again here")
        .at(first.place.clone(), "first here")
        .help("give one of them another name: `#[sqlx(type_name = \"..\")]`")
}
