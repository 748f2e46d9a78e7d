//! Functions and procedures.

use super::Answers;
use super::catalog::{Catalog, class};
use super::object::{Follow, Objects, unqualified};
use crate::dialect::postgres::types::written;
use crate::schema::{Name, Object, ObjectKind};

/// Adds them all. The types of the arguments are part of the name, as the server prints them.
pub(super) fn add(answers: &Answers, catalog: &Catalog, objects: &mut Objects) {
    for mut row in answers.functions.iter() {
        let (oid, name, namespace) = (row.oid(), row.text(), row.oid());
        let (arguments, kind, sql, prefix) = (row.text(), row.letter(), row.maybe(), row.text());
        let Some(sql) = sql else { continue };
        let bare = catalog.name_in(namespace, name);
        let kind = if kind == 'p' { "PROCEDURE" } else { "FUNCTION" };
        let written = format!("{}({arguments})", written(&bare));
        let sql = unqualified(sql, &bare, prefix);
        let name = Name { name: format!("{name}({arguments})"), ..bare };
        let mut object = Object::new(ObjectKind::Function, name, sql);
        let grants_on = format!("{kind} ");
        let follow = Follow { kind, name: &written, grants_on: &grants_on };
        object.after.extend(follow.owner(row.maybe()));
        object.after.extend(follow.comment(catalog.comment(class::PROC, oid)));
        object.after.extend(follow.grants(row.sorted_list().as_deref()));
        objects.insert(class::PROC, oid, object);
    }
}
