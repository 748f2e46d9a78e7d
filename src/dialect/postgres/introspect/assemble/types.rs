//! Named types: enumerated ones are compared, the others are kept as text.

use std::collections::BTreeMap;

use super::super::rows::Oid;
use super::Answers;
use super::catalog::{Catalog, TypeFact, class};
use super::object::{Follow, Objects};
use crate::dialect::postgres::types::{quote, written};
use crate::schema::{Enum, Object, ObjectKind, Standing};

/// The enumerated types.
pub(super) fn enums(answers: &Answers, catalog: &Catalog) -> Vec<Enum> {
    let mut labels = BTreeMap::<Oid, Vec<String>>::new();
    for mut row in answers.labels.iter() {
        labels.entry(row.oid()).or_default().push(row.text().to_owned());
    }
    let own = |(oid, fact): &(&Oid, &TypeFact)| {
        fact.kind == 'e' && !catalog.is_member(class::TYPE, **oid)
    };
    let entry = |(oid, fact): (&Oid, &TypeFact)| Enum {
        comment: catalog.comment(class::TYPE, *oid),
        standing: Standing {
            owner: fact.owner.map(str::to_owned),
            grants: fact.grants.clone(),
            labels: catalog.labels(class::TYPE, *oid, 0),
            used_by: fact.used_by.clone(),
        },
        ..Enum::new(fact.name.clone(), labels.remove(oid).unwrap_or_default())
    };
    catalog.types.iter().filter(own).map(entry).collect()
}

/// A condition of a domain.
struct Condition<'r> {
    name: &'r str,
    valid: bool,
    text: &'r str,
}

/// Adds domains, composite types and ranges.
pub(super) fn add(answers: &Answers, catalog: &Catalog, objects: &mut Objects) {
    let mut conditions = BTreeMap::<Oid, Vec<Condition>>::new();
    for mut row in answers.domain_checks.iter() {
        let domain = conditions.entry(row.oid()).or_default();
        domain.push(Condition { name: row.text(), valid: row.flag(), text: row.text() });
    }
    for (oid, fact) in &catalog.types {
        if catalog.is_member(class::TYPE, *oid) {
            continue;
        }
        let conditions = conditions.remove(oid).unwrap_or_default();
        let (kind, noun, sql) = match fact.kind {
            'd' => (ObjectKind::Domain, "DOMAIN", domain(fact, &conditions)),
            'c' => (ObjectKind::Composite, "TYPE", composite(catalog, fact)),
            'r' => (ObjectKind::Composite, "TYPE", range(fact)),
            _ => continue,
        };
        let name = written(&fact.name);
        let mut object = Object::new(kind, fact.name.clone(), sql);
        let follow = Follow { kind: noun, name: &name, grants_on: "TYPE " };
        object.after.extend(follow.owner(fact.owner));
        let late = conditions.iter().filter(|it| !it.valid);
        object.after.extend(late.map(|condition| {
            let named = quote(condition.name);
            format!("ALTER DOMAIN {name} ADD CONSTRAINT {named} {}", condition.text)
        }));
        object.after.extend(follow.comment(catalog.comment(class::TYPE, *oid)));
        for (number, column) in catalog.columns_of(fact.relation) {
            let named = format!("{name}.{}", quote(column.name));
            let follow = Follow { kind: "COLUMN", name: &named, grants_on: "" };
            object.after.extend(follow.comment(catalog.column_comment(fact.relation, number)));
        }
        object.after.extend(follow.grants(fact.grants.as_deref()));
        objects.insert(class::TYPE, *oid, object);
    }
}

fn domain(fact: &TypeFact, conditions: &[Condition]) -> String {
    let base = fact.base.unwrap_or_default();
    let mut sql = format!("CREATE DOMAIN {} AS {base}", written(&fact.name));
    sql.extend(fact.collation.map(|collation| format!(" COLLATE {collation}")));
    sql.extend(fact.default.map(|default| format!(" DEFAULT {default}")));
    sql.push_str(if fact.not_null { " NOT NULL" } else { "" });
    for condition in conditions.iter().filter(|it| it.valid) {
        sql.push_str(&format!(" CONSTRAINT {} {}", quote(condition.name), condition.text));
    }
    sql
}

fn composite(catalog: &Catalog, fact: &TypeFact) -> String {
    let field = |column: &super::catalog::ColumnFact| {
        let mut field = format!("{} {}", quote(column.name), column.type_text);
        let collation = column.collation.as_deref().map(crate::schema::Name::from);
        field.extend(collation.map(|name| format!(" COLLATE {}", written(&name))));
        field
    };
    let fields = catalog.columns_of(fact.relation).map(|(_, column)| field(column));
    format!("CREATE TYPE {} AS ({})", written(&fact.name), fields.collect::<Vec<_>>().join(", "))
}

fn range(fact: &TypeFact) -> String {
    let words = ["subtype", "subtype_opclass", "canonical", "subtype_diff", "multirange_type_name"];
    let named = words.into_iter().zip(fact.range);
    let mut parts: Vec<String> =
        named.filter_map(|(word, value)| Some(format!("{word} = {}", value?))).collect();
    parts.extend(fact.collation.map(|collation| format!("collation = {collation}")));
    format!("CREATE TYPE {} AS RANGE ({})", written(&fact.name), parts.join(", "))
}
