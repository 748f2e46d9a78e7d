//! What a server locks, reads, builds and writes anew for some statements.

use std::collections::{BTreeMap, BTreeSet};

use autogen::dialect::Work;
use sqlx::{AssertSqlSafe, PgConnection, Row as _};

use super::postgres::execute;

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
        pg_stat_get_xact_numscans(c.oid) AS scans,
        pg_stat_get_xact_tuples_updated(c.oid) AS updates
    FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
    WHERE nspname !~ '^(pg_|information_schema$)' AND c.relkind IN ('r', 'p', 'v', 'm')";

const HELD: &str = "
    SELECT relation::bigint AS id, mode FROM pg_locks
    WHERE pid = pg_backend_pid() AND locktype = 'relation' AND granted
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
    let held = held(connection).await?;
    let after = relations(connection).await?;
    execute(connection, "COMMIT").await?;
    let mut measured = Measured::new();
    for (id, relation) in &before {
        let lock = held.get(id).map_or("nothing", |strength| LOCKS[*strength].1);
        let work = after.get(id).map_or(Work::None, |after| work(relation, after));
        measured.insert(relation.name.clone(), (lock, work));
    }
    Ok(measured)
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

/// The strongest lock of this session on each relation.
async fn held(connection: &mut PgConnection) -> Result<BTreeMap<i64, usize>, String> {
    let rows = sqlx::query(AssertSqlSafe(HELD)).fetch_all(connection).await;
    let mut held = BTreeMap::new();
    for row in rows.map_err(|error| error.to_string())? {
        let (id, mode): (i64, &str) = (row.get("id"), row.get("mode"));
        let strength = LOCKS.iter().position(|(name, _)| *name == mode).unwrap();
        let strongest = held.entry(id).or_insert(strength);
        *strongest = strength.max(*strongest);
    }
    Ok(held)
}
