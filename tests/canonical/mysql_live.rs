//! Canonical forms held against MySQL and MariaDB: what they take and give back, which collations
//! they have, and which values they take for old rows.

use std::path::PathBuf;

use autogen::dialect::Dialect as _;
use autogen::dialect::mysql::collation;
use autogen::dialect::mysql::introspect::introspect;
use autogen::dialect::mysql::{Mysql, Server as Version};
use autogen::diff::{Declined, diff};
use autogen::plan::{Direction, describe, plan};
use autogen::schema::{Column, IndexPart, Intent, PrimaryKey, Schema, Table, Type, write_lock};
use libtest_mimic::{Failed, Trial};
use sqlx::{MySqlConnection, Row as _};

use super::mysql::lowered_case;
use super::mysql_servers::{Server, execute, servers};
use super::postgres::name;

type Check = fn(&Server) -> Result<(), Failed>;

/// The trials of every server; `cases` are models.
pub(crate) fn trials(cases: &[PathBuf]) -> Vec<Trial> {
    let checks: [(&str, Check); 2] = [
        ("collations_are_those_there", collations_as_there),
        ("old_rows_take_neutral_values", neutral_values),
    ];
    let mut trials = Vec::new();
    for server in servers() {
        for (check, run) in checks {
            let server = server.clone();
            trials.push(Trial::test(format!("{}::{check}", server.name()), move || run(&server)));
        }
        trials.extend(cases.iter().map(|path| made_there(path.clone(), server.clone())));
    }
    trials
}

/// Runs something on an empty database, whose collation all servers have.
fn on_empty<T>(
    server: &Server,
    work: impl AsyncFnOnce(&mut MySqlConnection, Mysql) -> Result<T, Failed>,
) -> Result<T, Failed> {
    let database = server.database()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut connection = database.connect().await?;
        let collate = "ALTER DATABASE CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci";
        execute(&mut connection, collate).await?;
        let sql = "SELECT VERSION(), @@collation_database";
        let row = sqlx::query(sql).fetch_one(&mut connection).await?;
        let (version, collation): (String, String) = (row.try_get(0)?, row.try_get(1)?);
        let server = Version::parse(&version);
        work(&mut connection, Mysql { server, collation, folds_tables: false }).await
    })
}

fn made_there(path: PathBuf, server: Server) -> Trial {
    Trial::test(format!("{}::{}", server.name(), name(&path)), move || {
        let (schema, intent) = lowered_case(&path)?;
        on_empty(&server, async |connection, mysql| {
            made(connection, &mysql, (&schema, &intent)).await
        })
    })
}

/// Whatever is not refused can be made, and is then what it should be.
async fn made(
    connection: &mut MySqlConnection,
    mysql: &Mysql,
    (schema, intent): (&Schema, &Intent),
) -> Result<(), Failed> {
    let (target, reports) = mysql.canonical(schema, intent);
    let elsewhere = !target.namespaces.is_empty();
    if elsewhere || reports.iter().any(|report| !report.warning) {
        return Ok(());
    }
    let (empty, none) = (Schema::default(), Declined::default());
    let first = diff(&empty, target.clone(), intent, &none, mysql)?;
    let plan = plan(&first.ops, (&empty, &first.target), Direction::Up, mysql)?;
    for statement in plan.statements(mysql).into_iter().flatten() {
        execute(connection, &statement).await?;
    }
    let found = introspect(connection, mysql, &[]).await?;
    let found = mysql.canonical(&found, &Intent::default()).0;
    let mut expected = first.target.clone();
    mysql.settle(&found, &mut expected);
    if !found.same(&expected) {
        let texts = (write_lock(&found)?, write_lock(&expected)?);
        return Err(format!("found\n{}\nexpected\n{}", texts.0, texts.1).into());
    }
    let again = diff(&found, target.clone(), intent, &none, mysql)?;
    let again: Vec<String> = again.ops.iter().flat_map(describe).collect();
    if again.is_empty() { Ok(()) } else { Err(again.join("\n").into()) }
}

