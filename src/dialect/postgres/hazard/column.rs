//! Columns that come, go and change.

use super::super::cast::{self, Storage};
use super::super::render;
use super::volatile::{is_moment, is_volatile};
use super::{ALL, Seen, UPKEEP};
use crate::dialect::Work;
use crate::schema::{Check, Column, Expr, Index, IndexPart, Name, ObjectKind, Table, Type};
use crate::sql::{Syntax, names};

const BY_HAND: &str =
    "add as a column that takes NULL, fill in batches (`-- autogen: repeat`), change it then";
const COMPUTED: &str = "fill a plain column by a trigger and in batches; from 18 on, VIRTUAL";
const OF_DOMAIN: &str = "take the type below the domain, with a check that is NOT VALID";
const IN_BATCHES: &str = "fill in batches (`-- autogen: repeat`) in a revision before";
const ANOTHER: &str = "add another column, fill it in batches, change their names then";
const PROVED: &str = "prove by a check `IS NOT NULL` that is NOT VALID and validated in a step of \
                      its own; then nothing is read under this lock";
const UNPROVED: &str = "add as NOT NULL .. NOT VALID, and validate in a step of its own";

impl Seen<'_> {
    pub(super) fn add_column(&mut self, table: &Name, column: &Column, fill: Option<&Expr>) {
        let what = || format!("{table}.{}", column.name);
        let unproved = column.options.contains_key("not_null");
        let numbered = column.identity.is_some() || column.options.contains_key("serial");
        let default = column.default.as_ref().map(|default| default.text.as_str());
        let stored = column.generated.as_ref().is_some_and(|generated| generated.stored);
        let drawn = default.is_some_and(is_volatile);
        let fill = fill.filter(|fill| default != Some(fill.text.as_str()));
        let work = match fill {
            // The default is set for the moment, which costs nothing.
            Some(fill) if render::constant(&fill.text) => Work::None,
            Some(_) => Work::Fill,
            None if numbered || stored || drawn || self.is_checked_domain(&column.ty) => {
                Work::Rewrite
            }
            None if !column.null
                && default.is_none()
                && column.generated.is_none()
                && !unproved =>
            {
                Work::Scan
            }
            None => Work::None,
        };
        self.family(table, ALL, work);
        match work {
            Work::Rewrite if stored => self.safer(COMPUTED, what()),
            Work::Rewrite if !numbered && !drawn => self.safer(OF_DOMAIN, what()),
            Work::Rewrite | Work::Fill => self.safer(BY_HAND, what()),
            _ => {}
        }
        let value = fill.map(|fill| fill.text.as_str()).or(default).filter(|_| !drawn);
        if let Some(value) = value.filter(|value| is_moment(value)) {
            self.note(format!("old rows get one and the same {value} in {}", what()));
        }
    }

    /// Every row is written anew for a domain that has conditions.
    fn is_checked_domain(&self, ty: &Type) -> bool {
        let name = Name::from(ty.spelled().replace('"', ""));
        let domain = self.state.object(&name).filter(|it| it.kind == ObjectKind::Domain);
        domain.is_some_and(|domain| {
            let mut words = domain.sql.split(|c: char| !c.is_alphanumeric());
            words.any(|word| word.eq_ignore_ascii_case("check") || word.eq_ignore_ascii_case("not"))
        })
    }

    pub(super) fn drop_column(&mut self, table: &Name, column: &Column) {
        self.family(table, ALL, Work::None);
        let keys = self.state.table(table).map(|table| &table.foreign_keys);
        for key in keys.into_iter().flatten().filter(|key| key.columns.contains(&column.name)) {
            self.family(&key.table, ALL, Work::None);
        }
    }

    pub(super) fn alter_column(
        &mut self,
        table: &Name,
        (old, new): (&Column, &Column),
        (fill, using): (Option<&Expr>, Option<&Expr>),
    ) {
        let facets = |column: &Column| Column { comment: None, ..column.clone() };
        if facets(old) == facets(new) {
            return self.lock(table, UPKEEP, Work::None);
        }
        let mut bare = (facets(old), facets(new));
        for column in [&mut bare.0, &mut bare.1] {
            column.options.remove("statistics");
        }
        if bare.0 == bare.1 {
            return self.family(table, UPKEEP, Work::None);
        }
        // A change of the sequence alone is none of the table.
        let mut work = Work::None;
        if (&old.ty, &old.collate) != (&new.ty, &new.collate) {
            work = work.max(self.retype(table, (old, new), using));
        }
        if let (Some(before), Some(after)) = (&old.generated, &new.generated)
            && before.expr != after.expr
        {
            work = work.max(if after.stored { Work::Rewrite } else { Work::None });
        }
        if old.null && !new.null {
            work = work.max(self.refuse_null(table, new, fill));
        }
        let unproved = |column: &Column| column.options.contains_key("not_null");
        if !old.null && !new.null && unproved(old) && !unproved(new) {
            work = work.max(Work::Scan);
        }
        let numbered =
            |column: &Column| column.identity.is_some() || column.options.contains_key("serial");
        if numbered(new) && numbered(old) && old.identity.is_some() != new.identity.is_some() {
            self.note(format!(
                "the sequence of {table}.{} is a new one: who may use it, its step and its cache \
                 are as usual",
                new.name
            ));
        }
        if numbered(new) && !numbered(old) && !self.leads_an_index(table, &new.name) {
            // The largest number is looked for.
            work = work.max(Work::Scan);
        }
        self.family(table, ALL, work);
    }

    /// The column takes another type or collation.
    fn retype(
        &mut self,
        name: &Name,
        (old, new): (&Column, &Column),
        using: Option<&Expr>,
    ) -> Work {
        let storage = match using {
            Some(_) => Storage::Rewritten,
            None => cast::of(&old.ty, &new.ty).storage,
        };
        // The statement before sets the time zone.
        let rewritten = storage == Storage::Rewritten;
        let Some(table) = self.state.table(name) else { return Work::None };
        for key in &table.foreign_keys {
            if key.columns.contains(&old.name) {
                self.family(&key.table, ALL, Work::Scan);
            }
        }
        for other in self.state.referencing(name).filter(|other| *other != name) {
            let keys = self.state.table(other).map(|table| &table.foreign_keys);
            let refers = keys
                .into_iter()
                .flatten()
                .any(|key| key.table == *name && key.referenced.contains(&old.name));
            if refers {
                self.family(other, ALL, Work::Scan);
            }
        }
        self.forget(name, &new.name);
        if rewritten {
            self.safer(ANOTHER, format!("{name}.{}", new.name));
            return Work::Rewrite;
        }
        let checked = table.checks.iter().any(|check| speaks(&check.expr, &old.name));
        match rebuilds_an_index(table, old, new) {
            true => Work::Build,
            false if checked => Work::Scan,
            false => Work::None,
        }
    }

    /// What the planner knew of a column goes with its type.
    pub(super) fn forget(&mut self, table: &Name, column: &str) {
        self.note(format!("the statistics of {table}.{column} are gone: run ANALYZE {table}"));
    }

    fn refuse_null(&mut self, table: &Name, column: &Column, fill: Option<&Expr>) -> Work {
        let what = || format!("{table}.{}", column.name);
        if fill.is_some() && column.generated.is_none() {
            self.safer(IN_BATCHES, what());
            return Work::Fill;
        }
        if column.options.contains_key("not_null") {
            return Work::None;
        }
        let checks = self.state.table(table).map(|table| table.checks.as_slice());
        if checks.unwrap_or_default().iter().any(|check| proves(check, &column.name)) {
            return Work::None;
        }
        self.safer(if self.postgres.version >= 18 { UNPROVED } else { PROVED }, what());
        Work::Scan
    }

    fn leads_an_index(&self, table: &Name, column: &str) -> bool {
        let Some(table) = self.state.table(table) else { return false };
        let leads = |parts: &[IndexPart]| parts.first().is_some_and(|part| part.text == column);
        table.primary_key.as_ref().is_some_and(|key| leads(&key.columns))
            || table.uniques.iter().any(|unique| leads(&unique.columns))
            || table.indexes.iter().any(|index| {
                let whole = index.using.is_none() && index.predicate.is_none();
                whole && leads(&index.parts)
            })
    }
}

