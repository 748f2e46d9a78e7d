//! The queries about types and about objects that are kept as text.

use super::{Scope, grants, owner};

impl Scope {
    /// Types that stand for themselves: enumerated ones, domains, ranges and composites.
    pub(super) fn types(&self) -> String {
        let (wanted, owner) = (&self.wanted, owner("t.typowner"));
        let grants = grants("'T'::\"char\"", ["t.typacl", "t.typowner", "t.typnamespace"]);
        let others = self.others();
        let multirange = self.since(14, "format_type(r.rngmultitypid, NULL)", "NULL");
        format!(
            "SELECT t.oid, t.typname, t.typnamespace, t.typtype, t.typarray, t.typrelid, \
             CASE WHEN t.typtype = 'd' THEN format_type(t.typbasetype, t.typtypmod) END, \
             t.typnotnull, pg_get_expr(t.typdefaultbin, 'pg_type'::regclass), \
             quote_ident(n.nspname) || '.' || quote_ident(o.collname), {owner}, {grants}, \
             format_type(r.rngsubtype, NULL), \
             CASE WHEN NOT p.opcdefault THEN quote_ident(q.nspname) || '.' || \
             quote_ident(p.opcname) END, NULLIF(r.rngcanonical, 0)::regproc, \
             NULLIF(r.rngsubdiff, 0)::regproc, {multirange}, {others} \
             FROM pg_type t LEFT JOIN pg_class c ON c.oid = t.typrelid \
             LEFT JOIN pg_type b ON b.oid = t.typbasetype \
             LEFT JOIN pg_range r ON r.rngtypid = t.oid \
             LEFT JOIN pg_collation o ON o.oid = COALESCE(r.rngcollation, t.typcollation) \
             AND o.oid <> COALESCE(b.typcollation, 100) \
             LEFT JOIN pg_namespace n ON n.oid = o.collnamespace \
             LEFT JOIN pg_opclass p ON p.oid = r.rngsubopc \
             LEFT JOIN pg_namespace q ON q.oid = p.opcnamespace \
             WHERE t.typnamespace {wanted} AND (t.typtype IN ('e', 'd', 'r') OR c.relkind = 'c')"
        )
    }

    /// What needs an enumerated type and is not read here, in the server's words: casts, operators
    /// and aggregates, and all that is in namespaces that are not looked at.
    fn others(&self) -> String {
        let (wanted, within) = (&self.wanted, self.within("c"));
        let of_relation = |catalog: &str, relation: &str| {
            format!(
                "WHEN '{catalog}'::regclass THEN EXISTS (SELECT FROM {catalog} o \
                 JOIN pg_class c ON c.oid = o.{relation} WHERE o.oid = d.objid AND {within})"
            )
        };
        let in_namespace = |catalog: &str, namespace: &str| {
            format!(
                "WHEN '{catalog}'::regclass THEN EXISTS (SELECT FROM {catalog} o \
                 WHERE o.oid = d.objid AND o.{namespace} {wanted})"
            )
        };
        let read = [
            format!(
                "WHEN 'pg_class'::regclass THEN EXISTS (SELECT FROM pg_class c \
                 WHERE c.oid = d.objid AND c.relkind <> 'f' AND {within})"
            ),
            format!(
                "WHEN 'pg_proc'::regclass THEN EXISTS (SELECT FROM pg_proc p \
                 WHERE p.oid = d.objid AND p.prokind <> 'a' AND p.pronamespace {wanted})"
            ),
            in_namespace("pg_type", "typnamespace"),
            in_namespace("pg_constraint", "connamespace"),
            in_namespace("pg_statistic_ext", "stxnamespace"),
            of_relation("pg_attrdef", "adrelid"),
            of_relation("pg_rewrite", "ev_class"),
            of_relation("pg_policy", "polrelid"),
            of_relation("pg_trigger", "tgrelid"),
            of_relation("pg_publication_rel", "prrelid"),
        ];
        format!(
            "CASE WHEN t.typtype = 'e' THEN ARRAY(SELECT DISTINCT \
             pg_describe_object(d.classid, d.objid, d.objsubid) FROM pg_depend d \
             WHERE d.refclassid = 'pg_type'::regclass AND d.refobjid IN (t.oid, t.typarray) \
             AND d.deptype IN ('n', 'a') AND NOT CASE d.classid {} ELSE false END ORDER BY 1) END",
            read.join(" ")
        )
    }

