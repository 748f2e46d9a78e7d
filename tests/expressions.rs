//! The canonical text of SQLite expressions: random ones keep their value, and what SQLite's own
//! parser makes of them ends in the same text.

use std::cell::RefCell;

use autogen::dialect::sqlite::expr::{canonical, canonical_default, default_sql, operand};
use autogen::dialect::sqlite::read;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use sqlx::{AssertSqlSafe, Connection as _, SqliteConnection};
use tokio::runtime::Runtime;

const CASES: u32 = 4_000;

const COLUMNS: [&str; 5] = ["a", "B", "c d", "key", "end"];
const TABLE: &str =
    "CREATE TABLE t (a INTEGER, B TEXT COLLATE NOCASE, \"c d\" REAL, key, \"end\" TEXT";

/// A connection with its runtime, so that tests without async can ask SQLite.
struct Database {
    runtime: Runtime,
    connection: RefCell<SqliteConnection>,
}

impl Database {
    fn new() -> Self {
        let builder = &mut tokio::runtime::Builder::new_current_thread();
        let runtime = builder.build().expect("a runtime starts");
        let opened = runtime.block_on(SqliteConnection::connect("sqlite::memory:"));
        let database = Self { runtime, connection: RefCell::new(opened.expect("SQLite opens")) };
        database.run(&format!("{TABLE})")).expect("the table is made");
        let rows = "INSERT INTO t VALUES (1, 'a', 1.5, 'x', 'B'), (NULL, 'B', NULL, x'00', 'b'), \
                    (-7, '10', 2.0, 10, '--'), (0, '', -0.5, NULL, NULL)";
        database.run(rows).expect("the rows are made");
        database
    }

    fn run(&self, sql: &str) -> Result<(), sqlx::Error> {
        let query = sqlx::raw_sql(AssertSqlSafe(sql.to_owned()));
        self.runtime.block_on(query.execute(&mut *self.connection.borrow_mut())).map(drop)
    }

    fn ask(&self, sql: &str) -> Result<Vec<String>, sqlx::Error> {
        let query = sqlx::query_scalar(AssertSqlSafe(sql.to_owned()));
        self.runtime.block_on(query.fetch_all(&mut *self.connection.borrow_mut()))
    }

    /// What the expression is in every row, and how it compares: its affinity and collation.
    fn values(&self, expr: &str) -> Result<Vec<String>, sqlx::Error> {
        self.ask(&format!(
            "SELECT quote({expr}) || quote(({expr}) = '10') || quote(({expr}) = 'b') FROM t"
        ))
    }

    fn default(&self, default: &str) -> Result<Vec<String>, sqlx::Error> {
        self.run(&format!("DROP TABLE IF EXISTS d; CREATE TABLE d (x DEFAULT {default}, y)"))?;
        self.run("INSERT INTO d (y) VALUES (1)")?;
        self.ask("SELECT quote(x) FROM d")
    }
}

fn any_of(words: &'static [&'static str]) -> impl Strategy<Value = String> + Clone {
    prop::sample::select(words).prop_map(str::to_owned)
}

fn constant() -> impl Strategy<Value = String> + Clone {
    any_of(&[
        "1", "0", "10", "1.50", ".5", "5.", "1E3", "2e+2", "0X1f", "1_000", "'a'", "'it''s'",
        "'--'", "'/*'", "'('", "''", "X'0aFF'", "x''", "NULL", "true", "FALSE", "(1)", "('b')",
    ])
}

fn name() -> impl Strategy<Value = String> + Clone {
    any_of(&[
        "a",
        "A",
        "\"a\"",
        "[a]",
        "`a`",
        "b",
        "\"B\"",
        "[c d]",
        "\"C D\"",
        "key",
        "KEY",
        "\"end\"",
        "t.a",
        "t.\"key\"",
        "(a)",
        "( b )",
        "((key))",
        "\"no column\"",
        "rowid",
    ])
}

fn operator() -> impl Strategy<Value = String> + Clone {
    any_of(&[
        "+",
        " - ",
        "*",
        " / ",
        " %",
        "||",
        " = ",
        "==",
        "<>",
        "!=",
        "<",
        " <= ",
        ">>",
        "<<",
        "&",
        "|",
        " and ",
        " OR ",
        " is ",
        " IS NOT ",
        " is not distinct from ",
        " IS DISTINCT FROM ",
        " like ",
        " NOT LIKE ",
        " glob ",
        " /* c */ + -- d\n",
        " collate nocase =",
    ])
}

