//! What is compared at all: the ledger is not, filtered names are not, and a table that neither a
//! model nor a revision knows belongs to somebody else.

use std::collections::{BTreeMap, BTreeSet};

use autogen_model::Diagnostic;

use crate::config::{Filter, Subject, Unmanaged};
use crate::dialect::Dialect;
use crate::op::Op;
use crate::revision::Created;
use crate::schema::{Intent, Name, Need, Object, ObjectKind, Schema, Table};

/// What is compared at all.
pub struct Scope<'a> {
    /// Include and exclude lists.
    pub filter: Filter,
    /// Tables that autogen keeps for itself.
    pub ledger: BTreeSet<String>,
    /// What revisions created. Asked only when the database has something that no model has, since
    /// the answer takes reading every statement of every revision.
    pub created: Box<dyn Fn() -> Created + 'a>,
    /// What becomes of the others.
    pub unmanaged: Unmanaged,
}

/// A schema in which everything is the revisions' own.
pub fn everything(schema: &Schema) -> Created {
    Created {
        tables: schema.tables.keys().map(Name::to_string).collect(),
        types: schema.enums.keys().map(Name::to_string).collect(),
        namespaces: schema.namespaces.clone(),
    }
}

impl Default for Scope<'_> {
    fn default() -> Self {
        Self {
            filter: Filter::default(),
            ledger: BTreeSet::new(),
            created: Box::new(Created::default),
            unmanaged: Unmanaged::default(),
        }
    }
}

impl Scope<'_> {
    /// Takes everything out of both sides that is not compared; returns the tables that are
    /// somebody else's.
    pub(super) fn narrow(
        &self,
        current: &mut Schema,
        target: &mut Schema,
        intent: &Intent,
        dialect: &dyn Dialect,
    ) -> Vec<Name> {
        let fold = |name: &str| match dialect.folds_tables() {
            true => name.to_ascii_lowercase(),
            false => name.to_owned(),
        };
        let declared = |name: &Name| intent.tables.get(name).is_some_and(|said| said.unmanaged);
        let hidden: BTreeSet<String> = target
            .tables
            .keys()
            .filter(|it| declared(it))
            .map(|it| fold(&it.to_string()))
            .collect();
        let ledger: BTreeSet<String> = self.ledger.iter().map(|name| fold(name)).collect();
        let seen = |name: &Name| {
            let name = name.to_string();
            self.filter.keeps(Subject::Table, &name)
                && !hidden.contains(&fold(&name))
                && !ledger.contains(&fold(&name))
        };
        for schema in [&mut *current, &mut *target] {
            schema.tables.retain(|name, _| seen(name));
            for table in schema.tables.values_mut() {
                table.indexes.retain(|index| self.filter.keeps(Subject::Index, &index.name.text));
            }
        }
        let target: &Schema = target;
        let strangers = Strangers::new(current, target, intent, &fold);
        let created = if strangers.is_empty() { Created::default() } else { (self.created)() };
        strangers.leave(current, &created, self.unmanaged, &fold)
    }
}

/// What the database has and no model.
struct Strangers {
    tables: Vec<Name>,
    /// Parts of other tables: a server's jobs make them.
    partitions: Vec<Name>,
    types: Vec<Name>,
    namespaces: Vec<String>,
}

