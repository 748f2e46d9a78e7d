//! What a server locks, reads, builds and writes anew for some statements.

use std::collections::{BTreeMap, BTreeSet};

use autogen::dialect::Work;
use sqlx::{AssertSqlSafe, PgConnection, Row as _};

use super::postgres::{Database, execute};

/// By table: its strongest lock and the longest work on it.
pub(crate) type Measured = BTreeMap<String, (&'static str, Work)>;

/// From weak to strong.
const LOCKS: [(&str, &str); 8] = [
    ("AccessShareLock", "ACCESS SHARE"),
    ("RowShareLock", "ROW SHARE"),
    ("RowExclusiveLock", "ROW EXCLUSIVE"),
    ("ShareUpdateExclusiveLock", "SHARE UPDATE EXCLUSIVE"),
    ("ShareLock", "SHARE"),
    ("ShareRowExclusiveLock", "SHARE ROW EXCLUSIVE"),
    ("ExclusiveLock", "EXCLUSIVE"),
    ("AccessExclusiveLock", "ACCESS EXCLUSIVE"),
];

/// Tables and views outside the system, with the files of their rows and indexes.
const RELATIONS: &str = "
    SELECT c.oid::bigint AS id, c.relfilenode::bigint AS file,
        CASE nspname WHEN 'public' THEN '' ELSE nspname || '.' END || relname AS name,
        coalesce((
            SELECT array_agg(i.relfilenode::bigint) FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid
            WHERE x.indrelid = c.oid AND i.relkind = 'i'
        ), '{}') AS indexes,
        -- Whether few rows are looked up by an index or all of them is what the planner likes.
        CASE WHEN relkind = 'r' THEN 1 ELSE 0 END * (pg_stat_get_xact_numscans(c.oid) + (
            SELECT count(*) FROM pg_index x
            WHERE x.indrelid = c.oid AND pg_stat_get_xact_tuples_returned(x.indexrelid) >= 50
        )) AS scans,
        pg_stat_get_xact_tuples_updated(c.oid) AS updates
    FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
    WHERE nspname !~ '^(pg_|information_schema$)' AND c.relkind IN ('r', 'p', 'v', 'm')";

const HELD: &str = "
    SELECT relation::bigint AS id, mode FROM pg_locks
    WHERE pid = $1 AND locktype = 'relation' AND granted
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";

struct Relation {
    name: String,
    file: i64,
    indexes: BTreeSet<i64>,
    scans: i64,
    updates: i64,
}

/// An empty database again.
pub(crate) async fn clean(connection: &mut PgConnection) -> Result<(), String> {
    // A case that failed leaves its transaction open.
    execute(connection, "ROLLBACK").await?;
    let find = "SELECT format('DROP SCHEMA %I CASCADE', nspname) FROM pg_namespace
        WHERE nspname !~ '^(pg_|information_schema$)'";
    let rows = sqlx::query_scalar(find).fetch_all(&mut *connection).await;
    let drops: Vec<String> = rows.map_err(|error| error.to_string())?;
    execute(connection, &drops.join(";")).await?;
    execute(connection, "CREATE SCHEMA public").await
}

/// Runs the statements in a transaction, and asks before it ends.
pub(crate) async fn measure(
    connection: &mut PgConnection,
    statements: &[String],
) -> Result<Measured, String> {
    execute(connection, "BEGIN").await?;
    // What earlier transactions have counted may not be delivered yet.
    let before = relations(connection).await?;
    for statement in statements {
        execute(connection, statement).await?;
    }
    let pid = pid(connection).await?;
    let held = held(connection, pid).await?;
    let after = relations(connection).await?;
    execute(connection, "COMMIT").await?;
    Ok(measured(&before, &after, &held))
}

/// Runs statements that no transaction can hold. Somebody who has written to every table keeps them
/// waiting for the end of his transaction, so that they can be asked meanwhile.
pub(crate) async fn held_up(
    database: &Database,
    connection: &mut PgConnection,
    statements: &[String],
) -> Result<Measured, String> {
    let mut writer = database.connect().await?;
    let before = relations(connection).await?;
    let pid = pid(connection).await?;
    let mut strongest: BTreeMap<i64, usize> = BTreeMap::new();
    for statement in statements {
        execute(&mut writer, "BEGIN").await?;
        for relation in before.values() {
            execute(&mut writer, &format!("LOCK TABLE {} IN ROW EXCLUSIVE MODE", relation.name))
                .await?;
        }
        let watch = async {
            let waits = format!(
                "SELECT count(*) FROM pg_locks WHERE pid = {pid} AND locktype = 'virtualxid' AND NOT granted"
            );
            // What need not wait is done before it is seen.
            for _ in 0..200 {
                let waiting: i64 = sqlx::query_scalar(AssertSqlSafe(waits.as_str()))
                    .fetch_one(&mut writer)
                    .await
                    .map_err(|error| error.to_string())?;
                if waiting > 0 {
                    break;
                }
                tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            }
            let held = held(&mut writer, pid).await;
            execute(&mut writer, "ROLLBACK").await?;
            held
        };
        let (done, held) = tokio::join!(execute(connection, statement), watch);
        done?;
        for (id, strength) in held? {
            let known = strongest.entry(id).or_insert(strength);
            *known = strength.max(*known);
        }
    }
    let after = relations(connection).await?;
    Ok(measured(&before, &after, &strongest))
}

fn measured(
    before: &BTreeMap<i64, Relation>,
    after: &BTreeMap<i64, Relation>,
    held: &BTreeMap<i64, usize>,
) -> Measured {
    let all = before.iter().map(|(id, relation)| {
        let lock = held.get(id).map_or("nothing", |strength| LOCKS[*strength].1);
        let work = after.get(id).map_or(Work::None, |after| work(relation, after));
        (relation.name.clone(), (lock, work))
    });
    all.collect()
}

fn work(before: &Relation, after: &Relation) -> Work {
    if before.file != after.file {
        Work::Rewrite
    } else if after.updates > before.updates {
        Work::Fill
    } else if !after.indexes.is_subset(&before.indexes) {
        Work::Build
    } else if after.scans > before.scans {
        Work::Scan
    } else {
        Work::None
    }
}

async fn relations(connection: &mut PgConnection) -> Result<BTreeMap<i64, Relation>, String> {
    let rows = sqlx::query(RELATIONS).fetch_all(connection).await;
    let relation = |row: sqlx::postgres::PgRow| {
        let relation = Relation {
            name: row.get("name"),
            file: row.get("file"),
            indexes: row.get::<Vec<i64>, _>("indexes").into_iter().collect(),
            scans: row.get("scans"),
            updates: row.get("updates"),
        };
        (row.get("id"), relation)
    };
    Ok(rows.map_err(|error| error.to_string())?.into_iter().map(relation).collect())
}

async fn pid(connection: &mut PgConnection) -> Result<i32, String> {
    let pid = sqlx::query_scalar("SELECT pg_backend_pid()").fetch_one(connection).await;
    pid.map_err(|error| error.to_string())
}

/// The strongest lock of a session on each relation.
async fn held(connection: &mut PgConnection, pid: i32) -> Result<BTreeMap<i64, usize>, String> {
    let rows = sqlx::query(HELD).bind(pid).fetch_all(connection).await;
    let mut held = BTreeMap::new();
    for row in rows.map_err(|error| error.to_string())? {
        let (id, mode): (i64, &str) = (row.get("id"), row.get("mode"));
        let strength = LOCKS.iter().position(|(name, _)| *name == mode).unwrap();
        let strongest = held.entry(id).or_insert(strength);
        *strongest = strength.max(*strongest);
    }
    Ok(held)
}
