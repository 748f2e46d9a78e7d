//! `fixtures/expressions/postgres`: what is in the table, and which expressions mean the same.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use autogen::dialect::judge::Kind;
use autogen::dialect::postgres::expr::Scope;

/// The table of the fixture.
pub(crate) struct Table {
    /// Columns and their types.
    pub(crate) columns: Vec<(String, String)>,
    /// Enumerated types and their labels.
    pub(crate) enums: Vec<(String, Vec<String>)>,
}

/// A line.
#[derive(Clone)]
pub(crate) struct Case {
    /// `check.txt:12`.
    pub(crate) place: String,
    /// What the expressions are.
    pub(crate) kind: Kind,
    /// The first one.
    pub(crate) first: Text,
    /// What the others are to it.
    pub(crate) others: Vec<(Relation, Text)>,
}

/// An expression, and the servers that know it.
#[derive(Clone)]
pub(crate) struct Text {
    pub(crate) sql: String,
    /// What the server reports of it has another form, and the server must tell.
    pub(crate) judged: bool,
    since: u16,
    until: u16,
}

impl Text {
    fn read(text: &str) -> Self {
        let mut read = Self { sql: text.to_owned(), judged: false, since: 0, until: u16::MAX };
        while let Some((word, rest)) = read.sql.split_once(": ") {
            let number = |word: &str| word.parse().ok();
            if word == "judged" {
                read.judged = true;
            } else if let Some(since) = word.strip_prefix("since").and_then(number) {
                read.since = since;
            } else if let Some(until) = word.strip_prefix("until").and_then(number) {
                read.until = until;
            } else {
                break;
            }
            read.sql = rest.trim().to_owned();
        }
        read
    }

    /// Whether servers of that version take it.
    pub(crate) fn is_for(&self, version: u16) -> bool {
        (self.since..=self.until).contains(&version)
    }
}

/// What an expression is to the first of its line.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Relation {
    /// It means the same.
    Same,
    /// It means the same, and only a server can tell.
    Judged,
    /// It means something else.
    Different,
}

fn read(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/expressions/postgres");
    std::fs::read_to_string(folder.join(name)).expect("the fixture can be read")
}

/// Lines that are neither empty nor comments, with their numbers.
fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let all = text.lines().enumerate().map(|(at, line)| (at + 1, line));
    all.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
}

impl Table {
    pub(crate) fn read() -> Self {
        let text = read("table.txt");
        let (mut columns, mut enums) = (Vec::new(), Vec::new());
        for (_, line) in lines(&text) {
            if let Some((name, labels)) =
                line.strip_prefix("type ").and_then(|it| it.split_once(" enum "))
            {
                let labels = labels.split(", ").map(str::to_owned).collect();
                enums.push((name.to_owned(), labels));
                continue;
            }
            let end = match line.strip_prefix('"') {
                Some(rest) => rest.find('"').expect("a closed quote") + 2,
                None => line.find(' ').expect("a type"),
            };
            columns.push((line[..end].to_owned(), line[end..].trim().to_owned()));
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
    let mut cases = Vec::new();
    for file in ["default.txt", "check.txt", "other.txt", "alone.txt"] {
        let text = read(file);
        let mut kind = Kind::Check;
        for (number, line) in lines(&text) {
            match line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
                Some(head) if !line.contains(" ==") && !line.contains(" =!") => {
                    kind = kind_of(head)
                }
                _ => cases.push(case(format!("{file}:{number}"), kind.clone(), line)),
            }
        }
    }
    cases
}

fn kind_of(head: &str) -> Kind {
    match head.split_once(' ').unwrap_or((head, "")) {
        ("default", ty) => Kind::Default { ty: ty.into() },
        ("generated", ty) => Kind::Generated { ty: ty.into() },
        ("check", _) => Kind::Check,
        ("predicate", _) => Kind::Predicate,
        ("index", _) => Kind::Index,
        (other, _) => panic!("no kind of expression: {other}"),
    }
}

fn case(place: String, kind: Kind, line: &str) -> Case {
    const SIGNS: [(&str, Relation); 3] =
        [(" === ", Relation::Same), (" ~~~ ", Relation::Judged), (" =!= ", Relation::Different)];
    let next = |text: &str| {
        let found = SIGNS.iter().filter_map(|(sign, relation)| Some((text.find(sign)?, *relation)));
        found.min_by_key(|(at, _)| *at)
    };
    let mut rest = line;
    let mut relation = None;
    let mut texts = Vec::new();
    while let Some((at, found)) = next(rest) {
        texts.push((relation, Text::read(rest[..at].trim())));
        (relation, rest) = (Some(found), &rest[at + 5..]);
    }
    texts.push((relation, Text::read(rest.trim())));
    let mut texts = texts.into_iter();
    let (_, first) = texts.next().expect("a line has a first expression");
    let others = texts.filter_map(|(relation, text)| Some((relation?, text))).collect();
    Case { place, kind, first, others }
}
