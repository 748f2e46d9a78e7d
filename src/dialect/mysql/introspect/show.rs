//! What the catalog leaves out or tells wrongly, and `SHOW CREATE` tells.

use std::collections::{BTreeMap, BTreeSet};

use super::super::Server;
use super::facts::{ColumnFact, Facts, Place};
use super::query::{RESTORE, SETTINGS};
use super::text::ticked;
use crate::dialect::rows::Rows;
use crate::schema::Options;
use crate::sql::{Syntax, Token, TokenKind, tokens, unquote};

/// Something that is to be shown: its kind in SQL, its database and its name.
pub type Show = (&'static str, String, String);

/// What was shown, by database and name.
type ByPlace<T> = BTreeMap<String, BTreeMap<String, T>>;

/// The statements that were shown.
#[derive(Clone, Debug, Default)]
pub struct Shown {
    statements: BTreeMap<&'static str, ByPlace<String>>,
    tables: ByPlace<ShownTable>,
}

/// Nothing was shown.
static HIDDEN: ShownTable = ShownTable {
    defaults: BTreeMap::new(),
    indexes: BTreeMap::new(),
    actions: BTreeMap::new(),
    period: None,
    partition_by: None,
    default_partition: None,
};

impl Shown {
    /// Adds what `SHOW CREATE` answered.
    pub(super) fn add(&mut self, (kind, schema, name): Show, rows: &Rows) {
        // The name comes first, and then perhaps settings that it keeps.
        let before = match kind {
            "FUNCTION" | "PROCEDURE" | "TRIGGER" => 2,
            "EVENT" => 3,
            _ => 1,
        };
        let Some(mut row) = rows.iter().next() else { return };
        for _ in 0..before {
            row.maybe();
        }
        let Some(statement) = row.maybe() else { return };
        if kind == "TABLE" {
            let table = ShownTable::new(statement);
            self.tables.entry(schema).or_default().insert(name, table);
        } else {
            let statements = self.statements.entry(kind).or_default();
            statements.entry(schema).or_default().insert(name, statement.to_owned());
        }
    }

    /// The statement that makes it, if it was asked for and is shown to this user.
    pub(super) fn statement(&self, kind: &str, place: Place) -> Option<&str> {
        self.statements.get(kind)?.get(place.0)?.get(place.1).map(String::as_str)
    }

    /// The table, if it was asked for.
    pub(super) fn table(&self, place: Place) -> &ShownTable {
        self.tables.get(place.0).and_then(|it| it.get(place.1)).unwrap_or(&HIDDEN)
    }
}

/// The statements as one text: answers come between that of the settings and that of going back.
pub(super) fn text(shows: &[Show]) -> String {
    let show = |(kind, schema, name): &Show| {
        format!("SHOW CREATE {kind} {}.{}", ticked(schema), ticked(name))
    };
    let all = shows.iter().map(show);
    let all = std::iter::once(SETTINGS.to_owned()).chain(all).chain([RESTORE.to_owned()]);
    all.collect::<Vec<_>>().join(";\n")
}

/// What must be shown for all to be known.
pub(super) fn unclear(facts: &Facts, server: Server) -> Vec<Show> {
    let mut shows = BTreeSet::new();
    let mut add = |kind: &'static str, place: Place| {
        shows.insert((kind, place.0.to_owned(), place.1.to_owned()));
    };
    let sequences = facts.tables.iter().filter(|it| it.kind == "SEQUENCE");
    sequences.for_each(|it| add("SEQUENCE", it.place));
    // Parsers of full-text indexes, measures of vectors.
    let told = |method: &str| matches!(method, "FULLTEXT" | "VECTOR");
    let indexes = facts.indexes.iter().filter(|it| told(it.method));
    indexes.for_each(|it| add("TABLE", it.place));
    // Limits of the parts that keep old rows, and the part for all that fits into no other.
    let partitions = facts.partitions.iter().filter(|it| {
        it.method == "SYSTEM_TIME"
            || server.has_default_partitions() && it.method.starts_with("LIST")
    });
    partitions.for_each(|it| add("TABLE", it.place));
    let columns = facts.columns.iter().filter(|it| tells_wrong_default(it, server));
    columns.for_each(|it| add("TABLE", it.place));
    // A period has a check of its own, and only newer servers tell which one that is.
    let checks = facts.checks.iter().filter(|it| server.has_column_checks() && is_order(it.clause));
    checks.for_each(|it| add("TABLE", it.place));
    // MariaDB tells those who may only read that there is a foreign key, but not what it does.
    let ruled: BTreeSet<_> = facts.rules.iter().map(|it| (it.place, it.constraint)).collect();
    let open = facts.references.iter().filter(|it| !ruled.contains(&(it.place, it.constraint)));
    open.for_each(|it| add("TABLE", it.place));
    // Of objects the catalog tells a text in which literals are not what they were.
    let views = facts.views.iter().filter(|it| !it.definition.is_empty());
    views.for_each(|it| add("VIEW", it.place));
    facts.triggers.iter().for_each(|it| add("TRIGGER", it.place));
    facts.events.iter().for_each(|it| add("EVENT", it.place));
    for kind in ["FUNCTION", "PROCEDURE"] {
        let routines = facts.routines.iter().filter(|it| it.kind == kind);
        routines.for_each(|it| add(kind, it.place));
    }
    shows.into_iter().collect()
}

