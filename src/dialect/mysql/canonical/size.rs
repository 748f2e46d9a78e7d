//! Whether keys and rows fit: what a server would refuse only when the statement runs.

use super::super::collation;
use super::super::type_name::TypeName;
use super::part::starts;
use super::{Lower, typed};
use crate::dialect::report::About;
use crate::schema::{Column, IndexPart, Table};

/// The bytes of a row without what is kept apart.
const ROW: u64 = 65_535;
const COLUMNS: usize = 1017;

/// The bytes that a key of a table can have.
fn longest(table: &Table) -> u64 {
    let row_format = table.options.get("row_format").map(String::as_str);
    match (table.options.get("engine").map_or("InnoDB", String::as_str), row_format) {
        ("InnoDB", Some("COMPACT" | "REDUNDANT")) => 767,
        ("InnoDB", _) => 3072,
        ("MyISAM", _) => 1000,
        ("Aria", _) => 2000,
        // Each has limits of its own.
        _ => u64::MAX,
    }
}

impl Lower<'_> {
    /// Whether a key fits; where not, a server that can makes a unique one over hashes.
    pub(super) fn fit(
        &mut self,
        table: &Table,
        parts: &mut [IndexPart],
        using: &mut Option<String>,
        unique: bool,
        about: About<'_>,
    ) {
        let hashes = unique && self.mysql.server.hashes_long_keys();
        if matches!(using.as_deref(), Some("hash" | "vector")) && (hashes || self.there) {
            return;
        }
        let most = longest(table);
        let mut sum = 0;
        for part in parts.iter().filter(|part| !part.expression) {
            let Some(column) = table.column(&part.text) else { continue };
            let ty = typed(&column.ty);
            let name = &part.text;
            if ty.base == "json" {
                let help = "index a generated column: `generated = \"meta->>'$.name'\"`";
                self.lacks(about, &format!("indexes no JSON, and `{name}` is such"), help);
            } else if ty.is_place() && !self.there {
                let what = format!("indexes places by `spatial`, and `{name}` is one");
                self.lacks(about, &what, "say `spatial`");
            } else if ty.is_long() && part.length.is_none() {
                if hashes {
                    *using = Some("hash".into());
                    return;
                }
                let what = format!("indexes only a start of `{name}`, whose type is {ty}");
                let help = format!(
                    "say how much: `columns({name}(length = 100))`, or limit the column: `length = \
                     255`"
                );
                self.lacks(about, &what, &help);
            } else {
                sum += bytes(column, &ty, part.length);
            }
        }
        if sum <= most {
            return;
        }
        if hashes {
            *using = Some("hash".into());
            return;
        }
        let what = format!("has keys of at most {most} bytes, and this one has {sum}");
        let help = "limit the columns by `length`, or index only their start: \
                    `columns(name(length = 100))`";
        self.lacks(about, &what, help);
    }

    /// Whether a row fits.
    pub(super) fn row(&mut self, table: &Table) {
        if table.columns.len() > COLUMNS {
            let what = format!("has tables of at most {COLUMNS} columns");
            self.lacks(About::Table, &what, "put some of them into a table of their own");
        }
        let stored = |column: &&Column| column.generated.as_ref().is_none_or(|it| it.stored);
        let nulls = table.columns.iter().filter(|it| it.null).count().div_ceil(8);
        let mut sum = u64::try_from(nulls).unwrap_or(0);
        for column in table.columns.iter().filter(stored) {
            let ty = typed(&column.ty);
            let bytes = in_row(column, &ty);
            let word = ["varchar", "varbinary"].contains(&ty.base.as_str());
            if word && bytes > ROW {
                let each = column.collate.as_deref().map_or(1, collation::bytes_of);
                let what =
                    format!("keeps at most {} characters in such a column", ROW / u64::from(each));
                let help = "use `type(mysql = \"mediumtext\")`, or say a smaller `length`";
                self.lacks(About::Column(&column.name), &what, help);
                return;
            }
            sum += bytes;
        }
        if sum > ROW {
            let what = format!("keeps rows of at most {ROW} bytes, and these can have {sum}");
            let help = "say a smaller `length` for the longest texts, or \
                        `type(mysql = \"text\")`, which is kept apart";
            self.lacks(About::Table, &what, help);
        }
    }
}

/// The bytes of a part of a key.
fn bytes(column: &Column, ty: &TypeName, length: Option<u32>) -> u64 {
    if !starts(ty) {
        return in_row(column, ty);
    }
    let each = column.collate.as_deref().map_or(1, collation::bytes_of);
    let letters = length.or_else(|| ty.numbers.first().copied()).unwrap_or(0);
    u64::from(letters) * u64::from(each)
}

/// The bytes of a column in a row.
fn in_row(column: &Column, ty: &TypeName) -> u64 {
    let number = |at: usize| u64::from(ty.numbers.get(at).copied().unwrap_or(0));
    let each = u64::from(column.collate.as_deref().map_or(1, collation::bytes_of));
    let decimal = |digits: u64| digits / 9 * 4 + (digits % 9).div_ceil(2);
    let fraction = number(0).div_ceil(2);
    match ty.base.as_str() {
        "tinyint" | "year" => 1,
        "smallint" => 2,
        "mediumint" | "date" => 3,
        "int" | "float" | "inet4" => 4,
        "bigint" | "double" => 8,
        "decimal" => decimal(number(0).saturating_sub(number(1))) + decimal(number(1)),
        "bit" => number(0).div_ceil(8),
        "time" => 3 + fraction,
        "timestamp" => 4 + fraction,
        "datetime" => 5 + fraction,
        "uuid" | "inet6" => 16,
        "char" | "binary" => number(0) * each,
        "varchar" | "varbinary" => {
            let bytes = number(0) * each;
            bytes + if bytes > 255 { 2 } else { 1 }
        }
        "enum" => 1 + u64::from(ty.labels.len() > 255),
        "set" => {
            u64::try_from(ty.labels.len().div_ceil(8)).map_or(8, |it| if it > 4 { 8 } else { it })
        }
        "tinytext" | "tinyblob" => 9,
        "text" | "blob" => 10,
        "mediumtext" | "mediumblob" => 11,
        _ => 12,
    }
}
