//! Edits that PostgreSQL can follow with rows in the tables.

use std::collections::BTreeMap;

use autogen::schema::{
    Column, ConstraintName, Conversion, Enum, Expr, Generated, Identity, IndexPart, Intent, Name,
    PrimaryKey, Schema, Table, Type,
};

use super::draft::{Draft, Edit, pick, release};
use super::parts;

/// How many kinds of edits there are.
pub(crate) const KINDS: u8 = 29;

/// Labels that no row holds at first, so that they can go, begin with this.
const SPARE: &str = "spare";

/// A draft, and what its enumerated types were at the last mark.
#[derive(Clone)]
pub(crate) struct Script {
    /// The schema.
    pub(crate) draft: Draft,
    labels_before: BTreeMap<(Name, String), String>,
    /// Since the mark, one column may change its type, or several whether they take NULL, or labels their
    /// names: values survive one of these.
    since: Option<Since>,
    counter: usize,
}

/// What was changed that rows could not bear twice.
#[derive(Clone, PartialEq)]
enum Since {
    Nothing,
    Type,
    Null,
    Label,
}

impl Script {
    /// Nothing yet.
    pub(crate) fn new(draft: Draft) -> Self {
        Self { draft, labels_before: BTreeMap::new(), since: None, counter: 0 }
    }

    /// From here on, names are remembered.
    pub(crate) fn mark(&mut self) {
        self.draft.mark();
        self.since = Some(Since::Nothing);
        for it in self.draft.schema.enums.values() {
            for label in &it.labels {
                self.labels_before.insert((it.name.clone(), label.clone()), label.clone());
            }
        }
    }

    /// The renames since the mark, and what becomes of texts that are to be something else.
    pub(crate) fn intent(&self, before: &Schema) -> Intent {
        let mut intent = self.draft.intent();
        let of = |schema: &Schema, table: &Name, column: &str| {
            schema.table(table).and_then(|it| it.column(column)).map(|it| it.ty.clone())
        };
        for ((name, new), old) in &self.draft.columns_before {
            let old = self.draft.tables_before.get(name).and_then(|it| of(before, it, old));
            let (Some(old), Some(ty)) = (old, of(&self.draft.schema, name, new)) else { continue };
            if matches!(old, Type::Text { .. }) && !matches!(ty, Type::Text { .. }) {
                let said = intent.tables.entry(name.clone()).or_default();
                let said = said.columns.entry(new.to_owned()).or_default();
                said.convert = Some(Conversion::By(Expr::new(value(&ty, 77))));
            }
        }
        for ((name, new), old) in self.labels_before.iter().filter(|((_, new), old)| new != *old) {
            let said = intent.enums.entry(name.clone()).or_default();
            said.renamed_labels.insert(new.clone(), old.clone());
        }
        intent
    }

    /// Runs one edit; one that does not fit does nothing.
    pub(crate) fn apply(&mut self, edit: Edit) {
        let Some(name) = self.draft.chosen(edit).filter(|_| edit.kind != 0) else {
            return self.add_table(edit);
        };
        match edit.kind {
            1 => self.draft.drop_table(&name),
            2 => self.draft.rename_table(&name),
            3..=5 => self.add_column(&name, edit),
            6 => self.draft.drop_column(&name, edit),
            7 => self.draft.rename_column(&name, edit),
            8 => self.draft.add_reference(&name, edit),
            23 => {
                let schema = edit.choice.is_multiple_of(2).then(|| "side".to_owned());
                self.draft.move_table(&name, Name { schema, name: name.name.clone() });
            }
            25 if !self.bears(edit.kind) => {}
            24..=26 => self.change_enum(edit),
            9 | 10 if !self.bears(edit.kind) => {}
            _ => {
                let fresh = self.draft.fresh("n");
                if let Some(table) = self.draft.schema.tables.get_mut(&name) {
                    alter(table, edit, &fresh);
                }
            }
        }
    }

    fn bears(&mut self, kind: u8) -> bool {
        let Some(since) = &mut self.since else { return true };
        let new = match kind {
            9 => Since::Type,
            10 => Since::Null,
            _ => Since::Label,
        };
        let may = *since == Since::Nothing || *since == new && new != Since::Type;
        if may {
            *since = new;
        }
        may
    }

    fn add_table(&mut self, edit: Edit) {
        let schema = edit.choice.is_multiple_of(5).then(|| "side".to_owned());
        let mut table = Table::new(Name { schema, name: self.draft.fresh("t") });
        table.columns.push(Column::new("id", Type::Int { bits: 64, signed: true }));
        table.columns[0].identity = identity(edit.column);
        table.primary_key = Some(PrimaryKey {
            name: Some(ConstraintName::convention(format!("pk_{}", table.name.name))),
            columns: vec![IndexPart::column("id")],
            options: BTreeMap::new(),
        });
        self.draft.schema.insert(table);
    }

