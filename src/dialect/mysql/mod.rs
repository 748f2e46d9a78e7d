//! MySQL from 8.0 and MariaDB from 10.6.

mod adapt;
mod canonical;
pub mod flavor;
pub mod introspect;
mod render;
pub mod types;

use autogen_model::Diagnostic;

use super::Dialect;
use crate::op::Op;
use crate::schema::{Column, Intent, Schema, Table};
use crate::sql::{Spelling, Syntax};

pub use flavor::{Flavor, Server};

/// MySQL or MariaDB at one version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mysql {
    /// The server.
    pub server: Server,
}

impl Mysql {
    /// The server that revisions are written for where none says its own.
    pub const USUAL: Self = Self { server: Server { flavor: Flavor::Mysql, version: (8, 0, 36) } };
}

impl Dialect for Mysql {
    fn name(&self) -> &'static str {
        "mysql"
    }

    fn spelling(&self) -> Spelling {
        Spelling { syntax: Syntax::MYSQL, quote: |name| types::quote(name).into_owned() }
    }

    fn folds_case(&self) -> bool {
        true
    }

    fn canonical(&self, schema: &Schema, intent: &Intent) -> (Schema, Vec<Diagnostic>) {
        canonical::canonical(*self, schema, intent)
    }

    fn same_type(&self, current: (&Table, &Column), target: (&Table, &Column)) -> bool {
        current.1.ty == target.1.ty
    }

    fn loses(&self, old: &Column, new: &Column) -> bool {
        types::loses(&old.ty, &new.ty)
    }

    fn neutral_value(&self, table: &Table, column: &Column) -> String {
        canonical::neutral_value(table, column)
    }

    fn settle(&self, current: &Schema, target: &mut Schema) {
        canonical::settle(current, target);
    }

    fn adapt(&self, ops: Vec<Op>, schema: &Schema) -> (Vec<Op>, Vec<Diagnostic>) {
        adapt::adapt(*self, ops, schema)
    }

    fn session(&self, _ops: &[Op]) -> Vec<String> {
        Vec::new()
    }

    fn render(&self, op: &Op) -> Vec<String> {
        render::render(*self, op)
    }

    fn locks(&self, ops: &[Op]) -> String {
        adapt::locks(ops)
    }
}
