//! One model to its table.

use std::borrow::Cow;
use std::collections::BTreeMap;

use autogen_model as model;
use autogen_model::{
    Diagnostic, EnumStorage, Field, FieldType, ForeignKeyDecl, KeyDecl, Model, Models, PartDecl,
    Place,
};

use super::names::{Names, Naming};
use super::reference::{self, Tables};
use super::{Work, renamed_labels, types};
use crate::schema::{
    Action, Check, Column, ColumnIntent, Compare, ConstraintName, Deferral, Exclude, Expr,
    ForeignKey, Generated, Identity, Index, IndexPart, Name, Options, PrimaryKey, Standing, Table,
    TableIntent, Unique,
};

/// What the constraints of one table are made with.
struct Context<'a> {
    models: &'a Models,
    tables: &'a Tables<'a>,
    naming: &'a Naming,
    model: &'a Model,
    name: &'a Name,
    names: Names<'a>,
}

/// The table of a model, and what its author says about the change.
pub(super) fn lower<'a>(
    models: &'a Models,
    tables: &'a Tables<'a>,
    naming: &'a Naming,
    name: &'a Name,
    model: &'a Model,
    problems: &mut Vec<Diagnostic>,
) -> (Table, TableIntent) {
    let names = Names::new(&name.name, super::clash::chosen(model));
    let mut context = Context { models, tables, naming, model, name, names };
    let mut work = Work { table: Table::new(name.clone()), intent: TableIntent::default() };
    work.table.comment.clone_from(&model.keys.comment);
    work.table.options.clone_from(&model.keys.options);
    work.intent.place = Some(model.place.clone());
    work.intent.unmanaged = model.keys.unmanaged;
    work.intent.renamed_from = model.keys.renamed_from.as_ref().map(|old| {
        let old = Name::from(old.value.as_str());
        naming.at_home(Name { schema: old.schema.or_else(|| name.schema.clone()), name: old.name })
    });
    context.columns(&mut work);
    context.primary_key(&mut work);
    context.uniques(&mut work);
    context.checks(&mut work);
    context.foreign_keys(&mut work, problems);
    context.excludes(&mut work);
    context.indexes(&mut work);
    (work.table, work.intent)
}

