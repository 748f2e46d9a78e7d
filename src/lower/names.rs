//! Names of constraints and indexes that the author left to the convention.

use std::collections::BTreeSet;

use autogen_model::{Placed, table_name};
use sha2::{Digest as _, Sha256};

use crate::schema::{ConstraintName, Name};

/// What PostgreSQL keeps of a name; MySQL keeps one byte more.
const LIMIT: usize = 63;

/// The naming convention: templates with `{table}`, `{columns}` (joined by `_`), `{column}` (the
/// first), `{referred_table}` and `{n}` (a number).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Naming {
    /// For indexes.
    pub index: String,
    /// For unique constraints.
    pub unique: String,
    /// For foreign keys.
    pub foreign_key: String,
    /// For checks; those of a table rather than a column have their number for a column.
    pub check: String,
    /// For primary keys.
    pub primary_key: String,
    /// Whether tables are named in the plural of their struct (`User`, `users`).
    pub plural: bool,
    /// The namespace that names need not say, since it is the default one.
    pub namespace: String,
}

impl Default for Naming {
    fn default() -> Self {
        Self {
            index: "ix_{table}_{columns}".into(),
            unique: "uq_{table}_{columns}".into(),
            foreign_key: "fk_{table}_{columns}_{referred_table}".into(),
            check: "ck_{table}_{column}".into(),
            primary_key: "pk_{table}".into(),
            plural: false,
            namespace: "public".into(),
        }
    }
}

impl Naming {
    /// The name of a struct's table when the author chose none.
    pub fn table(&self, ident: &str) -> String {
        let name = table_name(ident);
        if self.plural { plural(&name) } else { name }
    }

    /// A name as it stands in a schema: without the default namespace.
    pub(super) fn at_home(&self, name: Name) -> Name {
        Name { schema: name.schema.filter(|schema| *schema != self.namespace), ..name }
    }
}

/// The English plural of a name's last word.
fn plural(name: &str) -> String {
    let vowel = |at: usize| {
        let letter = name.len().checked_sub(at).and_then(|at| name.as_bytes().get(at));
        letter.is_some_and(|letter| b"aeiou".contains(letter))
    };
    match name {
        _ if name.ends_with('y') && !vowel(2) => format!("{}ies", &name[..name.len() - 1]),
        _ if ["s", "x", "z", "ch", "sh"].iter().any(|end| name.ends_with(end)) => {
            format!("{name}es")
        }
        _ if name.ends_with("person") => format!("{}people", &name[..name.len() - 6]),
        _ if name.ends_with("child") => format!("{name}ren"),
        _ => format!("{name}s"),
    }
}

/// The names of one table's constraints as they are given out.
pub(super) struct Names<'a> {
    table: &'a str,
    taken: BTreeSet<String>,
}

impl<'a> Names<'a> {
    /// For a table; `chosen` names are taken.
    pub(super) fn new(table: &'a str, chosen: impl IntoIterator<Item = String>) -> Self {
        Self { table, taken: chosen.into_iter().collect() }
    }

    /// The chosen name, or one by the template.
    pub(super) fn name(
        &mut self,
        chosen: Option<&Placed<String>>,
        template: &str,
        columns: &[String],
        referred_table: &str,
    ) -> ConstraintName {
        if let Some(chosen) = chosen {
            return ConstraintName::given(&chosen.value);
        }
        let words: Vec<String> = columns.iter().map(|column| word(column)).collect();
        let first = words.first().map_or("", String::as_str);
        let text = template
            .replace("{table}", self.table)
            .replace("{columns}", &words.join("_"))
            .replace("{column}", first)
            .replace("{referred_table}", referred_table)
            .replace("{n}", first);
        ConstraintName::convention(self.free(&text))
    }

    /// The text, cut to what databases keep, with a number when it is taken.
    fn free(&mut self, text: &str) -> String {
        let mut name = cut(text);
        let mut number = 2;
        while !self.taken.insert(name.clone()) {
            name = cut(&format!("{text}_{number}"));
            number += 1;
        }
        name
    }
}

/// An expression as part of a name: its letters and digits.
fn word(text: &str) -> String {
    let parts = text.split(|letter: char| !letter.is_alphanumeric() && letter != '_');
    parts.filter(|part| !part.is_empty()).collect::<Vec<_>>().join("_")
}

/// A long name's beginning and a hash of all of it: two names that differ only at the end stay
/// apart, and the same name is always cut the same way.
pub(crate) fn cut(name: &str) -> String {
    if name.len() <= LIMIT {
        return name.to_owned();
    }
    let hash = Sha256::digest(name.as_bytes());
    let hash: String = hash.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
    let mut end = LIMIT - hash.len() - 1;
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}_{hash}", name[..end].trim_end_matches('_'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_names_are_cut_and_stay_apart() {
        let (one, two) = (format!("ix_{}_a", "x".repeat(80)), format!("ix_{}_b", "x".repeat(80)));
        assert_eq!(cut(&one).len(), LIMIT);
        assert_ne!(cut(&one), cut(&two));
        assert_eq!(cut(&format!("{}é", "x".repeat(62))).len(), LIMIT);
    }

    #[test]
    fn plurals() {
        let words = ["user", "story", "day", "box", "batch", "tag_alias", "person"];
        let plurals = words.map(plural);
        let expected = ["users", "stories", "days", "boxes", "batches", "tag_aliases", "people"];
        assert_eq!(plurals, expected);
    }
}
