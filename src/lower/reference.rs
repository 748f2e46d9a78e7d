//! The tables of all models, and which of them a reference means.

use std::collections::BTreeMap;

use autogen_model::{Diagnostic, Field, ForeignKeyDecl, Model, Models, PartDecl, nearest};

use super::Naming;
use crate::schema::Name;

/// All models by the name of their table.
pub(super) struct Tables<'a> {
    /// In the order of the sources.
    named: Vec<(Name, &'a Model)>,
    by_name: BTreeMap<Name, usize>,
    naming: &'a Naming,
    /// A source could not be parsed: a table that is missing may be in it.
    incomplete: bool,
}

impl<'a> Tables<'a> {
    /// Names all models.
    pub(super) fn new(models: &'a Models, naming: &'a Naming) -> Self {
        let name = |model: &Model| {
            let keys = &model.keys;
            let own = keys.name.as_ref().map(|name| name.value.clone());
            naming.at_home(Name {
                schema: keys.schema.as_ref().map(|schema| schema.value.clone()),
                name: own.unwrap_or_else(|| naming.table(&model.ident)),
            })
        };
        let named: Vec<_> = models.tables.iter().map(|model| (name(model), model)).collect();
        let mut by_name = BTreeMap::new();
        for (at, (name, _)) in named.iter().enumerate() {
            by_name.entry(name.clone()).or_insert(at);
        }
        Self { named, by_name, naming, incomplete: models.incomplete }
    }

    /// The tables, in the order of the sources.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&Name, &'a Model)> {
        self.named.iter().map(|(name, model)| (name, *model))
    }

    fn get(&self, name: &Name) -> Option<(&Name, &'a Model)> {
        let (name, model) = self.named.get(*self.by_name.get(name)?)?;
        Some((name, model))
    }

    /// The table of a name said in a table of `home`'s schema: that very name, or in that schema.
    fn near(&self, name: &Name, home: &Name) -> Option<(&Name, &'a Model)> {
        let name = &self.naming.at_home(name.clone());
        self.get(name).or_else(|| {
            let schema = home.schema.clone().filter(|_| name.schema.is_none());
            self.get(&Name { schema: Some(schema?), name: name.name.clone() })
        })
    }
}

/// The field that a name in a key or index means: by its column, or else by its own name.
pub(super) fn field<'a>(model: &'a Model, name: &str) -> Option<&'a Field> {
    let by_column = model.fields.iter().find(|field| field.column == name);
    by_column.or_else(|| model.fields.iter().find(|field| field.ident == name))
}

/// The column of a part, under its own name.
pub(super) fn column(model: &Model, part: &PartDecl) -> String {
    match field(model, &part.text) {
        Some(field) if !part.expression => field.column.clone(),
        _ => part.text.clone(),
    }
}

/// The columns of a model's primary key.
pub(super) fn primary_key(model: &Model) -> Vec<String> {
    match &model.keys.primary_key {
        Some(key) => key.columns.iter().map(|part| column(model, part)).collect(),
        None => {
            let marked = model.fields.iter().filter(|field| field.keys.primary_key.is_some());
            marked.map(|field| field.column.clone()).collect()
        }
    }
}

/// What a reference means.
pub(super) struct Target {
    /// The table.
    pub(super) table: Name,
    /// Its columns.
    pub(super) columns: Vec<String>,
}

/// What may be meant by a text: `t(a, b)`, `t.a`, `s.t.a`, `t`, `s.t`.
fn readings(text: &str) -> Vec<(Name, Vec<String>)> {
    let text = text.trim();
    if let Some((table, rest)) = text.split_once('(') {
        let columns = rest.trim_end().strip_suffix(')').unwrap_or_default();
        let columns: Vec<String> = columns.split(',').map(|name| name.trim().to_owned()).collect();
        let clean = !columns.iter().any(String::is_empty) && !table.trim().is_empty();
        return if clean { vec![(Name::from(table.trim()), columns)] } else { Vec::new() };
    }
    let parts: Vec<&str> = text.split('.').map(str::trim).collect();
    if parts.iter().any(|part| part.is_empty()) {
        return Vec::new();
    }
    let in_schema =
        |schema: &str, name: &str| Name { schema: Some(schema.into()), name: name.into() };
    match parts.as_slice() {
        [table] => vec![(Name::new(*table), Vec::new())],
        [one, two] => {
            vec![(Name::new(*one), vec![(*two).to_owned()]), (in_schema(one, two), Vec::new())]
        }
        [schema, table, column] => vec![(in_schema(schema, table), vec![(*column).to_owned()])],
        _ => Vec::new(),
    }
}

