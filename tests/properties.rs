//! The laws of the design over random pairs of schemas, on SQLite in memory with rows in it.

#[path = "properties/edit.rs"]
mod edit;

use autogen::config::Unmanaged;
use autogen::dialect::Dialect;
use autogen::dialect::sqlite::{Sqlite, introspect};
use autogen::diff::{Declined, Question};
use autogen::generate::{Proposal, Scope, Sides, compare, propose};
use autogen::op::{Change, Op};
use autogen::plan::Plan;
use autogen::schema::{Conversion, Expr, Intent, Schema, Type};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use sqlx::{Connection as _, Row as _, SqliteConnection};

use edit::{Draft, edit, value};

const DIALECT: Sqlite = Sqlite::BUNDLED;

#[test]
fn the_laws_hold_for_random_pairs() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|it| it.parse().ok());
    let config =
        Config { cases: cases.unwrap_or(2_000), failure_persistence: None, ..Config::default() };
    let pairs = (prop::collection::vec(edit(), 0..30), prop::collection::vec(edit(), 1..10));
    TestRunner::new(config)
        .run(&pairs, |(base, change)| {
            let mut draft = Draft::default();
            base.into_iter().for_each(|it| draft.apply(it));
            draft.mark();
            let before = draft.schema.clone();
            change.into_iter().for_each(|it| draft.apply(it));
            runtime.block_on(laws(&before, &draft.schema, draft.intent()));
            Ok(())
        })
        .unwrap();
}

async fn laws(before: &Schema, after: &Schema, intent: Intent) {
    let mut connection = SqliteConnection::connect("sqlite::memory:").await.unwrap();
    let create = step(&Schema::default(), before, Intent::default());
    run(&mut connection, &create.up).await;
    let start = introspect(&mut connection).await.unwrap();
    in_sync(&start, before);
    seed(&mut connection, &start).await;
    let rows = contents(&mut connection, &start).await;

    let change = step(&start, after, intent);
    let again = step(&start, after, change.1.clone());
    assert_eq!(change.0.up, again.0.up, "same input, same plan");
    run(&mut connection, &change.0.up).await;
    let there = introspect(&mut connection).await.unwrap();
    in_sync(&there, after);
    run(&mut connection, &change.0.down).await;
    let back = introspect(&mut connection).await.unwrap();
    assert!(start.same(&back), "down is the start\n{start:#?}\n{back:#?}");
    if change.0.ops.iter().all(keeps) {
        assert_eq!(rows, contents(&mut connection, &back).await, "rows survive");
    }
    run(&mut connection, &step(&back, &Schema::default(), Intent::default()).up).await;
    let empty = introspect(&mut connection).await.unwrap();
    assert!(empty.tables.is_empty(), "nothing is left");
}

/// A proposal, and the intent with the answers that it took.
struct Step(Proposal, Intent);

impl std::ops::Deref for Step {
    type Target = Proposal;

    fn deref(&self) -> &Proposal {
        &self.0
    }
}

fn step(current: &Schema, target: &Schema, mut intent: Intent) -> Step {
    let declined = Declined::new(["*"]).unwrap();
    let scope = Scope { unmanaged: Unmanaged::Drop, ..Scope::default() };
    loop {
        let sides = Sides { current, target, intent: &intent, declined: &declined, scope: &scope };
        let compared = compare(&sides, &DIALECT).unwrap();
        if compared.diff.questions.is_empty() {
            return Step(propose(&compared, &DIALECT).unwrap(), intent);
        }
        for question in compared.diff.questions {
            if let Question::Convert { table, column, .. } = question {
                let said = intent.tables.entry(table).or_default();
                said.columns.entry(column).or_default().convert = Some(Conversion::Database);
                continue;
            }
            let Question::Fill { table, column, .. } = question else { panic!("{question:?}") };
            let ty = &target.tables[&table].column(&column).unwrap().ty;
            let said = intent.tables.entry(table).or_default();
            said.columns.entry(column).or_default().fill = Some(Expr(value(ty, 77)));
        }
    }
}

