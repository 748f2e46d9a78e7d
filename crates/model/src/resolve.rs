//! Definitions to models: which structs are tables, which columns they have, mixins unfolded.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::ast::{Field, FieldType, Model, Models, Placed};
use crate::attr::is_ours;
use crate::define::{Definition, FieldDef, Form, Kind, StructDef};
use crate::diagnostic::Diagnostic;
use crate::expr::{Shape, TypeExpr};
use crate::meaning::{Meaning, Meanings, contradiction};
use crate::scope::{Found, Scope};
use crate::valid;

/// Makes models of all definitions. Where sources are missing, names may be that are there.
pub(crate) fn resolve(scope: &Scope, incomplete: bool) -> (Models, Vec<Diagnostic>) {
    let mut resolver = Resolver::new(scope, !incomplete);
    resolver.models.incomplete = incomplete;
    for (at, definition) in scope.definitions.iter().enumerate() {
        match &definition.kind {
            Kind::Struct(def) => resolver.structure(at, definition, def),
            Kind::Enum(def) if resolver.derives(definition, &def.derives, "Table", false) => {
                resolver.problems.push(
                    Diagnostic::new(format!(
                        "`{}` is an enum and cannot be a table",
                        definition.ident
                    ))
                    .at(definition.place.clone(), "derives `Table`")
                    .help("derive `Enum` and use it as the type of a column"),
                );
            }
            Kind::Enum(_) | Kind::Alias(_) => {}
        }
    }
    let Resolver { mut models, meanings, mut problems, .. } = resolver;
    models.enums = meanings.enums;
    problems.extend(meanings.problems);
    (models, problems)
}

/// The work in hand.
pub(crate) struct Resolver<'a> {
    scope: &'a Scope,
    /// Whether all sources are here; the derive sees one struct alone.
    strict: bool,
    pub(crate) meanings: Meanings<'a>,
    pub(crate) models: Models,
    pub(crate) problems: Vec<Diagnostic>,
    /// Mixins whose own complaints were made.
    told: BTreeSet<usize>,
    /// A mixin could not be looked into, so that a missing column may well be there.
    pub(crate) partial: bool,
}

impl<'a> Resolver<'a> {
    /// Over all sources, or over one struct alone.
    pub(crate) fn new(scope: &'a Scope, strict: bool) -> Self {
        Self {
            scope,
            strict,
            meanings: Meanings::new(scope, strict),
            models: Models::default(),
            problems: Vec::new(),
            told: BTreeSet::new(),
            partial: false,
        }
    }

    /// Adds the model or view that a struct stands for, if it stands for one.
    pub(crate) fn structure(&mut self, at: usize, found: &'a Definition, def: &'a StructDef) {
        if self.is(found, def, "View") {
            self.problems.extend(found.problems.iter().cloned());
            self.models.views.extend(def.view.clone());
        } else if self.is(found, def, "Table") {
            self.problems.extend(found.problems.iter().cloned());
            self.model(at, found, def);
        } else if let Some(marked) = &def.marked
            && def.derives.iter().all(|path| is_plain(path))
        {
            self.problems.push(
                Diagnostic::new(format!("`{}` is described as a table and is none", found.ident))
                    .at(marked.clone(), "this says something about a table")
                    .at(found.place.clone(), "does not derive `Table`")
                    .help("add `#[derive(autogen::Table)]`"),
            );
        }
    }

    /// Whether a struct derives a word of ours. Where nothing but the word says so, another
    /// crate's derive of that name is not taken for ours.
    fn is(&self, found: &Definition, def: &StructDef, word: &str) -> bool {
        let described = || {
            let fields = || def.fields.iter().any(|field| field.keys.place.is_some());
            def.marked.is_some() || def.view.is_some() || fields()
        };
        self.derives(found, &def.derives, word, described())
    }

    fn derives(
        &self,
        found: &Definition,
        derives: &[Vec<String>],
        word: &str,
        described: bool,
    ) -> bool {
        derives.iter().any(|path| {
            let path = self.scope.expanded(found.module, path);
            path.last().is_some_and(|last| last == word) && (described || is_ours(&path))
        })
    }

