//! A database as text, to be compared.

use std::fmt::Write as _;

use autogen::db::Database;

/// Everything in the database: columns, constraints and indexes of all tables, and all rows but
/// those of some.
pub(crate) async fn dump(db: &mut Database, without_rows: &[&str]) -> String {
    let sql = "SELECT n.nspname, c.relname, c.relkind,
            (SELECT string_agg(a.attname || ' ' || format_type(a.atttypid, a.atttypmod), ', '
                ORDER BY a.attnum)
             FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped)
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
        ORDER BY 1, 2";
    let relations = db.query_text_rows(sql, &[]).await.expect("the catalog can be read");
    let mut dump = String::new();
    for relation in relations {
        writeln!(dump, "{relation:?}").expect("a string takes all");
        let [Some(namespace), Some(name), Some(kind), _] = &relation[..] else { continue };
        if kind == "r" && !without_rows.contains(&name.as_str()) {
            let sql = format!("SELECT * FROM \"{namespace}\".\"{name}\"");
            let rows = db.query_text_rows(&sql, &[]).await.expect("the table can be read");
            let mut lines: Vec<String> = rows.iter().map(|row| format!("    {row:?}\n")).collect();
            lines.sort();
            dump.extend(lines);
        }
    }
    dump
}
