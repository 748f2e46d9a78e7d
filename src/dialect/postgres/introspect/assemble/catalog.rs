//! What all parts ask for: names of things by their numbers, comments, and who owns what.

use std::collections::{BTreeMap, BTreeSet};

use super::super::rows::{Cells, Oid, Rows};
use super::Answers;
use crate::schema::{Name, Options, Type};

/// The numbers of the catalogs themselves, which never change.
pub(super) mod class {
    use super::Oid;

    pub(in super::super) const TYPE: Oid = 1247;
    pub(in super::super) const PROC: Oid = 1255;
    pub(in super::super) const CLASS: Oid = 1259;
    pub(in super::super) const NAMESPACE: Oid = 2615;
    pub(in super::super) const REWRITE: Oid = 2618;
    pub(in super::super) const TRIGGER: Oid = 2620;
    pub(in super::super) const EXTENSION: Oid = 3079;
    pub(in super::super) const POLICY: Oid = 3256;
    pub(in super::super) const STATISTICS: Oid = 3381;
    pub(in super::super) const PUBLICATION: Oid = 6104;
    pub(in super::super) const PUBLISHED: Oid = 6106;
}

/// A table, view, sequence or composite type.
pub(super) struct Relation<'r> {
    pub(super) name: Name,
    pub(super) kind: char,
    pub(super) row_type: Oid,
    pub(super) unlogged: bool,
    pub(super) parameters: Vec<String>,
    pub(super) toast_parameters: Vec<String>,
    pub(super) tablespace: Option<&'r str>,
    pub(super) method: Option<&'r str>,
    pub(super) replica_identity: char,
    pub(super) row_security: bool,
    pub(super) force_row_security: bool,
    pub(super) bound: Option<&'r str>,
    pub(super) partition_key: Option<&'r str>,
    pub(super) query: Option<&'r str>,
    pub(super) populated: bool,
    pub(super) owner: Option<&'r str>,
    pub(super) grants: Option<Vec<String>>,
}

/// A column of a relation.
pub(super) struct ColumnFact<'r> {
    pub(super) name: &'r str,
    pub(super) type_oid: Oid,
    pub(super) type_text: &'r str,
    pub(super) not_null: bool,
    pub(super) identity: char,
    pub(super) generated: char,
    pub(super) default: Option<&'r str>,
    pub(super) collation_oid: Oid,
    pub(super) collation: Option<String>,
    pub(super) storage: char,
    pub(super) compression: char,
    pub(super) statistics: Option<&'r str>,
    pub(super) local: bool,
    pub(super) grants: Option<Vec<String>>,
    pub(super) parameters: Vec<String>,
}

/// A type that stands for itself.
pub(super) struct TypeFact<'r> {
    pub(super) name: Name,
    pub(super) kind: char,
    pub(super) relation: Oid,
    pub(super) base: Option<&'r str>,
    pub(super) not_null: bool,
    pub(super) default: Option<&'r str>,
    pub(super) collation: Option<&'r str>,
    pub(super) owner: Option<&'r str>,
    pub(super) grants: Option<Vec<String>>,
    pub(super) range: [Option<&'r str>; 5],
    pub(super) used_by: Vec<String>,
}

/// An operator class.
pub(super) struct Opclass<'r> {
    pub(super) method: Oid,
    pub(super) input: Oid,
    pub(super) default: bool,
    pub(super) written: &'r str,
}

/// A namespace.
pub(super) struct Namespace<'r> {
    pub(super) name: &'r str,
    /// It is looked at.
    pub(super) wanted: bool,
}

/// What is known by number.
pub(super) struct Catalog<'r> {
    pub(super) default_namespace: &'r str,
    pub(super) namespaces: BTreeMap<Oid, Namespace<'r>>,
    pub(super) relations: BTreeMap<Oid, Relation<'r>>,
    pub(super) columns: BTreeMap<(Oid, i16), ColumnFact<'r>>,
    pub(super) types: BTreeMap<Oid, TypeFact<'r>>,
    /// Array types of the types, by number.
    pub(super) arrays: BTreeMap<Oid, Oid>,
    pub(super) collations: BTreeMap<Oid, String>,
    pub(super) opclasses: BTreeMap<Oid, Opclass<'r>>,
    /// Method and type of each operator class that is a default.
    pub(super) default_opclasses: BTreeSet<(Oid, Oid)>,
    outside: BTreeMap<Oid, Name>,
    outside_columns: BTreeMap<(Oid, i16), &'r str>,
    members: BTreeSet<(Oid, Oid)>,
    comments: BTreeMap<(Oid, Oid, i32), &'r str>,
    labels: BTreeMap<(Oid, Oid, i32), Vec<(String, String)>>,
}

