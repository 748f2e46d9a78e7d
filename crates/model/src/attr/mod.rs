//! The attribute grammar: which attributes count, and what their lists say as plain structs.

mod column;
mod index;
mod parts;
mod sqlx;
mod table;
mod view;

use proc_macro2::{Delimiter, Span, TokenStream, TokenTree};
use syn::{Attribute, Meta};

use crate::diagnostic::Diagnostic;
use crate::reader::Reader;
use crate::tokens::{Entry, Value, entries, plain};

pub(crate) use column::{EnumKeys, column, enum_keys, variant_keys};
pub(crate) use index::index;
pub(crate) use sqlx::{Container, FieldHints, container, field_hints};
pub(crate) use table::table;
pub(crate) use view::view;

/// The attributes of one item, field or variant, sorted by whose they are.
#[derive(Debug, Default)]
pub(crate) struct Attributes {
    /// The derived paths.
    pub(crate) derives: Vec<Vec<String>>,
    /// `#[table(..)]`, all lists together.
    pub(crate) table: List,
    /// `#[column(..)]`, all lists together.
    pub(crate) column: List,
    /// `#[view(..)]`, all lists together.
    pub(crate) view: List,
    /// `#[index(..)]`, one by one.
    pub(crate) indexes: Vec<(Span, Vec<Entry>)>,
    /// `#[sqlx(..)]`, all lists together.
    pub(crate) sqlx: Vec<Entry>,
    /// The words in `#[repr(..)]`.
    pub(crate) repr: Vec<String>,
    /// `#[path = ".."]`.
    pub(crate) path: Option<(String, Span)>,
    /// `#[cfg(..)]` is there: the item may be missing.
    pub(crate) conditional: bool,
    /// `#[cfg(test)]`: the item is no part of the program.
    pub(crate) test_only: bool,
}

/// The entries of an attribute and where it starts, if it is there.
#[derive(Debug, Default)]
pub(crate) struct List {
    /// The name of the attribute.
    pub(crate) span: Option<Span>,
    /// Its entries.
    pub(crate) entries: Vec<Entry>,
}

impl List {
    fn add(&mut self, span: Span, entries: Vec<Entry>) {
        self.span.get_or_insert(span);
        self.entries.extend(entries);
    }

    /// Complains that the attribute is there at all.
    pub(crate) fn forbid(&self, reader: &mut Reader, message: &str, help: &str) {
        if let Some(span) = self.span {
            let place = reader.place(span);
            reader.report(Diagnostic::new(message).at(place, "in the wrong place").help(help));
        }
    }
}

