//! Random schemas: a script of edits, so that pairs are near each other and shrink well.

use std::collections::BTreeMap;

use autogen::schema::{
    Action, Check, Column, ConstraintName, Expr, ForeignKey, Generated, Index, IndexPart, Intent,
    Name, PrimaryKey, Schema, Table, Type, Unique,
};
use proptest::prelude::*;

/// One step of the script; the numbers choose among what is there.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Edit {
    kind: u8,
    table: u8,
    column: u8,
    choice: u8,
}

/// Any edit.
pub(crate) fn edit() -> impl Strategy<Value = Edit> {
    (0..22_u8, any::<u8>(), any::<u8>(), any::<u8>())
        .prop_map(|(kind, table, column, choice)| Edit { kind, table, column, choice })
}

/// A schema under edit, which remembers what everything was called at the last mark.
#[derive(Clone, Default)]
pub(crate) struct Draft {
    /// As edited so far.
    pub(crate) schema: Schema,
    tables_before: BTreeMap<Name, Name>,
    columns_before: BTreeMap<(Name, String), String>,
    counter: usize,
}

const ODD: [&str; 8] =
    ["order", "select", "Weird Name", "naïve", "it's", "say \"hi\"", "rowid2", "a.b"];

impl Draft {
    /// From here on, names are remembered.
    pub(crate) fn mark(&mut self) {
        for table in self.schema.tables.values() {
            self.tables_before.insert(table.name.clone(), table.name.clone());
            for column in &table.columns {
                let key = (table.name.clone(), column.name.clone());
                self.columns_before.insert(key, column.name.clone());
            }
        }
    }

    /// The renames since the mark.
    pub(crate) fn intent(&self) -> Intent {
        let mut intent = Intent::default();
        for (new, old) in self.tables_before.iter().filter(|(new, old)| new != old) {
            intent.tables.entry(new.clone()).or_default().renamed_from = Some(old.clone());
        }
        for ((table, new), old) in self.columns_before.iter().filter(|((_, new), old)| new != *old)
        {
            let said = intent.tables.entry(table.clone()).or_default();
            said.columns.entry(new.clone()).or_default().renamed_from = Some(old.clone());
        }
        intent
    }

    fn fresh(&mut self, prefix: &str) -> String {
        self.counter += 1;
        match self.counter % 7 {
            // A dot separates schema and table, so tables do without.
            0 if prefix == "c" => format!("{} {}", ODD[self.counter / 7 % 8], self.counter),
            0 => format!("{} {}", ODD[self.counter / 7 % 7], self.counter),
            _ => format!("{prefix}{}", self.counter),
        }
    }

    /// Runs one edit; one that does not fit does nothing.
    pub(crate) fn apply(&mut self, edit: Edit) {
        if edit.kind == 0 || self.schema.tables.is_empty() {
            return self.add_table(edit);
        }
        let at = edit.table as usize % self.schema.tables.len();
        let Some(name) = self.schema.tables.keys().nth(at).cloned() else { return };
        match edit.kind {
            1 => self.drop_table(&name),
            2 => self.rename_table(&name),
            3..=5 => self.add_column(&name, edit),
            6 => self.drop_column(&name, edit),
            7 => self.rename_column(&name, edit),
            8 => self.add_reference(&name, edit),
            _ => {
                let fresh = self.fresh("n");
                let referenced = self.referenced(&name);
                if let Some(table) = self.schema.tables.get_mut(&name) {
                    alter(table, edit, &fresh, referenced);
                }
            }
        }
    }

    fn add_table(&mut self, edit: Edit) {
        let mut table = Table::new(Name::new(self.fresh("t")));
        table.columns.push(Column::new("id", Type::Int { bits: 64, signed: true }));
        table.primary_key = Some(PrimaryKey {
            name: Some(ConstraintName::convention(format!("pk_{}", table.name.name))),
            columns: vec![IndexPart::column("id")],
            options: BTreeMap::new(),
        });
        for (option, key) in [(1, "sqlite.strict"), (2, "sqlite.without_rowid")] {
            if edit.choice % 5 == option {
                table.options.insert(key.into(), "true".into());
            }
        }
        self.schema.insert(table);
    }

    fn referenced(&self, name: &Name) -> bool {
        let keys = self.schema.tables.values().flat_map(|table| &table.foreign_keys);
        { keys }.any(|key| key.table == *name)
    }

