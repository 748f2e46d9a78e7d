//! `#[index(..)]`.

use proc_macro2::Span;

use super::parts;
use crate::ast::{IndexDecl, Options};
use crate::diagnostic::Diagnostic;
use crate::keys::Keys;
use crate::reader::Reader;
use crate::tokens::Entry;

const DIALECTS: [(&str, &[&str]); 3] = [
    ("postgres", &["concurrently", "with", "tablespace"]),
    ("mysql", &["parser", "key_block_size", "invisible", "algorithm"]),
    ("sqlite", &[]),
];

/// Reads the list.
pub(crate) fn index(reader: &mut Reader, span: Span, entries: Vec<Entry>) -> IndexDecl {
    let place = reader.place(span);
    let mut keys = Keys::new(reader, entries, "#[index(..)]");
    let index = IndexDecl {
        place,
        name: keys.name("name"),
        columns: parts::columns(&mut keys, "#[index(..)]", span),
        unique: keys.flag("unique").is_some(),
        predicate: keys.text("where").map(|text| text.value),
        using: using(&mut keys),
        include: parts::include(&mut keys),
        nulls_not_distinct: keys.flag("nulls_not_distinct").is_some(),
        comment: keys.text("comment").map(|text| text.value),
        options: options(&mut keys),
    };
    keys.finish();
    index
}

/// `using`, `fulltext` and `spatial` say the same kind of thing, so only one may stand.
fn using(keys: &mut Keys<'_>) -> Option<String> {
    let said = keys.name("using");
    let words = ["fulltext", "spatial"].map(|word| (word, keys.flag(word)));
    let mut all: Vec<_> = said.map(|text| (text.value, text.place)).into_iter().collect();
    all.extend(words.into_iter().filter_map(|(word, place)| Some((word.to_owned(), place?))));
    let mut all = all.into_iter();
    let first = all.next()?;
    for other in all {
        keys.reader.report(
            Diagnostic::new("an index has one method")
                .at(other.1, format!("`{}` here", other.0))
                .at(first.1.clone(), format!("and `{}` here", first.0)),
        );
    }
    Some(first.0)
}

fn options(keys: &mut Keys<'_>) -> Options {
    let mut options = parts::dialects(keys, &DIALECTS);
    if keys.flag("concurrently").is_some() {
        options.insert("postgres.concurrently".into(), "true".into());
    }
    if keys.flag("invisible").is_some() {
        options.insert("mysql.invisible".into(), "true".into());
    }
    if let Some((entries, _)) = keys.list("with") {
        parts::with(keys.reader, "postgres", entries, &mut options);
    }
    options
}
