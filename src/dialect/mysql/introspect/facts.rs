//! The answers as records: each value by its name.

use std::collections::BTreeMap;

use super::QUERIES;
use super::text::ticked;
use crate::dialect::rows::{Cells, Rows};
use crate::error::{Error, Kind, Result};

/// A database and the name of something in it.
pub(super) type Place<'r> = (&'r str, &'r str);

/// What is known of the session itself.
#[derive(Clone, Debug, Default)]
pub(super) struct Session<'r> {
    /// The connection's database.
    pub(super) own: &'r str,
    pub(super) user: &'r str,
    pub(super) sql_mode: &'r str,
    pub(super) time_zone: &'r str,
}

/// A table, view or sequence.
pub(super) struct TableFact<'r> {
    pub(super) place: Place<'r>,
    pub(super) kind: &'r str,
    pub(super) engine: &'r str,
    pub(super) create_options: &'r str,
    pub(super) collation: Option<&'r str>,
    pub(super) comment: &'r str,
}

/// A column of a table or view.
pub(super) struct ColumnFact<'r> {
    pub(super) place: Place<'r>,
    pub(super) name: &'r str,
    pub(super) position: u32,
    pub(super) default: Option<&'r str>,
    pub(super) null: bool,
    pub(super) ty: &'r str,
    pub(super) collation: Option<&'r str>,
    pub(super) extra: &'r str,
    pub(super) comment: &'r str,
    pub(super) generated: &'r str,
    pub(super) srid: Option<&'r str>,
}

/// One part of an index, with what is said of the index.
pub(super) struct IndexFact<'r> {
    pub(super) place: Place<'r>,
    pub(super) index: &'r str,
    pub(super) unique: bool,
    pub(super) position: u32,
    pub(super) column: Option<&'r str>,
    pub(super) descending: bool,
    pub(super) length: Option<u32>,
    pub(super) method: &'r str,
    pub(super) comment: &'r str,
    pub(super) hidden: bool,
    pub(super) expression: &'r str,
}

/// One column of a foreign key.
pub(super) struct ReferenceFact<'r> {
    pub(super) place: Place<'r>,
    pub(super) constraint: &'r str,
    pub(super) column: &'r str,
    pub(super) position: u32,
    pub(super) referenced: Place<'r>,
    pub(super) referenced_column: &'r str,
}

/// What a foreign key does.
pub(super) struct RuleFact<'r> {
    pub(super) place: Place<'r>,
    pub(super) constraint: &'r str,
    pub(super) on_update: &'r str,
    pub(super) on_delete: &'r str,
}

/// A check.
pub(super) struct CheckFact<'r> {
    pub(super) place: Place<'r>,
    pub(super) name: &'r str,
    pub(super) clause: &'r str,
    /// It belongs to the column of its name.
    pub(super) of_column: bool,
    pub(super) not_enforced: bool,
}

/// A partition, or a part of one.
pub(super) struct PartitionFact<'r> {
    pub(super) place: Place<'r>,
    pub(super) name: &'r str,
    pub(super) part: Option<&'r str>,
    pub(super) position: (u32, u32),
    pub(super) method: &'r str,
    pub(super) part_method: &'r str,
    pub(super) expression: &'r str,
    pub(super) part_expression: &'r str,
    pub(super) description: Option<&'r str>,
    pub(super) comment: &'r str,
}

/// A view.
pub(super) struct ViewFact<'r> {
    pub(super) place: Place<'r>,
    /// Its query, with the database before each table; empty where it is not told to this user.
    pub(super) definition: &'r str,
}

/// A trigger.
pub(super) struct TriggerFact<'r> {
    pub(super) place: Place<'r>,
    pub(super) table: &'r str,
    pub(super) timing: &'r str,
    pub(super) event: &'r str,
    pub(super) order: u32,
    pub(super) sql_mode: &'r str,
}

/// A function or procedure.
pub(super) struct RoutineFact<'r> {
    pub(super) place: Place<'r>,
    pub(super) kind: &'r str,
    pub(super) sql_mode: &'r str,
}

/// An event.
pub(super) struct EventFact<'r> {
    pub(super) place: Place<'r>,
    pub(super) sql_mode: &'r str,
    pub(super) time_zone: &'r str,
}

/// All that the queries answered.
pub(super) struct Facts<'r> {
    pub(super) session: Session<'r>,
    pub(super) tables: Vec<TableFact<'r>>,
    pub(super) columns: Vec<ColumnFact<'r>>,
    pub(super) indexes: Vec<IndexFact<'r>>,
    pub(super) references: Vec<ReferenceFact<'r>>,
    pub(super) rules: Vec<RuleFact<'r>>,
    pub(super) checks: Vec<CheckFact<'r>>,
    pub(super) partitions: Vec<PartitionFact<'r>>,
    pub(super) views: Vec<ViewFact<'r>>,
    pub(super) triggers: Vec<TriggerFact<'r>>,
    pub(super) routines: Vec<RoutineFact<'r>>,
    pub(super) events: Vec<EventFact<'r>>,
}

impl<'r> Facts<'r> {
    /// Reads the answers to the queries.
    pub(super) fn new(answers: &'r [Rows]) -> Result<Self> {
        #[rustfmt::skip]
        let [
            _settings, session, tables, columns, indexes, references, rules, checks,
            constraints, partitions, views, triggers, routines, events, _restored,
        ] = answers else {
            let message = format!("the catalog gave {} answers to {QUERIES} queries", answers.len());
            return Err(Error::new(Kind::Internal, message));
        };
        let columns = all(columns, column);
        let checks = of_columns(with_tables(all(checks, check), constraints), &columns);
        Ok(Self {
            session: all(session, session_fact).into_iter().next().unwrap_or_default(),
            tables: all(tables, table),
            columns,
            indexes: all(indexes, index),
            references: all(references, reference),
            rules: all(rules, rule),
            checks,
            partitions: all(partitions, partition),
            views: all(views, view),
            triggers: all(triggers, trigger),
            routines: all(routines, routine),
            events: all(events, event),
        })
    }
}

