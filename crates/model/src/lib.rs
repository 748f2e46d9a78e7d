//! The model language of autogen: Rust source in, models and diagnostics out.
//!
//! [`read`] takes sources that are loaded already and touches nothing else; with the feature
//! `files`, [`read_paths`] finds them. [`read_struct`] and its like serve the
//! derives.

mod ast;
mod attr;
mod case;
mod define;
mod diagnostic;
mod expr;
#[cfg(feature = "files")]
mod files;
mod keys;
mod meaning;
mod nesting;
mod parse;
mod reader;
mod resolve;
mod scope;
mod single;
mod tokens;
mod types;
mod valid;

use std::sync::Arc;

pub use ast::{
    Action, CheckDecl, ColumnKeys, Deferral, EnumModel, EnumStorage, ExcludeDecl, Field, FieldType,
    ForeignKeyDecl, IdentityDecl, IndexDecl, KeyDecl, Model, Models, Options, PartDecl, Placed,
    TableKeys, Variant, View,
};
pub use case::table_name;
pub use diagnostic::{Diagnostic, Label, Place, Source, nearest};
#[cfg(feature = "files")]
pub use files::{load, read_paths};
pub use single::{Single, read_enum, read_mixin, read_struct, read_view};

use parse::Parsed;

/// Reads models out of sources: `.sql` sources are kept as text, all others are Rust. Whatever
/// is wrong is in the list, in the order of the sources; the models hold what could be read.
pub fn read(sources: Vec<Arc<Source>>) -> (Models, Vec<Diagnostic>) {
    let (sql, rust): (Vec<_>, Vec<_>) = sources
        .into_iter()
        .partition(|source| source.path.extension().is_some_and(|extension| extension == "sql"));
    let (mut models, problems) = link(parse_all(&rust));
    models.sql = sql;
    (models, problems)
}

/// Parses sources, on all processors when there are several.
#[cfg(feature = "files")]
fn parse_all(sources: &[Arc<Source>]) -> Vec<Parsed> {
    use rayon::prelude::*;
    let here = || sources.iter().map(parse::parse).collect();
    match sources {
        [] => return Vec::new(),
        // A pool is there for several processors, and for a stack that deep nesting needs.
        [only] if !nesting::suspicious(&only.text) => return vec![parse::parse(only)],
        _ => {}
    }
    // More threads than files only cost their start.
    let threads = sources.len().min(std::thread::available_parallelism().map_or(1, Into::into));
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).stack_size(nesting::STACK);
    match pool.build() {
        Ok(pool) => pool.install(|| sources.par_iter().map(parse::parse).collect()),
        Err(_) => here(),
    }
}

#[cfg(not(feature = "files"))]
fn parse_all(sources: &[Arc<Source>]) -> Vec<Parsed> {
    sources.iter().map(parse::parse).collect()
}

/// Makes models of parsed sources.
fn link(mut parsed: Vec<Parsed>) -> (Models, Vec<Diagnostic>) {
    let order: Vec<Arc<Source>> = parsed.iter().map(|file| Arc::clone(&file.source)).collect();
    let incomplete = parsed.iter().any(|file| file.broken);
    let mut problems: Vec<Diagnostic> =
        parsed.iter_mut().flat_map(|file| std::mem::take(&mut file.problems)).collect();
    let scope = scope::Scope::link(parsed, &mut problems);
    let (models, found) = resolve::resolve(&scope, incomplete);
    problems.extend(found);
    in_order(&mut problems, &order);
    (models, problems)
}

/// Sorts by place, and says nothing twice.
fn in_order(problems: &mut Vec<Diagnostic>, order: &[Arc<Source>]) {
    problems.sort_by_cached_key(|problem| {
        let label = problem.labels.first();
        let place = label.map(|label| {
            let file = order.iter().position(|source| Arc::ptr_eq(source, &label.place.source));
            (file, label.place.range.start)
        });
        (place, problem.message.clone())
    });
    problems.dedup();
}
