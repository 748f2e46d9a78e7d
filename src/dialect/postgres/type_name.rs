//! A type's name taken apart, whichever way it is spelled.

use std::fmt;

use super::types::quote;
use crate::sql::{Syntax, TokenKind, tokens, unquote};

/// A type: what `format_type` prints, in parts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct TypeName {
    /// The namespace, for a type that is not the server's own.
    pub(super) namespace: Option<String>,
    /// The name without modifier; the server's own types by their long names.
    pub(super) base: String,
    /// What stands in parentheses (`10,2`), or behind `interval`; empty when nothing does.
    pub(super) modifier: String,
    /// A list of such values; the number of dimensions is not kept.
    pub(super) array: bool,
}

/// The server's own types by all their names: those in the catalog, then those of the grammar.
const CATALOG: [(&str, &str); 18] = [
    ("bool", "boolean"),
    ("bpchar", "character"),
    ("bit", "bit"),
    ("float4", "real"),
    ("float8", "double precision"),
    ("int2", "smallint"),
    ("int4", "integer"),
    ("int8", "bigint"),
    ("interval", "interval"),
    ("json", "json"),
    ("numeric", "numeric"),
    ("text", "text"),
    ("time", "time without time zone"),
    ("timestamp", "timestamp without time zone"),
    ("timestamptz", "timestamp with time zone"),
    ("timetz", "time with time zone"),
    ("varbit", "bit varying"),
    ("varchar", "character varying"),
];

const GRAMMAR: [(&str, &str); 28] = [
    ("bigint", "bigint"),
    ("bit varying", "bit varying"),
    ("boolean", "boolean"),
    ("char", "character"),
    ("char varying", "character varying"),
    ("character", "character"),
    ("character varying", "character varying"),
    ("dec", "numeric"),
    ("decimal", "numeric"),
    ("double precision", "double precision"),
    ("float", "float"),
    ("int", "integer"),
    ("integer", "integer"),
    ("national char", "character"),
    ("national char varying", "character varying"),
    ("national character", "character"),
    ("national character varying", "character varying"),
    ("nchar", "character"),
    ("nchar varying", "character varying"),
    ("real", "real"),
    ("smallint", "smallint"),
    ("time with time zone", "time with time zone"),
    ("time without time zone", "time without time zone"),
    ("timestamp with time zone", "timestamp with time zone"),
    ("timestamp without time zone", "timestamp without time zone"),
    ("timestamptz with time zone", "timestamp with time zone"),
    ("timetz with time zone", "time with time zone"),
    ("varchar", "character varying"),
];

/// The words of a type, as they were read.
#[derive(Default)]
struct Words {
    /// Each with whether it was quoted.
    names: Vec<(String, bool)>,
    /// A dot stood between the first two.
    qualified: bool,
    modifier: String,
    array: bool,
}

fn read(text: &str) -> Option<Words> {
    let mut words = Words::default();
    let (mut depth, mut bracket) = (0_usize, false);
    for token in tokens(text, Syntax::POSTGRES) {
        let part = &text[token.range.clone()];
        match (token.kind, part) {
            (TokenKind::Space | TokenKind::Comment, _) => {}
            (_, "[") => (bracket, words.array) = (true, true),
            (_, "]") => bracket = false,
            _ if bracket => {}
            (_, "(") => depth += 1,
            (_, ")") => depth = depth.checked_sub(1)?,
            _ if depth > 0 => words.modifier.push_str(part),
            (_, ".") => words.qualified = true,
            (TokenKind::Quoted, _) => words.names.push((unquote(part), true)),
            (TokenKind::Word, _) if part.eq_ignore_ascii_case("array") => words.array = true,
            (TokenKind::Word, _) => words.names.push((part.to_lowercase(), false)),
            _ => return None,
        }
    }
    (depth == 0 && !words.names.is_empty()).then_some(words)
}

fn is_plain(name: &str) -> bool {
    let rest = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
    name.bytes().next().is_some_and(|b| !b.is_ascii_digit()) && name.bytes().all(rest)
}