    fn add_column(&mut self, table: &Name, edit: Edit) {
        let ty = match edit.column % 16 {
            14 | 15 => {
                let ty = Type::Enum(self.enumeration(edit));
                if edit.column % 16 == 15 { Type::Array(Box::new(ty)) } else { ty }
            }
            choice => kind(choice),
        };
        let mut column = Column::new(self.draft.fresh("c"), ty);
        column.null = edit.choice & 1 == 1;
        if edit.choice & 2 == 2 {
            column.default = Some(Expr::new(value(&column.ty, edit.choice as usize)));
        }
        if edit.choice & 0x70 == 0x70 {
            column.default = None;
            column.null = true;
            column.ty = Type::Int { bits: 64, signed: true };
            column.generated = Some(Generated { expr: Expr::new("id * 2"), stored: true });
        }
        if let Some(table) = self.draft.schema.tables.get_mut(table) {
            table.columns.push(column);
        }
    }

    fn enumeration(&mut self, edit: Edit) -> Name {
        let enums = &mut self.draft.schema.enums;
        if !edit.choice.is_multiple_of(3)
            && let Some(name) = enums.keys().nth(edit.choice as usize % enums.len().max(1))
        {
            return name.clone();
        }
        self.counter += 1;
        let name = Name::new(format!("e{}", self.counter));
        let labels = ["keep", "it's", "Naïve, b", "last"].map(str::to_owned).to_vec();
        enums.insert(name.clone(), Enum::new(name.clone(), labels));
        name
    }

    /// Labels come, go, change places and names; rows hold the first four alone.
    fn change_enum(&mut self, edit: Edit) {
        let at = edit.table as usize % self.draft.schema.enums.len().max(1);
        let Some(it) = self.draft.schema.enums.values_mut().nth(at) else { return };
        self.counter += 1;
        let held = it.labels.iter().filter(|label| !label.starts_with(SPARE)).count();
        match (edit.kind, edit.choice % 4) {
            (24, choice) => {
                let label = format!("{SPARE} {}", self.counter);
                // Rows are given the first labels of the type.
                let at = if choice == 0 { held.max(4) } else { it.labels.len() };
                it.labels.insert(at.min(it.labels.len()), label);
            }
            (25, _) => {
                // Defaults speak of the one that is kept.
                let free: Vec<&String> =
                    it.labels.iter().filter(|label| *label != "keep").collect();
                let old = free[edit.column as usize % free.len()].clone();
                let spare = if old.starts_with(SPARE) { SPARE } else { "renamed" };
                let new = format!("{spare} {}", self.counter);
                let key = (it.name.clone(), old.clone());
                let place = it.labels.iter_mut().find(|label| **label == old);
                place.into_iter().for_each(|label| label.clone_from(&new));
                if let Some(before) = self.labels_before.remove(&key) {
                    self.labels_before.insert((key.0, new), before);
                }
            }
            (_, 0) => it.labels[..held.min(4)].rotate_left(1),
            _ => {
                if let Some(at) = it.labels.iter().rposition(|label| label.starts_with(SPARE)) {
                    let label = it.labels.remove(at);
                    self.labels_before.remove(&(it.name.clone(), label));
                }
            }
        }
    }
}

/// The types that edits choose from.
fn kind(choice: u8) -> Type {
    let native = |text: &str| Type::Native(text.into());
    match choice % 14 {
        0 => Type::Int { bits: 64, signed: true },
        1 => Type::Int { bits: 32, signed: true },
        2 => Type::Int { bits: 16, signed: true },
        3 => Type::Text { length: None },
        4 => Type::Text { length: Some(40) },
        5 => Type::Float { bits: 64 },
        6 => Type::Decimal { precision: Some(10), scale: Some(2) },
        7 => Type::Bool,
        8 => Type::Bytes { length: None },
        9 => Type::Timestamp,
        10 => Type::Date,
        11 => Type::Uuid,
        12 => Type::Array(Box::new(Type::Text { length: None })),
        _ => native("jsonb"),
    }
}

