//! One source: its modules, imports and definitions. Plain data comes out, so that sources can
//! be parsed on any thread.

use std::ops::Range;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use syn::parse::Parser as _;
use syn::{Attribute, Item, ItemMod, UseTree};

use crate::attr::Attributes;
use crate::define::{self, Definition};
use crate::diagnostic::{Diagnostic, Place, Source};
use crate::nesting;
use crate::reader::Reader;
use crate::tokens::plain;

/// A source, read.
#[derive(Debug)]
pub(crate) struct Parsed {
    /// The source.
    pub(crate) source: Arc<Source>,
    /// Its modules; the first is the file itself.
    pub(crate) modules: Vec<Module>,
    /// Its structs, enums and aliases.
    pub(crate) definitions: Vec<Definition>,
    /// What is wrong with it as a whole.
    pub(crate) problems: Vec<Diagnostic>,
    /// It could not be parsed.
    pub(crate) broken: bool,
}

/// A module.
#[derive(Debug, Default)]
pub(crate) struct Module {
    /// Its name; empty for the file.
    pub(crate) name: String,
    /// The module around it, in the same file.
    pub(crate) parent: Option<usize>,
    /// `use a::b as c`: name and path.
    pub(crate) imports: Vec<(String, Vec<String>)>,
    /// `use a::*`: paths.
    pub(crate) globs: Vec<Vec<String>>,
    /// `mod a;`
    pub(crate) declared: Vec<Declared>,
    /// The folder of its children, as far as the names of inline modules lead.
    folders: Vec<String>,
}

/// A module that another file holds.
#[derive(Debug)]
pub(crate) struct Declared {
    /// Its name.
    pub(crate) name: String,
    /// Where it is declared.
    pub(crate) place: Place,
    /// Where the file may be.
    pub(crate) candidates: Vec<PathBuf>,
    /// The path was written out by `#[path]`.
    pub(crate) by_path: bool,
    /// `#[cfg(..)]` is there: the file may be missing.
    pub(crate) conditional: bool,
}

/// How much text is read at once, where a file can be cut.
const PIECE: usize = 128 * 1024;

/// Reads a source. Nothing in it can make this fail.
pub(crate) fn parse(source: &Arc<Source>) -> Parsed {
    let whole = preamble(&source.text)..source.text.len();
    // Where a piece is no Rust by itself, the whole tells whether the cut was to blame.
    Parsed::read(source, pieces(&source.text, whole.clone())).unwrap_or_else(|_| {
        Parsed::read(source, vec![whole]).unwrap_or_else(|problem| Parsed {
            problems: vec![problem],
            broken: true,
            ..Parsed::new(source)
        })
    })
}

/// The text cut behind lines that hold nothing but a brace: the tokens of a large file take tens of
/// times its size, and those of a piece are gone when the next is read.
fn pieces(text: &str, whole: Range<usize>) -> Vec<Range<usize>> {
    let (mut pieces, mut start) = (Vec::new(), whole.start);
    while whole.end - start > PIECE {
        let rest = &text.as_bytes()[start + PIECE..];
        let ends = |at: &[u8]| matches!(at, [b'\n', b'}', b'\n' | b'\r']);
        let Some(at) = rest.windows(3).position(ends) else { break };
        let end = start + PIECE + at + 2;
        pieces.push(start..end);
        start = end;
    }
    pieces.push(start..whole.end);
    pieces
}

fn not_rust(error: &syn::Error, place: Place) -> Diagnostic {
    let why = error.to_string();
    if why == "cannot parse string into token stream" {
        return Diagnostic::new("this is not Rust: a bracket or quote has no partner")
            .at(place, "opened and not closed, or closed and not opened");
    }
    if why == nesting::MESSAGE {
        return Diagnostic::new(why)
            .at(place, "too deep here")
            .help("if no model is in this file, leave it out of `models` in autogen.toml");
    }
    Diagnostic::new(format!("this is not Rust: {why}")).at(place, "the parser stopped here")
}

/// The bytes before the first token: a byte order mark and a `#!` line.
fn preamble(text: &str) -> usize {
    let mark = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let rest = &text[mark..];
    let script = rest.starts_with("#!") && !rest[2..].trim_start().starts_with('[');
    if script { mark + rest.find('\n').unwrap_or(rest.len()) } else { mark }
}

impl Parsed {
    fn new(source: &Arc<Source>) -> Self {
        Self {
            source: Arc::clone(source),
            modules: vec![Module::default()],
            definitions: Vec::new(),
            problems: Vec::new(),
            broken: false,
        }
    }

    /// Reads a source piece by piece. The error is the one of the first that is no Rust.
    fn read(source: &Arc<Source>, pieces: Vec<Range<usize>>) -> Result<Self, Diagnostic> {
        let mut parsed = Self::new(source);
        for (number, piece) in pieces.into_iter().enumerate() {
            let mut reader = Reader::new(Arc::clone(source), piece.clone());
            let text = source.text.get(piece).unwrap_or_default();
            parsed
                .items(text, number == 0, &mut reader)
                .map_err(|error| not_rust(&error, reader.place(error.span())))?;
            parsed.problems.extend(reader.take_problems());
        }
        Ok(parsed)
    }

