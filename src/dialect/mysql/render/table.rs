//! New tables, with all that belongs to them.

use super::super::Mysql;
use super::super::types::written;
use super::column::{definition, flag};
use super::{clause, literal, settings};
use crate::op::Part;
use crate::schema::{Check, Column, Table};

/// A new table: columns, keys, indexes, foreign keys, checks, settings.
pub(super) fn create(mysql: &Mysql, table: &Table) -> Vec<String> {
    let server = mysql.server;
    let options = &table.options;
    let collate = options.get("collate").unwrap_or(&mysql.collation);
    let own = |column: &Column| {
        let check = |it: &&Check| it.options.get("column") == Some(&column.name);
        table.checks.iter().find(check).map(|check| &check.expr)
    };
    let columns = table.columns.iter();
    let columns = columns.map(|it| definition(server, it, (Some(collate), own(it))));
    let key = table.primary_key.iter().map(clause::primary_key);
    let uniques = table.uniques.iter().cloned().map(Part::Unique);
    let uniques = uniques.map(|part| clause::clause(server, &part));
    let indexes = table.indexes.iter().map(|index| clause::index(server, index));
    let foreign = table.foreign_keys.iter().map(clause::foreign_key);
    let checks = table.checks.iter().filter(|check| !check.options.contains_key("column"));
    let checks = checks.map(clause::check);
    let period = options.get("period").map(|period| format!("PERIOD FOR {period}"));
    let ends = period.into_iter().chain(foreign).chain(checks);
    let lines = columns.chain(key).chain(uniques).chain(indexes).chain(ends);
    let lines: Vec<String> = lines.collect();
    let name = written(&table.name);
    let mut text = format!("CREATE TABLE {name} (\n    {}\n)", lines.join(",\n    "));
    let mut words = settings::stated(options);
    words.extend(options.get("auto_increment").map(|start| format!("AUTO_INCREMENT={start}")));
    words.extend((*collate != mysql.collation).then(|| settings::collation(collate)));
    words.extend(table.comment.as_ref().map(|it| format!("COMMENT={}", literal(it))));
    words.extend(flag(options, "system_versioned").then(|| "WITH SYSTEM VERSIONING".to_owned()));
    for word in words {
        text.push(' ');
        text.push_str(&word);
    }
    if let Some(clause) = options.get("partition_by") {
        text.push_str(&format!("\n{}", settings::partitioned(clause)));
    }
    vec![text]
}
