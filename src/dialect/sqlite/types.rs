//! How SQLite spells types and names.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::schema::{Enum, Name, Type};

/// Every keyword of SQLite, and the two words that are values unless a column has their name. Some
/// keywords may stand as names, but not everywhere, and which ones changes with the version.
#[rustfmt::skip]
const KEYWORDS: [&str; 149] = [
    "ABORT", "ACTION", "ADD", "AFTER", "ALL", "ALTER", "ALWAYS", "ANALYZE", "AND", "AS", "ASC",
    "ATTACH", "AUTOINCREMENT", "BEFORE", "BEGIN", "BETWEEN", "BY", "CASCADE", "CASE", "CAST",
    "CHECK", "COLLATE", "COLUMN", "COMMIT", "CONFLICT", "CONSTRAINT", "CREATE", "CROSS", "CURRENT",
    "CURRENT_DATE", "CURRENT_TIME", "CURRENT_TIMESTAMP", "DATABASE", "DEFAULT", "DEFERRABLE",
    "DEFERRED", "DELETE", "DESC", "DETACH", "DISTINCT", "DO", "DROP", "EACH", "ELSE", "END",
    "ESCAPE", "EXCEPT", "EXCLUDE", "EXCLUSIVE", "EXISTS", "EXPLAIN", "FAIL", "FALSE", "FILTER",
    "FIRST", "FOLLOWING", "FOR", "FOREIGN", "FROM", "FULL", "GENERATED", "GLOB", "GROUP", "GROUPS",
    "HAVING", "IF", "IGNORE", "IMMEDIATE", "IN", "INDEX", "INDEXED", "INITIALLY", "INNER",
    "INSERT", "INSTEAD", "INTERSECT", "INTO", "IS", "ISNULL", "JOIN", "KEY", "LAST", "LEFT",
    "LIKE", "LIMIT", "MATCH", "MATERIALIZED", "NATURAL", "NO", "NOT", "NOTHING", "NOTNULL", "NULL",
    "NULLS", "OF", "OFFSET", "ON", "OR", "ORDER", "OTHERS", "OUTER", "OVER", "PARTITION", "PLAN",
    "PRAGMA", "PRECEDING", "PRIMARY", "QUERY", "RAISE", "RANGE", "RECURSIVE", "REFERENCES",
    "REGEXP", "REINDEX", "RELEASE", "RENAME", "REPLACE", "RESTRICT", "RETURNING", "RIGHT",
    "ROLLBACK", "ROW", "ROWS", "SAVEPOINT", "SELECT", "SET", "TABLE", "TEMP", "TEMPORARY", "THEN",
    "TIES", "TO", "TRANSACTION", "TRIGGER", "TRUE", "UNBOUNDED", "UNION", "UNIQUE", "UPDATE",
    "USING", "VACUUM", "VALUES", "VIEW", "VIRTUAL", "WHEN", "WHERE", "WINDOW", "WITH", "WITHOUT",
];

/// Whether SQLite has the word as a keyword.
pub(super) fn keyword(word: &str) -> bool {
    let upper = word.to_ascii_uppercase();
    KEYWORDS.binary_search(&upper.as_str()).is_ok()
}

/// The name as it is written in SQL: in quotes only where it needs them.
pub fn quote(name: &str) -> Cow<'_, str> {
    let start = |b: u8| b.is_ascii_alphabetic() || b == b'_' || b >= 0x80;
    let plain = name.bytes().next().is_some_and(start)
        && name.bytes().all(|b| start(b) || b.is_ascii_digit() || b == b'$')
        && !keyword(name);
    if plain {
        Cow::Borrowed(name)
    } else {
        Cow::Owned(format!("\"{}\"", name.replace('"', "\"\"")))
    }
}

/// The name of a collation: the three that SQLite brings along in capitals.
pub(super) fn collation(name: &str) -> String {
    let own = ["BINARY", "NOCASE", "RTRIM"];
    let own = own.into_iter().find(|it| it.eq_ignore_ascii_case(name));
    own.unwrap_or(name).to_owned()
}