    /// Rules; those behind views say which view they are of.
    pub(super) fn rules(&self) -> String {
        let within = self.within("c");
        format!(
            "SELECT r.oid, r.rulename, r.ev_class, r.ev_enabled, \
             CASE WHEN r.rulename <> '_RETURN' THEN pg_get_ruledef(r.oid, true) END \
             FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class \
             WHERE {within}"
        )
    }

    /// Policies of row-level security.
    pub(super) fn policies(&self) -> String {
        let wanted = &self.wanted;
        format!(
            "SELECT p.oid, p.polname, p.polrelid, p.polcmd, p.polpermissive, \
             ARRAY(SELECT CASE WHEN role = 0 THEN 'PUBLIC' \
             ELSE quote_ident(pg_get_userbyid(role)) END FROM unnest(p.polroles) role), \
             pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid) \
             FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid WHERE c.relnamespace {wanted}"
        )
    }

    /// Triggers that somebody made, and not a constraint or a parent.
    pub(super) fn triggers(&self) -> String {
        let within = self.within("c");
        let own = self.since(13, " AND t.tgparentid = 0", "");
        format!(
            "SELECT t.oid, t.tgname, t.tgrelid, t.tgenabled, pg_get_triggerdef(t.oid, true) \
             FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid \
             WHERE {within} AND NOT t.tgisinternal{own}"
        )
    }

    /// Functions and procedures, but for those of extensions and of range types.
    pub(super) fn functions(&self) -> String {
        let (wanted, owner) = (&self.wanted, owner("p.proowner"));
        let grants = grants("'f'::\"char\"", ["p.proacl", "p.proowner", "p.pronamespace"]);
        format!(
            "SELECT p.oid, p.proname, p.pronamespace, oidvectortypes(p.proargtypes), p.prokind, \
             pg_get_functiondef(p.oid), quote_ident(n.nspname) || '.', {owner}, {grants} \
             FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace \
             WHERE p.pronamespace {wanted} AND p.prokind <> 'a' AND NOT EXISTS (SELECT \
             FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid \
             AND d.deptype IN ('e', 'i'))"
        )
    }

    /// Extended statistics.
    pub(super) fn statistics(&self) -> String {
        let (wanted, owner) = (&self.wanted, owner("s.stxowner"));
        let target = match self.version {
            17.. => "s.stxstattarget",
            13.. => "NULLIF(s.stxstattarget, -1)",
            _ => "NULL",
        };
        format!(
            "SELECT s.oid, s.stxname, s.stxnamespace, s.stxrelid, {target}, \
             pg_get_statisticsobjdef(s.oid), quote_ident(n.nspname) || '.', {owner} \
             FROM pg_statistic_ext s JOIN pg_namespace n ON n.oid = s.stxnamespace \
             WHERE s.stxnamespace {wanted}"
        )
    }

    /// Publications, which stand beside all namespaces.
    pub(super) fn publications(&self) -> String {
        let via_root = self.since(13, "p.pubviaroot", "false");
        let generated = self.since(18, "NULLIF(p.pubgencols, 'n')", "NULL");
        let namespaces = self.since(
            15,
            "ARRAY(SELECT quote_ident(n.nspname) FROM pg_publication_namespace s \
             JOIN pg_namespace n ON n.oid = s.pnnspid WHERE s.pnpubid = p.oid)",
            "NULL",
        );
        let owner = owner("p.pubowner");
        format!(
            "SELECT p.oid, p.pubname, p.puballtables, p.pubinsert, p.pubupdate, p.pubdelete, \
             p.pubtruncate, {via_root}, {generated}, {namespaces}, {owner} FROM pg_publication p"
        )
    }

    /// The tables of publications, as they are named there.
    pub(super) fn published(&self) -> String {
        let part = self.since(
            15,
            " || COALESCE((SELECT ' (' || string_agg(quote_ident(a.attname), ', ' \
             ORDER BY a.attnum) || ')' FROM pg_attribute a WHERE a.attrelid = r.prrelid \
             AND a.attnum = ANY (r.prattrs::int2[])), '') \
             || COALESCE(' WHERE (' || pg_get_expr(r.prqual, r.prrelid) || ')', '')",
            "",
        );
        format!(
            "SELECT r.oid, r.prpubid, r.prrelid, r.prrelid::regclass::text{part} \
             FROM pg_publication_rel r"
        )
    }
}
