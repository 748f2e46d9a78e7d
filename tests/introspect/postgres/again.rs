//! Objects dropped and made again, by nothing but what was read.

use autogen::dialect::{Dialect as _, postgres::Postgres};
use autogen::op::Op;
use autogen::schema::{Object, ObjectKind, Schema};
use sqlx::PgConnection;

use crate::again::{create, passes};
use crate::servers::execute;

/// Drops all objects that nothing else needs, and makes them again.
pub(super) async fn make(
    connection: &mut PgConnection,
    schema: &Schema,
    namespace: &str,
) -> Result<(), String> {
    execute(connection, &format!("SET search_path = {namespace}")).await?;
    let drop =
        |object: &Object| Postgres::USUAL.render(&Op::DropObject(object.clone())).join(";\n");
    // An extension takes all along that it owns.
    let objects = schema.objects.iter().filter(|it| it.kind != ObjectKind::Extension);
    let mut objects: Vec<&Object> = objects.collect();
    // A view takes its rules and triggers along.
    objects.sort_by_key(|object| object.table.is_none());
    let mut run = async |sql: &str| execute(connection, sql).await;
    let (dropped, _) = passes(objects, drop, &mut run).await;
    let (_, failures) = passes(dropped, create, &mut run).await;
    match failures.is_empty() {
        true => Ok(()),
        false => Err(failures.join("\n\n")),
    }
}
