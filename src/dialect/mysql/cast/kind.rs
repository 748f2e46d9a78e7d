//! What a column keeps, as far as a change of its type is concerned.

use super::super::collation;
use super::super::type_name::TypeName;
use crate::schema::Column;

/// What a column keeps.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind {
    /// Whole numbers between two.
    Whole((i128, i128)),
    /// Decimal numbers.
    Decimal { precision: u32, scale: u32, signed: bool },
    /// Floating point numbers of four bytes.
    Float,
    /// Floating point numbers of eight bytes.
    Double,
    /// So many bits.
    Bit(u32),
    /// Years.
    Year,
    /// Days.
    Date,
    /// Times of day, or spans of time, with so many digits of a second.
    Time(u32),
    /// Days with times; those with a zone have few years.
    Moment { fraction: u32, zoned: bool },
    /// Texts of so many characters, which have so many bytes; padded with spaces if fixed.
    Text { letters: u64, bytes: u64, charset: String, fixed: bool },
    /// Bytes; padded with zeros if fixed.
    Bytes { bytes: u64, fixed: bool },
    /// One of the labels.
    Enum(Vec<String>),
    /// Some of the labels.
    Set(Vec<String>),
    /// JSON.
    Json,
    /// A place of that kind.
    Place(String),
    /// Another type.
    Other(String),
}

impl Kind {
    pub(super) fn of(column: &Column) -> Self {
        let ty = TypeName::parse(&column.ty.spelled());
        let number = |at: usize| ty.numbers.get(at).copied().unwrap_or(0);
        let charset = column.collate.as_deref().map_or("utf8mb4", collation::charset_of);
        let each = u64::from(collation::bytes_of(charset));
        let text = |letters: u64, fixed: bool| Self::Text {
            letters,
            bytes: letters.saturating_mul(each),
            charset: charset.to_owned(),
            fixed,
        };
        let long = |bytes: u64| Self::Text {
            letters: bytes / each,
            bytes,
            charset: charset.to_owned(),
            fixed: false,
        };
        let bytes = |bytes: u64| Self::Bytes { bytes, fixed: false };
        match ty.base.as_str() {
            "tinyint" => whole(8, ty.unsigned),
            "smallint" => whole(16, ty.unsigned),
            "mediumint" => whole(24, ty.unsigned),
            "int" => whole(32, ty.unsigned),
            "bigint" => whole(64, ty.unsigned),
            "decimal" => {
                Self::Decimal { precision: number(0), scale: number(1), signed: !ty.unsigned }
            }
            // Those with a point at a place of their own are rounded there.
            "float" | "double" if !ty.numbers.is_empty() => Self::Other(ty.to_string()),
            "float" => Self::Float,
            "double" => Self::Double,
            "bit" => Self::Bit(number(0)),
            "year" => Self::Year,
            "date" => Self::Date,
            "time" => Self::Time(number(0)),
            "datetime" => Self::Moment { fraction: number(0), zoned: false },
            "timestamp" => Self::Moment { fraction: number(0), zoned: true },
            "char" => text(u64::from(number(0)), true),
            "varchar" => text(u64::from(number(0)), false),
            "tinytext" => long(0xff),
            "text" => long(0xffff),
            "mediumtext" => long(0xff_ffff),
            "longtext" => long(0xffff_ffff),
            "binary" => Self::Bytes { bytes: u64::from(number(0)), fixed: true },
            "varbinary" => bytes(u64::from(number(0))),
            "tinyblob" => bytes(0xff),
            "blob" => bytes(0xffff),
            "mediumblob" => bytes(0xff_ffff),
            "longblob" => bytes(0xffff_ffff),
            "enum" => Self::Enum(ty.labels),
            "set" => Self::Set(ty.labels),
            "json" => Self::Json,
            _ if ty.is_place() => Self::Place(ty.base),
            _ => Self::Other(ty.to_string()),
        }
    }
}

fn whole(bits: u32, unsigned: bool) -> Kind {
    let all = 1_i128 << bits;
    Kind::Whole(if unsigned { (0, all - 1) } else { (-all / 2, all / 2 - 1) })
}

/// Whether each character of the one is in the other.
pub(super) fn fits_charset(old: &str, new: &str) -> bool {
    let all = ["utf8mb4", "utf16", "utf16le", "utf32"];
    old == new
        || all.contains(&new)
        || (old == "ascii" && new != "swe7" && new != "binary")
        || (old == "latin1" && ["utf8mb3", "ucs2"].contains(&new))
        || (["utf8mb3", "ucs2"].contains(&old) && ["utf8mb3", "ucs2"].contains(&new))
}