impl Strangers {
    fn new(
        current: &Schema,
        target: &Schema,
        intent: &Intent,
        fold: &impl Fn(&str) -> String,
    ) -> Self {
        let text = |name: &Name| fold(&name.to_string());
        let mut known: BTreeSet<String> = target.tables.keys().map(text).collect();
        let renamed = intent.tables.values().filter_map(|said| said.renamed_from.as_ref());
        known.extend(renamed.map(text));
        // What is in a namespace that gets another name is known by its name after.
        let moved = |name: &Name| {
            let home = name.schema.as_ref()?;
            let (new, _) = intent.namespaces.iter().find(|(_, old)| *old == home)?;
            Some(text(&Name { schema: Some(new.clone()), name: name.name.clone() }))
        };
        let strange = |name: &&Name, known: &BTreeSet<String>| {
            !known.contains(&text(name)) && !moved(name).is_some_and(|it| known.contains(&it))
        };
        let tables = current.tables.values().filter(|table| strange(&&table.name, &known));
        let is_partition = |table: &&Table| table.options.contains_key("partition_of");
        let (partitions, tables): (Vec<&Table>, Vec<&Table>) = tables.partition(is_partition);
        let names = |tables: Vec<&Table>| tables.into_iter().map(|it| it.name.clone()).collect();
        let mut known: BTreeSet<String> = target.enums.keys().map(text).collect();
        let renamed = intent.enums.values().filter_map(|said| said.renamed_from.as_ref());
        known.extend(renamed.map(text));
        let types = current.enums.keys().filter(|name| strange(name, &known));
        let known: BTreeSet<&String> =
            target.namespaces.iter().chain(intent.namespaces.values()).collect();
        let namespaces = current.namespaces.iter().filter(|name| !known.contains(*name));
        Self {
            tables: names(tables),
            partitions: names(partitions),
            types: types.cloned().collect(),
            namespaces: namespaces.cloned().collect(),
        }
    }

    fn is_empty(&self) -> bool {
        self.tables.is_empty()
            && self.partitions.is_empty()
            && self.types.is_empty()
            && self.namespaces.is_empty()
    }

    /// Takes out of the schema what no revision made; returns the tables among it.
    fn leave(
        self,
        current: &mut Schema,
        created: &Created,
        unmanaged: Unmanaged,
        fold: &impl Fn(&str) -> String,
    ) -> Vec<Name> {
        let folded = |names: &BTreeSet<String>| -> BTreeSet<String> {
            names.iter().map(|name| fold(name)).collect()
        };
        let (tables, types) = (folded(&created.tables), folded(&created.types));
        let mut foreign = self.tables;
        foreign.retain(|name| {
            unmanaged == Unmanaged::Leave && !tables.contains(&fold(&name.to_string()))
        });
        let mut parts = self.partitions;
        parts.retain(|name| !tables.contains(&fold(&name.to_string())));
        let gone: BTreeSet<&Name> = foreign.iter().chain(&parts).collect();
        let gone: Vec<Table> =
            { gone }.into_iter().filter_map(|it| current.tables.remove(it)).collect();
        look_through(current, gone);
        let mut left = self.types;
        left.retain(|name| !types.contains(&fold(&name.to_string())));
        for name in &left {
            current.enums.remove(name);
        }
        let homes = foreign.iter().chain(&parts).chain(&left);
        let others = current.objects.iter().filter(|object| object.table.is_none());
        let homes = homes.chain(others.map(|object| &object.name));
        let inhabited: BTreeSet<&String> = homes.filter_map(|name| name.schema.as_ref()).collect();
        for name in &self.namespaces {
            if !created.namespaces.contains(name) || inhabited.contains(name) {
                current.namespaces.remove(name);
            }
        }
        foreign
    }
}

/// Who needs a column of a table that is not compared needs that of its parents too: it changes with
/// them.
fn look_through(current: &mut Schema, gone: Vec<Table>) {
    let parents: BTreeMap<Name, Vec<Name>> =
        gone.into_iter().map(|table| (table.name.clone(), table.parents())).collect();
    if parents.values().all(Vec::is_empty) {
        return;
    }
    for object in &mut current.objects {
        let mut open: Vec<Need> = object.needs.clone();
        while let Some(need) = open.pop() {
            let Need::Column(table, column) = &need else { continue };
            for parent in parents.get(table).into_iter().flatten() {
                let above = Need::Column(parent.clone(), column.clone());
                if !object.needs.contains(&above) {
                    open.push(above.clone());
                    object.needs.push(above);
                }
            }
        }
    }
}

