//! The queries about tables and what belongs to them.

use super::{Scope, column_grants, grants, owner};

impl Scope {
    /// Tables, views, sequences and composite types.
    pub(super) fn relations(&self) -> String {
        let (within, owner) = (self.within("c"), owner("c.relowner"));
        let kind = "(CASE c.relkind WHEN 'S' THEN 'S' ELSE 'r' END)::\"char\"";
        let grants = grants(kind, ["c.relacl", "c.relowner", "c.relnamespace"]);
        format!(
            "SELECT c.oid, c.relname, c.relnamespace, c.relkind, c.reltype, c.relpersistence, \
             c.reloptions, o.reloptions, s.spcname, NULLIF(m.amname, 'heap'), c.relreplident, \
             c.relrowsecurity, c.relforcerowsecurity, \
             CASE WHEN c.relispartition THEN pg_get_expr(c.relpartbound, c.oid) END, \
             CASE WHEN c.relkind = 'p' THEN pg_get_partkeydef(c.oid) END, \
             CASE WHEN c.relkind IN ('v', 'm') THEN pg_get_viewdef(c.oid) END, c.relispopulated, \
             {owner}, CASE WHEN c.relkind IN ('v', 'm', 'S') THEN {grants} END \
             FROM pg_class c \
             LEFT JOIN pg_class o ON o.oid = c.reltoastrelid AND o.reloptions IS NOT NULL \
             LEFT JOIN pg_tablespace s ON s.oid = c.reltablespace \
             LEFT JOIN pg_am m ON m.oid = c.relam \
             WHERE {within} AND c.relkind IN ('r', 'p', 'v', 'm', 'S', 'c', 'f') \
             AND c.relpersistence <> 't'"
        )
    }

    /// The columns of all of them. Those that a partition inherits are read for their names alone.
    pub(super) fn columns(&self) -> String {
        let within = self.within("c");
        let compression = self.since(14, "NULLIF(a.attcompression, '')", "NULL");
        let statistics = self.since(17, "a.attstattarget", "NULLIF(a.attstattarget, -1)");
        let grants = column_grants("a.attacl", "c.relowner");
        format!(
            "SELECT a.attrelid, a.attnum, a.attname, a.atttypid, \
             format_type(a.atttypid, a.atttypmod), a.attnotnull, NULLIF(a.attidentity, ''), \
             NULLIF(a.attgenerated, ''), \
             CASE WHEN a.attislocal THEN pg_get_expr(d.adbin, d.adrelid) END, a.attcollation, \
             n.nspname, o.collname, NULLIF(a.attstorage, t.typstorage), {compression}, \
             {statistics}, a.attislocal, CASE WHEN c.relkind IN ('r', 'p', 'v', 'm') THEN {grants} END, \
             a.attoptions \
             FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid \
             JOIN pg_type t ON t.oid = a.atttypid \
             LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum \
             LEFT JOIN pg_collation o \
             ON o.oid = a.attcollation AND a.attcollation <> t.typcollation \
             LEFT JOIN pg_namespace n ON n.oid = o.collnamespace \
             WHERE {within} AND c.relkind IN ('r', 'p', 'v', 'm', 'c', 'f') \
             AND a.attnum > 0 AND NOT a.attisdropped"
        )
    }

    /// Tables in other namespaces to which tables here refer, by column.
    pub(super) fn outside(&self) -> String {
        let wanted = &self.wanted;
        format!(
            "SELECT c.oid, n.nspname, c.relname, a.attnum, a.attname FROM pg_class c \
             JOIN pg_namespace n ON n.oid = c.relnamespace \
             JOIN pg_attribute a ON a.attrelid = c.oid \
             WHERE NOT c.relnamespace {wanted} AND a.attnum > 0 AND (c.oid IN \
             (SELECT confrelid FROM pg_constraint WHERE contype = 'f' AND connamespace {wanted}) \
             OR c.oid IN (SELECT inhparent FROM pg_inherits))"
        )
    }

