//! Events: what the server runs at its times.

use super::super::facts::EventFact;
use super::super::text::written;
use super::Catalog;
use crate::schema::{Object, ObjectKind};

/// The events.
pub(super) fn events(catalog: &Catalog) -> Vec<Object> {
    catalog.facts.events.iter().map(|it| event(catalog, it)).collect()
}

fn event(catalog: &Catalog, fact: &EventFact) -> Object {
    let name = catalog.own_name(fact.place);
    let sql = catalog.made("EVENT", fact.place).map(|made| {
        format!("CREATE {}EVENT {}{}", catalog.definer(&made), written(&name), made.rest())
    });
    let mut object = Object::new(ObjectKind::Event, name, sql.unwrap_or_default());
    catalog.keep_settings(&mut object, fact.sql_mode, Some(fact.time_zone));
    object
}