/// What a foreign key of `home` refers to; `None` is reported.
pub(super) fn resolve(
    tables: &Tables<'_>,
    home: &Name,
    key: &ForeignKeyDecl,
    count: usize,
    problems: &mut Vec<Diagnostic>,
) -> Option<Target> {
    let said = &key.references;
    let readings = readings(&said.value);
    if readings.is_empty() {
        problems.push(
            Diagnostic::new(format!("`{}` is no reference", said.value))
                .at(said.place.clone(), "expected a table and its column")
                .help("write `table.column`, or `table(a, b)` for several columns"),
        );
        return None;
    }
    let found = readings.iter().find_map(|(name, columns)| {
        tables.near(name, home).map(|(table, model)| (table, model, columns))
    });
    let Some((table, model, columns)) = found else {
        if !tables.incomplete {
            problems.push(no_table(tables, &readings[0].0, key));
        }
        return None;
    };
    let columns = if columns.is_empty() { primary_key(model) } else { columns.clone() };
    let columns = known_columns(model, table, &columns, key, problems)?;
    if count == 0 {
        // Its own columns are missing, which was complained about where it is said.
        return None;
    }
    if columns.len() != count {
        problems.push(
            Diagnostic::new(format!(
                "the foreign key has {}, and refers to {}",
                columns_text(count),
                columns.len()
            ))
            .at(said.place.clone(), "not as many on both sides")
            .help(format!("name as many columns of `{table}` as there are on this side")),
        );
        return None;
    }
    if !is_unique(model, &columns) && !model.keys.unmanaged {
        problems.push(not_unique(model, table, &columns, key));
    }
    Some(Target { table: table.clone(), columns })
}

fn columns_text(count: usize) -> String {
    if count == 1 { "1 column".into() } else { format!("{count} columns") }
}

fn no_table(tables: &Tables<'_>, name: &Name, key: &ForeignKeyDecl) -> Diagnostic {
    let problem = Diagnostic::new(format!("there is no table `{name}`"))
        .at(key.references.place.clone(), "refers to it");
    let by_struct = tables.iter().find(|(_, model)| model.ident == name.name);
    if let Some((table, model)) = by_struct {
        return problem.help(format!("the table of `{}` is `{table}`", model.ident));
    }
    let all: Vec<String> = tables.iter().map(|(name, _)| name.to_string()).collect();
    match nearest(&name.to_string(), all.iter().map(String::as_str)) {
        Some(near) => problem.help(format!("did you mean `{near}`?")),
        None => problem.help(
            "a table that others look after can be declared by a struct with `#[table(unmanaged)]`",
        ),
    }
}

fn known_columns(
    model: &Model,
    table: &Name,
    columns: &[String],
    key: &ForeignKeyDecl,
    problems: &mut Vec<Diagnostic>,
) -> Option<Vec<String>> {
    if columns.is_empty() {
        problems.push(
            Diagnostic::new(format!("`{table}` has no primary key to refer to"))
                .at(key.references.place.clone(), "refers to its primary key")
                .at(model.place.clone(), "no field here is `primary_key`")
                .help(format!("name a column: `{table}.column`")),
        );
        return None;
    }
    let mut known = Vec::new();
    for name in columns {
        match field(model, name) {
            Some(field) => known.push(field.column.clone()),
            None => {
                let problem = Diagnostic::new(format!("`{table}` has no column `{name}`"))
                    .at(key.references.place.clone(), "refers to it")
                    .at(model.place.clone(), "the table");
                let names = model.fields.iter().map(|field| field.column.as_str());
                problems.push(match nearest(name, names.clone()) {
                    Some(near) => problem.help(format!("did you mean `{table}.{near}`?")),
                    None => problem
                        .help(format!("its columns: {}", names.collect::<Vec<_>>().join(", "))),
                });
                return None;
            }
        }
    }
    Some(known)
}

/// Whether no two rows can have the same values in these columns.
fn is_unique(model: &Model, columns: &[String]) -> bool {
    let same = |mut other: Vec<String>| {
        let mut own = columns.to_vec();
        own.sort();
        other.sort();
        own == other
    };
    let of = |parts: &[PartDecl]| parts.iter().map(|part| column(model, part)).collect::<Vec<_>>();
    let marked = |field: &Field| field.keys.unique.is_some() && columns == [field.column.clone()];
    let keys = &model.keys;
    same(primary_key(model))
        || model.fields.iter().any(marked)
        || keys.uniques.iter().any(|unique| same(of(&unique.columns)))
        || keys
            .indexes
            .iter()
            .any(|index| index.unique && index.predicate.is_none() && same(of(&index.columns)))
}

fn not_unique(model: &Model, table: &Name, columns: &[String], key: &ForeignKeyDecl) -> Diagnostic {
    let list = columns.join(", ");
    let mut problem = Diagnostic::new(format!("`{table}({list})` is not unique"))
        .at(key.references.place.clone(), "a foreign key needs one row to refer to");
    for field in columns.iter().filter_map(|name| field(model, name)) {
        problem = problem.at(field.place.clone(), "neither primary key nor unique");
    }
    problem.help("make it `unique`, or refer to the primary key")
}