/// Bytes end at the first that is zero or are not told at all, and times are told without a zone.
fn tells_wrong_default(column: &ColumnFact, server: Server) -> bool {
    let Some(default) = column.default else { return false };
    let bytes = column.ty.starts_with("binary") || column.ty.starts_with("varbinary");
    if server.tells_defaults_as_sql() {
        return bytes && default.starts_with('\'');
    }
    let literal = !column.extra.contains("DEFAULT_GENERATED");
    let time = server.forgets_zones_of_defaults() && column.ty.starts_with("timestamp");
    literal && (bytes || time)
}

/// Whether a check only says that one column is before another.
fn is_order(clause: &str) -> bool {
    let all = tokens(clause, Syntax::MYSQL).filter(|it| it.kind != TokenKind::Space);
    let kinds: Vec<_> = all.map(|it| (it.kind, &clause[it.range])).collect();
    matches!(
        kinds.as_slice(),
        [(TokenKind::Quoted, _), (TokenKind::Symbol, "<"), (TokenKind::Quoted, _)]
    )
}

/// What is read of a shown table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct ShownTable {
    /// Defaults that are literals, by column.
    pub(super) defaults: BTreeMap<String, String>,
    /// Settings by index: `parser`, `without_overlaps` with its period, `m` and `distance`.
    pub(super) indexes: BTreeMap<String, Options>,
    /// The actions of foreign keys: when a row goes, and when its key changes.
    pub(super) actions: BTreeMap<String, (String, String)>,
    /// A period with the columns where it begins and ends.
    pub(super) period: Option<(String, [String; 2])>,
    /// How it is partitioned.
    pub(super) partition_by: Option<String>,
    /// The partition for all that fits into no other.
    pub(super) default_partition: Option<String>,
}

impl ShownTable {
    fn new(statement: &str) -> Self {
        let sql = uncommented(statement);
        let all: Vec<Token> =
            tokens(&sql, Syntax::MYSQL).filter(|it| it.kind != TokenKind::Space).collect();
        let words: Vec<&str> = all.iter().map(|it| &sql[it.range.clone()]).collect();
        let mut table = Self::default();
        let (mut depth, mut start) = (0_u32, 0);
        for (at, word) in words.iter().enumerate() {
            match *word {
                "(" if depth == 0 => (depth, start) = (1, at + 1),
                "(" => depth += 1,
                ")" if depth == 1 => {
                    table.item(&words[start..at]);
                    table.options(&sql, &all[at + 1..], &words[at + 1..]);
                    break;
                }
                ")" => depth -= 1,
                "," if depth == 1 => {
                    table.item(&words[start..at]);
                    start = at + 1;
                }
                _ => {}
            }
        }
        table
    }

    /// A column, index or constraint.
    fn item(&mut self, words: &[&str]) {
        let after = |word: &str| {
            let at = words.iter().position(|it| it.eq_ignore_ascii_case(word))?;
            words.get(at + 1..)
        };
        match words {
            ["PERIOD", "FOR", name, "(", from, ",", to, ..] if *name != "SYSTEM_TIME" => {
                self.period = Some((unquote(name), [unquote(from), unquote(to)]));
            }
            ["CONSTRAINT", name, "FOREIGN", ..] => {
                let action = |event: &str| {
                    let at = words.windows(2).position(|it| it[0] == "ON" && it[1] == event);
                    let action = at.and_then(|at| words.get(at + 2..)).unwrap_or_default();
                    match action {
                        ["SET" | "NO", what, ..] => format!("{} {what}", action[0]),
                        [action, ..] => (*action).to_owned(),
                        [] => String::new(),
                    }
                };
                self.actions.insert(unquote(name), (action("DELETE"), action("UPDATE")));
            }
            ["FULLTEXT" | "UNIQUE" | "VECTOR", "KEY", name, ..] => {
                self.index(&unquote(name), words)
            }
            ["PRIMARY", "KEY", ..] => self.index("PRIMARY", words),
            [name, ..] if name.starts_with('`') => {
                if let Some([literal, ..]) = after("DEFAULT")
                    && (literal.contains('\'') || literal.starts_with("0x"))
                {
                    self.defaults.insert(unquote(name), (*literal).to_owned());
                }
            }
            _ => {}
        }
    }

