//! What SQLite itself says of a table, by its pragmas: a second road to the same facts.

use autogen::dialect::sqlite::expr::canonical_default;
use autogen::schema::{Action, Index, Table, Type};
use libtest_mimic::Failed;
use sqlx::sqlite::SqliteRow;
use sqlx::{FromRow, SqliteConnection};

/// Fails when the pragmas say anything else than the schema.
pub(crate) async fn agree(connection: &mut SqliteConnection, table: &Table) -> Result<(), Failed> {
    columns(connection, table).await?;
    foreign_keys(connection, table).await?;
    for index in &table.indexes {
        self::index(connection, table, index).await?;
    }
    let query = "SELECT name FROM pragma_index_list(?) WHERE origin = 'c' ORDER BY name";
    let names: Vec<(String,)> = ask(connection, query, &table.name.name).await?;
    let mut own: Vec<&str> = table.indexes.iter().map(|index| index.name.text.as_str()).collect();
    own.sort_unstable();
    same("indexes", names.iter().map(|(name,)| name.as_str()).collect(), own)
}

async fn ask<R>(
    connection: &mut SqliteConnection,
    sql: &'static str,
    of: &str,
) -> Result<Vec<R>, Failed>
where
    R: for<'r> FromRow<'r, SqliteRow> + Send + Unpin,
{
    Ok(sqlx::query_as(sql).bind(of.to_owned()).fetch_all(connection).await?)
}

fn same<T: PartialEq + std::fmt::Debug>(what: &str, pragma: T, schema: T) -> Result<(), Failed> {
    if pragma == schema {
        return Ok(());
    }
    Err(format!("{what}: the pragma says {pragma:?}, the schema {schema:?}").into())
}

async fn columns(connection: &mut SqliteConnection, table: &Table) -> Result<(), Failed> {
    type Row = (String, String, bool, Option<String>, i64, i64);
    let query = "SELECT name, type, \"notnull\", dflt_value, pk, hidden FROM pragma_table_xinfo(?)";
    let rows: Vec<Row> = ask(connection, query, &table.name.name).await?;
    same("columns", rows.len(), table.columns.len())?;
    for ((name, ty, firm, default, pk, hidden), column) in rows.iter().zip(&table.columns) {
        same("column", name, &column.name)?;
        let Type::Native(text) = &column.ty else { return Err("a type is not native".into()) };
        same(name, squeezed(ty), squeezed(text))?;
        let default = default.as_deref().and_then(canonical_default);
        same(name, default, column.default.clone().map(|it| it.text))?;
        let generated = column.generated.as_ref().map_or(0, |it| if it.stored { 3 } else { 2 });
        same(name, *hidden, generated)?;
        let key = table.primary_key.as_ref().map_or(&[][..], |key| &key.columns);
        let place = key.iter().position(|part| part.text == *name).map_or(0, |at| at + 1);
        same(name, usize::try_from(*pk)?, place)?;
        // The key that numbers the rows may be declared without NOT NULL, and is never NULL.
        if *firm || !(key.len() == 1 && place == 1 && text == "INTEGER") {
            same(name, !*firm, column.null)?;
        }
    }
    Ok(())
}

/// Without quotes around the whole, which stay where the words could not stand alone.
fn squeezed(ty: &str) -> String {
    let quote = |c: char| ['"', '\'', '`', '[', ']'].contains(&c);
    ty.trim_matches(quote)
        .replace("\"\"", "\"")
        .split_whitespace()
        .collect::<String>()
        .to_ascii_uppercase()
}

async fn foreign_keys(connection: &mut SqliteConnection, table: &Table) -> Result<(), Failed> {
    type Row = (i64, String, String, Option<String>, String, String);
    // The last one declared comes first.
    let query = "SELECT id, \"table\", \"from\", \"to\", on_update, on_delete \
                 FROM pragma_foreign_key_list(?) ORDER BY id DESC, seq";
    let rows: Vec<Row> = ask(connection, query, &table.name.name).await?;
    let said = table.foreign_keys.iter().flat_map(|key| {
        let referenced = key.referenced.iter().map(Some).chain(std::iter::repeat(None));
        key.columns.iter().zip(referenced).map(move |(from, to)| (key, from, to))
    });
    let said: Vec<_> = said.collect();
    same("foreign keys", rows.len(), said.len())?;
    for ((_, target, from, to, update, delete), (key, column, referenced)) in rows.iter().zip(said)
    {
        same("target", target.to_lowercase(), key.table.name.to_lowercase())?;
        same("from", from, column)?;
        if let Some(to) = to {
            let referenced = referenced.map(|name| name.to_lowercase());
            same("to", Some(to.to_lowercase()), referenced)?;
        }
        same("on update", update.as_str(), Action::sql(key.on_update))?;
        same("on delete", delete.as_str(), Action::sql(key.on_delete))?;
    }
    Ok(())
}

async fn index(
    connection: &mut SqliteConnection,
    table: &Table,
    index: &Index,
) -> Result<(), Failed> {
    let query = "SELECT name, desc, coll FROM pragma_index_xinfo(?) WHERE key = 1";
    let rows: Vec<(Option<String>, bool, String)> =
        ask(connection, query, &index.name.text).await?;
    let said = index.parts.iter().map(|part| {
        let column = if part.expression { None } else { table.column(&part.text) };
        let own = column.and_then(|column| column.collate.clone());
        let collate = part.collate.clone().or(own).unwrap_or_else(|| "BINARY".into());
        let name = (!part.expression).then(|| part.text.clone());
        (name, part.descending, collate.to_uppercase())
    });
    let upper = |(name, desc, coll): (_, _, String)| (name, desc, coll.to_uppercase());
    let said: Vec<_> = said.collect();
    same(&index.name.text, rows.into_iter().map(upper).collect(), said)?;
    let query =
        "SELECT \"unique\", partial FROM pragma_index_list(?) WHERE origin = 'c' ORDER BY name";
    let flags: Vec<(bool, bool)> = ask(connection, query, &table.name.name).await?;
    let unique = flags.iter().filter(|(unique, _)| *unique).count();
    same("unique indexes", unique, table.indexes.iter().filter(|it| it.unique).count())?;
    let partial = flags.iter().filter(|(_, partial)| *partial).count();
    same("partial", partial, table.indexes.iter().filter(|it| it.predicate.is_some()).count())
}
