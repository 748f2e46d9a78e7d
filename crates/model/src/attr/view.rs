//! `#[view(..)]`.

use super::List;
use crate::ast::View;
use crate::diagnostic::{Diagnostic, Place};
use crate::keys::Keys;
use crate::reader::Reader;

/// Reads the list of a struct that derives `View`.
pub(crate) fn view(reader: &mut Reader, list: List, ident: &str, place: &Place) -> Option<View> {
    let mut keys = Keys::new(reader, list.entries, "#[view(..)]");
    let name = keys.name("name").map(|text| text.value);
    let schema = keys.name("schema").map(|text| text.value);
    let query = keys.name("query");
    let materialized = keys.flag("materialized").is_some();
    if query.is_none() {
        keys.reader.report(
            Diagnostic::new(format!("the view `{ident}` has no query"))
                .at(place.clone(), "a view is made of a query")
                .help("add `#[view(query = \"SELECT ..\")]`"),
        );
    }
    keys.finish();
    let (ident, place, query) = (ident.to_owned(), place.clone(), query?.value);
    Some(View { ident, place, schema, name, query, materialized })
}