    fn index(&mut self, name: &str, words: &[&str]) {
        let options = self.indexes.entry(name.into()).or_default();
        for three in words.windows(3) {
            match three {
                ["WITH", "PARSER", parser] => options.insert("parser".into(), unquote(parser)),
                [period, "WITHOUT", "OVERLAPS"] => {
                    options.insert("without_overlaps".into(), unquote(period))
                }
                [key, "=", value] => options.insert(unquote(key).to_lowercase(), unquote(value)),
                _ => None,
            };
        }
    }

    /// What follows the columns: only how the table is partitioned matters. The engine of each
    /// partition is that of the table.
    fn options(&mut self, sql: &str, all: &[Token], words: &[&str]) {
        let Some(at) = words.windows(2).position(|it| it == ["PARTITION", "BY"]) else { return };
        let (all, words) = (&all[at + 2..], &words[at + 2..]);
        let default = words.windows(3).find(|it| it[0] == "PARTITION" && it[2] == "DEFAULT");
        self.default_partition = default.map(|it| unquote(it[1]));
        let (mut text, mut end, mut skip) = (String::new(), None, 0);
        for (at, (token, word)) in all.iter().zip(words).enumerate() {
            if words[at..].starts_with(&["ENGINE", "="]) {
                skip = 3;
            }
            if skip > 0 {
                skip -= 1;
                continue;
            }
            let apart = end.is_some_and(|end: usize| end < token.range.start);
            if apart && !text.ends_with('(') && !matches!(*word, "," | ")") {
                text.push(' ');
            }
            text.push_str(&sql[token.range.clone()]);
            end = Some(token.range.end);
        }
        self.partition_by = Some(text);
    }
}

/// The text with what stands in comments for newer servers only.
fn uncommented(sql: &str) -> String {
    let mut plain = String::with_capacity(sql.len());
    for token in tokens(sql, Syntax::MYSQL) {
        let part = &sql[token.range];
        let inner = part.strip_prefix("/*!").or_else(|| part.strip_prefix("/*M!"));
        match inner.and_then(|inner| inner.strip_suffix("*/")) {
            Some(inner) if token.kind == TokenKind::Comment => {
                plain.push_str(inner.trim_start_matches(|c: char| c.is_ascii_digit()));
            }
            _ => plain.push_str(part),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shown_table_is_read() {
        let table = ShownTable::new(
            "CREATE TABLE `t (` (\n  `a` binary(2) NOT NULL DEFAULT 'a\\0' COMMENT 'x, DEFAULT',\n  \
             `d` text /*!50100 DEFAULT 0xFF */,\n  `i` int DEFAULT 5,\n  PERIOD FOR `p` (`s`, `e`),\n  \
             UNIQUE KEY `u` (`i`,`p` WITHOUT OVERLAPS),\n  \
             FULLTEXT KEY `f` (`d`) /*!50100 WITH PARSER `ngram` */ ,\n  CONSTRAINT `k` FOREIGN KEY \
             (`i`) REFERENCES `u` (`id`) ON DELETE SET NULL ON UPDATE CASCADE\n) ENGINE=InnoDB \
             COMMENT='PARTITION BY'\n PARTITION BY SYSTEM_TIME LIMIT 100\n(PARTITION `p0` HISTORY \
             ENGINE = InnoDB,\n PARTITION `pn` CURRENT ENGINE = InnoDB)",
        );
        let default = |name: &str| table.defaults.get(name).map(String::as_str);
        assert_eq!(
            (default("a"), default("d"), default("i")),
            (Some("'a\\0'"), Some("0xFF"), None)
        );
        let option = |index: &str, key: &str| table.indexes.get(index)?.get(key).cloned();
        assert_eq!(option("f", "parser").as_deref(), Some("ngram"));
        assert_eq!(option("u", "without_overlaps").as_deref(), Some("p"));
        assert_eq!(table.actions.get("k"), Some(&("SET NULL".into(), "CASCADE".into())));
        assert_eq!(table.period, Some(("p".into(), ["s".into(), "e".into()])));
        let parts = "SYSTEM_TIME LIMIT 100 (PARTITION `p0` HISTORY, PARTITION `pn` CURRENT)";
        assert_eq!(table.partition_by.as_deref(), Some(parts));
    }
}
