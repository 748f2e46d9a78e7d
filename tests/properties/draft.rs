//! Random schemas: a script of edits, so that pairs are near each other and shrink well. What each
//! database adds to this is beside it.

use std::collections::BTreeMap;

use autogen::op::{Change, Op};
use autogen::schema::{
    Action, Column, ConstraintName, ForeignKey, Intent, Name, Schema, Table, Type,
};
use autogen::sql::Spelling;
use proptest::prelude::*;

/// One step of the script; the numbers choose among what is there.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Edit {
    /// What is done.
    pub(crate) kind: u8,
    /// To which table.
    pub(crate) table: u8,
    /// To which column.
    pub(crate) column: u8,
    /// And how.
    pub(crate) choice: u8,
}

/// Any edit of so many kinds.
pub(crate) fn edit(kinds: u8) -> impl Strategy<Value = Edit> {
    (0..kinds, any::<u8>(), any::<u8>(), any::<u8>())
        .prop_map(|(kind, table, column, choice)| Edit { kind, table, column, choice })
}

/// A schema under edit, which remembers what everything was called at the last mark.
#[derive(Clone)]
pub(crate) struct Draft {
    /// As edited so far.
    pub(crate) schema: Schema,
    spelling: Spelling,
    /// Tables by their name now, with the name before.
    pub(crate) tables_before: BTreeMap<Name, Name>,
    /// Columns likewise, the table by its name now.
    pub(crate) columns_before: BTreeMap<(Name, String), String>,
    counter: usize,
}

/// What referenced rows do to those that refer to them.
pub(crate) const ACTIONS: [Action; 4] =
    [Action::NoAction, Action::Cascade, Action::SetNull, Action::Restrict];

const ODD: [&str; 8] =
    ["order", "select", "Weird Name", "naïve", "it's", "say \"hi\"", "rowid2", "a.b"];

impl Draft {
    /// Nothing yet.
    pub(crate) fn new(spelling: Spelling) -> Self {
        Self {
            schema: Schema::default(),
            spelling,
            tables_before: BTreeMap::new(),
            columns_before: BTreeMap::new(),
            counter: 0,
        }
    }

    /// The table that an edit is about.
    pub(crate) fn chosen(&self, edit: Edit) -> Option<Name> {
        let at = edit.table as usize % self.schema.tables.len().max(1);
        self.schema.tables.keys().nth(at).cloned()
    }

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

    /// A name that nothing has yet; some are odd.
    pub(crate) fn fresh(&mut self, prefix: &str) -> String {
        self.counter += 1;
        match self.counter % 7 {
            // A dot separates schema and table, so tables do without.
            0 if prefix == "c" => format!("{} {}", ODD[self.counter / 7 % 8], self.counter),
            0 => format!("{} {}", ODD[self.counter / 7 % 7], self.counter),
            _ => format!("{prefix}{}", self.counter),
        }
    }

    /// Whether some table refers to it.
    pub(crate) fn referenced(&self, name: &Name) -> bool {
        let keys = self.schema.tables.values().flat_map(|table| &table.foreign_keys);
        { keys }.any(|key| key.table == *name)
    }

    /// The table goes.
    pub(crate) fn drop_table(&mut self, name: &Name) {
        // Once the rows of a parent are gone, the reference cannot come back over the children's.
        if self.referenced(name) {
            return;
        }
        self.schema.tables.remove(name);
        self.tables_before.remove(name);
        self.columns_before.retain(|(table, _), _| table != name);
    }

    /// The table gets a new name where it is.
    pub(crate) fn rename_table(&mut self, old: &Name) {
        let name = self.fresh("t");
        self.move_table(old, Name { schema: old.schema.clone(), name });
    }

    /// The table gets that name.
    pub(crate) fn move_table(&mut self, old: &Name, new: Name) {
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

    /// The column goes, with what speaks of it.
    pub(crate) fn drop_column(&mut self, name: &Name, edit: Edit) {
        let Some(table) = self.schema.tables.get_mut(name) else { return };
        let Some(column) = pick(table, edit) else { return };
        table.columns.retain(|it| it.name != column);
        release(table, &column);
        self.columns_before.remove(&(name.clone(), column));
    }

    /// The column gets a new name.
    pub(crate) fn rename_column(&mut self, name: &Name, edit: Edit) {
        let new = self.fresh("c");
        let Some(table) = self.schema.tables.get_mut(name) else { return };
        let Some(old) = pick(table, edit) else { return };
        // The names of constraints stay, so only their contents follow.
        let change = Change::RenameColumn { old: old.clone(), new: new.clone() };
        let op = Op::Alter { table: name.clone(), change };
        op.apply(&mut self.schema, self.spelling).unwrap();
        if let Some(before) = self.columns_before.remove(&(name.clone(), old)) {
            self.columns_before.insert((name.clone(), new), before);
        }
    }

    /// A new column refers to some table.
    pub(crate) fn add_reference(&mut self, name: &Name, edit: Edit) {
        let at = edit.column as usize % self.schema.tables.len();
        let Some(parent) = self.schema.tables.keys().nth(at).cloned() else { return };
        let fresh = self.fresh("c");
        let Some(table) = self.schema.tables.get_mut(name) else { return };
        let mut column = Column::new(&fresh, Type::Int { bits: 64, signed: true });
        column.null = true;
        table.columns.push(column);
        table.foreign_keys.push(ForeignKey {
            name: Some(ConstraintName::convention(format!("fk_{fresh}"))),
            columns: vec![fresh],
            table: parent,
            referenced: vec!["id".into()],
            on_delete: ACTIONS[edit.choice as usize % 4],
            on_update: Action::NoAction,
            matching: None,
            deferral: None,
            options: BTreeMap::new(),
        });
    }
}

/// The column that an edit is about: any but the key.
pub(crate) fn pick(table: &Table, edit: Edit) -> Option<String> {
    let free = table.columns.iter().filter(|column| column.name != "id");
    let names: Vec<&String> = free.map(|column| &column.name).collect();
    names.get(edit.column as usize % names.len().max(1)).map(|name| (*name).clone())
}

/// Takes a column out of everything that speaks of it.
pub(crate) fn release(table: &mut Table, column: &str) {
    table.uniques.retain(|it| it.columns.iter().all(|part| part.text != column));
    table.checks.retain(|it| !it.expr.text.contains(column));
    table.foreign_keys.retain(|it| it.columns.iter().all(|name| name != column));
    table.indexes.retain(|it| {
        it.parts.iter().all(|part| !part.text.contains(column))
            && it.predicate.as_ref().is_none_or(|predicate| !predicate.text.contains(column))
    });
}
