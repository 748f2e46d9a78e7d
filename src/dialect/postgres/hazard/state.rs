//! The schema as it is when an op runs, with its edges at hand.

use std::collections::{BTreeMap, BTreeSet};

use super::super::Postgres;
use crate::dialect::Dialect;
use crate::op::{Change, Op};
use crate::schema::{Name, Need, Object, Schema, Table};

type Edges = BTreeMap<Name, BTreeSet<Name>>;

/// A schema that changes op by op.
pub(super) struct State {
    schema: Schema,
    /// By table, those that refer to it.
    referencing: Edges,
    /// By table, its partitions and those that inherit from it.
    children: Edges,
    /// Columns that came with NULL in every row.
    vacant: BTreeSet<(Name, String)>,
    /// Tables that came, and so have no rows.
    created: BTreeSet<Name>,
}

impl State {
    pub(super) fn new(schema: &Schema) -> Self {
        let schema = schema.clone();
        let mut state = Self {
            schema,
            referencing: Edges::new(),
            children: Edges::new(),
            vacant: BTreeSet::new(),
            created: BTreeSet::new(),
        };
        state.link_all();
        state
    }

    fn link_all(&mut self) {
        self.referencing.clear();
        self.children.clear();
        let names: Vec<Name> = self.schema.tables.keys().cloned().collect();
        names.iter().for_each(|name| self.link(name));
    }

    fn link(&mut self, name: &Name) {
        let Some(table) = self.schema.tables.get(name) else { return };
        for key in &table.foreign_keys {
            self.referencing.entry(key.table.clone()).or_default().insert(name.clone());
        }
        for parent in parents(table) {
            self.children.entry(parent).or_default().insert(name.clone());
        }
    }

    fn unlink(&mut self, name: &Name) {
        let Some(table) = self.schema.tables.get(name) else { return };
        let forget = |edges: &mut Edges, to: &Name| {
            edges.get_mut(to).into_iter().for_each(|names| {
                names.remove(name);
            });
        };
        table.foreign_keys.iter().for_each(|key| forget(&mut self.referencing, &key.table));
        parents(table).iter().for_each(|parent| forget(&mut self.children, parent));
    }

    /// Runs the op. One that does not fit changes nothing: the proof of the plan tells.
    pub(super) fn apply(&mut self, op: &Op) {
        let spelling = Postgres::USUAL.spelling();
        let (old, new) = match op {
            Op::RenameNamespace { .. } => {
                let _ = op.apply(&mut self.schema, spelling);
                return self.link_all();
            }
            Op::RenameTable { old, new } => (Some(old), Some(new)),
            op => (op.table(), op.table()),
        };
        match op {
            Op::Alter { table, change: Change::AddColumn { column, fill: None, .. } }
                if column.default.is_none()
                    && column.generated.is_none()
                    && column.identity.is_none()
                    && !column.options.contains_key("serial") =>
            {
                self.vacant.insert((table.clone(), column.name.clone()));
            }
            Op::CreateTable(table) => {
                let names = table.columns.iter().map(|column| column.name.clone());
                self.vacant.extend(names.map(|column| (table.name.clone(), column)));
                self.created.insert(table.name.clone());
            }
            _ => {}
        }
        let mut near: BTreeSet<Name> = old.into_iter().cloned().collect();
        if let Op::RenameTable { old, .. } = op {
            let edges = [&self.referencing, &self.children].into_iter();
            near.extend(edges.filter_map(|edges| edges.get(old)).flatten().cloned());
        }
        near.iter().for_each(|name| self.unlink(name));
        let _ = op.apply(&mut self.schema, spelling);
        near.extend(new.cloned());
        near.iter().for_each(|name| self.link(name));
    }

    /// Whether a column came with NULL in every row, or with its table.
    pub(super) fn is_vacant(&self, table: &Name, column: &str) -> bool {
        self.vacant.contains(&(table.clone(), column.to_owned()))
    }

    /// Whether a table came, and so has no rows.
    pub(super) fn is_new(&self, table: &Name) -> bool {
        self.created.contains(table)
    }

    pub(super) fn table(&self, name: &Name) -> Option<&Table> {
        self.schema.tables.get(name)
    }

    /// The text of an object of that name: a domain, say.
    pub(super) fn object(&self, name: &Name) -> Option<&Object> {
        self.schema.objects.iter().find(|object| object.name == *name)
    }

    /// The objects that hang on a table.
    pub(super) fn objects_on<'a>(&'a self, table: &'a Name) -> impl Iterator<Item = &'a Object> {
        self.schema.objects.iter().filter(move |object| object.table.as_ref() == Some(table))
    }

    /// The tables that refer to this one.
    pub(super) fn referencing(&self, table: &Name) -> impl Iterator<Item = &Name> {
        self.referencing.get(table).into_iter().flatten()
    }

    pub(super) fn is_partitioned(&self, table: &Name) -> bool {
        self.table(table).is_some_and(|table| table.options.contains_key("partition_by"))
    }

    /// The table, its children, theirs and so on.
    pub(super) fn family<'a>(&'a self, table: &'a Name) -> Vec<&'a Name> {
        let mut found = vec![table];
        let mut known = BTreeSet::from([table]);
        let mut at = 0;
        while at < found.len() {
            let children = self.children.get(found[at]).into_iter().flatten();
            found.extend(children.filter(|child| known.insert(child)));
            at += 1;
        }
        found
    }

    /// The partition that takes what no other takes.
    pub(super) fn default_partition(&self, parent: &Name) -> Option<&Name> {
        let mut children = self.children.get(parent).into_iter().flatten();
        children.find(|child| {
            let options = self.table(child).map(|table| &table.options);
            options.and_then(|it| it.get("bound")).is_some_and(|bound| bound == "DEFAULT")
        })
    }

    /// The tables that an object reads.
    pub(super) fn read_by<'a>(&self, object: &'a Object) -> Vec<&'a Name> {
        let tables = object.needs.iter().filter_map(|need| match need {
            Need::Relation(name) | Need::Column(name, _) => Some(name),
            Need::Type(_) | Need::Function(_) | Need::Trigger(_) => None,
        });
        tables.filter(|name| self.schema.tables.contains_key(*name)).collect()
    }
}

/// The tables that a table is a partition of, or inherits from.
pub(super) fn parents(table: &Table) -> Vec<Name> {
    let inherits = table.options.get("inherits").map(String::as_str).unwrap_or_default();
    let inherits = inherits.split(", ").filter(|name| !name.is_empty());
    let parent = table.options.get("partition_of").map(String::as_str);
    parent.into_iter().chain(inherits).map(Name::from).collect()
}
