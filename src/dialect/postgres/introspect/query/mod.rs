//! The catalog queries, for each version of the server.
//!
//! They are few and plain: what is read of a row is a column of a catalog wherever that serves,
//! because a function that prints SQL costs more than all else. Numbers of objects stay numbers;
//! names are found in memory.

mod object;
mod table;

use super::IntrospectOptions;
use crate::sql::literal;

/// How many queries there are, whatever the database holds.
pub const QUERIES: usize = 28;

/// What the queries depend on.
struct Scope {
    version: u16,
    /// A condition on `oid`s of namespaces: `= ANY (..)`.
    wanted: String,
    /// The condition on rows of `pg_namespace`.
    namespaces: String,
    /// Not all namespaces are looked at.
    chosen: bool,
    search_path: String,
}

/// All queries as one text, in the order in which [`read`](super::read) takes their answers.
pub fn text(version: u16, options: &IntrospectOptions) -> String {
    let named: Vec<String> = options.schemas.iter().map(|name| literal(name)).collect();
    let namespaces = match named.is_empty() {
        true => "nspname <> 'information_schema' AND nspname !~ '^pg_'".to_owned(),
        false => format!("nspname IN ({})", named.join(", ")),
    };
    let scope = Scope {
        version,
        wanted: format!("= ANY (ARRAY(SELECT oid FROM pg_namespace WHERE {namespaces}))"),
        namespaces,
        chosen: !named.is_empty(),
        search_path: format!("\"{}\"", options.default_namespace().replace('"', "\"\"")),
    };
    let queries: [String; QUERIES] = [
        scope.settings(),
        scope.dependents(),
        MEMBERS.into(),
        scope.namespaces(),
        scope.relations(),
        scope.columns(),
        scope.outside(),
        scope.sequences(),
        scope.constraints(),
        scope.indexes(),
        COLLATIONS.into(),
        OPCLASSES.into(),
        scope.inherits(),
        scope.types(),
        LABELS.into(),
        DOMAIN_CHECKS.into(),
        scope.rules(),
        scope.policies(),
        scope.triggers(),
        scope.functions(),
        scope.statistics(),
        scope.publications(),
        scope.published(),
        DEPENDENCIES.into(),
        COMMENTS.into(),
        LABELLED.into(),
        EXTENSIONS.into(),
        RESTORE.into(),
    ];
    queries.join(";\n")
}

/// What belongs to extensions.
const MEMBERS: &str = "SELECT classid, objid FROM pg_depend \
    WHERE refclassid = 'pg_extension'::regclass AND deptype = 'e'";

/// The collations that indexes use.
const COLLATIONS: &str = "SELECT c.oid, n.nspname, c.collname FROM pg_collation c \
    JOIN pg_namespace n ON n.oid = c.collnamespace \
    WHERE c.oid = ANY (ARRAY(SELECT unnest(indcollation::oid[]) FROM pg_index \
    WHERE indexrelid >= 16384))";

/// Operator classes, as they are written here.
const OPCLASSES: &str = "SELECT o.oid, o.opcmethod, o.opcintype, o.opcdefault, \
    CASE WHEN pg_opclass_is_visible(o.oid) THEN quote_ident(o.opcname) \
    ELSE quote_ident(n.nspname) || '.' || quote_ident(o.opcname) END \
    FROM pg_opclass o JOIN pg_namespace n ON n.oid = o.opcnamespace";

/// Labels of enumerated types.
const LABELS: &str = "SELECT enumtypid, enumlabel FROM pg_enum ORDER BY enumtypid, enumsortorder";

/// Conditions of domains.
const DOMAIN_CHECKS: &str = "SELECT contypid, conname, convalidated, pg_get_constraintdef(oid) \
    FROM pg_constraint WHERE contypid <> 0 AND contype = 'c' ORDER BY contypid, conname";

