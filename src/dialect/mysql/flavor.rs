//! Which server it is, and what it can do: the one place that compares versions.

/// The two that speak this dialect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Flavor {
    /// MySQL, from 8.0.
    Mysql,
    /// MariaDB, from 10.6.
    Mariadb,
}

/// A server: its flavor and version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Server {
    /// MySQL or MariaDB.
    pub flavor: Flavor,
    /// Major, minor and patch number.
    pub version: (u16, u16, u16),
}

impl Server {
    /// The oldest that is common among those we write for.
    pub const fn usual(flavor: Flavor) -> Self {
        let version = match flavor {
            Flavor::Mysql => (8, 0, 36),
            Flavor::Mariadb => (10, 11, 0),
        };
        Self { flavor, version }
    }

    /// The collation of a database that says none.
    pub fn default_collation(self) -> &'static str {
        match self.flavor {
            Flavor::Mysql => "utf8mb4_0900_ai_ci",
            Flavor::Mariadb if self.sorts_by_uca1400() => "utf8mb4_uca1400_ai_ci",
            Flavor::Mariadb => "utf8mb4_general_ci",
        }
    }

    /// Where a condition is wanted, whatever is none is compared with zero, and rows are compared
    /// column by column.
    pub const fn compares_all_conditions(self) -> bool {
        matches!(self.flavor, Flavor::Mysql)
    }

    /// `TRUE` is but another word for 1.
    pub const fn counts_truth(self) -> bool {
        matches!(self.flavor, Flavor::Mariadb)
    }

    /// `X'41'` is a string and `0x41` may be a number; elsewhere they are one.
    pub const fn has_hex_strings(self) -> bool {
        matches!(self.flavor, Flavor::Mariadb)
    }

    /// `WEEK(d)` is kept with the mode that the session has.
    pub const fn writes_week_mode(self) -> bool {
        matches!(self.flavor, Flavor::Mysql)
    }

    /// `JSON_VALUE(j, '$.a' RETURNING UNSIGNED)`
    pub const fn has_json_value_types(self) -> bool {
        matches!(self.flavor, Flavor::Mysql)
    }

    /// What `VERSION()` says: `9.7.4`, `10.11.19-MariaDB-0+deb12u1`, `5.5.5-10.11.6-MariaDB`.
    pub fn parse(text: &str) -> Self {
        let flavor = if text.contains("MariaDB") { Flavor::Mariadb } else { Flavor::Mysql };
        // Old replicas understood nothing newer than 5.5, so MariaDB put that in front.
        let text = text.strip_prefix("5.5.5-").unwrap_or(text);
        let digits = |part: &str| {
            let end = part.find(|c: char| !c.is_ascii_digit()).unwrap_or(part.len());
            part[..end].parse().unwrap_or_default()
        };
        let mut parts = text.split('.').map(digits);
        let mut next = || parts.next().unwrap_or_default();
        Self { flavor, version: (next(), next(), next()) }
    }

    /// Whether it is new enough for what is written for it: statements that change a schema are done
    /// as a whole or not at all.
    pub fn is_known(self) -> bool {
        match self.flavor {
            Flavor::Mysql => self.version >= (8, 0, 0),
            Flavor::Mariadb => self.version >= (10, 6, 0),
        }
    }
}

/// How its catalog tells what there is.
impl Server {
    /// Defaults are told as SQL, with quotes around text; otherwise as values.
    pub const fn tells_defaults_as_sql(self) -> bool {
        matches!(self.flavor, Flavor::Mariadb)
    }

    /// Expressions are told as the inside of a string literal, byte by byte.
    pub const fn escapes_expressions(self) -> bool {
        matches!(self.flavor, Flavor::Mysql)
    }

    /// Defaults of timestamps are told in the time zone of the session that made them, whichever
    /// that was.
    pub const fn forgets_zones_of_defaults(self) -> bool {
        matches!(self.flavor, Flavor::Mysql)
    }

    /// Parts of indexes that are expressions are told.
    pub fn tells_index_expressions(self) -> bool {
        matches!(self.flavor, Flavor::Mysql) && self.version >= (8, 0, 13)
    }

    /// Checks are told.
    pub fn tells_checks(self) -> bool {
        matches!(self.flavor, Flavor::Mariadb) || self.version >= (8, 0, 16)
    }

    /// A check belongs to a column or to a table, and is told with its table.
    pub const fn has_column_checks(self) -> bool {
        matches!(self.flavor, Flavor::Mariadb)
    }

    /// Columns of places are told with their reference system.
    pub const fn tells_srid(self) -> bool {
        matches!(self.flavor, Flavor::Mysql)
    }

    /// Indexes are ignored, not invisible.
    pub const fn has_ignored_indexes(self) -> bool {
        matches!(self.flavor, Flavor::Mariadb)
    }