/// Tables that are not compared, but point to a table that is to go or are a part of it: their rows
/// would go with it, or point nowhere.
pub(super) fn stranded(live: &Schema, compared: &Schema, ops: &[Op]) -> Vec<Diagnostic> {
    let dropped: BTreeSet<&Name> = ops
        .iter()
        .filter_map(|op| match op {
            Op::DropTable(table) => Some(&table.name),
            _ => None,
        })
        .collect();
    let others = live.tables.values().filter(|it| !compared.tables.contains_key(&it.name));
    let keys = others.flat_map(|table| table.foreign_keys.iter().map(move |key| (table, key)));
    let pointing: BTreeSet<(&Name, &Name)> = keys
        .filter(|(_, key)| dropped.contains(&key.table))
        .map(|(table, key)| (&key.table, &table.name))
        .collect();
    let report = |(parent, child): (&Name, &Name)| {
        Diagnostic::new(format!(
            "table {parent} cannot go while table {child}, which is not compared, points to it"
        ))
        .help(format!("drop the foreign key of {child}, or {child}, where it is looked after"))
        .help(format!("or have {parent} left alone: put it under `exclude` in [compare]"))
    };
    let parts = live.tables.values().filter(|it| !compared.tables.contains_key(&it.name));
    let parts: BTreeSet<(Name, &Name)> = parts
        .flat_map(|table| table.parents().into_iter().map(move |parent| (parent, &table.name)))
        .filter(|(parent, _)| dropped.contains(parent))
        .collect();
    let apart = |(parent, child): &(Name, &Name)| {
        Diagnostic::new(format!(
            "table {parent} cannot go while table {child}, which is not compared, is a part of it"
        ))
        .help(format!("drop {child} where it is looked after, or have it in the models"))
        .help(format!("or have {parent} left alone: put it under `exclude` in [compare]"))
    };
    let held = holding(live, compared, ops);
    pointing.into_iter().map(report).chain(parts.iter().map(apart)).chain(held).collect()
}

/// Tables that are not compared, but have columns of a type that is to go or to be made anew.
fn holding(live: &Schema, compared: &Schema, ops: &[Op]) -> Vec<Diagnostic> {
    let types: BTreeSet<&Name> = ops
        .iter()
        .filter_map(|op| match op {
            Op::DropEnum(it) => Some(&it.name),
            Op::AlterEnum { old, new } if !old.stays_in(new) => Some(&old.name),
            _ => None,
        })
        .collect();
    let others = live.tables.values().filter(|it| !compared.tables.contains_key(&it.name));
    let columns = others.flat_map(|table| table.columns.iter().map(move |it| (&table.name, it)));
    let above = above(live, &types);
    let held = columns.filter_map(|(table, column)| {
        let Some(enumeration) = column.ty.enumeration() else {
            let spelled = column.ty.spelled().replace('"', "");
            let (name, object) = above.get(spelled.trim_end_matches("[]"))?;
            let kind = object.kind.noun();
            return Some(
                Diagnostic::new(format!(
                    "enum {name} cannot go or be made anew: {kind} {} stands on it, and {table}.{}, \
                     which is not compared, has that",
                    object.name, column.name
                ))
                .help(format!("change {table} where it is looked after, or have it in the models")),
            );
        };
        let name = types.get(enumeration)?;
        Some(
            Diagnostic::new(format!(
                "enum {name} cannot go or be made anew while {table}.{}, which is not compared, \
                 has it",
                column.name
            ))
            .help(format!("change {table} where it is looked after, or have it in the models")),
        )
    });
    held.collect()
}

/// The domains and composite types that stand on these types, or on one another, by name.
fn above<'a>(
    live: &'a Schema,
    types: &BTreeSet<&'a Name>,
) -> BTreeMap<String, (&'a Name, &'a Object)> {
    let mut above: BTreeMap<String, (&Name, &Object)> = BTreeMap::new();
    loop {
        let before = above.len();
        for object in live.objects.iter().filter(|_| !types.is_empty()) {
            if !matches!(object.kind, ObjectKind::Domain | ObjectKind::Composite) {
                continue;
            }
            let base = object.needs.iter().find_map(|need| match need {
                Need::Type(name) => {
                    let below = above.get(&name.to_string()).map(|(name, _)| *name);
                    types.get(name).copied().or(below)
                }
                _ => None,
            });
            if let Some(base) = base {
                above.insert(object.name.to_string(), (base, object));
            }
        }
        if above.len() == before {
            return above;
        }
    }
}