    /// Adds the model of a struct.
    pub(crate) fn model(&mut self, at: usize, found: &'a Definition, def: &'a StructDef) {
        let refused = match def.form {
            Form::Tuple => {
                Some(("is a tuple struct", "columns need names: write `{ name: Type }`"))
            }
            _ if found.generic => {
                Some(("is generic", "a table has one type per column: remove the parameters"))
            }
            _ => None,
        };
        if let Some((what, help)) = refused {
            self.problems.push(
                Diagnostic::new(format!("`{}` {what} and cannot be a table", found.ident))
                    .at(found.place.clone(), "derives `Table`")
                    .help(help),
            );
            return;
        }
        let mut fields = Vec::new();
        self.partial = false;
        self.fields(found, def, &mut vec![at], &mut fields);
        let (ident, place) = (found.ident.clone(), found.place.clone());
        let model = Model { ident, place, keys: Arc::clone(&def.table), fields };
        valid::model(&model, self.partial, &mut self.problems);
        self.models.tables.push(model);
    }

    fn fields(
        &mut self,
        found: &'a Definition,
        def: &'a StructDef,
        path: &mut Vec<usize>,
        columns: &mut Vec<Field>,
    ) {
        for field in &def.fields {
            let skip = field.hints.as_ref().and_then(|hints| hints.skip.as_ref());
            if let Some(place) = field.keys.skip.as_ref().or(skip) {
                valid::skipped(field, place, &mut self.problems);
                continue;
            }
            let flatten = field.hints.as_ref().and_then(|hints| hints.flatten.as_ref());
            if let Some(place) = field.keys.flatten.as_ref().or(flatten) {
                valid::flattened(field, place, &mut self.problems);
                self.mixin(found, field, path, columns);
                continue;
            }
            columns.push(self.column(found, def, field));
        }
    }

    fn mixin(
        &mut self,
        found: &'a Definition,
        field: &'a FieldDef,
        path: &mut Vec<usize>,
        columns: &mut Vec<Field>,
    ) {
        let scope = self.scope;
        let Some(at) = self.mixin_definition(found.module, &field.ty) else { return };
        let definition = &scope.definitions[at];
        let before = self.problems.len();
        let problem = |message: String, label: &str| {
            Diagnostic::new(message).at(field.ty.place.clone(), label)
        };
        let Kind::Struct(def) = &definition.kind else {
            self.problems.push(
                problem(format!("`{}` cannot be flattened", definition.ident), "not a struct")
                    .at(definition.place.clone(), "defined here"),
            );
            self.partial = true;
            return;
        };
        if path.contains(&at) {
            let message = format!("`{}` flattens itself", definition.ident);
            self.problems.push(problem(message, "this never ends"));
        } else if self.is(definition, def, "Table") {
            self.problems.push(
                problem(format!("`{}` is a table of its own", definition.ident), "flattened here")
                    .at(definition.place.clone(), "derives `Table`")
                    .help("refer to it by a foreign key: `#[column(references = \"table.id\")]`")
                    .help("or move the fields that both share into a struct without the derive"),
            );
        } else if def.form == Form::Tuple {
            self.problems.push(
                problem(format!("`{}` cannot be flattened", definition.ident), "flattened here")
                    .at(definition.place.clone(), "its fields have no names"),
            );
        } else {
            if self.told.insert(at) {
                self.problems.extend(definition.problems.iter().cloned());
            }
            path.push(at);
            self.fields(definition, def, path, columns);
            path.pop();
            return;
        }
        self.partial |= self.problems.len() > before;
    }

