//! Whether rows are written anew when a column changes.

use super::super::collation;
use super::super::flavor::Server;
use super::super::type_name::TypeName;
use crate::schema::Column;

/// Whether rows are written anew.
pub(super) fn is_written(server: Server, old: &Column, new: &Column) -> bool {
    let (one, two) = (TypeName::parse(&old.ty.spelled()), TypeName::parse(&new.ty.spelled()));
    let same = one == two;
    match (one.base.as_str(), two.base.as_str()) {
        // How many digits are shown is not kept with the rows.
        ("tinyint", "tinyint") => one.unsigned != two.unsigned || one.zerofill != two.zerofill,
        ("varchar", "varchar") => {
            !keeps_bytes(old, new) || !grows(server, bytes(&one, old), bytes(&two, new))
        }
        ("varbinary", "varbinary") => !grows(server, bytes(&one, old), bytes(&two, new)),
        // The same bytes, which have a collation or not.
        ("varchar", "varbinary") => {
            !server.keeps_bytes_of_texts() || !grows(server, bytes(&one, old), bytes(&two, new))
        }
        ("tinytext", "tinyblob")
        | ("text", "blob")
        | ("mediumtext", "mediumblob")
        | ("longtext", "longblob") => !server.keeps_bytes_of_texts(),
        ("enum", "enum") | ("set", "set") => {
            !two.labels.starts_with(&one.labels)
                || width(&one) != width(&two)
                || (old.collate != new.collate && !server.keeps_labels())
        }
        _ => !(same && keeps_bytes(old, new)),
    }
}

/// Whether a text has the same bytes under another collation.
fn keeps_bytes(old: &Column, new: &Column) -> bool {
    let charset = |column: &Column| {
        column.collate.as_deref().map(|name| collation::charset_of(name).to_owned())
    };
    match (charset(old), charset(new)) {
        (Some(old), Some(new)) => old == new || (old == "utf8mb3" && new == "utf8mb4"),
        (old, new) => old == new,
    }
}

fn bytes(ty: &TypeName, column: &Column) -> u32 {
    let each = column.collate.as_deref().map_or(1, collation::bytes_of);
    ty.numbers.first().copied().unwrap_or(0).saturating_mul(each)
}

/// Whether there is room for more without a change of how the length is kept: in one byte up to
/// 255, in two beyond.
fn grows(server: Server, old: u32, new: u32) -> bool {
    let short = server.longest_that_grows();
    old <= new && (new <= 255 || old > 255 || old <= short)
}

/// The bytes of a value.
fn width(ty: &TypeName) -> usize {
    let count = ty.labels.len();
    if ty.base == "enum" {
        return 1 + usize::from(count > 255);
    }
    match count.div_ceil(8) {
        bytes @ 0..=4 => bytes,
        _ => 8,
    }
}
