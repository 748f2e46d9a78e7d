//! What the catalog says of all that a schema can hold, as lines that two databases can be compared
//! by. The order of columns and the names of NOT NULL constraints are no part of it, nor are indexes
//! that a partition has from its parent.

use sqlx::{AssertSqlSafe, PgConnection};

/// The lines, sorted.
pub(crate) async fn read(connection: &mut PgConnection) -> Result<Vec<String>, String> {
    let version: String = one(connection, "SHOW server_version_num").await?;
    let version: u32 = version.parse().map_err(|_| version.clone())?;
    let since = |number: u32, text: &str| {
        if version >= number { text.to_owned() } else { "''".to_owned() }
    };
    let queries = [
        format!("SELECT format('namespace %s', n.nspname) FROM pg_namespace n WHERE {OURS}"),
        relations(),
        columns(&since(140_000, "a.attcompression::text")),
        constraints(),
        indexes(),
        types(),
        sequences(),
        rest(),
    ];
    let mut lines = Vec::new();
    for query in queries {
        let rows = sqlx::query_scalar::<_, Option<String>>(AssertSqlSafe(query.as_str()));
        let rows = rows.fetch_all(&mut *connection).await;
        let rows = rows.map_err(|error| format!("{error}\n{query}"))?;
        lines.extend(rows.into_iter().flatten());
    }
    lines.sort();
    Ok(lines)
}

/// One text.
pub(crate) async fn one(connection: &mut PgConnection, sql: &str) -> Result<String, String> {
    let row = sqlx::query_scalar::<_, Option<String>>(AssertSqlSafe(sql));
    let row = row.fetch_one(connection).await.map_err(|error| format!("{error}\n{sql}"))?;
    Ok(row.unwrap_or_default())
}

const OURS: &str = "n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'";

fn relations() -> String {
    format!(
        "SELECT format('relation %s kind %s %s method %s options %s toast %s identity %s rls %s %s \
         key %s bound %s of %s comment %s', c.oid::regclass, c.relkind, c.relpersistence, m.amname, \
         c.reloptions, t.reloptions, c.relreplident, c.relrowsecurity, c.relforcerowsecurity, \
         pg_get_partkeydef(c.oid), pg_get_expr(c.relpartbound, c.oid), \
         ARRAY(SELECT i.inhparent::regclass FROM pg_inherits i WHERE i.inhrelid = c.oid), \
         obj_description(c.oid, 'pg_class')) \
         FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
         LEFT JOIN pg_class t ON t.oid = c.reltoastrelid LEFT JOIN pg_am m ON m.oid = c.relam \
         WHERE {OURS} AND c.relkind IN ('r', 'p', 'v', 'm')"
    )
}

fn columns(compression: &str) -> String {
    format!(
        "SELECT format('column %s.%I %s null %s default %s collate %s identity %s generated %s \
         storage %s compression %s statistics %s local %s comment %s', c.oid::regclass, a.attname, \
         format_type(a.atttypid, a.atttypmod), NOT a.attnotnull, pg_get_expr(d.adbin, d.adrelid), \
         l.collname, a.attidentity, a.attgenerated, a.attstorage, {compression}, \
         coalesce(a.attstattarget, -1), a.attislocal, col_description(c.oid, a.attnum)) \
         FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid \
         JOIN pg_namespace n ON n.oid = c.relnamespace \
         LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum \
         LEFT JOIN pg_collation l ON l.oid = a.attcollation \
         WHERE {OURS} AND c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped"
    )
}

fn constraints() -> String {
    format!(
        "SELECT format('constraint %s %s %s %s valid %s comment %s', o.conrelid::regclass, \
         CASE o.contype WHEN 'n' THEN '' ELSE o.conname END, o.contype, \
         pg_get_constraintdef(o.oid), o.convalidated, obj_description(o.oid, 'pg_constraint')) \
         FROM pg_constraint o JOIN pg_namespace n ON n.oid = o.connamespace \
         WHERE {OURS} AND o.conrelid <> 0"
    )
}

fn indexes() -> String {
    format!(
        "SELECT format('index %s valid %s identity %s comment %s', pg_get_indexdef(i.indexrelid), \
         i.indisvalid, i.indisreplident, obj_description(i.indexrelid, 'pg_class')) \
         FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid \
         JOIN pg_namespace n ON n.oid = c.relnamespace WHERE {OURS} \
         AND NOT EXISTS (SELECT FROM pg_inherits h WHERE h.inhrelid = c.oid)"
    )
}

fn types() -> String {
    format!(
        "SELECT format('type %s %s labels %s comment %s', t.oid::regtype, t.typtype, \
         ARRAY(SELECT e.enumlabel FROM pg_enum e WHERE e.enumtypid = t.oid ORDER BY e.enumsortorder), \
         obj_description(t.oid, 'pg_type')) \
         FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace \
         WHERE {OURS} AND (t.typtype IN ('e', 'd') OR t.typrelid <> 0 \
         AND (SELECT c.relkind FROM pg_class c WHERE c.oid = t.typrelid) = 'c')"
    )
}

fn sequences() -> String {
    format!(
        "SELECT format('sequence %s %s start %s by %s from %s to %s cache %s cycle %s of %s %s', \
         c.oid::regclass, s.seqtypid::regtype, s.seqstart, s.seqincrement, s.seqmin, s.seqmax, \
         s.seqcache, s.seqcycle, d.refobjid::regclass, \
         (SELECT a.attname FROM pg_attribute a WHERE a.attrelid = d.refobjid \
         AND a.attnum = d.refobjsubid)) \
         FROM pg_sequence s JOIN pg_class c ON c.oid = s.seqrelid \
         JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_depend d \
         ON d.objid = c.oid AND d.classid = 'pg_class'::regclass AND d.deptype IN ('a', 'i') \
         AND d.refclassid = 'pg_class'::regclass WHERE {OURS}"
    )
}

/// Objects that stand beside tables.
fn rest() -> String {
    format!(
        "SELECT format('trigger %s', pg_get_triggerdef(t.oid)) FROM pg_trigger t \
         WHERE NOT t.tgisinternal \
         UNION ALL SELECT format('rule %s', pg_get_ruledef(r.oid)) FROM pg_rewrite r \
         JOIN pg_class c ON c.oid = r.ev_class JOIN pg_namespace n ON n.oid = c.relnamespace \
         WHERE {OURS} \
         UNION ALL SELECT format('policy %s on %s', p.polname, p.polrelid::regclass) FROM pg_policy p \
         UNION ALL SELECT format('function %s', p.oid::regprocedure) FROM pg_proc p \
         JOIN pg_namespace n ON n.oid = p.pronamespace WHERE {OURS} \
         UNION ALL SELECT format('statistics %s', s.stxname) FROM pg_statistic_ext s \
         UNION ALL SELECT format('publication %s', p.pubname) FROM pg_publication p \
         UNION ALL SELECT format('extension %s', e.extname) FROM pg_extension e"
    )
}