impl Context<'_> {
    fn columns(&self, work: &mut Work) {
        let key = reference::primary_key(self.model);
        for field in &self.model.fields {
            let alone = matches!(key.as_slice(), [only] if *only == field.column);
            work.table.columns.push(self.column(field, alone));
            work.intent.columns.insert(field.column.clone(), self.column_intent(field));
        }
    }

    fn column(&self, field: &Field, alone_in_key: bool) -> Column {
        let keys = &field.keys;
        let expr = |text: &model::Placed<String>| Expr::new(text.value.clone());
        let generated = keys.generated.as_ref().map(|text| Generated {
            expr: expr(text),
            stored: keys.stored.as_ref().is_none_or(|stored| stored.value),
        });
        let mut options = keys.options.clone();
        KEY_OPTIONS.iter().for_each(|key| drop(options.remove(*key)));
        Column {
            name: field.column.clone(),
            ty: types::lower(self.models, self.naming, field),
            null: field.null,
            default: keys.default.as_ref().map(expr),
            generated,
            identity: self.identity(field, alone_in_key),
            collate: keys.collate.as_ref().map(|text| text.value.clone()),
            comment: keys.comment.clone(),
            options,
            standing: Standing::default(),
        }
    }

    /// Said in words, or concluded: a whole number that alone is the key and refers to nothing.
    fn identity(&self, field: &Field, alone_in_key: bool) -> Option<Identity> {
        let keys = &field.keys;
        if let Some(said) = &keys.identity {
            let (always, options) = (said.value.always, said.value.options.clone());
            return Some(Identity { always, stated: true, exact: true, options });
        }
        match keys.auto.as_ref().map(|auto| auto.value) {
            Some(true) => Some(Identity { stated: true, ..Identity::default() }),
            Some(false) => None,
            None => {
                let refers = keys.references.is_some()
                    || self.model.keys.foreign_keys.iter().any(|key| {
                        let mut columns = key.columns.iter();
                        columns.any(|part| reference::column(self.model, part) == field.column)
                    });
                let plain = keys.default.is_none() && keys.generated.is_none() && !refers;
                let number = matches!(field.ty, FieldType::Int { .. });
                (alone_in_key && plain && number).then(Identity::default)
            }
        }
    }

    fn column_intent(&self, field: &Field) -> ColumnIntent {
        let keys = &field.keys;
        let labels = match field.ty {
            FieldType::Enum(at) => self.models.enums.get(at).map(renamed_labels),
            _ => None,
        };
        ColumnIntent {
            place: Some(field.place.clone()),
            renamed_from: keys.renamed_from.as_ref().map(|old| old.value.clone()),
            fill: keys.fill.as_ref().map(|text| Expr::new(text.value.clone())),
            // Whether old values may change is a question of one revision, not of the model.
            convert: None,
            ignore: keys.ignore.iter().filter_map(|facet| compare(facet)).collect(),
            renamed_labels: labels.unwrap_or_default(),
        }
    }

    fn primary_key(&mut self, work: &mut Work) {
        let marked = self.model.fields.iter().filter(|field| field.keys.primary_key.is_some());
        let said = self.model.keys.primary_key.as_ref();
        let (columns, chosen, place) = match said {
            Some(key) => (self.parts(&key.columns), key.name.as_ref(), Some(key.place.clone())),
            None => {
                let place = marked.clone().find_map(|field| field.keys.primary_key.clone());
                let columns = marked.map(|field| IndexPart::column(&field.column)).collect();
                (columns, None, place)
            }
        };
        if columns.is_empty() {
            return;
        }
        let texts = texts(&columns);
        let name = self.names.name(chosen, &self.naming.primary_key, &texts, "");
        let mut options = said.map(|key| self.key_options(key)).unwrap_or_default();
        if let Some(deferral) = said.and_then(|key| key.deferral) {
            let word = match deferral {
                model::Deferral::InitiallyImmediate => "immediate",
                model::Deferral::InitiallyDeferred => "deferred",
            };
            options.insert("postgres.deferrable".into(), word.into());
        }
        for field in self.model.fields.iter().filter(|field| texts.contains(&field.column)) {
            for key in KEY_OPTIONS {
                let value = field.keys.options.get(key);
                options.extend(value.map(|value| (key.to_owned(), value.clone())));
            }
        }
        note(work, &name, place);
        work.table.primary_key = Some(PrimaryKey { name: Some(name), columns, options });
    }

    fn key_options(&self, key: &KeyDecl) -> Options {
        let mut options = key.options.clone();
        options.extend(self.include(&key.include));
        options
    }

    /// Columns that the index behind a key carries along.
    fn include(&self, include: &[PartDecl]) -> Option<(String, String)> {
        let columns = include.iter().map(|part| reference::column(self.model, part));
        let columns: Vec<String> = columns.collect();
        (!columns.is_empty()).then(|| ("postgres.include".to_owned(), columns.join(", ")))
    }

    fn uniques(&mut self, work: &mut Work) {
        let on_columns: Vec<KeyDecl> = self.model.fields.iter().filter_map(marked_unique).collect();
        for decl in on_columns.iter().chain(&self.model.keys.uniques) {
            let columns = self.parts(&decl.columns);
            let template = &self.naming.unique;
            let name = self.names.name(decl.name.as_ref(), template, &texts(&columns), "");
            note(work, &name, Some(decl.place.clone()));
            work.table.uniques.push(Unique {
                name: Some(name),
                columns,
                nulls_not_distinct: decl.nulls_not_distinct,
                deferral: decl.deferral.map(deferral),
                options: self.key_options(decl),
            });
        }
    }

    fn checks(&mut self, work: &mut Work) {
        let model = self.model;
        for field in &model.fields {
            for check in &field.keys.checks {
                self.check(work, check, &field.column);
            }
            if let Some(expr) = self.label_check(field) {
                let place = field.place.clone();
                let options = Options::new();
                let check = model::CheckDecl { place, name: None, expr, options };
                self.check(work, &check, &field.column);
            }
        }
        let mut number = 0;
        for check in &model.keys.checks {
            number += usize::from(check.name.is_none());
            self.check(work, check, &number.to_string());
        }
    }

    fn check(&mut self, work: &mut Work, decl: &model::CheckDecl, column: &str) {
        let columns = [column.to_owned()];
        let name = self.names.name(decl.name.as_ref(), &self.naming.check, &columns, "");
        note(work, &name, Some(decl.place.clone()));
        work.table.checks.push(Check {
            name: Some(name),
            expr: Expr::new(decl.expr.clone()),
            options: decl.options.clone(),
        });
    }

    /// A Rust enum that is kept as text has nothing else to hold it to its labels.
    fn label_check(&self, field: &Field) -> Option<String> {
        let FieldType::Enum(at) = field.ty else { return None };
        let model = self.models.enums.get(at).filter(|it| it.storage == EnumStorage::Text)?;
        let labels = model.variants.iter();
        let labels: Vec<String> =
            labels.map(|variant| format!("'{}'", variant.label.replace('\'', "''"))).collect();
        (!labels.is_empty())
            .then(|| format!("{} IN ({})", quoted(&field.column), labels.join(", ")))
    }

    fn foreign_keys(&mut self, work: &mut Work, problems: &mut Vec<Diagnostic>) {
        let model = self.model;
        for field in &model.fields {
            if let Some(decl) = &field.keys.references {
                self.foreign_key(work, decl, vec![field.column.clone()], problems);
            }
        }
        for decl in &model.keys.foreign_keys {
            let columns = decl.columns.iter().map(|part| reference::column(model, part)).collect();
            self.foreign_key(work, decl, columns, problems);
        }
    }

    fn foreign_key(
        &mut self,
        work: &mut Work,
        decl: &ForeignKeyDecl,
        columns: Vec<String>,
        problems: &mut Vec<Diagnostic>,
    ) {
        let count = columns.len();
        let Some(target) = reference::resolve(self.tables, self.name, decl, count, problems) else {
            return;
        };
        let template = &self.naming.foreign_key;
        let name = self.names.name(decl.name.as_ref(), template, &columns, &target.table.name);
        note(work, &name, Some(decl.place.clone()));
        let mut options = decl.options.clone();
        options.extend(self.set_columns(&columns, decl, problems));
        work.table.foreign_keys.push(ForeignKey {
            name: Some(name),
            columns,
            table: target.table,
            referenced: target.columns,
            on_delete: decl.on_delete.as_ref().map_or(Action::NoAction, |it| action(it.value)),
            on_update: decl.on_update.as_ref().map_or(Action::NoAction, |it| action(it.value)),
            matching: decl.matching.map(str::to_owned),
            deferral: decl.deferral.map(deferral),
            options,
        });
    }

    /// The columns that `on_delete` sets, when not all: each one of the key's own.
    fn set_columns(
        &self,
        columns: &[String],
        decl: &ForeignKeyDecl,
        problems: &mut Vec<Diagnostic>,
    ) -> Option<(String, String)> {
        let mut set = Vec::new();
        for name in &decl.set_columns {
            let column = reference::field(self.model, &name.value).map(|field| &field.column);
            match column.filter(|column| columns.contains(column)) {
                Some(column) => set.push(column.clone()),
                None => problems.push(
                    Diagnostic::new(format!("`{}` is no column of the foreign key", name.value))
                        .at(name.place.clone(), "only its own columns can be set")
                        .help(format!("its columns: {}", columns.join(", "))),
                ),
            }
        }
        (!set.is_empty()).then(|| ("postgres.set_columns".to_owned(), set.join(", ")))
    }

    fn excludes(&mut self, work: &mut Work) {
        for decl in &self.model.keys.excludes {
            let words = decl.elements.iter().filter_map(|it| it.split_whitespace().next());
            let columns: Vec<String> = words.map(str::to_owned).collect();
            let chosen = decl.name.as_ref();
            let name = self.names.name(chosen, "ex_{table}_{columns}", &columns, "");
            note(work, &name, Some(decl.place.clone()));
            work.table.excludes.push(Exclude {
                name: Some(name),
                elements: decl.elements.iter().map(Expr::new).collect(),
                using: decl.using.clone(),
                predicate: decl.predicate.clone().map(Expr::new),
                deferral: decl.deferral.map(deferral),
                options: decl
                    .options
                    .clone()
                    .into_iter()
                    .chain(self.include(&decl.include))
                    .collect(),
            });
        }
    }

    fn indexes(&mut self, work: &mut Work) {
        let on_columns: Vec<_> = self.model.fields.iter().filter_map(marked_index).collect();
        for decl in on_columns.iter().chain(&self.model.keys.indexes) {
            let parts = self.parts(&decl.columns);
            let template = &self.naming.index;
            let name = self.names.name(decl.name.as_ref(), template, &texts(&parts), "");
            note(work, &name, Some(decl.place.clone()));
            let include = decl.include.iter().map(|part| reference::column(self.model, part));
            work.table.indexes.push(Index {
                name,
                parts,
                unique: decl.unique,
                predicate: decl.predicate.clone().map(Expr::new),
                using: decl.using.clone(),
                include: include.collect(),
                nulls_not_distinct: decl.nulls_not_distinct,
                comment: decl.comment.clone(),
                options: decl.options.clone(),
            });
        }
    }

    fn parts(&self, parts: &[PartDecl]) -> Vec<IndexPart> {
        let each = parts.iter().map(|part| IndexPart {
            form: None,
            text: reference::column(self.model, part),
            expression: part.expression,
            descending: part.descending,
            nulls_first: part.nulls_first,
            collate: part.collate.clone(),
            opclass: part.opclass.clone(),
            length: part.length,
        });
        each.collect()
    }
}

