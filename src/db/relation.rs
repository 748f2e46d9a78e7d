//! What stands under a name in a catalog.

use super::TextRow;

/// A table or a view, and its columns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Relation {
    /// Whether it holds rows of its own.
    pub is_table: bool,
    /// The names of its columns.
    pub columns: Vec<String>,
}

impl Relation {
    /// From rows of two cells: `table` or another word, and the name of a column.
    pub(super) fn of(rows: Vec<TextRow>) -> Option<Self> {
        let mut found: Option<Self> = None;
        for row in rows {
            let mut cells = row.into_iter();
            let kind = cells.next().flatten().unwrap_or_default();
            let relation = found
                .get_or_insert_with(|| Self { is_table: kind == "table", columns: Vec::new() });
            relation.columns.extend(cells.next().flatten());
        }
        found
    }

    /// Whether it has a column of this name, however it is cased.
    pub fn has(&self, column: &str) -> bool {
        self.columns.iter().any(|name| name.eq_ignore_ascii_case(column))
    }
}
