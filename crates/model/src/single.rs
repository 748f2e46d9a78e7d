//! One struct or enum alone, as a derive sees it: the same grammar and the same mistakes, as far
//! as they can be seen without the other sources.

use proc_macro2::Span;
use syn::{ItemEnum, ItemStruct};

use crate::ast::Model;
use crate::define::{self, Definition, Kind};
use crate::diagnostic::{Diagnostic, Place};
use crate::meaning::enum_model;
use crate::reader::Reader;
use crate::resolve::Resolver;
use crate::scope::Scope;

/// What a derive gets to know.
#[derive(Debug)]
pub struct Single {
    /// The model, unless it is an enum or no table at all.
    pub model: Option<Model>,
    /// Columns come from a flattened struct that the derive cannot see.
    pub partial: bool,
    /// What is wrong.
    pub problems: Vec<Diagnostic>,
    spans: Vec<Span>,
}

impl Single {
    /// The token behind a place in the problems.
    pub fn span(&self, place: &Place) -> Span {
        self.spans.get(place.range.start).copied().unwrap_or_else(Span::call_site)
    }
}

/// Reads the struct that derives `Table`.
pub fn read_struct(item: ItemStruct) -> Single {
    let mut reader = Reader::of_tokens();
    let definition = define::structure(item, 0, &mut reader);
    let spans = reader.into_spans();
    let Some(definition) = definition else {
        return Single { model: None, partial: false, problems: Vec::new(), spans };
    };
    let scope = Scope::default();
    let mut resolver = Resolver::new(&scope, false);
    if let Kind::Struct(def) = &definition.kind {
        resolver.problems.extend(definition.problems.iter().cloned());
        resolver.model(usize::MAX, &definition, def);
    }
    let Resolver { mut models, meanings, mut problems, partial, .. } = resolver;
    problems.extend(meanings.problems);
    Single { model: models.tables.pop(), partial, problems, spans }
}

/// Reads an enum that a column holds.
pub fn read_enum(item: ItemEnum) -> Single {
    let mut reader = Reader::of_tokens();
    let definition = define::enumeration(item, 0, &mut reader);
    let spans = reader.into_spans();
    let problems = definition.map(enum_problems).unwrap_or_default();
    Single { model: None, partial: false, problems, spans }
}

fn enum_problems(definition: Definition) -> Vec<Diagnostic> {
    let mut problems = match &definition.kind {
        Kind::Enum(def) => enum_model(&definition, def).1,
        _ => Vec::new(),
    };
    problems.extend(definition.problems);
    problems
}