/// Settings that are written on a column and belong to the key.
const KEY_OPTIONS: [&str; 2] = ["sqlite.autoincrement", "sqlite.on_conflict"];

/// A column in an expression of ours: in quotes where some database takes the bare name for
/// something else.
fn quoted(name: &str) -> Cow<'_, str> {
    #[rustfmt::skip]
    const RESERVED: [&str; 46] = [
        "all", "and", "any", "as", "asc", "between", "by", "case", "check", "collate", "column",
        "constraint", "create", "current_user", "default", "desc", "distinct", "else", "end",
        "foreign", "from", "grant", "group", "having", "in", "index", "into", "is", "key", "like",
        "limit", "not", "null", "of", "on", "or", "order", "primary", "references", "select", "set",
        "table", "to", "user", "when", "where",
    ];
    let plain = name.bytes().all(|it| matches!(it, b'a'..=b'z' | b'0'..=b'9' | b'_'))
        && !name.starts_with(|it: char| it.is_ascii_digit())
        && !RESERVED.contains(&name);
    if plain { name.into() } else { format!("\"{}\"", name.replace('"', "\"\"")).into() }
}

fn texts(parts: &[IndexPart]) -> Vec<String> {
    parts.iter().map(|part| part.text.clone()).collect()
}

fn note(work: &mut Work, name: &ConstraintName, place: Option<Place>) {
    work.intent.places.extend(place.map(|place| (name.text.clone(), place)));
}

