//! Combinations that cannot be right, seen in one table alone. What other tables have to do with
//! is seen when the models are lowered.

use std::borrow::Cow;

use std::collections::BTreeMap;

use crate::ast::{Field, FieldType, KeyDecl, Model, PartDecl, Placed};
use crate::define::FieldDef;
use crate::diagnostic::{Diagnostic, Place, nearest};
use crate::resolve::twice;

/// Complains about one table. In a partial one, columns may be missing that are there.
pub(crate) fn model(model: &Model, partial: bool, problems: &mut Vec<Diagnostic>) {
    let partition = model.keys.options.contains_key("postgres.partition_of");
    if model.fields.is_empty() && !partial && !partition {
        problems.push(
            Diagnostic::new(format!("the table of `{}` has no columns", model.ident))
                .at(model.place.clone(), "no field makes a column")
                .help("every database wants at least one column"),
        );
    }
    for (first, second) in twice(&model.fields, |field: &Field| folded(&field.column)) {
        problems.push(
            Diagnostic::new(format!(
                "the column `{}` is twice in `{}`",
                second.column, model.ident
            ))
            .at(second.place.clone(), "again here")
            .at(first.place.clone(), "first here"),
        );
    }
    for field in &model.fields {
        column(field, problems);
    }
    primary_key(model, problems);
    if !partial {
        columns_exist(model, problems);
    }
}

/// Names that differ in case alone are one to most databases.
fn folded(name: &str) -> Cow<'_, str> {
    let plain = name.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase());
    if plain { Cow::Borrowed(name) } else { Cow::Owned(name.to_lowercase()) }
}

fn column(field: &Field, problems: &mut Vec<Diagnostic>) {
    // Most fields say nothing.
    let Some(_) = field.keys.place else { return };
    size(field, problems);
    value(field, problems);
    numbering(field, problems);
    reference(field, problems);
    let autoincrement = field.keys.options.contains_key("sqlite.autoincrement");
    if let (true, None, Some(place)) = (autoincrement, &field.keys.primary_key, &field.keys.place) {
        problems.push(
            Diagnostic::new("`autoincrement` is for the primary key")
                .at(place.clone(), "this column is not the primary key"),
        );
    }
    if let Some(old) = &field.keys.renamed_from
        && old.value == field.column
    {
        problems.push(
            Diagnostic::new(format!("the column `{}` is renamed to itself", field.column))
                .at(old.place.clone(), "the name before is the name now")
                .help("remove `renamed_from`, or change the field's name"),
        );
    }
}

fn size(field: &Field, problems: &mut Vec<Diagnostic>) {
    let keys = &field.keys;
    let said = [("length", &keys.length), ("precision", &keys.precision), ("scale", &keys.scale)];
    for (key, number) in said {
        let Some(number) = number else { continue };
        // Types that are spelled for some dialects leave the size to the others.
        if let Some(ty) = keys.ty.as_ref().filter(|ty| every_dialect(&ty.value)) {
            problems.push(
                Diagnostic::new(format!("`{key}` beside `type` says nothing"))
                    .at(number.place.clone(), "not used")
                    .at(ty.place.clone(), "the type is spelled out here")
                    .help("write the size into the type: `type = \"varchar(40)\"`"),
            );
            continue;
        }
        let (fits, wanted) = match key {
            "length" => {
                let fits = matches!(field.ty, FieldType::Text | FieldType::Bytes);
                (fits, "text and bytes")
            }
            _ => (matches!(field.ty, FieldType::Decimal), "decimal numbers"),
        };
        if !fits && field.ty != FieldType::Unknown {
            problems.push(
                Diagnostic::new(format!("`{key}` is for {wanted}"))
                    .at(number.place.clone(), format!("`{}` holds something else", field.ident))
                    .at(field.place.clone(), "this field"),
            );
        }
    }
    if let (Some(precision), Some(scale)) = (&keys.precision, &keys.scale)
        && scale.value > precision.value
    {
        problems.push(
            Diagnostic::new("more digits after the point than in all")
                .at(scale.place.clone(), format!("{} after the point", scale.value))
                .at(precision.place.clone(), format!("{} in all", precision.value)),
        );
    }
    if let (Some(scale), None, FieldType::Decimal) = (&keys.scale, &keys.precision, &field.ty) {
        problems.push(
            Diagnostic::new("`scale` needs `precision`")
                .at(scale.place.clone(), "digits after the point, but how many in all?"),
        );
    }
}