    /// `JSON` is text with a check.
    pub const fn checks_json(self) -> bool {
        matches!(self.flavor, Flavor::Mariadb)
    }

    /// A partition can be for all that fits into no other.
    pub const fn has_default_partitions(self) -> bool {
        matches!(self.flavor, Flavor::Mariadb)
    }

    /// A table without a primary key can be given one that nobody sees.
    pub fn makes_keys(self) -> bool {
        matches!(self.flavor, Flavor::Mysql) && self.version >= (8, 0, 30)
    }
}

/// What a schema can say.
impl Server {
    /// Its name.
    pub fn product(self) -> &'static str {
        match self.flavor {
            Flavor::Mysql => "MySQL",
            Flavor::Mariadb => "MariaDB",
        }
    }

    fn is_mysql(self, since: (u16, u16, u16)) -> bool {
        self.flavor == Flavor::Mysql && self.version >= since
    }

    fn is_mariadb(self, since: (u16, u16, u16)) -> bool {
        self.flavor == Flavor::Mariadb && self.version >= since
    }

    /// It sorts Unicode by UCA 14.0.0 where nobody says how.
    pub fn sorts_by_uca1400(self) -> bool {
        self.is_mariadb((11, 5, 0))
    }

    /// It can sort Unicode by UCA 14.0.0.
    pub fn has_uca1400(self) -> bool {
        self.is_mariadb((10, 10, 0))
    }

    /// It knows MySQL's names of collations by UCA 9.0.0.
    pub fn has_0900(self) -> bool {
        self.is_mysql((8, 0, 0)) || self.is_mariadb((11, 4, 5))
    }

    /// It has this type, which only some servers have.
    pub fn has_type(self, name: &str) -> bool {
        match name {
            "uuid" => self.is_mariadb((10, 7, 0)),
            "inet6" => self.is_mariadb((10, 5, 0)),
            "inet4" => self.is_mariadb((10, 10, 0)),
            "xmltype" => self.is_mariadb((12, 3, 0)),
            "vector" => self.is_mysql((9, 0, 0)) || self.is_mariadb((11, 7, 0)),
            _ => true,
        }
    }

    /// Indexes can sort the largest first; before, the word meant nothing.
    pub fn has_descending_parts(self) -> bool {
        self.is_mysql((8, 0, 0)) || self.is_mariadb((10, 8, 0))
    }

    /// Indexes can have expressions in them.
    pub fn has_functional_parts(self) -> bool {
        self.is_mysql((8, 0, 13))
    }

    /// A default can be an expression.
    pub fn has_default_expressions(self) -> bool {
        self.is_mysql((8, 0, 13)) || self.flavor == Flavor::Mariadb
    }

    /// A default that is an expression stands in parentheses, and is one even if it is only a
    /// literal in them.
    pub fn encloses_default_expressions(self) -> bool {
        self.flavor == Flavor::Mysql
    }

    /// A text, blob or JSON column has a literal for a default only in parentheses.
    pub fn encloses_long_defaults(self) -> bool {
        self.flavor == Flavor::Mysql
    }

    /// Defaults of binary columns are reported up to the first zero byte.
    pub fn cuts_binary_defaults(self) -> bool {
        self.flavor == Flavor::Mysql
    }

    /// Fractions of a second beyond those a column keeps round its literals up; else they are cut.
    pub fn rounds_fractions(self) -> bool {
        self.flavor == Flavor::Mysql
    }

    /// Columns can be left out of `SELECT *`.
    pub fn has_invisible_columns(self) -> bool {
        self.is_mysql((8, 0, 23)) || self.flavor == Flavor::Mariadb
    }

    /// A unique index over what is too long for a key becomes one over hashes.
    pub fn hashes_long_keys(self) -> bool {
        self.flavor == Flavor::Mariadb
    }

    /// An index that sorts the largest first serves a foreign key.
    pub fn refers_by_descending_indexes(self) -> bool {
        self.flavor == Flavor::Mariadb
    }

    /// A foreign key leads to a unique key as a whole, unless the server is told otherwise.
    pub fn refers_to_unique_keys_only(self) -> bool {
        self.is_mysql((8, 4, 0))
    }

    /// Checks are enforced, and checks can be switched off.
    pub fn has_unenforced_checks(self) -> bool {
        self.is_mysql((8, 0, 16))
    }

    /// No two checks of a database have one name; else no two of a table.
    pub fn names_checks_by_database(self) -> bool {
        self.flavor == Flavor::Mysql
    }

    /// A generated column can refuse NULL.
    pub fn has_generated_not_null(self) -> bool {
        self.flavor == Flavor::Mysql
    }

    /// A generated column that is not stored can speak of the column that is numbered.
    pub fn computes_from_numbers(self) -> bool {
        self.flavor == Flavor::Mariadb
    }

    /// It keeps old versions of rows.
    pub fn has_system_versioning(self) -> bool {
        self.flavor == Flavor::Mariadb
    }

    /// Columns of places have a reference system: `SRID`.
    pub fn has_srid(self) -> bool {
        self.flavor == Flavor::Mysql
    }

    /// A single column can be compressed.
    pub fn has_compressed_columns(self) -> bool {
        self.flavor == Flavor::Mariadb
    }

    /// JSON is a type of its own; else text with a check.
    pub fn has_json(self) -> bool {
        self.flavor == Flavor::Mysql
    }

    /// Texts of numbers beyond the largest with a sign are read as they are.
    pub fn reads_large_texts(self) -> bool {
        self.flavor == Flavor::Mysql
    }

    /// A text becomes bytes where it stands.
    pub fn keeps_bytes_of_texts(self) -> bool {
        self.flavor == Flavor::Mysql
    }

    /// Labels get another collation where they stand.
    pub fn keeps_labels(self) -> bool {
        self.flavor == Flavor::Mysql
    }

    /// The bytes of the longest text that can grow beyond 255 where it stands.
    pub fn longest_that_grows(self) -> u32 {
        match self.flavor {
            Flavor::Mysql => 0,
            Flavor::Mariadb => 127,
        }
    }

    /// Some columns that say no default are given one.
    pub fn supplies_defaults(self) -> bool {
        self.flavor == Flavor::Mariadb
    }

    /// The columns that an index can have.
    pub fn most_key_parts(self) -> usize {
        match self.flavor {
            Flavor::Mysql => 16,
            Flavor::Mariadb => 32,
        }
    }
}