impl TypeName {
    /// Reads a type. `None` for what is no type.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut words = read(text)?;
        let mut namespace = None;
        if words.qualified && words.names.len() > 1 {
            let (name, _) = words.names.remove(0);
            namespace = (name != "pg_catalog").then_some(name);
        }
        let catalog = words.qualified || words.names[0].1;
        if namespace.is_some() || (words.names.len() == 1 && words.names[0].1) {
            return Some(Self::named(namespace, words));
        }
        let joined = words.names.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>();
        if joined[0] == "interval" {
            return Some(Self::interval(&joined[1..], words.modifier, words.array));
        }
        let joined = joined.join(" ");
        let grammar = GRAMMAR.iter().filter(|_| !(catalog && words.names.len() == 1));
        let known = grammar.chain(&CATALOG).find(|(name, _)| *name == joined);
        let Some((_, base)) = known else { return Some(Self::named(None, words)) };
        let bare = catalog || joined == "bpchar" || joined == "varbit";
        Some(Self::builtin(base, words.modifier, words.array, bare))
    }

    fn named(namespace: Option<String>, words: Words) -> Self {
        let names: Vec<&str> = words.names.iter().map(|(name, _)| name.as_str()).collect();
        let quoted = words.names.first().is_some_and(|(_, quoted)| *quoted);
        let joined = names.join(" ");
        let known = CATALOG.iter().find(|(name, _)| namespace.is_none() && *name == joined);
        if let Some((_, base)) = known {
            return Self::builtin(base, words.modifier, words.array, true);
        }
        // The one-byte type is the one that must keep its quotes.
        let base = match joined.as_str() {
            "char" if quoted => "\"char\"".to_owned(),
            // Written without quotes it needs none, though it may be a keyword elsewhere.
            name if !quoted && is_plain(name) => name.to_owned(),
            name => quote(name).into_owned(),
        };
        Self { namespace, base, modifier: words.modifier, array: words.array }
    }

    fn interval(fields: &[&str], precision: String, array: bool) -> Self {
        let mut modifier = fields.join(" ");
        if !precision.is_empty() {
            modifier.push_str(&format!("({precision})"));
        }
        Self { namespace: None, base: "interval".into(), modifier, array }
    }

    fn builtin(base: &str, modifier: String, array: bool, bare: bool) -> Self {
        let (base, modifier) = match (base, modifier.as_str()) {
            ("float", "") => ("double precision", String::new()),
            ("float", bits) => {
                let short = bits.parse::<u32>().is_ok_and(|bits| bits <= 24);
                (if short { "real" } else { "double precision" }, String::new())
            }
            ("character" | "bit", "") if !bare => (base, "1".to_owned()),
            ("numeric", digits) if !digits.is_empty() && !digits.contains(',') => {
                (base, format!("{digits},0"))
            }
            _ => (base, modifier),
        };
        Self { namespace: None, base: base.to_owned(), modifier, array }
    }

    /// One of the server's own types, without modifier.
    pub(super) fn of(base: &str) -> Self {
        let parsed = Self::parse(base).map(|name| name.bare());
        parsed.unwrap_or_else(|| Self::builtin(base, String::new(), false, true))
    }

    /// The type without its modifier.
    pub(super) fn bare(&self) -> Self {
        Self { modifier: String::new(), ..self.clone() }
    }

    /// A list of such values.
    pub(super) fn list(&self) -> Self {
        Self { array: true, ..self.clone() }
    }

    /// What a list of this type holds.
    pub(super) fn element(&self) -> Self {
        Self { array: false, ..self.clone() }
    }

    /// The type without the namespace that everything is in.
    pub(super) fn within(mut self, namespace: &str) -> Self {
        self.namespace = self.namespace.filter(|own| own != namespace);
        self
    }

    /// Whether it is this one of the server's own, with any modifier.
    pub(super) fn is(&self, base: &str) -> bool {
        self.namespace.is_none() && !self.array && self.base == base
    }
}

impl fmt::Display for TypeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(namespace) = &self.namespace {
            write!(f, "{}.", quote(namespace))?;
        }
        let base = self.base.as_str();
        let modifier = self.modifier.as_str();
        match (base.split_once(' '), modifier) {
            (None, "") if base == "character" => f.write_str("bpchar")?,
            (None, "") if base == "bit" => f.write_str("\"bit\"")?,
            (_, "") => f.write_str(base)?,
            (_, fields) if base == "interval" => {
                let space = if fields.starts_with('(') { "" } else { " " };
                write!(f, "interval{space}{fields}")?;
            }
            (Some((word @ ("time" | "timestamp"), rest)), _) => {
                write!(f, "{word}({modifier}) {rest}")?;
            }
            _ => write!(f, "{base}({modifier})")?,
        }
        f.write_str(if self.array { "[]" } else { "" })
    }
}
