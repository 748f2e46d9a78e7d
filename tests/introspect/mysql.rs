//! Reading MySQL and MariaDB: each case on every server at hand, in a database whose collation all
//! of them know.
//!
//! A case that begins with `-- only mariadb` is for such servers alone; one with `-- collation own`
//! keeps the server's collation; one with `-- schemas {db}_two` reads and drops these databases as
//! well. `{db}` stands for the database. Where servers differ, `.mariadb.txt` or `.mariadb118.txt`
//! holds what they report. Objects of each case are dropped and made again, and must then be what
//! they were.

#[path = "mysql/facts.rs"]
mod facts;

use std::path::{Path, PathBuf};

use autogen::dialect::Dialect as _;
use autogen::dialect::mysql::introspect::introspect;
use autogen::dialect::mysql::{Mysql, Server as Version};
use autogen::schema::{Intent, Object, Schema};
use libtest_mimic::{Failed, Trial};
use sqlx::{AssertSqlSafe, MySqlConnection, Row as _};

use super::again::{create, passes};
use super::mysql_servers::{self as servers, Database, Server, execute};
use super::said;

/// Each case on each server.
pub(crate) fn trials() -> Vec<Trial> {
    let on = |server: Server| {
        let facts = facts::trials(&server);
        let cases = super::cases("mysql", move |case, path| {
            let (name, server) = (server.name(), server.clone());
            Trial::test(format!("{name}::{case}"), move || run(&server, &path))
        });
        cases.into_iter().chain(facts)
    };
    servers::servers().into_iter().flat_map(on).collect()
}

fn run(server: &Server, path: &Path) -> Result<(), Failed> {
    let script = std::fs::read_to_string(path)?;
    if said(&script, "only ").is_some_and(|only| !server.name().starts_with(only)) {
        return Ok(());
    }
    let own = said(&script, "collation ").is_some();
    let (mysql, schema, again, name) = on_database(server, own, async |connection, database| {
        let script = script.replace("{db}", &database.name);
        let others = said(&script, "schemas ").into_iter().flat_map(|names| names.split(", "));
        let others: Vec<String> = others.map(str::to_owned).collect();
        let read = async |connection: &mut MySqlConnection| {
            execute(connection, &script).await?;
            let mysql = dialect(connection).await?;
            let schema = read(connection, &mysql, &others).await?;
            make_again(connection, &schema).await?;
            let again = self::read(connection, &mysql, &others).await?;
            Ok::<_, String>((mysql, schema, again, database.name.clone()))
        };
        let result = read(connection).await;
        for other in others.iter().filter(|other| **other != database.name) {
            let drop = format!("SET foreign_key_checks = 0; DROP DATABASE IF EXISTS `{other}`");
            execute(connection, &drop).await?;
        }
        result
    })?;
    let told = text(&schema)?.replace(&name, "{db}");
    super::expect(told, &expectation(server, path))?;
    if schema != again {
        return Err(format!("made again:\n{}\n{}", text(&schema)?, text(&again)?).into());
    }
    settled(&mysql, &schema)
}

/// The canonical form of what was read is one: it can be held by the server, and is its own.
fn settled(mysql: &Mysql, schema: &Schema) -> Result<(), Failed> {
    let (once, reports) = mysql.canonical(schema, &Intent::default());
    let (twice, _) = mysql.canonical(&once, &Intent::default());
    match reports.is_empty() && once.same(&twice) {
        true => Ok(()),
        false => Err(format!("{reports:?}\n{}\n{}", text(&once)?, text(&twice)?).into()),
    }
}

/// Works on an empty database.
fn on_database<T>(
    server: &Server,
    own_collation: bool,
    work: impl AsyncFnOnce(&mut MySqlConnection, &Database) -> Result<T, String>,
) -> Result<T, String> {
    let database = server.database()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(|error| error.to_string())?.block_on(async {
        let mut connection = database.connect().await?;
        if !own_collation {
            execute(&mut connection, "ALTER DATABASE COLLATE utf8mb4_general_ci").await?;
        }
        work(&mut connection, &database).await
    })
}

/// The server as this connection finds it.
async fn dialect(connection: &mut MySqlConnection) -> Result<Mysql, String> {
    let version = value(connection, "SELECT VERSION()").await?;
    Ok(Mysql {
        server: Version::parse(&version),
        collation: value(connection, "SELECT @@collation_database").await?,
        folds_tables: value(connection, "SELECT @@lower_case_table_names").await? != "0",
    })
}

async fn value(connection: &mut MySqlConnection, sql: &str) -> Result<String, String> {
    let row = sqlx::raw_sql(AssertSqlSafe(sql)).fetch_one(connection).await;
    let value = row.and_then(|row| row.try_get_unchecked::<String, _>(0));
    value.map_err(|error| format!("{error}\n{sql}"))
}

async fn read(
    connection: &mut MySqlConnection,
    mysql: &Mysql,
    namespaces: &[String],
) -> Result<Schema, String> {
    introspect(connection, mysql, namespaces).await.map_err(|error| error.to_string())
}

/// Drops all objects and makes them again.
async fn make_again(connection: &mut MySqlConnection, schema: &Schema) -> Result<(), String> {
    let ticked = |name: &str| format!("`{}`", name.replace('`', "``"));
    let drop = |object: &Object| {
        let schema = object.name.schema.iter().map(|schema| format!("{}.", ticked(schema)));
        let name = schema.chain([ticked(&object.name.name)]).collect::<String>();
        format!("DROP {} {name}", object.kind.noun())
    };
    let mut run = async |sql: &str| execute(connection, sql).await;
    let (dropped, refused) = passes(schema.objects.iter().collect(), drop, &mut run).await;
    let (_, failures) = passes(dropped, create, &mut run).await;
    match failures.is_empty() && refused.is_empty() {
        true => Ok(()),
        false => Err([refused, failures].concat().join("\n\n")),
    }
}

fn text(schema: &Schema) -> Result<String, Failed> {
    let mut text = String::new();
    text.extend(schema.namespaces.iter().map(|name| format!("namespace {name:?}\n")));
    text.push_str(&super::text(schema)?);
    Ok(text)
}

/// The file for this server alone, for all of its kind, or for all.
fn expectation(server: &Server, path: &Path) -> PathBuf {
    let kind = if server.is_mariadb() { "mariadb" } else { "mysql" };
    let files = [server.name(), kind].map(|name| path.with_extension(format!("{name}.txt")));
    let found = files.into_iter().find(|path| path.exists());
    found.unwrap_or_else(|| path.with_extension("txt"))
}
