//! Structs, enums and aliases as written, before any name is looked up.

use std::sync::{Arc, LazyLock};

use proc_macro2::{TokenStream, TokenTree};
use syn::{Fields, Generics, ItemEnum, ItemStruct, ItemType};

use crate::ast::{ColumnKeys, Placed, TableKeys, View};
use crate::attr::{self, Attributes, Container, EnumKeys, FieldHints};
use crate::diagnostic::{Diagnostic, Place};
use crate::expr::TypeExpr;
use crate::reader::Reader;
use crate::tokens::plain;

/// A named type in a source.
#[derive(Debug)]
pub(crate) struct Definition {
    /// Its name.
    pub(crate) ident: String,
    /// Where it is.
    pub(crate) place: Place,
    /// The module it is in.
    pub(crate) module: usize,
    /// What it is.
    pub(crate) kind: Kind,
    /// Its type parameters.
    pub(crate) parameters: Vec<String>,
    /// It has parameters that are no lifetimes.
    pub(crate) generic: bool,
    /// What is wrong with its attributes; reported when it turns out to be used.
    pub(crate) problems: Vec<Diagnostic>,
}

/// What a definition is.
#[derive(Debug)]
pub(crate) enum Kind {
    /// A struct.
    Struct(Box<StructDef>),
    /// An enum.
    Enum(Box<EnumDef>),
    /// A type alias.
    Alias(TypeExpr),
}

/// The form of a struct.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// `{ a: A }`
    Named,
    /// `(A)`
    Tuple,
    /// `;`
    Unit,
}

/// A struct.
#[derive(Debug)]
pub(crate) struct StructDef {
    /// What it derives.
    pub(crate) derives: Vec<Vec<String>>,
    /// The first of its attributes that only a table has.
    pub(crate) marked: Option<Place>,
    /// What sqlx is told.
    pub(crate) container: Container,
    /// `#[table(..)]` and `#[index(..)]`.
    pub(crate) table: Arc<TableKeys>,
    /// `#[view(..)]`.
    pub(crate) view: Option<View>,
    /// Its form.
    pub(crate) form: Form,
    /// Its fields.
    pub(crate) fields: Vec<FieldDef>,
}

/// A field of a struct.
#[derive(Debug)]
pub(crate) struct FieldDef {
    /// Its name, or its number.
    pub(crate) ident: String,
    /// Where it is.
    pub(crate) place: Place,
    /// Its type.
    pub(crate) ty: TypeExpr,
    /// `#[column(..)]`.
    pub(crate) keys: Arc<ColumnKeys>,
    /// What sqlx is told.
    pub(crate) hints: Option<Box<FieldHints>>,
}

/// An enum.
#[derive(Debug)]
pub(crate) struct EnumDef {
    /// What it derives.
    pub(crate) derives: Vec<Vec<String>>,
    /// What sqlx is told.
    pub(crate) container: Container,
    /// `#[column(..)]`.
    pub(crate) keys: EnumKeys,
    /// Its variants.
    pub(crate) variants: Vec<VariantDef>,
}

/// A variant of an enum.
#[derive(Debug)]
pub(crate) struct VariantDef {
    /// Its name.
    pub(crate) ident: String,
    /// Where it is.
    pub(crate) place: Place,
    /// sqlx's `rename`.
    pub(crate) rename: Option<Placed<String>>,
    /// `#[column(renamed_from = "..")]`.
    pub(crate) renamed_from: Option<Placed<String>>,
    /// It carries data.
    pub(crate) data: bool,
}

/// Most fields say nothing, and nothing is said only once.
static SILENT: LazyLock<Arc<ColumnKeys>> = LazyLock::new(Default::default);

/// Reads a struct. `None` when it is only there for tests.
pub(crate) fn structure(
    mut item: ItemStruct,
    module: usize,
    reader: &mut Reader,
) -> Option<Definition> {
    let mut attributes = Attributes::read(item.attrs, reader);
    if attributes.test_only {
        drop(reader.take_problems());
        return None;
    }
    let (ident, place) = name(&item.ident, reader);
    attributes.column.forbid(
        reader,
        "`#[column(..)]` does not belong on a struct",
        "put it on a field; `#[table(..)]` is for the struct",
    );
    let form = match &item.fields {
        Fields::Named(_) => Form::Named,
        Fields::Unnamed(_) => Form::Tuple,
        Fields::Unit => Form::Unit,
    };
    let container = attr::container(reader, &attributes);
    let marked = attributes.table.span.or(attributes.indexes.first().map(|(span, _)| *span));
    let marked = marked.map(|span| reader.place(span));
    let indexes = std::mem::take(&mut attributes.indexes);
    let mut table = attr::table(reader, std::mem::take(&mut attributes.table));
    table.indexes =
        indexes.into_iter().map(|(span, list)| attr::index(reader, span, list)).collect();
    let is_view = attributes.derives.iter().any(|path| path.last().is_some_and(|it| it == "View"));
    let view = (is_view || attributes.view.span.is_some())
        .then(|| attr::view(reader, std::mem::take(&mut attributes.view), &ident, &place))
        .flatten();
    let mut fields = Vec::with_capacity(item.fields.len());
    // Attributes are taken out of the fields, which are too large to be moved about.
    for (at, field) in item.fields.iter_mut().enumerate() {
        fields.extend(self::field(at, field, reader));
    }
    let derives = attributes.derives;
    let table = Arc::new(table);
    let kind = StructDef { derives, marked, container, table, view, form, fields };
    Some(finish(ident, place, module, &item.generics, Kind::Struct(Box::new(kind)), reader))
}

