//! What holds of reading as such: one round trip however much there is, no rights beyond looking,
//! nothing left behind in the session.

use autogen::dialect::postgres::introspect::{IntrospectOptions, QUERIES, load, text};
use libtest_mimic::{Failed, Trial};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, Row as _};

use super::{on_database, read};
use crate::servers::{Server, execute};

type Fact = fn(&Server) -> Result<(), Failed>;

/// One trial of each fact.
pub(super) fn trials(server: &Server) -> Vec<Trial> {
    let facts: [(&str, Fact); 4] = [
        ("many_tables", many_tables),
        ("looking_is_enough", looking_is_enough),
        ("settings_stay", settings_stay),
        ("tablespaces", tablespaces),
    ];
    let trial = |(name, fact): (&str, Fact)| {
        let on = server.clone();
        Trial::test(format!("{}::{name}", server.name()), move || fact(&on))
    };
    facts.into_iter().map(trial).collect()
}

async fn value(connection: &mut PgConnection, sql: &str) -> Result<String, String> {
    let row = sqlx::raw_sql(AssertSqlSafe(sql)).fetch_one(connection).await;
    let value = row.and_then(|row| row.try_get_unchecked::<String, _>(0));
    value.map_err(|error| format!("{error}\n{sql}"))
}

fn many_tables(server: &Server) -> Result<(), Failed> {
    const MANY: usize = 5000;
    let options = IntrospectOptions::default();
    let (few, many, schema) = on_database(server, async |connection| {
        let few = load(connection, &options).await.map_err(|error| error.to_string())?;
        for start in (0..MANY).step_by(500) {
            // Each transaction holds a lock for each table that it makes.
            let tables = start..start + 500;
            let create = |at| format!("CREATE TABLE t_{at} (id int NOT NULL, a int DEFAULT {at});");
            execute(connection, &tables.map(create).collect::<String>()).await?;
        }
        let many = load(connection, &options).await.map_err(|error| error.to_string())?;
        let schema = read(connection, &options).await?;
        sent_as_one(server, connection, &options).await?;
        Ok((few.len(), many.len(), schema))
    })?;
    assert_eq!((few, many), (QUERIES, QUERIES));
    assert_eq!(schema.tables.len(), MANY);
    assert!(schema.tables.values().all(|table| table.columns.len() == 2));
    Ok(())
}

/// The last message that the session sent was the text of all queries, from its first word on.
async fn sent_as_one(
    server: &Server,
    connection: &mut PgConnection,
    options: &IntrospectOptions,
) -> Result<(), String> {
    let pid = value(connection, "SELECT pg_backend_pid()::text").await?;
    load(connection, options).await.map_err(|error| error.to_string())?;
    let sql = format!("SELECT query FROM pg_stat_activity WHERE pid = {pid}");
    let other = PgConnection::connect(server.url()?).await;
    let sent = value(&mut other.map_err(|error| error.to_string())?, &sql).await?;
    let all = text(server.version, options);
    match sent.len() > 500 && all.starts_with(&sent) {
        true => Ok(()),
        false => Err(format!("sent: {sent}")),
    }
}

const THINGS: &str = "
    CREATE TYPE mood AS ENUM ('sad');
    CREATE TABLE t (id serial PRIMARY KEY, a mood DEFAULT 'sad', b int GENERATED ALWAYS AS IDENTITY,
        CHECK (b > 0), EXCLUDE (b WITH =));
    CREATE INDEX i ON t (lower(b::text) COLLATE \"C\") WHERE a = 'sad';
    CREATE TABLE p (a int) PARTITION BY LIST (a);
    CREATE TABLE p_1 PARTITION OF p FOR VALUES IN (1);
    CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1';
    CREATE VIEW v AS SELECT id, f() FROM t;
    CREATE MATERIALIZED VIEW m AS SELECT id FROM t;
    CREATE STATISTICS s ON id, a FROM t;
    CREATE POLICY own ON t USING (b > 0);
    CREATE PUBLICATION pub FOR TABLE t;
    CREATE DOMAIN d AS int CHECK (VALUE > 0)";

/// Somebody who may only connect, and look up names, sees what the owner sees; but that it is somebody else's.
fn looking_is_enough(server: &Server) -> Result<(), Failed> {
    let role = format!("autogen_looker_{}", std::process::id());
    let options = IntrospectOptions::default();
    let (whole, mut seen) = on_database(server, async |connection| {
        execute(connection, THINGS).await?;
        let whole = read(connection, &options).await?;
        execute(connection, &format!("DROP ROLE IF EXISTS {role}; CREATE ROLE {role}")).await?;
        execute(connection, &format!("SET SESSION AUTHORIZATION {role}")).await?;
        let seen = read(connection, &options).await;
        execute(connection, &format!("RESET SESSION AUTHORIZATION; DROP ROLE {role}")).await?;
        Ok((whole, seen?))
    })?;
    let mut others = 0;
    for object in &mut seen.objects {
        let before = object.after.len();
        object.after.retain(|statement| !statement.contains(" OWNER TO "));
        others += before - object.after.len();
    }
    assert!(others > 0);
    assert_eq!(seen, whole);
    Ok(())
}

/// In a transaction that goes on, settings are what they were.
fn settings_stay(server: &Server) -> Result<(), Failed> {
    let (zone, path, path_after) = on_database(server, async |connection| {
        let begin = "BEGIN; SET LOCAL TimeZone = 'Asia/Tokyo'; SET LOCAL search_path = a, \"B\"";
        execute(connection, begin).await?;
        let options = IntrospectOptions { schemas: vec!["it's \"odd\"".into()] };
        read(connection, &options).await?;
        let zone = value(connection, "SHOW TimeZone").await?;
        let path = value(connection, "SHOW search_path").await?;
        execute(connection, "COMMIT").await?;
        Ok((zone, path, value(connection, "SHOW search_path").await?))
    })?;
    assert_eq!((zone.as_str(), path.as_str()), ("Asia/Tokyo", "a, \"B\""));
    assert_eq!(path_after, "\"$user\", public");
    Ok(())
}

/// Tablespaces belong to the whole server; only since 15 they need no folder of their own.
fn tablespaces(server: &Server) -> Result<(), Failed> {
    if server.version < 15 {
        return Ok(());
    }
    let space = format!("autogen_space_{}", std::process::id());
    let things = format!(
        "CREATE TABLE t (id int CONSTRAINT k PRIMARY KEY USING INDEX TABLESPACE {space}, a int) \
         TABLESPACE {space}; CREATE INDEX i ON t (a) TABLESPACE {space}"
    );
    let schema = on_database(server, async |connection| {
        execute(connection, "SET allow_in_place_tablespaces = on").await?;
        execute(connection, &format!("CREATE TABLESPACE {space} LOCATION ''")).await?;
        execute(connection, &things).await?;
        let schema = read(connection, &IntrospectOptions::default()).await;
        execute(connection, "DROP TABLE t").await?;
        execute(connection, &format!("DROP TABLESPACE {space}")).await?;
        schema
    })?;
    let table = schema.tables.values().next().ok_or("no table")?;
    let key = table.primary_key.as_ref().ok_or("no key")?;
    for options in [&table.options, &key.options, &table.indexes[0].options] {
        assert_eq!(options.get("tablespace"), Some(&space));
    }
    Ok(())
}