    fn drop_table(&mut self, name: &Name) {
        // Once the rows of a parent are gone, the reference cannot come back over the children's.
        if self.referenced(name) {
            return;
        }
        self.schema.tables.remove(name);
        self.tables_before.remove(name);
        self.columns_before.retain(|(table, _), _| table != name);
    }

    fn rename_table(&mut self, old: &Name) {
        let new = Name::new(self.fresh("t"));
        let Some(mut table) = self.schema.tables.remove(old) else { return };
        table.name = new.clone();
        self.schema.insert(table);
        let keys = self.schema.tables.values_mut().flat_map(|table| &mut table.foreign_keys);
        keys.filter(|key| key.table == *old).for_each(|key| key.table = new.clone());
        if let Some(before) = self.tables_before.remove(old) {
            self.tables_before.insert(new.clone(), before);
        }
        let columns = std::mem::take(&mut self.columns_before);
        let follow = |table: Name| if table == *old { new.clone() } else { table };
        self.columns_before =
            columns.into_iter().map(|((table, new), old)| ((follow(table), new), old)).collect();
    }

    fn add_column(&mut self, table: &Name, edit: Edit) {
        let mut column = Column::new(self.fresh("c"), kind(edit.column));
        column.null = edit.choice & 1 == 1;
        if edit.choice & 2 == 2 {
            column.default = Some(Expr::new(value(&column.ty, edit.choice as usize)));
        }
        if edit.choice & 12 == 12 && matches!(column.ty, Type::Text { .. }) {
            column.collate = Some("NOCASE".into());
        }
        if edit.choice & 0x70 == 0x70 {
            column.default = None;
            column.null = true;
            column.ty = Type::Int { bits: 64, signed: true };
            column.generated =
                Some(Generated { expr: Expr::new("id * 2"), stored: edit.choice & 1 == 1 });
        }
        if let Some(table) = self.schema.tables.get_mut(table) {
            table.columns.push(column);
        }
    }

    fn drop_column(&mut self, name: &Name, edit: Edit) {
        let Some(table) = self.schema.tables.get_mut(name) else { return };
        let Some(column) = pick(table, edit) else { return };
        table.columns.retain(|it| it.name != column);
        release(table, &column);
        self.columns_before.remove(&(name.clone(), column));
    }

    fn rename_column(&mut self, name: &Name, edit: Edit) {
        let new = self.fresh("c");
        let Some(table) = self.schema.tables.get_mut(name) else { return };
        let Some(old) = pick(table, edit) else { return };
        // The names of constraints stay, so only their contents follow.
        let change = autogen::op::Change::RenameColumn { old: old.clone(), new: new.clone() };
        let op = autogen::op::Op::Alter { table: name.clone(), change };
        let spelling =
            autogen::dialect::Dialect::spelling(&autogen::dialect::sqlite::Sqlite::BUNDLED);
        op.apply(&mut self.schema, spelling).unwrap();
        if let Some(before) = self.columns_before.remove(&(name.clone(), old)) {
            self.columns_before.insert((name.clone(), new), before);
        }
    }

    fn add_reference(&mut self, name: &Name, edit: Edit) {
        let at = edit.column as usize % self.schema.tables.len();
        let Some(parent) = self.schema.tables.keys().nth(at).cloned() else { return };
        let fresh = self.fresh("c");
        let Some(table) = self.schema.tables.get_mut(name) else { return };
        let mut column = Column::new(&fresh, Type::Int { bits: 64, signed: true });
        column.null = true;
        table.columns.push(column);
        let actions = [Action::NoAction, Action::Cascade, Action::SetNull, Action::Restrict];
        table.foreign_keys.push(ForeignKey {
            name: Some(ConstraintName::convention(format!("fk_{fresh}"))),
            columns: vec![fresh],
            table: parent,
            referenced: vec!["id".into()],
            on_delete: actions[edit.choice as usize % 4],
            on_update: Action::NoAction,
            matching: None,
            deferral: None,
            options: BTreeMap::new(),
        });
    }
}

/// The types that edits choose from.
fn kind(choice: u8) -> Type {
    match choice % 7 {
        0 | 1 => Type::Int { bits: 64, signed: true },
        2 => Type::Text { length: None },
        3 => Type::Text { length: Some(u32::from(choice)) },
        4 => Type::Float { bits: 64 },
        5 => Type::Bool,
        _ => Type::Bytes { length: None },
    }
}

