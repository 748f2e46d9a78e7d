//! What all objects have: who made them, and the settings that they keep.

use super::super::text::{literal, ticked};
use super::Catalog;
use crate::schema::{Object, ObjectKind};

impl Catalog<'_> {
    /// Who it belongs to, where that is not the one who asks.
    pub(super) fn definer(&self, definer: &str) -> String {
        if definer.is_empty() || definer == self.facts.session.user {
            return String::new();
        }
        match definer.rsplit_once('@') {
            Some((user, "")) => format!("DEFINER={} ", ticked(user)),
            Some((user, host)) => format!("DEFINER={}@{} ", ticked(user), ticked(host)),
            None => format!("DEFINER={} ", ticked(definer)),
        }
    }

    /// An object keeps settings of the session that made it: a session that has others takes them
    /// for that one statement.
    pub(super) fn keep_settings(&self, object: &mut Object, sql_mode: &str, zone: Option<&str>) {
        let session = &self.facts.session;
        let settings = [
            ("sql_mode", Some(sql_mode), session.sql_mode),
            ("time_zone", zone, session.time_zone),
        ];
        for (setting, kept, current) in settings {
            let Some(kept) = kept.filter(|kept| *kept != current) else { continue };
            let kept = literal(kept);
            object.before.push(format!(
                "SET @autogen_{setting} = @@SESSION.{setting}, SESSION {setting} = {kept}"
            ));
            object.after.push(format!("SET SESSION {setting} = @autogen_{setting}"));
        }
    }
}

/// Sequences that stand for themselves.
pub(super) fn sequences(catalog: &Catalog) -> Vec<Object> {
    let facts = catalog.facts.tables.iter().filter(|it| it.kind == "SEQUENCE");
    let sequence = |place| {
        let name = catalog.name(place);
        let shown = catalog.shown.statement("SEQUENCE", place).unwrap_or_default();
        let own = format!("CREATE SEQUENCE {}", ticked(place.1));
        let sql = match shown.strip_prefix(&own) {
            Some(rest) => format!("CREATE SEQUENCE {}{rest}", super::text::written(&name)),
            None => shown.to_owned(),
        };
        Object::new(ObjectKind::Sequence, name, sql)
    };
    facts.map(|it| sequence(it.place)).collect()
}