/// What objects need: rules (and so views), policies, triggers, functions, statistics and
/// publications; then domains, with their conditions, and composite types. All that people make has
/// a number from 16384 on. An array stands for what it is made of.
const DEPENDENCIES: &str = "SELECT d.classid, d.objid, d.refclassid, COALESCE((SELECT \
    NULLIF(t.typelem, 0) FROM pg_type t WHERE d.refclassid = 'pg_type'::regclass \
    AND t.oid = d.refobjid AND t.typlen = -1), d.refobjid), d.refobjsubid FROM ( \
    SELECT classid, objid, refclassid, refobjid, refobjsubid, deptype \
    FROM pg_depend WHERE classid IN ('pg_rewrite'::regclass, 'pg_policy'::regclass, \
    'pg_trigger'::regclass, 'pg_proc'::regclass, 'pg_statistic_ext'::regclass, \
    'pg_publication_rel'::regclass) \
    UNION ALL \
    SELECT e.classid, e.objid, e.refclassid, e.refobjid, e.refobjsubid, e.deptype FROM pg_type t \
    JOIN pg_depend e ON e.classid = 'pg_type'::regclass AND e.objid = t.oid \
    WHERE t.typtype IN ('d', 'r') \
    UNION ALL \
    SELECT 'pg_type'::regclass, c.contypid, e.refclassid, e.refobjid, e.refobjsubid, e.deptype \
    FROM pg_constraint c \
    JOIN pg_depend e ON e.classid = 'pg_constraint'::regclass AND e.objid = c.oid \
    WHERE c.contypid <> 0 \
    UNION ALL \
    SELECT e.classid, e.objid, e.refclassid, e.refobjid, e.refobjsubid, e.deptype FROM pg_class c \
    JOIN pg_depend e ON e.classid = 'pg_class'::regclass AND e.objid = c.oid \
    WHERE c.relkind = 'c') d \
    WHERE d.refobjid >= 16384 AND d.deptype IN ('n', 'a') \
    AND d.refclassid IN ('pg_class'::regclass, 'pg_type'::regclass, 'pg_proc'::regclass)";

/// Comments on all that people make.
const COMMENTS: &str = "SELECT classoid, objoid, objsubid, description FROM pg_description \
    WHERE objoid >= 16384";

/// Security labels of all that people make.
const LABELLED: &str = "SELECT classoid, objoid, objsubid, provider, label FROM pg_seclabel \
    WHERE objoid >= 16384 ORDER BY provider";

/// Extensions that were added by people.
const EXTENSIONS: &str = "SELECT e.oid, e.extname, n.nspname FROM pg_extension e \
    JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.oid >= 16384";

/// Gives a transaction that goes on its settings back.
const RESTORE: &str = "SELECT set_config(name, current_setting('autogen.' || name), true) \
    FROM unnest(ARRAY['search_path', 'timezone', 'datestyle', 'intervalstyle', 'bytea_output', \
    'extra_float_digits', 'quote_all_identifiers', 'lc_monetary', 'jit']) name";

impl Scope {
    /// One text or another, by whether the server has a version.
    fn since<'t>(&self, version: u16, then: &'t str, before: &'t str) -> &'t str {
        if self.version >= version { then } else { before }
    }

    /// Settings that decide how expressions are printed; and compiling a query would take longer
    /// than running it. They hold for the transaction, that is, for these queries.
    fn settings(&self) -> String {
        format!(
            "SELECT set_config('autogen.' || name, current_setting(name), true), \
             set_config(name, value, true) FROM (VALUES ('search_path', {}), ('timezone', 'UTC'), \
             ('datestyle', 'ISO, MDY'), ('intervalstyle', 'postgres'), ('bytea_output', 'hex'), \
             ('extra_float_digits', '1'), ('quote_all_identifiers', 'off'), \
             ('lc_monetary', 'C'), ('jit', 'off')) setting (name, value)",
            literal(&self.search_path)
        )
    }

    /// Views in namespaces that are not looked at, but that need something in those that are, are
    /// remembered for the queries that follow.
    fn dependents(&self) -> String {
        let wanted = &self.wanted;
        if !self.chosen {
            return "SELECT NULL".into();
        }
        format!(
            "WITH RECURSIVE edges AS MATERIALIZED (SELECT r.ev_class AS dependent, \
             d.refobjid AS needed FROM pg_rewrite r JOIN pg_class v ON v.oid = r.ev_class \
             JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid \
             WHERE r.oid >= 16384 AND v.relkind IN ('v', 'm') AND v.relpersistence <> 't' \
             AND NOT v.relnamespace {wanted} AND d.refclassid = 'pg_class'::regclass), \
             found AS (SELECT e.dependent FROM edges e JOIN pg_class c ON c.oid = e.needed \
             WHERE c.relnamespace {wanted} UNION \
             SELECT e.dependent FROM edges e JOIN found f ON f.dependent = e.needed) \
             SELECT set_config('autogen.dependents', \
             COALESCE(array_agg(dependent), '{{}}')::text, true) FROM found"
        )
    }