/// The type that SQLite declares for a neutral type; the error says what to do where it has none.
pub fn native(ty: &Type, _enums: &BTreeMap<Name, Enum>) -> Result<String, String> {
    spell(ty)
}

fn spell(ty: &Type) -> Result<String, String> {
    Ok(match ty {
        Type::Bool => "BOOLEAN".into(),
        Type::Int { .. } => "INTEGER".into(),
        Type::Float { .. } => "REAL".into(),
        Type::Text { length: Some(length) } => format!("VARCHAR({length})"),
        Type::Text { length: None } | Type::UuidText { .. } | Type::Json | Type::Enum(_) => {
            "TEXT".into()
        }
        Type::Bytes { .. } | Type::Uuid => "BLOB".into(),
        Type::Date => "DATE".into(),
        Type::Time => "TIME".into(),
        Type::DateTime | Type::Timestamp => "DATETIME".into(),
        Type::Each(spelled) => match spelled.get("sqlite") {
            Some(text) => text.clone(),
            None => return Err("say one: `#[column(type(sqlite = \"..\"))]`".into()),
        },
        Type::Partly { spelled, otherwise } => match spelled.get("sqlite") {
            Some(text) => text.clone(),
            None => spell(otherwise)?,
        },
        Type::Native(text) => text.clone(),
        Type::Decimal { .. } => {
            return Err("SQLite has no exact decimals: use `Text<Decimal>` in the struct, or \
                        `#[column(type(sqlite = \"TEXT\"))]`"
                .into());
        }
        Type::Array(_) => {
            return Err("SQLite has no arrays: use `Json<Vec<..>>`, or a table of its own".into());
        }
    })
}

/// The type text in one spelling: capitals, single spaces, `(10, 2)`.
pub(super) fn fold(text: &str) -> String {
    if text.bytes().all(|byte| byte.is_ascii_uppercase()) {
        return text.to_owned();
    }
    let mut folded = String::with_capacity(text.len());
    for word in text.replace('(', " ( ").replace(')', " ) ").replace(',', " , ").split_whitespace()
    {
        let tight = matches!(word, "(" | ")" | ",") || folded.is_empty() || folded.ends_with('(');
        if !tight {
            folded.push(' ');
        }
        folded.push_str(&word.to_ascii_uppercase());
    }
    folded
}

/// What a STRICT table declares instead, since it knows six types only.
pub(super) fn strict(text: &str) -> &str {
    match text.split('(').next() {
        Some("BOOLEAN") => "INTEGER",
        Some("VARCHAR" | "DATE" | "TIME" | "DATETIME") => "TEXT",
        _ => text,
    }
}

/// Whether a STRICT table takes the type.
pub(super) fn in_strict(text: &str) -> bool {
    ["INT", "INTEGER", "REAL", "TEXT", "BLOB", "ANY"].contains(&text)
}

#[derive(PartialEq, Eq)]
pub(super) enum Affinity {
    Integer,
    Text,
    Blob,
    Real,
    Numeric,
}

pub(super) fn affinity(text: &str) -> Affinity {
    let upper = text.to_ascii_uppercase();
    let has = |words: &[&str]| words.iter().any(|word| upper.contains(word));
    match () {
        () if has(&["INT"]) => Affinity::Integer,
        () if has(&["CHAR", "CLOB", "TEXT"]) => Affinity::Text,
        () if has(&["BLOB"]) || upper.trim().is_empty() => Affinity::Blob,
        () if has(&["REAL", "FLOA", "DOUB"]) => Affinity::Real,
        () => Affinity::Numeric,
    }
}

