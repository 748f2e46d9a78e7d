//! Edits that SQLite can follow.

use std::collections::BTreeMap;

use autogen::schema::{
    Action, Check, Column, ConstraintName, Expr, Generated, Index, IndexPart, Name, PrimaryKey,
    Table, Type, Unique,
};

use super::draft::{Draft, Edit, pick};

/// How many kinds of edits there are.
pub(crate) const KINDS: u8 = 22;

impl Draft {
    /// Runs one edit; one that does not fit does nothing.
    pub(crate) fn apply(&mut self, edit: Edit) {
        if edit.kind == 0 || self.schema.tables.is_empty() {
            return self.add_table(edit);
        }
        let Some(name) = self.chosen(edit) else { return };
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
