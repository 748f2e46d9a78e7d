//! Columns that change: type, default, NULL, numbering, expression and settings, in the order in
//! which PostgreSQL takes them.

use super::super::Postgres;
use super::super::types::{quote, written};
use super::column::{setting, unproved};
use super::sequence::{self, Numbering, numbering};
use super::text::{self, collation};
use super::{actions, cast, comment, of, type_of};
use crate::schema::{Column, Expr, Name};

/// A column changes in any way but its name.
pub(super) fn alter(
    postgres: &Postgres,
    table: &Name,
    (old, new): (&Column, &Column),
    (fill, using): (Option<&Expr>, Option<&Expr>),
) -> Vec<String> {
    let column = format!("ALTER COLUMN {}", quote(&new.name));
    let retyped = old.ty != new.ty || old.collate != new.collate;
    let numbered = sequence::change(table, old, new);
    let mut statements = Vec::new();
    if retyped && cast::zoned(old, new) {
        statements.push("SET LOCAL TimeZone = 'UTC'".to_owned());
    }
    statements.extend(numbered.before);
    let mut list = Vec::new();
    let plain = |column| numbering(table, column) == Numbering::None;
    let converted = retyped && !(old.default == new.default && cast::keeps_default(old, new));
    let stale = old.default.is_some() && (converted || new.default.is_none() || !plain(new));
    list.extend(stale.then(|| format!("{column} DROP DEFAULT")));
    if old.generated.is_some() && new.generated.is_none() {
        list.push(format!("{column} DROP EXPRESSION"));
    }
    list.extend(retyped.then(|| format!("{column} {}", retype(old, new, using))));
    if let (Some(before), Some(after)) = (&old.generated, &new.generated)
        && before.expr != after.expr
    {
        // PostgreSQL 18 fails at both in one statement where the column refuses NULL.
        statements.extend(actions(table, std::mem::take(&mut list)));
        list.push(format!("{column} SET EXPRESSION AS {}", text::enclosed(&after.expr.text)));
        statements.extend(actions(table, std::mem::take(&mut list)));
    }
    let fill = fill.filter(|_| old.null && !new.null && new.generated.is_none());
    if let Some(fill) = fill {
        statements.extend(actions(table, std::mem::take(&mut list)));
        let name = quote(&new.name);
        statements
            .push(format!("UPDATE {} SET {name} = {fill} WHERE {name} IS NULL", written(table)));
    }
    if let Some(default) = new.default.as_ref().filter(|_| plain(new))
        && (converted || old.default != new.default || !plain(old))
    {
        list.push(format!("{column} SET DEFAULT {}", text::default(&default.text)));
    }
    list.extend(nullability(old, new).into_iter().map(|action| match action {
        Null::Set => format!("{column} SET NOT NULL"),
        Null::Drop => format!("{column} DROP NOT NULL"),
        Null::Unproved => format!("ADD NOT NULL {} NOT VALID", quote(&new.name)),
    }));
    list.extend(
        settings(postgres, old, new, retyped).iter().map(|it| format!("{column} SET {it}")),
    );
    statements.extend(actions(table, list));
    statements.extend(numbered.after);
    if old.comment != new.comment {
        statements.push(comment("COLUMN", &of(table, &new.name), new.comment.as_deref()));
    }
    statements
}

fn retype(old: &Column, new: &Column, using: Option<&Expr>) -> String {
    let mut text = format!("TYPE {}", type_of(&new.ty));
    // Without the word the column would get the collation of its type.
    if let Some(collate) = &new.collate {
        text.push_str(&format!(" COLLATE {}", collation(collate)));
    }
    let own = || cast::using(old, new).filter(|_| new.generated.is_none() && old.ty != new.ty);
    if let Some(using) = using.map(|using| using.text.clone()).or_else(own) {
        text.push_str(&format!(" USING {using}"));
    }
    text
}

enum Null {
    Set,
    Drop,
    Unproved,
}

fn nullability(old: &Column, new: &Column) -> Vec<Null> {
    match (old.null, new.null) {
        (false, true) => vec![Null::Drop],
        (true, false) if unproved(new) => vec![Null::Unproved],
        (true, false) => vec![Null::Set],
        (false, false) if unproved(new) && !unproved(old) => vec![Null::Drop, Null::Unproved],
        // It proves the constraint that is there.
        (false, false) if unproved(old) && !unproved(new) => vec![Null::Set],
        _ => Vec::new(),
    }
}

/// How the values are kept. A change of the type takes the storage back to that of the type.
fn settings(postgres: &Postgres, old: &Column, new: &Column, retyped: bool) -> Vec<String> {
    let mut words = Vec::new();
    let mut change = |key: &str, word: &str, forgotten: bool, usual: &str| {
        let before = old.options.get(key).filter(|_| !forgotten);
        let after = new.options.get(key);
        if before != after {
            let value = after.map_or_else(|| usual.to_owned(), |value| setting(value));
            words.push(format!("{word} {value}"));
        }
    };
    change("storage", "STORAGE", retyped, usual_storage(postgres, new));
    change("compression", "COMPRESSION", retyped, "DEFAULT");
    change("statistics", "STATISTICS", false, "-1");
    words
}

/// The storage that the type has by itself; before 16 there is no word for it.
fn usual_storage(postgres: &Postgres, column: &Column) -> &'static str {
    let ty = column.ty.spelled();
    let name = ty.split('(').next().unwrap_or_default();
    match name {
        _ if postgres.version >= 16 => "DEFAULT",
        "numeric" | "inet" | "cidr" => "MAIN",
        _ => "EXTENDED",
    }
}
