//! One struct or enum alone, as a derive sees it: the same grammar and the same mistakes, as far
//! as they can be seen without the other sources.

use proc_macro2::Span;
use syn::{ItemEnum, ItemStruct};

use crate::ast::Model;
use crate::define::{self, Definition, Kind};
use crate::diagnostic::{Diagnostic, Place};
use crate::meaning::enum_model;
use crate::reader::{Ends, Reader};
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
    spans: Vec<Ends>,
}

impl Single {
    /// The first and the last token behind a place in the problems.
    pub fn ends(&self, place: &Place) -> (Span, Span) {
        let here = Span::call_site();
        self.spans.get(place.range.start).copied().unwrap_or((here, here))
    }

    /// With the problems in the order in which one reads them.
    fn sorted(mut self) -> Self {
        let start = |problem: &Diagnostic| Some(problem.labels.first()?.place.range.start);
        self.problems.sort_by_key(start);
        self
    }
}

/// Reads the struct that derives `Table`.
pub fn read_struct(item: ItemStruct) -> Single {
    let (definition, spans) = define_one(item);
    let scope = Scope::default();
    let mut resolver = Resolver::new(&scope, false);
    if let Some(definition) = &definition
        && let Kind::Struct(def) = &definition.kind
    {
        resolver.problems.extend(definition.problems.iter().cloned());
        resolver.model(usize::MAX, definition, def);
    }
    let Resolver { mut models, meanings, mut problems, partial, .. } = resolver;
    problems.extend(meanings.problems);
    Single { model: models.tables.pop(), partial, problems, spans }.sorted()
}

/// Reads a struct that is flattened into tables.
pub fn read_mixin(item: ItemStruct) -> Single {
    Single { model: None, ..read_struct(item) }
}

/// Reads the struct that derives `View`.
pub fn read_view(item: ItemStruct) -> Single {
    let (definition, spans) = define_one(item);
    let problems = definition.map(|definition| definition.problems).unwrap_or_default();
    Single { model: None, partial: false, problems, spans }.sorted()
}

fn define_one(item: ItemStruct) -> (Option<Definition>, Vec<Ends>) {
    let mut reader = Reader::of_tokens();
    let definition = define::structure(item, 0, &mut reader);
    (definition, reader.into_spans())
}

/// Reads an enum that a column holds.
pub fn read_enum(item: ItemEnum) -> Single {
    let mut reader = Reader::of_tokens();
    let definition = define::enumeration(item, 0, &mut reader);
    let spans = reader.into_spans();
    let problems = definition.map(enum_problems).unwrap_or_default();
    Single { model: None, partial: false, problems, spans }.sorted()
}

fn enum_problems(definition: Definition) -> Vec<Diagnostic> {
    let mut problems = match &definition.kind {
        Kind::Enum(def) => enum_model(&definition, def).1,
        _ => Vec::new(),
    };
    problems.extend(definition.problems);
    problems
}
