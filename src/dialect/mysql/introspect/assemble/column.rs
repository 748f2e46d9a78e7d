//! Columns: types, defaults and all that is said of a column.

use std::borrow::Cow;

use super::super::facts::{CheckFact, ColumnFact};
use super::super::show::ShownTable;
use super::super::text::{bytes, literal, ticked};
use super::table::{collation_name, comment};
use super::{Catalog, Tables};
use crate::schema::{Column, Expr, Generated, Identity, Type};

/// Gives the tables their columns.
pub(super) fn add<'r>(catalog: &Catalog<'r>, tables: &mut Tables<'r>) {
    let mut facts: Vec<&ColumnFact> = catalog.facts.columns.iter().collect();
    facts.sort_by_key(|it| (it.place, it.position));
    for of_table in facts.chunk_by(|one, two| one.place == two.place) {
        let Some(first) = of_table.first() else { continue };
        let Some(table) = tables.get_mut(&first.place) else { continue };
        let shown = catalog.shown.table(first.place);
        let seen = of_table.iter().filter(|it| !is_made_key(catalog, it));
        table.columns = seen.map(|it| column(catalog, it, shown)).collect();
    }
    for check in catalog.facts.checks.iter().filter(|it| it.of_column) {
        let columns = tables.get_mut(&check.place).map(|table| &mut table.columns);
        let mut columns = columns.into_iter().flatten();
        if let Some(column) = columns.find(|it| it.name == check.name)
            && makes_json(catalog, check, column)
        {
            column.ty = Type::Native("json".into());
            column.collate = None;
        }
    }
}

/// A key that the server made by itself is for the server alone: it hides it from its own copies.
pub(super) fn is_made_key(catalog: &Catalog, column: &ColumnFact) -> bool {
    catalog.server.makes_keys()
        && column.name == "my_row_id"
        && column.extra.contains("INVISIBLE")
        && column.extra.contains("auto_increment")
}

/// Whether a check of a column is what makes it JSON, which then goes without saying.
fn makes_json(catalog: &Catalog, check: &CheckFact, column: &Column) -> bool {
    let ty = Type::Native("longtext".into());
    catalog.server.checks_json()
        && column.ty == ty
        && column.collate.as_deref() == Some("utf8mb4_bin")
        && check.clause == format!("json_valid({})", ticked(check.name))
}

fn column(catalog: &Catalog, fact: &ColumnFact, shown: &ShownTable) -> Column {
    let mut column = Column::new(fact.name, Type::Native(type_name(fact.ty).into_owned()));
    column.null = fact.null;
    column.collate = fact.collation.map(collation_name);
    column.comment = comment(fact.comment);
    let extra = fact.extra;
    let numbered = extra.contains("auto_increment");
    column.identity = numbered.then(|| Identity { stated: true, ..Identity::default() });
    let mut option = |key: &str, value: &str| {
        column.options.insert(key.into(), value.into());
    };
    if let Some((_, on_update)) = extra.split_once("on update ") {
        let end = on_update.find([' ', ',']).unwrap_or(on_update.len());
        option("on_update", &now(&on_update[..end]));
    }
    let flags = [
        ("invisible", extra.contains("INVISIBLE")),
        ("without_system_versioning", extra.contains("WITHOUT SYSTEM VERSIONING")),
        ("compressed", fact.ty.contains("COMPRESSED")),
        ("row_start", fact.generated == "ROW START"),
        ("row_end", fact.generated == "ROW END"),
    ];
    for (key, _) in flags.iter().filter(|(_, set)| *set) {
        option(key, "true");
    }
    if let Some(srid) = fact.srid {
        option("srid", srid);
    }
    let computed = extra.contains("VIRTUAL GENERATED") || extra.contains("STORED GENERATED");
    if computed && !fact.generated.starts_with("ROW ") {
        let expr = Expr::new(catalog.expression(fact.generated));
        column.generated = Some(Generated { expr, stored: extra.contains("STORED GENERATED") });
    } else if !computed {
        column.default = default(catalog, fact, shown).map(Expr::new);
    }
    column
}

