//! Canonical forms held against servers: what they take and give back, how they quote, which
//! operator classes they use by themselves, and which values they take for old rows.

use std::collections::BTreeSet;
use std::path::PathBuf;

use autogen::dialect::postgres::introspect::{IntrospectOptions, introspect};
use autogen::dialect::postgres::types::quote;
use autogen::dialect::{Dialect as _, postgres::Postgres};
use autogen::diff::{Declined, diff};
use autogen::plan::{Direction, describe, plan};
use autogen::schema::{
    Column, ConstraintName, Index, IndexPart, Intent, PrimaryKey, Schema, Table, Type, write_lock,
};
use libtest_mimic::{Failed, Trial};
use sqlx::{AssertSqlSafe, PgConnection, Row as _};

use super::postgres::{lowered, name};
use super::servers::{self, Server};

type Check = fn(&Server) -> Result<(), Failed>;

/// The trials of every server; `cases` are models that an empty database can have.
pub(crate) fn trials(cases: Vec<PathBuf>) -> Vec<Trial> {
    let checks: [(&str, Check); 3] = [
        ("names_are_quoted_as_there", quoted_as_there),
        ("operator_classes_are_those_there", opclasses_as_there),
        ("old_rows_take_neutral_values", neutral_values),
    ];
    let mut trials = Vec::new();
    for server in servers::servers() {
        for (check, run) in checks {
            let server = server.clone();
            let name = format!("{}::{check}", server.name());
            trials.push(Trial::test(name, move || run(&server)));
        }
        trials.extend(cases.iter().map(|path| made_there(path.clone(), server.clone())));
    }
    trials
}

/// Runs something on an empty database.
fn on_empty<T>(
    server: &Server,
    work: impl AsyncFnOnce(PgConnection) -> Result<T, Failed>,
) -> Result<T, Failed> {
    let database = server.database()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async { work(database.connect().await?).await })
}

fn made_there(path: PathBuf, server: Server) -> Trial {
    Trial::test(format!("{}::{}", server.name(), name(&path)), move || {
        let (schema, intent) = lowered(&path)?;
        let postgres = Postgres::new(server.version);
        let (target, reports) = postgres.canonical(&schema, &intent);
        if reports.iter().any(|report| !report.warning) {
            return Ok(());
        }
        let empty = Schema::default();
        let none = Declined::default();
        let first = diff(&empty, target.clone(), &intent, &none, &postgres)?;
        let plan = plan(&first.ops, (&empty, &first.target), Direction::Up, &postgres)?;
        let database = server.database()?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async {
            let mut connection = database.connect().await?;
            for statement in plan.statements(&postgres).into_iter().flatten() {
                servers::execute(&mut connection, &statement).await?;
            }
            let options = IntrospectOptions::default();
            let found = introspect(&mut connection, &options).await?;
            let found = postgres.canonical(&found, &Intent::default()).0;
            // How a partition key is spelled is the database's.
            let mut expected = first.target.clone();
            postgres.settle(&found, &mut expected);
            if !found.same(&expected) {
                let texts = (write_lock(&found)?, write_lock(&expected)?);
                return Err(format!("found\n{}\nexpected\n{}", texts.0, texts.1).into());
            }
            let again = diff(&found, target.clone(), &intent, &none, &postgres)?;
            let again: Vec<String> = again.ops.iter().flat_map(describe).collect();
            if again.is_empty() { Ok(()) } else { Err(again.join("\n").into()) }
        })
    })
}

/// Whatever the server must have in quotes has them, and a keyword of no version has none.
fn quoted_as_there(server: &Server) -> Result<(), Failed> {
    let database = server.database()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let rows = runtime.block_on(async {
        let mut connection = database.connect().await?;
        let sql = "SELECT word, quote_ident(word) FROM (SELECT word FROM pg_get_keywords() UNION \
                   VALUES ('a b'), ('A'), ('1a'), ('a1'), ('é'), ('a\"b'), ('a$'), ('_'), ('')) t";
        sqlx::query(sql).fetch_all(&mut connection).await.map_err(|error| error.to_string())
    })?;
    let later: BTreeSet<&str> = BTreeSet::from([
        "json",
        "json_array",
        "json_arrayagg",
        "json_exists",
        "json_object",
        "json_objectagg",
        "json_query",
        "json_scalar",
        "json_serialize",
        "json_table",
        "json_value",
        "merge_action",
        "normalize",
        "system_user",
    ]);
    for row in rows {
        let (word, theirs): (String, String) = (row.try_get(0)?, row.try_get(1)?);
        let ours = quote(&word);
        let expected = ours == theirs || (later.contains(&*word) && ours.starts_with('"'));
        if !expected {
            return Err(format!("{word}: the server has {theirs}, and we {ours}").into());
        }
    }
    Ok(())
}