    /// Sequences, with the column that each belongs to and the call that asks it for a number.
    pub(super) fn sequences(&self) -> String {
        let wanted = &self.wanted;
        format!(
            "SELECT s.seqrelid, format_type(s.seqtypid, NULL), s.seqstart, s.seqincrement, \
             s.seqmin, s.seqmax, s.seqcache, s.seqcycle, d.deptype, d.refobjid, d.refobjsubid, \
             'nextval(''' || replace(s.seqrelid::regclass::text, '''', '''''') || '''::regclass)' \
             FROM pg_sequence s JOIN pg_class c ON c.oid = s.seqrelid \
             LEFT JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = s.seqrelid \
             AND d.objsubid = 0 AND d.refclassid = 'pg_class'::regclass \
             AND d.deptype IN ('a', 'i') WHERE c.relnamespace {wanted}"
        )
    }

    /// Constraints of tables, but for those that come from a parent. NOT NULL is known from the
    /// columns, unless it is still to be validated.
    pub(super) fn constraints(&self) -> String {
        let wanted = &self.wanted;
        let set_columns = self.since(15, "confdelsetcols", "NULL");
        let enforced = self.since(18, "conenforced", "true");
        let period = self.since(18, "conperiod", "false");
        let kinds = self.since(18, " OR contype = 'n' AND NOT convalidated", "");
        format!(
            "SELECT oid, conname, conrelid, contype, condeferrable, condeferred, convalidated, \
             conindid, confrelid, confupdtype, confdeltype, confmatchtype, conkey, confkey, \
             connoinherit, {set_columns}, {enforced}, {period}, \
             CASE contype WHEN 'c' THEN pg_get_expr(conbin, conrelid) \
             WHEN 'x' THEN pg_get_constraintdef(oid) END \
             FROM pg_constraint WHERE connamespace {wanted} AND conrelid <> 0 AND conislocal \
             AND conparentid = 0 AND (contype IN ('p', 'u', 'f', 'c', 'x'){kinds}) \
             ORDER BY conname, oid"
        )
    }

    /// Indexes, but for those that come from a parent. The whole definition is asked for where
    /// collations of expressions are not to be told otherwise, and for materialized views, which
    /// take it along. Only some methods have operator classes with parameters.
    pub(super) fn indexes(&self) -> String {
        let within = self.within("r");
        let nulls = self.since(15, "i.indnullsnotdistinct", "false");
        let parameters = self.since(
            13,
            "CASE WHEN m.amname NOT IN ('btree', 'hash') THEN ARRAY(SELECT a.attoptions::text \
             FROM pg_attribute a WHERE a.attrelid = i.indexrelid ORDER BY a.attnum) END",
            "NULL",
        );
        format!(
            "SELECT i.indexrelid, i.indrelid, c.relname, c.relam, NULLIF(m.amname, 'btree'), \
             i.indisunique, i.indisvalid, i.indisreplident, i.indnkeyatts, i.indkey, i.indoption, \
             i.indclass, i.indcollation, {nulls}, c.reloptions, s.spcname, \
             pg_get_expr(i.indpred, i.indrelid), pg_get_expr(i.indexprs, i.indrelid), \
             CASE WHEN r.relkind = 'm' OR i.indexprs IS NOT NULL \
             AND EXISTS (SELECT FROM unnest(i.indcollation::oid[]) o WHERE o NOT IN (0, 100)) \
             THEN pg_get_indexdef(i.indexrelid, 0, true) END, {parameters}, i.indisclustered \
             FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid \
             JOIN pg_class r ON r.oid = i.indrelid JOIN pg_am m ON m.oid = c.relam \
             LEFT JOIN pg_tablespace s ON s.oid = c.reltablespace \
             WHERE {within} AND i.indislive AND NOT c.relispartition"
        )
    }

    /// Children and parents.
    pub(super) fn inherits(&self) -> String {
        let wanted = &self.wanted;
        format!(
            "SELECT i.inhrelid, i.inhparent FROM pg_inherits i \
             JOIN pg_class c ON c.oid = i.inhrelid \
             WHERE c.relnamespace {wanted} AND c.relkind IN ('r', 'p') \
             ORDER BY i.inhrelid, i.inhseqno"
        )
    }
}