/// The collations, and the default one of each character set, are those of the server.
fn collations_as_there(server: &Server) -> Result<(), Failed> {
    on_empty(server, async |connection, mysql| {
        let sql = "SELECT COLLATION_NAME FROM information_schema.COLLATIONS";
        let names: Vec<String> = sqlx::query_scalar(sql).fetch_all(&mut *connection).await?;
        let mut wrong = Vec::new();
        for name in names {
            let spelled = collation::spelled(&name, "utf8mb4");
            if !collation::is_known(mysql.server, &spelled) {
                wrong.push(format!("{name} is not known"));
            }
        }
        let sql = "SELECT CHARACTER_SET_NAME, DEFAULT_COLLATE_NAME, CAST(MAXLEN AS SIGNED) \
                   FROM information_schema.CHARACTER_SETS";
        for row in sqlx::query(sql).fetch_all(&mut *connection).await? {
            let (charset, theirs): (String, String) = (row.try_get(0)?, row.try_get(1)?);
            let bytes: i64 = row.try_get(2)?;
            let ours = collation::default_of(mysql.server, &charset);
            let known = collation::known_charset(mysql.server, &charset);
            if ours != theirs || known != Some(&charset) {
                wrong.push(format!("{charset}: there {theirs}, here {ours}"));
            }
            if i64::from(collation::bytes_of(&theirs)) != bytes {
                wrong.push(format!("{charset} has {bytes} bytes"));
            }
        }
        if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n").into()) }
    })
}

/// Types of which old rows get a value.
#[rustfmt::skip]
const TYPES: [&str; 46] = [
    "tinyint", "tinyint(1)", "smallint", "mediumint unsigned", "int", "bigint", "decimal(10,2)",
    "decimal(5,5)", "float", "float(7,2)", "double", "bit(3)", "date", "time(3)", "datetime(6)",
    "timestamp", "timestamp(6)", "year", "char(3)", "char(40)", "varchar(5)", "varchar(255)",
    "tinytext", "text", "longtext", "binary(16)", "binary(4)", "varbinary(20)", "blob", "longblob",
    "enum('a','it''s')", "set('a','b')", "json", "geometry", "point", "linestring", "polygon",
    "multipoint", "multilinestring", "multipolygon", "geometrycollection", "inet6", "inet4", "uuid",
    "smallint unsigned", "bigint unsigned",
];

/// Those that have few values, or no order.
const FEW: [&str; 25] = [
    "tinyint",
    "tinyint(1)",
    "decimal(5,5)",
    "float(7,2)",
    "bit(3)",
    "time(3)",
    "year",
    "enum('a','it''s')",
    "set('a','b')",
    "json",
    "geometry",
    "point",
    "linestring",
    "polygon",
    "multipoint",
    "multilinestring",
    "multipolygon",
    "geometrycollection",
    "inet6",
    "inet4",
    "tinytext",
    "text",
    "longtext",
    "blob",
    "longblob",
];

/// A column that comes back gives its value to all rows, in a key another one to each.
fn neutral_values(server: &Server) -> Result<(), Failed> {
    on_empty(server, async |connection, mysql| {
        for ty in TYPES {
            let probe = format!("CREATE TEMPORARY TABLE probe (c {ty})");
            if execute(connection, &probe).await.is_err() {
                continue;
            }
            execute(connection, "DROP TEMPORARY TABLE probe").await?;
            let mut table = Table::new("t".into());
            table.columns.push(Column::new("c", Type::Native(ty.into())));
            let alike = mysql.neutral_value(&table, &table.columns[0]);
            execute(connection, &filled(ty, &alike)).await?;
            if FEW.contains(&ty) {
                continue;
            }
            let columns = vec![IndexPart::column("c")];
            table.primary_key =
                Some(PrimaryKey { name: None, columns, options: Default::default() });
            let apart = mysql.neutral_value(&table, &table.columns[0]);
            let apart = format!("{}; ALTER TABLE t ADD PRIMARY KEY (c)", filled(ty, &apart));
            execute(connection, &apart).await?;
        }
        Ok(())
    })
}

/// A table whose column came when the rows were there.
fn filled(ty: &str, value: &str) -> String {
    format!(
        "DROP TABLE IF EXISTS t; CREATE TABLE t (r int); INSERT INTO t VALUES (1), (2); \
         ALTER TABLE t ADD c {ty}; UPDATE t SET c = {value}; ALTER TABLE t MODIFY c {ty} NOT NULL"
    )
}