    /// The condition that a relation is looked at, from its namespace and number.
    fn within(&self, relation: &str) -> String {
        let wanted = format!("{relation}.relnamespace {}", self.wanted);
        match self.chosen {
            false => wanted,
            true => format!(
                "({wanted} OR {relation}.oid = \
                 ANY ((SELECT current_setting('autogen.dependents'))::oid[]))"
            ),
        }
    }

    fn namespaces(&self) -> String {
        format!("SELECT oid, nspname, {} FROM pg_namespace", self.namespaces)
    }
}

/// The name of an owner, where it is not the one who asks.
fn owner(column: &str) -> String {
    format!(
        "CASE WHEN pg_get_userbyid({column}) <> current_user \
             THEN quote_ident(pg_get_userbyid({column})) END"
    )
}

/// What others than the owner may do with a column, as `SELECT, UPDATE TO somebody`.
fn column_grants(acl: &str, owner: &str) -> String {
    format!(
        "CASE WHEN {acl} IS NOT NULL THEN ARRAY(SELECT \
         string_agg(privilege_type, ', ' ORDER BY privilege_type COLLATE \"C\") || ' TO ' || \
         CASE WHEN grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END || \
         CASE WHEN is_grantable THEN ' WITH GRANT OPTION' ELSE '' END \
         FROM aclexplode({acl}) WHERE grantee <> {owner} GROUP BY grantee, is_grantable) END"
    )
}

/// What a thing has of rights that it would not have by itself when it is made again: `SELECT, UPDATE
/// TO somebody`, and `NOTHING TO somebody` before, where the server gives more than there is. It
/// gives what is usual for such a thing, and what default privileges add, whoever makes it.
fn grants(kind: &str, [acl, owner, namespace]: [&str; 3]) -> String {
    let defaults = format!(
        "FROM pg_default_acl f WHERE f.defaclobjtype = {kind} \
         AND f.defaclnamespace IN (0, {namespace})"
    );
    // The kinds are other letters there.
    let usual = format!("acldefault(CASE {kind} WHEN 'S' THEN 's' ELSE {kind} END, {owner})");
    let who = format!(
        "CASE WHEN grantee = 0 THEN 'PUBLIC' \
         WHEN grantee = {owner} AND pg_get_userbyid(grantee) = current_user THEN 'CURRENT_USER' \
         ELSE quote_ident(pg_get_userbyid(grantee)) END"
    );
    format!(
        "CASE WHEN {acl} IS NOT NULL OR EXISTS (SELECT {defaults}) THEN ARRAY(\
         WITH has AS (SELECT grantee, privilege_type, is_grantable \
         FROM aclexplode(COALESCE({acl}, {usual}))), \
         given AS (SELECT grantee, privilege_type, is_grantable FROM aclexplode({usual}) \
         UNION ALL SELECT x.grantee, x.privilege_type, x.is_grantable \
         FROM (SELECT f.defaclrole, f.defaclacl {defaults}) f, aclexplode(f.defaclacl) x \
         WHERE x.grantee NOT IN (f.defaclrole, {owner})), \
         more AS (SELECT DISTINCT grantee FROM given g WHERE NOT EXISTS (SELECT FROM has h \
         WHERE (h.grantee, h.privilege_type) = (g.grantee, g.privilege_type) \
         AND h.is_grantable >= g.is_grantable)) \
         SELECT string_agg(privilege_type, ', ' ORDER BY privilege_type COLLATE \"C\") || ' TO ' \
         || {who} || CASE WHEN is_grantable THEN ' WITH GRANT OPTION' ELSE '' END FROM has \
         WHERE grantee <> {owner} OR grantee IN (SELECT grantee FROM more) \
         GROUP BY grantee, is_grantable \
         UNION ALL SELECT 'NOTHING TO ' || {who} FROM more) END"
    )
}