/// A value of that type, as SQL.
pub(crate) fn value(ty: &Type, seed: usize) -> String {
    match ty {
        Type::Int { .. } => (seed + 1).to_string(),
        Type::Bool => (seed % 2).to_string(),
        Type::Float { .. } => format!("{seed}.5"),
        Type::Bytes { .. } => format!("x'{:02x}'", seed % 256),
        _ => format!("'it''s {seed}'"),
    }
}

fn pick(table: &Table, edit: Edit) -> Option<String> {
    let free = table.columns.iter().filter(|column| column.name != "id");
    let names: Vec<&String> = free.map(|column| &column.name).collect();
    names.get(edit.column as usize % names.len().max(1)).map(|name| (*name).clone())
}

/// Takes a column out of everything that speaks of it.
fn release(table: &mut Table, column: &str) {
    table.uniques.retain(|it| it.columns.iter().all(|part| part.text != column));
    table.checks.retain(|it| !it.expr.text.contains(column));
    table.foreign_keys.retain(|it| it.columns.iter().all(|name| name != column));
    table.indexes.retain(|it| {
        it.parts.iter().all(|part| !part.text.contains(column))
            && it.predicate.as_ref().is_none_or(|predicate| !predicate.text.contains(column))
    });
}

fn alter(table: &mut Table, edit: Edit, fresh: &str, referenced: bool) {
    let picked = pick(table, edit);
    let strict = table.options.contains_key("sqlite.strict");
    let keys: Vec<String> = table.foreign_keys.iter().flat_map(|it| it.columns.clone()).collect();
    let Some(name) = picked else { return };
    // Rows must suit the change: a unique column holds values that differ.
    let distinct = table.uniques.iter().any(|it| it.columns[0].text == name);
    let Some(column) = table.column_mut(&name) else { return };
    let ty = column.ty.clone();
    let quoted = format!("\"{}\"", name.replace('"', "\"\""));
    // A made-up value of a reference would dangle.
    let plain = column.generated.is_none() && !keys.contains(&column.name);
    match edit.kind {
        // Values of one type need not suit another where the table is strict.
        9 if plain && !strict && !distinct && ty != Type::Bool => {
            (column.ty, column.default) = (kind(edit.choice), None)
        }
        // A number may have been a reference, and be one again on the way down.
        10 if plain && !distinct && ty != kind(0) => column.null = !column.null,
        11 if plain && !distinct => {
            column.default = Some(Expr::new(value(&ty, edit.choice as usize)))
        }
        12 => column.default = None,
        13 if column.null && plain && column.default.is_none() && ty != Type::Bool => {
            table.uniques.push(Unique {
                name: Some(ConstraintName::convention(format!("uq_{fresh}"))),
                columns: vec![IndexPart::column(name)],
                nulls_not_distinct: false,
                deferral: None,
                options: BTreeMap::new(),
            })
        }
        14 => drop(table.uniques.pop()),
        15 => table.checks.push(Check {
            name: Some(ConstraintName::given(format!("ck_{fresh}"))),
            expr: Expr::new(format!("{quoted} <> 'never' or {quoted} is null")),
            options: BTreeMap::new(),
        }),
        16 => drop(table.checks.pop()),
        17 => table.indexes.push(index(fresh, &name, &quoted, edit)),
        18 => drop(table.indexes.pop()),
        19 => {
            if let Some(index) = table.indexes.last_mut() {
                index.name = ConstraintName::given(format!("ix_{fresh}"));
            }
        }
        20 if !referenced => toggle(&mut table.options, "sqlite.without_rowid"),
        21 => {
            if let Some(key) = table.foreign_keys.last_mut() {
                let cascades = key.on_delete == Action::Cascade;
                key.on_delete = if cascades { Action::SetNull } else { Action::Cascade };
            }
        }
        _ => {}
    }
}

fn toggle(options: &mut BTreeMap<String, String>, key: &str) {
    if options.remove(key).is_none() {
        options.insert(key.into(), "true".into());
    }
}

fn index(fresh: &str, name: &str, quoted: &str, edit: Edit) -> Index {
    let mut part = IndexPart::column(name);
    part.descending = edit.choice & 1 == 1;
    if edit.choice & 2 == 2 {
        part.expression = true;
        part.text = format!("lower({quoted})");
    }
    let predicate = (edit.choice & 4 == 4).then(|| Expr::new(format!("{quoted} IS NOT NULL")));
    Index {
        name: ConstraintName::given(format!("ix_{fresh}")),
        parts: vec![part],
        unique: false,
        predicate,
        using: None,
        include: Vec::new(),
        nulls_not_distinct: false,
        comment: None,
        options: BTreeMap::new(),
    }
}
