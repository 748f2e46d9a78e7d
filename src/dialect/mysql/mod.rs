//! MySQL from 8.0 and MariaDB from 10.6.

mod adapt;
mod canonical;
pub mod cast;
pub mod collation;
pub mod expr;
pub mod flavor;
mod hazard;
pub mod introspect;
mod judge;
mod labels;
mod render;
mod reserved;
pub mod type_name;
pub mod types;

use autogen_model::Diagnostic;

use super::judge::{Inquiry, Question};
use super::{Dialect, Effects, Fate};
use crate::op::{Op, Part};
use crate::schema::{Column, Intent, Schema, Table};
use crate::sql::{Spelling, Syntax};
use cast::Values;
use type_name::quoted;

pub use flavor::{Flavor, Server};

/// MySQL or MariaDB at one version, as one database of it is set up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mysql {
    /// The server.
    pub server: Server,
    /// The collation of tables that say none: the database's.
    pub collation: String,
    /// Names of tables that differ only by case are one (`lower_case_table_names` is not 0).
    pub folds_tables: bool,
}

impl Mysql {
    /// The server that revisions are written for where none says its own.
    pub fn usual(flavor: Flavor) -> Self {
        let server = Server::usual(flavor);
        Self { server, collation: server.default_collation().into(), folds_tables: false }
    }
}

impl Dialect for Mysql {
    fn name(&self) -> &'static str {
        "mysql"
    }

    fn product(&self) -> &'static str {
        self.server.product()
    }

    fn spelling(&self) -> Spelling {
        Spelling { syntax: Syntax::MYSQL, quote: |name| types::quote(name).into_owned() }
    }

    fn home(&self) -> &'static str {
        ""
    }

    fn folds_case(&self) -> bool {
        true
    }

    fn folds_tables(&self) -> bool {
        self.folds_tables
    }

    fn canonical(&self, schema: &Schema, intent: &Intent) -> (Schema, Vec<Diagnostic>) {
        canonical::canonical(self, schema, intent)
    }

    fn same_type(&self, current: (&Table, &Column), target: (&Table, &Column)) -> bool {
        current.1.ty == target.1.ty
    }

    fn loses(&self, old: &Column, new: &Column) -> bool {
        cast::of(self.server, old, new, true).values == Values::Changed
    }

    fn neutral_value(&self, table: &Table, column: &Column) -> String {
        canonical::neutral_value(table, column)
    }

    fn settle(&self, current: &Schema, target: &mut Schema) {
        canonical::settle(current, target);
    }

    fn adapt(&self, ops: Vec<Op>, schema: &Schema) -> (Vec<Op>, Vec<Diagnostic>) {
        adapt::adapt(self, ops, schema)
    }

    fn commits_each(&self) -> bool {
        true
    }

    fn names_indexes_by_table(&self) -> bool {
        true
    }

    fn alters(&self, old: &Part, new: &Part) -> bool {
        render::alters(old, new)
    }

    fn labels(&self, column: &Column) -> Vec<String> {
        match column.ty.spelled().starts_with("enum(") {
            true => labels::of(&column.ty.spelled()),
            false => Vec::new(),
        }
    }

    fn session(&self, ops: &[Op]) -> Vec<String> {
        adapt::session(ops)
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
        let cast = cast::of(self.server, old, new, true);
        match (cast.rewritten, cast.values) {
            (false, Values::Kept) => Fate::Untouched,
            (true, Values::Kept) => Fate::Converted,
            (_, Values::Checked) => Fate::Checked,
            (_, Values::Changed) => Fate::Changed,
        }
    }
}