fn in_sync(current: &Schema, target: &Schema) {
    let step = step(current, target, Intent::default());
    assert!(step.ops.is_empty(), "the second run finds {:#?}", step.ops);
    assert!(step.up.steps.is_empty());
}

async fn run(connection: &mut SqliteConnection, plan: &Plan) {
    for step in &plan.steps {
        execute(connection, "PRAGMA foreign_keys = ON").await;
        for statement in &step.session {
            execute(connection, statement).await;
        }
        execute(connection, "BEGIN IMMEDIATE").await;
        for op in &step.ops {
            for statement in DIALECT.render(op) {
                execute(connection, &statement).await;
            }
        }
        let broken = sqlx::query("PRAGMA foreign_key_check").fetch_all(&mut *connection).await;
        assert!(broken.unwrap().is_empty(), "a foreign key is broken");
        execute(connection, "COMMIT").await;
    }
}

async fn execute(connection: &mut SqliteConnection, sql: &str) {
    let result = sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(connection).await;
    if let Err(error) = result {
        panic!("{error}\n{sql}");
    }
}

/// Three rows a table; the second holds NULL wherever it may.
async fn seed(connection: &mut SqliteConnection, schema: &Schema) {
    execute(connection, "PRAGMA foreign_keys = OFF").await;
    let quote = DIALECT.spelling().quote;
    for table in schema.tables.values() {
        let columns: Vec<_> = table.columns.iter().filter(|it| it.generated.is_none()).collect();
        for row in 0..3_usize {
            let references =
                |name: &String| table.foreign_keys.iter().any(|it| it.columns[0] == *name);
            let values = columns.iter().map(|column| match () {
                () if column.name == "id" => (row + 1).to_string(),
                () if column.null && row == 1 => "NULL".into(),
                () if references(&column.name) => (row + 1).to_string(),
                () => value(&neutral(&column.ty), row),
            });
            let names: Vec<String> = columns.iter().map(|column| quote(&column.name)).collect();
            let values: Vec<String> = values.collect();
            let sql = format!(
                "INSERT INTO {} ({}) VALUES ({})",
                quote(&table.name.name),
                names.join(", "),
                values.join(", ")
            );
            execute(connection, &sql).await;
        }
    }
}

fn neutral(ty: &Type) -> Type {
    let Type::Native(text) = ty else { return ty.clone() };
    match text.as_str() {
        "INTEGER" => Type::Int { bits: 64, signed: true },
        "BOOLEAN" => Type::Bool,
        "REAL" => Type::Float { bits: 64 },
        "BLOB" => Type::Bytes { length: None },
        _ => Type::Text { length: None },
    }
}

/// Whether every value that was there is there after the way back.
fn keeps(op: &Op) -> bool {
    match op {
        Op::DropTable(_) | Op::Alter { change: Change::DropColumn { .. }, .. } => false,
        Op::Alter { change: Change::AlterColumn { old, new, .. }, .. } => {
            old.null == new.null && old.ty == new.ty
        }
        _ => true,
    }
}

/// All rows of all tables, as SQL literals.
async fn contents(connection: &mut SqliteConnection, schema: &Schema) -> Vec<String> {
    let quote = DIALECT.spelling().quote;
    let mut contents = Vec::new();
    for table in schema.tables.values() {
        let mut columns: Vec<String> =
            table.columns.iter().map(|it| format!("quote({})", quote(&it.name))).collect();
        columns.sort();
        let sql = format!(
            "SELECT concat_ws(',', {}) FROM {} ORDER BY id",
            columns.join(", "),
            quote(&table.name.name)
        );
        let rows = sqlx::query(sqlx::AssertSqlSafe(sql)).fetch_all(&mut *connection).await.unwrap();
        contents
            .extend(rows.iter().map(|row| format!("{}: {}", table.name, row.get::<String, _>(0))));
    }
    contents
}