fn all<'r, T>(rows: &'r Rows, fact: impl Fn(&mut Cells<'r>) -> T) -> Vec<T> {
    rows.iter().map(|mut cells| fact(&mut cells)).collect()
}

fn place<'r>(row: &mut Cells<'r>) -> Place<'r> {
    (row.text(), row.text())
}

fn is(row: &mut Cells, word: &str) -> bool {
    row.maybe() == Some(word)
}

fn session_fact<'r>(row: &mut Cells<'r>) -> Session<'r> {
    Session { own: row.text(), user: row.text(), sql_mode: row.text(), time_zone: row.text() }
}

fn table<'r>(row: &mut Cells<'r>) -> TableFact<'r> {
    TableFact {
        place: place(row),
        kind: row.text(),
        engine: row.text(),
        create_options: row.text(),
        collation: row.maybe(),
        comment: row.text(),
    }
}

fn column<'r>(row: &mut Cells<'r>) -> ColumnFact<'r> {
    ColumnFact {
        place: place(row),
        name: row.text(),
        position: row.number(),
        default: row.maybe(),
        null: is(row, "YES"),
        ty: row.text(),
        collation: row.maybe(),
        extra: row.text(),
        comment: row.text(),
        generated: row.text(),
        srid: row.maybe(),
    }
}

fn index<'r>(row: &mut Cells<'r>) -> IndexFact<'r> {
    IndexFact {
        place: place(row),
        index: row.text(),
        unique: is(row, "0"),
        position: row.number(),
        column: row.maybe(),
        descending: is(row, "D"),
        length: row.maybe().and_then(|length| length.parse().ok()),
        method: row.text(),
        comment: row.text(),
        hidden: is(row, "1"),
        expression: row.text(),
    }
}

fn reference<'r>(row: &mut Cells<'r>) -> ReferenceFact<'r> {
    ReferenceFact {
        place: place(row),
        constraint: row.text(),
        column: row.text(),
        position: row.number(),
        referenced: place(row),
        referenced_column: row.text(),
    }
}

fn rule<'r>(row: &mut Cells<'r>) -> RuleFact<'r> {
    RuleFact {
        place: place(row),
        constraint: row.text(),
        on_update: row.text(),
        on_delete: row.text(),
    }
}

fn check<'r>(row: &mut Cells<'r>) -> CheckFact<'r> {
    CheckFact {
        place: place(row),
        name: row.text(),
        clause: row.text(),
        of_column: is(row, "1"),
        not_enforced: false,
    }
}

/// Checks with their tables, where those are told apart. A name is one check's in all the database
/// then.
fn with_tables<'r>(mut checks: Vec<CheckFact<'r>>, constraints: &'r Rows) -> Vec<CheckFact<'r>> {
    let constraint = |row: &mut Cells<'r>| (place(row), (row.text(), is(row, "NO")));
    let constraints: BTreeMap<_, _> = all(constraints, constraint).into_iter().collect();
    for check in checks.iter_mut().filter(|it| it.place.1.is_empty()) {
        if let Some((table, not_enforced)) = constraints.get(&(check.place.0, check.name)) {
            (check.place.1, check.not_enforced) = (table, *not_enforced);
        }
    }
    checks
}

/// Checks of columns with the names that their columns have: MariaDB goes on telling the one from
/// before a rename. One that speaks of a single column is that one's.
fn of_columns<'r>(
    mut checks: Vec<CheckFact<'r>>,
    columns: &[ColumnFact<'r>],
) -> Vec<CheckFact<'r>> {
    if !checks.iter().any(|it| it.of_column) {
        return checks;
    }
    let mut names: BTreeMap<Place<'r>, Vec<&'r str>> = BTreeMap::new();
    for column in columns {
        names.entry(column.place).or_default().push(column.name);
    }
    for check in checks.iter_mut().filter(|it| it.of_column) {
        let all = names.get(&check.place).into_iter().flatten();
        let mut spoken = all.filter(|name| check.clause.contains(&ticked(name)));
        if let (Some(only), None) = (spoken.next(), spoken.next()) {
            check.name = only;
        }
    }
    checks
}

fn partition<'r>(row: &mut Cells<'r>) -> PartitionFact<'r> {
    PartitionFact {
        place: place(row),
        name: row.text(),
        part: row.maybe(),
        position: (row.number(), row.number()),
        method: row.text(),
        part_method: row.text(),
        expression: row.text(),
        part_expression: row.text(),
        description: row.maybe(),
        comment: row.text(),
    }
}

fn view<'r>(row: &mut Cells<'r>) -> ViewFact<'r> {
    ViewFact { place: place(row), definition: row.text() }
}

fn trigger<'r>(row: &mut Cells<'r>) -> TriggerFact<'r> {
    TriggerFact {
        place: place(row),
        table: row.text(),
        timing: row.text(),
        event: row.text(),
        order: row.number(),
        sql_mode: row.text(),
    }
}

fn routine<'r>(row: &mut Cells<'r>) -> RoutineFact<'r> {
    RoutineFact { place: place(row), kind: row.text(), sql_mode: row.text() }
}

fn event<'r>(row: &mut Cells<'r>) -> EventFact<'r> {
    EventFact { place: place(row), sql_mode: row.text(), time_zone: row.text() }
}
