//! Indexes and their parts.

use super::super::type_name::TypeName;
use super::options::own;
use super::{Lower, typed};
use crate::dialect::report::About;
use crate::schema::{ConstraintName, Index, IndexPart, Table};
use crate::sql::{Syntax, TokenKind, tokens, unquote};

impl Lower<'_> {
    pub(super) fn indexes(&mut self, table: &mut Table) {
        let mut indexes = std::mem::take(&mut table.indexes);
        for index in &mut indexes {
            self.index(table, index);
        }
        table.indexes = indexes;
    }

    fn index(&mut self, table: &Table, index: &mut Index) {
        let name = index.name.clone();
        let about = About::Named(Some(&name));
        index.options = own(std::mem::take(&mut index.options));
        self.comment(&mut index.comment, about, 1024);
        if let Some(predicate) = index.predicate.take() {
            let help = match index.unique {
                true => format!(
                    "index a generated column that is NULL elsewhere: `CASE WHEN {predicate} THEN \
                     .. END`"
                ),
                false => "drop `where`: the index covers every row then".into(),
            };
            self.lacks(about, "has no partial indexes", &help);
        }
        if !std::mem::take(&mut index.include).is_empty() {
            let help = "add the columns to the index itself";
            self.lacks(about, "has no `include` in indexes", help);
        }
        self.nulls(index);
        self.method(table, index);
        if index.parts.len() > self.mysql.server.most_key_parts() {
            let what =
                format!("has at most {} columns in an index", self.mysql.server.most_key_parts());
            self.lacks(about, &what, "leave out the last ones");
        }
        let using = index.using.clone();
        for part in &mut index.parts {
            self.part(table, part, Some(&name), using.as_deref());
        }
        match using.as_deref() {
            Some("fulltext") => self.fulltext(table, index),
            Some("spatial") => self.spatial(table, index),
            _ => self.fit(table, &mut index.parts, &mut index.using, index.unique, about),
        }
    }

    fn method(&mut self, table: &Table, index: &mut Index) {
        let name = index.name.clone();
        let about = About::Named(Some(&name));
        let using = index.using.take().map(|using| using.trim().to_ascii_lowercase());
        let engine = table.options.get("engine").map_or("InnoDB", String::as_str);
        let keeps_hashes = matches!(engine, "MEMORY" | "ndbcluster")
            || (index.unique && self.mysql.server.hashes_long_keys())
            || self.there;
        index.using = match using.as_deref() {
            // In memory every index is over hashes unless it says otherwise; servers report trees as
            // such, which is none elsewhere.
            Some("btree") if engine == "MEMORY" => using,
            None if engine == "MEMORY" => Some(if self.there { "btree" } else { "hash" }.into()),
            None | Some("btree") => None,
            Some("rtree") => Some("spatial".into()),
            Some("fulltext" | "spatial") => using,
            Some("hash") if keeps_hashes => using,
            Some("hash") => {
                let what = format!("makes a tree of a hash index in {engine}");
                self.warn(about, &what, "drop `using`");
                None
            }
            Some("vector") if self.mysql.server.hashes_long_keys() => using,
            Some(other) => {
                let what = format!("has no {other} indexes");
                let help = match other {
                    "gin" => "use `fulltext` for words; for JSON, index a generated column",
                    "gist" | "spgist" => "use `spatial` for places",
                    _ => "drop `using`",
                };
                self.lacks(about, &what, help);
                None
            }
        };
        if index.unique && matches!(index.using.as_deref(), Some("fulltext" | "spatial")) {
            let what = "has no unique indexes of that kind";
            self.lacks(about, what, "drop `unique`");
        }
        let parser = index.options.get("parser").map(|parser| parser.to_ascii_lowercase());
        if let Some(parser) = parser {
            if index.using.as_deref() != Some("fulltext") {
                self.lacks(about, "has parsers for `fulltext` indexes only", "drop `parser`");
            } else if parser == "ngram" && self.mysql.server.hashes_long_keys() {
                self.lacks(about, "has no parser `ngram`", "drop `parser`");
            }
            index.options.insert("parser".into(), parser);
        }
        // Nothing says these back.
        for key in ["key_block_size", "algorithm"] {
            if index.options.remove(key).is_some() {
                let what = format!("does not keep `{key}` of an index");
                self.warn(about, &what, "leave it out");
            }
        }
    }

    /// One part of an index or key.
    pub(super) fn part(
        &mut self,
        table: &Table,
        part: &mut IndexPart,
        name: Option<&ConstraintName>,
        using: Option<&str>,
    ) {
        let about = About::Named(name);
        let server = self.mysql.server;
        lone_column(table, part);
        if let Some(opclass) = part.opclass.take() {
            let what = format!("has no operator classes, and `{opclass}` is one");
            self.lacks(about, &what, "drop `opclass`");
        }
        if let Some(collate) = part.collate.take() {
            let own = table.column(&part.text).and_then(|column| column.collate.as_ref());
            if own != Some(&collate) {
                let what = "sorts an index as its columns are sorted";
                let help = "say `collate` on the column, or index a generated column that has it";
                self.lacks(about, what, help);
            }
        }
        // NULL is the smallest value.
        if part.nulls_first.take().is_some_and(|first| first == part.descending) {
            let what = "sorts NULL as the smallest value in every index";
            self.lacks(about, what, "drop `nulls`, or sort by `name IS NULL` first");
        }
        let ordered = !matches!(using, Some("fulltext" | "spatial" | "hash" | "vector"));
        if part.descending && !(ordered && server.has_descending_parts()) {
            part.descending = false;
            if !ordered || !self.there {
                self.warn(about, "keeps no order in such an index", "drop `desc`");
            }
        }
        if !part.expression {
            self.length(table, part, about);
        } else if !server.has_functional_parts() {
            let help = format!(
                "index a generated column: `#[column(generated = \"{}\", virtual)]`",
                part.text.replace('"', "\\\"")
            );
            self.lacks(about, "has no expressions in indexes", &help);
        }
    }

    /// Only texts and bytes have a start, and all of it is no start.
    fn length(&mut self, table: &Table, part: &mut IndexPart, about: About<'_>) {
        let Some(length) = part.length else { return };
        let Some(column) = table.column(&part.text) else { return };
        let ty = typed(&column.ty);
        if !starts(&ty) {
            // Places are reported with the length of their box.
            if !ty.is_place() {
                let what =
                    format!("indexes a start of texts and bytes only, and `{}` is none", part.text);
                self.lacks(about, &what, "drop `length`");
            }
            part.length = None;
            return;
        }
        let whole = ty.numbers.first().copied().filter(|_| !ty.is_long());
        if whole.is_some_and(|whole| length > whole) {
            let what = format!("cannot index {length} of a column of type {ty}");
            self.lacks(about, &what, "drop `length`");
        }
        part.length = Some(length).filter(|length| whole.is_none_or(|whole| *length < whole));
    }

    fn fulltext(&mut self, table: &Table, index: &mut Index) {
        let name = index.name.clone();
        for part in &mut index.parts {
            part.length = None;
            let column = table.column(&part.text);
            let fits = |ty: &TypeName| ty.is_text() && !ty.has_labels();
            if column.is_some_and(|column| !fits(&typed(&column.ty))) {
                let what = format!("has full text of texts only, and `{}` is none", part.text);
                self.lacks(About::Named(Some(&name)), &what, "drop `fulltext`, or the column");
            }
        }
    }

    fn spatial(&mut self, table: &Table, index: &mut Index) {
        let name = index.name.clone();
        let about = About::Named(Some(&name));
        if index.parts.len() > 1 {
            self.lacks(about, "has spatial indexes over one column only", "make one for each");
        }
        for part in &mut index.parts {
            part.length = None;
            let Some(column) = table.column(&part.text) else { continue };
            if !typed(&column.ty).is_place() {
                let what = format!("has spatial indexes over places, and `{}` is none", part.text);
                self.lacks(about, &what, "drop `spatial`");
            } else if column.null {
                let what =
                    format!("has spatial indexes over NOT NULL, and `{}` may be NULL", part.text);
                self.lacks(about, &what, "make the field no `Option`");
            }
        }
    }
}

/// Whether the start of a value is a value.
pub(super) fn starts(ty: &TypeName) -> bool {
    (ty.is_text() && !ty.has_labels()) || ty.is_bytes()
}

/// An expression that is only a column is the column.
fn lone_column(table: &Table, part: &mut IndexPart) {
    if !part.expression {
        return;
    }
    let inner = part.text.trim().trim_start_matches('(').trim_end_matches(')').to_owned();
    let mut all = tokens(&inner, Syntax::MYSQL).filter(|it| it.kind != TokenKind::Space);
    let (Some(only), None) = (all.next(), all.next()) else { return };
    let name = match only.kind {
        TokenKind::Quoted | TokenKind::Word => unquote(&inner[only.range]),
        _ => return,
    };
    let same = |column: &&crate::schema::Column| column.name.eq_ignore_ascii_case(&name);
    if let Some(column) = table.columns.iter().find(same) {
        part.expression = false;
        part.form = None;
        part.text.clone_from(&column.name);
    }
}