    /// The definition behind the type of a flattened field, aliases followed.
    fn mixin_definition(&mut self, module: usize, expr: &TypeExpr) -> Option<usize> {
        let (mut module, mut target) = (module, expr);
        for _ in 0..16 {
            let Shape::Path(path, _) = &target.shape else { break };
            match self.scope.find(module, path) {
                Found::Definition(at) => match &self.scope.definitions[at].kind {
                    Kind::Alias(next) => {
                        (module, target) = (self.scope.definitions[at].module, next);
                        continue;
                    }
                    _ => return Some(at),
                },
                Found::Nothing if !self.strict => {
                    self.partial = true;
                    return None;
                }
                _ => break,
            }
        }
        self.partial = true;
        self.problems.push(
            Diagnostic::new(format!("`{}` cannot be flattened", expr.text()))
                .at(expr.place.clone(), "no struct of that name is in the models")
                .help("flatten a struct with named fields that is under the model paths"),
        );
        None
    }

    fn column(&mut self, found: &Definition, def: &StructDef, field: &'a FieldDef) -> Field {
        let column = self.column_name(def, field);
        let Meaning { ty, null } = self.meaning(found.module, field);
        let null = field.keys.nullable.as_ref().map_or(null, |said| said.value);
        Field {
            ident: field.ident.clone(),
            place: field.place.clone(),
            column,
            ty,
            null,
            keys: Arc::clone(&field.keys),
        }
    }

    fn column_name(&mut self, def: &StructDef, field: &FieldDef) -> String {
        let theirs = field.hints.as_ref().and_then(|hints| hints.rename.as_ref());
        let own = field.keys.name.as_ref();
        if let (Some(own), Some(theirs)) = (own, theirs)
            && own.value != theirs.value
        {
            self.problems.push(contradiction("rename", own, theirs));
        }
        let inherited = || def.container.rename_all.map(|case| case.apply(&field.ident));
        if let (Some(own), None, Some(inherited)) = (own, theirs, inherited())
            && own.value != inherited
        {
            let theirs = Placed { value: inherited, place: field.place.clone() };
            self.problems.push(contradiction("rename_all", own, &theirs));
        }
        match own.or(theirs) {
            Some(name) => name.value.clone(),
            None => inherited().unwrap_or_else(|| field.ident.clone()),
        }
    }

    fn meaning(&mut self, module: usize, field: &FieldDef) -> Meaning {
        let hints = field.hints.as_deref();
        let other = hints.and_then(|hints| hints.try_from.as_ref());
        let other = other.and_then(|text| TypeExpr::parse(&text.value, &text.place));
        if let Some(json) = hints.and_then(|hints| hints.json.as_ref()) {
            return Meaning { ty: FieldType::Json, null: json.value };
        }
        match self.meanings.of(module, other.as_ref().unwrap_or(&field.ty)) {
            Ok(meaning) => meaning,
            Err(problem) => {
                if field.keys.ty.is_none() {
                    self.problems.push(*problem);
                }
                Meaning { ty: FieldType::Unknown, null: is_option(&field.ty) }
            }
        }
    }
}

/// Whether a derive is one of those that read no attributes of tables.
fn is_plain(path: &[String]) -> bool {
    const PLAIN: [&str; 14] = [
        "Clone",
        "Copy",
        "Debug",
        "Default",
        "Deserialize",
        "Display",
        "Eq",
        "FromRow",
        "Hash",
        "Ord",
        "PartialEq",
        "PartialOrd",
        "Serialize",
        "Type",
    ];
    path.last().is_some_and(|last| PLAIN.contains(&last.as_str()))
}

/// Whether a type that is not known inside is an `Option` outside.
fn is_option(expr: &TypeExpr) -> bool {
    matches!(&expr.shape, Shape::Path(path, _) if path.last().is_some_and(|it| it == "Option"))
}

/// Finds what is twice in a list.
pub(crate) fn twice<'a, T, K: Ord>(
    items: impl IntoIterator<Item = &'a T>,
    key: impl Fn(&'a T) -> K,
) -> Vec<(&'a T, &'a T)> {
    let mut seen: BTreeMap<K, &'a T> = BTreeMap::new();
    let mut found = Vec::new();
    for item in items {
        match seen.entry(key(item)) {
            std::collections::btree_map::Entry::Occupied(first) => found.push((*first.get(), item)),
            std::collections::btree_map::Entry::Vacant(free) => {
                free.insert(item);
            }
        }
    }
    found
}
