//! Events: what the server runs at its times.

use super::super::facts::EventFact;
use super::super::text::{literal, written};
use super::Catalog;
use crate::schema::{Object, ObjectKind};

/// The events.
pub(super) fn events(catalog: &Catalog) -> Vec<Object> {
    catalog.facts.events.iter().map(|it| event(catalog, it)).collect()
}

fn event(catalog: &Catalog, fact: &EventFact) -> Object {
    let name = catalog.own_name(fact.place);
    let mut sql =
        format!("CREATE {}EVENT {} ON SCHEDULE ", catalog.definer(fact.definer), written(&name));
    match fact.at {
        Some(at) => sql.push_str(&format!("AT {}", literal(at))),
        None => {
            sql.push_str(&format!("EVERY {} {}", fact.every.0, fact.every.1));
            for (word, time) in [("STARTS", fact.starts), ("ENDS", fact.ends)] {
                let clause = time.map(|time| format!(" {word} {}", literal(time)));
                sql.push_str(&clause.unwrap_or_default());
            }
        }
    }
    sql.push_str(if fact.preserve {
        " ON COMPLETION PRESERVE"
    } else {
        " ON COMPLETION NOT PRESERVE"
    });
    sql.push_str(match fact.status {
        "ENABLED" => " ENABLE",
        "DISABLED" => " DISABLE",
        // It runs where it was copied from.
        _ => " DISABLE ON SLAVE",
    });
    if !fact.comment.is_empty() {
        sql.push_str(&format!(" COMMENT {}", literal(fact.comment)));
    }
    sql.push_str(&format!(" DO {}", fact.definition));
    let mut object = Object::new(ObjectKind::Event, name, sql);
    catalog.keep_settings(&mut object, fact.sql_mode, Some(fact.time_zone));
    object
}
