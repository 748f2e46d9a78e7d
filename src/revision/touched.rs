//! What revisions change, told from their text, so that two branches can be laid side by side.

use std::collections::{BTreeMap, BTreeSet};

use super::{Direction, Revision, split};
use crate::sql::{TokenKind, tokens, unquote};

/// A table that both of two branches change.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Overlap {
    /// The table, as it is written in the files.
    pub table: String,
    /// Its columns that both name, when they do.
    pub columns: Vec<String>,
    /// The revisions of one branch that change it.
    pub here: Vec<String>,
    /// Those of the other.
    pub there: Vec<String>,
}

/// Tables with the columns that are named, and the revisions that do.
type Touched = BTreeMap<String, (BTreeSet<String>, Vec<String>)>;

/// The tables that revisions of both branches change, for a dialect.
pub fn overlaps(here: &[&Revision], there: &[&Revision], dialect: &str) -> Vec<Overlap> {
    let (here, mut there) = (touched(here, dialect), touched(there, dialect));
    let both = here.into_iter().filter_map(|(table, (columns, own))| {
        let (others, other) = there.remove(&table)?;
        let columns = columns.intersection(&others).cloned().collect();
        Some(Overlap { table, columns, here: own, there: other })
    });
    both.collect()
}

fn touched(revisions: &[&Revision], dialect: &str) -> Touched {
    let mut touched = Touched::new();
    for revision in revisions {
        let text = revision.side_text(Direction::Upgrade, dialect).unwrap_or_default();
        for (table, columns) in tables(text, dialect) {
            let (known, ids) = touched.entry(table).or_default();
            known.extend(columns);
            ids.push(revision.id.clone());
        }
    }
    touched
}

/// The tables that one side is about. One that is there for a while only, while another is made
/// anew, is none of them.
fn tables(text: &str, dialect: &str) -> BTreeMap<String, BTreeSet<String>> {
    let solid = |kind| !matches!(kind, TokenKind::Space | TokenKind::Comment);
    let parts: Vec<(TokenKind, &str)> = tokens(text, split::syntax(dialect))
        .filter(|token| solid(token.kind))
        .map(|token| (token.kind, &text[token.range]))
        .collect();
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut made = BTreeSet::new();
    for statement in parts.split(|(_, part)| *part == ";") {
        let Some((table, columns)) = read(statement) else { continue };
        if table.starts_with("sqlite_") {
            continue;
        }
        let word = |at: usize| statement.get(at).map_or("", |(_, part)| *part);
        if word(0).eq_ignore_ascii_case("CREATE") {
            made.insert(table.clone());
        }
        let last = statement.len().saturating_sub(2);
        let renamed = word(last).eq_ignore_ascii_case("TO");
        if renamed && made.contains(&table) && word(0).eq_ignore_ascii_case("ALTER") {
            found.remove(&table);
            continue;
        }
        found.entry(table).or_default().extend(columns);
    }
    found
}

/// The table that a statement is about, and the columns that it names as such.
fn read(parts: &[(TokenKind, &str)]) -> Option<(String, Vec<String>)> {
    let is = |at: usize, word: &str| {
        let part = parts.get(at);
        part.is_some_and(|(kind, it)| *kind == TokenKind::Word && it.eq_ignore_ascii_case(word))
    };
    let find = |word: &str| (0..parts.len()).find(|at| is(*at, word));
    let table = match parts.first()?.1.to_ascii_uppercase().as_str() {
        "CREATE" | "DROP" if (1..4).any(|at| is(at, "INDEX")) => find("ON")? + 1,
        "CREATE" | "DROP" | "ALTER" => (1..5).find(|at| is(*at, "TABLE"))? + 1,
        "INSERT" | "REPLACE" => find("INTO")? + 1,
        "DELETE" => find("FROM")? + 1,
        "UPDATE" => 1,
        _ => return None,
    };
    let filler = ["IF", "NOT", "EXISTS", "ONLY"];
    let table = (table..parts.len()).find(|at| filler.iter().all(|word| !is(*at, word)))?;
    let (name, mut at) = name(parts, table)?;
    let mut columns = Vec::new();
    while at < parts.len() {
        let verb = ["ADD", "DROP", "ALTER", "MODIFY", "CHANGE", "RENAME"];
        let begins = verb.iter().any(|word| is(at, word));
        at += 1;
        if !begins || !parts[0].1.eq_ignore_ascii_case("ALTER") {
            continue;
        }
        at += usize::from(is(at, "COLUMN"));
        let other = ["CONSTRAINT", "INDEX", "KEY", "PRIMARY", "FOREIGN", "UNIQUE", "CHECK", "TO"];
        if other.iter().all(|word| !is(at, word)) {
            columns.extend(own_name(parts.get(at)));
        }
    }
    Some((name, columns))
}

/// A name with its schema, and where it ends.
fn name(parts: &[(TokenKind, &str)], from: usize) -> Option<(String, usize)> {
    let (mut name, mut at) = (own_name(parts.get(from))?, from + 1);
    while parts.get(at).is_some_and(|(_, part)| *part == ".") {
        name = format!("{name}.{}", own_name(parts.get(at + 1))?);
        at += 2;
    }
    Some((name, at))
}

/// Without quotes. A plain name means the same however it is written.
fn own_name(part: Option<&(TokenKind, &str)>) -> Option<String> {
    match part? {
        (TokenKind::Word, word) => Some(word.to_lowercase()),
        (TokenKind::Quoted | TokenKind::String, word) => Some(unquote(word)),
        _ => None,
    }
}