fn over(leaf: impl Strategy<Value = String> + Clone + 'static) -> impl Strategy<Value = String> {
    leaf.prop_recursive(4, 24, 4, |it| {
        let binary = operator();
        let before = any_of(&["-", "+", "~", "not ", "- ", "-(", "NOT ("]);
        let after = any_of(&[
            " isnull",
            " NOTNULL",
            " not null",
            " IS NULL",
            " is not null",
            " COLLATE rtrim",
        ]);
        let call = any_of(&[
            "Lower",
            "abs",
            "COALESCE (1, ",
            "iif(a, 1,",
            "replace('abc', 'b',",
            "like('a%',",
            "typeof",
            "MAX(1,",
            "cast",
        ]);
        prop_oneof![
            4 => (it.clone(), binary, it.clone()).prop_map(|(a, by, b)| format!("{a}{by}{b}")),
            3 => it.clone().prop_map(|a| format!("({a})")),
            2 => (before, it.clone()).prop_map(|(sign, a)| {
                let close = if sign.ends_with('(') { ")" } else { "" };
                format!("{sign}{a}{close}")
            }),
            2 => (it.clone(), after).prop_map(|(a, test)| format!("{a}{test}")),
            2 => (call, it.clone()).prop_map(|(name, a)| match name.as_str() {
                "cast" => format!("Cast( {a} as varchar ( 10 ) )"),
                name if name.contains('(') => format!("{name}{a})"),
                name => format!("{name}({a})"),
            }),
            1 => (it.clone(), it.clone(), it.clone())
                .prop_map(|(a, b, c)| format!("{a} between {b} AND {c}")),
            1 => (it.clone(), it.clone(), it.clone())
                .prop_map(|(a, b, c)| format!("case when {a} then {b} else {c} end")),
            1 => (it.clone(), it.clone(), it.clone())
                .prop_map(|(a, b, c)| format!("CASE {a} WHEN {b} THEN {c} END")),
            1 => (it.clone(), it.clone(), it).prop_map(|(a, b, c)| format!("{a} not in({b},{c})")),
        ]
    })
}

fn runner() -> TestRunner {
    let config = Config { cases: CASES, failure_persistence: None, ..Config::default() };
    TestRunner::new_with_rng(
        config,
        proptest::test_runner::TestRng::deterministic_rng(
            proptest::test_runner::RngAlgorithm::ChaCha,
        ),
    )
}

#[test]
fn expressions_keep_their_value() {
    let database = Database::new();
    let checked = |expr: String| {
        let Ok(values) = database.values(&expr) else { return Ok(()) };
        let text = canonical(&expr, &COLUMNS);
        let now =
            database.values(&text).map_err(|why| TestCaseError::fail(format!("{text}: {why}")))?;
        prop_assert_eq!(&values, &now, "{} became {}", expr, text);
        prop_assert_eq!(&canonical(&text, &COLUMNS), &text, "a second time");
        prop_assert_eq!(&database.values(&operand(&text)).ok(), &Some(values), "as an operand");
        // Its own parser cannot tell this one from another.
        if text.contains("IS NOT DISTINCT FROM NOT") {
            return Ok(());
        }
        let sql = format!("{TABLE}, CHECK ({expr}))");
        let row = ("table".into(), "t".into(), "t".into(), Some(sql));
        let schema = read(&[row], &Default::default());
        let schema = schema.map_err(|why| TestCaseError::fail(format!("{expr}: {why}")))?;
        prop_assert_eq!(
            &schema.tables[&"t".into()].checks[0].expr.text,
            &text,
            "as it is read back"
        );
        Ok(())
    };
    runner().run(&over(prop_oneof![name(), constant()]), checked).expect("no counterexample");
}

#[test]
fn defaults_keep_their_value() {
    let database = Database::new();
    let checked = |expr: String| {
        let Ok(value) = database.default(&format!("({expr})")) else { return Ok(()) };
        let text = canonical_default(&format!("({expr})"));
        prop_assert_eq!(&text, &canonical_default(&expr), "with and without parentheses");
        let written = text.as_deref().map_or("NULL".into(), default_sql);
        let now = database.default(&written);
        let now = now.map_err(|why| TestCaseError::fail(format!("{expr}, {written}: {why}")))?;
        prop_assert_eq!(&value, &now, "{} became {}", expr, written);
        if let Some(text) = text {
            prop_assert_eq!(canonical_default(&text), Some(text), "a second time");
        }
        Ok(())
    };
    runner().run(&over(constant()), checked).expect("no counterexample");
}
