//! Reads a SQLite database: one query, and one more where there are virtual tables.

use std::collections::BTreeSet;

use super::{canonical, ddl};
use crate::error::{Error, Kind, Result};
use crate::schema::{Name, Object, ObjectKind, Schema};

/// A row of `sqlite_schema`: type, name, table and statement.
pub type Row = (String, String, String, Option<String>);

/// Reads the schema of the main database of a connection, in its canonical form.
pub async fn introspect(connection: &mut sqlx::SqliteConnection) -> Result<Schema> {
    let (rows, shadows) = load(connection).await?;
    read(&rows, &shadows)
}

/// Fetches what [`read`] needs: the rows of `sqlite_schema`, and the shadow tables, which hold the
/// content of virtual ones. Only SQLite's modules know which tables those are.
pub async fn load(connection: &mut sqlx::SqliteConnection) -> Result<(Vec<Row>, BTreeSet<String>)> {
    let failed = |cause: sqlx::Error| {
        Error::new(Kind::Database, "the schema of the database cannot be read").cause(cause)
    };
    let rows: Vec<Row> =
        sqlx::query_as("SELECT type, name, tbl_name, sql FROM main.sqlite_schema ORDER BY rowid")
            .fetch_all(&mut *connection)
            .await
            .map_err(failed)?;
    let mut shadows = BTreeSet::new();
    if rows.iter().any(|(kind, _, _, sql)| kind == "table" && is_virtual(sql.as_deref())) {
        let query = "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'shadow'";
        let names: Vec<(String,)> =
            sqlx::query_as(query).fetch_all(connection).await.map_err(failed)?;
        shadows.extend(names.into_iter().map(|(name,)| name));
    }
    Ok((rows, shadows))
}

fn is_virtual(sql: Option<&str>) -> bool {
    const START: &str = "CREATE VIRTUAL TABLE";
    sql.and_then(|sql| sql.get(..START.len())).is_some_and(|it| it.eq_ignore_ascii_case(START))
}

/// Turns the rows into a schema, in its canonical form. `shadows` are tables to leave out.
pub fn read(rows: &[Row], shadows: &BTreeSet<String>) -> Result<Schema> {
    let mut schema = Schema::default();
    let own = |name: &str| name.get(..7).is_some_and(|it| it.eq_ignore_ascii_case("sqlite_"));
    for (kind, name, table, sql) in rows {
        let Some(sql) = sql else { continue };
        if own(name) || shadows.contains(name) {
            continue;
        }
        let mut object = |kind, table| {
            schema.objects.push(Object { table, ..Object::new(kind, Name::new(name), sql) });
        };
        match kind.as_str() {
            "view" => object(ObjectKind::View, None),
            "trigger" => object(ObjectKind::Trigger, Some(Name::new(table))),
            "table" if is_virtual(Some(sql)) => object(ObjectKind::VirtualTable, None),
            "table" => schema.insert(ddl::table(name, sql)?),
            _ => {}
        }
    }
    for (kind, name, table, sql) in rows {
        let (Some(sql), "index") = (sql, kind.as_str()) else { continue };
        if let Some(table) = schema.tables.get_mut(&Name::new(table)) {
            table.indexes.push(ddl::index(name, sql)?);
        }
    }
    canonical::settle(&mut schema);
    Ok(schema)
}
