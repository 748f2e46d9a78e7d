//! Objects dropped and made again, one after the other in an order that is found by trying.

use autogen::schema::Object;

/// Runs a statement for each object, again and again while that helps: what one needs must be there
/// before it, and go after it. Gives back what it ran for, and why the others failed.
pub(crate) async fn passes<'s>(
    mut objects: Vec<&'s Object>,
    statement: impl Fn(&Object) -> String,
    mut execute: impl AsyncFnMut(&str) -> Result<(), String>,
) -> (Vec<&'s Object>, Vec<String>) {
    let mut done = Vec::new();
    loop {
        let (before, mut rest, mut failures) = (done.len(), Vec::new(), Vec::new());
        for object in objects {
            match execute(&statement(object)).await {
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

/// The statements that make an object.
pub(crate) fn create(object: &Object) -> String {
    let statements = object.before.iter().chain([&object.sql]).chain(&object.after);
    statements.map(String::as_str).collect::<Vec<_>>().join(";\n")
}