fn every_dialect(spelled: &BTreeMap<&'static str, String>) -> bool {
    spelled.contains_key("*") || spelled.len() == 3
}

fn value(field: &Field, problems: &mut Vec<Diagnostic>) {
    let keys = &field.keys;
    if let Some(generated) = &keys.generated {
        let others = [
            ("default", keys.default.as_ref().map(|it| &it.place)),
            ("identity", keys.identity.as_ref().map(|it| &it.place)),
            ("auto", keys.auto.as_ref().filter(|it| it.value).map(|it| &it.place)),
            ("fill", keys.fill.as_ref().map(|it| &it.place)),
        ];
        for (key, place) in others {
            if let Some(place) = place {
                problems.push(both(("generated", &generated.place), (key, place)));
            }
        }
    } else if let Some(stored) = &keys.stored {
        let word = if stored.value { "stored" } else { "virtual" };
        problems.push(
            Diagnostic::new(format!("`{word}` needs `generated`"))
                .at(stored.place.clone(), "what is computed?")
                .help(format!("write `generated = \"expression\", {word}`")),
        );
    }
    if let (Some(default), Some(identity)) = (&keys.default, &keys.identity) {
        problems.push(both(("identity", &identity.place), ("default", &default.place)));
    }
}

fn both(one: (&str, &Place), other: (&str, &Place)) -> Diagnostic {
    Diagnostic::new(format!("`{}` and `{}` exclude each other", one.0, other.0))
        .at(other.1.clone(), format!("`{}` here", other.0))
        .at(one.1.clone(), format!("`{}` here", one.0))
}

fn numbering(field: &Field, problems: &mut Vec<Diagnostic>) {
    let keys = &field.keys;
    let integer = matches!(field.ty, FieldType::Int { .. } | FieldType::Unknown);
    let auto = keys.auto.as_ref().filter(|auto| auto.value).map(|auto| ("auto", &auto.place));
    let identity = keys.identity.as_ref().map(|identity| ("identity", &identity.place));
    for (key, place) in auto.into_iter().chain(identity) {
        if !integer && keys.ty.is_none() {
            problems.push(
                Diagnostic::new(format!("`{key}` is for whole numbers"))
                    .at(place.clone(), format!("`{}` is no whole number", field.ident))
                    .help("for values made by the database, say `default = \"..\"`"),
            );
        }
    }
    if let (Some(auto), Some(identity)) = (&keys.auto, &keys.identity)
        && !auto.value
    {
        problems.push(both(("identity", &identity.place), ("auto = false", &auto.place)));
    }
    if let (true, Some(place)) = (field.null, &keys.primary_key) {
        problems.push(nullable_key(field, place));
    }
}

fn nullable_key(field: &Field, place: &Place) -> Diagnostic {
    Diagnostic::new(format!("the primary key `{}` takes NULL", field.column))
        .at(field.place.clone(), "this field takes NULL")
        .at(place.clone(), "part of the primary key")
        .help("remove the `Option`, or the column from the key")
}

fn reference(field: &Field, problems: &mut Vec<Diagnostic>) {
    let Some(reference) = &field.keys.references else { return };
    for (key, action) in [("on_delete", &reference.on_delete), ("on_update", &reference.on_update)]
    {
        if let Some(action) = action
            && action.value == crate::ast::Action::SetNull
            && !field.null
        {
            problems.push(
                Diagnostic::new(format!("`{key} = \"set_null\"` on a column that refuses NULL"))
                    .at(action.place.clone(), "sets NULL")
                    .at(field.place.clone(), "takes no NULL")
                    .help("make the field an `Option`, or choose `cascade` or `restrict`"),
            );
        }
    }
}

fn primary_key(model: &Model, problems: &mut Vec<Diagnostic>) {
    // An empty key was complained about where it is said.
    let Some(key) = model.keys.primary_key.as_ref().filter(|key| !key.columns.is_empty()) else {
        return;
    };
    for field in &model.fields {
        if let Some(place) = &field.keys.primary_key {
            problems.push(
                Diagnostic::new(format!("`{}` has two primary keys", model.ident))
                    .at(place.clone(), "said of a column here")
                    .at(key.place.clone(), "and of the table here")
                    .help("say it in one place; several columns go into `primary_key(a, b)`"),
            );
        }
        if field.null
            && let Some(part) = key.columns.iter().find(|part| is(field, &part.text))
        {
            problems.push(nullable_key(field, &part.place));
        }
    }
    for part in key.columns.iter().filter(|part| part.expression) {
        problems.push(
            Diagnostic::new("a primary key is made of columns")
                .at(part.place.clone(), "an expression"),
        );
    }
}

