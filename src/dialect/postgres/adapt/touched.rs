//! What a plan touches so that other things must go first: columns that change their type or are
//! made anew, enumerated types that are made anew, and the objects that speak of any of these.

use std::collections::{BTreeMap, BTreeSet};

use crate::dialect::postgres::Postgres;
use crate::op::{Change, Op};
use crate::schema::{Column, Expr, Name, Need, Object, ObjectKind, Schema, Table, Type};
use crate::sql::{Syntax, names};

/// Columns by table; those that a table has from a parent count as its own.
#[derive(Clone, Debug, Default)]
pub(super) struct Columns(BTreeMap<Name, BTreeSet<String>>);

impl Columns {
    pub(super) fn has(&self, table: &Name, column: &str) -> bool {
        self.0.get(table).is_some_and(|columns| columns.contains(column))
    }

    fn of(&self, table: &Name) -> impl Iterator<Item = &String> {
        self.0.get(table).into_iter().flatten()
    }

    /// Whether any of these is new.
    fn add(&mut self, table: &Name, column: &str, family: &Family<'_>) -> bool {
        let mut open = vec![table];
        let mut fresh = false;
        while let Some(table) = open.pop() {
            let columns = self.0.entry(table.clone()).or_default();
            if columns.insert(column.to_owned()) {
                fresh = true;
                open.extend(family.get(table).into_iter().flatten());
            }
        }
        fresh
    }
}

/// The partitions and heirs of each table.
type Family<'a> = BTreeMap<Name, Vec<&'a Name>>;

/// What is touched.
#[derive(Clone, Debug, Default)]
pub(super) struct Touched {
    /// Columns that change their type where they stand.
    pub(super) retyped: Columns,
    /// Those of them of which expressions make something else afterwards.
    pub(super) recast: Columns,
    /// Others of them, whose values meet constants of the same size.
    resized: Columns,
    /// Columns that move over to the new form of an enumerated type.
    pub(super) moved: Columns,
    /// Columns that are dropped and added again.
    pub(super) remade: Columns,
    /// Enumerated types that are made anew.
    pub(super) enums: BTreeSet<Name>,
    /// Objects that are dropped and made again, by their place in the schema.
    pub(super) objects: BTreeSet<usize>,
    /// The names of types that are made anew, as they stand in expressions.
    pub(super) types: BTreeSet<String>,
    /// The names of functions that are made anew.
    pub(super) functions: BTreeSet<String>,
}

impl Touched {
    /// Whether a default cannot stay. That of a column which moves over goes and comes with it.
    pub(super) fn stops_default(&self, expr: &str, moved: bool) -> bool {
        names(expr, Syntax::POSTGRES)
            .any(|it| self.functions.contains(&it) || (!moved && self.types.contains(&it)))
    }

    /// Whether an expression over a table speaks of what must not be spoken of for a while.
    pub(super) fn speaks(&self, table: &Name, expr: &str) -> bool {
        let sized = unifies(expr);
        names(expr, Syntax::POSTGRES).any(|name| {
            self.types.contains(&name)
                || self.functions.contains(&name)
                || self.remade.has(table, &name)
                || self.moved.has(table, &name)
                || self.recast.has(table, &name)
                || (sized && self.resized.has(table, &name))
        })
    }
}

/// Finds all of it.
pub(super) fn touched<'a>(
    postgres: &Postgres,
    ops: impl Iterator<Item = &'a Op> + Clone,
    before: &Schema,
) -> Touched {
    let mut family = Family::new();
    for table in before.tables.values() {
        for parent in table.parents() {
            family.entry(parent).or_default().push(&table.name);
        }
    }
    let going = Going::new(ops.clone());
    let mut touched = Touched::default();
    for op in ops {
        match op {
            Op::AlterEnum { old, new } if !old.stays_in(new) => {
                touched.enums.insert(old.name.clone());
                touched.types.insert(old.name.name.clone());
            }
            Op::Alter { table, change: Change::AlterColumn { old, new, .. } } => {
                match fate(postgres, old, new) {
                    Fate::Stays => {}
                    Fate::Retyped => {
                        touched.retyped.add(table, &old.name, &family);
                        let cast = match group(&old.ty) == group(&new.ty) {
                            true => &mut touched.resized,
                            false => &mut touched.recast,
                        };
                        cast.add(table, &old.name, &family);
                    }
                    Fate::Remade => drop(touched.remade.add(table, &old.name, &family)),
                }
            }
            _ => {}
        }
    }
    for table in before.tables.values().filter(|it| !going.tables.contains(&it.name)) {
        for column in &table.columns {
            let replaced = column.ty.enumeration().is_some_and(|it| touched.enums.contains(it));
            if replaced && !going.leaves(&table.name, &column.name) {
                let columns = match column.generated.is_some() {
                    true => &mut touched.remade,
                    false => &mut touched.moved,
                };
                columns.add(&table.name, &column.name, &family);
            }
        }
    }
    while computed(&mut touched, before, &family, &going) | speakers(&mut touched, before, &going) {
    }
    touched
}

