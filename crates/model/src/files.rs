//! Files and folders on disk: the one place of this crate that reads them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::ast::Models;
use crate::diagnostic::{Diagnostic, Source};
use crate::parse::{Parsed, normal};

/// Loads the files of the configured paths: a file by itself, a folder with all `.rs` and `.sql`
/// files below it, in the order of their names.
pub fn load(paths: &[PathBuf]) -> (Vec<Arc<Source>>, Vec<Diagnostic>) {
    let mut files = Vec::new();
    let mut problems = Vec::new();
    for path in paths {
        if path.is_dir() {
            walk(path, &mut files, &mut problems);
        } else {
            files.push(path.clone());
        }
    }
    let mut sources = BTreeMap::new();
    let mut order = Vec::new();
    for path in files {
        let key = normal(&path);
        if sources.contains_key(&key) {
            continue;
        }
        match read_file(&path) {
            Ok(source) => {
                sources.insert(key, ());
                order.push(source);
            }
            Err(problem) => problems.push(*problem),
        }
    }
    (order, problems)
}

/// Loads and reads the models under the configured paths, and the files that they name by `mod`
/// outside of these paths.
pub fn read_paths(paths: &[PathBuf]) -> (Models, Vec<Diagnostic>) {
    let (sources, mut problems) = load(paths);
    let (sql, rust): (Vec<_>, Vec<_>) = sources
        .into_iter()
        .partition(|source| source.path.extension().is_some_and(|extension| extension == "sql"));
    let mut parsed = crate::parse_all(&rust);
    let mut fresh = 0;
    // Files named by files named by files: each round reads what the last one named.
    while fresh < parsed.len() {
        let more = named(&parsed, fresh, &mut problems);
        fresh = parsed.len();
        parsed.extend(crate::parse_all(&more));
    }
    let (mut models, found) = crate::link(parsed);
    models.sql = sql;
    problems.extend(found);
    (models, problems)
}

fn named(parsed: &[Parsed], fresh: usize, problems: &mut Vec<Diagnostic>) -> Vec<Arc<Source>> {
    let mut known: BTreeMap<PathBuf, ()> =
        parsed.iter().map(|file| (normal(&file.source.path), ())).collect();
    let mut more = Vec::new();
    let modules = parsed.iter().skip(fresh).flat_map(|file| &file.modules);
    for declared in modules.flat_map(|module| &module.declared) {
        if declared.candidates.iter().any(|path| known.contains_key(path)) {
            continue;
        }
        let Some(path) = declared.candidates.iter().find(|path| path.is_file()) else { continue };
        known.insert(path.clone(), ());
        match read_file(path) {
            Ok(source) => more.push(source),
            Err(problem) => problems.push(*problem),
        }
    }
    more
}

fn walk(folder: &Path, files: &mut Vec<PathBuf>, problems: &mut Vec<Diagnostic>) {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(cause) => {
            problems.push(unreadable(folder, &cause));
            return;
        }
    };
    let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.sort();
    for path in paths {
        // A link to a folder may lead back here.
        if path.is_dir() && !path.is_symlink() {
            walk(&path, files, problems);
        } else if path.extension().is_some_and(|extension| extension == "rs" || extension == "sql")
        {
            files.push(path);
        }
    }
}

fn read_file(path: &Path) -> Result<Arc<Source>, Box<Diagnostic>> {
    let bytes = std::fs::read(path).map_err(|cause| Box::new(unreadable(path, &cause)))?;
    let text = String::from_utf8(bytes).map_err(|cause| {
        let before = cause.as_bytes().get(..cause.utf8_error().valid_up_to()).unwrap_or_default();
        let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
        Box::new(
            Diagnostic::new(format!("`{}` is not UTF-8: see line {line}", path.display()))
                .help("save it as UTF-8, as the compiler wants it too"),
        )
    })?;
    Ok(Arc::new(Source::new(path, text)))
}

fn unreadable(path: &Path, cause: &std::io::Error) -> Diagnostic {
    Diagnostic::new(format!("`{}` cannot be read: {cause}", path.display()))
        .help("check `models` in autogen.toml")
}