fn plain_part(field: &Field, place: &Place) -> PartDecl {
    PartDecl {
        place: place.clone(),
        text: field.column.clone(),
        expression: false,
        descending: false,
        nulls_first: None,
        collate: None,
        opclass: None,
        length: None,
    }
}

/// `#[column(unique)]` as the table would say it.
fn marked_unique(field: &Field) -> Option<KeyDecl> {
    let said = field.keys.unique.as_ref()?;
    Some(KeyDecl {
        place: said.place.clone(),
        name: placed(said),
        columns: vec![plain_part(field, &said.place)],
        include: Vec::new(),
        nulls_not_distinct: false,
        deferral: None,
        options: BTreeMap::new(),
    })
}

/// `#[column(index)]` as the table would say it.
fn marked_index(field: &Field) -> Option<model::IndexDecl> {
    let said = field.keys.index.as_ref()?;
    Some(model::IndexDecl {
        place: said.place.clone(),
        name: placed(said),
        columns: vec![plain_part(field, &said.place)],
        unique: false,
        predicate: None,
        using: None,
        include: Vec::new(),
        nulls_not_distinct: false,
        comment: None,
        options: BTreeMap::new(),
    })
}

fn placed(said: &model::Placed<Option<String>>) -> Option<model::Placed<String>> {
    let value = said.value.clone()?;
    Some(model::Placed { value, place: said.place.clone() })
}

fn deferral(deferral: model::Deferral) -> Deferral {
    match deferral {
        model::Deferral::InitiallyImmediate => Deferral::InitiallyImmediate,
        model::Deferral::InitiallyDeferred => Deferral::InitiallyDeferred,
    }
}

fn action(action: model::Action) -> Action {
    match action {
        model::Action::NoAction => Action::NoAction,
        model::Action::Restrict => Action::Restrict,
        model::Action::Cascade => Action::Cascade,
        model::Action::SetNull => Action::SetNull,
        model::Action::SetDefault => Action::SetDefault,
    }
}

fn compare(facet: &str) -> Option<Compare> {
    match facet {
        "type" => Some(Compare::Type),
        "default" => Some(Compare::Default),
        "null" => Some(Compare::Null),
        "comment" => Some(Compare::Comment),
        "collate" => Some(Compare::Collate),
        _ => None,
    }
}
