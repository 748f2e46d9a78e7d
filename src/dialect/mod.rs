//! What each database is like: how it spells a schema, what it can do in place, and its SQL.
//!
//! Dialects are siblings: the same files, the same functions, the same order.

mod effect;
#[cfg(any(feature = "postgres", feature = "mysql"))]
mod expr;
pub mod judge;
#[cfg(feature = "mysql")]
pub mod mysql;
#[cfg(feature = "postgres")]
pub mod postgres;
#[cfg(any(feature = "mysql", feature = "postgres"))]
mod report;
#[cfg(any(feature = "mysql", feature = "postgres"))]
mod rings;
#[cfg(any(feature = "mysql", feature = "postgres"))]
mod rows;
#[cfg(feature = "sqlite")]
pub mod sqlite;
mod values;

use autogen_model::Diagnostic;

pub use effect::{Advice, Effect, Effects, Fate, Lock, Work};

use self::judge::{Inquiry, Question};
use crate::error::{Error, Kind, Result};
use crate::op::{Op, Part};
use crate::schema::{Column, Intent, Name, Object, Schema, Table};
use crate::sql::Spelling;

/// A database, at one version.
pub trait Dialect {
    /// Its name in configuration and revision files.
    fn name(&self) -> &'static str;

    /// What the database is called: several may share a dialect.
    fn product(&self) -> &'static str;

    /// How it reads SQL and spells names.
    fn spelling(&self) -> Spelling;

    /// The namespace where names stand that name none.
    fn home(&self) -> &str;

    /// From now on names that name no namespace stand in this one, where this database has such.
    fn live_in(&mut self, _namespace: &str) {}

    /// Whether two names of columns that differ only by case are one.
    fn folds_case(&self) -> bool;

    /// Whether two names of tables that differ only by case are one.
    fn folds_tables(&self) -> bool {
        self.folds_case()
    }

    /// The schema as this database would report it, and what it cannot hold. Doing it twice
    /// changes nothing.
    fn canonical(&self, schema: &Schema, intent: &Intent) -> (Schema, Vec<Diagnostic>);

    /// Whether the types of two columns that stand for each other are the same in effect.
    fn same_type(&self, current: (&Table, &Column), target: (&Table, &Column)) -> bool;

    /// Whether values may lose something when this database makes the one type of the other.
    fn loses(&self, old: &Column, new: &Column) -> bool;

    /// Takes over from the current schema what the models leave open and only this database knows,
    /// once tables that stand for each other have one name.
    fn settle(&self, _current: &Schema, _target: &mut Schema) {}

    /// The value that old rows get when a column of this table, which refuses NULL, comes back on
    /// the way down: one that its constraints admit. `NULL` where the database finds one by itself.
    fn neutral_value(&self, table: &Table, column: &Column) -> String;

    /// The changes in the form in which this database can make them, `schema` being the state
    /// before. What hangs on a table and would break is a diagnostic.
    fn adapt(&self, ops: Vec<Op>, schema: &Schema) -> (Vec<Op>, Vec<Diagnostic>);

    /// From now on indexes of tables that are there already are built while others write, where
    /// this database can.
    fn build_concurrently(&mut self) {}

    /// How an op shares a transaction with others.
    fn sharing(&self, _op: &Op) -> Sharing {
        Sharing::Together
    }

    /// The labels that a column admits by its type, where no check says them.
    fn labels(&self, _column: &Column) -> Vec<String> {
        Vec::new()
    }

    /// Whether each statement that changes a schema is committed by itself, whatever stands around
    /// it.
    fn commits_each(&self) -> bool {
        false
    }

    /// Whether the name of an index is its table's own, so that another table may have it too.
    fn names_indexes_by_table(&self) -> bool {
        false
    }

    /// Whether this database makes the one constraint or index of the other where it stands, besides
    /// its name; otherwise the one goes and the other comes.
    fn alters(&self, _old: &Part, _new: &Part) -> bool {
        false
    }

    /// Statements that must run before the transaction of these ops opens.
    fn session(&self, ops: &[Op]) -> Vec<String>;

    /// A statement of that kind for an upgrade that drops tables, where rows of tables unknown here
    /// would go with them in silence.
    fn guards_drops(&self) -> Option<String> {
        None
    }

    /// The statements of one op, without closing semicolons.
    fn render(&self, op: &Op) -> Vec<String>;

    /// What each of these ops, which run one after the other from the schema `before`, does to what
    /// is there already.
    fn effects(&self, ops: &[Op], before: &Schema) -> Vec<Effects>;

    /// What becomes of the values of a column that takes another type.
    fn fate(&self, old: &Column, new: &Column) -> Fate;

    /// How a server is asked whether expressions mean the same that this dialect cannot tell alone.
    /// `None` where it need not be.
    fn inquiry(&self, _questions: &[Question]) -> Option<Inquiry> {
        None
    }
}

/// How an op shares a transaction with others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sharing {
    /// With any.
    Together,
    /// Only what does not use it: it must be committed first.
    CommittedFirst,
    /// It runs outside transactions.
    Alone,
}

/// A table, or a column of it, in words.
fn said(table: &Name, column: Option<&str>) -> String {
    column.map_or_else(|| table.to_string(), |column| format!("{table}.{column}"))
}

/// An object that would break is the author's to change first.
fn broken(object: &Object, what: &str) -> Diagnostic {
    let (kind, name) = (object.kind.noun(), &object.name);
    Diagnostic::new(format!("{what} while {kind} {name} speaks of it")).help(format!(
        "drop or change the {kind} in a revision of its own first: `autogen revision --empty -m \
         \"Change {name}\"`, then `autogen upgrade head`"
    ))
}

/// The dialects that this build can write.
pub const WRITTEN: &[&str] = &[
    #[cfg(feature = "sqlite")]
    "sqlite",
    #[cfg(feature = "postgres")]
    "postgres",
    #[cfg(feature = "mysql")]
    "mysql",
];

/// The dialect of that name, at the version that this build brings along. The error names those
/// that this build can write.
pub fn by_name(name: &str) -> Result<Box<dyn Dialect>> {
    match name {
        #[cfg(feature = "sqlite")]
        "sqlite" => Ok(Box::new(sqlite::Sqlite::BUNDLED)),
        #[cfg(feature = "mysql")]
        "mysql" => Ok(Box::new(mysql::Mysql::usual(mysql::Flavor::Mysql))),
        #[cfg(feature = "mysql")]
        "mariadb" => Ok(Box::new(mysql::Mysql::usual(mysql::Flavor::Mariadb))),
        #[cfg(feature = "postgres")]
        "postgres" => Ok(Box::new(postgres::Postgres::USUAL)),
        _ => Err(Error::new(Kind::Config, format!("this build writes no revisions for {name}"))
            .help(format!("the dialects that it writes: {}", WRITTEN.join(", ")))),
    }
}