/// Reads a field. `None` when it is only there for tests.
fn field(at: usize, field: &mut syn::Field, reader: &mut Reader) -> Option<FieldDef> {
    let ty = TypeExpr::read(&field.ty, reader);
    let (ident, place) = match &field.ident {
        Some(ident) => name(ident, reader),
        None => (at.to_string(), ty.place.clone()),
    };
    if field.attrs.is_empty() {
        return Some(FieldDef { ident, place, ty, keys: Arc::clone(&SILENT), hints: None });
    }
    let attributes = Attributes::read(std::mem::take(&mut field.attrs), reader);
    if attributes.test_only {
        return None;
    }
    attributes.table.forbid(
        reader,
        "`#[table(..)]` does not belong on a field",
        "put it on the struct; `#[column(..)]` is for fields",
    );
    for (span, _) in &attributes.indexes {
        let place = reader.place(*span);
        reader.report(
            Diagnostic::new("`#[index(..)]` does not belong on a field")
                .at(place, "in the wrong place")
                .help("write `#[column(index)]`, or put it on the struct with `columns(..)`"),
        );
    }
    let hints = (!attributes.sqlx.is_empty())
        .then(|| Box::new(attr::field_hints(reader, &attributes.sqlx)));
    let keys = match attr::column(reader, attributes.column) {
        Some(keys) => keys,
        None => Arc::clone(&SILENT),
    };
    Some(FieldDef { ident, place, ty, keys, hints })
}

/// Reads an enum. `None` when it is only there for tests.
pub(crate) fn enumeration(
    item: ItemEnum,
    module: usize,
    reader: &mut Reader,
) -> Option<Definition> {
    let attributes = Attributes::read(item.attrs, reader);
    if attributes.test_only {
        drop(reader.take_problems());
        return None;
    }
    let (ident, place) = name(&item.ident, reader);
    attributes.table.forbid(
        reader,
        "`#[table(..)]` does not belong on an enum",
        "write `#[column(name = \"..\", renamed_from = \"..\")]` for the type's name",
    );
    let container = attr::container(reader, &attributes);
    let keys = attr::enum_keys(reader, attributes.column);
    let variants = item.variants.into_iter().filter_map(|variant| self::variant(variant, reader));
    let variants = variants.collect();
    let kind = EnumDef { derives: attributes.derives, container, keys, variants };
    Some(finish(ident, place, module, &item.generics, Kind::Enum(Box::new(kind)), reader))
}

fn variant(variant: syn::Variant, reader: &mut Reader) -> Option<VariantDef> {
    let (ident, place) = name(&variant.ident, reader);
    let data = !matches!(variant.fields, Fields::Unit);
    let attributes = Attributes::read(variant.attrs, reader);
    if attributes.test_only {
        return None;
    }
    let rename = attr::field_hints(reader, &attributes.sqlx).rename;
    let renamed_from = attr::variant_keys(reader, attributes.column);
    Some(VariantDef { ident, place, rename, renamed_from, data })
}

/// Reads a type alias.
pub(crate) fn alias(item: &ItemType, module: usize, reader: &mut Reader) -> Definition {
    let (ident, place) = name(&item.ident, reader);
    let kind = Kind::Alias(TypeExpr::read(&item.ty, reader));
    finish(ident, place, module, &item.generics, kind, reader)
}

/// Complains about models inside a macro, which nobody would see.
pub(crate) fn in_macro(item: syn::ItemMacro, reader: &mut Reader) {
    let mut waiting = vec![item.mac.tokens];
    let mut derives = Vec::new();
    while let Some(tokens) = waiting.pop() {
        let mut derive = None;
        for tree in tokens {
            match tree {
                TokenTree::Ident(ident) => derive = (ident == "derive").then(|| ident.span()),
                TokenTree::Group(group) => match derive.take() {
                    Some(span) if derives_table(group.stream()) => derives.push(span),
                    _ => waiting.push(group.stream()),
                },
                _ => derive = None,
            }
        }
    }
    if derives.is_empty() || Attributes::read(item.attrs, reader).test_only {
        return;
    }
    for span in derives {
        let place = reader.place(span);
        reader.report(
            Diagnostic::new("a model inside a macro cannot be seen")
                .at(place, "derives `Table`, but macros are not expanded")
                .help("models are read as text: write the struct outside of the macro"),
        );
    }
}

fn derives_table(tokens: TokenStream) -> bool {
    let table = |path: &Vec<String>| path.last().is_some_and(|last| last == "Table");
    attr::paths(tokens).iter().any(|path| table(path) && attr::is_ours(path))
}

fn finish(
    ident: String,
    place: Place,
    module: usize,
    generics: &Generics,
    kind: Kind,
    reader: &mut Reader,
) -> Definition {
    let parameters: Vec<String> =
        generics.type_params().map(|parameter| parameter.ident.to_string()).collect();
    let generic = !parameters.is_empty() || generics.const_params().next().is_some();
    let problems = reader.take_problems();
    Definition { ident, place, module, kind, parameters, generic, problems }
}

fn name(ident: &proc_macro2::Ident, reader: &mut Reader) -> (String, Place) {
    (plain(&ident.to_string()), reader.place(ident.span()))
}
