//! The catalog queries, for each server.
//!
//! A condition on a database is an equality with a constant, for each database anew: MariaDB looks
//! into no other database only then. Nothing is joined or sorted by the server: to find the tables of
//! a thousand checks takes MySQL half a minute.

use super::super::{Mysql, Server};
use super::text::literal;

/// How many queries there are, whatever the database holds.
pub const QUERIES: usize = 15;

/// Names and literals are printed in one way only, and times in one zone.
pub(super) const SETTINGS: &str = "SET @autogen_sql_mode = @@SESSION.sql_mode, \
    @autogen_time_zone = @@SESSION.time_zone, \
    @autogen_quote_show = @@SESSION.sql_quote_show_create, SESSION sql_mode = '', \
    SESSION time_zone = '+00:00', SESSION sql_quote_show_create = 1";

/// Gives the session its settings back.
pub(super) const RESTORE: &str = "SET SESSION sql_mode = @autogen_sql_mode, \
    SESSION time_zone = @autogen_time_zone, \
    SESSION sql_quote_show_create = @autogen_quote_show";

const SESSION: &str = "SELECT DATABASE(), CURRENT_USER(), @autogen_sql_mode, @autogen_time_zone";

/// A query where there is nothing to ask.
const NOTHING: &str = "SELECT NULL LIMIT 0";

/// All queries as one text, in the order in which [`read`](super::read) takes their answers.
pub fn text(mysql: &Mysql, namespaces: &[String]) -> String {
    let scope = Scope { server: mysql.server, namespaces, folds: mysql.folds_tables };
    let queries: [String; QUERIES] = [
        SETTINGS.into(),
        SESSION.into(),
        scope.tables(),
        scope.columns(),
        scope.statistics(),
        scope.references(),
        scope.rules(),
        scope.checks(),
        scope.constraints(),
        scope.partitions(),
        scope.views(),
        scope.triggers(),
        scope.routines(),
        scope.events(),
        RESTORE.into(),
    ];
    queries.join(";\n")
}

/// What the queries depend on.
struct Scope<'n> {
    server: Server,
    namespaces: &'n [String],
    folds: bool,
}

impl Scope<'_> {
    /// A query of what each database holds.
    fn each(&self, select: &str, column: &str, condition: &str) -> String {
        let own = format!("{select} WHERE {column} = DATABASE(){condition}");
        let other = |name: &String| {
            let name = match self.folds {
                true => literal(&name.to_lowercase()),
                false => literal(name),
            };
            // The connection's own database was asked already.
            format!(
                "{select} WHERE {column} = {name}{condition} \
                 AND NOT CAST({name} AS BINARY) <=> CAST(DATABASE() AS BINARY)"
            )
        };
        let others = self.namespaces.iter().map(other);
        std::iter::once(own).chain(others).collect::<Vec<_>>().join(" UNION ALL ")
    }

    fn tables(&self) -> String {
        let select = "SELECT table_schema, table_name, table_type, engine, create_options, \
            table_collation, table_comment FROM information_schema.tables";
        self.each(select, "table_schema", "")
    }

    fn columns(&self) -> String {
        let srid = if self.server.tells_srid() { "srs_id" } else { "NULL" };
        let select = format!(
            "SELECT table_schema, table_name, column_name, ordinal_position, column_default, \
             is_nullable, column_type, collation_name, extra, column_comment, \
             generation_expression, {srid} FROM information_schema.columns"
        );
        self.each(&select, "table_schema", "")
    }

    fn statistics(&self) -> String {
        let hidden = match self.server.has_ignored_indexes() {
            true => "ignored = 'YES'",
            false => "is_visible = 'NO'",
        };
        let expression = match self.server.tells_index_expressions() {
            true => "expression",
            false => "NULL",
        };
        let select = format!(
            "SELECT table_schema, table_name, index_name, non_unique, seq_in_index, column_name, \
             collation, sub_part, index_type, index_comment, {hidden}, {expression} \
             FROM information_schema.statistics"
        );
        self.each(&select, "table_schema", "")
    }

    fn references(&self) -> String {
        let select = "SELECT table_schema, table_name, constraint_name, column_name, \
            ordinal_position, referenced_table_schema, referenced_table_name, \
            referenced_column_name FROM information_schema.key_column_usage";
        self.each(select, "table_schema", " AND referenced_table_name IS NOT NULL")
    }

    fn rules(&self) -> String {
        let select = "SELECT constraint_schema, table_name, constraint_name, update_rule, \
            delete_rule FROM information_schema.referential_constraints";
        self.each(select, "constraint_schema", "")
    }

    fn checks(&self) -> String {
        let select = match (self.server.tells_checks(), self.server.has_column_checks()) {
            (false, _) => return NOTHING.into(),
            (true, true) => "table_name, constraint_name, check_clause, level = 'Column'",
            (true, false) => "NULL, constraint_name, check_clause, 0",
        };
        let select =
            format!("SELECT constraint_schema, {select} FROM information_schema.check_constraints");
        self.each(&select, "constraint_schema", "")
    }

    /// The tables of checks, where they are not told with the checks.
    fn constraints(&self) -> String {
        if self.server.has_column_checks() || !self.server.tells_checks() {
            return NOTHING.into();
        }
        let select = "SELECT constraint_schema, constraint_name, table_name, enforced \
            FROM information_schema.table_constraints";
        self.each(select, "constraint_schema", " AND constraint_type = 'CHECK'")
    }

    fn partitions(&self) -> String {
        let select = "SELECT table_schema, table_name, partition_name, subpartition_name, \
            partition_ordinal_position, subpartition_ordinal_position, partition_method, \
            subpartition_method, partition_expression, subpartition_expression, \
            partition_description, partition_comment FROM information_schema.partitions";
        self.each(select, "table_schema", " AND partition_name IS NOT NULL")
    }

    fn views(&self) -> String {
        let select =
            "SELECT table_schema, table_name, view_definition FROM information_schema.views";
        self.each(select, "table_schema", "")
    }

    fn triggers(&self) -> String {
        let select = "SELECT trigger_schema, trigger_name, event_object_table, action_timing, \
            event_manipulation, action_order, sql_mode FROM information_schema.triggers";
        self.each(select, "trigger_schema", "")
    }

    fn routines(&self) -> String {
        let select = "SELECT routine_schema, routine_name, routine_type, sql_mode \
            FROM information_schema.routines";
        self.each(select, "routine_schema", "")
    }

    fn events(&self) -> String {
        let select = "SELECT event_schema, event_name, sql_mode, time_zone \
            FROM information_schema.events";
        self.each(select, "event_schema", "")
    }
}
