//! Names in the author's expressions that stand without quotes because other databases need none.

use super::super::reserved::is_reserved;
use super::super::types::quote;
use crate::schema::Table;
use crate::sql::{Spelling, Syntax, names, rename_column};

/// Reserved words that have a meaning inside an expression, and so may be no names.
const SPOKEN: [&str; 44] = [
    "and",
    "as",
    "between",
    "binary",
    "both",
    "by",
    "case",
    "char",
    "collate",
    "convert",
    "current_date",
    "current_time",
    "current_timestamp",
    "current_user",
    "decimal",
    "default",
    "distinct",
    "div",
    "double",
    "else",
    "exists",
    "false",
    "float",
    "for",
    "from",
    "in",
    "interval",
    "is",
    "leading",
    "like",
    "localtime",
    "localtimestamp",
    "mod",
    "not",
    "null",
    "or",
    "regexp",
    "rlike",
    "then",
    "trailing",
    "true",
    "unsigned",
    "when",
    "xor",
];

/// Puts quotes around names of columns that are reserved words here.
pub(super) fn quote_columns(table: &mut Table) {
    let reserved = |name: &String| {
        let name = name.to_ascii_lowercase();
        is_reserved(&name) && SPOKEN.binary_search(&name.as_str()).is_err()
    };
    let columns = table.columns.iter().map(|column| column.name.clone());
    let columns: Vec<String> = columns.filter(reserved).collect();
    if columns.is_empty() {
        return;
    }
    let spelling = Spelling { syntax: Syntax::MYSQL, quote: |name| quote(name).into_owned() };
    let mend = |text: &mut String| {
        for column in &columns {
            if names(text, spelling.syntax).any(|name| name.eq_ignore_ascii_case(column)) {
                *text = rename_column(text, (column, column), spelling);
            }
        }
    };
    table.checks.iter_mut().for_each(|check| mend(&mut check.expr.text));
    let computed = table.columns.iter_mut().filter_map(|column| column.generated.as_mut());
    computed.for_each(|it| mend(&mut it.expr.text));
    let parts = table.indexes.iter_mut().flat_map(|index| &mut index.parts);
    parts.filter(|part| part.expression).for_each(|part| mend(&mut part.text));
}