impl<'r> Catalog<'r> {
    pub(super) fn new(answers: &Answers<'r>, default_namespace: &'r str) -> Self {
        let mut catalog = Self {
            default_namespace,
            namespaces: collect(answers.namespaces, |row| {
                (row.oid(), Namespace { name: row.text(), wanted: row.flag() })
            }),
            relations: BTreeMap::new(),
            columns: BTreeMap::new(),
            types: BTreeMap::new(),
            arrays: BTreeMap::new(),
            collations: BTreeMap::new(),
            opclasses: collect(answers.opclasses, opclass),
            default_opclasses: BTreeSet::new(),
            outside: BTreeMap::new(),
            outside_columns: BTreeMap::new(),
            members: answers.members.iter().map(|mut row| (row.oid(), row.oid())).collect(),
            comments: collect(answers.comments, |row| {
                ((row.oid(), row.oid(), row.number()), row.text())
            }),
            labels: BTreeMap::new(),
        };
        for mut row in answers.labelled.iter() {
            let key = (row.oid(), row.oid(), row.number());
            let label = (row.text().to_owned(), row.text().to_owned());
            catalog.labels.entry(key).or_default().push(label);
        }
        let defaults = catalog.opclasses.values().filter(|it| it.default);
        catalog.default_opclasses = defaults.map(|it| (it.method, it.input)).collect();
        catalog.collations = collect(answers.collations, |row| {
            let (oid, namespace, name) = (row.oid(), row.text(), row.text());
            (oid, catalog.collation(namespace, name))
        });
        catalog.relations = collect(answers.relations, |row| catalog.relation(row));
        catalog.columns = collect(answers.columns, |row| catalog.column(row));
        for mut row in answers.types.iter() {
            catalog.add_type(&mut row);
        }
        for mut row in answers.outside.iter() {
            let (oid, namespace, name) = (row.oid(), row.text(), row.text());
            let name = catalog.name(namespace, name);
            catalog.outside.entry(oid).or_insert(name);
            catalog.outside_columns.insert((oid, row.number()), row.text());
        }
        catalog
    }

    fn relation(&self, row: &mut Cells<'r>) -> (Oid, Relation<'r>) {
        let (oid, name, namespace) = (row.oid(), row.text(), row.oid());
        let relation = Relation {
            name: self.name_in(namespace, name),
            kind: row.letter(),
            row_type: row.oid(),
            unlogged: row.letter() == 'u',
            parameters: row.list(),
            toast_parameters: row.list(),
            tablespace: row.maybe(),
            method: row.maybe(),
            replica_identity: row.letter(),
            row_security: row.flag(),
            force_row_security: row.flag(),
            bound: row.maybe(),
            partition_key: row.maybe(),
            query: row.maybe(),
            populated: row.flag(),
            owner: row.maybe(),
            grants: row.sorted_list(),
        };
        (oid, relation)
    }

    fn column(&self, row: &mut Cells<'r>) -> ((Oid, i16), ColumnFact<'r>) {
        let key = (row.oid(), row.number());
        let column = ColumnFact {
            name: row.text(),
            type_oid: row.oid(),
            type_text: row.text(),
            not_null: row.flag(),
            identity: row.letter(),
            generated: row.letter(),
            default: row.maybe(),
            collation_oid: row.oid(),
            collation: self.maybe_collation(row.maybe(), row.maybe()),
            storage: row.letter(),
            compression: row.letter(),
            statistics: row.maybe(),
            local: row.flag(),
            grants: row.sorted_list(),
            parameters: row.list(),
        };
        (key, column)
    }

    fn add_type(&mut self, row: &mut Cells<'r>) {
        let (oid, name, namespace) = (row.oid(), row.text(), row.oid());
        let kind = row.letter();
        self.arrays.insert(row.oid(), oid);
        let fact = TypeFact {
            name: self.name_in(namespace, name),
            kind,
            relation: row.oid(),
            base: row.maybe(),
            not_null: row.flag(),
            default: row.maybe(),
            collation: row.maybe(),
            owner: row.maybe(),
            grants: row.sorted_list(),
            range: std::array::from_fn(|_| row.maybe()),
            used_by: row.list(),
        };
        self.types.insert(oid, fact);
    }

    /// A name in a namespace.
    pub(super) fn name(&self, namespace: &str, name: &str) -> Name {
        let schema = (namespace != self.default_namespace).then(|| namespace.to_owned());
        Name { schema, name: name.to_owned() }
    }