impl Attributes {
    /// Reads attributes; those of other tools are passed over.
    pub(crate) fn read(attributes: Vec<Attribute>, reader: &mut Reader) -> Self {
        let mut all = Self::default();
        for attribute in attributes {
            match attribute.meta {
                Meta::List(list) => {
                    if let Some(segment) = list.path.segments.last() {
                        let (name, span) = (segment.ident.to_string(), segment.ident.span());
                        all.list(&name, span, list.tokens, reader);
                    }
                }
                Meta::NameValue(pair) if pair.path.is_ident("path") => {
                    if let syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }) =
                        pair.value
                    {
                        all.path = Some((text.value(), text.span()));
                    }
                }
                Meta::Path(path) => all.bare(&path, reader),
                Meta::NameValue(pair) => all.bare_value(&pair.path, reader),
            }
        }
        all
    }

    fn list(&mut self, name: &str, span: Span, tokens: TokenStream, reader: &mut Reader) {
        match name {
            "derive" => self.derives.extend(paths(tokens)),
            "table" => self.table.add(span, entries(tokens, reader)),
            "column" => self.column.add(span, entries(tokens, reader)),
            "view" => self.view.add(span, entries(tokens, reader)),
            "index" => self.indexes.push((span, entries(tokens, reader))),
            // What is wrong in there is for sqlx to say.
            "sqlx" => self.sqlx.extend(reader.quietly(|reader| entries(tokens, reader))),
            "repr" => self.repr.extend(paths(tokens).into_iter().filter_map(|mut it| it.pop())),
            "cfg_attr" => self.nested(skip_condition(tokens), reader),
            "autogen" => self.nested(tokens, reader),
            "cfg" => {
                self.conditional = true;
                self.test_only |= tokens.to_string() == "test";
            }
            _ => {}
        }
    }

    /// Attributes inside another one: `cfg_attr(condition, table(..))`, `autogen(table(..))`.
    fn nested(&mut self, tokens: TokenStream, reader: &mut Reader) {
        let mut name = None;
        for tree in tokens {
            match tree {
                // Which file it is depends on the build; all of them may be missing here.
                TokenTree::Ident(ident) if ident == "path" => self.conditional = true,
                TokenTree::Ident(ident) => name = Some((ident.to_string(), ident.span())),
                TokenTree::Group(group) if group.delimiter() == Delimiter::Parenthesis => {
                    if let Some((name, span)) = name.take() {
                        self.list(&name, span, group.stream(), reader);
                    }
                }
                _ => {}
            }
        }
    }

    fn bare(&mut self, path: &syn::Path, reader: &mut Reader) {
        for word in ["table", "column", "index", "view"] {
            if path.is_ident(word)
                && let Some(segment) = path.segments.last()
            {
                let place = reader.place(segment.ident.span());
                reader.report(
                    Diagnostic::new(format!("`#[{word}]` says nothing"))
                        .at(place, "expected a list")
                        .help(format!("write `#[{word}(..)]`, or remove it")),
                );
            }
        }
    }

    fn bare_value(&mut self, path: &syn::Path, reader: &mut Reader) {
        for word in ["table", "column", "index", "view"] {
            if path.is_ident(word)
                && let Some(segment) = path.segments.last()
            {
                let place = reader.place(segment.ident.span());
                reader.report(
                    Diagnostic::new(format!("`#[{word} = ..]` is not understood"))
                        .at(place, "expected a list")
                        .help(format!("write `#[{word}(name = \"..\")]`")),
                );
            }
        }
    }
}

/// The paths of a list: `sqlx::FromRow, Table` gives `[sqlx, FromRow]` and `[Table]`.
pub(crate) fn paths(tokens: TokenStream) -> Vec<Vec<String>> {
    let mut paths: Vec<Vec<String>> = Vec::new();
    let mut fresh = true;
    for tree in tokens {
        match tree {
            TokenTree::Ident(ident) => {
                let word = plain(&ident.to_string());
                match paths.last_mut().filter(|_| !fresh) {
                    Some(path) => path.push(word),
                    None => paths.push(vec![word]),
                }
                fresh = false;
            }
            TokenTree::Punct(punct) if punct.as_char() == ',' => fresh = true,
            _ => {}
        }
    }
    paths
}

/// Whether a derived path can be ours: by its bare name, or out of this crate or a module that
/// may pass it on. Another crate's derive of the same name is not.
pub(crate) fn is_ours(path: &[String]) -> bool {
    let first = path.first().filter(|_| path.len() > 1);
    first.is_none_or(|first| ["autogen", "crate", "self", "super"].contains(&first.as_str()))
}

/// What stands after the first comma.
fn skip_condition(tokens: TokenStream) -> TokenStream {
    let mut trees = tokens.into_iter();
    for tree in trees.by_ref() {
        if matches!(&tree, TokenTree::Punct(punct) if punct.as_char() == ',') {
            break;
        }
    }
    trees.collect()
}

/// A setting's value as text; a flag is `true`.
fn setting(value: &Value) -> Option<String> {
    match value {
        Value::Flag => Some("true".into()),
        Value::Bool(value) => Some(value.to_string()),
        Value::Text(text) | Value::Number(text) => Some(text.clone()),
        Value::List(_) | Value::Wrong => None,
    }
}