/// A value of that type, as SQL.
pub(crate) fn value(ty: &Type, seed: usize) -> String {
    match ty {
        Type::Int { .. } | Type::Decimal { .. } => (seed + 1).to_string(),
        Type::Bool => if seed.is_multiple_of(2) { "true" } else { "false" }.into(),
        Type::Float { .. } => format!("{seed}.5"),
        Type::Bytes { .. } => format!("'\\x{:02x}'", seed % 256),
        Type::Timestamp => format!("'2021-01-{:02} 10:00:00+00'", seed % 28 + 1),
        Type::Date => format!("'2021-01-{:02}'", seed % 28 + 1),
        Type::Uuid => format!("'00000000-0000-0000-0000-0000000000{:02x}'", seed % 256),
        Type::Enum(_) => "'keep'".into(),
        Type::Array(item) if item.enumeration().is_some() => "'{keep}'".into(),
        Type::Array(_) => format!("'{{a,\"it''s {seed}\"}}'"),
        Type::Native(text) => match text.as_str() {
            "jsonb" => format!("'{{\"seed\": {seed}}}'"),
            "boolean" => value(&Type::Bool, seed),
            "bytea" => value(&Type::Bytes { length: None }, seed),
            "date" => value(&Type::Date, seed),
            "uuid" => value(&Type::Uuid, seed),
            "text[]" => value(&Type::Array(Box::new(Type::Text { length: None })), seed),
            text if text.starts_with("timestamp") => value(&Type::Timestamp, seed),
            text if text.starts_with("character") || text == "text" => format!("'it''s {seed}'"),
            _ => (seed + 1).to_string(),
        },
        _ => format!("'it''s {seed}'"),
    }
}

fn identity(choice: u8) -> Option<Identity> {
    let said = |always, options: &[(&str, &str)]| {
        let options = options.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
        Some(Identity { always, stated: true, exact: true, options: options.collect() })
    };
    match choice % 5 {
        0 => None,
        1 => said(true, &[]),
        2 => said(false, &[("increment", "5"), ("cache", "3")]),
        3 => said(false, &[]),
        _ => Some(Identity::default()),
    }
}

fn alter(table: &mut Table, edit: Edit, fresh: &str) {
    match edit.kind {
        14 => return drop(table.uniques.pop()),
        16 => return drop(table.checks.pop()),
        18 => return drop(table.indexes.pop()),
        19 => {
            let index = table.indexes.last_mut();
            return index.into_iter().for_each(|it| {
                it.name = ConstraintName::given(format!("ix_{fresh}"));
            });
        }
        21 => {
            let key = table.foreign_keys.last_mut();
            return key.into_iter().for_each(|key| parts::change_reference(key, edit.choice));
        }
        22 => {
            let value = (50 + edit.choice % 50).to_string();
            table.options.insert("postgres.with.fillfactor".into(), value);
            return;
        }
        27 => return table.columns[0].identity = identity(edit.choice),
        28 => return table.comment = parts::comment(edit.choice),
        _ => {}
    }
    let Some(name) = pick(table, edit) else { return };
    let keys: Vec<String> = table.foreign_keys.iter().flat_map(|it| it.columns.clone()).collect();
    let Some(column) = table.column(&name).cloned() else { return };
    // A made-up value of a reference would dangle, and rows must suit what is unique.
    let plain = column.generated.is_none() && !keys.contains(&name);
    let distinct = table.uniques.iter().any(|it| it.columns.iter().any(|part| part.text == name))
        || table.indexes.iter().any(|it| it.unique && it.parts[0].text == name);
    match edit.kind {
        13 if column.null
            && plain
            && !distinct
            && column.default.is_none()
            && parts::differs(&column.ty) =>
        {
            table.uniques.push(parts::unique(fresh, &name, edit.choice));
        }
        15 => table.checks.push(parts::check(fresh, &column)),
        17 => table.indexes.push(parts::index(fresh, &column, edit.choice)),
        9 if plain && !distinct => retype(table, &name, edit),
        _ => alter_column(table, &name, edit, plain && !distinct),
    }
}

fn alter_column(table: &mut Table, name: &str, edit: Edit, free: bool) {
    let Some(column) = table.column_mut(name) else { return };
    match edit.kind {
        10 if free => column.null = !column.null,
        11 if free => {
            column.default = Some(Expr::new(value(&column.ty, edit.choice as usize)));
        }
        12 => column.default = None,
        20 => column.comment = parts::comment(edit.choice),
        _ => {}
    }
}

/// To text and back, and between numbers: what values survive on the way down.
fn retype(table: &mut Table, name: &str, edit: Edit) {
    let number = |ty: &Type| matches!(ty, Type::Int { .. });
    let Some(old) = table.column(name).map(|column| column.ty.clone()) else { return };
    let new = match &old {
        Type::Text { length: None } => kind(edit.choice),
        ty if number(ty) && edit.choice.is_multiple_of(2) => kind(edit.choice % 3),
        _ => Type::Text { length: None },
    };
    if new == old {
        return;
    }
    let spoken = table.column(name).cloned();
    release(table, name);
    if let (Some(column), Some(before)) = (table.column_mut(name), spoken) {
        *column = Column { ty: new, default: None, options: BTreeMap::new(), ..before };
    }
}
