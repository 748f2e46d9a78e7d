//! A default of an enumerated column must be one of its labels, or every row that names none is
//! refused from then on.

use autogen_model::{Diagnostic, EnumStorage, Field, FieldType, Models, nearest};

/// Complains of defaults that are no labels.
pub(super) fn defaults(models: &Models, problems: &mut Vec<Diagnostic>) {
    let fields = models.tables.iter().flat_map(|table| &table.fields);
    problems.extend(fields.filter_map(|field| wrong(models, field)));
}

fn wrong(models: &Models, field: &Field) -> Option<Diagnostic> {
    let FieldType::Enum(at) = &field.ty else { return None };
    let known = models.enums.get(*at)?;
    if !matches!(known.storage, EnumStorage::Named | EnumStorage::Text) {
        return None;
    }
    let default = field.keys.default.as_ref()?;
    let text = default.value.trim().strip_prefix('\'')?.strip_suffix('\'')?.replace("''", "'");
    let labels = || known.variants.iter().map(|variant| variant.label.as_str());
    if labels().any(|label| label == text) {
        return None;
    }
    let message = format!("the default '{text}' is no label of `{}`", known.ident);
    let report = Diagnostic::new(message)
        .at(default.place.clone(), "no row could be written with it")
        .at(known.place.clone(), "the labels are here");
    let renamed = known
        .variants
        .iter()
        .find(|variant| variant.renamed_from.as_ref().is_some_and(|old| old.value == text));
    let near = renamed.map(|variant| variant.label.as_str()).or_else(|| nearest(&text, labels()));
    Some(match near {
        Some(near) => report.help(format!("did you mean '{near}'?")),
        None => report.help(format!("its labels: {}", labels().collect::<Vec<_>>().join(", "))),
    })
}
