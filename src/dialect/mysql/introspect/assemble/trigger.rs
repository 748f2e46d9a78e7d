//! Triggers, each after the one that runs before it.

use super::super::facts::TriggerFact;
use super::super::text::{ticked, written};
use super::Catalog;
use crate::schema::{Need, Object, ObjectKind};

/// The triggers.
pub(super) fn triggers(catalog: &Catalog) -> Vec<Object> {
    let mut facts: Vec<&TriggerFact> = catalog.facts.triggers.iter().collect();
    let moment = |it: &TriggerFact| {
        let words = [it.table, it.timing, it.event].map(str::to_owned);
        (it.place.0.to_owned(), words)
    };
    facts.sort_by_cached_key(|it| (moment(it), it.order));
    let mut objects = Vec::new();
    for at_once in facts.chunk_by(|one, two| moment(one) == moment(two)) {
        let mut before: Option<&TriggerFact> = None;
        for fact in at_once {
            objects.push(trigger(catalog, fact, before));
            before = Some(fact);
        }
    }
    objects
}

fn trigger(catalog: &Catalog, fact: &TriggerFact, before: Option<&TriggerFact>) -> Object {
    let name = catalog.own_name(fact.place);
    let table = catalog.name((fact.place.0, fact.table));
    let follows = before.map(|it| format!("FOLLOWS {} ", ticked(it.place.1)));
    let sql = catalog.made("TRIGGER", fact.place).map(|made| {
        format!(
            "CREATE {}TRIGGER {} {} {} ON {} FOR EACH ROW {}{}",
            catalog.definer(&made),
            written(&name),
            fact.timing,
            fact.event,
            written(&table),
            follows.unwrap_or_default(),
            made.body()
        )
    });
    let mut object = Object::new(ObjectKind::Trigger, name, sql.unwrap_or_default());
    object.table = Some(table);
    object.needs = before.map(|it| Need::Trigger(catalog.own_name(it.place))).into_iter().collect();
    catalog.keep_settings(&mut object, fact.sql_mode, None);
    object
}
