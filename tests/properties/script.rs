//! Edits that a server can follow with rows in the tables. What each has of its own are its words.

use std::collections::BTreeMap;

use autogen::schema::{
    Check, Column, ConstraintName, Conversion, Enum, Expr, ForeignKey, Generated, Identity, Index,
    IndexPart, Intent, Name, PrimaryKey, Schema, Table, Type, Unique,
};
use autogen::sql::Spelling;

use super::draft::{Draft, Edit, pick, release};

/// How many kinds of edits there are.
pub(crate) const KINDS: u8 = 29;

/// Labels that no row holds at first, so that they can go, begin with this.
const SPARE: &str = "spare";

/// What a database has of its own.
pub(crate) struct Words {
    /// How it spells names.
    pub(crate) spelling: fn() -> Spelling,
    /// The namespaces that tables can be in, by a number.
    pub(crate) home: fn(u8) -> Option<String>,
    /// The types that edits choose from.
    pub(crate) kind: fn(u8) -> Type,
    /// What a column of labels can be.
    pub(crate) labelled: fn(Name, bool) -> Type,
    /// A value of that type, as SQL.
    pub(crate) value: fn(&Type, usize) -> String,
    /// What a column computes.
    pub(crate) computed: &'static str,
    /// How rows are numbered.
    pub(crate) identity: fn(u8) -> Option<Identity>,
    /// Whether three rows are given three values that an index can have.
    pub(crate) differs: fn(&Type) -> bool,
    /// Whether text can be made of it, and it of that text.
    pub(crate) is_told: fn(&Type) -> bool,
    /// A check that made-up rows satisfy.
    pub(crate) check: fn(&str, &Column) -> Check,
    /// Whether a check may be about a column that references change.
    pub(crate) checks_references: bool,
    /// One column that may be NULL.
    pub(crate) unique: fn(&str, &str, u8) -> Unique,
    /// An index of any shape that the type allows.
    pub(crate) index: fn(&str, &Column, u8) -> Option<Index>,
    /// Another action.
    pub(crate) change_reference: fn(&mut ForeignKey, u8),
    /// A setting of tables.
    pub(crate) set: fn(&mut Table, u8),
}

/// Some words, or none.
pub(crate) fn comment(choice: u8) -> Option<String> {
    (!choice.is_multiple_of(3)).then(|| format!("it's said {choice}"))
}

/// A draft, and what its enumerated types were at the last mark.
#[derive(Clone)]
pub(crate) struct Script {
    /// The schema.
    pub(crate) draft: Draft,
    words: &'static Words,
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
    pub(crate) fn new(words: &'static Words) -> Self {
        let draft = Draft::new((words.spelling)());
        Self { draft, words, labels_before: BTreeMap::new(), since: None, counter: 0 }
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
                said.convert = Some(Conversion::By(Expr::new((self.words.value)(&ty, 77))));
            }
        }
        for ((name, new), old) in self.labels_before.iter().filter(|((_, new), old)| new != *old) {
            let said = intent.enums.entry(name.clone()).or_default();
            said.renamed_labels.insert(new.clone(), old.clone());
            // Where the labels are the column's own, it is the column that says so.
            for table in self.draft.schema.tables.values() {
                let own = |column: &&Column| column.ty == Type::Enum(name.clone());
                for column in table.columns.iter().filter(own) {
                    let said = intent.tables.entry(table.name.clone()).or_default();
                    let said = said.columns.entry(column.name.clone()).or_default();
                    said.renamed_labels.insert(new.clone(), old.clone());
                }
            }
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
                let schema = (self.words.home)(edit.choice % 2);
                self.draft.move_table(&name, Name { schema, name: name.name.clone() });
            }
            25 if !self.bears(edit.kind) => {}
            24..=26 => self.change_enum(edit),
            9 | 10 if !self.bears(edit.kind) => {}
            _ => {
                let fresh = self.draft.fresh("n");
                if let Some(table) = self.draft.schema.tables.get_mut(&name) {
                    alter(table, edit, &fresh, self.words);
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
        let schema = (self.words.home)(edit.choice % 5);
        let mut table = Table::new(Name { schema, name: self.draft.fresh("t") });
        table.columns.push(Column::new("id", Type::Int { bits: 64, signed: true }));
        table.columns[0].identity = (self.words.identity)(edit.column);
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
                let name = self.enumeration(edit);
                (self.words.labelled)(name, edit.column % 16 == 15)
            }
            choice => (self.words.kind)(choice),
        };
        let mut column = Column::new(self.draft.fresh("c"), ty);
        column.null = edit.choice & 1 == 1;
        if edit.choice & 2 == 2 {
            column.default = Some(Expr::new((self.words.value)(&column.ty, edit.choice as usize)));
        }
        if edit.choice & 0x70 == 0x70 {
            column.default = None;
            column.null = true;
            column.ty = Type::Int { bits: 64, signed: true };
            column.generated =
                Some(Generated { expr: Expr::new(self.words.computed), stored: true });
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

fn alter(table: &mut Table, edit: Edit, fresh: &str, words: &Words) {
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
            return key.into_iter().for_each(|key| (words.change_reference)(key, edit.choice));
        }
        22 => return (words.set)(table, edit.choice),
        27 => return table.columns[0].identity = (words.identity)(edit.choice),
        28 => return table.comment = comment(edit.choice),
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
            && (words.differs)(&column.ty) =>
        {
            table.uniques.push((words.unique)(fresh, &name, edit.choice));
        }
        15 if words.checks_references || !keys.contains(&name) => {
            table.checks.push((words.check)(fresh, &column));
        }
        15 => {}
        17 => table.indexes.extend((words.index)(fresh, &column, edit.choice)),
        9 if plain && !distinct => retype(table, &name, edit, words),
        _ => alter_column(table, &name, edit, words, plain && !distinct),
    }
}

fn alter_column(table: &mut Table, name: &str, edit: Edit, words: &Words, free: bool) {
    let Some(column) = table.column_mut(name) else { return };
    match edit.kind {
        10 if free => column.null = !column.null,
        11 if free => {
            column.default = Some(Expr::new((words.value)(&column.ty, edit.choice as usize)));
        }
        12 => column.default = None,
        20 => column.comment = comment(edit.choice),
        _ => {}
    }
}

/// To text and back, and between numbers: what values survive on the way down.
fn retype(table: &mut Table, name: &str, edit: Edit, words: &Words) {
    let number = |ty: &Type| matches!(ty, Type::Int { .. });
    let Some(old) = table.column(name).map(|column| column.ty.clone()) else { return };
    let new = match &old {
        Type::Text { length: None } => (words.kind)(edit.choice),
        ty if number(ty) && edit.choice.is_multiple_of(2) => (words.kind)(edit.choice % 3),
        _ => Type::Text { length: None },
    };
    if new == old || ![&old, &new].into_iter().all(words.is_told) {
        return;
    }
    let spoken = table.column(name).cloned();
    release(table, name);
    if let (Some(column), Some(before)) = (table.column_mut(name), spoken) {
        *column = Column { ty: new, default: None, options: BTreeMap::new(), ..before };
    }
}
