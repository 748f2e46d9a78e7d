//! Objects dropped and made again, by nothing but what was read.

use autogen::dialect::{Dialect as _, postgres::Postgres};
use autogen::op::Op;
use autogen::schema::{Object, ObjectKind, Schema};
use sqlx::PgConnection;

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
    let (dropped, _) = passes(connection, objects, drop).await;
    let create = |object: &Object| {
        let statements = std::iter::once(&object.sql).chain(&object.after);
        statements.map(String::as_str).collect::<Vec<_>>().join(";\n")
    };
    let (_, failures) = passes(connection, dropped, create).await;
    match failures.is_empty() {
        true => Ok(()),
        false => Err(failures.join("\n\n")),
    }
}

/// Runs a statement for each object, again and again while that helps: what one needs must be there
/// before it, and go after it. Gives back what it ran for, and why the others failed.
async fn passes<'s>(
    connection: &mut PgConnection,
    mut objects: Vec<&'s Object>,
    statement: impl Fn(&Object) -> String,
) -> (Vec<&'s Object>, Vec<String>) {
    let mut done = Vec::new();
    loop {
        let (before, mut rest, mut failures) = (done.len(), Vec::new(), Vec::new());
        for object in objects {
            match execute(connection, &statement(object)).await {
                Ok(()) => done.push(object),
                Err(error) => {
                    rest.push(object);
                    failures.push(error);
                }
            }
        }
        if rest.is_empty() || done.len() == before {
            return (done, failures);
        }
        objects = rest;
    }
}
