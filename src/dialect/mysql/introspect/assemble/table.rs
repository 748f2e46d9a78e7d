//! Tables, without what belongs to them.

use super::super::facts::TableFact;
use super::{Catalog, Tables};
use crate::schema::{Options, Table};

/// The tables, each with its settings.
pub(super) fn tables<'r>(catalog: &Catalog<'r>) -> Tables<'r> {
    let kinds = ["BASE TABLE", "SYSTEM VERSIONED"];
    let facts = catalog.facts.tables.iter().filter(|it| kinds.contains(&it.kind));
    facts.map(|it| (it.place, table(catalog, it))).collect()
}

fn table(catalog: &Catalog, fact: &TableFact) -> Table {
    let mut table = Table::new(catalog.name(fact.place));
    table.comment = comment(fact.comment);
    table.options = create_options(fact.create_options);
    if let Some(collation) = fact.collation {
        table.options.insert("collate".into(), collation_name(collation));
    }
    if !fact.engine.is_empty() && fact.engine != "InnoDB" {
        table.options.insert("engine".into(), fact.engine.into());
    }
    if fact.kind == "SYSTEM VERSIONED" {
        table.options.insert("system_versioned".into(), "true".into());
    }
    table
}

/// A comment, if there is one.
pub(super) fn comment(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

/// A collation. Before 8.0.30 MySQL gave those of `utf8mb3` their old name.
pub(super) fn collation_name(name: &str) -> String {
    match name.strip_prefix("utf8_") {
        Some(rest) => format!("utf8mb3_{rest}"),
        None => name.to_owned(),
    }
}

/// What was stated when the table was made: `row_format=COMPRESSED COMPRESSION="zlib" partitioned`.
fn create_options(text: &str) -> Options {
    let mut options = Options::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let word = rest.find([' ', '=']).unwrap_or(rest.len());
        let key = rest[..word].trim_matches(['`', '"']).to_lowercase();
        rest = &rest[word..];
        if let Some(value) = rest.strip_prefix('=') {
            let quote = value.chars().next().filter(|quote| matches!(quote, '"' | '\''));
            let end = match quote {
                Some(quote) => value[1..].find(quote).map_or(value.len(), |end| end + 2),
                None => value.find(' ').unwrap_or(value.len()),
            };
            options.insert(key, value[..end].trim_matches(['"', '\'']).to_owned());
            rest = &value[end..];
        }
        rest = rest.trim_start();
    }
    options
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_keys_and_values() {
        let cases = [
            ("", ""),
            ("partitioned", ""),
            (
                "row_format=COMPRESSED KEY_BLOCK_SIZE=4 partitioned",
                "key_block_size=4 row_format=COMPRESSED",
            ),
            ("COMPRESSION=\"zlib\" ENCRYPTION='N'", "compression=zlib encryption=N"),
            ("`PAGE_COMPRESSED`=1 `X`='a b'", "page_compressed=1 x=a b"),
        ];
        for (text, expected) in cases {
            let options = create_options(text);
            let options = options.iter().map(|(key, value)| format!("{key}={value}"));
            assert_eq!(options.collect::<Vec<_>>().join(" "), expected);
        }
    }
}
