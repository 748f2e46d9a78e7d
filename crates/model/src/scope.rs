//! Modules and names across all sources: which definition does a path mean?

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::define::Definition;
use crate::diagnostic::Diagnostic;
use crate::parse::{Module, Parsed, normal};
use crate::types::{Known, known};

/// How far imports and globs are followed; more is a circle.
const DEPTH: usize = 16;

/// All modules and definitions.
#[derive(Debug, Default)]
pub(crate) struct Scope {
    modules: Vec<Node>,
    /// The structs, enums and aliases of all sources, in order.
    pub(crate) definitions: Vec<Definition>,
    /// By name.
    by_name: BTreeMap<String, Vec<usize>>,
}

#[derive(Debug, Default)]
struct Node {
    name: String,
    parent: Option<usize>,
    children: BTreeMap<String, usize>,
    items: BTreeMap<String, usize>,
    imports: BTreeMap<String, Vec<String>>,
    globs: Vec<Vec<String>>,
}

/// What a path means.
#[derive(Debug)]
pub(crate) enum Found {
    /// One of our definitions.
    Definition(usize),
    /// A type that sqlx knows.
    Known(Known),
    /// Several definitions fit.
    Several(Vec<usize>),
    /// Nothing fits.
    Nothing,
}

impl Scope {
    /// Joins parsed sources; complains about `mod` lines whose file is not among them.
    pub(crate) fn link(parsed: Vec<Parsed>, problems: &mut Vec<Diagnostic>) -> Self {
        let mut scope = Self::default();
        let mut roots: BTreeMap<PathBuf, usize> = BTreeMap::new();
        let mut declared = Vec::new();
        for file in parsed {
            let base = scope.modules.len();
            roots.insert(normal(&file.source.path), base);
            for (at, module) in file.modules.into_iter().enumerate() {
                let Module { declared: files, .. } = scope.add_module(module, base);
                declared.extend(files.into_iter().map(|file| (base + at, file)));
            }
            for mut definition in file.definitions {
                definition.module += base;
                scope.add_definition(definition);
            }
        }
        for (parent, file) in declared {
            match file.candidates.iter().find_map(|path| roots.get(path)) {
                Some(&child) => {
                    scope.modules[child].name.clone_from(&file.name);
                    scope.modules[child].parent.get_or_insert(parent);
                    scope.modules[parent].children.insert(file.name, child);
                }
                None if file.conditional => {}
                None => problems.push(missing_file(&file)),
            }
        }
        scope
    }

    fn add_module(&mut self, mut module: Module, base: usize) -> Module {
        let own = self.modules.len();
        let parent = module.parent.map(|parent| parent + base);
        if let Some(parent) = parent {
            self.modules[parent].children.insert(module.name.clone(), own);
        }
        self.modules.push(Node {
            name: std::mem::take(&mut module.name),
            parent,
            imports: imports(std::mem::take(&mut module.imports)),
            globs: std::mem::take(&mut module.globs),
            ..Node::default()
        });
        module
    }

    fn add_definition(&mut self, definition: Definition) {
        let at = self.definitions.len();
        let name = &definition.ident;
        self.modules[definition.module].items.insert(name.clone(), at);
        self.by_name.entry(name.clone()).or_default().push(at);
        self.definitions.push(definition);
    }