/// Whether a name in a key or index means this field: by its column, or else by its own name.
pub(crate) fn is(field: &Field, name: &str) -> bool {
    field.column == name || field.ident == name
}

fn columns_exist(model: &Model, problems: &mut Vec<Diagnostic>) {
    let keys = &model.keys;
    if let Some(key) = &keys.primary_key {
        key_columns(model, key, "primary_key", problems);
    }
    for key in &keys.excludes {
        parts_exist(model, &key.include, "include", problems);
    }
    for key in &keys.uniques {
        key_columns(model, key, "unique", problems);
    }
    for key in &keys.foreign_keys {
        parts_exist(model, &key.columns, "foreign_key", problems);
    }
    for index in &keys.indexes {
        parts_exist(model, &index.columns, "index", problems);
        parts_exist(model, &index.include, "include", problems);
    }
}

fn key_columns(model: &Model, key: &KeyDecl, owner: &str, problems: &mut Vec<Diagnostic>) {
    parts_exist(model, &key.columns, owner, problems);
    parts_exist(model, &key.include, "include", problems);
}

fn parts_exist(model: &Model, parts: &[PartDecl], owner: &str, problems: &mut Vec<Diagnostic>) {
    for part in parts.iter().filter(|part| !part.expression) {
        if model.fields.iter().any(|field| is(field, &part.text)) {
            continue;
        }
        let problem = Diagnostic::new(format!("`{}` has no column `{}`", model.ident, part.text))
            .at(part.place.clone(), format!("named in `{owner}`"));
        let names = model.fields.iter().map(|field| field.column.as_str());
        problems.push(match nearest(&part.text, names.clone()) {
            Some(near) => problem.help(format!("did you mean `{near}`?")),
            None => problem.help(format!("its columns: {}", names.collect::<Vec<_>>().join(", "))),
        });
    }
    for (first, second) in twice(parts, |part: &PartDecl| (part.expression, part.text.clone())) {
        problems.push(
            Diagnostic::new(format!("`{}` is twice in one `{owner}`", second.text))
                .at(second.place.clone(), "again here")
                .at(first.place.clone(), "first here"),
        );
    }
}

/// Complains about keys on a field that is no column.
pub(crate) fn skipped(field: &FieldDef, place: &Place, problems: &mut Vec<Diagnostic>) {
    let keys = &field.keys;
    if let Some(said) = said_otherwise(field) {
        problems.push(
            Diagnostic::new(format!("`{}` is skipped and described as a column", field.ident))
                .at(said, "this says something about the column")
                .at(place.clone(), "skipped here"),
        );
    }
    let theirs = field.hints.as_ref().and_then(|hints| hints.flatten.as_ref());
    if let Some(flatten) = keys.flatten.as_ref().or(theirs) {
        problems.push(both(("skip", place), ("flatten", flatten)));
    }
}

/// Complains about keys on a field that stands for several columns.
pub(crate) fn flattened(field: &FieldDef, place: &Place, problems: &mut Vec<Diagnostic>) {
    if let Some(said) = said_otherwise(field) {
        problems.push(
            Diagnostic::new(format!("`{}` is flattened and described as a column", field.ident))
                .at(said, "this says something about one column")
                .at(place.clone(), "flattened here")
                .help("describe the columns on the fields of the flattened struct"),
        );
    }
    if let Some(json) = field.hints.as_ref().and_then(|hints| hints.json.as_ref()) {
        problems.push(both(("flatten", place), ("json", &json.place)));
    }
}

/// The place of a `#[column(..)]` that says more than `skip` and `flatten`.
fn said_otherwise(field: &FieldDef) -> Option<Place> {
    let plain = crate::ast::ColumnKeys {
        skip: field.keys.skip.clone(),
        flatten: field.keys.flatten.clone(),
        place: field.keys.place.clone(),
        ..crate::ast::ColumnKeys::default()
    };
    if *field.keys == plain {
        return None;
    }
    let name = |name: &Placed<String>| name.place.clone();
    field.keys.name.as_ref().map(name).or_else(|| field.keys.place.clone())
}
