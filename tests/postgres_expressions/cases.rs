//! `fixtures/expressions/postgres`: what is in the table, and which expressions mean the same.

use std::collections::{BTreeMap, BTreeSet};

use autogen::dialect::judge::Kind;
use autogen::dialect::postgres::expr::Scope;

use super::expressions::{self, Case, column, lines};

/// The table of the fixture.
pub(crate) struct Table {
    /// Columns and their types.
    pub(crate) columns: Vec<(String, String)>,
    /// Enumerated types and their labels.
    pub(crate) enums: Vec<(String, Vec<String>)>,
}

impl Table {
    pub(crate) fn read() -> Self {
        let text = expressions::read("postgres", "table.txt");
        let (mut columns, mut enums) = (Vec::new(), Vec::new());
        for (_, line) in lines(&text) {
            if let Some((name, labels)) =
                line.strip_prefix("type ").and_then(|it| it.split_once(" enum "))
            {
                let labels = labels.split(", ").map(str::to_owned).collect();
                enums.push((name.to_owned(), labels));
                continue;
            }
            columns.push(column(line));
        }
        Self { columns, enums }
    }

    /// What expressions of that kind are read against.
    pub(crate) fn scope(&self, kind: &Kind, version: u16) -> Scope {
        let columns = self.columns.iter();
        Scope {
            columns: columns
                .map(|(name, ty)| (name.trim_matches('"').to_owned(), ty.clone()))
                .collect::<BTreeMap<_, _>>(),
            assigned: match kind {
                Kind::Default { ty } | Kind::Generated { ty } => Some(ty.clone()),
                _ => None,
            },
            enums: self.enums.iter().map(|(name, _)| name.clone()).collect::<BTreeSet<_>>(),
            namespace: "public".into(),
            version,
        }
    }

    /// The statements that make what the expressions need, but the table itself.
    pub(crate) fn types(&self) -> Vec<String> {
        let types = self.enums.iter().map(|(name, labels)| {
            format!("CREATE TYPE {name} AS ENUM ('{}')", labels.join("', '"))
        });
        let sequences = [
            "CREATE SCHEMA other",
            "CREATE SEQUENCE numbers",
            "CREATE SEQUENCE other_numbers",
            "CREATE SEQUENCE other.numbers",
        ];
        types.chain(sequences.map(str::to_owned)).collect()
    }
}

/// All lines of all files.
pub(crate) fn all() -> Vec<Case> {
    expressions::all("postgres", &["default.txt", "check.txt", "other.txt", "alone.txt"])
}

/// Whether a server of that version is what the mark says: `since14`, `until13`.
pub(crate) fn knows(version: u16) -> impl Fn(&str) -> bool {
    move |mark| {
        let number = |start| mark.strip_prefix(start).and_then(|rest| rest.parse::<u16>().ok());
        number("since").is_none_or(|since| since <= version)
            && number("until").is_none_or(|until| version <= until)
            && !matches!(mark, "mysql" | "mariadb")
    }
}
