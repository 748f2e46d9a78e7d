//! The type of a field as written: a path with arguments, or a list. What a field cannot hold
//! anyway is not kept apart.

use proc_macro2::Span;
use syn::{GenericArgument, PathArguments, Type};

use crate::diagnostic::Place;
use crate::reader::Reader;
use crate::tokens::plain;

/// A type as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TypeExpr {
    /// Where.
    pub(crate) place: Place,
    /// What.
    pub(crate) shape: Shape,
}

/// What a type is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// `a::b::C<D, E>`, without lifetimes.
    Path(Vec<String>, Vec<TypeExpr>),
    /// `[T]`.
    List(Box<TypeExpr>),
    /// `[T; N]`.
    Array(Box<TypeExpr>),
    /// `(A, B)`, function pointers and the like.
    Other,
}

impl TypeExpr {
    /// Reads a type; references are looked through.
    pub(crate) fn read(ty: &Type, reader: &mut Reader) -> Self {
        match ty {
            Type::Path(path) if path.qself.is_none() => {
                let (first, last) = ends(&path.path);
                let place = match last {
                    Some(last) => reader.between(first, last),
                    None => reader.place(first),
                };
                Self { place, shape: path_shape(&path.path, reader) }
            }
            Type::Reference(reference) => Self::read(&reference.elem, reader),
            Type::Paren(paren) => Self::read(&paren.elem, reader),
            Type::Group(group) => Self::read(&group.elem, reader),
            Type::Array(array) => {
                let place = reader.place(array.bracket_token.span.join());
                Self { place, shape: Shape::Array(Box::new(Self::read(&array.elem, reader))) }
            }
            Type::Slice(slice) => {
                let place = reader.place(slice.bracket_token.span.join());
                Self { place, shape: Shape::List(Box::new(Self::read(&slice.elem, reader))) }
            }
            other => {
                let span = span_of(other);
                Self { place: reader.between(span, span), shape: Shape::Other }
            }
        }
    }

    /// Reads a type out of a string literal (`try_from = "i64"`).
    pub(crate) fn parse(text: &str, place: &Place) -> Option<Self> {
        let ty: Type = syn::parse_str(text).ok()?;
        // The spans of the string's own tokens mean nothing outside it.
        let mut expr = Self::read(&ty, &mut Reader::of_tokens());
        expr.replace_places(place);
        Some(expr)
    }

    fn replace_places(&mut self, place: &Place) {
        self.place = place.clone();
        match &mut self.shape {
            Shape::Path(_, arguments) => {
                arguments.iter_mut().for_each(|argument| argument.replace_places(place));
            }
            Shape::List(item) | Shape::Array(item) => item.replace_places(place),
            Shape::Other => {}
        }
    }

    /// As written, for messages.
    pub(crate) fn text(&self) -> String {
        match &self.shape {
            Shape::Path(segments, arguments) if arguments.is_empty() => segments.join("::"),
            Shape::Path(segments, arguments) => {
                let inner: Vec<String> = arguments.iter().map(Self::text).collect();
                format!("{}<{}>", segments.join("::"), inner.join(", "))
            }
            Shape::List(item) => format!("[{}]", item.text()),
            Shape::Array(item) => format!("[{}; _]", item.text()),
            Shape::Other => {
                let text = self.place.source.text.get(self.place.range.clone());
                text.filter(|text| !text.is_empty()).unwrap_or("this type").to_owned()
            }
        }
    }

    /// With type parameters replaced by what they stand for.
    pub(crate) fn with_parameters(&self, names: &[String], values: &[Self]) -> Self {
        let shape = match &self.shape {
            Shape::Path(segments, arguments) => {
                if let [segment] = segments.as_slice()
                    && let Some(at) = names.iter().position(|name| name == segment)
                    && let Some(value) = values.get(at)
                {
                    return value.clone();
                }
                let each = arguments.iter().map(|it| it.with_parameters(names, values));
                Shape::Path(segments.clone(), each.collect())
            }
            Shape::List(item) => Shape::List(Box::new(item.with_parameters(names, values))),
            Shape::Array(item) => Shape::Array(Box::new(item.with_parameters(names, values))),
            Shape::Other => Shape::Other,
        };
        Self { place: self.place.clone(), shape }
    }
}

fn path_shape(path: &syn::Path, reader: &mut Reader) -> Shape {
    let mut arguments = Vec::new();
    if let Some(segment) = path.segments.last()
        && let PathArguments::AngleBracketed(list) = &segment.arguments
    {
        for argument in &list.args {
            if let GenericArgument::Type(ty) = argument {
                arguments.push(TypeExpr::read(ty, reader));
            }
        }
    }
    let segments = path.segments.iter().map(|segment| plain(&segment.ident.to_string()));
    Shape::Path(segments.collect(), arguments)
}

/// The first token of a path, and the last if it is another one.
fn ends(path: &syn::Path) -> (Span, Option<Span>) {
    let first = path.segments.first().map_or_else(Span::call_site, |segment| segment.ident.span());
    let last = path.segments.last().and_then(|segment| match &segment.arguments {
        PathArguments::AngleBracketed(list) => Some(list.gt_token.span),
        _ if path.segments.len() > 1 => Some(segment.ident.span()),
        _ => None,
    });
    (first, last)
}

/// Only for types that are about to be refused: it walks all their tokens.
fn span_of(ty: &Type) -> Span {
    syn::spanned::Spanned::span(ty)
}
