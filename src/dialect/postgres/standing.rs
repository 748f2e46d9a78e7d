//! Owners, grants and security labels, as the statements that give them back.

use super::types::{quote, written};
use crate::schema::{Column, Name, Standing};
use crate::sql::literal;

/// Gives a thing its owner.
pub(super) fn owner(kind: &str, name: &str, owner: Option<&str>) -> Option<String> {
    owner.map(|owner| format!("ALTER {kind} {name} OWNER TO {owner}"))
}

/// Who may do what: first goes what the server gives by itself and is not so.
pub(super) fn grants(on: &str, grants: Option<&[String]>) -> Vec<String> {
    let listed = grants.unwrap_or_default().iter().filter_map(|it| it.split_once(" TO "));
    let (closed, open): (Vec<_>, Vec<_>) = listed.partition(|(what, _)| *what == "NOTHING");
    let closed = closed.into_iter().map(|(_, from)| format!("REVOKE ALL ON {on} FROM {from}"));
    let granted = open.into_iter().map(|(what, to)| format!("GRANT {what} ON {on} TO {to}"));
    closed.chain(granted).collect()
}

/// What others may do with one column of a relation.
pub(super) fn column_grants(
    relation: &str,
    column: &str,
    grants: Option<&[String]>,
) -> Vec<String> {
    let name = quote(column);
    let grant = |(what, grantee): (&str, &str)| {
        let what: Vec<String> = what.split(", ").map(|it| format!("{it} ({name})")).collect();
        format!("GRANT {} ON {relation} TO {grantee}", what.join(", "))
    };
    let listed = grants.unwrap_or_default().iter().filter_map(|it| it.split_once(" TO "));
    listed.map(grant).collect()
}

/// What security providers say.
fn labels(kind: &str, name: &str, labels: &[(String, String)]) -> Vec<String> {
    let label = |(provider, label): &(String, String)| {
        format!("SECURITY LABEL FOR {} ON {kind} {name} IS {}", quote(provider), literal(label))
    };
    labels.iter().map(label).collect()
}

/// What a type has again when it is made anew.
pub(super) fn of_type(name: &Name, standing: &Standing) -> Vec<String> {
    let name = written(name);
    let mut statements: Vec<String> =
        owner("TYPE", &name, standing.owner.as_deref()).into_iter().collect();
    statements.extend(grants(&format!("TYPE {name}"), standing.grants.as_deref()));
    statements.extend(labels("TYPE", &name, &standing.labels));
    statements
}

/// What a column has again when it is made anew.
pub(super) fn of_column(table: &Name, column: &Column) -> Vec<String> {
    let (table, standing) = (written(table), &column.standing);
    let mut statements = column_grants(&table, &column.name, standing.grants.as_deref());
    let name = format!("{table}.{}", quote(&column.name));
    statements.extend(labels("COLUMN", &name, &standing.labels));
    statements
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::Type;

    #[test]
    fn what_was_said_is_said_again() {
        let mut column = Column::new("Mail", Type::Native("text".into()));
        column.standing = Standing {
            grants: Some(vec!["SELECT, UPDATE TO app WITH GRANT OPTION".into()]),
            labels: vec![("anon".into(), "MASKED WITH VALUE 'x'".into())],
            ..Standing::default()
        };
        let said = [
            "GRANT SELECT (\"Mail\"), UPDATE (\"Mail\") ON app.users TO app WITH GRANT OPTION",
            "SECURITY LABEL FOR anon ON COLUMN app.users.\"Mail\" IS 'MASKED WITH VALUE ''x'''",
        ];
        assert_eq!(of_column(&"app.users".into(), &column), said);
        let mut standing = Standing { owner: Some("app".into()), ..Standing::default() };
        assert_eq!(of_type(&"mood".into(), &standing), ["ALTER TYPE mood OWNER TO app"]);
        standing.grants = Some(vec!["NOTHING TO PUBLIC".into()]);
        let closed = ["ALTER TYPE mood OWNER TO app", "REVOKE ALL ON TYPE mood FROM PUBLIC"];
        assert_eq!(of_type(&"mood".into(), &standing), closed);
    }
}
