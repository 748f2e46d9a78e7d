//! PostgreSQL 12 to 18.

mod adapt;
mod canonical;
pub mod cast;
pub mod expr;
mod hazard;
pub mod introspect;
mod judge;
mod render;
mod standing;
mod type_name;
pub mod types;

use std::borrow::Cow;

use autogen_model::Diagnostic;

use super::judge::{Inquiry, Question};
use super::{Dialect, Effects, Fate, Sharing};
use crate::op::{Op, Part};
use crate::schema::{Column, Intent, Schema, Table};
use crate::sql::{Spelling, Syntax};
use cast::{Storage, Values};

/// PostgreSQL at one version: what it can do, and what it reports, depends on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Postgres {
    /// The major version.
    pub version: u16,
    /// The namespace where names stand that name none.
    pub home: Cow<'static, str>,
    /// Indexes of tables that are there already are built and dropped while others write.
    pub concurrent_indexes: bool,
}

/// The namespace that every database has.
const HOME: &str = "public";

impl Postgres {
    /// The version that revisions are written for where no server says its own.
    pub const USUAL: Self = Self::new(15);

    /// That major version, with indexes built in transactions.
    pub const fn new(version: u16) -> Self {
        Self { version, home: Cow::Borrowed(HOME), concurrent_indexes: false }
    }

    /// A name without the namespace that need not be said: `app.events` is `events` where `app` is
    /// home.
    fn at_home<'n>(&self, name: &'n str) -> &'n str {
        let inner = |name: &'n str| name.strip_prefix(&*self.home)?.strip_prefix('.');
        let quoted = || name.strip_prefix('"')?.strip_prefix(&*self.home)?.strip_prefix("\".");
        inner(name).or_else(quoted).unwrap_or(name)
    }
}

impl Dialect for Postgres {
    fn name(&self) -> &'static str {
        "postgres"
    }

    fn product(&self) -> &'static str {
        "PostgreSQL"
    }

    fn spelling(&self) -> Spelling {
        Spelling { syntax: Syntax::POSTGRES, quote: |name| types::quote(name).into_owned() }
    }

    fn home(&self) -> &str {
        &self.home
    }

    fn live_in(&mut self, namespace: &str) {
        self.home = Cow::Owned(namespace.to_owned());
    }

    fn folds_case(&self) -> bool {
        false
    }

    fn canonical(&self, schema: &Schema, intent: &Intent) -> (Schema, Vec<Diagnostic>) {
        canonical::canonical(self, schema, intent)
    }

    fn same_type(&self, current: (&Table, &Column), target: (&Table, &Column)) -> bool {
        current.1.ty == target.1.ty
    }

    fn loses(&self, old: &Column, new: &Column) -> bool {
        cast::of(&old.ty, &new.ty).loses()
    }

    fn neutral_value(&self, table: &Table, column: &Column) -> String {
        canonical::neutral_value(table, column)
    }

    fn settle(&self, current: &Schema, target: &mut Schema) {
        canonical::settle(self, current, target);
    }

    fn adapt(&self, ops: Vec<Op>, schema: &Schema) -> (Vec<Op>, Vec<Diagnostic>) {
        adapt::adapt(self, ops, schema)
    }

    fn build_concurrently(&mut self) {
        self.concurrent_indexes = true;
    }

    fn sharing(&self, op: &Op) -> Sharing {
        adapt::sharing(op)
    }

    fn alters(&self, old: &Part, new: &Part) -> bool {
        render::alters(old, new)
    }

    fn session(&self, _ops: &[Op]) -> Vec<String> {
        Vec::new()
    }

    fn render(&self, op: &Op) -> Vec<String> {
        render::render(self, op)
    }

    fn inquiry(&self, questions: &[Question]) -> Option<Inquiry> {
        (!questions.is_empty()).then(|| judge::inquiry(self, questions))
    }

    fn effects(&self, ops: &[Op], before: &Schema) -> Vec<Effects> {
        hazard::effects(self, ops, before)
    }

    fn fate(&self, old: &Column, new: &Column) -> Fate {
        let cast = cast::of(&old.ty, &new.ty);
        match (cast.storage, cast.values) {
            (Storage::Same | Storage::SameInUtc, Values::Kept) => Fate::Untouched,
            (Storage::Rewritten, Values::Kept) => Fate::Converted,
            (_, Values::Checked) => Fate::Checked,
            (_, Values::Changed) => Fate::Changed,
        }
    }
}
