//! Objects that are kept as text: what they share, and those that hang on tables or stand alone.

use std::collections::BTreeMap;

use super::super::rows::{Oid, Rows};
use super::Answers;
use super::catalog::{Catalog, class};
use crate::dialect::postgres::standing;
use crate::dialect::postgres::types::{quote, written};
use crate::schema::{Name, Object, ObjectKind};
use crate::sql::literal;

/// The objects, each by its catalog and number.
#[derive(Default)]
pub(super) struct Objects {
    all: BTreeMap<(Oid, Oid), Object>,
}

impl Objects {
    pub(super) fn insert(&mut self, class: Oid, oid: Oid, object: Object) {
        self.all.insert((class, oid), object);
    }

    pub(super) fn get(&self, class: Oid, oid: Oid) -> Option<&Object> {
        self.all.get(&(class, oid))
    }

    pub(super) fn get_mut(&mut self, class: Oid, oid: Oid) -> Option<&mut Object> {
        self.all.get_mut(&(class, oid))
    }

    /// All of them, by kind and name; what each needs in order too.
    pub(super) fn sorted(self) -> Vec<Object> {
        let mut all: Vec<Object> = self.all.into_values().collect();
        for object in &mut all {
            object.needs.sort();
            object.needs.dedup();
        }
        all.sort_by(|one, two| {
            (one.kind, &one.table, &one.name).cmp(&(two.kind, &two.table, &two.name))
        });
        all
    }
}

/// Statements that follow when an object is made again.
pub(super) struct Follow<'n> {
    /// `VIEW`.
    pub(super) kind: &'n str,
    /// The object's name in SQL.
    pub(super) name: &'n str,
    /// What stands before the name in a GRANT, with a space behind.
    pub(super) grants_on: &'n str,
}

impl Follow<'_> {
    pub(super) fn owner(&self, owner: Option<&str>) -> Option<String> {
        standing::owner(self.kind, self.name, owner)
    }

    pub(super) fn comment(&self, comment: Option<String>) -> Option<String> {
        comment.map(|text| format!("COMMENT ON {} {} IS {}", self.kind, self.name, literal(&text)))
    }

    /// Who may do what.
    pub(super) fn grants(&self, grants: Option<&[String]>) -> Vec<String> {
        standing::grants(&format!("{}{}", self.grants_on, self.name), grants)
    }
}

/// Rules, policies, triggers, statistics, publications and extensions.
pub(super) fn add(answers: &Answers, catalog: &Catalog, objects: &mut Objects) {
    fired(answers.rules, catalog, objects, (class::REWRITE, ObjectKind::Rule, "RULE"));
    fired(answers.triggers, catalog, objects, (class::TRIGGER, ObjectKind::Trigger, "TRIGGER"));
    policies(answers, catalog, objects);
    statistics(answers, catalog, objects);
    publications(answers, catalog, objects);
    for mut row in answers.extensions.iter() {
        let (oid, name, namespace) = (row.oid(), row.text(), row.text());
        let mut sql = format!("CREATE EXTENSION {}", quote(name));
        if namespace != catalog.default_namespace && namespace != "pg_catalog" {
            sql.push_str(&format!(" WITH SCHEMA {}", quote(namespace)));
        }
        let object = Object::new(ObjectKind::Extension, Name::new(name), sql);
        objects.insert(class::EXTENSION, oid, object);
    }
}

/// An object of a relation, and how it is named in SQL: `name ON relation`.
fn hung(
    catalog: &Catalog,
    kind: ObjectKind,
    name: &str,
    relation: Oid,
) -> Option<(Object, String)> {
    let on = catalog.relation_name(relation)?;
    let mut object = Object::new(kind, Name::new(name), "");
    object.table = Some(on.clone());
    Some((object, format!("{} ON {}", quote(name), written(on))))
}

/// Rules and triggers: what is done when something else is.
fn fired(
    rows: &Rows,
    catalog: &Catalog,
    objects: &mut Objects,
    (class, kind, noun): (Oid, ObjectKind, &str),
) {
    for mut row in rows.iter() {
        let (oid, name, relation) = (row.oid(), row.text(), row.oid());
        let (enabled, sql) = (row.letter(), row.maybe());
        let (Some(sql), false) = (sql, catalog.is_member(class, oid)) else { continue };
        let Some((mut object, named)) = hung(catalog, kind, name, relation) else { continue };
        object.sql = sql.trim_end_matches(';').to_owned();
        let state = match enabled {
            'D' => Some("DISABLE"),
            'R' => Some("ENABLE REPLICA"),
            'A' => Some("ENABLE ALWAYS"),
            _ => None,
        };
        let table = object.table.as_ref().map(written).unwrap_or_default();
        let state = state.map(|it| format!("ALTER TABLE {table} {it} {noun} {}", quote(name)));
        object.after.extend(state);
        let follow = Follow { kind: noun, name: &named, grants_on: "" };
        object.after.extend(follow.comment(catalog.comment(class, oid)));
        objects.insert(class, oid, object);
    }
}

