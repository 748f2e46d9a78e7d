//! Settings, each in the one spelling that the server gives back.

use std::borrow::Cow;

use super::Lower;
use super::report::About;
use crate::schema::{Column, Options, Table, Type};
use crate::sql::{Syntax, TokenKind, tokens, unquote};

use super::super::types::quote;

/// Settings that say how something is kept, not what it is: what a model does not mention of them
/// is the database's own affair. Parameters in `with` are such too.
pub(super) const STORAGE: [&str; 8] = [
    "access_method",
    "compression",
    "force_row_security",
    "replica_identity",
    "row_security",
    "statistics",
    "storage",
    "tablespace",
];

/// What a setting is when nobody said anything. In a model it means: back to that.
const USUAL: [(&str, &str); 7] = [
    ("access_method", "heap"),
    ("compression", "default"),
    ("force_row_security", "false"),
    ("replica_identity", "default"),
    ("row_security", "false"),
    ("statistics", "-1"),
    ("tablespace", "pg_default"),
];

/// Parameters that are on or off.
const SWITCHES: [&str; 8] = [
    "autosummarize",
    "autovacuum_enabled",
    "deduplicate_items",
    "fastupdate",
    "toast.autovacuum_enabled",
    "toast.vacuum_truncate",
    "user_catalog_table",
    "vacuum_truncate",
];

/// Whether a setting says how something is kept.
pub(super) fn is_storage(key: &str) -> bool {
    key.starts_with("with.") || STORAGE.contains(&key)
}

/// How the server keeps values of a type unless told otherwise, for types that can be kept
/// otherwise.
pub(super) fn usual_storage(ty: &Type) -> Option<&'static str> {
    let Type::Native(text) = ty else {
        return Some(if matches!(ty, Type::Array(_)) { "extended" } else { "plain" });
    };
    if text.ends_with("[]") {
        return Some("extended");
    }
    match text.split(['(', ' ']).next().unwrap_or_default() {
        "numeric" | "inet" | "cidr" => Some("main"),
        "text" | "character" | "bpchar" | "bytea" | "json" | "jsonb" | "xml" | "bit"
        | "tsvector" | "path" | "polygon" => Some("extended"),
        "smallint" | "integer" | "bigint" | "real" | "double" | "boolean" | "date" | "time"
        | "timestamp" | "interval" | "uuid" | "money" | "macaddr" | "macaddr8" | "oid" | "name"
        | "point" | "box" | "circle" | "line" | "lseg" | "tsquery" => Some("plain"),
        _ => None,
    }
}

/// The settings of a constraint or index by which its twin is known.
pub(super) fn essential(options: &Options) -> Options {
    let kept = options.iter().filter(|(key, _)| !is_storage(key) && *key != "not_valid");
    kept.map(|(key, value)| (key.clone(), value.clone())).collect()
}

/// Whether the value is what the setting would be without it.
pub(super) fn is_usual(key: &str, value: &str) -> bool {
    USUAL.contains(&(key, value))
}

/// The settings for PostgreSQL, under the names they have in its own schema.
pub(super) fn own(options: Options) -> Options {
    let mut own = Options::new();
    for (key, value) in options {
        if key.starts_with("mysql.") || key.starts_with("sqlite.") {
            continue;
        }
        let key = key.strip_prefix("postgres.").unwrap_or(&key);
        match key.strip_prefix("with.") {
            Some(name) => {
                let name = name.to_ascii_lowercase();
                let value = parameter(&name, &value);
                own.insert(format!("with.{name}"), value);
            }
            None if value == "false" && !is_usual(key, &value) => {}
            None => drop(own.insert(key.to_owned(), value)),
        }
    }
    own
}

/// The value of a storage parameter.
fn parameter(name: &str, value: &str) -> String {
    let value = value.trim().trim_matches('\'').to_ascii_lowercase();
    if SWITCHES.contains(&name) {
        let on = ["true", "on", "yes", "1"].contains(&value.as_str());
        let off = ["false", "off", "no", "0"].contains(&value.as_str());
        return if on {
            "true".into()
        } else if off {
            "false".into()
        } else {
            value
        };
    }
    match value.split_once('.') {
        Some((whole, rest)) if rest.bytes().all(|it| it.is_ascii_digit()) => {
            match (whole, rest.trim_end_matches('0')) {
                ("", rest) => format!("0.{rest}"),
                (whole, "") => whole.to_owned(),
                (whole, rest) => format!("{whole}.{rest}"),
            }
        }
        _ => value,
    }
}