    /// Reads item by item, since a large file as one syntax tree costs more memory than time.
    fn items(&mut self, text: &str, first: bool, reader: &mut Reader) -> syn::Result<()> {
        let tokens: proc_macro2::TokenStream = text.parse()?;
        if let Some(span) = nesting::suspicious(text).then(|| nesting::too_deep(&tokens)).flatten()
        {
            return Err(syn::Error::new(span, nesting::MESSAGE));
        }
        let items = |input: syn::parse::ParseStream<'_>| {
            if first {
                input.call(Attribute::parse_inner)?;
            }
            while !input.is_empty() {
                self.item(input.parse()?, 0, reader);
            }
            Ok(())
        };
        items.parse2(tokens)
    }

    fn item(&mut self, item: Item, module: usize, reader: &mut Reader) {
        match item {
            Item::Struct(item) => {
                self.definitions.extend(define::structure(item, module, reader));
            }
            Item::Enum(item) => self.definitions.extend(define::enumeration(item, module, reader)),
            Item::Type(item) => self.definitions.push(define::alias(&item, module, reader)),
            Item::Use(item) => self.imports(&item.tree, &mut Vec::new(), module),
            Item::Mod(item) => self.module(item, module, reader),
            Item::Macro(item) => define::in_macro(item, reader),
            _ => {}
        }
    }

    fn imports(&mut self, tree: &UseTree, path: &mut Vec<String>, module: usize) {
        let depth = path.len();
        match tree {
            UseTree::Path(inner) => {
                path.push(plain(&inner.ident.to_string()));
                self.imports(&inner.tree, path, module);
            }
            UseTree::Name(leaf) => {
                let name = plain(&leaf.ident.to_string());
                let name = if name == "self" {
                    path.last().cloned().unwrap_or_default()
                } else {
                    path.push(name.clone());
                    name
                };
                self.modules[module].imports.push((name, path.clone()));
            }
            UseTree::Rename(leaf) => {
                let name = plain(&leaf.ident.to_string());
                if name != "self" {
                    path.push(name);
                }
                let name = plain(&leaf.rename.to_string());
                self.modules[module].imports.push((name, path.clone()));
            }
            UseTree::Glob(_) => self.modules[module].globs.push(path.clone()),
            UseTree::Group(group) => {
                for inner in &group.items {
                    self.imports(inner, path, module);
                }
            }
        }
        path.truncate(depth);
    }

    fn module(&mut self, item: ItemMod, parent: usize, reader: &mut Reader) {
        let attributes = Attributes::read(item.attrs, reader);
        if attributes.test_only {
            return;
        }
        let name = plain(&item.ident.to_string());
        let written = attributes.path.as_ref().map(|(path, _)| path.as_str());
        match item.content {
            Some((_, items)) => {
                let mut folders = self.modules[parent].folders.clone();
                folders.push(written.unwrap_or(&name).to_owned());
                let module = Module { name, parent: Some(parent), folders, ..Module::default() };
                self.modules.push(module);
                let own = self.modules.len() - 1;
                for item in items {
                    self.item(item, own, reader);
                }
            }
            None => {
                let folders = &self.modules[parent].folders;
                let candidates = candidates(&self.source.path, folders, &name, written);
                let span = attributes.path.as_ref().map(|(_, span)| *span);
                let declared = Declared {
                    place: reader.place(span.unwrap_or_else(|| item.ident.span())),
                    by_path: written.is_some(),
                    conditional: attributes.conditional,
                    name,
                    candidates,
                };
                self.modules[parent].declared.push(declared);
            }
        }
    }
}

/// Where the file of `mod name;` may be, by the compiler's rules; a file that is no `mod.rs` may
/// also be the root of its crate, with its modules beside it.
fn candidates(file: &Path, folders: &[String], name: &str, written: Option<&str>) -> Vec<PathBuf> {
    let beside = file.parent().unwrap_or(Path::new("")).to_owned();
    let stem = file.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    let below =
        if matches!(stem, "mod" | "lib" | "main") { beside.clone() } else { beside.join(stem) };
    let inside = |base: &Path| folders.iter().fold(base.to_owned(), |path, part| path.join(part));
    if let Some(written) = written {
        let base = if folders.is_empty() { beside } else { inside(&below) };
        return vec![normal(&base.join(written))];
    }
    let bases = if below == beside { vec![beside] } else { vec![below, beside] };
    let mut all = Vec::new();
    for base in bases.iter().map(|base| inside(base)) {
        all.push(normal(&base.join(format!("{name}.rs"))));
        all.push(normal(&base.join(name).join("mod.rs")));
    }
    all
}

/// The path without `.` and, where that is certain, without `..`.
pub(crate) fn normal(path: &Path) -> PathBuf {
    let mut result = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir
                if matches!(result.components().next_back(), Some(Component::Normal(_))) =>
            {
                result.pop();
            }
            part => result.push(part),
        }
    }
    result
}