/// What changes of tables cost and how they are said.
impl Server {
    /// Columns come at any place, and go, without a row being touched; before, only last ones came.
    pub(super) fn has_instant_columns(self) -> bool {
        self.flavor == Flavor::Mariadb || self.is_mysql((8, 0, 29))
    }

    /// Columns take another name without a row being touched.
    pub(super) fn has_instant_rename(self) -> bool {
        self.flavor == Flavor::Mariadb || self.is_mysql((8, 0, 28))
    }

    /// Columns take another collation while others write, where no index has them. Measured on 9.7;
    /// the manual of older ones knows nothing of it.
    pub(super) fn has_online_collations(self) -> bool {
        self.flavor == Flavor::Mariadb || self.is_mysql((9, 0, 0))
    }

    /// Names of columns, and wider text, are the catalog's alone, and so are names of indexes,
    /// comments and settings.
    pub(super) fn has_instant_catalog(self) -> bool {
        self.flavor == Flavor::Mariadb
    }

    /// A full-text or spatial index, or an index on a computed column, does not keep others from
    /// writing while the table is written anew: it is copied instead.
    pub(super) fn copies_texts(self) -> bool {
        self.flavor == Flavor::Mysql
    }

    /// An index on a computed column that is not kept makes other changes dearer.
    pub(super) fn minds_virtual_columns(self) -> bool {
        self.flavor == Flavor::Mariadb
    }

    /// Whatever changes about a computed column that is kept, be it a comment, copies the table.
    pub(super) fn recomputes_stored_columns(self) -> bool {
        self.flavor == Flavor::Mariadb
    }

    /// Another expression of a computed column is the catalog's alone.
    pub(super) fn has_instant_expressions(self) -> bool {
        self.flavor == Flavor::Mariadb
    }

    /// Names in checks, computed columns, defaults and indexes follow a column to its new name;
    /// otherwise it cannot take one while they speak of it.
    pub(super) fn renames_in_expressions(self) -> bool {
        self.flavor == Flavor::Mariadb
    }

    /// Long texts can have a literal as their default.
    pub(super) fn has_literal_texts(self) -> bool {
        self.flavor == Flavor::Mariadb
    }

    /// A key that others refer to can go where another takes its place in the same statement.
    pub(super) fn swaps_referenced_keys(self) -> bool {
        self.flavor == Flavor::Mariadb
    }

    /// The word that hides an index from the planner of queries, and the one that shows it.
    pub(super) fn index_visibility(self) -> (&'static str, &'static str) {
        match self.flavor {
            Flavor::Mysql => ("INVISIBLE", "VISIBLE"),
            Flavor::Mariadb => ("IGNORED", "NOT IGNORED"),
        }
    }

    /// The word before the number of a column's reference system.
    pub(super) fn reference_system(self) -> &'static str {
        match self.flavor {
            Flavor::Mysql => "SRID ",
            Flavor::Mariadb => "REF_SYSTEM_ID=",
        }
    }
}