    /// A name in a namespace that is known by number.
    pub(super) fn name_in(&self, namespace: Oid, name: &str) -> Name {
        self.name(self.namespaces.get(&namespace).map_or("", |it| it.name), name)
    }

    /// A collation as it is named here.
    fn collation(&self, namespace: &str, name: &str) -> String {
        match namespace {
            "pg_catalog" => name.to_owned(),
            namespace => self.name(namespace, name).to_string(),
        }
    }

    fn maybe_collation(&self, namespace: Option<&str>, name: Option<&str>) -> Option<String> {
        Some(self.collation(namespace?, name?))
    }

    /// The name of a relation, also of one that is not looked at.
    pub(super) fn relation_name(&self, oid: Oid) -> Option<&Name> {
        let known = self.relations.get(&oid).map(|relation| &relation.name);
        known.or_else(|| self.outside.get(&oid))
    }

    /// The name of a column.
    pub(super) fn column_name(&self, relation: Oid, number: i16) -> Option<&'r str> {
        let known = self.columns.get(&(relation, number)).map(|column| column.name);
        known.or_else(|| self.outside_columns.get(&(relation, number)).copied())
    }

    /// The names of columns.
    pub(super) fn column_names(&self, relation: Oid, numbers: &[i16]) -> Vec<String> {
        let names = numbers.iter().filter_map(|number| self.column_name(relation, *number));
        names.map(str::to_owned).collect()
    }

    /// The columns of a relation, by number.
    pub(super) fn columns_of(&self, oid: Oid) -> impl Iterator<Item = (i16, &ColumnFact<'r>)> {
        let columns = self.columns.range((oid, i16::MIN)..=(oid, i16::MAX));
        columns.map(|((_, number), column)| (*number, column))
    }

    /// Whether an extension owns it.
    pub(super) fn is_member(&self, class: Oid, oid: Oid) -> bool {
        self.members.contains(&(class, oid))
    }

    /// The comment on an object.
    pub(super) fn comment(&self, class: Oid, oid: Oid) -> Option<String> {
        self.comments.get(&(class, oid, 0)).map(|text| (*text).to_owned())
    }

    /// The comment on a column.
    pub(super) fn column_comment(&self, relation: Oid, number: i16) -> Option<String> {
        let comment = self.comments.get(&(class::CLASS, relation, i32::from(number)));
        comment.map(|text| (*text).to_owned())
    }

    /// What security providers say of an object, or of a column of it.
    pub(super) fn labels(&self, class: Oid, oid: Oid, column: i16) -> Vec<(String, String)> {
        self.labels.get(&(class, oid, i32::from(column))).cloned().unwrap_or_default()
    }

    /// The type of a column: enumerated types and arrays of them are known by name.
    pub(super) fn column_type(&self, column: &ColumnFact) -> Type {
        let named = |oid: Oid| {
            let fact = self.types.get(&oid).filter(|fact| fact.kind == 'e')?;
            (!self.is_member(class::TYPE, oid)).then(|| Type::Enum(fact.name.clone()))
        };
        let item = || named(*self.arrays.get(&column.type_oid)?);
        named(column.type_oid)
            .or_else(|| item().map(|item| Type::Array(Box::new(item))))
            .unwrap_or_else(|| Type::Native(column.type_text.to_owned()))
    }
}

fn opclass<'r>(row: &mut Cells<'r>) -> (Oid, Opclass<'r>) {
    let oid = row.oid();
    let (method, input, default) = (row.oid(), row.oid(), row.flag());
    (oid, Opclass { method, input, default, written: row.text() })
}

/// Rows by what they begin with.
pub(super) fn collect<'r, K: Ord, V>(
    rows: &'r Rows,
    mut read: impl FnMut(&mut Cells<'r>) -> (K, V),
) -> BTreeMap<K, V> {
    rows.iter().map(|mut row| read(&mut row)).collect()
}

/// Storage parameters as options.
pub(super) fn parameters(options: &mut Options, parameters: &[String], prefix: &str) {
    for (name, value) in parameters.iter().filter_map(|text| text.split_once('=')) {
        options.insert(format!("with.{prefix}{name}"), value.to_owned());
    }
}

/// Sets an option that is on, or none.
pub(super) fn flag(options: &mut Options, key: &str, on: bool) {
    if on {
        options.insert(key.to_owned(), "true".to_owned());
    }
}

/// Sets an option that has a value, or none.
pub(super) fn set(options: &mut Options, key: &str, value: Option<impl Into<String>>) {
    if let Some(value) = value {
        options.insert(key.to_owned(), value.into());
    }
}
