//! Sequences: those behind identity and serial columns, and those that stand for themselves.

use std::collections::BTreeMap;

use super::super::rows::{Cells, Oid};
use super::Answers;
use super::catalog::{Catalog, class};
use super::object::{Follow, Objects};
use crate::dialect::postgres::types::{quote, written};
use crate::schema::{Name, Object, ObjectKind, Options};

/// A sequence.
pub(super) struct SequenceFact<'r> {
    name: Name,
    ty: &'r str,
    start: i64,
    increment: i64,
    minimum: i64,
    maximum: i64,
    cache: i64,
    cycle: bool,
    /// The column that it goes with; as a part of it, when it is the column's identity.
    owner: Option<(Oid, i16)>,
    internal: bool,
    /// The default of a column that takes its numbers from it.
    call: &'r str,
}

/// The sequences that are not told of yet, by number.
pub(super) struct SequenceFacts<'r> {
    all: BTreeMap<Oid, SequenceFact<'r>>,
    by_column: BTreeMap<(Oid, i16), Vec<Oid>>,
}

/// The sequences.
pub(super) fn facts<'r>(answers: &Answers<'r>, catalog: &Catalog<'r>) -> SequenceFacts<'r> {
    let mut facts = SequenceFacts { all: BTreeMap::new(), by_column: BTreeMap::new() };
    for mut row in answers.sequences.iter() {
        let oid = row.oid();
        let Some(relation) = catalog.relations.get(&oid) else { continue };
        if catalog.is_member(class::CLASS, oid) {
            continue;
        }
        let fact = fact(relation.name.clone(), &mut row);
        if let Some(column) = fact.owner {
            facts.by_column.entry(column).or_default().push(oid);
        }
        facts.all.insert(oid, fact);
    }
    facts
}

fn fact<'r>(name: Name, row: &mut Cells<'r>) -> SequenceFact<'r> {
    SequenceFact {
        name,
        ty: row.text(),
        start: row.number(),
        increment: row.number(),
        minimum: row.number(),
        maximum: row.number(),
        cache: row.number(),
        cycle: row.flag(),
        internal: row.letter() == 'i',
        owner: Some((row.oid(), row.number())).filter(|(relation, _)| *relation != 0),
        call: row.text(),
    }
}

impl<'r> SequenceFacts<'r> {
    /// The options of the sequence behind an identity column, which is then told of.
    pub(super) fn identity(&mut self, column: (Oid, i16)) -> Option<Options> {
        let fact = self.take(column, |fact| fact.internal)?;
        Some(fact.options())
    }

    /// The name of the sequence that makes a column serial, which is then told of.
    pub(super) fn serial(&mut self, column: (Oid, i16), ty: &str, call: &str) -> Option<Name> {
        if !matches!(ty, "smallint" | "integer" | "bigint") {
            return None;
        }
        Some(self.take(column, |fact| !fact.internal && fact.call == call)?.name)
    }

    fn take(
        &mut self,
        column: (Oid, i16),
        test: impl Fn(&SequenceFact) -> bool,
    ) -> Option<SequenceFact<'r>> {
        let mut owned = self.by_column.get(&column)?.iter();
        let oid = *owned.find(|oid| self.all.get(oid).is_some_and(&test))?;
        self.all.remove(&oid)
    }
}

impl SequenceFact<'_> {
    /// What differs from a sequence of that type about which nothing is said.
    fn options(&self) -> Options {
        let (lowest, highest) = match self.ty {
            "smallint" => (i64::from(i16::MIN), i64::from(i16::MAX)),
            "integer" => (i64::from(i32::MIN), i64::from(i32::MAX)),
            _ => (i64::MIN, i64::MAX),
        };
        let up = self.increment > 0;
        let (minimum, maximum) = if up { (1, highest) } else { (lowest, -1) };
        let start = if up { self.minimum } else { self.maximum };
        let numbers = [
            ("start", self.start, start),
            ("increment", self.increment, 1),
            ("minimum", self.minimum, minimum),
            ("maximum", self.maximum, maximum),
            ("cache", self.cache, 1),
        ];
        let said = numbers.into_iter().filter(|(_, value, usual)| value != usual);
        let said = said.map(|(key, value, _)| (key.to_owned(), value.to_string()));
        said.chain(self.cycle.then(|| ("cycle".to_owned(), "true".to_owned()))).collect()
    }

    fn create(&self, unlogged: bool) -> String {
        let unlogged = if unlogged { "UNLOGGED " } else { "" };
        let mut sql = format!("CREATE {unlogged}SEQUENCE {}", written(&self.name));
        if self.ty != "bigint" {
            sql.push_str(&format!(" AS {}", self.ty));
        }
        for (key, value) in self.options() {
            let word = match key.as_str() {
                "start" => "START WITH",
                "increment" => "INCREMENT BY",
                "minimum" => "MINVALUE",
                "maximum" => "MAXVALUE",
                "cache" => "CACHE",
                _ => "CYCLE",
            };
            sql.push_str(&format!(" {word}"));
            if word != "CYCLE" {
                sql.push_str(&format!(" {value}"));
            }
        }
        sql
    }
}

/// Adds the sequences that are left.
pub(super) fn add(catalog: &Catalog, sequences: &SequenceFacts, objects: &mut Objects) {
    for (oid, fact) in &sequences.all {
        let Some(relation) = catalog.relations.get(oid).filter(|_| !fact.internal) else {
            continue;
        };
        let name = written(&fact.name);
        let mut object =
            Object::new(ObjectKind::Sequence, fact.name.clone(), fact.create(relation.unlogged));
        let owner = fact.owner.and_then(|(table, column)| {
            let column = catalog.column_name(table, column)?;
            Some(format!("{}.{}", written(catalog.relation_name(table)?), quote(column)))
        });
        let follow = Follow { kind: "SEQUENCE", name: &name, grants_on: "SEQUENCE " };
        object.after.extend(follow.owner(relation.owner));
        object.after.extend(owner.map(|it| format!("ALTER SEQUENCE {name} OWNED BY {it}")));
        object.after.extend(follow.comment(catalog.comment(class::CLASS, *oid)));
        object.after.extend(follow.grants(relation.grants.as_deref()));
        objects.insert(class::CLASS, *oid, object);
    }
}