/// No index says the class that the server takes by itself, and none of the others goes unsaid.
fn opclasses_as_there(server: &Server) -> Result<(), Failed> {
    let rows = on_empty(server, async |mut connection| {
        let sql = "SELECT DISTINCT amname::text, opcname::text, format_type(opcintype, NULL), \
                   opcdefault FROM pg_opclass JOIN pg_am a ON a.oid = opcmethod \
                   JOIN pg_type t ON t.oid = opcintype \
                   WHERE typtype = 'b' AND typname !~ '^(aclitem|cid|oidvector|tid|xid)$'";
        Ok(sqlx::query(sql).fetch_all(&mut connection).await?)
    })?;
    let postgres = Postgres::new(server.version);
    let mut wrong = Vec::new();
    for row in rows {
        let (method, opclass, ty): (String, String, String) =
            (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
        let usual: bool = row.try_get(3)?;
        let mut table = Table::new("t".into());
        table.columns.push(Column::new("c", Type::Native(ty.clone())));
        table.indexes.push(Index {
            name: ConstraintName::given("i"),
            parts: vec![IndexPart { opclass: Some(opclass.clone()), ..IndexPart::column("c") }],
            unique: false,
            predicate: None,
            using: Some(method.clone()),
            include: Vec::new(),
            nulls_not_distinct: false,
            comment: None,
            options: Default::default(),
        });
        let mut schema = Schema::default();
        schema.insert(table);
        let (canonical, _) = postgres.canonical(&schema, &Intent::default());
        let part = &canonical.tables[&"t".into()].indexes[0].parts[0];
        if part.opclass.is_none() != usual {
            let ours = part.opclass.is_none();
            wrong.push(format!("{method} {opclass} {ty}: there {usual}, here {ours}"));
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n").into()) }
}

/// Types of which old rows get a value.
#[rustfmt::skip]
const TYPES: [&str; 43] = [
    "smallint", "integer", "bigint", "real", "double precision", "numeric", "numeric(5,2)",
    "money", "oid", "boolean", "date", "time without time zone", "time(3) with time zone",
    "timestamp without time zone", "timestamp(3) with time zone", "interval", "uuid", "json",
    "jsonb", "inet", "cidr", "macaddr", "macaddr8", "bit(1)", "bit(7)", "bit varying(3)", "bytea",
    "text", "character varying(5)", "character varying", "character(3)", "\"char\"", "name",
    "point", "box", "circle", "int4range", "tstzrange", "pg_lsn", "tsvector", "integer[]",
    "text[]", "xml",
];

/// Those that have few values, or no order.
#[rustfmt::skip]
const NO_KEYS: [&str; 24] = [
    "\"char\"", "bit varying(3)", "bit(1)", "bit(7)", "boolean", "box", "cidr", "circle", "inet",
    "int4range", "integer[]", "json", "macaddr", "macaddr8", "money", "numeric(5,2)", "oid",
    "pg_lsn", "point", "text[]", "time(3) with time zone", "tstzrange", "tsvector", "xml",
];

/// A column that comes back gives its value to all rows, in a key another one to each.
fn neutral_values(server: &Server) -> Result<(), Failed> {
    let postgres = Postgres::new(server.version);
    let mut statements = Vec::new();
    for ty in TYPES {
        let mut table = Table::new("t".into());
        table.columns.push(Column::new("c", Type::Native(ty.into())));
        let alike = postgres.neutral_value(&table, &table.columns[0]);
        statements.push(made("alike", ty, &alike, 2));
        if NO_KEYS.contains(&ty) {
            continue;
        }
        table.primary_key = Some(PrimaryKey {
            name: None,
            columns: vec![IndexPart::column("c")],
            options: Default::default(),
        });
        let apart = postgres.neutral_value(&table, &table.columns[0]);
        let apart = made("apart", ty, &apart, 2);
        statements.push(format!("{apart}; ALTER TABLE apart ADD PRIMARY KEY (c)"));
    }
    on_empty(server, async |mut connection| {
        for statement in statements {
            let sql = AssertSqlSafe(statement.clone());
            let done = sqlx::raw_sql(sql).execute(&mut connection).await;
            done.map_err(|error| format!("{statement}: {error}"))?;
        }
        Ok(())
    })
}

/// A table whose column came when the rows were there.
fn made(table: &str, ty: &str, value: &str, rows: u8) -> String {
    format!(
        "DROP TABLE IF EXISTS {table}; CREATE TABLE {table} (r integer); \
         INSERT INTO {table} SELECT generate_series(1, {rows}); ALTER TABLE {table} ADD c {ty}; \
         UPDATE {table} SET c = {value}; ALTER TABLE {table} ALTER c SET NOT NULL"
    )
}
