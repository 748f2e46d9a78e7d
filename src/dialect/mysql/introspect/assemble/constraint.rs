//! Checks and foreign keys.

use std::collections::BTreeMap;

use super::super::facts::{CheckFact, ReferenceFact};
use super::{Catalog, Tables};
use crate::schema::{Action, Check, ConstraintName, Expr, ForeignKey, Options, Table, Type};

/// Gives the tables their checks. One that belongs to a column has no name; its option `column` says
/// which one that is.
pub(super) fn add_checks<'r>(catalog: &Catalog<'r>, tables: &mut Tables<'r>) {
    let mut facts: Vec<&CheckFact> = catalog.facts.checks.iter().collect();
    facts.sort_by_key(|it| (it.place, it.of_column, it.name));
    for fact in facts {
        let Some(table) = tables.get_mut(&fact.place) else { continue };
        if fact.of_column && is_json(table, fact.name) {
            continue;
        }
        let period = &catalog.shown.table(fact.place).period;
        if let Some((name, [start, end])) = period
            && !fact.of_column
            && *name == fact.name
        {
            table.options.insert("period".into(), format!("{name}({start}, {end})"));
            continue;
        }
        let mut options = Options::new();
        if fact.of_column {
            options.insert("column".into(), fact.name.into());
        }
        if fact.not_enforced {
            options.insert("not_enforced".into(), "true".into());
        }
        let name = (!fact.of_column).then(|| ConstraintName::given(fact.name));
        let expr = Expr::new(catalog.expression(fact.clause));
        table.checks.push(Check { name, expr, options });
    }
}

fn is_json(table: &Table, column: &str) -> bool {
    table.column(column).is_some_and(|it| it.ty == Type::Native("json".into()))
}

/// Gives the tables their foreign keys.
pub(super) fn add_foreign_keys<'r>(catalog: &Catalog<'r>, tables: &mut Tables<'r>) {
    let rules = catalog.facts.rules.iter();
    let rules: BTreeMap<_, _> = rules
        .map(|it| ((it.place, it.constraint), (it.on_delete.to_owned(), it.on_update.to_owned())))
        .collect();
    let mut facts: Vec<&ReferenceFact> = catalog.facts.references.iter().collect();
    facts.sort_by_key(|it| (it.place, it.constraint, it.position));
    for parts in
        facts.chunk_by(|one, two| (one.place, one.constraint) == (two.place, two.constraint))
    {
        let Some(first) = parts.first() else { continue };
        let Some(table) = tables.get_mut(&first.place) else { continue };
        let shown = || catalog.shown.table(first.place).actions.get(first.constraint).cloned();
        let actions = rules.get(&(first.place, first.constraint)).cloned().or_else(shown);
        let (on_delete, on_update) = actions.unwrap_or_default();
        table.foreign_keys.push(ForeignKey {
            name: Some(ConstraintName::given(first.constraint)),
            columns: parts.iter().map(|it| it.column.to_owned()).collect(),
            table: catalog.name(first.referenced),
            referenced: parts.iter().map(|it| it.referenced_column.to_owned()).collect(),
            on_delete: action(&on_delete),
            on_update: action(&on_update),
            matching: None,
            deferral: None,
            options: Options::new(),
        });
    }
}

/// To refuse at once and to refuse at the end of the statement are the same here.
fn action(word: &str) -> Action {
    match word {
        "CASCADE" => Action::Cascade,
        "SET NULL" => Action::SetNull,
        "SET DEFAULT" => Action::SetDefault,
        _ => Action::NoAction,
    }
}