/// Changes a setting where it is there.
pub(super) fn taken(options: &mut Options, key: &str, change: impl Fn(&str) -> String) {
    if let Some(value) = options.get_mut(key) {
        *value = change(value);
    }
}

/// A list of names in one spelling: `a, b`.
pub(super) fn list(text: &str) -> String {
    text.split(',').map(|name| unquote(name.trim())).collect::<Vec<_>>().join(", ")
}

impl Lower<'_> {
    pub(super) fn table_options(&mut self, table: &mut Table) {
        table.options = own(std::mem::take(&mut table.options));
        let options = &mut table.options;
        let postgres = self.reports.dialect;
        taken(options, "inherits", |names| {
            let names = list(names);
            names.split(", ").map(|name| postgres.at_home(name)).collect::<Vec<_>>().join(", ")
        });
        taken(options, "access_method", |value| value.trim().to_ascii_lowercase());
        taken(options, "replica_identity", replica_identity);
        taken(options, "partition_by", partition_by);
        taken(options, "bound", bound);
        if let Some(said) = options.remove("partition_of") {
            let (parent, said) = parent(&said);
            options.insert("partition_of".into(), postgres.at_home(&parent).to_owned());
            options.extend(said.map(|said| ("bound".to_owned(), bound(said))));
        }
        if options.contains_key("partition_by") {
            self.partitioned(&table.options);
        }
        if table.options.contains_key("partition_of") && !table.options.contains_key("bound") {
            let help = "say which: `partition_of = \"parent FOR VALUES FROM (..) TO (..)\"`";
            self.lacks(About::Table, "has to know which rows a partition takes", help);
        }
    }
}

impl Lower<'_> {
    /// Only long values are ever set aside.
    pub(super) fn set_aside(&mut self, table: &Table) {
        let child = ["partition_of", "inherits"].iter().any(|key| table.options.contains_key(*key));
        let short = |column: &Column| usual_storage(&column.ty) == Some("plain");
        let toast = table.options.keys().any(|key| key.starts_with("with.toast."));
        if toast && !child && table.columns.iter().all(short) {
            let what = "sets nothing aside for a table without long values";
            self.lacks(About::Table, what, "drop `toast(..)`");
        }
    }

    /// A partitioned table keeps no rows itself.
    fn partitioned(&mut self, options: &Options) {
        let mut settings: Vec<&str> = Vec::new();
        settings.extend(options.contains_key("unlogged").then_some("unlogged"));
        settings.extend(options.keys().any(|key| key.starts_with("with.")).then_some("with(..)"));
        for setting in settings {
            let what = format!("keeps no rows in a partitioned table, so `{setting}` says nothing");
            self.lacks(About::Table, &what, "say it on the partitions");
        }
        let method = options.get("access_method").filter(|it| !is_usual("access_method", it));
        if method.is_some() {
            let what = "takes no access method for a partitioned table";
            self.too_old(About::Table, what, (17, "say it on the partitions"));
        }
    }
}

fn replica_identity(text: &str) -> String {
    let text = text.trim();
    match text.split_once(' ') {
        Some((word, index)) if word.eq_ignore_ascii_case("index") => {
            format!("index {}", unquote(index.trim()))
        }
        _ => text.to_ascii_lowercase(),
    }
}

/// `events FOR VALUES FROM (1) TO (2)`, `events DEFAULT`: the parent and the rows.
fn parent(text: &str) -> (String, Option<&str>) {
    let upper = text.to_ascii_uppercase();
    let plain = |name: &str| name.trim().replace('"', "");
    match (upper.find(" FOR VALUES"), upper.trim_end().strip_suffix(" DEFAULT")) {
        (Some(at), _) => (plain(&text[..at]), Some(text[at..].trim())),
        (None, Some(before)) => (plain(&text[..before.len()]), Some("DEFAULT")),
        (None, None) => (plain(text), None),
    }
}