/// Whether an expression says a column.
fn speaks(expr: &Expr, column: &str) -> bool {
    names(&expr.text, Syntax::POSTGRES).any(|name| name == column)
}

/// Whether a check that holds for all rows says that a column is not NULL.
fn proves(check: &Check, column: &str) -> bool {
    let holds = ["not_valid", "not_enforced"].iter().all(|key| !check.options.contains_key(*key));
    let inner = check.expr.text.trim().trim_start_matches('(').trim_end_matches(')').trim();
    let mut words = inner.split_whitespace().map(|word| word.trim_matches('"'));
    let name = words.next();
    let rest: Vec<String> = words.map(str::to_ascii_uppercase).collect();
    holds && name == Some(column) && rest == ["IS", "NOT", "NULL"]
}

/// Whether the values stay where they are, but an index sorts them anew.
fn rebuilds_an_index(table: &Table, old: &Column, new: &Column) -> bool {
    let part = |part: &IndexPart| match part.expression {
        true => speaks(&Expr::new(part.text.clone()), &old.name).then_some(true),
        false => (part.text == old.name).then(|| sorts_anew(old, new, part)),
    };
    let parts = |parts: &[IndexPart]| parts.iter().filter_map(part).any(|it| it);
    let index = |index: &Index| {
        let predicate = index.predicate.as_ref().is_some_and(|it| speaks(it, &old.name));
        predicate || parts(&index.parts)
    };
    let excludes = table.excludes.iter().any(|exclude| {
        exclude.elements.iter().chain(&exclude.predicate).any(|it| speaks(it, &old.name))
    });
    table.primary_key.as_ref().is_some_and(|key| parts(&key.columns))
        || table.uniques.iter().any(|unique| parts(&unique.columns))
        || table.indexes.iter().any(index)
        || excludes
}

/// Whether values of the two types sort in another way, though they are the same bytes.
fn sorts_anew(old: &Column, new: &Column, part: &IndexPart) -> bool {
    let base = |column: &Column| {
        let ty = column.ty.spelled().into_owned();
        let name = ty.split('(').next().unwrap_or_default().trim_end().to_owned();
        match name.as_str() {
            "character varying" => "text".to_owned(),
            "cidr" => "inet".to_owned(),
            _ if name.starts_with("timestamp") || name.starts_with("time") => {
                let zoned = ty.ends_with("with time zone");
                format!("{}{}", name.split(' ').next().unwrap_or_default(), u8::from(zoned))
            }
            _ => name,
        }
    };
    base(old) != base(new) || (part.collate.is_none() && old.collate != new.collate)
}