/// Whether two declared types are the same in effect. SQLite looks at the affinity alone; among
/// the numeric ones the word still tells drivers what a value is (BOOLEAN, DATETIME). The key that
/// numbers the rows must be INTEGER to the letter, and a STRICT table takes every type at its word.
pub fn same_type(one: &str, two: &str, strict: bool, rowid_alias: bool) -> bool {
    let (one, two) = (fold(one), fold(two));
    if one == two {
        return true;
    }
    if strict || (rowid_alias && (one == "INTEGER" || two == "INTEGER")) {
        return false;
    }
    let word = |text: &str| text.split('(').next().map(|word| word.trim().to_owned());
    let kind = affinity(&one);
    kind == affinity(&two) && (kind != Affinity::Numeric || word(&one) == word(&two))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keywords_are_sorted() {
        assert!(KEYWORDS.is_sorted());
    }

    #[test]
    fn names_are_quoted_where_they_must_be() {
        let cases = [
            ("id", "id"),
            ("a$1", "a$1"),
            ("größe", "größe"),
            ("order", "\"order\""),
            ("a b", "\"a b\""),
            ("a\"b", "\"a\"\"b\""),
            ("1st", "\"1st\""),
            ("", "\"\""),
            ("True", "\"True\""),
        ];
        for (name, quoted) in cases {
            assert_eq!(quote(name), quoted);
        }
    }

    #[test]
    fn types_are_spelled() {
        let cases = [
            (Type::Bool, "BOOLEAN"),
            (Type::Int { bits: 8, signed: true }, "INTEGER"),
            (Type::Int { bits: 64, signed: false }, "INTEGER"),
            (Type::Float { bits: 32 }, "REAL"),
            (Type::Float { bits: 64 }, "REAL"),
            (Type::Text { length: None }, "TEXT"),
            (Type::Text { length: Some(100) }, "VARCHAR(100)"),
            (Type::Bytes { length: None }, "BLOB"),
            (Type::Bytes { length: Some(16) }, "BLOB"),
            (Type::Uuid, "BLOB"),
            (Type::UuidText { hyphens: true }, "TEXT"),
            (Type::Date, "DATE"),
            (Type::Time, "TIME"),
            (Type::DateTime, "DATETIME"),
            (Type::Timestamp, "DATETIME"),
            (Type::Json, "TEXT"),
            (Type::Enum("mood".into()), "TEXT"),
            (Type::Each(BTreeMap::from([("sqlite".into(), "CLOB".into())])), "CLOB"),
            (Type::Native("ANY".into()), "ANY"),
        ];
        for (ty, text) in cases {
            assert_eq!(native(&ty, &BTreeMap::new()).as_deref(), Ok(text), "{ty:?}");
        }
        for ty in [
            Type::Decimal { precision: Some(10), scale: Some(2) },
            Type::Array(Box::new(Type::Bool)),
            Type::Each(BTreeMap::new()),
        ] {
            assert!(native(&ty, &BTreeMap::new()).is_err(), "{ty:?}");
        }
    }

    #[test]
    fn type_texts_are_folded() {
        let cases = [
            ("varchar ( 20 )", "VARCHAR(20)"),
            ("decimal(10 ,-2)", "DECIMAL(10, -2)"),
            ("double\n  precision", "DOUBLE PRECISION"),
            ("", ""),
        ];
        for (text, folded) in cases {
            assert_eq!(fold(text), folded);
        }
    }

    #[test]
    fn types_are_compared_by_effect() {
        assert!(same_type("INT", "BIGINT", false, false));
        assert!(same_type("varchar(10)", "TEXT", false, false));
        assert!(same_type("VARCHAR(10)", "VARCHAR(20)", false, false));
        assert!(same_type("DOUBLE PRECISION", "REAL", false, false));
        assert!(same_type("DECIMAL(10, 2)", "decimal(12,2)", false, false));
        assert!(same_type("", "BLOB", false, false));
        assert!(!same_type("BOOLEAN", "DATETIME", false, false));
        assert!(!same_type("DECIMAL", "DATETIME", false, false));
        assert!(!same_type("INTEGER", "TEXT", false, false));
        assert!(!same_type("INT", "INTEGER", false, true));
        assert!(same_type("INT", "BIGINT", false, true));
        assert!(!same_type("INT", "INTEGER", true, false));
        assert!(same_type("integer", "INTEGER", true, true));
    }
}
