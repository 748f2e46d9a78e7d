//! What objects cannot be without, as the server keeps it.

use std::collections::BTreeMap;

use super::super::rows::Oid;
use super::Answers;
use super::catalog::{Catalog, class};
use super::object::Objects;
use crate::schema::Need;

/// Tells each object what it needs.
pub(super) fn add(answers: &Answers, catalog: &Catalog, objects: &mut Objects) {
    let behind = behind(answers, catalog, objects);
    let row_types: BTreeMap<Oid, Oid> =
        { catalog.relations.iter() }.map(|(oid, it)| (it.row_type, *oid)).collect();
    for mut row in answers.dependencies.iter() {
        let of = (row.oid(), row.oid());
        let (class, oid, column) = (row.oid(), row.oid(), row.number::<i16>());
        let of = behind.get(&of).copied().unwrap_or(of);
        if of == (class, oid) || catalog.is_member(class, oid) {
            continue;
        }
        let need = match class {
            class::CLASS => relation(catalog, oid, column),
            class::TYPE => {
                let named = catalog.types.get(&oid).map(|fact| Need::Type(fact.name.clone()));
                named.or_else(|| relation(catalog, *row_types.get(&oid)?, 0))
            }
            _ => objects.get(class, oid).map(|object| Need::Function(object.name.to_string())),
        };
        let Some(object) = objects.get_mut(of.0, of.1) else { continue };
        let own = |need: &Need| match need {
            Need::Relation(name) => object.table.as_ref() == Some(name) || object.name == *name,
            Need::Type(name) => object.name == *name,
            _ => false,
        };
        object.needs.extend(need.filter(|need| !own(need)));
    }
}

fn relation(catalog: &Catalog, oid: Oid, column: i16) -> Option<Need> {
    let relation = catalog.relations.get(&oid)?;
    let name = relation.name.clone();
    Some(match column {
        _ if relation.kind == 'c' => Need::Type(name),
        0 => Need::Relation(name),
        number => Need::Column(name, catalog.column_name(oid, number)?.to_owned()),
    })
}

/// Things of the server's own, with the object that each stands for: the rule that makes a view,
/// a table in a publication, the relation behind a composite type.
fn behind(
    answers: &Answers,
    catalog: &Catalog,
    objects: &Objects,
) -> BTreeMap<(Oid, Oid), (Oid, Oid)> {
    let mut behind = BTreeMap::new();
    for mut row in answers.rules.iter() {
        let (oid, _, view) = (row.oid(), row.text(), row.oid());
        if objects.get(class::REWRITE, oid).is_none() {
            behind.insert((class::REWRITE, oid), (class::CLASS, view));
        }
    }
    for mut row in answers.published.iter() {
        behind.insert((class::PUBLISHED, row.oid()), (class::PUBLICATION, row.oid()));
    }
    let composites = catalog.types.iter().filter(|(_, fact)| fact.relation != 0);
    behind
        .extend(composites.map(|(oid, fact)| ((class::CLASS, fact.relation), (class::TYPE, *oid))));
    behind
}
