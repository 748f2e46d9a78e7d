//! Views and materialized views.

use super::super::rows::Oid;
use super::IndexFacts;
use super::catalog::{Catalog, ColumnFact, Relation, class};
use super::object::{Follow, Objects};
use super::table::storage;
use crate::dialect::postgres::standing;
use crate::dialect::postgres::types::{quote, written};
use crate::schema::{Name, Object, ObjectKind};
use crate::sql::literal;

/// Adds them all.
pub(super) fn add(catalog: &Catalog, indexes: &IndexFacts, objects: &mut Objects) {
    for (oid, relation) in &catalog.relations {
        let Some(query) = relation.query.filter(|_| !catalog.is_member(class::CLASS, *oid)) else {
            continue;
        };
        let stored = relation.kind == 'm';
        let kind = if stored { ObjectKind::MaterializedView } else { ObjectKind::View };
        let sql = create(relation, query);
        let mut object = Object::new(kind, relation.name.clone(), sql);
        object.after = after(catalog, *oid, relation);
        objects.insert(class::CLASS, *oid, object);
    }
    let mut sorted: Vec<_> = indexes.iter().collect();
    sorted.sort_by_key(|(oid, index)| (index.name, **oid));
    for (oid, index) in sorted {
        let Some(object) = objects.get_mut(class::CLASS, index.relation) else { continue };
        let (schema, view) = (object.name.schema.clone(), written(&object.name));
        object.after.extend(index.definition.map(str::to_owned));
        object.after.extend(
            index.clustered.then(|| {
                format!("ALTER MATERIALIZED VIEW {view} CLUSTER ON {}", quote(index.name))
            }),
        );
        let name = written(&Name { schema, name: index.name.to_owned() });
        let comment = catalog.comment(class::CLASS, *oid);
        let follow = Follow { kind: "INDEX", name: &name, grants_on: "" };
        object.after.extend(follow.comment(comment));
    }
}

fn create(relation: &Relation, query: &str) -> String {
    let stored = relation.kind == 'm';
    let noun = if stored { "MATERIALIZED VIEW" } else { "VIEW" };
    let mut sql = format!("CREATE {noun} {}", written(&relation.name));
    sql.extend(relation.method.map(|method| format!(" USING {}", quote(method))));
    let parameters = relation.parameters.iter().map(|text| (text, ""));
    let toast = relation.toast_parameters.iter().map(|text| (text, "toast."));
    let parameters: Vec<String> = { parameters.chain(toast) }
        .filter_map(|(text, prefix)| text.split_once('=').map(|it| (prefix, it)))
        .map(|(prefix, (name, value))| format!("{prefix}{name}={}", literal(value)))
        .collect();
    if !parameters.is_empty() {
        sql.push_str(&format!(" WITH ({})", parameters.join(", ")));
    }
    sql.extend(relation.tablespace.map(|it| format!(" TABLESPACE {}", quote(it))));
    sql.push_str(&format!(" AS\n{}", query.trim_end().trim_end_matches(';')));
    if stored && !relation.populated {
        sql.push_str("\n  WITH NO DATA");
    }
    sql
}

fn after(catalog: &Catalog, oid: Oid, relation: &Relation) -> Vec<String> {
    let name = written(&relation.name);
    let kind = if relation.kind == 'm' { "MATERIALIZED VIEW" } else { "VIEW" };
    let follow = Follow { kind, name: &name, grants_on: "" };
    let mut after: Vec<String> = follow.owner(relation.owner).into_iter().collect();
    for (_, column) in catalog.columns_of(oid) {
        after.extend(settings(column).into_iter().map(|setting| {
            format!("ALTER {kind} {name} ALTER COLUMN {} {setting}", quote(column.name))
        }));
    }
    after.extend(follow.comment(catalog.comment(class::CLASS, oid)));
    after.extend(follow.grants(relation.grants.as_deref()));
    for (number, column) in catalog.columns_of(oid) {
        let named = format!("{name}.{}", quote(column.name));
        let follow = Follow { kind: "COLUMN", name: &named, grants_on: "" };
        after.extend(follow.comment(catalog.column_comment(oid, number)));
        after.extend(standing::column_grants(&name, column.name, column.grants.as_deref()));
    }
    after
}

/// What is set on a column of a view.
fn settings(column: &ColumnFact) -> Vec<String> {
    let mut settings = Vec::new();
    settings.extend(column.default.map(|default| format!("SET DEFAULT {default}")));
    settings.extend(column.statistics.map(|target| format!("SET STATISTICS {target}")));
    settings.extend(storage(column.storage).map(|it| format!("SET STORAGE {it}")));
    settings
}