fn policies(answers: &Answers, catalog: &Catalog, objects: &mut Objects) {
    for mut row in answers.policies.iter() {
        let (oid, name, relation) = (row.oid(), row.text(), row.oid());
        let (command, permissive, roles) =
            (row.letter(), row.flag(), row.sorted_list().unwrap_or_default());
        let Some((mut object, named)) = hung(catalog, ObjectKind::Policy, name, relation) else {
            continue;
        };
        let mut sql = format!("CREATE POLICY {named}");
        sql.push_str(if permissive { "" } else { " AS RESTRICTIVE" });
        sql.push_str(match command {
            'r' => " FOR SELECT",
            'a' => " FOR INSERT",
            'w' => " FOR UPDATE",
            'd' => " FOR DELETE",
            _ => "",
        });
        sql.push_str(&format!(" TO {}", roles.join(", ")));
        for (word, condition) in [("USING", row.maybe()), ("WITH CHECK", row.maybe())] {
            sql.extend(condition.map(|condition| format!(" {word} ({condition})")));
        }
        object.sql = sql;
        let follow = Follow { kind: "POLICY", name: &named, grants_on: "" };
        object.after.extend(follow.comment(catalog.comment(class::POLICY, oid)));
        if !catalog.is_member(class::POLICY, oid) {
            objects.insert(class::POLICY, oid, object);
        }
    }
}

fn statistics(answers: &Answers, catalog: &Catalog, objects: &mut Objects) {
    for mut row in answers.statistics.iter() {
        let (oid, name, namespace) = (row.oid(), row.text(), row.oid());
        let (relation, target, sql, prefix) = (row.oid(), row.maybe(), row.maybe(), row.text());
        let (Some(sql), false) = (sql, catalog.is_member(class::STATISTICS, oid)) else { continue };
        let name = catalog.name_in(namespace, name);
        let sql = unqualified(sql, &name, prefix);
        let mut object = Object::new(ObjectKind::Statistics, name, sql);
        object.table = catalog.relation_name(relation).cloned();
        let name = written(&object.name);
        let follow = Follow { kind: "STATISTICS", name: &name, grants_on: "" };
        object.after.extend(follow.owner(row.maybe()));
        let target = target.map(|it| format!("ALTER STATISTICS {name} SET STATISTICS {it}"));
        object.after.extend(target);
        object.after.extend(follow.comment(catalog.comment(class::STATISTICS, oid)));
        objects.insert(class::STATISTICS, oid, object);
    }
}

/// A statement without the namespace before the name of what it makes, where that is the default.
pub(super) fn unqualified(sql: &str, name: &Name, prefix: &str) -> String {
    let sql = sql.trim_end();
    match name.schema {
        Some(_) => sql.to_owned(),
        None => sql.replacen(&format!(" {prefix}"), " ", 1),
    }
}

fn publications(answers: &Answers, catalog: &Catalog, objects: &mut Objects) {
    let mut published = BTreeMap::<Oid, Vec<&str>>::new();
    for mut row in answers.published.iter() {
        let (_, publication, _, table) = (row.oid(), row.oid(), row.oid(), row.text());
        published.entry(publication).or_default().push(table);
    }
    for mut row in answers.publications.iter() {
        let (oid, name, all) = (row.oid(), row.text(), row.flag());
        let kinds = ["insert", "update", "delete", "truncate"].map(|kind| (kind, row.flag()));
        let mut options = Vec::new();
        if kinds.iter().any(|(_, on)| !on) {
            let on = kinds.iter().filter(|(_, on)| *on).map(|(kind, _)| *kind);
            options.push(format!("publish = '{}'", on.collect::<Vec<_>>().join(", ")));
        }
        options.extend(row.flag().then(|| "publish_via_partition_root = true".to_owned()));
        let generated = row.letter() == 's';
        options.extend(generated.then(|| "publish_generated_columns = stored".to_owned()));
        let mut tables = published.remove(&oid).unwrap_or_default();
        tables.sort_unstable();
        let namespaces = row.sorted_list().unwrap_or_default();
        let named = quote(name);
        let mut sql = format!("CREATE PUBLICATION {named}{}", scope(all, &tables, &namespaces));
        if !options.is_empty() {
            sql.push_str(&format!(" WITH ({})", options.join(", ")));
        }
        let mut object = Object::new(ObjectKind::Publication, Name::new(name), sql);
        let follow = Follow { kind: "PUBLICATION", name: &named, grants_on: "" };
        object.after.extend(follow.owner(row.maybe()));
        object.after.extend(follow.comment(catalog.comment(class::PUBLICATION, oid)));
        objects.insert(class::PUBLICATION, oid, object);
    }
}

/// What a publication is for.
fn scope(all: bool, tables: &[&str], namespaces: &[String]) -> String {
    if all {
        return " FOR ALL TABLES".into();
    }
    let mut parts = Vec::new();
    if !tables.is_empty() {
        parts.push(format!("TABLE {}", tables.join(", ")));
    }
    if !namespaces.is_empty() {
        parts.push(format!("TABLES IN SCHEMA {}", namespaces.join(", ")));
    }
    if parts.is_empty() { String::new() } else { format!(" FOR {}", parts.join(", ")) }
}
