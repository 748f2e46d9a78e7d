//! A database as text, to be compared.

use std::fmt::Write as _;

use autogen::db::Database;

/// Everything in the database: statements of the schema and all rows, but those of some tables.
pub(crate) async fn dump(db: &mut Database, without_rows: &[&str]) -> String {
    let sql = "SELECT type, name, sql FROM sqlite_master ORDER BY type, name";
    let objects = db.query_text_rows(sql, &[]).await.expect("the schema can be read");
    let mut dump = String::new();
    for object in objects {
        writeln!(dump, "{object:?}").expect("a string takes all");
        let [Some(kind), Some(name), _] = &object[..] else { continue };
        if kind == "table" && !without_rows.contains(&name.as_str()) {
            let sql = format!("SELECT * FROM \"{}\"", name.replace('"', "\"\""));
            let rows = db.query_text_rows(&sql, &[]).await.expect("the table can be read");
            let mut lines: Vec<String> = rows.iter().map(|row| format!("    {row:?}\n")).collect();
            lines.sort();
            dump.extend(lines);
        }
    }
    dump
}