    /// All names that are defined, for suggestions.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.by_name.keys().map(String::as_str)
    }

    /// What a path in a module means.
    pub(crate) fn find(&self, module: usize, path: &[String]) -> Found {
        if let [name] = path
            && !self.by_name.contains_key(name)
            && !self.modules.get(module).is_some_and(|node| node.imports.contains_key(name))
            && let Some(known) = known(path)
        {
            // Nearly all fields end here.
            return Found::Known(known);
        }
        if let Some(found) = self.lookup(module, path, DEPTH) {
            return Found::Definition(found);
        }
        let full = self.expanded(module, path);
        match known(&full) {
            Some(known) => Found::Known(known),
            None => self.anywhere(&full),
        }
    }

    /// The path with its first word replaced by what it was imported as.
    pub(crate) fn expanded(&self, module: usize, path: &[String]) -> Vec<String> {
        let import = path.first().and_then(|first| self.modules.get(module)?.imports.get(first));
        match import {
            Some(import) => import.iter().chain(&path[1..]).cloned().collect(),
            None => path.to_vec(),
        }
    }

    fn lookup(&self, module: usize, path: &[String], depth: usize) -> Option<usize> {
        let depth = depth.checked_sub(1)?;
        let node = self.modules.get(module)?;
        let (first, rest) = path.split_first()?;
        match first.as_str() {
            "self" => return self.lookup(module, rest, depth),
            "super" => return self.lookup(node.parent?, rest, depth),
            "crate" => return self.lookup(self.root(module), rest, depth),
            _ => {}
        }
        let here = if rest.is_empty() {
            node.items.get(first).copied()
        } else {
            node.children.get(first).and_then(|child| self.lookup(*child, rest, depth))
        };
        here.or_else(|| {
            let import = node.imports.get(first)?;
            // `use self::a` and `use a` by a name of its own would look for itself again.
            let full: Vec<String> = import.iter().chain(rest).cloned().collect();
            (full != path).then(|| self.lookup(module, &full, depth))?
        })
        .or_else(|| node.globs.iter().find_map(|glob| self.in_glob(module, glob, path, depth)))
    }

    fn in_glob(
        &self,
        module: usize,
        glob: &[String],
        path: &[String],
        depth: usize,
    ) -> Option<usize> {
        let full: Vec<String> = glob.iter().chain(path).cloned().collect();
        self.lookup(module, &full, depth.min(4))
    }

    fn root(&self, module: usize) -> usize {
        let mut at = module;
        for _ in 0..self.modules.len() {
            match self.modules.get(at).and_then(|node| node.parent) {
                Some(parent) => at = parent,
                None => break,
            }
        }
        at
    }

    /// The one definition of that name whose modules fit the path best: the sources may be a part
    /// of their crate, so that the path's beginning is not among them.
    fn anywhere(&self, path: &[String]) -> Found {
        let Some((name, before)) = path.split_last() else { return Found::Nothing };
        let Some(all) = self.by_name.get(name) else { return Found::Nothing };
        let fit = |definition: usize| self.fit(self.definitions[definition].module, before);
        let best = all.iter().map(|definition| fit(*definition)).max().unwrap_or_default();
        let mut fits: Vec<usize> =
            all.iter().copied().filter(|definition| fit(*definition) == best).collect();
        match (fits.pop(), fits.is_empty()) {
            (Some(only), true) => Found::Definition(only),
            (Some(last), false) => {
                fits.push(last);
                Found::Several(fits)
            }
            (None, _) => Found::Nothing,
        }
    }

    /// How many of a path's last words are the module's last names.
    fn fit(&self, module: usize, path: &[String]) -> usize {
        let mut at = Some(module);
        let names = path.iter().rev().take_while(|word| {
            let node = at.and_then(|at| self.modules.get(at));
            at = node.and_then(|node| node.parent);
            node.is_some_and(|node| node.name == **word)
        });
        names.count()
    }
}

/// Imports by name. A type and a derive may have one name: the derive is what we ask for.
fn imports(all: Vec<(String, Vec<String>)>) -> BTreeMap<String, Vec<String>> {
    let mut by_name: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, path) in all {
        let known = by_name.entry(name).or_default();
        if known.first().is_none_or(|first| first != "autogen") {
            *known = path;
        }
    }
    by_name
}

fn missing_file(file: &crate::parse::Declared) -> Diagnostic {
    let looked: Vec<String> =
        file.candidates.iter().map(|path| format!("`{}`", path.display())).collect();
    Diagnostic::new(format!("the file of module `{}` is not there", file.name))
        .at(file.place.clone(), if file.by_path { "no such file" } else { "no file for this" })
        .help(format!("looked for {}", looked.join(", ")))
}
