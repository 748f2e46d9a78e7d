//! A column as a line of its table, and behind `ADD` and `MODIFY`.

use super::super::Server;
use super::super::types::quote;
use super::literal;
use crate::schema::{Column, Expr, Options};
use crate::sql::{Syntax, paren};

/// A column with all that is known of it, and the condition that stands with it. The collation is
/// left out where it is the one that the table gives anyway.
pub(super) fn definition(
    server: Server,
    column: &Column,
    (inherited, check): (Option<&str>, Option<&Expr>),
) -> String {
    let ty = column.ty.spelled();
    let mut words = vec![quote(&column.name).into_owned(), ty.clone().into_owned()];
    words.extend(flag(&column.options, "compressed").then(|| "COMPRESSED".to_owned()));
    let collate = column.collate.as_deref().filter(|it| Some(*it) != inherited && ty != "json");
    words.extend(collate.map(|collate| format!("COLLATE {}", quote(collate))));
    words.extend(column.generated.as_ref().map(|it| {
        let kept = if it.stored { "STORED" } else { "VIRTUAL" };
        format!("GENERATED ALWAYS AS {} {kept}", paren::enclosed(&it.expr.text, Syntax::MYSQL))
    }));
    let refuses = !column.null && (column.generated.is_none() || server.has_generated_not_null());
    words.extend(refuses.then(|| "NOT NULL".to_owned()));
    // Servers may have it that a moment refuses NULL by itself.
    words.extend((column.null && ty.starts_with("timestamp")).then(|| "NULL".to_owned()));
    words.extend(column.options.get("srid").map(|it| format!("{}{it}", server.reference_system())));
    words.extend(column.default.as_ref().map(|it| format!("DEFAULT {it}")));
    words.extend(column.options.get("on_update").map(|it| format!("ON UPDATE {it}")));
    words.extend(column.identity.as_ref().map(|_| "AUTO_INCREMENT".to_owned()));
    words.extend(flag(&column.options, "invisible").then(|| "INVISIBLE".to_owned()));
    let unversioned = flag(&column.options, "without_system_versioning");
    words.extend(unversioned.then(|| "WITHOUT SYSTEM VERSIONING".to_owned()));
    words.extend(column.comment.as_ref().map(|it| format!("COMMENT {}", literal(it))));
    words.extend(check.map(|it| format!("CHECK {}", paren::enclosed(&it.text, Syntax::MYSQL))));
    words.join(" ")
}

/// Where a column is asked to stand, with a space before.
pub(super) fn position(column: &Column) -> String {
    match column.options.get("after") {
        Some(other) => format!(" AFTER {}", quote(other)),
        None if flag(&column.options, "first") => " FIRST".into(),
        None => String::new(),
    }
}

/// Whether an option is set.
pub(super) fn flag(options: &Options, key: &str) -> bool {
    options.get(key).is_some_and(|value| value != "false")
}
