//! A database as text, to be compared.

use std::fmt::Write as _;

use autogen::db::Database;

/// Everything in the database: the definitions of tables, views, triggers and routines, and all rows
/// but those of some tables.
pub(crate) async fn dump(db: &mut Database, without_rows: &[&str]) -> String {
    let mut dump = String::new();
    for table in names(db, TABLES).await {
        let shown = show(db, &format!("SHOW CREATE TABLE `{table}`"), 1).await;
        // Where the counter stands is no part of it: what failed has counted too.
        let shown = match shown.split_once(" AUTO_INCREMENT=") {
            Some((before, after)) => {
                format!("{before}{}", after.trim_start_matches(|c: char| c.is_ascii_digit()))
            }
            None => shown,
        };
        writeln!(dump, "{shown}").expect("a string takes all");
        if !without_rows.contains(&table.as_str()) {
            let sql = format!("SELECT * FROM `{table}`");
            let mut lines: Vec<String> = match db.query_text_rows(&sql, &[]).await {
                Ok(rows) => rows.iter().map(|row| format!("    {row:?}\n")).collect(),
                // A view whose table is gone.
                Err(failure) => vec![format!("    {:?}\n", failure.code)],
            };
            lines.sort();
            dump.extend(lines);
        }
    }
    for (word, query) in [("TRIGGER", TRIGGERS), ("PROCEDURE", PROCEDURES)] {
        for name in names(db, query).await {
            let shown = show(db, &format!("SHOW CREATE {word} `{name}`"), 2).await;
            writeln!(dump, "{shown}").expect("a string takes all");
        }
    }
    dump
}

const TABLES: &str = "SELECT TABLE_NAME FROM information_schema.TABLES
    WHERE TABLE_SCHEMA = DATABASE() ORDER BY 1";
const TRIGGERS: &str = "SELECT TRIGGER_NAME FROM information_schema.TRIGGERS
    WHERE TRIGGER_SCHEMA = DATABASE() ORDER BY 1";
const PROCEDURES: &str = "SELECT ROUTINE_NAME FROM information_schema.ROUTINES
    WHERE ROUTINE_SCHEMA = DATABASE() AND ROUTINE_TYPE = 'PROCEDURE' ORDER BY 1";

async fn names(db: &mut Database, sql: &str) -> Vec<String> {
    let rows = db.query_text_rows(sql, &[]).await.expect("the catalog can be read");
    rows.into_iter().flatten().flatten().collect()
}

async fn show(db: &mut Database, sql: &str, column: usize) -> String {
    let rows = db.query_text_rows(sql, &[]).await.expect("it can be shown");
    rows[0][column].clone().unwrap_or_default()
}