/// What stands after `DEFAULT`.
fn default(catalog: &Catalog, fact: &ColumnFact, shown: &ShownTable) -> Option<String> {
    let told = fact.default?;
    let kind = fact.ty.split(['(', ' ']).next().unwrap_or_default();
    let shown = shown.defaults.get(fact.name).map(String::as_str);
    if matches!(kind, "binary" | "varbinary")
        && let Some(value) = bytes(shown.unwrap_or(told))
    {
        let digits: String = value.iter().map(|byte| format!("{byte:02X}")).collect();
        return Some(if digits.is_empty() { "''".into() } else { format!("0x{digits}") });
    }
    if catalog.server.tells_defaults_as_sql() {
        return (told != "NULL").then(|| now(&catalog.expression(told)));
    }
    if fact.extra.contains("DEFAULT_GENERATED") {
        let sql = catalog.expression(told);
        let is_now = sql.starts_with("CURRENT_TIMESTAMP");
        return Some(if is_now { sql } else { format!("({sql})") });
    }
    Some(match kind {
        "tinyint" | "smallint" | "mediumint" | "int" | "bigint" | "decimal" | "float"
        | "double" | "year" | "bit" => told.to_owned(),
        "timestamp" => shown.map_or_else(|| literal(told), str::to_owned),
        _ => literal(told),
    })
}

/// The time of now in the one way in which it is spelled here.
fn now(sql: &str) -> String {
    const NOW: &str = "current_timestamp";
    match sql.get(..NOW.len()) {
        Some(start) if start.eq_ignore_ascii_case(NOW) => {
            let digits = &sql[NOW.len()..];
            format!("CURRENT_TIMESTAMP{}", if digits == "()" { "" } else { digits })
        }
        _ => sql.to_owned(),
    }
}

/// A type as MySQL spells it: how wide a whole number is shown says something only where zeros fill
/// it up, and for truths.
pub(super) fn type_name(told: &str) -> Cow<'_, str> {
    let told = told.split(" /*").next().unwrap_or_default();
    let parts = told.split_once('(');
    let parts = parts.and_then(|(word, rest)| Some((word, rest.split_once(')')?)));
    let Some((word, (width, flags))) = parts else { return Cow::Borrowed(told) };
    let usual = match word {
        "tinyint" => "3",
        "smallint" => "5",
        "mediumint" => "8",
        "int" => "10",
        "bigint" => "20",
        "year" => return Cow::Borrowed("year"),
        _ => return Cow::Borrowed(told),
    };
    let says_something = match flags.contains("zerofill") {
        true => width != usual,
        false => (word, width, flags) == ("tinyint", "1", ""),
    };
    if says_something { Cow::Borrowed(told) } else { Cow::Owned(format!("{word}{flags}")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_spelled_without_widths() {
        let cases = [
            ("int(11)", "int"),
            ("int(10) unsigned zerofill", "int unsigned zerofill"),
            ("int(5) unsigned zerofill", "int(5) unsigned zerofill"),
            ("tinyint(1)", "tinyint(1)"),
            ("tinyint(1) unsigned", "tinyint unsigned"),
            ("tinyint(4)", "tinyint"),
            ("year(4)", "year"),
            ("decimal(10,2) unsigned", "decimal(10,2) unsigned"),
            ("enum('int(11)','year(4)')", "enum('int(11)','year(4)')"),
            ("varchar(100) /*M!100301 COMPRESSED*/", "varchar(100)"),
        ];
        for (told, spelled) in cases {
            assert_eq!(type_name(told), spelled);
        }
    }

    #[test]
    fn now_is_spelled_in_one_way() {
        let cases = [
            ("current_timestamp()", "CURRENT_TIMESTAMP"),
            ("current_timestamp(6)", "CURRENT_TIMESTAMP(6)"),
            ("CURRENT_TIMESTAMP", "CURRENT_TIMESTAMP"),
            ("'current'", "'current'"),
        ];
        for (told, spelled) in cases {
            assert_eq!(now(told), spelled);
        }
    }
}