/// One spelling: words in capitals or not, single spaces, none inside parentheses.
fn spaced(text: &str, word: impl Fn(&str) -> String) -> String {
    let mut result = String::with_capacity(text.len());
    let (mut before, mut sign) = ("", false);
    for token in tokens(text, Syntax::POSTGRES) {
        let part = match token.kind {
            TokenKind::Space | TokenKind::Comment => continue,
            _ => &text[token.range],
        };
        let spelled = match token.kind {
            TokenKind::Word => Cow::Owned(word(part)),
            TokenKind::Quoted => Cow::Owned(quote(&unquote(part)).into_owned()),
            _ => Cow::Borrowed(part),
        };
        let tight = matches!(part, ")" | "," | "." | "::" | "[" | "]")
            || matches!(before, "" | "(" | "." | "::" | "[")
            || sign
            || (part == "(" && token.kind == TokenKind::Symbol && called(&result));
        if !tight {
            result.push(' ');
        }
        result.push_str(&spelled);
        sign = matches!(part, "-" | "+") && matches!(before, "" | "(" | ",");
        before = part;
    }
    result
}

/// Whether what stands before an opening parenthesis is the name of a function.
fn called(before: &str) -> bool {
    let lower = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    before.bytes().last().is_some_and(|byte| lower(byte) || byte == b'"')
}

/// `range(created_at)` as the server prints it: `RANGE (created_at)`.
pub(super) fn partition_by(text: &str) -> String {
    let Some((strategy, key)) = text.split_once('(') else { return text.trim().to_owned() };
    let lower = |word: &str| word.to_lowercase();
    let key = key.trim_end().strip_suffix(')').unwrap_or(key);
    let parts: Vec<String> = parts(key).into_iter().map(|part| spaced(part, lower)).collect();
    format!("{} ({})", strategy.trim().to_ascii_uppercase(), parts.join(", "))
}

/// What stands between the commas that are in no parentheses.
pub(super) fn parts(text: &str) -> Vec<&str> {
    let (mut depth, mut start, mut found) = (0_i32, 0, Vec::new());
    for token in tokens(text, Syntax::POSTGRES).filter(|it| it.kind == TokenKind::Symbol) {
        match &text[token.range.clone()] {
            "(" | "[" => depth += 1,
            ")" | "]" => depth -= 1,
            "," if depth == 0 => {
                found.push(text[start..token.range.start].trim());
                start = token.range.end;
            }
            _ => {}
        }
    }
    found.push(text[start..].trim());
    found
}

/// How a partition key parts, and by what.
pub(super) fn key_parts(partition_by: &str) -> Option<(&str, Vec<&str>)> {
    let (strategy, key) = partition_by.split_once('(')?;
    Some((strategy.trim(), parts(key.strip_suffix(')')?)))
}

/// The columns that a partition key names; `None` when one of its parts is an expression.
pub(super) fn key_columns(partition_by: &str) -> Option<Vec<String>> {
    let (_, parts) = key_parts(partition_by)?;
    let plain = |part: &&str| {
        let mut all = tokens(part, Syntax::POSTGRES).filter(|it| it.kind != TokenKind::Space);
        let first = all.next()?;
        let named = matches!(first.kind, TokenKind::Word | TokenKind::Quoted);
        // A collation or operator class may follow, an operator or parenthesis not.
        let rest = all.all(|it| {
            matches!(it.kind, TokenKind::Word | TokenKind::Quoted) || &part[it.range] == "."
        });
        (named && rest).then(|| unquote(&part[first.range]))
    };
    parts.iter().map(plain).collect()
}

/// `for values from (1) to (MAXVALUE)`: the words in capitals.
pub(super) fn bound(text: &str) -> String {
    spaced(text, |word| match word.to_ascii_lowercase().as_str() {
        word @ ("true" | "false" | "modulus" | "remainder") => word.to_owned(),
        word => word.to_ascii_uppercase(),
    })
}
