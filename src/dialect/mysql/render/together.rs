//! Changes of one table: the updates that they need, one `ALTER TABLE`, what follows it.

use super::super::super::values;
use super::super::Server;
use super::super::types::{quote, written};
use super::column::{definition, position};
use super::{clause, literal, settings};
use crate::op::{Algorithm, Change, Together};
use crate::schema::{Column, Expr, Name};

/// The statements of changes that are made together.
pub(super) fn render(server: Server, it: &Together) -> Vec<String> {
    let mut writing =
        Writing { server, it, before: Vec::new(), list: Vec::new(), after: Vec::new() };
    it.changes.iter().for_each(|change| writing.change(change));
    let partitions = it.changes.iter().find_map(|change| match change {
        Change::Options { old, new } => settings::partitions(old, new),
        _ => None,
    });
    let mut statements = writing.before;
    statements.extend(alter(&it.table, writing.list, it.algorithm));
    let name = written(&it.table);
    statements.extend(partitions.map(|words| format!("ALTER TABLE {name} {words}")));
    statements.extend(writing.after);
    statements
}

/// One `ALTER TABLE` with these clauses; nothing without any.
fn alter(table: &Name, mut list: Vec<String>, algorithm: Option<Algorithm>) -> Option<String> {
    let alter = format!("ALTER TABLE {}", written(table));
    let single = list.len() == 1;
    if list.is_empty() {
        return None;
    }
    list.extend(algorithm.map(|algorithm| assertion(algorithm).to_owned()));
    Some(match single {
        true => format!("{alter} {}", list.join(", ")),
        false => format!("{alter}\n    {}", list.join(",\n    ")),
    })
}

/// What the server is to refuse more than.
fn assertion(algorithm: Algorithm) -> &'static str {
    match algorithm {
        Algorithm::Instant => "ALGORITHM=INSTANT",
        Algorithm::InPlace => "ALGORITHM=INPLACE, LOCK=NONE",
        Algorithm::Blocking => "ALGORITHM=INPLACE, LOCK=SHARED",
        Algorithm::Copy => "ALGORITHM=COPY",
    }
}

/// Statements on their way.
struct Writing<'a> {
    server: Server,
    it: &'a Together,
    before: Vec<String>,
    list: Vec<String>,
    after: Vec<String>,
}

impl Writing<'_> {
    fn define(&self, column: &Column) -> String {
        // A collation that the table takes now is not what its columns had until now.
        let changing = self.it.changes.iter().any(|change| match change {
            Change::Options { old, new } => old.get("collate") != new.get("collate"),
            _ => false,
        });
        let inherited = self.it.collate.as_deref().filter(|_| !changing);
        let check = self.it.checks.get(&column.name);
        definition(self.server, column, (inherited, check))
    }

    fn change(&mut self, change: &Change) {
        match change {
            Change::AddColumn { column, fill, parts } => {
                let (text, place) = (self.define(column), position(column));
                self.list.push(format!("ADD COLUMN {text}{place}"));
                let added = parts.iter().map(|part| clause::clause(self.server, part));
                self.list.extend(added.map(|clause| format!("ADD {clause}")));
                let given = fill.as_ref().filter(|fill| column.default.as_ref() != Some(*fill));
                let name = quote(&column.name);
                self.after.extend(
                    given.map(|it| format!("UPDATE {} SET {name} = {it}", written(&self.it.table))),
                );
            }
            Change::DropColumn { column, parts, .. } => {
                let gone = parts.iter().map(|part| clause::drop(self.server, part));
                self.list.extend(gone);
                self.list.push(format!("DROP COLUMN {}", quote(&column.name)));
            }
            Change::RenameColumn { old, new } => {
                self.list.push(format!("RENAME COLUMN {} TO {}", quote(old), quote(new)));
            }
            Change::AlterColumn { old, new, fill, .. } => {
                self.alter_column((old, new), fill.as_ref());
            }
            Change::MapValues { column, values } => {
                let table = written(&self.it.table);
                self.before.push(values::map(&table, &quote(column), values, literal));
            }
            Change::PrimaryKey { old, new } => {
                self.list.extend(old.as_ref().map(|_| "DROP PRIMARY KEY".to_owned()));
                let add = new.as_ref().map(|key| format!("ADD {}", clause::primary_key(key)));
                self.list.extend(add);
            }
            // They stand in the definition of their column, which is among the changes.
            Change::Add(part) | Change::Drop(part) if clause::of_column(part).is_some() => {}
            Change::Add(part) => {
                self.list.push(format!("ADD {}", clause::clause(self.server, part)));
            }
            Change::Drop(part) => self.list.push(clause::drop(self.server, part)),
            Change::Rename { old, new } | Change::Validate { old, new } => {
                self.list.extend(clause::change(self.server, old, new));
            }
            Change::Comment { new, .. } => {
                self.list.push(format!("COMMENT={}", literal(new.as_deref().unwrap_or_default())));
            }
            Change::Options { old, new } => self.list.extend(settings::changes(old, new)),
            // Tables are no parts of others here.
            Change::Partition(_) => {}
        }
    }

    fn alter_column(&mut self, (old, new): (&Column, &Column), fill: Option<&Expr>) {
        let name = quote(&new.name);
        if let Some(fill) = fill.filter(|_| old.null && !new.null && new.generated.is_none()) {
            let table = written(&self.it.table);
            self.before.push(format!("UPDATE {table} SET {name} = {fill} WHERE {name} IS NULL"));
        }
        let bare = Column { default: new.default.clone(), ..old.clone() };
        let literal = |text: &str| {
            text.starts_with(['\'', '-', '_'])
                || ["x'", "X'", "b'", "B'"].iter().any(|start| text.starts_with(start))
                || text.starts_with(|it: char| it.is_ascii_digit())
        };
        // `CURRENT_TIMESTAMP` is no literal, and only a literal or parentheses can stand there; MySQL
        // overlooks parentheses around a literal, and long texts then have none.
        let simple = |expr: &Expr| match expr.text.strip_prefix('(') {
            Some(inner) => !literal(inner),
            None => literal(&expr.text),
        };
        let clause = match &new.default {
            None if bare == *new && old.default.is_some() && !new.null => {
                format!("ALTER COLUMN {name} DROP DEFAULT")
            }
            Some(default) if bare == *new && old.default != new.default && simple(default) => {
                format!("ALTER COLUMN {name} SET DEFAULT {default}")
            }
            _ if position(old) == position(new) => format!("MODIFY COLUMN {}", self.define(new)),
            _ => format!("MODIFY COLUMN {}{}", self.define(new), position(new)),
        };
        self.list.push(clause);
    }
}