/// What a plan takes away anyway.
#[derive(Default)]
struct Going<'a> {
    tables: BTreeSet<&'a Name>,
    columns: BTreeSet<(&'a Name, &'a str)>,
    /// Columns that take another type than an enumerated one, or another one of these.
    leaving: BTreeSet<(&'a Name, &'a str)>,
    /// The names in values that old rows of a table get.
    read: BTreeSet<(&'a Name, String)>,
    objects: BTreeSet<(ObjectKind, &'a Name, Option<&'a Name>)>,
}

impl<'a> Going<'a> {
    fn new(ops: impl Iterator<Item = &'a Op>) -> Self {
        let mut going = Self::default();
        for op in ops {
            match op {
                Op::DropTable(table) => drop(going.tables.insert(&table.name)),
                Op::DropObject(it) => {
                    going.objects.insert((it.kind, &it.name, it.table.as_ref()));
                }
                Op::Alter { table, change } => going.note(table, change),
                _ => {}
            }
        }
        going
    }

    fn note(&mut self, table: &'a Name, change: &'a Change) {
        match change {
            Change::DropColumn { column, .. } => drop(self.columns.insert((table, &column.name))),
            Change::AlterColumn { old, new, fill, using } => {
                if old.ty.enumeration() != new.ty.enumeration() {
                    self.leaving.insert((table, &old.name));
                }
                self.reads(table, fill.iter().chain(using));
            }
            Change::AddColumn { fill, .. } => self.reads(table, fill.iter()),
            _ => {}
        }
    }

    fn reads(&mut self, table: &'a Name, values: impl Iterator<Item = &'a Expr>) {
        for value in values {
            self.read.extend(names(&value.text, Syntax::POSTGRES).map(|name| (table, name)));
        }
    }

    /// Whether a column is no longer of its type when the type is made anew.
    fn leaves(&self, table: &Name, column: &str) -> bool {
        let goes = self.columns.contains(&(table, column));
        let read = || self.read.contains(&(table, column.to_owned()));
        self.leaving.contains(&(table, column)) || (goes && !read())
    }

    fn takes(&self, it: &Object) -> bool {
        let hung = it.table.as_ref().is_some_and(|table| self.tables.contains(table));
        hung || self.objects.contains(&(it.kind, &it.name, it.table.as_ref()))
    }
}

/// Types between which PostgreSQL keeps an expression as it would read it anew: with others it
/// leaves casts behind, and `a / 2` of a former numeric is no division of integers.
fn group(ty: &Type) -> String {
    let spelled = ty.spelled();
    let base = spelled.split('(').next().unwrap_or_default().trim();
    match base {
        "smallint" | "integer" | "bigint" => "integer",
        "text" | "character varying" => "text",
        base => base,
    }
    .to_owned()
}

/// Whether an expression brings its operands to one type, so that a constant in it gets a cast.
/// Comparisons and sums take integers of any two sizes as they are.
fn unifies(expr: &str) -> bool {
    let words = ["coalesce", "greatest", "least", "case", "mod", "div", "gcd", "lcm"];
    expr.contains(['%', '&', '|', '#'])
        || names(expr, Syntax::POSTGRES).any(|it| words.contains(&it.to_ascii_lowercase().as_str()))
}

enum Fate {
    Stays,
    Retyped,
    Remade,
}

