//! Models to the schema they mean, and to what their authors say about the change.

mod clash;
mod labels;
mod names;
mod reference;
mod table;
mod types;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use autogen_model::{Diagnostic, EnumModel, EnumStorage, FieldType, Models, Source};

pub use names::Naming;

use crate::schema::{
    Enum, EnumIntent, Intent, Name, Object, ObjectKind, Schema, Table, TableIntent,
};

/// The neutral schema of models, or everything that is wrong between them.
pub fn lower(
    models: &Models,
    naming: &Naming,
) -> std::result::Result<(Schema, Intent), Vec<Diagnostic>> {
    let mut problems = Vec::new();
    let tables = reference::Tables::new(models, naming);
    clash::tables(&tables, &mut problems);
    let mut schema = Schema::default();
    let mut intent = Intent::default();
    for (name, model) in tables.iter() {
        let (table, said) = table::lower(models, &tables, naming, name, model, &mut problems);
        schema.insert(table);
        intent.tables.insert(name.clone(), said);
    }
    clash::renames(&tables, &mut problems);
    clash::names(&tables, &mut problems);
    labels::defaults(models, &mut problems);
    enums(models, naming, &mut schema, &mut intent, &mut problems);
    objects(models, naming, &mut schema);
    if problems.is_empty() {
        return Ok((schema, intent));
    }
    problems.sort_by_cached_key(place_key);
    problems.dedup();
    Err(problems)
}

/// Reads sources and lowers what they hold; all complaints of both come together.
pub fn lower_sources(
    sources: Vec<Arc<Source>>,
    naming: &Naming,
) -> std::result::Result<(Schema, Intent), Vec<Diagnostic>> {
    let (models, problems) = autogen_model::read(sources);
    lower_read(&models, problems, naming)
}

/// Lowers models that were read; all complaints of both come together.
pub fn lower_read(
    models: &Models,
    mut problems: Vec<Diagnostic>,
    naming: &Naming,
) -> std::result::Result<(Schema, Intent), Vec<Diagnostic>> {
    match lower(models, naming) {
        Ok(lowered) if problems.is_empty() => Ok(lowered),
        Ok(_) => Err(problems),
        Err(more) => {
            problems.extend(more);
            problems.sort_by_cached_key(place_key);
            Err(problems)
        }
    }
}

fn place_key(problem: &Diagnostic) -> Option<(std::path::PathBuf, usize)> {
    let place = &problem.labels.first()?.place;
    Some((place.source.path.clone(), place.range.start))
}

/// The name of an enumerated type.
fn enum_name(model: &EnumModel, naming: &Naming) -> Name {
    naming.at_home(Name { schema: model.schema.clone(), name: model.name.clone() })
}

fn enums(
    models: &Models,
    naming: &Naming,
    schema: &mut Schema,
    intent: &mut Intent,
    problems: &mut Vec<Diagnostic>,
) {
    let mut owners: BTreeMap<Name, &EnumModel> = BTreeMap::new();
    let used = used(models);
    for (at, model) in models.enums.iter().enumerate() {
        if model.storage != EnumStorage::Named || !used.contains(&at) {
            continue;
        }
        let name = enum_name(model, naming);
        let labels: Vec<String> =
            model.variants.iter().map(|variant| variant.label.clone()).collect();
        if let Some(first) = owners.insert(name.clone(), model) {
            if schema.enums.get(&name).is_some_and(|first| first.labels != labels) {
                problems.push(clash::enums(&name, first, model));
            }
            continue;
        }
        let renamed_from = model.renamed_from.as_ref().map(|old| match old.value.contains('.') {
            true => Name::from(old.value.as_str()),
            false => Name { schema: model.schema.clone(), name: old.value.clone() },
        });
        let renamed_from = renamed_from.map(|old| naming.at_home(old));
        let place = Some(model.place.clone());
        let said = EnumIntent { place, renamed_from, renamed_labels: renamed_labels(model) };
        intent.enums.insert(name.clone(), said);
        let comment = model.comment.clone();
        schema.enums.insert(name.clone(), Enum { comment, ..Enum::new(name, labels) });
    }
}

/// The enums that columns keep as their type: an author may spell another one. Where that is for
/// some dialects only, the others still want the enum.
fn used(models: &Models) -> BTreeSet<usize> {
    let fields = models.tables.iter().flat_map(|model| &model.fields);
    let kept = fields.filter(|field| {
        let spelled = field.keys.ty.as_ref();
        !spelled.is_some_and(|ty| ty.value.contains_key("*") || ty.value.len() == 3)
    });
    let each = kept.filter_map(|field| match &field.ty {
        FieldType::Enum(at) => Some(*at),
        FieldType::Array(item) => match **item {
            FieldType::Enum(at) => Some(at),
            _ => None,
        },
        _ => None,
    });
    each.collect()
}

/// Labels by their new name, with the name before.
fn renamed_labels(model: &EnumModel) -> BTreeMap<String, String> {
    let renamed = model.variants.iter().filter_map(|variant| {
        let old = variant.renamed_from.as_ref()?;
        Some((variant.label.clone(), old.value.clone()))
    });
    renamed.collect()
}

/// Views that structs declare, and `.sql` sources, each kept whole.
fn objects(models: &Models, naming: &Naming, schema: &mut Schema) {
    for view in &models.views {
        let own = view.name.clone().unwrap_or_else(|| naming.table(&view.ident));
        let name = naming.at_home(Name { schema: view.schema.clone(), name: own });
        let word = if view.materialized { "MATERIALIZED VIEW" } else { "VIEW" };
        let sql = format!("CREATE {word} {name} AS {}", view.query.trim().trim_end_matches(';'));
        schema.objects.push(Object::new(ObjectKind::View, name, sql));
    }
    let mut taken: BTreeMap<String, usize> = BTreeMap::new();
    for source in &models.sql {
        let stem = source.path.file_stem().map(|stem| stem.to_string_lossy().into_owned());
        let mut own = stem.unwrap_or_default();
        let number = taken.entry(own.clone()).or_default();
        *number += 1;
        if *number > 1 {
            own = format!("{own}_{number}");
        }
        let (name, sql) = (Name::new(own), source.text.clone());
        schema.objects.push(Object::new(ObjectKind::Sql, name, sql));
    }
}

/// A table as it is built, with what its author says about the change.
struct Work {
    table: Table,
    intent: TableIntent,
}