/// What becomes of a column that changes.
fn fate(postgres: &Postgres, old: &Column, new: &Column) -> Fate {
    let typed = (&old.ty, &old.collate) == (&new.ty, &new.collate);
    let remade = match (&old.generated, &new.generated) {
        (None, None) => false,
        (None, Some(_)) => true,
        (Some(before), Some(after)) => {
            let in_place = postgres.version >= 17 && typed;
            before.stored != after.stored || (before.expr != after.expr && !in_place)
        }
        (Some(before), None) => !before.stored || postgres.version < 13,
    };
    match (remade, typed) {
        (true, _) => Fate::Remade,
        (false, false) => Fate::Retyped,
        (false, true) => Fate::Stays,
    }
}

/// Columns that are computed from touched ones. Whether there are new ones.
fn computed(
    touched: &mut Touched,
    before: &Schema,
    family: &Family<'_>,
    going: &Going<'_>,
) -> bool {
    let mut found = Vec::new();
    for table in before.tables.values().filter(|it| !going.tables.contains(&it.name)) {
        let computed = table.columns.iter().filter_map(|it| Some((it, it.generated.as_ref()?)));
        for (column, generated) in computed {
            let expr = &generated.expr.text;
            let retyped =
                || names(expr, Syntax::POSTGRES).any(|it| touched.retyped.has(&table.name, &it));
            if !going.columns.contains(&(&table.name, column.name.as_str()))
                && !touched.remade.has(&table.name, &column.name)
                && (touched.speaks(&table.name, expr) || retyped())
            {
                found.push((&table.name, &column.name));
            }
        }
    }
    let mut fresh = false;
    for (table, column) in found {
        fresh |= touched.remade.add(table, column, family);
    }
    fresh
}

/// Objects that speak of touched things. Whether there are new ones.
fn speakers(touched: &mut Touched, before: &Schema, going: &Going<'_>) -> bool {
    let known = touched.objects.len();
    let mut taken = Taken::default();
    for at in &touched.objects {
        taken.note(&before.objects[*at]);
    }
    loop {
        let count = touched.objects.len();
        for (at, object) in before.objects.iter().enumerate() {
            if !touched.objects.contains(&at)
                && !going.takes(object)
                && (taken.stands_under(object) || blocks(touched, object))
            {
                touched.objects.insert(at);
                taken.note(object);
                if object.kind == ObjectKind::Function {
                    touched.functions.insert(plain_name(object).to_owned());
                }
            }
        }
        if touched.objects.len() == count {
            return count > known;
        }
    }
}

/// The name of a function without its arguments.
fn plain_name(object: &Object) -> &str {
    object.name.name.split('(').next().unwrap_or_default()
}

/// Whether an object itself speaks of what is touched.
fn blocks(touched: &Touched, object: &Object) -> bool {
    let column = |table: &Name, column: &str| {
        let remade = touched.remade.has(table, column);
        // These follow a change of type, but not a column that goes.
        let follows = object.kind == ObjectKind::Statistics;
        let typed = touched.retyped.has(table, column) || touched.moved.has(table, column);
        remade || (typed && !follows)
    };
    object.needs.iter().any(|need| match need {
        Need::Column(table, name) => column(table, name),
        Need::Type(name) => touched.enums.contains(name),
        Need::Relation(_) | Need::Function(_) | Need::Trigger(_) => false,
    })
}

/// The names of objects that go for a while.
#[derive(Default)]
struct Taken {
    names: BTreeSet<Name>,
    functions: BTreeSet<String>,
}

impl Taken {
    fn note(&mut self, object: &Object) {
        match object.kind {
            ObjectKind::Function => drop(self.functions.insert(object.name.to_string())),
            ObjectKind::View
            | ObjectKind::MaterializedView
            | ObjectKind::Domain
            | ObjectKind::Composite => drop(self.names.insert(object.name.clone())),
            _ => {}
        }
    }

    /// Whether one of them is what this object stands on.
    fn stands_under(&self, object: &Object) -> bool {
        let hung = object.table.as_ref().is_some_and(|table| self.names.contains(table));
        hung || object.needs.iter().any(|need| match need {
            Need::Relation(name) | Need::Column(name, _) | Need::Type(name) => {
                self.names.contains(name)
            }
            Need::Function(signature) => self.functions.contains(signature),
            Need::Trigger(_) => false,
        })
    }
}

/// The columns of a table that are remade, in the order of the table.
pub(super) fn remade<'a>(touched: &Touched, table: &'a Table) -> Vec<&'a Column> {
    let set: BTreeSet<&String> = touched.remade.of(&table.name).collect();
    table.columns.iter().filter(|column| set.contains(&column.name)).collect()
}
